"""`fleet rules backtest`: an edited chart against what happened, and the charts of then, by the real program."""

from __future__ import annotations

import json
import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cli.conftest import Place
from jsonschema import Draft202012Validator

from fleet.cli.shapes import schema_of
from fleet.core.law import Law
from fleet.core.record import Draft, emptied_line, read_line, seal_line
from fleet.errors import Broken
from fleet.runtime.backtest import Found, Wanted
from fleet.runtime.backtest import backtest as backtested
from fleet.store.chart import read_text
from fleet.store.files import Files
from fleet.store.verify import verify

SEATS = {
    "pulse": (
        "every day at 06:00",
        "",
        '"items": [{"about": "account:acme", "kind": "$KIND", "because": "x"}]',
    ),
    "dirk": (
        "every 4h from 08:00 to 18:00",
        "can: {do: [crm.write], ask: {crm.offer: boss}}",
        '"actions": [{"kind": "crm.write", "about": "account:acme", "with": {"t": "$FLEET_TURN"}},'
        '{"kind": "crm.offer", "about": "person:bob", "with": {"usd": $(( ${FLEET_TURN#t-} * 10 ))}}]',
    ),
    "nick": (
        "weekdays at 12:00, when mail arrives",
        "can: {do: [crm.write]}",
        '"claims": [{"about": "account:volt", "because": "watched"}],'
        '"actions": [{"kind": "crm.write", "about": "account:volt", "with": {"t": "$FLEET_TURN"}}]',
    ),
}
CHART = """fleet: month
timezone: America/New_York
defaults: {good_for: 26h}
seats:
  boss: {title: Boss, person: Ann, reads: [pulse, dirk, nick]}
%s
actions:
  crm.write: {run: 'true', about: account, repeat: safe}
  crm.offer: {run: 'true', about: [account, person], outside: yes}
subjects:
  person: {of: account, from: people.csv}
conflicts:
  - {about: account, rank: [pulse, dirk, nick], then: hold, within: 6h}
rules:
  - {name: red, seat: dirk, action: crm.write, if: 'state["pulse"].items.exists(i, i.kind == "red")', then: hold}
"""
SEAT = (
    "  %s: {title: Seat, run: no-such-holder, stand_in: sh agent.sh, answers_to: boss, owns: [%s work], when: [%s], "
    "scorecard: {made: at least 1 a week}, %s}"
)
KIND = "KIND=red; [ $(( ${FLEET_TURN#t-} % 2 )) = 0 ] && KIND=green\n"
DAYS = 28


def script() -> str:
    """Play a month: people answer, write, pause; files are edited; the daemon is killed; the chart is edited."""
    steps = []
    for day in range(1, DAYS + 1):
        if day % 7 == 5:
            steps.append((day, "09:30", "run: \"sh -c 'echo x >> state/pulse.md'\""))
            steps.append((day, "09:40", "kill: {for: 90m}"))
        if day % 3:
            steps.append((day, "13:30", "approve: {as: boss, id: all}"))
        if day % 7 == 3:
            steps.append((day, "14:00", f"send: {{as: boss, to: dirk, subject: slow, body: down {day}}}"))
            steps.append((day, "15:00", "pause: {what: crm.write, for: 6h, as: boss, because: look}"))
        if day == 10:
            steps.append((day, "16:30", "edit: {replace: 'within: 6h', with: 'within: 8h'}"))
        if day == 17:
            steps.append((day, "16:30", "run: \"sh -c 'echo bob,volt >> people.csv'\""))
    body = "\n".join(f"  - {{at: '2026-11-{day:02d} {at}', {step}}}" for day, at, step in steps)
    return f"scene: a month\nfrom: 2026-11-01\nfor: {DAYS}d\nfresh: yes\nsteps:\n{body}\n"


