"""Dealings: what the records of actions do to an account."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from fleet.core.action import Action, Deed, Status, Yes, offer_hash
from fleet.core.alike import over
from fleet.core.codec import when
from fleet.core.past import Matter
from fleet.core.record import Record

if TYPE_CHECKING:
    from fleet.core.account import Account

NOTES_KEPT = 20
NOT_AGAIN = "; it is not tried again: "
AFTER: Mapping[str, Status] = {"allow": "offered", "hold": "held", "ask": "asked", "kept": "offered"}
"""Where a verdict leaves an action; what is not here ends it."""


def correct(account: Account, record: Record) -> None:
    """Keep what a record has to tell its seat for the next brief."""
    if record.seat not in account.seats:
        return
    past = account.seats[record.seat]
    for key, field in (("correction", "corrections"), ("tells", "answers")):
        if says := record.data.get(key):
            note: dict[str, Any] = {"n": record.n, "at": record.at.isoformat(), "says": says}
            if record.data.get("id"):
                note["id"] = record.data["id"]
            if _is_outside(account, record):
                # That something was done says its kind, which the chart has, and what it was about.
                told = (
                    {"outside": True}
                    if key == "correction"
                    else {"about": list(record.data.get("about", ()))}
                )
                note |= told
            kept = getattr(past, field)[1 - NOTES_KEPT :]
            account.change(record.seat, **{field: (*kept, note)})
            past = account.seats[record.seat]


def _is_outside(account: Account, record: Record) -> bool:
    """Say whether what a seat is told may quote a turn that had read strangers' text."""
    action, last = (
        account.docket.actions.get(record.data.get("id", "")),
        account.seats[record.seat or ""].last,
    )
    of_turn = last is not None and last.outside and last.turn == record.turn
    return of_turn or (action is not None and action.outside) or bool(record.data.get("outside", False))


def offer(account: Account, record: Record) -> None:
    """Take in an action as its turn offered it; it is judged when its turn comes."""
    data = record.data
    account.count(data["id"])
    account.docket.open(
        Action(
            id=data["id"],
            seat=record.seat or "",
            turn=record.turn or "",
            kind=data["kind"],
            sha256=data["sha256"],
            offered_at=record.at,
            lapses_at=when(data["lapses_at"]) or record.at,
            about=tuple(data.get("about", ())),
            payload=data.get("with"),
            because=data.get("because", ""),
            confidence=data.get("confidence"),
            outside=bool(data.get("outside", False)),
            files=dict(data.get("files", {})),
            asked_for=dict(data.get("asked_for", {})),
            as_asked=data.get("as_asked", ""),
        )
    )
    account.stir(f"action {data['id']}")


def verdict(account: Account, record: Record) -> None:
    """Take in what the gate, its seat or the clock says of an action."""
    data = record.data
    identity = data.get("id", "")
    correct(account, record)
    if identity not in account.docket.actions:
        return
    if account.docket.actions[identity].status == "unknown":
        _unmoved(account, record)
        return
    status = AFTER.get(data["verdict"])
    if status is None:
        _end(account, identity)
        return
    if data["verdict"] != "kept":
        account.docket.change(
            identity,
            step=data.get("step", 0),
            rule=data.get("rule", ""),
            place=data.get("place", ""),
            reason=data.get("reason", ""),
            looked=tuple(data.get("looked", ())),
            again_at=when(data.get("again_at")),
            person=data.get("person", ""),
            asks=tuple(data.get("asks", ())),
            rules=tuple((rule, place) for rule, place in data.get("rules", ())),
            challenged=tuple(data.get("challenged", ())),
            judged_n=record.n,
        )
    else:
        before = account.docket.actions[identity]
        kept = dict.fromkeys((*before.kept_against, *before.challenged))
        outside = before.outside or bool(data.get("outside", False))
        account.docket.change(identity, kept_against=tuple(kept), outside=outside)
    action = account.docket.change(identity, status=status)
    if status != "asked":
        _settled(account, identity, "asked")
    if status == "held" and identity not in account.matters:
        _open_matter(account, action, "held", data.get("reason", ""), record)
    account.stir(f"action {identity}")


def _unmoved(account: Account, record: Record) -> None:
    """What may have happened stays unknown, whatever the gate says of trying it again.

    Allowed, its intent follows, which alone changes it; if not, a person must say what became of it.
    """
    data = record.data
    if data["verdict"] == "allow":
        return
    before = account.docket.actions[data["id"]]
    why = f"{before.reason.partition(NOT_AGAIN)[0]}{NOT_AGAIN}{data['reason']}"
    action = account.docket.change(
        before.id,
        reason=why,
        person=data["person"],
        asks=tuple(data.get("asks", ())),
        again_at=None,
        judged_n=record.n,
    )
    account.shut_matter(action.id)
    _open_matter(account, action, "unknown", why, record, first=action.person)
    account.stir(f"action {action.id}")


def approval_asked(account: Account, record: Record) -> None:
    """Take in that a person was asked; he has it until he answers or it lapses."""
    identity = record.data["id"]
    action = account.docket.actions.get(identity)
    if action is None:
        return
    account.docket.change(identity, asked_at=record.at, person=record.data["person"])
    account.shut_matter(identity)
    _open_matter(account, action, "asked", "", record, first=record.data["person"])


