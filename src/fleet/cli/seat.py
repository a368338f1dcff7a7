"""Seat: one seat in full, as `fleet status SEAT` shows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any

from fleet.cli.answer import clean
from fleet.cli.table import columns
from fleet.cli.terminal import width
from fleet.cli.times import ago, short, soon, span, when

if TYPE_CHECKING:
    from fleet.core.action import Action
    from fleet.runtime.view import View

TURNS_SHOWN = 5
LOG_TAIL = 64 * 1024


def details(view: View, seats: Sequence[str], now: datetime) -> dict[str, Any]:
    """Give what is open of each seat, as JSON."""
    from fleet.cli.inputs import inputs_of
    from fleet.runtime.why import held_by

    holds = held_by(view, seats)
    return {
        name: {**_details(view, name, holds.get(name, ())), **inputs_of(view, name, now)} for name in seats
    }


def _details(view: View, name: str, holds: Sequence[tuple[str, str]]) -> dict[str, Any]:
    from fleet.core.codec import to_plain

    past, seat = view.account.seats.get(name), view.chart.seats.get(name)
    letters = [*view.account.waiting(name, "cur"), *view.account.waiting(name)]
    actions = view.account.docket
    return {
        "title": seat.title if seat else "",
        "answers_to": seat.answers_to if seat else None,
        "owns": list(seat.owns) if seat else [],
        "when": [c.text for c in seat.when] if seat else [],
        "state": to_plain(past.state) if past and past.state else None,
        "claims": [to_plain(c) for c in past.claims] if past else [],
        "mail": [to_plain(letter) for letter in letters],
        "actions": [_action(action) for action in actions.of_seat(name)],
        "holds": [{**_action(actions.actions[i]), "reason": why} for i, why in holds],
        "turns": _turns_of(view, name),
        "pending": [to_plain(w) for w in past.pending] if past else [],
    }


def _action(action: Action) -> dict[str, Any]:
    """Give what is shown of an open action: how it stands, why, and where that is written."""
    return {
        "id": action.id,
        "seat": action.seat,
        "status": action.status,
        "kind": action.kind,
        "about": list(action.about),
        "person": action.person or None,
        "reason": action.reason,
        "rule": action.rule,
        "place": action.place or None,
        "lapses_at": action.lapses_at,
    }


def _turns_of(view: View, name: str, count: int = TURNS_SHOWN) -> list[str]:
    """Read the last lines of a seat's log, one a turn."""
    from fleet.core.names import log_path
    from fleet.store.trouble import Missing

    try:
        reading = view.files.reading(log_path(name))
    except Missing:
        return []
    try:
        raw = reading.read_at(max(0, reading.size - LOG_TAIL), LOG_TAIL)
    finally:
        reading.close()
    return raw.decode("utf-8", "replace").splitlines()[-count:]


def seat_lines(view: View, row: Mapping[str, Any], now: datetime) -> list[str]:
    """Give one seat in full, as lines."""
    from fleet.cli.overview import shape_of
    from fleet.cli.steps import step_of

    zone = now.tzinfo
    assert zone is not None
    found = details(view, [row["seat"]], now)[row["seat"]]
    holder = f"held by {row['holder']}" if row["holder"] else ""
    holder = "planned, nobody holds it yet" if row["holder"] == "planned" else holder
    upward = f"answers to {found['answers_to']}" if found["answers_to"] else ""
    head = ", ".join(part for part in (f"{row['seat']}  {row['title']}", holder, upward) if part)
    state = found["state"] or {}
    facts = [
        ("health", f"{shape_of(row['health'])}  {row['why']}".rstrip()),
        ("state", state.get("headline", "") or ("" if state or not holder else _without_state(row["why"]))),
        ("", _validity(state, now, zone)),
        ("owns", ", ".join(found["owns"])),
        *_inputs(found),
        ("walls", row.get("isolation") or ""),
        ("review", f"{row.get('review') or ''}{', which is past' if row.get('review_due') else ''}"),
        ("when", "; ".join(found["when"])),
        ("next", ", ".join(short(when(at, zone), now) for at in found["next"])),
        ("waits", found["waits"]),
        ("budget", found["budget"]),
        *_decides(view, row, now),
        *_retired(view, row["seat"]),
        *_open(found, now, zone),
        ("log", f"{found['log']['turn']}: {clean(found['log']['line'])}" if found["log"] else ""),
    ]
    rows, wide = [fact for fact in facts if fact[1]], width()
    lines = columns(rows, limit=wide - 2 if wide else None)
    step = step_of(row)
    return [clean(head), *(f"  {line}" for line in lines), *([f"Next: {step}"] if step else [])]


