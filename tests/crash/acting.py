"""A fleet whose seats act, and what must be true of it after any crash, by the count of an outside witness.

`first` claims an account; `second` offers one action of each sort in one turn and asks `first` to let go, which it
does. The boss says yes to whatever he is asked. Of one sort each: `offer` is held until the claim is given up, `note`
is allowed at once, `mail` is asked and approved, `safe` is cut off once and may be repeated, `fails` fails, `cut` is
cut off.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from crash.outcome import Ledger, account_of, contradictions
from crash.reference import make
from witness import Deed, Witness

KINDS = ("offer", "note", "mail", "safe", "fails", "cut")
"""In the order in which they are offered: the id of the first is a-1."""
TOLD = "told"
"""By which the boss is told of escalations: at least once each, and recorded once."""
PLANS = {"safe": "kill", "fails": "undone exit 3", "cut": "kill"}
"""What becomes of the first that arrives; the rest are done."""
POSTS = {"safe": "503", "fails": "undone 404", "cut": "reset"}
"""The same of a server."""
ENDS = {"note": "done", "mail": "done", "offer": "done", "safe": "done", "fails": "failed", "cut": "unknown"}

CHART = """\
fleet: acting
timezone: Europe/Berlin
mission: Do everything once.
seats:
  boss: {title: Boss, person: Ada, reach: [{run: deeds/told}]}
  first:
    title: First
    run: sh turn.sh
    answers_to: boss
    owns: [going first]
    when: when mail arrives
    good_for: 24h
    scorecard: {kept: {target: at least 1 a week}}
  second:
    title: Second
    run: sh turn.sh
    answers_to: boss
    owns: [acting]
    when: when mail arrives
    reads: [first]
    good_for: 24h
    scorecard: {kept: {target: at least 1 a week}}
    can: {do: [note, offer, safe, fails, cut], ask: {mail: boss}}
conflicts:
  - {about: account, rank: [first, second], then: hold}
actions:
"""
FIRST = """\
if [ -e ../../state/first.md ]; then
  echo '{"headline": "Acme is free", "claims": []}'
else
  echo '{"headline": "Acme is mine", "claims": [{"about": "account:acme", "because": "it is at risk"}]}'
fi
"""
SECOND = "if [ -e ../../state/second.md ]; then echo 'Nothing more.'; else cat offers.json; fi\n"
OFFERS: dict[str, Any] = {
    "headline": "All is offered",
    "messages": [{"to": "first", "subject": "May I?"}],
    "actions": [
        {"kind": kind, "about": "account:acme" if kind == "offer" else "account:volt"} for kind in KINDS
    ],
}


def build(root: Path, witness: Witness | None = None) -> Path:
    """Make the fleet in a new folder; its actions are posted to a witness, else each is a program."""
    more = {"safe": ", repeat: safe"}
    runs = {kind: f'http: "{witness.url}"' if witness else f"run: deeds/{kind}" for kind in KINDS}
    lines = [f"  {kind}: {{{runs[kind]}, about: account{more.get(kind, '')}}}\n" for kind in KINDS]
    make(root, CHART + "".join(lines), {"first": FIRST, "second": SECOND})
    (root / "seats/second/offers.json").write_text(json.dumps(OFFERS))
    Deed(root / "deeds", TOLD)
    if witness is None:
        for kind, deed in deeds(root).items():
            deed.plan(*([PLANS[kind]] if kind in PLANS else []))
    else:
        witness.plan(keys={f"a-{KINDS.index(kind) + 1}": [plan] for kind, plan in POSTS.items()})
    return root


def deeds(root: Path) -> dict[str, Deed]:
    """Lay out the programs; those of a copied fleet go on with the logs that were copied."""
    return {kind: Deed(root / "deeds", kind) for kind in (*KINDS, TOLD)}


def arrived(root: Path) -> dict[str, list[dict[str, Any]]]:
    """Give what the programs of a fleet saw, by kind."""
    return {kind: deed.arrived() for kind, deed in deeds(root).items() if kind != TOLD}


def posted(lines: Iterable[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Give what a server saw, by kind."""
    found: dict[str, list[dict[str, Any]]] = {kind: [] for kind in KINDS}
    for line in lines:
        found[json.loads(line["body"])["kind"]].append(line)
    return found


def wrong(root: Path, seen: dict[str, list[dict[str, Any]]]) -> list[str]:
    """Say what does not hold in a fleet at rest, by what the ledger says and what a witness saw."""
    ledger = Ledger.read(root)
    found = contradictions(root)
    offers = [record["data"] for record in ledger.of("offer")]
    if [one["kind"] for one in offers] != list(KINDS):
        return [*found, f"offered were {[one['kind'] for one in offers]}"]
    found += _untold(root, ledger)
    for one in offers:
        found += [f"{one['kind']} {says}" for says in _wrong(root, ledger, one, seen[one["kind"]])]
    return found


def _untold(root: Path, ledger: Ledger) -> list[str]:
    """Say of what the boss was not told, and of what he was told too often by the ledger."""
    wanted = {record["data"]["id"] for record in ledger.of("message") if record["data"].get("reach")}
    told = [record["data"]["id"] for record in ledger.of("told")]
    heard = {json.loads(line["body"])["id"] for line in Deed(root / "deeds", TOLD).arrived()}
    return (
        []
        if wanted == heard and sorted(wanted) == sorted(told)
        else [f"of {wanted} told {told}, heard {heard}"]
    )


def _wrong(root: Path, ledger: Ledger, offer: dict[str, Any], seen: list[dict[str, Any]]) -> list[str]:
    identity, kind = offer["id"], offer["kind"]
    outcomes = [r["data"]["outcome"] for r in ledger.of("action_outcome") if r["data"]["id"] == identity]
    intents = [r["data"] for r in ledger.of("action_intent") if r["data"]["id"] == identity]
    action = account_of(root).docket.actions.get(identity)
    end = outcomes[-1] if outcomes else ""
    happened = sum(line["done"] for line in seen)
    says = []
    if end not in ("done", "failed", "unknown") or (action is not None) != (end == "unknown"):
        says.append(f"vanished: its outcomes are {outcomes}, and it is {action.status if action else 'over'}")
    if end not in (ENDS[kind], "unknown") or (kind == "safe" and end != "done"):
        says.append(f"ended {end}, not {ENDS[kind]}")
    if len(intents) != len(outcomes):
        says.append(f"was begun {len(intents)} times and has {len(outcomes)} outcomes")
    if kind != "safe" and (happened > 1 or len(seen) > 1 or len(intents) > 1):
        says.append(
            f"happened {happened} times, arrived {len(seen)} times, and was begun {len(intents)} times"
        )
    if end == "done" and happened < 1:
        says.append("is recorded as done, and never happened")
    if happened and end not in ("done", "unknown"):
        says.append(f"happened, and is recorded as {end}")
    if {line["key"] for line in seen} - {identity}:
        says.append(f"came under other keys than {identity}: {seen}")
    if len(seen) > len(intents):
        says.append(f"arrived {len(seen)} times, with {len(intents)} intents")
    return says
