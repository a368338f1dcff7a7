"""docs/files.md against the code: every table that an author of agents may build on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from docs.pages import ROOT, codes, marked, page, rows

from fleet import errors
from fleet.cli import plan
from fleet.core import (
    account,
    cadence,
    chart,
    consequence,
    folder,
    health,
    message,
    planner,
    post,
    prose,
    record,
    result,
    scorecard,
)
from fleet.core.read import found, front, when
from fleet.edge import process
from fleet.runtime import desk, ending, hide, turn
from fleet.store import below, yaml
from fleet.testing import Rig, chart_text

FILES = page("docs/files.md")
KB, MB = 1024, 1024 * 1024

TABLE = {codes(cells[0])[0]: (set(codes(cells[1])), cells[2]) for cells in rows(marked(FILES, "records"))}
"""What the page says of each kind of record: the keys of its data, and the rest of the row."""
RARE = {
    ("wake_due", "alone"),  # missed: run all
    ("wake_missed", "first"),  # an absence of over a thousand wakes
    ("wake_missed", "count"),
    ("wake_skipped", "first"),
    ("wake_skipped", "count"),
    ("turn_ended", "stragglers"),  # the rig is no subreaper
    *(("message_done", key) for key in ("letter", "by", "caller")),  # fleet inbox retry, done
    *(("trouble", key) for key in ("rule", "if")),  # a rule that could not be judged
    ("stopped", "by"),  # fleet down
    ("stopped", "caller"),
    ("message", "between"),
    ("message", "exchange"),  # replies to replies
    ("message", "then"),
    ("message", "outside"),
    ("told", "why"),  # a command that failed three times
    ("told", "with"),  # in a flood
    ("escalation_step", "between"),
    ("escalation_step", "merged"),
    ("offer", "outside"),  # a turn that read what strangers wrote
    ("offer", "asked_for"),
    *((what, "as_asked") for what in ("offer", "turn_ended")),  # an action in the words of a request
    *((what, "outside") for what in ("claim", "escalation_step", "verdict", "action_outcome")),
    ("turn_ended", "known"),  # a handoff of a stamped turn
    ("turn_ended", "asked_for"),
    ("action_outcome", "status"),  # http
    ("action_outcome", "again_at"),  # repeat: safe
    ("action_outcome", "settles"),
    *((what, "rules") for what in ("verdict", "approval_answered")),  # several rules that ask at once
    ("verdict", "again_at"),  # a claim with an end
    ("verdict", "blind"),  # a state that is missing
    ("verdict", "lacks"),  # a table that names nobody
    ("verdict", "challenged"),  # an unanswered CHALLENGE
    ("verdict", "settles"),
    *(("pause", key) for key in ("what", "until")),
    ("resume", "what"),
    ("revision", "base"),  # an edit that waits whole
    ("started", "rehearsal"),
    # storms
    *(("wake_due", key) for key in ("after", "bound", "of", "hop")),
    *(("wake_skipped", key) for key in ("merged", "hop", "bound", "among")),
    *(("verdict", key) for key in ("bound", "count", "among", "storm")),
    ("message", "bound"),
    ("escalation_step", "hop"),
    *(("trouble", key) for key in ("since", "over", "seats", "settles", "opens", "then")),
    *(("trouble", key) for key in ("refused", "held", "unheard")),
}


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """A day in which a fleet does one of everything that leaves a record."""
    seats = {
        "dash": "when: [every 4h from 06:00 to 18:00, when asked]\nreads: [{path: data/*.csv}]\ngood_for: 24h\n"
        "can: {do: [note.append]}\nretries: 1\nscorecard: {work: {target: at least 1 a week, plausible: at most 10}}",
        "dirk": "when: [when mail arrives, when data/go.txt changes]\nreads: [dash, {path: data/go.txt}]\n"
        "good_for: 24h",
        "chief": "title: Chief\nperson: Ann\nanswers_to: founder\nreach: [{run: cat}]",
        "acts": "when: [when asked]\ncan: {ask: {mail.send: founder}}\nanswers_to: chief",
        "idle": "when: [every 1h]\nreads: [dash]\nskip_if: nothing new\ngood_for: 24h\nmissed: skip",
    }
    with Rig(tmp_path_factory.mktemp("day"), chart_text(seats, tail=ACTIONS)) as rig:
        _live(rig)
        yield rig


ACTIONS = "actions:\n  note.append: {run: ./note}\n  mail.send: {run: ./mail}"


def _act(rig: Rig) -> None:
    """Have actions asked for, edited, refused, done, killed on the way."""
    rig.write("mail", "#!/bin/sh\ncat; grep -q die mail.how && kill -9 $$\nexit 0\n").chmod(0o755)
    rig.write("mail.how", "live\n")
    offers = ", ".join(f'{{"kind": "mail.send", "with": {{"n": {n}}}}}' for n in range(4))
    keys = '"with": {"n": 9}, "because": "b", "confidence": 0.5, "lapses": "2h"'
    rig.does(
        "acts", f'touch $FLEET_OUT/a; echo \'{{"actions": [{offers}, {{"kind": "mail.send", {keys}}}]}}\''
    )
    rig.ask("wake", seat="acts")
    ids = [row["data"]["id"] for row in rig.records("approval_asked", seat="acts")]
    rig.ask("approve", id=ids[0], because="go")
    rig.ask("approve", id=ids[1], **{"with": {"n": 7}})
    rig.ask("deny", id=ids[2], because="no")
    rig.write("mail.how", "die\n")
    rig.ask("approve", id=ids[3])
    rig.ask("approve", id=ids[3], answer="happened")


def _live(rig: Rig) -> None:
    everything = """cat <<'RESULT'
{"headline": "all of it", "as_of": "2026-11-23T06:00:00-05:00", "body": "b",
 "claims": [{"about": "account:acme", "until": "2026-12-01T00:00:00-05:00", "because": "mine"}],
 "scorecard": {"work": {"value": 2, "evidence": "here"}},
 "messages": [{"to": "dirk", "type": "REQUEST", "about": ["account:acme", "account:volt"], "subject": "s",
               "body": "x", "with": {"k": 1}, "answer_by": "1h"}, {"to": "nobody", "subject": "s"}],
 "actions": [{"kind": "note.append", "about": "account:acme", "with": {"k": 1}, "because": "why", "confidence": 0.5},
             {"kind": "note.append", "about": "account:acme", "with": {"k": 1}}],
 "escalate": [{"because": "decide", "options": ["a", "b"]}], "cost": {"usd": 0.1}}