def approval_answered(account: Account, record: Record) -> None:
    """Take in a person's answer: to an ask a yes or a no, to an unknown what is to become of it."""
    data = record.data
    identity = data["id"]
    correct(account, record)
    action = account.docket.actions.get(identity)
    if action is None:
        return
    answer = data["answer"]
    if answer in ("no", "leave", "happened"):
        if answer != "no":
            _done(account, record, sure=answer == "happened")
        _end(account, identity)
        return
    if "with" in data:
        sha256 = offer_hash(action.seat, action.kind, action.about, data["with"])
        action = account.docket.change(identity, payload=data["with"], sha256=sha256, as_asked="")
    yes = Yes(data.get("asked") or action.person, data["by"], record.at, action.seal, action.asks)
    answers = (*action.answers, yes)
    if answer == "again":  # it may still have happened
        account.docket.change(identity, answers=answers, again_at=record.at)
    else:
        account.docket.change(identity, status="offered", answers=answers, again_at=None)
    account.shut_matter(identity)
    account.stir(f"action {identity}")


def action_intent(account: Account, record: Record) -> None:
    """Take in that an action is about to be started: from here on it may have happened."""
    identity = record.data["id"]
    action = account.docket.actions[identity]
    action = account.docket.change(
        identity,
        status="running",
        tries=action.tries + 1,
        # What it belonged to at an earlier try, it may have touched then.
        subjects=tuple(dict.fromkeys((*action.subjects, *record.data.get("subjects", action.about)))),
        once=record.data.get("once", "no"),
        started_at=record.at,
        again_at=None,
    )
    account.shut_matter(identity)
    _stir_deed(account, action)


def action_outcome(account: Account, record: Record) -> None:
    """Take in what came of an action; what nobody knows stays open."""
    data = record.data
    identity = data["id"]
    correct(account, record)
    action = account.docket.actions.get(identity)
    if action is None:
        return
    if data["outcome"] == "done":
        account.troubles = over(account.troubles, "action", record.seat, record.at.isoformat())
    if data["outcome"] == "unknown":
        again_at = when(data.get("again_at"))
        account.docket.change(identity, status="unknown", reason=data.get("why", ""), again_at=again_at)
        _stir_deed(account, action)  # who waited for its end waits no longer than a touch lasts
        if again_at is None:
            _open_matter(
                account, action, "unknown", data.get("why", ""), record, first=data.get("person", "")
            )
        account.stir(f"action {identity}")
        return
    if data["outcome"] == "done":
        _done(account, record, sure=True)
    _end(account, identity)


def _done(account: Account, record: Record, *, sure: bool) -> None:
    action = account.docket.actions[record.data["id"]]
    deed = Deed(
        id=action.id,
        seat=action.seat,
        kind=action.kind,
        sha256=action.sha256,
        at=action.started_at or record.at,
        about=action.about,
        subjects=action.subjects,
        asked_for=action.asked_for,
        sure=sure,
    )
    account.docket.done(deed, once=action.once)


def _end(account: Account, identity: str) -> None:
    action = account.docket.shut(identity)
    account.shut_matter(identity)
    if action is not None:
        _stir_deed(account, action)
        account.stir(f"action {identity}")


def _stir_deed(account: Account, action: Action) -> None:
    """What was begun or is over may be a touch, and may be the one that was allowed."""
    for subject in dict.fromkeys((*action.about, *action.subjects)):
        account.stir(f"touch {subject}")
    for name in (action.sha256, action.kind, *(f"{action.kind} {subject}" for subject in action.about)):
        account.stir(f"done {name}")


def _settled(account: Account, identity: str, kind: str) -> None:
    matter = account.matters.get(identity)
    if matter is not None and matter.kind == kind:
        account.shut_matter(identity)


def _open_matter(
    account: Account, action: Action, kind: str, why: str, record: Record, *, first: str = ""
) -> None:
    """A held action escalates when half of its time is over; a question and an unknown at once."""
    late = (action.lapses_at - action.offered_at) / 2 if kind == "held" else None
    account.open_matter(
        Matter(
            id=action.id,
            kind=kind,
            seat=action.seat,
            ladder="usual",
            base_at=action.offered_at + late if late is not None else record.at,
            about=action.about,
            subject=action.kind,
            because=why or action.reason,
            first=first,
            outside=action.outside,
        )
    )


def told(account: Account, record: Record) -> None:
    """Take in that a person was told of a message by his own means, or could not be."""
    account.untold.pop(record.data["id"], None)
    if record.data.get("by"):
        account.troubles = over(account.troubles, "reach", record.data.get("to"), record.at.isoformat())


DEALINGS: Mapping[str, Callable[[Account, Record], None]] = {
    "offer": offer,
    "verdict": verdict,
    "approval_asked": approval_asked,
    "approval_answered": approval_answered,
    "action_intent": action_intent,
    "action_outcome": action_outcome,
    "told": told,
}
