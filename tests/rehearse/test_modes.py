"""Who holds the seats, whether actions happen, what is left: --seat, --replay, stand_in, --act, --keep, --strict."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from rehearse.stand import HEAD, TAIL, Stand

OFFER = '{kind: crm.offer, about: "account:acme", with: {deal: d1}, because: b}'
WRITE = '{kind: crm.write, about: "account:acme", with: {note: n}, because: b}'


def test_only_the_seats_that_are_named_get_turns(stand: Stand) -> None:
    came = stand.rehearse("", "--from", "2026-11-23", "--for", "1d", "--seat", "nick", "--seat", "pulse")
    assert set(came.data["turns"]) == {"nick", "pulse"}
    assert came.data["trouble"] is False
    wrong = stand.rehearse("", "--seat", "nik", keep="other")
    assert (wrong.code, wrong.err) == (2, "fleet: there is no seat 'nik'. Did you mean nick?\n")


RESULT = {
    "headline": "as recorded",
    "as_of": "2026-11-23T05:00:00-05:00",
    "items": [
        {
            "about": "account:acme",
            "kind": "risk",
            "because": "leads fell",
            "confidence": 0.9,
            "with": {"n": 3},
        }
    ],
    "claims": [{"about": "account:acme", "until": "2026-11-24T06:00:00-05:00", "because": "mine"}],
    "scorecard": {"work": {"value": 3, "evidence": "counted"}},
    "messages": [{"to": "dirk", "type": "INFORM", "subject": "s", "body": "b", "with": {"reason": "r"}}],
    "cost": {"usd": 0.25, "input_tokens": 10, "output_tokens": 5, "model": "m"},
    "body": "All of it.",
}


def test_recorded_results_are_replayed_and_no_holder_is_started(stand: Stand) -> None:
    text = json.dumps(RESULT).replace("'", "'\\''")
    stand.always(
        "pulse",
        f"touch \"$FLEET_ROOT/../started\"; case $FLEET_NOW in *T06*) echo '{text}';; *) echo first;; esac",
    )
    assert stand.rehearse("", "--from", "2026-11-23", "--for", "1d", keep="past").code == 0
    past = stand.place / "past"
    (stand.place / "started").unlink()
    stand.copy("past").add_seat("newcomer")
    chart = stand.copy("past").read("fleet.yaml")
    newcomer = (
        "  newcomer: {title: N, run: sh agent.sh, answers_to: founder, owns: [n], "
        "scorecard: {work: all}, when: [every day at 12:00]}\n"
    )
    stand.copy("past").write("fleet.yaml", chart.replace("  nick:\n", f"{newcomer}  nick:\n"))
    words = ["rehearse", "--replay", "--from", "2026-11-24", "--for", "2d", "--keep", "../again", "--json"]
    came = stand.call(*words, folder=past)
    assert came.code == 0, came.err
    assert not (stand.place / "started").exists()
    assert {seat for seat, counts in came.data["turns"].items() if counts.keys() <= {"done", "empty"}} == {
        *("pulse", "dirk", "nick")
    }
    assert [(one["seat"], one["why"]) for one in came.data["failed"]][:1] == [
        (
            "newcomer",
            "the ledger has no result of it to replay, and no holder is started; give it a `stand_in:`",
        )
    ]
    again = stand.copy("again")
    replayed = [
        r for r in again.records("turn_ended", seat="pulse") if r["data"]["headline"] == "as recorded"
    ][1:]
    (first,) = [r["data"]["result"] for r in replayed]
    assert (
        first["as_of"].startswith("2026-11-25T05:00:00") and first["items"] and first["cost"]["usd"] == 0.25
    )
    fresh = stand.call(*[*words[:-2], "../fresh", "--json"], "--fresh", folder=past)
    assert fresh.code == 0 and "as recorded" in stand.copy("fresh").raw().decode()


def test_a_stand_in_holds_a_seat_without_its_secrets(make: Any) -> None:
    seats = {
        "dear": """
