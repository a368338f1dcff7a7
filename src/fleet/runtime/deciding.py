"""Deciding: what a person says of an action that waits for him. A yes is to one exact action, and once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from fleet.core.action import Action
from fleet.core.answer import ActionGiven, Reading, checked
from fleet.core.chain import superiors
from fleet.core.gate import after_settling, answered
from fleet.core.verdict import Step
from fleet.edge.socket import Caller
from fleet.errors import FleetError, GroundMoved, Refused, Typed
from fleet.runtime.persons import acting, known

if TYPE_CHECKING:
    from fleet.runtime.fleet import Fleet

Args = Mapping[str, Any]
Who = Mapping[str, Any]
"""What a record keeps of a person: `by`, and the `caller`."""
OF_UNKNOWN = ("again", "happened", "leave")


def approve(fleet: Fleet, args: Args, caller: Caller, now: datetime) -> dict[str, Any]:
    """Say yes: to exactly what `hash` names, or to `with` in its place; of an unknown, again or happened."""
    action = _open(fleet, args)
    if action.answers and action.status in ("offered", "running"):
        raise _not_asked(action)
    who = _may(fleet, caller, action)
    if action.status == "unknown":
        return _of_unknown(fleet, args.get("answer") or "", action, who, args, now)
    if args.get("answer"):
        raise Typed(
            f"{action.id} has not begun, so there is nothing to say of how it ended; nothing was changed"
        )
    if action.status != "asked":
        raise _not_asked(action)
    payload = args.get("with")
    if payload is not None:
        payload = checked(ActionGiven, {"kind": action.kind, "with": payload}, Reading(now)).with_
    edited = payload is not None and payload != action.payload
    because = args.get("because") or ""
    answer = "edited" if edited else "yes"
    payload = payload if edited else None
    _stage(fleet, action, answer, who, because, now, payload)
    return {"id": action.id, "answer": answer, "by": who["by"]}


def deny(fleet: Fleet, args: Args, caller: Caller, now: datetime) -> dict[str, Any]:
    """Say no, with the reason that its seat is told; leave an unknown as it is."""
    action = _open(fleet, args)
    who = _may(fleet, caller, action)
    because = args.get("because") or ""
    if action.status == "unknown":
        return _of_unknown(fleet, "leave", action, who, args, now)
    if action.status not in ("asked", "held"):
        raise _not_asked(action)
    if not because.strip():
        raise Typed(
            f'say why, for {action.seat} is told: fleet deny {action.id} --because "..."; nothing was changed'
        )
    _stage(fleet, action, "no", who, because, now)
    return {"id": action.id, "answer": "no", "by": who["by"]}


def _of_unknown(
    fleet: Fleet, answer: str, action: Action, who: Who, args: Args, now: datetime
) -> dict[str, Any]:
    if answer not in OF_UNKNOWN:
        raise Typed(
            f"{action.id} may have happened or not ({action.reason}). Find out, then say: fleet approve {action.id} "
            f"--happened, or --again to run it again under the same key, or fleet deny {action.id} to leave it"
        )
    _stage(fleet, action, answer, who, args.get("because") or "", now)
    return {"id": action.id, "answer": answer, "by": who["by"]}


def _stage(
    fleet: Fleet,
    action: Action,
    answer: str,
    who: Who,
    because: str,
    now: datetime,
    payload: Mapping[str, Any] | None = None,
) -> None:
    draft = answered(fleet.account, action, answer, who, because=because, payload=payload)
    fleet.book.follow(draft, now, after_settling)


def _open(fleet: Fleet, args: Args) -> Action:
    identity = str(args.get("id") or "")
    action = fleet.account.docket.actions.get(identity)
    if action is None:
        if identity.startswith("a-") and fleet.account.used(identity):
            raise GroundMoved(f"{identity} is over; nothing was changed. See: fleet why {identity}")
        raise Typed(f"there is no action {identity[:60]!r}; `fleet approve` lists what waits for a person")
    wanted = args.get("hash")
    if wanted and wanted != action.seal:
        raise GroundMoved(
            f"{identity} is not what was shown any more; nothing was changed. Look again: fleet approve {identity}"
        )
    return action


def _may(fleet: Fleet, caller: Caller, action: Action) -> Who:
    """Say as whom a caller decides, for the record: who was asked, to whom it has climbed, or somebody above these."""
    matter = fleet.account.matters.get(action.id)
    asked = [
        name
        for name in (action.person, matter.first if matter else "", *(matter.told.values() if matter else ()))
        if name
    ]
    if not asked:
        asked = list(superiors(fleet.chart, action.seat))
    by = acting(fleet, caller, asked[0] if asked else None)
    allowed = {*asked, *(above for name in asked for above in superiors(fleet.chart, name))}
    if by not in allowed:
        whom = ", ".join(dict.fromkeys(asked)) or "nobody"
        raise Refused(
            f"{action.id} is for {whom} to decide, and you act as {by}; nothing was changed. See --as"
        )
    return known(fleet, caller, by)


def _not_asked(action: Action) -> FleetError:
    if action.status == "held":
        return Refused(
            f"{action.id} is held, and a yes does not free a hold: {action.reason.rstrip('.')}; nothing was changed. "
            f"It goes on by itself when that has changed; {_other_ways(action)}`fleet deny {action.id}` ends it"
        )
    doing = {"offered": "is about to be judged", "running": "runs already"}.get(action.status, action.status)
    if action.answers:
        return GroundMoved(
            f"{action.answers[-1].by} said yes before, and {action.id} {doing}; nothing was changed"
        )
    return Refused(f"{action.id} {doing}; nothing was changed")


def _other_ways(action: Action) -> str:
    """Say how a person frees what a rule or a conflict holds, which only an edit does."""
    named = {Step.RULES: f"the rule {action.rule}", Step.CONFLICTS: "that conflict"}.get(
        Step(action.step), ""
    )
    return f"an edit of {named} ({action.place}) and `fleet apply` free it; " if named else ""
