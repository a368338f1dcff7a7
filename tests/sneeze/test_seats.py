"""The example's agents as programs: what they say when all is well, and when something is old, missing or broken."""

import ast
import json
import shutil
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sneeze_desk import REPOSITORY, Desk, read

LAST = date(2026, 11, 20)
SEATS = ["dash", "pulse", "dirk", "nick", "crystal", "pepper", "arin", "radar", "tally"]
SHELLS = [shell for shell in ("dash", "bash", "busybox") if shutil.which(shell)]
OWN_KEYS = {"seat", "turn", "written", "good_until"}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A fall of spend and a client at risk, both put in by hand on a calm world."""
    trouble = ("spend:volt-meta@2026-11-20*0.4", "risk:acme@2026-11-06+30*0.55")
    return Desk(tmp_path, 11, LAST, inject=trouble, calm=True)


def healthy(desk: Desk) -> dict[str, Any]:
    """Return fresh reads of the seats that dirk and radar read."""
    dash = desk.result("dash")
    pulse = desk.result("pulse", reads={"dash": read(dash)})
    return {"dash": read(dash), "pulse": read(pulse)}


@pytest.mark.parametrize("seat", SEATS)
def test_an_agent_imports_only_the_standard_library_and_its_own_files(seat: str) -> None:
    files = list((REPOSITORY / "seats" / seat).glob("*.py"))
    own = {path.stem for path in files}
    for path in files:
        for node in ast.walk(ast.parse(path.read_text())):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names | own


@pytest.mark.parametrize("seat", SEATS)
@pytest.mark.parametrize("brief", ["", "{", "[1, 2]", '{"reads": {"dash"'])
def test_a_broken_brief_fails_the_turn_with_one_sentence(desk: Desk, seat: str, brief: str) -> None:
    ended = desk.start(seat, brief=brief)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith(f"{seat}: ")
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("seat", "file", "so"),
    [
        ("dash", "ads/daily.csv", ""),
        ("pulse", "ads/daily.csv", ""),
        ("pulse", "crm/clients.csv", ""),
        ("dirk", "crm/deals.csv", ""),
        ("crystal", "projects/projects.csv", ""),
        ("nick", "leads/leads.csv", "; nothing was cleaned or drafted"),
        ("nick", "crm/touches.csv", "; nothing was cleaned or drafted"),
        ("arin", "calls/daily.csv", "; nobody was judged"),
        ("pepper", "mail/inbox.mbox", "; no mail was triaged"),
    ],
)
def test_a_missing_source_fails_the_turn_by_name(desk: Desk, seat: str, file: str, so: str) -> None:
    (desk.root / "data" / file).unlink()
    ended = desk.start(seat)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == f"{seat}: data/{file} is not there{so}\n"


@pytest.mark.parametrize("seat", ["dash", "pulse", "dirk"])
def test_an_old_source_gives_no_numbers_and_no_new_time(desk: Desk, seat: str) -> None:
    first = desk.result(seat, now=desk.now(9, 45, days=4))
    again = desk.result(seat, now=desk.now(14, 0, days=5))
    assert first == again, "what says nothing new must be the same text, so that it renews nothing"
    assert first["as_of"] == "2026-11-21T00:00:00-05:00"
    assert [item["kind"] for item in first["items"]] == ["stale-source"]
    assert not first.get("scorecard")
    assert not first.get("actions")
    assert "claims" not in first


@pytest.mark.parametrize("seat", ["dash", "pulse"])
def test_rows_after_now_are_not_known_yet(desk: Desk, seat: str) -> None:
    result = desk.result(seat, now=desk.now(9, 45, days=-3))
    assert result["as_of"] == "2026-11-17T00:00:00-05:00"


def test_dirk_takes_no_export_of_a_day_that_has_not_come(desk: Desk) -> None:
    ended = desk.start("dirk", now=desk.now(9, 45, days=-3))
    assert (ended.returncode, ended.stderr) == (1, "dirk: data/crm/deals.csv has no export before today\n")


def test_half_a_row_and_garbage_are_left_out_and_counted(desk: Desk) -> None:
    path = desk.root / "data/ads/daily.csv"
    text = path.read_text().splitlines()
    path.write_text(
        "\n".join(
            [*text, "2026-11-20,acme,meta,x,nan,1,1,1", "2026-11-20,acme,meta,x,1e400,1,1,1", "2026-11-2"]
        )
    )
    result = desk.result("dash")
    assert "3 rows of data/ads/daily.csv could not be read" in result["body"]
    assert "nan" not in json.dumps(result).lower()


@pytest.mark.parametrize("seat", ["dash", "pulse", "dirk", "radar"])
def test_a_result_keeps_to_the_contract(desk: Desk, seat: str) -> None:
    reads = healthy(desk) if seat in ("dirk", "radar") else {}
    result = desk.result(seat, reads=reads)
    allowed = {"headline", "as_of", "items", "claims", "scorecard", "messages", "actions", "body"}
    assert set(result) <= allowed
    assert not OWN_KEYS & set(result)
    assert "\n" not in result["headline"]
    assert result["as_of"] <= desk.now().isoformat()
    for item in result["items"]:
        assert item["about"].count(":") == 1
        assert item["because"]


def test_dash_names_the_fall_and_tells_radar_once(desk: Desk) -> None:
    first, second = desk.result("dash"), desk.result("dash", now=desk.now(7, 15))
    assert any(item["with"]["ad_account"] == "volt-meta" for item in first["items"])
    assert [message["about"] for message in first["messages"]].count("account:volt") == 1
    assert second["messages"] == []
    retried = desk.result("dash", now=desk.now(7, 16), woken_by=["retry 1 of 2"])
    assert [message["to"] for message in retried["messages"]] == []


def test_dash_tells_again_what_a_failed_turn_could_not(desk: Desk) -> None:
    first = desk.result("dash")
    retried = desk.result("dash", woken_by=["retry 1 of 2"])
    assert retried["messages"] == first["messages"] != []


def test_dash_calls_a_vanished_account_missing_and_not_zero(tmp_path: Path) -> None:
    desk = Desk(tmp_path, 11, LAST, inject=("vanish:volt-meta@2026-11-19+2",), calm=True)
    item = next(item for item in desk.result("dash")["items"] if item["kind"] == "missing")
    assert item["about"] == "account:volt"
    assert item["because"] == "volt-meta has no row after 2026-11-18: missing, not zero"


def test_dash_says_once_that_a_whole_platform_is_missing(tmp_path: Path) -> None:
    desk = Desk(tmp_path, 11, LAST, inject=("dead:google@2026-11-20",), calm=True)
    missing = [item["about"] for item in desk.result("dash")["items"] if item["kind"] == "missing"]
    assert missing == ["source:google"]


def spends(desk: Desk, first: str, last: str) -> list[float]:
    """Return the spend of every row of some days, read past dash."""
    rows = [line.split(",") for line in (desk.root / "data/ads/daily.csv").read_text().splitlines()[1:]]
    return [float(row[4]) for row in rows if first <= row[0] <= last]


def own(result: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [item for item in result["items"] if item["kind"] == kind]


def test_dash_adds_up_the_day_over_all_accounts(desk: Desk) -> None:
    result = desk.result("dash")
    (total,) = own(result, "total")
    assert total["about"] == "source:ads"
    assert total["with"]["ad_spend_usd"] == round(sum(spends(desk, "2026-11-20", "2026-11-20")), 2)
    assert (total["with"]["day"], type(total["with"]["leads"])) == ("2026-11-20", int)
    assert result["scorecard"]["anomalies_by_0930"] == len(result["items"]) - 1


@pytest.mark.parametrize(
    "trouble", ["vanish:volt-meta@2026-11-20", "vanish:volt-meta@2026-11-05+16", "dead:google@2026-11-20"]
)
def test_dash_gives_no_total_where_an_account_is_missing(tmp_path: Path, trouble: str) -> None:
    desk = Desk(tmp_path, 11, LAST, inject=(trouble,), calm=True)
    assert own(desk.result("dash"), "total") == []


def test_dash_gives_no_total_where_a_row_of_the_day_is_broken_and_one_where_an_older_is(desk: Desk) -> None:
    path = desk.root / "data/ads/daily.csv"
    whole = path.read_text()
    path.write_text(f"{whole}2026-11-01,acme,meta,x,nan,1,1,1\n")
    assert len(own(desk.result("dash"), "total")) == 1
    path.write_text(f"{whole}2026-11-20,acme,meta,x,nan,1,1,1\n")
    assert own(desk.result("dash"), "total") == []


def test_dash_holds_the_month_against_the_plan_on_mondays_alone(tmp_path: Path) -> None:
    desk = Desk(tmp_path, 11, date(2026, 11, 22), calm=True)
    monday = desk.result("dash")
    (pacing,) = own(monday, "pacing")
    spent, plan = round(sum(spends(desk, "2026-11-01", "2026-11-22"))), round(185_000 * 22 / 30)
    assert pacing["with"] == {
        "plan_to_date_usd": plan,
        "plan_usd": 185_000,
        "day": "2026-11-22",
        "spent_usd": spent,
        "variance": f"{(spent / plan - 1) * 100:+.1f}%",
    }
    assert f"Pacing: ${spent:,} of ${plan:,} by Sun 22 Nov, " in monday["body"]
    friday = Desk(tmp_path / "friday", 11, date(2026, 11, 19), calm=True).result("dash")
    assert own(friday, "pacing") == []
    assert "Pacing" not in friday["body"]


def test_dash_gives_no_variance_over_missing_rows(tmp_path: Path) -> None:
    desk = Desk(tmp_path, 11, date(2026, 11, 22), inject=("vanish:volt-meta@2026-11-03+4",), calm=True)
    result = desk.result("dash")
    (pacing,) = own(result, "pacing")
    assert "variance" not in pacing["with"]
    assert "spent_usd" not in pacing["with"]
    assert pacing["with"]["missing_account_days"] == 4
    assert "; 4 account days are missing, so no variance" in pacing["because"]
    assert len(own(result, "total")) == 1


def test_dash_gives_its_scorecard_value_only_by_half_past_nine(desk: Desk) -> None:
    assert "anomalies_by_0930" in desk.result("dash", now=desk.now(9, 30))["scorecard"]
    assert "scorecard" not in desk.result("dash", now=desk.now(9, 31))


def test_pulse_claims_the_client_at_risk_and_tells_dirk_once(desk: Desk) -> None:
    first, second = desk.result("pulse"), desk.result("pulse", now=desk.now(10, 0))
    assert [claim["about"] for claim in first["claims"]] == ["account:acme"]
    assert first["claims"][0]["until"] == "2026-11-25T00:00:00-05:00"
    assert [(message["to"], message["about"]) for message in first["messages"]] == [("dirk", "account:acme")]
    assert second["messages"] == []
    assert second["claims"] == first["claims"]


def test_pulse_clears_a_client_after_a_whole_good_week(tmp_path: Path) -> None:
    desk = Desk(tmp_path, 11, LAST, inject=("risk:acme@2026-10-12+21*0.55",), calm=True)
    assert desk.result("pulse")["claims"] == []
    assert [c["about"] for c in desk.result("pulse", now=desk.now(days=-18))["claims"]] == ["account:acme"]


def test_pulse_takes_a_vanished_account_for_missing_and_not_for_a_fall(tmp_path: Path) -> None:
    desk = Desk(tmp_path, 11, LAST, inject=("vanish:acme-meta@2026-11-10+11",), calm=True)
    assert desk.result("pulse")["claims"] == []


def test_dirk_offers_nothing_without_a_fresh_word_from_pulse(desk: Desk) -> None:
    reads = healthy(desk)
    assert kinds(desk.result("dirk", reads=reads)).count("crm.offer") > 0
    for pulse in (None, read(None, fresh=False), read(reads["pulse"]["state"], fresh=False)):
        without = {"dash": reads["dash"], **({"pulse": pulse} if pulse else {})}
        result = desk.result("dirk", reads=without)
        assert "crm.offer" not in kinds(result)
        assert "Pulse's watch list cannot be relied on, so nobody is pitched" in result["headline"]


def kinds(result: dict[str, Any]) -> list[str]:
    return [action["kind"] for action in result["actions"]]


def test_dirk_leaves_out_whom_pulse_claims(desk: Desk) -> None:
    reads = healthy(desk)
    offered = [a["about"] for a in desk.result("dirk", reads=reads)["actions"] if a["kind"] == "crm.offer"]
    reads["pulse"]["state"]["claims"] = [{"about": about} for about in offered]
    result = desk.result("dirk", reads=reads)
    assert not {a["about"] for a in result["actions"] if a["kind"] == "crm.offer"} & set(offered)
    assert "is on Pulse's watch list" in result["body"]


def test_dirk_does_not_repeat_what_the_logs_say_was_done(desk: Desk) -> None:
    first = desk.result("dirk", reads=healthy(desk))
    crm = desk.root / "data/crm"
    offers = [a for a in first["actions"] if a["kind"] == "crm.offer"]
    writes = [a for a in first["actions"] if a["kind"] == "crm.write"]
    log(crm / "offers.csv", ["deal"], offers)
    log(crm / "writes.csv", ["deal", "field"], writes)
    again = desk.result("dirk", reads=healthy(desk))
    assert "crm.write" not in kinds(again)
    assert not {a["with"]["deal"] for a in offers} & {a["with"]["deal"] for a in again["actions"]}


def log(path: Path, columns: list[str], actions: list[dict[str, Any]]) -> None:
    lines = [",".join(["day", *columns])]
    lines += [",".join(["2026-11-20", *(action["with"][column] for column in columns)]) for action in actions]
    path.write_text("\n".join(lines) + "\n")


@pytest.mark.parametrize("shell", SHELLS)
def test_radar_marks_stale_and_missing_parts_under_every_shell(desk: Desk, shell: str) -> None:
    old = {"headline": "Watch list: 77 clients", "as_of": "2026-11-18T00:00:00-05:00", "items": []}
    reads = {**healthy(desk), "pulse": read(old, fresh=False, age_s=280_000), "dirk": read(None, fresh=False)}
    command = [shell, "sh", "agent.sh"] if shell == "busybox" else [shell, "agent.sh"]
    result = desk.result("radar", reads=reads, command=command, now=desk.now(7, 15))
    assert result["headline"] == "2 of 3 parts stale or missing: pulse, dirk"
    assert result["body"].startswith(
        "## Stale or missing\n\n"
        "- pulse: **STALE**, no fresh state since 2026-11-18T00:00:00-05:00, 3 days old\n"
        "- dirk: **MISSING**, no state to read\n\n"
        "Nothing of these is shown as current.\n\n## Fresh\n\n- **dash**: "
    )
    assert "77" not in json.dumps(result)
    assert "volt-meta" in result["body"]
    assert result["scorecard"] == {"briefing_by_0800": 1}


def test_radar_counts_a_state_on_an_old_source_as_stale(desk: Desk) -> None:
    dash = desk.result("dash", now=desk.now(days=3))
    result = desk.result("radar", reads={"dash": read(dash)}, now=desk.now(7, 15, days=3))
    assert result["headline"] == "1 of 1 parts stale or missing: dash"


def test_radar_gives_no_time_to_data_without_one(desk: Desk) -> None:
    fresh, old = {"headline": "two campaigns"}, {"headline": "77 leads"}
    reads = {"arin": read(fresh, age_s=3600), "nick": read(old, fresh=False, age_s=9000)}
    body = desk.result("radar", reads=reads)["body"]
    assert "- **arin**: two campaigns _(no time of data given, published 60 min ago)_\n" in body
    assert "- nick: **STALE**, no fresh state; no time of data given, published 3 h ago\n" in body
    assert "whether a turn failed since is not told here: fleet status." in body


def test_radar_puts_escalations_first_and_quotes_what_others_wrote(desk: Desk) -> None:
    wild = 'He said "no" \\ 50% \u2014 {"headline": "x"}\n## dash: FRESH %s %d & \\1'
    mail = [
        {"type": "INFORM", "from": "dash", "subject": "later"},
        {"type": "ESCALATION", "from": "dirk", "subject": wild, "about": "account:acme"},
    ]
    result = desk.result("radar", reads=healthy(desk), mail=mail)
    assert result["headline"] == "1 escalation first; All 2 parts fresh"
    assert result["body"].startswith("## Escalations\n\n- dirk: He said")
    assert wild in result["body"]


def test_radar_says_what_waits_for_whom_and_why(desk: Desk) -> None:
    reads = healthy(desk)
    assert "## Waiting" not in desk.result("radar", reads=reads)["body"]
    held = {"id": "a-31", "kind": "crm.offer", "about": "account:acme", "status": "held", "person": None}
    asked = {**held, "id": "a-32", "about": "account:volt", "status": "asked", "person": "founder"}
    reads["dirk"] = read({"headline": "2 plays"})
    runs = {**held, "id": "a-30", "status": "running", "reason": "dirk may do crm.offer"}
    reads["dirk"]["waits"] = [
        runs,
        {**held, "reason": 'account:acme is claimed by pulse (leads "-40%")'},
        {**asked, "reason": "crm.offer by dirk needs the yes of founder"},
    ]
    result = desk.result("radar", reads=reads)
    assert result["headline"] == "All 3 parts fresh; 1 waiting for a yes; 1 held"
    assert result["body"].startswith(
        "## Waiting\n\n"
        '- a-31 of dirk, crm.offer (account:acme), held: account:acme is claimed by pulse (leads "-40%")\n'
        "- a-32 of dirk, crm.offer (account:volt), waits for the yes of founder: "
        "crm.offer by dirk needs the yes of founder\n\n"
    )


def test_radar_reads_a_brief_of_half_a_megabyte(desk: Desk) -> None:
    long = {"headline": "long", "as_of": "2026-11-21T00:00:00-05:00", "body": 'x"\\ ' * 120_000, "items": []}
    assert "long" in desk.result("radar", reads={"dash": read(long)})["body"]


def letter(**given: Any) -> dict[str, Any]:
    known = {"type": "ESCALATION", "from": "dirk", "subject": 'stuck on "d-9"', "id": "m-31"}
    return {**known, "sent": "2026-11-21T09:00:00-05:00", **given}


def test_radar_keeps_an_escalation_until_it_is_answered(desk: Desk) -> None:
    line = '- dirk: stuck on "d-9" (account:acme, account:volt), m-31 since 2026-11-21T09:00:00-05:00\n'
    state = desk.result("radar", mail=[letter(about=["account:acme", "account:volt"])])
    assert line in state["body"]
    for mail in (
        [],
        [letter(about=["account:acme", "account:volt"])],
        [letter(type="INFORM", reply_to="m-30")],
    ):
        state = desk.result("radar", reads={"radar": read(state)}, mail=mail)
        assert state["headline"] == "1 escalation first; All 0 parts fresh"
        assert state["body"].count(line) == 1
    answer = letter(type="INFORM", id="m-40", reply_to="m-31", subject="done", **{"from": "founder"})
    state = desk.result("radar", reads={"radar": read(state)}, mail=[answer])
    assert (state["headline"], state["items"]) == ("All 0 parts fresh", [])


def test_radar_is_no_part_of_its_own_briefing(desk: Desk) -> None:
    result = desk.result("radar", reads={**healthy(desk), "radar": read(None, fresh=False)})
    assert result["headline"] == "All 2 parts fresh"


def test_radar_says_why_a_state_is_not_there(desk: Desk) -> None:
    edited = {**read(None, fresh=False), "note": "edited outside the fleet, so it is not shown"}
    result = desk.result("radar", reads={"pulse": edited})
    assert "**MISSING**, no state to read: edited outside the fleet, so it is not shown\n" in result["body"]


def test_radar_gives_ten_fresh_parts_a_line_each_and_leaves_out_what_is_no_news(desk: Desk) -> None:
    quiet = [
        {"about": "source:ads", "kind": "total", "because": "no news"},
        {"about": "account:acme", "kind": "health", "because": "no news", "with": {"health": "green"}},
        {"about": "mail:1", "kind": "read", "because": "no news"},
        {"about": "mail:2", "kind": "junk", "because": "no news"},
        {"about": "metric:clients_green", "kind": "value", "because": "no news"},
    ]
    loud = [{"about": f"project:p-{n}", "kind": "stale", "because": f"news {n}"} for n in range(5)]
    empty = [{"about": f"metric:m{n}", "kind": "empty", "because": "no news"} for n in range(9)]
    reads = {f"seat{n}": read({"headline": f"headline {n}", "items": quiet}) for n in range(8)}
    reads["crystal"] = read({"headline": "5 stale", "items": [*quiet, *loud]})
    reads["tally"] = read({"headline": "some empty", "items": [*quiet, *empty]})
    body = desk.result("radar", reads=reads)["body"]
    assert "no news" not in body
    assert body.count("\n- **") == 10
    assert body.count("  - project:p-") == 3
    assert "  - and 2 more in its own state\n" in body
    assert "  - empty rows: m0, m1, m2, m3, m4, m5, m6, m7, m8\n" in body
    assert len(body.splitlines()) <= 20


def test_pulse_gives_the_clients_at_risk_first(tmp_path: Path) -> None:
    desk = Desk(tmp_path, 11, LAST, inject=("risk:volt@2026-11-06+30*0.55",), calm=True)
    colours = [item["with"]["health"] for item in desk.result("pulse")["items"]]
    assert colours == sorted(colours, key=["red", "amber", "unknown", "green"].index)
    assert colours[0] == "red"