run: ./costs-money
stand_in: sh cheap.sh "a word"
when: [every day at 06:00]
can: {use: [NO_SUCH_SECRET]}
""",
        "odd": 'stand_in: sh "cheap.sh\nwhen: [every day at 06:00]',
    }
    stand: Stand = make(seats, head=HEAD, tail="")
    stand.write("seats/dear/cheap.sh", 'echo "cheap: $1, ${NO_SUCH_SECRET-none}"\n')
    came = stand.rehearse("- {at: mon 06:01, expect: {state: {seat: dear, headline: 'cheap: a word, none'}}}")
    assert came.unmet == []
    assert {one["seat"] for one in came.data["failed"]} == {"odd"}
    assert "its `stand_in` cannot be split into words" in came.data["failed"][0]["why"]


ASKS = f"""
- {{at: mon 07:00, publish: {{seat: dirk, headline: x, actions: [{WRITE}, {OFFER}]}}}}
- {{at: mon 07:10, approve: {{kind: crm.offer}}}}
"""


def test_actions_are_recorded_as_done_and_with_act_they_are_done_in_the_copy(stand: Stand) -> None:
    done = "- {at: mon 07:11, expect: {action: {kind: %s, status: done, output: %s}}}\n"
    said = "not carried out"
    assert stand.rehearse(ASKS + done % ("crm.write", said) + done % ("crm.offer", said)).unmet == []
    acted = stand.rehearse(
        ASKS + done % ("crm.write", "done in") + done % ("crm.offer", "done in"), "--act", keep="acted"
    )
    assert acted.unmet == []
    assert not stand.copy().path("did").exists() and not stand.path("did").exists()
    sent = json.loads(stand.copy("acted").read("did/crm.offer"))
    assert (sent["kind"], sent["with"], sent["seat"]) == ("crm.offer", {"deal": "d1"}, "dirk")


SERVER = """
import http.server, os, sys
class Answer(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        print(self.path, body, file=open("served", "a"))
        self.send_response(int(self.path.rpartition("/")[2])); self.end_headers(); self.wfile.write(b"thanks")
    def log_message(self, *_): pass
http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Answer).serve_forever()
"""
HTTP = """
actions:
  crm.write: {http: "http://crm.example:81/touch/200", about: account}
  crm.fails: {http: "http://crm.example:81/touch/404", about: account}
  crm.other: {http: "http://elsewhere.example/touch", about: account}
"""


def test_posts_go_only_to_what_the_script_serves(make: Any) -> None:
    seats = {
        "dirk": "when: [every day at 08:00]\ngood_for: 26h\ncan: {do: [crm.write, crm.fails, crm.other]}"
    }
    stand: Stand = make(seats, tail=HTTP)
    stand.write("server.py", SERVER)
    acts = ", ".join(
        f'{{kind: {k}, about: "account:acme", because: b}}' for k in ("crm.write", "crm.fails", "crm.other")
    )
    steps = f"""
from: 2026-11-23
act: yes
serve: {{"http://crm.example:81": python server.py}}
steps:
  - {{at: mon 07:00, publish: {{seat: dirk, headline: x, actions: [{acts}]}}}}
  - {{at: mon 07:01, expect: {{action: {{kind: crm.write, status: done, output: thanks}}}}}}
  - {{at: mon 07:01, expect: {{action: {{kind: crm.fails, status: failed}}}}}}
  - {{at: mon 07:01, expect: {{action: {{kind: crm.other, status: done, output: not carried out}}}}}}
"""
    assert stand.rehearse(steps).unmet == []
    copy = stand.copy()
    assert [line.split()[0] for line in copy.read("served").splitlines()] == ["/touch/200", "/touch/404"]
    assert b"127.0.0.1" not in copy.raw()


def test_people_are_told_by_their_commands_only_where_actions_are_carried_out(make: Any) -> None:
    seats = {
        "bogdan": "title: COO\nperson: Bogdan\nanswers_to: founder\nreach: [{run: ./notify}]",
        "dirk": "when: [every day at 08:00]\ngood_for: 26h\ncan: {ask: {crm.offer: bogdan}}",
    }
    stand: Stand = make(seats, tail=TAIL.split("conflicts:")[0].replace("crm.write", "crm.note"))
    stand.write("notify", "#!/bin/sh\ncat >>told; echo >>told\n").chmod(0o755)
    steps = f"- {{at: mon 07:00, publish: {{seat: dirk, headline: x, actions: [{OFFER}]}}}}"
    assert stand.rehearse(steps).unmet == [] and not stand.copy().path("told").exists()
    assert stand.rehearse(steps, "--act", keep="acted").unmet == []
    assert json.loads(stand.copy("acted").read("told"))["to"] == "bogdan"


def test_a_kept_copy_is_read_at_its_own_instant_and_goes_on_from_there(stand: Stand) -> None:
    came = stand.rehearse(ASKS.rsplit("-", 1)[0] + "- {at: mon 12:30, say: stop here}", form="")
    assert came.out.splitlines()[-1] == "The copy: fleet -C ../copy status"
    copy = stand.place / "copy"
    status = stand.call("status", "--json", folder=copy)
    assert status.code == 3
    rows = {row["seat"]: row for row in status.data["seats"]}
    assert rows["nick"]["health"] == "fine" and rows["nick"]["next_at"].startswith("2026-11-24T")
    assert stand.call("audit", "verify", folder=copy).code == 0
    for words in (["tail"], ["why", "a-2"], ["trace", "account:acme"], ["brief", "dirk"], ["approve"],
                  ["inbox", "founder"], ["status", "dirk"], ["approve", "--json"], []):  # fmt: skip
        said = stand.call(*words, folder=copy)
        assert said.code in (0, 3), (words, said.err)
        assert "Traceback" not in said.err
    assert json.loads(stand.call("approve", "--json", folder=copy).out)["data"]["approvals"][0]["id"] == "a-2"
    assert stand.call("simulate", "--for", "1d", folder=copy).out.startswith("test · Mon 23 Nov 2026 12:3")
    up = stand.call("up", folder=copy)
    assert up.code == 1 and "was kept by `fleet rehearse`" in up.err
    more = stand.call("rehearse", "--for", "2h", "--keep", "../more", "--json", folder=copy)
    assert more.code == 0, more.err
    assert more.data["from"] == "2026-11-23T12:31:00-05:00"
    assert stand.copy("more").records("approval_asked") == stand.copy().records("approval_asked")


def test_approvals_of_a_kept_copy_are_still_there_to_approve_in_the_next_rehearsal(stand: Stand) -> None:
    stand.rehearse(ASKS.rsplit("-", 1)[0])
    steps = """
