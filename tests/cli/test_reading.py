"""The reading verbs: one JSON object each, text for people, and nothing changed by any of them."""

from __future__ import annotations

import json
import signal
from datetime import datetime

import pytest


@pytest.mark.parametrize(
    ("words", "schema", "keys"),
    [
        (("status",), "fleet.status/1", {"seats", "problems", "running"}),
        (("status", "greeter"), "fleet.status/1", {"seats", "details"}),
        ((), "fleet.status/1", {"seats"}),
        (("tail",), "fleet.tail/1", {"records"}),
        (("tail", "--kind", "log"), "fleet.tail/1", {"logs"}),
        (("trace", "t-1"), "fleet.trace/1", {"id", "things", "up", "down"}),
        (("brief", "greeter"), "fleet.brief/1", {"seat", "turn", "mail", "reads", "charter", "woken_by"}),
        (("inbox",), "fleet.inbox/1", {"messages"}),
        (("audit", "verify"), "fleet.audit/1", {"lines", "days", "last_hash", "holds"}),
        (("check",), "fleet.check/1", {"errors", "warnings", "mistakes"}),
        (("explain", "every 4h"), "fleet.explain/1", {"next"}),
    ],
)
def test_every_reading_verb_gives_one_object(hello, words, schema, keys):
    assert hello("up", "--once", "-q").code == 0
    said = hello(*words, "--json")
    assert said.code == (3 if schema == "fleet.status/1" and words else 0)
    whole = said.json
    assert whole["schema"] == schema
    assert set(whole) == {"schema", "at", "revision", "data"}
    assert datetime.fromisoformat(whole["at"]).tzinfo is not None
    assert keys <= set(whole["data"])


def test_status_gives_what_the_contract_names(hello):
    rows = hello("status", "--json").data["seats"]
    wanted = {"seat", "holder", "health", "why", "turn", "last_at", "next_at", "inbox", "waiting"}
    assert [row["seat"] for row in rows] == ["you", "greeter"]
    assert all(wanted <= set(row) for row in rows)


def test_status_of_a_fleet_that_never_ran_reads_the_chart(hello):
    said = hello("status")
    assert said.code == 3
    lines = said.out.splitlines()
    assert lines[1].split() == ["SEAT", "HEALTH", "LAST", "NEXT", "IN", "TODAY"]
    assert lines[3].split() == ["greeter", "▲", "late", "-", "-", "0", "nothing", "published", "yet"]
    assert "isolation: none" in lines
    assert "No daemon serves this fleet" in said.err
    assert not (hello.folder / "ledger").exists()


def test_status_stays_plain_where_only_ascii_is_taken(hello):
    said = hello("status", env={"PYTHONIOENCODING": "ascii"})
    assert said.out.isascii()
    assert "! late" in said.out


def test_one_seat_in_full_shows_its_state_turns_and_mail(hello):
    assert hello("up", "--once", "-q").code == 0
    assert hello("inbox", "send", "greeter", "-m", "hello there").code == 0
    said = hello("status", "greeter")
    assert said.out.splitlines()[0] == "greeter  Greeter, held by run, answers to you"
    assert "Good day, turn t-1" in said.out
    assert "t-1 done" in said.out
    assert "m-1" in said.out
    assert "hello there" in said.out


def test_tail_shows_one_kind_of_one_seat(hello):
    assert hello("up", "--once", "-q").code == 0
    assert hello("inbox", "send", "greeter", "-m", "one").code == 0
    assert hello("inbox", "send", "you", "-m", "two").code == 0
    mail = hello("tail", "--kind", "mail", "--json").data["records"]
    assert [record["data"]["id"] for record in mail] == ["m-1", "m-2"]
    its = hello("tail", "greeter", "--kind", "mail", "--json").data["records"]
    assert [record["data"]["id"] for record in its] == ["m-1"]
    assert len(hello("tail", "-n", "1", "--json").data["records"]) == 1


def test_tail_of_the_log_shows_what_a_holder_wrote_to_stderr(hello):
    assert hello("up", "--once", "-q").code == 0
    assert hello("tail", "greeter", "--kind", "log").out == "==> greeter t-1\na note for the log\n"


def test_tail_follows_until_interrupted(hello):
    assert hello("up", "--once", "-q").code == 0
    following = hello.start("tail", "-f", "-n", "1", "--json")
    assert following.stdout is not None
    assert json.loads(following.stdout.readline())["what"] == "stopped"
    assert hello("inbox", "send", "you", "-m", "one").code == 0
    assert hello("inbox", "send", "you", "-m", "two").code == 0
    records = [json.loads(following.stdout.readline()) for _ in range(2)]
    assert [record["data"]["subject"] for record in records] == ["one", "two"]
    following.send_signal(signal.SIGINT)
    following.communicate(timeout=30)
    assert following.returncode == 130