RESULT"""
    odd = 'echo \'{"headline": "odd", "scorecard": {"work": 99}, "withdraw": ["a-1"], "claims": []}\''
    saved = 'echo \'{"emit": "checkpoint", "data": 7}\' >> "$FLEET_OUT/emit.jsonl"; '
    answer = "sed -n 's/^## \\(m-[0-9]*\\) from dash.*/\\1/p' > work/id; "
    answer += 'printf \'{"headline": "h", "messages": [{"to": "dash", "type": "RESPONSE", "subject": "a", '
    answer += '"reply_to": "%s"}]}\' "$(cat work/id)"'
    tracked = rig.write("data/a.csv", "1\n")
    rig.does("dash", everything, odd, f"{saved}exit 75", "sleep 60 & kill -9 $$", f"{saved}exit 3", "exit 3")
    rig.does("dirk", answer)
    rig.start()
    _act(rig)
    rig.drop("dirk", "note.md", "---\ntype: INFORM\nodd: 1\n---\nhello\n")
    rig.drop("dirk", "bad.md", "---\ntype: NOPE\n---\n")
    rig.write("data/go.txt", "go\n")
    rig.sweep()
    for name in ("founder", "dash"):
        rig.ask("send", to=name, body="hello", person="founder")
    rig.ask("publish", seat="founder", text="All well.", person="founder", until=None)
    rig.ask("pause", seat="dash", because="why")
    rig.advance(hours=5)
    rig.ask("resume", seat="dash")
    tracked.write_text("22\n")
    rig.advance(hours=30)
    rig.path("state/dash.md").write_text("edited\n")
    rig.ask("pause", seat="dirk", because="so that a message can be edited")
    rig.ask("send", to="dirk", body="hello", person="founder")
    next(rig.path("inbox/dirk/new").glob("*.md")).write_text("edited\n")
    rig.ask("resume", seat="dirk")
    rig.sweep().edit(rig.read("fleet.yaml").replace("every 1h", "every 2h"))
    rig.edit(rig.read("fleet.yaml").replace("good_for: 24h", "good_for: 25h"))
    rig.ask("apply", because="it is so")
    rig.ask("apply", revision="r-2")
    rig.write("fleet.yaml", rig.read("fleet.yaml") + "oops: 1\n")
    rig.sweep().sweep().step(hours=-2)
    rig.hold("dirk").ask("wake", seat="dirk")
    rig.kill()
    rig.clock.advance(timedelta(hours=9))
    rig.start().stop()
    rig.clock.step(timedelta(hours=-1))
    rig.start()
    resumed = [one["n"] for one in rig.records("resume")]
    rig.ask("erase", n=resumed[:1], because="it is to go")
    rig.stop()


def test_every_kind_of_record_has_its_row_and_no_other_has_one() -> None:
    assert TABLE.keys() == record.KINDS


def test_a_record_has_no_key_that_the_table_does_not_name(rig: Rig) -> None:
    unnamed = {
        (one["what"], key) for one in rig.ledger() for key in one["data"].keys() - TABLE[one["what"]][0]
    }
    assert unnamed == set()


def test_what_is_said_to_be_written_is_written_and_nothing_else(rig: Rig) -> None:
    told = {what for what, (_, says) in TABLE.items() if not says.startswith("not written")}
    assert {one["what"] for one in rig.ledger()} == told


def test_most_keys_of_the_table_turn_up_in_a_day(rig: Rig) -> None:
    seen = {(one["what"], key) for one in rig.ledger() for key in one["data"]}
    never = {(what, key) for what, (keys, _) in TABLE.items() for key in keys} - seen
    assert never <= RARE, never - RARE


def test_kinds_of_trouble_are_named(rig: Rig) -> None:
    said = TABLE["trouble"][1]
    for one in rig.records("trouble"):
        assert one["data"]["kind"] in said
    source = "".join(path.read_text() for path in (ROOT / "src/fleet/runtime").glob("*.py"))
    for kind in re.findall(r"trouble\(\s*\"(\w+)\"", source):
        assert kind in said


@pytest.mark.parametrize("phrase", [codes(cells[0])[0] for cells in rows(marked(FILES, "cadences"))])
def test_a_phrase_for_time_is_read(phrase: str) -> None:
    cadence.read_cadence(phrase)


def test_a_turn_has_the_environment_of_the_table_and_nothing_else(tmp_path: Path) -> None:
    with Rig(tmp_path, chart_text({"dash": "when: when asked"})) as rig:
        rig.does("dash", "tr '\\0' '\\n' </proc/$$/environ >work/env; [ -d \"$FLEET_OUT\" ] && echo ok")
        rig.start()
        given = {line.partition("=")[0] for line in rig.read("seats/dash/work/env").splitlines()}
        assert rig.outcomes("dash") == ["done"]
    assert given == {codes(cells[0])[0] for cells in rows(marked(FILES, "environment"))}


def test_the_brief_has_the_keys_of_the_table_in_their_order(rig: Rig) -> None:
    assert list(rig.brief("dash")) == [codes(cells[0])[0] for cells in rows(marked(FILES, "brief"))]


def test_a_result_takes_the_keys_of_the_table_and_no_others() -> None:
    taken = set(result.Result.model_fields) - {"claims_added"}
    assert taken == {codes(cells[0])[0] for cells in rows(marked(FILES, "result"))}


def test_the_verbs_of_emit_are_named() -> None:
    said = re.search(r"`fleet emit ([a-z|]+)`", FILES)
    assert said and set(said[1].split("|")) == set(get_args(result.EmitKind))


def test_the_scorecard_has_the_columns_of_the_page(rig: Rig) -> None:
    line = codes(marked(FILES, "scorecard"))[0]
    assert line == ",".join(scorecard.COLUMNS)
    (file,) = rig.path("scorecard").glob("*.csv")
    assert file.read_text().splitlines()[0] == line


def test_every_word_of_health_is_explained() -> None:
    assert {codes(cells[0])[0] for cells in rows(marked(FILES, "health"))} == set(health.WORDS)


def _tree(root: type[errors.FleetError]) -> Iterator[int]:
    yield root.exit_code
    for one in root.__subclasses__():
        yield from _tree(one)


def test_exit_codes_are_those_of_the_error_tree() -> None:
    said = {int(cells[0]): cells[1] for cells in rows(marked(FILES, "exits"))}
    assert set(_tree(errors.FleetError)) | {0, plan.CHANGED, 130} == said.keys()


def test_bounds_are_those_of_the_code() -> None:
    said = [cells[1] for cells in rows(marked(FILES, "bounds"))]
    actual: list[Any] = [
        f"{message.MESSAGE_LIMIT // KB} KB",
        f"{result.STATE_LIMIT // MB} MB",
        f"{result.RESULT_LIMIT // MB} MB each; {prose.VALUES_MAX:,} texts, numbers, maps and lists",
        f"{_log_max() // MB} MB",
        f"{folder.FILE_MAX // MB} MB",
        f"{yaml.MOST_EVENTS:,}",
        f"{found.MOST:,}",
        f"{front.DEEPEST}",
        f"{desk.CHARTER_MAX // MB} MB",
        f"{desk.PROGRAM_FILES_MAX:,} of up to {desk.PROGRAM_MAX // MB} MB",
        f"{below.FILES_MAX:,}, {below.ENTRIES_MAX:,} names of files and folders, {desk.LEFT_MAX // MB} MB together, "
        f"{below.DEPTH_MAX} folders deep; names in UTF-8",
        f"{hide.LOOKED_MAX // MB} MB together, {hide.LOOK_S:g} s",
        f"{below.FILES_MAX:,} files, {below.ENTRIES_MAX:,} names, {desk.WORK_MAX // MB} MB; a bigger one, or one with "
        "what cannot be looked at, counts as changed",
        f"{post.WAITING_AT_MOST:,}",
        f"{turn.MAIL_A_TURN} messages, {turn.MAIL_BYTES_A_TURN // MB} MB",
        f"{consequence.MESSAGES_A_TURN}",
        f"{chart.Limits().fan_out}",
        f"{chart.Limits().messages_an_hour}",
        f"{chart.Limits().wakes_an_hour}",
        f"{consequence.RAISED_A_TURN}",
        f"{consequence.RAISED_AT_MOST}",
        f"{consequence.OPEN_AT_MOST:,}",
        f"{chart.HOPS_AT_MOST}",
        f"{post.EXCHANGES_AT_MOST}",
        f"{planner.RUN_ALL_AT_MOST}",
        f"{consequence.LAPSES_AFTER // timedelta(hours=1)} h",
        f"{when.MOST}",
    ]
    assert said == actual
    assert ending.EMIT_MAX == result.RESULT_LIMIT


def _log_max() -> int:
    launch = process.Launch(argv=(), cwd="", env={}, stdin=b"", mark="t-1", limit_s=1.0)
    return launch.log_max


def test_times_of_the_page_are_those_of_the_code() -> None:
    minutes = [int(span.total_seconds() // 60) for span in ending.LATER_AFTER]
    assert minutes == [1, 2, 4, 5] and "again after 1, 2, 4, then 5 minutes" in FILES
    seconds = [int(span.total_seconds()) for span in ending.RETRIES_AFTER]
    assert seconds == [10, 60, 300] and "again after 10 s, 1 m, then 5 m" in FILES
    assert timedelta(seconds=60) == planner.PUNCTUAL and "noticed within 60 s is on time" in FILES
    assert planner.TOLD_ONE_BY_ONE == 1000 and "up to 1,000 missed or skipped wakes" in FILES
    assert timedelta(hours=24) == message.ANSWER_DEFAULT and "24 h if none is given" in FILES


def test_a_checkpoint_holds_what_its_row_says() -> None:
    assert set(account.Account().checkpoint()) == TABLE["checkpoint"][0]
