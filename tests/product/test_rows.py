"""What must be true of the product: rows 9, 10, 21, 22, 23, 26, 36 and 37, each with the real program."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from product.place import Desk, chart

ACME: dict[str, Any] = {"kind": "crm.offer", "about": "account:acme", "with": {"amount": 18000}}
WRITE: dict[str, Any] = {"kind": "crm.write", "about": "account:acme", "with": {"stage": "won"}}
NOTE: dict[str, Any] = {"kind": "note.append", "about": "account:volt", "with": {"text": "hi"}}
GHOST = f"""\
printf '%s' '{json.dumps({"actions": [WRITE]})[:-1]}, "headline": "'"$FLEET_TURN"'"}}'
"""
CLAIM = [{"about": "account:acme", "because": "leads down"}]


def walled(desk: Desk) -> bool:
    """Say whether this machine can keep a holder inside walls."""
    rows = desk("status", "--json").data["seats"]
    return any(row["seat"] == "dirk" and (row["isolation"] or "none") != "none" for row in rows)


LATER = timedelta(minutes=5)


def rehearsed(
    desk: Desk, name: str, script: str, *, begins: timedelta, spans: str
) -> tuple[list[dict[str, Any]], str]:
    """Rehearse in a copy that begins later than now; gives the records that came, and what was said."""
    begun = (datetime.now(UTC) + begins).replace(second=0, microsecond=0)
    return replayed(desk, name, script, begun, spans)


def replayed(
    desk: Desk, name: str, script: str, begun: datetime, spans: str
) -> tuple[list[dict[str, Any]], str]:
    """Rehearse in a copy from an instant on."""
    kept = desk.folder.parent / f"{desk.folder.name}-{name}"
    desk.write("script.yaml", script)
    said = desk(
        *("rehearse", "--script", "script.yaml", "--from", begun.isoformat(), "--for", spans),
        *("--act", "--keep", str(kept)),
    )
    assert said.code == 0, said.out + said.err
    files = sorted((kept / "ledger").glob("*.jsonl"))
    lines = [json.loads(line) for file in files for line in file.read_text().splitlines()]
    known = len(desk.ledger(*{line["what"] for line in lines}))
    return lines[known:], said.out


# 9: conflict rule before any action, with no referee.


def test_09_a_claim_made_between_turn_and_action_blocks_it_though_a_person_said_yes(desk: Desk) -> None:
    desk.begin(chart()).offers("dirk", ACME)
    desk.offers("pulse", claims=CLAIM)
    desk("approve", "a-1", "--because", "renewal closes")
    held = desk.ruled("a-1")
    assert (held["verdict"], held["rule"]) == ("hold", "account: pulse before dirk before nick")
    assert "account:acme is claimed by pulse (leads down)" in held["reason"]
    assert desk.did() == []


@pytest.mark.parametrize(
    "script",
    [
        # as its person: by the program, with another environment, and out of the tree
        'fleet -C "$FLEET_ROOT" --as founder approve a-1',
        'fleet -C "$FLEET_ROOT" --as founder deny a-1 --because x',
        'r=$FLEET_ROOT; env -i PATH="$PATH" fleet -C "$r" --as founder approve a-1',
        'r=$FLEET_ROOT; setsid -w env -i PATH="$PATH" fleet -C "$r" --as founder approve a-1',
        # taking away what stands against it
        'fleet -C "$FLEET_ROOT" --as bogdan inbox send pulse -m "let go"',
        'fleet -C "$FLEET_ROOT" --as bogdan apply',
        'fleet -C "$FLEET_ROOT" --as bogdan resume --all',
    ],
)
def test_09_an_agents_own_code_cannot_get_around_it(desk: Desk, script: str) -> None:
    desk.begin(chart(then="ask founder"))
    desk.offers("pulse", claims=CLAIM)
    desk.offers("dirk", ACME)
    came = desk.tries("dirk", f"{script}; echo code $?")
    assert "is refused from inside a turn" in came or "refused from inside a turn" in came, came
    assert "code 0" not in came
    assert desk.ledger("approval_answered", "action_intent", "pause", "resume") == []
    assert desk("approve", "--json").data["approvals"][0]["id"] == "a-1", "it waits as it did"


def test_09_a_pair_that_nothing_orders_is_named_and_one_that_waits_goes_to_a_person(desk: Desk) -> None:
    ordered = chart()
    both = ordered.replace("can: {do: [note.append]}", "can: {ask: {crm.offer: founder}}")
    desk.write("unordered.yaml", both[: both.index("conflicts:")] + both[both.index("escalation:") :])
    found = desk("check", "unordered.yaml", "--json").data["mistakes"]
    assert any(m["code"] == "F232" and "dirk and nick act on one account" in m["what"] for m in found), found
    desk.begin(ordered)
    desk.offers("pulse", claims=CLAIM)
    desk.offers("dirk", WRITE)
    assert desk.ruled("a-1")["verdict"] == "hold"
    assert desk("down").code == 0
    came, _ = rehearsed(desk, "kept", "[]\n", begins=LATER, spans="14h")
    step, *_ = (r["data"] for r in came if r["what"] == "escalation_step")
    assert (step["matter"], step["kind"], step["to"]) == ("a-1", "held", "bogdan")


# 10: scope discipline.


def test_10_an_action_outside_of_its_lists_is_refused_and_recorded(desk: Desk) -> None:
    desk.begin(chart())
    desk.offers(
        "dirk",
        {"kind": "crm.delete", "about": "account:acme"},
        {"kind": "shell.run", "about": "account:acme"},
        {**WRITE, "about": "account:vault"},
    )
    desk.offers("nick", WRITE)
    ruled = [desk.ruled(f"a-{n}") for n in range(1, 5)]
    assert [one["verdict"] for one in ruled] == ["refuse"] * 4
    assert [one["rule"] for one in ruled] == [
        "seats.dirk.never",
        "actions",
        "seats.dirk.never",
        "seats.nick.can",
    ]
    assert desk.did() == []
    audit = desk("audit", "--by", "nick", "--json").data["entries"]
    assert any("refused" in entry["did"] for entry in audit)


def test_10_a_message_outside_of_its_lists_is_refused_and_recorded(desk: Desk) -> None:
    desk.begin(chart())
    desk.offers("dirk", messages=[{"to": "nick", "about": "account:vault", "subject": "Vault", "body": "x"}])
    (refused,) = (r for r in desk.ledger("verdict") if r["data"]["kind"] == "message")
    assert (refused["data"]["verdict"], refused["data"]["rule"]) == ("refuse", "seats.dirk.never")
    assert list((desk.folder / "inbox/nick/new").iterdir()) == []


def test_10_a_secret_that_is_not_in_its_list_is_not_there(desk: Desk) -> None:
    text = chart(dirk="").replace(
        "can: {do: [note.append, crm.write]", "can: {use: [CRM_READ], do: [note.append, crm.write]"
    )
    desk.begin(text, CRM_READ="for-dirk-alone", BANK_KEY="for-nobody")
    seen = desk.tries("dirk", "env")
    assert "CRM_READ=" in seen and "BANK_KEY" not in seen
    seen = desk.tries("nick", "env; cat /proc/$PPID/environ 2>&1 | tr '\\0' '\\n' | head -0")
    assert "CRM_READ" not in seen and "BANK_KEY" not in seen


def test_10_a_read_or_write_outside_of_its_lists_is_denied_where_the_kernel_can(desk: Desk) -> None:
    desk.begin(chart(dirk="    sandbox: on"))
    if not walled(desk):
        pytest.skip("this machine cannot keep a holder inside walls")
    came = desk.tries(
        "dirk",
        'cat "$FLEET_ROOT/state/nick.md" && echo READ; echo x > "$FLEET_ROOT/state/nick.md" && echo WROTE; '
        'echo x > "$FLEET_ROOT/fleet.yaml" && echo WROTE; echo x > "$FLEET_ROOT/inbox/nick/new/x.md" && echo WROTE; '
        'cat "$FLEET_ROOT/data/crm.csv" && echo ALLOWED; echo y > work/mine && echo OWN',
    )
    assert "WROTE" not in came and "READ" not in came
    assert "ALLOWED" in came and "OWN" in came


# 21: governance rules.


def test_21_anybody_may_add_a_seat_and_only_a_person_gives_it_power(desk: Desk) -> None:
    desk.begin(chart())
    ghost = "  ghost: {title: Ghost, run: sh agent.sh, answers_to: founder, owns: [haunting], "
    ghost += "scorecard: {work: all}, can: {do: [crm.write]}}\n"
    desk.write("seats/ghost/agent.sh", GHOST)
    desk.edit(chart().replace("actions:\n  crm.offer", f"{ghost}actions:\n  crm.offer"))
    desk.until(lambda: desk.ledger("verdict"), "its first turn's action was judged")
    assert desk.ledger("verdict")[-1]["data"]["verdict"] == "refuse"
    assert [w["what"] for w in desk("status", "--json").data["waits"]], "its power is shown as waiting"
    assert "refused" in desk.tries("dirk", 'fleet -C "$FLEET_ROOT" --as founder apply')
    assert desk("apply", "--because", "it may").code == 0
    assert desk.ledger("revision")[-1]["data"]["who"] == "founder"
    assert desk("wake", "ghost", "--wait").code == 0
    (done,) = desk.until(desk.did, "it acts")
    assert done["seat"] == "ghost"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        # which connectors: what an action runs, a new place that is included, a secret, a path
        ("crm.write: {run: ./offer,", "crm.write: {run: ./seats/dirk/work/mine,"),
        ("fleet: desk", "fleet: desk\ninclude: more/*.yaml"),
        ("can: {do: [note.append, crm.write]", "can: {use: [BANK_KEY], do: [note.append, crm.write]"),
        ("reads: [pulse, ", "reads: [pulse, {path: data/private.csv}, "),
        # and which rules: a rank, a ban, an ask
        ("rank: [pulse, dirk, nick]", "rank: [dirk, pulse, nick]"),
        ("never: [crm.delete, account:vault]", "never: [crm.delete]"),
        ("ask: {crm.offer: founder}", "ask: {crm.offer: bogdan}"),
    ],
)
def test_21_an_edit_that_loosens_needs_a_persons_yes(desk: Desk, old: str, new: str) -> None:
    text = chart()
    assert old in text
    desk.write("more/x.yaml", "actions:\n  shell.run: {run: sh -c id}\n")
    desk.begin(text)
    desk.write("fleet.yaml", text.replace(old, new))
    desk.until(lambda: desk("status", "--json").data["waits"], "it waits")
    assert desk("plan", "--exit-code").code == 5
    assert desk("apply").code == 0
    assert desk("status", "--json").data["waits"] == []
    (over,) = desk("audit", "--by", "founder", "--overrides", "--json").data["entries"]
    assert over["override"]["sort"] == "edit"


# 22: identity, permission, lifecycle.


def test_22_each_seat_has_credentials_of_its_own(desk: Desk) -> None:
    dirk, nick = "can: {do: [note.append, crm.write]", "    can: {do: [note.append]}\n"
    text = chart().replace(dirk, dirk.replace("{do", "{use: [DIRK_KEY], do"))
    text = text.replace(nick, nick.replace("{do", "{use: [NICK_KEY], do"))
    desk.begin(text, DIRK_KEY="dirks-own-key", NICK_KEY="nicks-own-key")
    assert "DIRK_KEY=" in (seen := desk.tries("dirk", "env")) and "NICK_KEY" not in seen
    assert "NICK_KEY=" in (seen := desk.tries("nick", "env")) and "DIRK_KEY" not in seen
    ledger = "".join(file.read_text() for file in (desk.folder / "ledger").glob("*.jsonl"))
    assert "dirks-own-key" not in ledger and "nicks-own-key" not in ledger


def test_22_a_seat_has_a_day_of_review_and_is_shown_as_due_when_it_is_past(desk: Desk) -> None:
    desk.begin(chart(dirk="    review: 2020-01-15", nick="    review: 2999-01-15"))
    (told,) = (m for m in desk("check", "--json").data["mistakes"] if m["code"] == "F256")
    assert (told["level"], told["what"]) == ("warning", "dirk was to be reviewed by 2020-01-15")
    rows = {row["seat"]: row for row in desk("status", "--json").data["seats"]}
    assert [(rows[name]["review"], rows[name]["review_due"]) for name in ("dirk", "nick", "pulse")] == [
        ("2020-01-15", True),
        ("2999-01-15", False),
        (None, False),
    ]
    assert "due for review: dirk since 2020-01-15" in desk("status").out
    assert "2020-01-15, which is past" in desk("status", "dirk").out
    desk.offers("dirk", NOTE)
    (done,) = desk.until(desk.did, "it goes on")
    assert done["seat"] == "dirk"


def revoke_can(desk: Desk) -> None:
    desk.edit(chart().replace("can: {do: [note.append, crm.write], ask: {crm.offer: founder}}", "can: {}"))


def pause(desk: Desk) -> None:
    assert desk("pause", "dirk", "--because", "revoked").code == 0


def take_out(desk: Desk) -> None:
    text = chart().replace("reads: [dirk, pulse, nick]", "reads: [pulse, nick]")
    start, end = text.index("  dirk:\n"), text.index("  nick:\n")
    desk.edit((text[:start] + text[end:]).replace("rank: [pulse, dirk, nick]", "rank: [pulse, nick]"))


@pytest.mark.parametrize("revoke", [revoke_can, pause, take_out])
def test_22_a_revoked_seat_cannot_act(desk: Desk, revoke: Any) -> None:
    desk.begin(chart()).offers("dirk", ACME)
    revoke(desk)
    desk("approve", "a-1", "--as", "founder")
    if revoke is revoke_can:
        desk.offers("dirk", {**WRITE, "with": {"stage": "lost"}})
    else:
        assert desk("wake", "dirk", "--wait").code in (1, 4)
    assert desk.did() == []
    assert desk.ledger("action_intent") == []


def test_22_a_seat_that_is_taken_out_neither_sends_nor_receives_and_a_turn_of_its_own_sends_nothing_more(
    desk: Desk,
) -> None:
    desk.begin(chart())
    os.mkfifo(desk.folder / "seats/dirk/work/gate")
    desk.write("seats/dirk/work/try", "read -r _ < work/gate")
    message = {"to": "nick", "subject": "From the grave", "body": "x"}
    desk.write(
        "seats/dirk/work/next", json.dumps({"headline": "x", "messages": [message], "actions": [NOTE]})
    )
    assert desk("wake", "dirk").code == 0
    desk.until(lambda: len(desk.ledger("turn_started")) == 4, "its turn runs")
    take_out(desk)
    (desk.folder / "seats/dirk/work/gate").write_text("go\n")
    desk.until(lambda: len(desk.ledger("turn_ended")) == 4, "its turn is over")
    assert list((desk.folder / "inbox/nick/new").iterdir()) == []
    assert desk.did() == []
    said = desk("inbox", "send", "dirk", "-m", "hello")
    assert said.code == 1 and "dirk is gone from fleet.yaml" in said.err


# 23: information governance.


def test_23_a_brief_has_what_its_seat_may_read_and_nothing_else(desk: Desk) -> None:
    desk.begin(chart())
    desk.offers("nick", body="what nick alone knows")
    desk.tries("dirk", "true")
    brief = desk.brief("dirk")
    assert (set(brief["reads"]), set(brief["files"])) == ({"pulse"}, {"data/crm.csv"})
    assert "what nick alone knows" not in json.dumps(brief)
    read = [r["data"] for r in desk.ledger("read") if r["seat"] == "dirk"]
    assert {one.get("of") or one.get("path") for one in read} == {"pulse", "data/crm.csv"}


def test_23_what_is_too_old_is_given_as_stale_with_its_age(desk: Desk) -> None:
    desk.begin(chart(good_for="1s"))
    old = datetime.now().timestamp() - timedelta(days=2).total_seconds()
    os.utime(desk.folder / "data/crm.csv", (old, old))
    desk.until(lambda: not desk("brief", "dirk", "--json").data["reads"]["pulse"]["fresh"], "it runs out")
    desk.tries("dirk", "true")
    brief = desk.brief("dirk")
    assert (
        brief["reads"]["pulse"]["fresh"] is False and brief["reads"]["pulse"]["age_s"] > 0
    )  # whole seconds, so it may run out a little early
    (file,) = brief["files"].values()
    assert file["fresh"] is False and file["age_s"] > 26 * 3600
    assert desk.ledger("turn_started")[-1]["data"]["stale"] == ["pulse"]


def test_23_nothing_is_decided_on_what_is_too_old(desk: Desk) -> None:
    desk.begin(chart(good_for="1s"))
    desk.until(lambda: not desk("brief", "dirk", "--json").data["reads"]["pulse"]["fresh"], "it runs out")
    desk.offers("dirk", WRITE)
    held = desk.ruled("a-1")
    assert held["verdict"] == "hold" and "was not renewed" in held["reason"]
    assert desk.did() == []


# 26: priority logic, explained and deterministic.

PAIRS = [
    # who goes first over accounts, what happens, who claims, who acts: what comes of it
    ("[pulse, dirk, nick]", "hold", "pulse", "dirk", "hold"),
    ("[pulse, dirk, nick]", "refuse", "pulse", "dirk", "refuse"),
    ("[pulse, dirk, nick]", "ask founder", "pulse", "dirk", "ask"),
    ("[dirk, pulse, nick]", "hold", "pulse", "dirk", "allow"),
    ("[pulse, dirk, nick]", "hold", "nick", "dirk", "allow"),
    ("[pulse, dirk, nick]", "hold", "dirk", "nick", "hold"),
    ("[pulse, nick, dirk]", "hold", "dirk", "nick", "allow"),
]


@pytest.mark.parametrize(("rank", "then", "claims", "acts", "verdict"), PAIRS)
def test_26_the_same_input_gives_the_same_verdict_by_the_order_that_is_written(
    desk: Desk, rank: str, then: str, claims: str, acts: str, verdict: str
) -> None:
    desk.begin(chart(rank=rank, then=then))
    desk.offers(claims, claims=CLAIM)
    action = {**NOTE, "about": "account:acme"}
    desk.write(f"seats/{acts}/work/next", json.dumps({"headline": "plans", "actions": [action]}))
    assert desk("down").code == 0
    begun = (datetime.now(UTC) + LATER).replace(second=0, microsecond=0)
    script = f"- {{at: '{begun + timedelta(minutes=5):%Y-%m-%d %H:%M}', wake: {acts}}}\n"
    came = []
    for name in ("first", "second"):
        records, _ = replayed(desk, name, script, begun, "20m")
        came.append([r["data"] for r in records if r["what"] == "verdict" and r["data"]["id"] == "a-1"])
    assert came[0] == came[1], "the same input, the same verdict"
    assert came[0][0]["verdict"] == verdict, came[0][0]["reason"]
    assert came[0][0]["reason"] and came[0][0]["place"].startswith("fleet.yaml:")


def test_26_the_order_is_a_table_that_can_be_read(desk: Desk) -> None:
    desk.begin(chart())
    table = desk("chart", "--kind", "account", "--json").data
    assert [(row["seat"], row["rank"]) for row in table["seats"]][:3] == [
        ("pulse", 1),
        ("dirk", 2),
        ("nick", 3),
    ]
    (conflict,) = table["conflicts"]
    assert (conflict["then"], conflict["because"]) == ("hold", "Retention outranks expansion.")


# 36: access control outside the agent.


def test_36_what_a_seat_may_do_is_enforced_by_the_kernel_and_not_by_its_charter(desk: Desk) -> None:
    desk.begin(chart(dirk="    sandbox: required"))
    if not walled(desk):
        pytest.skip("this machine cannot keep a holder inside walls")
    desk.write("seats/dirk/SEAT.md", "You may write wherever you like.\n")
    came = desk.tries(
        "dirk",
        "for f in fleet.yaml offer ledger/*.jsonl seats/nick/agent.sh state/pulse.md inbox/pulse/new/x.md; do "
        '( echo x >> "$FLEET_ROOT/$f" ) 2>/dev/null && echo "WROTE $f"; done; '
        'rm -f "$FLEET_ROOT/offer" 2>/dev/null && [ ! -e "$FLEET_ROOT/offer" ] && echo REMOVED; '
        'kill -0 $(cut -d" " -f2 "$FLEET_ROOT/.fleet/lock" 2>/dev/null) 2>/dev/null && echo SIGNALLED; echo end',
    )
    assert "WROTE" not in came and "REMOVED" not in came and "SIGNALLED" not in came and "end" in came
    assert desk("audit", "verify").code == 0


def test_36_where_the_machine_cannot_the_seat_does_not_run_or_it_is_said(desk: Desk) -> None:
    desk.begin(chart())
    assert "isolation: none" in desk("status").out, "without walls it is said"


# 37: rules and escalation paths changed without engineers.


def test_37_the_next_action_follows_an_edited_rule(desk: Desk) -> None:
    desk.begin(chart())
    desk.offers("dirk", NOTE)
    assert desk.ruled("a-1")["verdict"] == "allow"
    rule = "rules:\n  - {name: no-notes, seat: dirk, action: note.append, if: 'action.about == \"account:volt\"', "
    rule += "then: refuse, because: Volt is leaving.}"
    desk.edit(chart(rules=rule))
    desk.offers("dirk", {**NOTE, "with": {"text": "again"}})
    after = desk.ruled("a-2")
    line = 1 + chart(rules=rule).splitlines().index(rule.splitlines()[1])
    assert (after["verdict"], after["rule"], after["place"]) == ("refuse", "no-notes", f"fleet.yaml:{line}")
    assert "Volt is leaving." in after["reason"]


def test_37_the_next_escalation_follows_an_edited_ladder(desk: Desk) -> None:
    desk.begin(chart())
    desk.offers("nick", escalate=[{"because": "decide this", "options": ["a", "b"]}])
    assert desk.ledger("escalation_step")[-1]["data"]["to"] == "bogdan"
    desk.write("fleet.yaml", chart(first="founder, wait 1h, bogdan"))
    desk.until(lambda: desk("status", "--json").data["waits"], "who is told is a person's to change")
    assert desk("apply").code == 0
    desk.offers("nick", escalate=[{"because": "and this", "options": ["a", "b"]}])
    assert desk.ledger("escalation_step")[-1]["data"]["to"] == "founder"
