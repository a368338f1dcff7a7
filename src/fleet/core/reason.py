"""Reason: why an action stands as it does, and what comes next of it, in sentences for a manager."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from fleet.core.account import Account
from fleet.core.action import BUSY, Action
from fleet.core.chart import Chart
from fleet.core.evidence import decided
from fleet.core.ladder import next_step, rungs, settled_by
from fleet.core.moment import at_soon, near, read_near, soon
from fleet.core.past import Letter, Matter
from fleet.core.verdict import Step

Data = Mapping[str, Any]


def why_action(action: Action, verdict: Data, now: datetime) -> str:
    """Say how an open action stands and why. `verdict` is the data of its last one; `now` has the zone."""
    if action.status == "held":
        return f"held since {read_near(verdict.get('since'), now)}: {action.reason}"
    if action.status == "asked":
        since = near(_local(action.asked_at, now), now)
        return f"waits for the yes of {action.person} since {since}: {action.reason}"
    if action.status == "running":
        return f"runs since {near(_local(action.started_at, now), now)}, try {action.tries}"
    if action.status == "unknown":
        return f"may have happened or not, try {action.tries}: {action.reason}"
    return "is about to be judged"


def next_of_action(
    chart: Chart, account: Account, action: Action, verdict: Data, now: datetime
) -> Iterator[str]:
    """Say what lets an open action go on, what happens if nobody does anything, and what can be typed."""
    if action.status == "held":
        yield f"It goes on when {frees(action, verdict, now)}."
    elif action.status == "asked":
        yield f"It goes on when {action.person} says yes: fleet approve {action.id}. Silence is never a yes."
    elif action.status == "unknown" and action.again_at is not None:
        yield f"It is safe to repeat, so it is tried again at {near(_local(action.again_at, now), now)}."
    elif action.status == "unknown":
        yield (
            f"A person finds out and says: fleet approve {action.id} --happened | --again, "
            f"or fleet deny {action.id} to leave it."
        )
    matter = account.matters.get(action.id)
    if matter is not None:
        yield next_rung(chart, matter, now)
    if action.status not in BUSY:
        yield f"It lapses {soon(_local(action.lapses_at, now), now)}, and comes back to {action.seat} then."
    if action.status == "held":
        yield f'To end it now: fleet deny {action.id} --because "..."'


def next_rung(chart: Chart, matter: Matter, now: datetime) -> str:
    """Say who is told next of a matter, and when."""
    at = next_step(chart, matter)
    if at is None:
        told = ", ".join(dict.fromkeys(matter.told.values()))
        return f"{told} was told; nobody else is." if told else "Nobody is told of it."
    whom = rungs(chart, matter)[matter.rung].to
    return f"If nothing happens, {whom} is told {at_soon(_local(at, now), now)}."


def stays_open(chart: Chart, account: Account, letter: Letter, now: datetime) -> Iterator[str]:
    """Say which matters stay open though a letter of theirs is put away: who is told next, and what settles each."""
    for matter in account.matters.values():
        if matter.id == letter.id:
            how = f'Answer it: fleet inbox send {letter.sender} --reply-to {letter.id} -m "..."'
        elif letter.id in matter.told:
            how = settled_by(chart, matter, letter.id, letter.to) or f"Decide it: fleet approve {matter.id}"
        else:
            continue
        yield f"{matter.id} stays open. {next_rung(chart, matter, now)} {how}"


def settled(chart: Chart, matter: Matter) -> Iterator[str]:
    """Say how those who were told of a matter settle it; nothing while nobody was, or where no answer does."""
    for message, whom in matter.told.items():
        how = settled_by(chart, matter, message, whom)
        if how.startswith("Settle it: "):
            yield how
            return


def frees(action: Action, verdict: Data, now: datetime) -> str:
    """Say what would let a held action go on: the rest of a sentence."""
    teller = _FREES.get(action.step)
    said = teller(action, verdict, now) if teller is not None else ""
    return said or "something that its verdict looked at has changed"


def _paused(action: Action, verdict: Data, now: datetime) -> str:
    name = next((item["pause"] for item in decided(verdict) if item.get("pause")), "")
    typed = "fleet resume" if name == "the whole fleet" else f"fleet resume {name}"
    until = f", or by itself at {read_near(verdict['again_at'], now)}" if verdict.get("again_at") else ""
    return f"{name} is resumed ({typed}){until}"


def _means(action: Action, verdict: Data, now: datetime) -> str:
    if not verdict.get("again_at"):
        return ""
    return f"the budget begins anew at {read_near(verdict['again_at'], now)}, or is raised in fleet.yaml"


def _known(action: Action, verdict: Data, now: datetime) -> str:
    if verdict.get("blind"):
        return f"{' and '.join(verdict['blind'])} publishes again"
    table = verdict.get("lacks") or next((i["file"] for i in decided(verdict) if i.get("file")), "")
    return f"{table} says whose that subject is" if table else ""


def _unread(action: Action, verdict: Data, now: datetime) -> str:
    items = [item for item in decided(verdict) if item.get("message")]
    letters = [item["message"] for item in items if item.get("path")]
    challenges = [f"{item.get('to')} answers {item['message']}" for item in items if not item.get("path")]
    said = []
    if letters:
        said.append(
            f"{action.seat} has read {', '.join(letters)} and its result says keep: [{action.id}]; "
            "a turn that reads it and does not say so withdraws it"
        )
    return " and ".join([*challenges, *said])


def _contested(action: Action, verdict: Data, now: datetime) -> str:
    for item in decided(verdict):
        if item.get("claim"):
            until = f", or the claim runs out at {read_near(item['until'], now)}" if item.get("until") else ""
            return f"{item['by']} gives up its claim on {item['claim']}{until}"
        if item.get("action") and verdict.get("again_at"):
            return f"that is long enough ago, at {read_near(verdict['again_at'], now)}"
        if item.get("action"):
            return f"{item['action']} of {item.get('seat')} is over"
    return ""


def _ruled(action: Action, verdict: Data, now: datetime) -> str:
    looked = (name.partition(" ") for name in action.looked)
    asked = [_ASKED[kind].format(rest) for kind, _, rest in looked if kind in _ASKED]
    again = ["each minute"] if verdict.get("again_at") else []
    when = ", ".join(dict.fromkeys([*asked[:3], *again]))
    return f"the rule {action.rule} is not met any more{f'; it is asked again {when}' if when else ''}"


_ASKED = {
    "state": "when {} publishes",
    "claims": "when a claim on {} changes",
    "touch": "when somebody has acted on {}",
    "mail": "when {} has read its mail",
    "metric": "when {} is reported",
}
"""When a rule is asked again, by what it looked at."""


def _nobody(action: Action, verdict: Data, now: datetime) -> str:
    return f"fleet.yaml names a person above {action.seat}"


_FREES: Mapping[int, Callable[[Action, Data, datetime], str]] = {
    Step.PAUSE: _paused,
    Step.MEANS: _means,
    Step.KNOWN: _known,
    Step.READ: _unread,
    Step.CONFLICTS: _contested,
    Step.RULES: _ruled,
    Step.ASKS: _nobody,
}


def _local(at: datetime | None, now: datetime) -> datetime | None:
    return at.astimezone(now.tzinfo) if at is not None else None
