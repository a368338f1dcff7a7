"""Pausing: the stop switch of people, for the fleet, a seat, a kind of action or a subject."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from fleet.core.bounds import KIND as MESSAGE
from fleet.core.frozen import dataclass
from fleet.core.past import Paused
from fleet.core.pause import outlasts
from fleet.core.record import Draft
from fleet.core.span import read_span
from fleet.core.subject import fold_subject
from fleet.edge.socket import Caller
from fleet.errors import Refused, Typed, Unreadable
from fleet.runtime.persons import acting, concerned, known

if TYPE_CHECKING:
    from fleet.runtime.fleet import Fleet

Args = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Target:
    """What a person stops or lets go on: a seat, a kind or subject (`what`), or the whole fleet."""

    seat: str | None = None
    what: str = ""


def pause(fleet: Fleet, args: Args, caller: Caller, now: datetime) -> dict[str, Any]:
    """Stop what is named, for a span or until it is lifted. A pause is never made shorter, only longer."""
    target = _target(fleet, "pause", args)
    by = acting(fleet, caller, concerned(fleet, target.seat))
    until = _until(args.get("for"), now)
    before = _standing(fleet, target)
    changes = before is None or not outlasts(before, until)
    if changes:
        data = known(fleet, caller, by) | {"because": args.get("because") or ""} | _named(target)
        data |= {"until": until.isoformat()} if until is not None else {}
        fleet.stage(Draft("pause", seat=target.seat, data=data), now)
    stands = _standing(fleet, target)
    end = stands.until if stands is not None else None
    kind = target.what.partition(":")[0] if ":" in target.what else ""
    so_far = {"no_kind": kind} if kind and kind not in _kinds(fleet) else {}
    return {**_answer(target, changes), "until": fleet.chart.local(end), **so_far}


def resume(fleet: Fleet, args: Args, caller: Caller, now: datetime) -> dict[str, Any]:
    """Let what is named go on."""
    target = _target(fleet, "resume", args)
    by = acting(fleet, caller, concerned(fleet, target.seat))
    changes = _standing(fleet, target) is not None
    if changes:
        data = known(fleet, caller, by) | {"because": args.get("because") or ""} | _named(target)
        fleet.stage(Draft("resume", seat=target.seat, data=data), now)
    return _answer(target, changes)


def _answer(target: Target, changes: bool) -> dict[str, Any]:
    return {"seat": target.seat, "what": target.what or target.seat, "changed": changes}


def _named(target: Target) -> dict[str, Any]:
    return {"what": target.what} if target.what else {}


def _standing(fleet: Fleet, target: Target) -> Paused | None:
    account = fleet.account
    if target.what:
        return account.pauses.get(target.what)
    return account.paused if target.seat is None else account.past(target.seat).paused


def _until(span: str | None, now: datetime) -> datetime | None:
    if not span:
        return None
    try:
        return now + read_span(span)
    except (Unreadable, OverflowError) as exc:
        raise Typed(f"--for {span[:60]}: {exc}; nothing was changed. Try 30m, 2h or 1d") from exc


def _target(fleet: Fleet, verb: str, args: Args) -> Target:
    """Find what a name names: a seat, a subject, or a kind of action; raises Typed or Refused."""
    name = args.get("what") or args.get("seat")
    if not name:
        return Target()
    if name in fleet.chart.seats:
        if not fleet.chart.seats[name].holder.is_agent:
            raise Typed(f"{name} has no agent, so there is nothing to {verb}")
        return Target(seat=name)
    if name in fleet.chart.retired:
        raise Typed(f"{name} is retired, so there is nothing to {verb}")
    if name in fleet.account.seats:
        raise Refused(f"{name} is gone from fleet.yaml; nothing was done. Put it back, or retire it")
    if ":" in name:
        try:
            subject = fold_subject(name)
        except Unreadable as exc:
            raise Typed(f"{exc.why}; nothing was changed") from exc
        if verb == "pause":
            _check_kind(fleet, subject)
        return Target(what=subject)
    if name in fleet.chart.actions or name in fleet.account.pauses or name == MESSAGE:
        return Target(what=name)
    raise Typed(f"there is no seat and no kind of action {name[:60]!r}; nothing was changed")


def _check_kind(fleet: Fleet, subject: str) -> None:
    """Refuse a subject of a kind that nothing is about: a mistyped brake would be believed, and hold nothing."""
    kind, _, name = subject.partition(":")
    known = sorted(_kinds(fleet))
    if kind in known or subject in fleet.account.pauses:
        return
    from fleet.core.read.certain import nearest

    near = nearest(kind, known)
    if not near and any(not action.about for action in fleet.chart.actions.values()):
        return  # an action that names no kinds may be about this one tomorrow
    meant = f" Did you mean {near[0]}:{name}?" if near else ""
    there = f"There are: {', '.join(known)}." if known else "There are none."
    raise Typed(
        f"no action, message or claim is about a subject of kind {kind!r}, so nothing would be held; "
        f"nothing was changed.{meant} {there} A seat, a kind of action, or all can be paused: fleet pause -h"
    )


def _kinds(fleet: Fleet) -> set[str]:
    """The kinds of subject that the chart names, and those of what is open."""
    chart, account = fleet.chart, fleet.account
    kinds = {kind for action in chart.actions.values() for kind in action.about}
    kinds |= {kind for subject in chart.subjects.values() for kind in (subject.kind, subject.of)}
    kinds |= {conflict.about for conflict in chart.conflicts}
    subjects = {name for seat in chart.seats.values() for name in seat.never if ":" in name}
    subjects |= {claim.about for past in account.seats.values() for claim in past.claims}
    subjects |= {about for letter in account.mail.values() for about in letter.about}
    subjects |= {about for action in account.docket.actions.values() for about in action.about}
    return kinds | {subject.partition(":")[0] for subject in subjects}