def written(place: Place) -> None:
    """Lay the fleet of the month out, with what stands in for its holders."""
    seats = "\n".join(
        SEAT % (name, name, when, more or "reads: []") for name, (when, more, _) in SEATS.items()
    )
    place.write("fleet.yaml", (CHART % seats).replace(", reads: []", ""))
    place.write("people.csv", "person,account\nbob,acme\n")
    for name, (_, _, gives) in SEATS.items():
        result = f'{{"headline": "{name} $FLEET_TURN", "as_of": "$FLEET_NOW", "scorecard": {{"made": 1}}, {gives}}}'
        place.write(f"seats/{name}/agent.sh", f"{KIND}cat <<END\n{result}\nEND\n")


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A kept copy of a rehearsed month, with edits in it."""
    folder = Path(tmp_path_factory.mktemp("month")).resolve()
    (folder / "fleet").mkdir()
    written(Place(folder / "fleet"))
    (folder / "script.yaml").write_text(script())
    said = Place(folder)("-C", "fleet", "rehearse", "--script", "script.yaml", "--keep", "kept")
    assert said.code == 0, said.out + said.err
    return Place(folder / "kept")


def backtest(place: Place, *words: str, text: str | None = None) -> dict[str, Any]:
    """Call it for JSON, which must have its shape."""
    said = place("rules", "backtest", *words, "--json", text=text)
    assert said.code == 0, said.err
    schema = schema_of("backtest")
    assert schema is not None
    assert [error.message for error in Draft202012Validator(schema).iter_errors(said.json)] == []
    data: dict[str, Any] = said.data
    return data


def edited(place: Place, *pairs: tuple[str, str]) -> str:
    """Give the chart with pieces of it replaced."""
    text = (place.folder / "fleet.yaml").read_text()
    for old, new in pairs:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def test_a_month_by_the_charts_of_then_has_no_difference(month):
    found = backtest(month, "--unchanged", "--since", "2026-11-01")
    assert found["judged"] == found["exact"] > 150
    assert (found["changed"], found["by_rule"], found["unjudged"]) == (0, 0, {})
    verdicts = [
        json.loads(line)
        for day in sorted((month.folder / "ledger").iterdir())
        for line in day.read_text().splitlines()
    ]
    judged = [one["data"] for one in verdicts if one["what"] == "verdict" and "step" in one["data"]]
    assert len(judged) == found["judged"]
    assert {one["verdict"] for one in judged} >= {"allow", "ask", "hold"}
    assert {one["rule"] for one in judged} > {
        "red",
        "unread mail",
        "pause",
        "account: pulse before dirk before nick",
    }


def test_it_begins_at_any_day_and_still_has_no_difference(month):
    whole = backtest(month, "--unchanged", "--since", "2026-11-01")["judged"]
    for since in ("2026-11-07 12:10", "2026-11-18", "2026-11-27 13:31"):
        found = backtest(month, "--unchanged", "--since", since)
        assert 0 < found["judged"] == found["exact"] < whole
    assert backtest(month, "--unchanged", "--since", "2026-11-29")["judged"] == 0


def test_a_rule_that_is_removed_lets_go_what_it_held_and_says_so_with_reason_and_place(month):
    rule = re.search(r"rules:\n.*\n", edited(month))
    assert rule is not None
    found = backtest(month, "-", "--since", "2026-11-01", text=edited(month, (rule[0], "")))
    assert set(found["instead"]) == {"allowed instead of held"}
    one = found["verdicts"][0]
    assert (one["then"]["rule"], one["then"]["place"]) == ("red", "fleet.yaml@r-1:17")
    assert "the rule red is met" in one["then"]["reason"]
    assert one["now"]["place"].startswith("<stdin>:") and one["now"]["verdict"] == "allow"
    assert {"state", "turn", "sha256"} <= one["now"]["evidence"][-1].keys()


def test_a_rule_that_is_added_or_changed_is_judged_on_the_states_and_claims_of_then(month):
    more = "  - {name: dear, action: crm.offer, if: 'action.with.usd > 600', then: refuse}\n"
    added = backtest(month, "-", "--since", "2026-11-01", text=edited(month) + more)
    assert set(added["instead"]) == {"refused instead of asked", "refused instead of allowed"}
    payloads = {one["now"]["rule"] for one in added["verdicts"]}
    assert payloads == {"dear"}
    green = backtest(month, "-", "--since", "2026-11-01", text=edited(month, ('== "red"', '== "green"')))
    assert set(green["instead"]) == {"allowed instead of held", "held instead of allowed"}
    assert green["unjudged"] == {}


def test_seats_and_kinds_can_be_chosen(month):
    rank = edited(month, ("[pulse, dirk, nick], then: hold", "[pulse, dirk, nick], then: refuse"))
    whole = backtest(month, "-", "--since", "2026-11-01", text=rank)
    nick = backtest(month, "-", "--since", "2026-11-01", "--seat", "nick", text=rank)
    writes = backtest(month, "-", "--since", "2026-11-01", "--kind", "crm.write", "--seat", "dirk", text=rank)
    assert 0 < nick["judged"] < whole["judged"]
    assert {one["seat"] for one in nick["verdicts"]} <= {"nick"}
    assert 0 < writes["judged"] < whole["judged"] - nick["judged"]
    said = month("rules", "backtest", "--seat", "nik")
    assert (said.code, "Did you mean nick?" in said.err) == (2, True)
    said = month("rules", "backtest", "--kind", "crm.offr")
    assert (said.code, "Did you mean crm.offer?" in said.err) == (2, True)


def test_a_kind_that_the_chart_has_dropped_is_known_by_what_was_judged_of_it(month, tmp_path):
    place = Place(tmp_path / "kept")
    shutil.copytree(month.folder, place.folder, symlinks=True, ignore=shutil.ignore_patterns("sock"))
    text = edited(
        place,
        ("  crm.offer: {run: 'true', about: [account, person], outside: yes}\n", ""),
        ("can: {do: [crm.write], ask: {crm.offer: boss}}", "can: {do: [crm.write]}"),
    )
    place.write("fleet.yaml", text)
    assert place("apply", "--because", "no more", "--as", "boss").code == 0
    offers = ("--unchanged", "--kind", "crm.offer", "--since", "2026-11-01")
    judged = backtest(place, *offers)["judged"]
    whole = backtest(place, "--unchanged", "--since", "2026-11-01")["judged"]
    assert 0 < judged == backtest(month, *offers)["judged"] < whole
    wrong = place("rules", "backtest", "--kind", "crm.ofer")
    assert (wrong.code, "there is no such kind of action. There are: crm.write" in wrong.err) == (2, True)


def test_what_people_would_have_been_asked_is_counted(month):
    text = edited(
        month,
        ("can: {do: [crm.write], ask: {crm.offer: boss}}", "can: {ask: {crm.offer: boss, crm.write: boss}}"),
    )
    found = backtest(month, "-", "--since", "2026-11-01", text=text)
    assert set(found["instead"]) == {"asked instead of allowed"}
    counts = found["approvals"]["boss"]
    assert counts["now"] - counts["then"] == found["changed"] > 20


def test_the_text_shows_the_first_ones_and_counts_all(month):
    month.write("edited.yaml", edited(month, ('== "red"', '!= "red"')))
    said = month("rules", "backtest", "edited.yaml", "--since", "2026-11-01", "-n", "1")
    assert said.code == 0
    lines = said.out.splitlines()
    assert re.fullmatch(
        r"edited.yaml on what happened since Sun 1 Nov 2026 00:00: \d+ verdicts on \d+ actions judged again",
        lines[0],
    )
    shown = [
        line
        for line in lines
        if re.match(r"2026-11-\d\d \d\d:\d\d  a-\d+  dirk  crm.write about account:acme  ", line)
    ]
    assert len(shown) == 1
    then = next(n for n, line in enumerate(lines) if line.startswith("  then  "))
    assert re.search(r"fleet.yaml@r-1:\d+\]$", lines[then])
    assert re.search(r"^  now   .*edited.yaml:\d+\]$", lines[then + 1])
    assert lines[then + 2].startswith("  saw   ")
    assert re.search(r"\nand \d+ more: -n \d+ shows them, --json has all\n", said.out)
    assert lines[-1].startswith("Each verdict is judged on what had happened by then.")


def test_the_chart_in_force_is_told_so_and_a_wrong_one_is_shown_with_its_mistakes(month):
    said = month("rules", "backtest")
    assert said.code == 0
    assert "It is revision 2, which is in force: edit it first, or name an edited file." in said.out
    month.write("wrong.yaml", edited(month).replace("rank:", "rnk:"))
    wrong = month("rules", "backtest", "wrong.yaml")
    assert (wrong.code, "wrong.yaml:" in wrong.out) == (1, True)
    assert month("rules", "backtest", "wrong.yaml", "--json").data["mistakes"]


def test_a_ledger_of_which_a_line_cannot_be_read_is_told_with_file_and_line(hello):
    assert hello("up", "--once", "-q").code == 0
    day = next((hello.folder / "ledger").glob("*.jsonl"))
    day.write_bytes(
        day.read_bytes()
        .replace(b'"what":"turn_started"', b'"what":"turn_started",,', 1)
        .replace(b'{"at"', b'{"at', 1)
    )
    said = hello("rules", "backtest")
    assert said.code == 1
    assert f"ledger/{day.name}:1: this line of the ledger does not hold" in said.err


def _edit(text: str) -> str:
    return text.replace('"t":"t-', '"t":"u-', 1)


def _forge(text: str) -> str:
    """Edit a line and seal it anew, as who knows how: the line behind it does not follow it then."""
    lines = text.splitlines(keepends=True)
    at = next(n for n, line in enumerate(lines) if '"t":"t-' in line)
    found = read_line(_edit(lines[at]).encode())
    draft = Draft(found.what, found.seat, found.turn, found.data)
    lines[at] = seal_line(draft, found.n, found.at, found.prev)[1].decode()
    return "".join(lines)


def _empty(text: str) -> str:
    lines = text.splitlines(keepends=True)
    at = next(n for n, line in enumerate(lines) if '"what":"verdict"' in line)
    lines[at] = emptied_line(lines[at].encode()).decode()
    return "".join(lines)


def _cut(text: str) -> str:
    return "".join(text.splitlines(keepends=True)[:-1])


def _lie(text: str) -> str:
    """Have the last line of a day say a number by which the days would be parted otherwise."""
    *lines, final = text.splitlines(keepends=True)
    return "".join((*lines, re.sub(r'"n":\d+,(?!.*"n":)', '"n":99999999,', final)))


def _shout(text: str) -> str:
    """Have the last line of a day say a number that no number can be read from."""
    return re.sub(r'"n":\d+,(?=[^\n]*\n\Z)(?!.*"n":)', f'"n":{"9" * 5000},', text)


@pytest.mark.parametrize("change", [_edit, _forge, _empty, _cut, _lie, _shout])
@pytest.mark.parametrize("processes", [1, 3])
def test_a_ledger_that_was_changed_by_hand_is_refused_as_verify_names_it(month, tmp_path, change, processes):
    folder = tmp_path / "changed"
    (folder / "ledger").mkdir(parents=True)
    for day in (month.folder / "ledger").iterdir():
        change_it = day.name in ("2026-11-12.jsonl", "2026-11-24.jsonl")
        (folder / "ledger" / day.name).write_text(change(day.read_text()) if change_it else day.read_text())
    files = Files(str(folder))
    try:
        broken = verify(files).broken
        assert broken is not None
        with pytest.raises(Broken) as told:
            backtested(files, Wanted(None, datetime(2026, 11, 3, 14, tzinfo=UTC)), processes=processes)
        assert str(told.value).startswith(
            f"{broken.file}:{broken.line}: this line of the ledger does not hold: {broken.why}. "
        )
        late = Wanted(None, datetime(2026, 11, 26, tzinfo=UTC))
        assert backtested(files, late, processes=processes).tally.judged > 0
    finally:
        files.close()


@pytest.mark.parametrize("processes", [1, 3])
@pytest.mark.parametrize("since", [12, 13])
def test_a_day_without_a_line_is_passed_over(month, tmp_path, since, processes):
    folder = tmp_path / "ledger"
    shutil.copytree(month.folder / "ledger", folder)
    days = sorted(folder.iterdir())
    (at,) = (at for at, day in enumerate(days) if day.name == "2026-11-12.jsonl")
    for day in days[at:]:  # each a day later, which no line forbids
        day.rename(folder / f"later-{day.name}")
    for day in sorted(folder.glob("later-*")):
        later = datetime.fromisoformat(day.name[6:16]) + timedelta(days=1)
        day.rename(folder / f"{later:%Y-%m-%d}.jsonl")
    (folder / "2026-11-12.jsonl").touch()
    files = Files(str(tmp_path))
    try:
        assert verify(files).broken is None
        tested = backtested(files, Wanted(None, datetime(2026, 11, since, tzinfo=UTC)), processes=processes)
        assert tested.tally.judged == tested.tally.exact > 0
    finally:
        files.close()


def test_a_ledger_with_an_edited_line_gives_no_answer(hello):
    assert hello("up", "--once", "-q").code == 0
    day = next((hello.folder / "ledger").glob("*.jsonl"))
    day.write_text(day.read_text().replace('"outcome":"done"', '"outcome":"dome"', 1))
    verified, said = hello("audit", "verify"), hello("rules", "backtest")
    assert verified.code == said.code == 1
    assert said.err.startswith(f"fleet: {verified.out.split(': ')[0]}: this line of the ledger does not hold")
    assert not said.out


def test_a_record_that_was_erased_as_it_is_to_be_keeps_nothing_from_being_judged(month, tmp_path):
    place = Place(tmp_path / "kept")
    shutil.copytree(month.folder, place.folder, symlinks=True, ignore=shutil.ignore_patterns("sock"))
    day = place.folder / "ledger/2026-11-12.jsonl"
    n = next(r["n"] for r in map(json.loads, day.read_text().splitlines()) if r["what"] == "verdict")
    assert place("audit", "erase", str(n), "--because", "asked to").code == 0
    assert backtest(place, "--unchanged", "--since", "2026-11-01")["judged"] > 100


def test_a_fleet_that_never_ran_has_nothing_to_be_judged(hello):
    said = hello("rules", "backtest")
    assert (said.code, "There was none." in said.out) == (0, True)


@pytest.mark.parametrize("processes", [2, 5, 28])
def test_however_many_processes_share_the_days_the_same_comes_of_it(month, processes):
    chart, mistakes = read_text(
        {"fleet.yaml": edited(month, ('== "red"', '== "green"'), ("crm.offer: boss", "crm.write: boss"))}
    )
    assert chart is not None, mistakes
    wanted = Wanted(Law(chart), datetime(2026, 11, 3, 14, tzinfo=UTC))
    files = Files(str(month.folder))
    try:
        alone, shared = (backtested(files, wanted, processes=count) for count in (1, processes))
    finally:
        files.close()
    assert as_told(alone) == as_told(shared)
    assert shared.tally.changes > 0


def as_told(tested: Found) -> tuple[object, ...]:
    """Give all that is told of it."""
    tally = tested.tally
    counts = (
        tally.judged,
        tally.actions,
        tally.changed,
        tally.by_rule,
        tally.unknown,
        tally.unjudged,
        tally.asked,
    )
    return (*counts, [(one.record.n, one.now, one.unknown) for one in tested.differ])
