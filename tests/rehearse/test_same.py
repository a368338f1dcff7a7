"""Same script, same seed: the same ledger, byte for byte, wherever its copy lies and whoever was quicker."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from rehearse.stand import HEAD, Stand

SEATS = {
    "dash": "when: [every 2h from 06:00 to 18:00]",
    "pulse": "when: [every 2h from 06:00 to 18:00, when asked]\nreads: [dash]\ngood_for: 26h",
    "dirk": """
when: [every 2h from 06:00 to 18:00, when mail arrives]
reads: [pulse]
good_for: 26h
retries: 2
can: {do: [crm.write], ask: {crm.offer: founder}}
""",
    "nick": "when: [when dash publishes]\nreads: [dash]\ngood_for: 26h\nretries: 1",
    "late": "when: [every 2h from 06:00 to 18:00]",
}
TAIL = """
limits: {turns_at_once: 4}
actions:
  crm.offer: {run: ./actions/do crm.offer, about: account, outside: yes}
  crm.write: {run: ./actions/do crm.write, about: account}
conflicts:
  - {about: account, rank: [pulse, dirk, nick], then: hold, because: Retention goes before sales.}
escalation:
  usual: [answers_to, wait 2h, founder]
"""
SCRIPT = """
- {at: mon 05:00, run: "sh -c 'echo $FLEET_NOW $FLEET_SEED > data'"}
- {at: mon 07:00, publish: {seat: pulse, headline: at risk, claims: [{about: "account:acme", because: leads fell}]}}
- {at: mon 07:01, publish: {seat: dirk, headline: x, actions: [{kind: crm.offer, about: "account:acme", because: b}]}}
- {at: mon 07:01, publish: {seat: dirk, headline: y, actions: [{kind: crm.offer, about: "account:volt", because: b}]}}
- {at: mon 07:30, drop: {to: dirk, text: hello}}
- {at: mon 08:30, approve: {about: "account:volt"}}
- {at: mon 08:40, edit: {replace: "every 2h from 06:00 to 18:00, when asked", with: "every 3h from 06:00 to 18:00"}}
- {at: mon 08:50, edit: {replace: "retries: 1", with: "retries: one"}}
- {at: mon 09:00, kill: {during: dash}}
- {at: mon 10:30, kill: {for: 90m}}
- {at: mon 12:30, kill: {during: crm.write}}
- {at: mon 13:00, publish: {seat: dirk, headline: z, actions: [{kind: crm.write, about: "account:volt", because: b}]}}
- {at: mon 15:00, run: "sh -c 'fleet wake nick --as founder; fleet status --json'"}
- {at: mon 17:00, send: {as: founder, to: pulse, type: REQUEST, subject: q, body: now}}
"""


def chance(stand: Stand) -> None:
    """Seats that do what no two runs do alike: they take their time, fail with their paths, leave things running."""
    stand.always(
        "dash",
        'fleet emit checkpoint \'{"n": 1}\'; sleep 0.0$(($$ % 9)); echo "figures, turn $FLEET_TURN in $FLEET_OUT"',
    )
    stand.always(
        "pulse", 'sleep 0.0$(($$ % 7)); (sleep 0.0$(($$ % 5)) &) ; echo "looked at $(pwd), $FLEET_TURN"'
    )
    stand.always(
        "dirk",
        """sleep 0.0$(($$ % 8))
case $FLEET_NOW in *T08*|*T14*) echo "no such file: $FLEET_ROOT/data/leads.csv" >&2; exit 1;; esac
echo '{"headline": "dirk '$FLEET_TURN'", "messages": [{"to": "pulse", "subject": "s", "body": "b"}]}'""",
    )
    stand.always(
        "nick",
        "sleep 0.0$(($$ % 6)); case $FLEET_NOW in *T1*) ls $FLEET_ROOT/none; exit 3;; esac; echo nick $FLEET_TURN",
    )
    stand.always(
        "late", 'sleep 0.0$(($$ % 9)); setsid sleep 5 & fleet emit metric work 3; echo "late $FLEET_TURN"'
    )


@pytest.mark.parametrize("flags", [(), ("--act",)])
def test_three_rehearsals_two_of_them_at_once_have_one_ledger(make: Any, flags: tuple[str, ...]) -> None:
    stand: Stand = make(SEATS, head=HEAD, tail=TAIL)
    chance(stand)
    names = ["one", "a-much-longer-name-of-a-folder-for-the-second-copy", "three"]
    with ThreadPoolExecutor(2) as pool:
        came = list(pool.map(lambda name: stand.rehearse(SCRIPT, "--seed", "7", *flags, keep=name), names))
    ledgers = [stand.copy(name).raw() for name in names]
    assert [one.unmet for one in came] == [came[0].unmet] * 3
    whats = {json.loads(line)["what"] for line in ledgers[0].splitlines()}
    assert {"verdict", "action_outcome", "approval_answered", "claim", "message", "trouble", "value"} <= whats
    outcomes = {o for seat in SEATS for o in stand.copy("one").outcomes(seat)}
    assert {"done", "failed", "lost"} <= outcomes
    for other in ledgers[1:]:
        different = [
            pair
            for pair in zip(ledgers[0].splitlines(), other.splitlines(), strict=False)
            if pair[0] != pair[1]
        ]
        assert different[:1] == []
        assert len(other) == len(ledgers[0])
    assert str(stand.place).encode() not in ledgers[0]


def test_the_hash_in_the_report_is_that_of_the_last_line(stand: Stand) -> None:
    came = stand.rehearse("- {at: mon 07:00, say: hello}")
    last = stand.copy().ledger()[-1]
    assert (came.data["last_hash"], came.data["records"]) == (last["hash"], last["n"])
    assert last["what"] == "stopped"