def test_trace_goes_from_a_message_to_the_turn_it_caused_and_back(hello):
    assert hello("up", "--once", "-q").code == 0
    assert hello("inbox", "send", "greeter", "-m", "hello", "--about", "account:Acme").code == 0
    assert hello("up", "--once", "-q").code == 0
    down = hello("trace", "m-1", "--json").data
    assert down["up"] == []
    assert "t-2" in [thing["id"] for thing in down["down"]]
    up = hello("trace", "t-2", "--up", "--json").data
    assert "down" not in up
    assert [thing["id"] for thing in up["up"]] == ["m-1", "greeter@mail:m-1"]
    about = hello("trace", "account:acme", "--json").data
    assert [thing["id"] for thing in about["things"]] == ["m-1"]
    text = hello("trace", "t-2").out
    assert "because of\n├ " in text
    assert "└ " in text


def test_brief_is_what_the_next_turn_would_be_given(hello):
    hello.write("seats/greeter/SEAT.md", "# The greeter\n\nGreet.\n")
    assert hello("inbox", "send", "greeter", "-m", "hello").code == 0
    text = hello("brief", "greeter").out
    assert text.startswith("# The greeter\n")
    assert "m-1 from you" in text
    data = hello("brief", "greeter", "--json").data
    assert (data["turn"], data["woken_by"]) == ("t-1", ["brief"])
    assert [mail["id"] for mail in data["mail"]] == ["m-1"]


def test_a_seat_that_is_given_json_is_shown_what_it_is_given(hello):
    chart = (hello.folder / "fleet.yaml").read_text()
    hello.write("fleet.yaml", chart.replace("run: sh greet.sh", "run: sh greet.sh\n    input: json"))
    given = json.loads(hello("brief", "greeter").out)
    assert given.keys() == hello("brief", "greeter", "--json").data.keys()


SECRET = "Zq7Lk2Vt9Xw4Bn6Rp3Hs8"


@pytest.mark.parametrize("served", [True, False])
def test_a_brief_shows_no_value_of_a_secret_that_stands_in_a_charter(hello, served):
    """Where a daemon runs, it alone may know the value; where none runs, who looks hides what he knows."""
    chart = hello.folder / "fleet.yaml"
    chart.write_text(f"{chart.read_text()}    can: {{use: [TOKEN]}}\n")
    hello.write("seats/greeter/SEAT.md", f"Use {SECRET} for the CRM.\n")
    if served:
        assert hello("up", "-d", env={"TOKEN": SECRET}).code == 0
    env = {} if served else {"TOKEN": SECRET}
    for words in (("brief", "greeter"), ("brief", "greeter", "--json")):
        said = hello(*words, env=env)
        assert said.code == 0, said.err
        assert "Use [secret TOKEN] for the CRM." in said.out
        assert SECRET not in said.out + said.err


def test_a_brief_can_be_had_before_the_fleet_ever_ran(hello):
    assert hello("brief", "greeter", "--json").data["turn"] == "t-1"


def test_audit_names_the_line_that_was_edited(hello):
    assert hello("up", "--once", "-q").code == 0
    whole = hello("audit", "verify")
    assert whole.code == 0
    assert " lines of 1 day hold.\nLast hash " in whole.out
    (day,) = (hello.folder / "ledger").glob("*.jsonl")
    lines = day.read_text().splitlines(keepends=True)
    lines[3] = lines[3].replace("first start", "first stort")
    day.write_text("".join(lines))
    said = hello("audit", "verify")
    assert said.code == 1
    assert said.out.startswith(f"ledger/{day.name}:4: ")
    assert hello("audit", "verify", "--json").data["broken"]["line"] == 4


def test_explain_gives_the_next_instants_of_a_cadence(nowhere):
    said = nowhere(
        *("explain", "every 4h from 06:30 to 18:30 on weekdays", "--json", "-n", "5"),
        *("--from", "2026-11-23T09:00:00-05:00", "--timezone", "America/New_York"),
    )
    assert said.data["next"] == [
        "2026-11-23T10:30:00-05:00",
        "2026-11-23T14:30:00-05:00",
        "2026-11-23T18:30:00-05:00",
        "2026-11-24T06:30:00-05:00",
        "2026-11-24T10:30:00-05:00",
    ]


def test_explain_points_at_the_word_in_the_way(nowhere):
    said = nowhere("explain", "weekdays at 25:00")
    assert said.code == 2
    assert "  weekdays at 25:00\n              ^^^^^\n" in said.err


def test_a_fleet_in_the_background_answers_the_same_questions(served):
    assert served("status", "greeter", "--json").data["details"]["greeter"]["turns"]
    assert served.until(lambda: "daemon started" in served("tail").out, "the daemon's record")