def _decides(view: View, row: Mapping[str, Any], now: datetime) -> Iterator[tuple[str, str]]:
    """Name what a person has to decide, and to whom he owes an answer."""
    if row["holder"] is None or not (row["owes"] or (row["first"] and row["first"]["seat"] != row["seat"])):
        return
    for i, identity in enumerate(row["to_decide"]):
        action = view.account.docket.actions[identity]
        about = f" to {', '.join(action.about)}" if action.about else ""
        since = ago((action.asked_at or action.offered_at).astimezone(now.tzinfo), now)
        yield "" if i else "decides", f"{identity} {action.kind} of {action.seat}{about}, {since}"
    for i, identity in enumerate(row["owes"]):
        letter, due = view.account.mail[identity], view.account.matters[identity].base_at
        by = soon(due.astimezone(now.tzinfo), now)
        yield "" if i else "owes", f"{identity} {letter.type} to {letter.sender} by {by}  {letter.subject}"


def _retired(view: View, name: str) -> Iterator[tuple[str, str]]:
    """Say why a seat was retired, and who has its work now."""
    retired = view.chart.retired.get(name)
    if retired is not None:
        yield "ended", f"{retired.date or 'no date'}  {retired.because}".rstrip()
        yield "gave", "; ".join(f"{work} to {heir}" for work, heir in retired.gave.items())


def _inputs(found: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Say of each input how old it is, and who reads this seat."""
    rows = [("reads" if i == 0 else "", _read(one)) for i, one in enumerate(found["reads"])]
    return [*rows, ("read by", ", ".join(found["read_by"]))]


def _read(one: Mapping[str, Any]) -> str:
    fresh = "fresh" if one["fresh"] else "stale"
    age = f", {span(one['age_s'])} old" if one["age_s"] is not None else ""
    note = f": {clean(one['note'])}" if one["note"] else ""
    return f"{one['seat'] or one['path']}  {fresh}{age}{note}"


def _without_state(why: str) -> str:
    from fleet.core.health import STATE_ERASED

    return STATE_ERASED if why.startswith(STATE_ERASED) else "nothing published yet"


def _validity(state: Mapping[str, Any], now: datetime, zone: tzinfo) -> str:
    written, until = when(state.get("written"), zone), when(state.get("good_until"), zone)
    if written is None:
        return ""
    good = f", good until {short(until, now)}" if until else ""
    stale = f", on stale {', '.join(state['stale'])}" if state.get("stale") else ""
    return f"{state['turn']} at {short(written, now)}{good}{stale}"


def _open(found: Mapping[str, Any], now: datetime, zone: tzinfo) -> list[tuple[str, str]]:
    rows = []
    for claim in found["claims"]:
        until = when(claim.get("until"), zone)
        rows.append(
            (
                "claims",
                f"{claim['about']}{f' until {short(until, now)}' if until else ''}  {claim.get('because', '')}",
            )
        )
    for letter in found["mail"]:
        at = short(when(letter["sent"], zone), now)
        rows.append(
            (
                "mail",
                f"{letter['id']} {at} {letter['type']} from {letter['sender']}  {letter.get('subject', '')}",
            )
        )
    for alike in _alike(found["actions"]):
        status = alike[0]["status"]
        says = _told(alike[0], now, zone) if len(alike) == 1 else _told_once(alike)
        rows.append((_LABELS.get(status, status), says))
    for held in found["holds"]:
        about = " ".join(held["about"])
        rows.append(
            ("holds", f"{held['id']} of {held['seat']}: {held['kind']}{f' about {about}' if about else ''}")
        )
    for line in found["turns"]:
        at, _, rest = line.partition(" ")
        rows.append(("turn", f"{short(_time(at, zone), now)} {rest}"))
    names = ["", *(name for name, _ in rows)]
    return [("" if name == names[i] else name, clean(text)) for i, (name, text) in enumerate(rows)]


_LABELS = {"offered": "next up", "running": "runs"}


def _alike(actions: Sequence[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    """Put together the held actions of one kind that wait for the same reason."""
    groups: dict[object, list[Mapping[str, Any]]] = {}
    for one in actions:
        same = (one["kind"], one["reason"], one["place"]) if one["status"] == "held" else one["id"]
        groups.setdefault(same, []).append(one)
    return list(groups.values())


def _told_once(alike: Sequence[Mapping[str, Any]]) -> str:
    first = alike[0]
    place = f"  {first['place']}" if first["place"] else ""
    ids = ", ".join(one["id"] for one in alike)
    return f"{len(alike)} of {first['kind']}: {first['reason']}{place}  ({ids})"


def _told(action: Mapping[str, Any], now: datetime, zone: tzinfo) -> str:
    about = f" to {', '.join(action['about'])}" if action["about"] else ""
    waits = action["status"] in ("held", "asked")
    why = f": {action['reason']}" if action["reason"] and action["status"] != "running" else ""
    place = f"  {action['place']}" if action["place"] and waits else ""
    lapses = f"  lapses {soon(when(action['lapses_at'], zone), now)}" if waits else ""
    return f"{action['id']} {action['kind']}{about}{why}{place}{lapses}"


def _time(text: str, zone: tzinfo) -> datetime | None:
    try:
        return when(text, zone)
    except ValueError:
        return None
