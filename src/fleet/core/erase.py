"""Erase: which records can be erased now, and what the erasure of one takes out of what is open.

A record that was emptied is read as `erased_turn_ended`, and so on: nothing knows that kind, so nothing looks
for what is no longer there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from fleet.core.codec import Json, when
from fleet.core.record import ERASED, Record

if TYPE_CHECKING:
    from fleet.core.account import Account

GONE = "(erased)"
"""What stands where a text stood that was erased."""
KEPT = ("to", "from_box", "week", "metric")
"""What an erasure notes of a record beside its number, kind, seat and id: by these its copies are found."""


def entry(record: Record) -> dict[str, Json]:
    """Note of a record what finds its copies, and nothing that anybody wrote."""
    data = record.data
    found: dict[str, Json] = {"n": record.n, "what": record.what, "at": record.at.isoformat()}
    found |= {"seat": record.seat} if record.seat else {}
    found |= {"turn": record.turn} if record.turn else {}
    identity = data.get("id") or data.get("matter") or data.get("wake")
    found |= {"id": identity} if isinstance(identity, str) else {}
    return found | {key: data[key] for key in KEPT if isinstance(data.get(key), str)}


def refusal(account: Account, record: Record) -> str:
    """Say why a record cannot be erased now, and what to do first; empty if it can."""
    data, seat = record.data, account.seats.get(record.seat or "")
    if record.what.startswith(ERASED):
        return "it is erased already"
    if record.what == "erasure":
        return "it says what was erased, by whom and why"
    if record.what == "revision" and account.revision is not None and account.revision.n == record.n:
        return "it is the revision in force: change fleet.yaml, and erase this one when the next is in force"
    if data.get("id") in account.docket.actions:
        identity = data["id"]
        return f"{identity} is still open: let it end, or say no to it (fleet deny {identity} --because TEXT)"
    if seat is not None and seat.running is not None and seat.running.turn == record.turn:
        return f"{record.turn} of {record.seat} still runs: wait for its end"
    if record.what == "message" and data.get("id") in account.mail:
        letter = account.mail[data["id"]]
        if letter.box == "cur":
            return f"{letter.to} is reading {letter.id} in a turn that runs: wait for its end"
    if record.what == "escalation_step" and data.get("matter") in account.matters:
        return f"{data['matter']} is still open: answer it first"
    if record.what == "pause" and _in_force(account, record):
        return f"it is in force: lift it first (fleet resume {data.get('what') or record.seat or '--all'})"
    return ""


def _in_force(account: Account, record: Record) -> bool:
    what = record.data.get("what")
    if what:
        paused = account.pauses.get(what)
    elif record.seat is None:
        paused = account.paused
    else:
        paused = account.seats[record.seat].paused if record.seat in account.seats else None
    return paused is not None and paused.at == record.at


def erasure(account: Account, record: Record) -> None:
    """Take what was erased out of all that is open."""
    account.erasing = record.n
    entries: list[Mapping[str, Any]] = record.data.get("records", [])
    numbers = {one["n"] for one in entries}
    for one in entries:
        if one["what"] == "message":
            _letter(account, one.get("id", ""))
        elif one["what"] == "turn_ended":
            _turn(account, one)
        elif one["what"] == "trouble":
            at = when(one["at"])
            account.troubles = tuple(t for t in account.troubles if when(t["at"]) != at)
    _notes(account, numbers)
    _words(account, entries)


def _letter(account: Account, identity: str) -> None:
    letter = account.mail.get(identity)
    account.untold.pop(identity, None)
    account.shut_matter(identity)
    if letter is not None:
        account.shut_letter(identity)
        account.stir(f"mail {letter.to}")


def _turn(account: Account, one: Mapping[str, Any]) -> None:
    """Of a turn: its seat has no state if this was it, and no words are left of its end."""
    past = account.seats.get(one.get("seat", ""))
    if past is None:
        return
    name, changes = one["seat"], dict[str, object]()
    if past.state is not None and past.state.n == one["n"]:
        changes |= {"state": None, "tampered": False}
        account.stir(f"state {name}")
    if past.last is not None and past.last.turn == one.get("turn"):
        ended = replace(
            past.last, why=GONE if past.last.why else "", headline=GONE if past.last.headline else ""
        )
        changes |= {"last": ended, "resume": None}
    if changes:
        account.change(name, **changes)


def _notes(account: Account, numbers: Iterable[int]) -> None:
    """Drop what seats were still to be told by these records."""
    gone = set(numbers)
    for name, past in list(account.seats.items()):
        kept = {
            key: tuple(note for note in getattr(past, key) if note.get("n") not in gone)
            for key in ("corrections", "answers")
        }
        if any(len(notes) != len(getattr(past, key)) for key, notes in kept.items()):
            account.change(name, **kept)


def _words(account: Account, entries: Iterable[Mapping[str, Any]]) -> None:
    """Take the reasons out of claims and wakes that stand on."""
    turns = {one.get("turn") for one in entries if one["what"] in ("turn_ended", "claim")} - {None}
    wakes = {one.get("id") for one in entries if one["what"] == "wake_due"}
    for name, past in list(account.seats.items()):
        for claim in past.claims:
            if claim.turn in turns and claim.because:
                rest = tuple(
                    c if c is not claim else replace(c, because=GONE) for c in account.seats[name].claims
                )
                account.set_claims(name, rest, claim.about)
        if any(wake.id in wakes for wake in past.pending):
            pending = (replace(w, reason=GONE) if w.id in wakes else w for w in past.pending)
            account.change(name, pending=tuple(pending))


def _carried_out(account: Account, record: Record) -> None:
    """Who starts has opened the fleet, and so carried out what was left of an erasure."""
    account.erasing = 0


ERASURES: Mapping[str, Callable[[Account, Record], None]] = {"erasure": erasure, "started": _carried_out}