from: 2026-11-23 08:00
steps:
  - {at: mon 08:30, approve: a-2}
  - {at: mon 08:31, expect: {action: {id: a-2, status: done}}}
"""
    came = stand.call("rehearse", "--script", str(stand.script(steps)), "--json", folder=stand.place / "copy")
    assert came.unmet == []


TURNS = """
- {at: mon 09:01, say: after the turn}
"""
FAILS = 'case $FLEET_NOW in *T09*) echo no >&2; exit 1;; esac; echo "turn $FLEET_TURN"'


def test_strict_fails_on_a_failed_turn_that_no_expectation_speaks_of(stand: Stand) -> None:
    stand.always("nick", FAILS)
    assert stand.rehearse(TURNS, keep="").code == 0
    came = stand.rehearse(TURNS, "--strict", keep="", form="")
    assert came.code == 1
    assert '✗ Mon 23 Nov 2026 09:00  nick: turn t-6 failed: exit 1; last words: "no"' in came.out.splitlines()
    spoken = TURNS + "- {at: mon 09:01, expect: {turn: {seat: nick, outcome: failed}}}"
    assert stand.rehearse(spoken, "--strict", keep="").code == 0
    other = TURNS + "- {at: mon 09:01, expect: {turn: {seat: nick, outcome: done}}}"
    assert stand.rehearse(other, "--strict", keep="").code == 1


def test_strict_fails_on_a_missed_wake_and_on_what_is_unmet(stand: Stand) -> None:
    down = "- {at: mon 05:00, kill: {for: 5h}}\n- {at: mon 11:00, say: up again}\n"
    assert stand.rehearse(down, "--strict", keep="").code == 1
    spoken = down + "- {at: mon 11:00, expect: {wake: {is: missed}}}"
    assert stand.rehearse(spoken, "--strict", keep="").code == 0
    unmet = "- {at: mon 07:00, expect: {claim: {seat: dirk}}}"
    assert (stand.rehearse(unmet, keep="").code, stand.rehearse(unmet, "--strict", keep="").code) == (0, 1)


def test_what_was_due_between_the_fleets_last_day_and_the_rehearsals_first_is_no_trouble(
    stand: Stand,
) -> None:
    assert stand.call("up", "--once").code == 0
    later = (datetime.now(ZoneInfo("America/New_York")) + timedelta(days=3)).date()
    came = stand.rehearse("", "--from", f"{later}", "--for", "1d", "--strict")
    assert (came.code, came.data["missed"]) == (0, [])
    assert stand.copy().records("wake_missed")


def test_a_planned_seat_publishes_nothing(stand: Stand) -> None:
    later = "seats:\n  later: {title: Later, answers_to: founder, owns: [what is to come]}\n"
    stand.write("fleet.yaml", stand.read("fleet.yaml").replace("seats:\n", later, 1))
    came = stand.rehearse("- {at: mon 07:00, publish: {seat: later, headline: x}}")
    assert came.unmet == ["later is a planned seat: nobody holds it yet"]


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-11-01", "25.0"), ("2027-03-14", "23.0"), ("2026-11-02", "24.0")]
)
def test_a_day_is_as_long_as_the_clocks_make_it(stand: Stand, day: str, hours: str) -> None:
    came = stand.rehearse("", "--from", day, "--for", "1d", keep="", form="")
    assert f"; {hours} h in " in came.out


def test_a_time_after_the_rehearsals_own_fails_the_turn(stand: Stand) -> None:
    stand.always(
        "nick", """echo '{"headline": "x '$FLEET_NOW'", "as_of": "'$(date -u -d '2030-01-01' +%FT%TZ)'"}'"""
    )
    came = stand.rehearse(
        "- {at: mon 09:01, expect: {turn: {seat: nick, outcome: failed, why: as_of}, since: '09:00'}}"
    )
    assert came.unmet == []


def test_the_json_has_all_that_the_text_says(stand: Stand) -> None:
    came = stand.rehearse(ASKS + "- {at: mon 07:11, note: held, expect: {verdict: hold}}")
    data = came.data
    assert {
        "scene",
        "from",
        "to",
        "kept",
        "trouble",
        "steps",
        "turns",
        "failed",
        "missed",
        "verdicts",
        "messages",
    } <= data.keys()
    assert (data["from"], data["to"]) == ("2026-11-23T00:00:00-05:00", "2026-11-23T07:12:00-05:00")
    step = data["steps"][-1]
    assert (step["do"], step["note"], step["met"], step["says"]) == (
        "expect",
        "held",
        False,
        "there is no such verdict",
    )
    assert step["place"].endswith("script.yaml:5")
    assert step["near"][0]["differs"] == ["verdict"] and step["near"][0]["fact"]["kind"] in (
        "crm.offer",
        "crm.write",
    )


def test_what_is_unmet_is_told_with_the_difference_the_reason_the_place_and_what_tells_more(
    stand: Stand,
) -> None:
    came = stand.rehearse(f"""
- {{at: mon 07:00, run: "true"}}
- {{at: mon 07:00, note: Dirk plans, publish: {{seat: dirk, headline: x, actions: [{OFFER}]}}}}
- {{at: mon 07:01, note: Acme is held, expect: {{verdict: {{seat: dirk, verdict: hold}}, has: claimed}}}}
""", form="")  # fmt: skip
    place = next(n for n, line in enumerate(stand.read("fleet.yaml").splitlines(), 1) if "ask:" in line)
    script = stand.place / "script.yaml"
    assert came.out.splitlines()[2:-3] == [
        "  mon 07:00  Dirk plans",
        "✗ mon 07:01  Acme is held",
        f"    {script}:5: there is no such verdict",
        "    wanted    verdict seat dirk, verdict hold",
        "    with      'claimed'",
        "    there is  a-1: verdict seat dirk",
        "              verdict is ask, not hold",
        "              it does not say 'claimed'",
        "              reason: crm.offer by dirk needs the yes of founder",
        f"              at fleet.yaml:{place}; more: fleet -C ../copy why a-1",
    ]


@pytest.mark.parametrize(
    ("raw", "code", "says"),
    [
        (b"", 2, "there is nothing in it; nothing was rehearsed"),
        (b"# a comment\n", 2, "there is nothing in it; nothing was rehearsed"),
        (b"\x00\xff\xfe\x01binary", 2, "error[F104]"),
        (b"[" * 100_000, 2, "error[F103]"),
        (b"steps: []\n" + b"#" * (8 * 1024 * 1024), 2, "error[F103]"),
        (b"just a text", 2, "error[F404]: a script is a list of steps"),
        (b"- {at: mon 10:00, wake: a, wake: b}", 2, "error[F108]: the key 'wake' stands twice"),
        (b"from: 2026-11-23\nfrom: 2026-11-24\nsteps: []", 2, "error[F108]: the key 'from' stands twice"),
        (b"- &a {wake: x}\n- *a", 2, "error[F106]"),
        (b"from: someday\nsteps: []", 2, "someday"),
    ],
)  # fmt: skip
def test_a_script_that_is_none_is_refused_with_its_place(
    stand: Stand, raw: bytes, code: int, says: str
) -> None:
    (stand.place / "bad.yaml").write_bytes(raw)
    came = stand.call("rehearse", "--script", "../bad.yaml")
    assert (came.code, came.out) == (code, "")
    assert says in came.err and len(came.err) < 20_000
    assert stand.scratch == []


def test_a_mistake_in_a_script_is_shown_as_check_shows_one(stand: Stand) -> None:
    came = stand.rehearse("- {at: mon 10:00, wakk: nick}", keep="", form="")
    assert came.err.splitlines()[:5] == [
        "error[F401]: no key 'wakk' in a step",
        f"  --> {stand.place / 'script.yaml'}:3:21",
        "  |",
        "3 |   - {at: mon 10:00, wakk: nick}",
        "  |                     ^^^^",
    ]
    assert "  = try: wake" in came.err
