"""Folds: what each kind of record does to an account, one short function a kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from fleet.core import gust
from fleet.core.alike import over, trouble
from fleet.core.codec import from_plain, when
from fleet.core.dealings import DEALINGS, correct
from fleet.core.edit.wait import Base, Wait
from fleet.core.erase import ERASURES
from fleet.core.letters import joined, message, message_done
from fleet.core.past import (
    Claim,
    Ended,
    Matter,
    Pace,
    Past,
    Paused,
    Published,
    Revision,
    Running,
    Value,
    Wake,
    by_day,
)
from fleet.core.record import Record

if TYPE_CHECKING:
    from fleet.core.account import Account

OVER_WHEN_DONE = ("failing", "blind")
"""Matters about a seat that are over when it publishes again."""


def revision_of(record: Record) -> Revision | None:
    """Give the revision that a record tells of: a revision's own, or that of a checkpoint; None before the first."""
    data = record.data
    if record.what == "checkpoint":
        return from_plain(Revision, data["revision"]) if data.get("revision") else None
    return Revision(
        id=data["id"],
        n=record.n,
        who=data.get("who", "unknown"),
        at=record.at,
        texts=dict(data["texts"]),
        waits=from_plain(tuple[Wait, ...], data.get("waits", ())),
        base=from_plain(Base, data["base"]) if data.get("base") else None,
    )


def _revision(account: Account, record: Record) -> None:
    data = record.data
    account.count(data["id"])
    account.revision = revision_of(record)
    for seat in data.get("added", ()):
        if seat in account.seats:
            account.change(seat, gone=False, since=record.at, fixed_until=record.at, interval_until=record.at)
        else:
            account.seats[seat] = Past(since=record.at, fixed_until=record.at, interval_until=record.at)
    for seat in data.get("gone", ()):
        account.change(seat, gone=True, pending=(), retry_at=None)
    for seat in data.get("recount", ()):
        account.change(seat, fixed_until=record.at, interval_until=record.at)
    account.stir("chart")


def _settle(account: Account, record: Record) -> None:
    """Move the marks up to which a seat's promised wakes are accounted for."""
    slot = when(record.data.get("slot"))
    if record.seat is None or slot is None:
        return
    past = account.seats[record.seat]
    marks = record.data.get("marks", ())
    account.change(
        record.seat,
        fixed_until=max(past.fixed_until, slot) if "fixed" in marks else past.fixed_until,
        interval_until=max(past.interval_until, slot) if "interval" in marks else past.interval_until,
    )


def _wake_due(account: Account, record: Record) -> None:
    _settle(account, record)
    data, seat = record.data, record.seat or ""
    past = account.seats[seat]
    wake = Wake(
        id=data["wake"],
        due_at=when(data.get("slot")) or record.at,
        cause=data["cause"],
        reason=data["reason"],
        slot=when(data.get("slot")),
        alone=bool(data.get("alone", False)),
        hop=data.get("hop", 0),
        of=data.get("of") or data.get("path", ""),
        after=when(data.get("after")),
    )
    changes = past.changes
    if data["cause"] == "change":
        changes = {**changes, data["path"]: data["fingerprint"]}
    retry: dict[str, object] = {"retry_at": None} if wake.cause in ("retry", "later", "lost") else {}
    account.change(seat, pending=(*past.pending, wake), changes=changes, **retry)


def _wake_over(account: Account, record: Record) -> None:
    _settle(account, record)
    past = account.seats[record.seat or ""]
    into = record.data.get("merged")
    if into:
        hop = record.data["hop"]
        pending = tuple(replace(w, hop=hop) if w.id == into else w for w in past.pending)
        account.change(record.seat or "", pending=pending)
        return
    left = tuple(w for w in past.pending if w.id != record.data["wake"])
    if len(left) != len(past.pending):
        account.change(record.seat or "", pending=left)


def _turn_started(account: Account, record: Record) -> None:
    data, seat, turn = record.data, record.seat or "", record.turn or ""
    account.count(turn)
    past = account.seats[seat]
    ids = set(data["wakes"])
    running = Running(
        turn=turn,
        started_at=record.at,
        deadline=when(data["deadline"]) or record.at,
        attempt=data["attempt"],
        wakes=tuple(w for w in past.pending if w.id in ids),
        mail=tuple(data.get("mail", ())),
        inputs=data.get("inputs", ""),
        stale=tuple(data.get("stale", ())),
        outside=bool(data.get("outside", False)),
        hop=data.get("hop", 0),
        holds=tuple(data.get("holds", ())),
        n=record.n,
    )
    for identity in running.mail:
        account.mail[identity] = replace(account.mail[identity], box="cur")
    account.change(
        seat,
        running=running,
        pending=tuple(w for w in past.pending if w.id not in ids),
        retry_at=None,
        turns=past.turns + 1,
        pace=from_plain(Pace, data["pace"]) if data.get("pace") else past.pace,
        # Trying later begins anew with each wake of another cause.
        deferrals=past.deferrals if all(w.cause == "later" for w in running.wakes) else 0,
        changes={**past.changes, **data.get("files", {})},
        remembers=bool(data.get("remembers")),
        code=data.get("code_sha256", past.code),
        code_at=record.at if "code_sha256" in data else past.code_at,
    )


def _turn_ended(account: Account, record: Record) -> None:
    data, seat = record.data, record.seat or ""
    past = account.seats[seat]
    account.count(record.turn or "")
    outcome = data["outcome"]
    ended = Ended(
        turn=record.turn or "",
        outcome=outcome,
        at=record.at,
        took_s=data.get("took_s", 0.0),
        why=data.get("why", ""),
        headline=data.get("headline", ""),
        outside=past.running is not None and past.running.outside,
    )
    _sort_mail(account, past, outcome)
    account.change(seat, last=ended, running=None, **_after(past, record))
    if outcome == "done":
        _renew(account, record)
        _recovered(account, seat)
        account.troubles = over(account.troubles, "turn", seat, record.at.isoformat())
    _spend(account, record)


def _sort_mail(account: Account, past: Past, outcome: str) -> None:
    """A done turn has read its mail; any other gives it back."""
    failed = outcome in ("failed", "timed out")
    for identity in past.running.mail if past.running else ():
        letter = account.mail.get(identity)
        if letter is None:
            continue
        if outcome == "done":
            account.shut_letter(identity)
        else:
            account.mail[identity] = replace(letter, box="new", tries=letter.tries + failed)


def _after(past: Past, record: Record) -> dict[str, object]:
    """What an outcome does to the count of failures and to the next try."""
    data = record.data
    outcome, running = data["outcome"], past.running
    outside = running is not None and running.outside
    changes: dict[str, object] = {
        "resume_outside": outside if "checkpoint" in data else past.resume_outside,
        "retry_at": when(data.get("retry_at")),
        "retry_cause": data.get("retry_cause", ""),
        "resume": data.get("checkpoint", past.resume),
        "hop": running.hop if running is not None else 0,
    }
    if data.get("remembers") and running is not None:
        changes["remembers"] = True
    if outcome in ("done", "empty"):
        changes |= {"failures": 0, "deferrals": 0, "resume": None, "resume_outside": False}
    if outcome == "done":
        changes |= {"done_at": record.at, **_unread(past)}
    elif outcome == "deferred":
        changes |= {"deferrals": past.deferrals + 1}
    elif outcome not in ("empty", "lost"):
        changes |= {"failures": past.failures + 1, "deferrals": 0}
    if outcome == "done" and running is not None:
        changes["inputs"] = running.inputs
    return changes


def _unread(past: Past) -> dict[str, object]:
    """Keep the notes to a seat that came after its turn had been given its brief."""
    if past.running is None:
        return {}
    started = past.running.n
    return {
        "corrections": tuple(note for note in past.corrections if note["n"] > started),
        "answers": tuple(note for note in past.answers if note["n"] > started),
    }


def _renew(account: Account, record: Record) -> None:
    """A done turn renews the state; its claims follow as records of their own."""
    data, seat = record.data, record.seat or ""
    state = data["state"]
    account.change(
        seat,
        late_for=None,
        tampered=False,
        state=Published(
            turn=record.turn or "",
            n=record.n,
            sha256=state["sha256"],
            written=record.at,
            fingerprint=state["fingerprint"],
            as_of=when(state.get("as_of")),
            good_until=when(state.get("good_until")),
            headline=data.get("headline", ""),
            stale=tuple(state.get("stale", ())),
            outside=bool(state.get("outside", False)),
        ),
    )
    account.stir(f"state {seat}")


def _recovered(account: Account, seat: str) -> None:
    """A seat that does its work again needs nobody's help."""
    for matter in [m for m in account.matters.values() if m.kind in OVER_WHEN_DONE and m.seat == seat]:
        account.shut_matter(matter.id)


def _spend(account: Account, record: Record) -> None:
    """Add a turn's cost to its seat's day (the fleet's local day, given by the record)."""
    day = record.data.get("day")
    if not day:
        return
    past = account.seats[record.seat or ""]
    usd, unmetered = (past.spent_usd, past.unmetered) if past.spent_day == day else (0.0, 0)
    cost = (record.data.get("result") or {}).get("cost") or {}
    if "usd" in cost:
        usd += float(cost["usd"])
    else:
        unmetered += 1
    spent = by_day({**past.spent, day: usd}) if usd else past.spent
    if usd:
        account.spend(day, usd - past.spent.get(day, 0.0))
    account.change(record.seat or "", spent_day=day, spent_usd=usd, unmetered=unmetered, spent=spent)


def _claim(account: Account, record: Record) -> None:
    data, seat = record.data, record.seat or ""
    past = account.seats[seat]
    others = tuple(c for c in past.claims if c.about != data["about"])
    if data["on"] == "given up":
        account.set_claims(seat, others, data["about"])
        return
    since = next((c.since for c in past.claims if c.about == data["about"]), record.at)
    claim = Claim(
        about=data["about"],
        since=since,
        turn=record.turn or "",
        until=when(data.get("until")),
        because=data.get("because", ""),
        outside=bool(data.get("outside", False)),
    )
    account.set_claims(seat, (*others, claim), data["about"])


def _escalation_step(account: Account, record: Record) -> None:
    """One rung was taken; the step that opens a matter carries it whole."""
    data = record.data
    account.count(data["matter"])
    if "opens" in data:
        account.open_matter(from_plain(Matter, data["opens"]))
    if data.get("kind") == "exchange" and "opens" in data:
        gust.quarrel(account, data)
    matter = account.matters.get(data["matter"])
    if matter is None:
        return
    told = joined(account, data) if data.get("merged") else {}
    if data.get("last"):
        account.shut_matter(matter.id)
    else:
        account.open_matter(replace(matter, rung=data["rung"] + 1, told={**matter.told, **told}))


def _pause(account: Account, record: Record) -> None:
    data = record.data
    paused = Paused(data["by"], record.at, data.get("because", ""), when(data.get("until")))
    if data.get("what"):
        account.pauses[data["what"]] = paused
    elif record.seat is None:
        account.paused = paused
    else:
        account.change(record.seat, paused=paused)
    account.stir(f"pause {data.get('what') or record.seat or ''}")


def _resume(account: Account, record: Record) -> None:
    what = record.data.get("what")
    if what:
        account.pauses.pop(what, None)
    elif record.seat is None:
        account.paused = None
    else:
        account.change(record.seat, paused=None)
    account.stir(f"pause {what or record.seat or ''}")


def _clock_step(account: Account, record: Record) -> None:
    """A clock put back repeats intervals; by more than a day, it repeats fixed times as well.

    A retry is due after a span, not at a time of day, so it moves with the clock.
    """
    by_s = record.data["by_s"]
    if by_s >= 0:
        return
    account.frame += 1
    for seat, past in account.seats.items():
        fixed = min(past.fixed_until, record.at) if by_s < -86_400 else past.fixed_until
        account.change(
            seat,
            fixed_until=fixed,
            interval_until=min(past.interval_until, record.at),
            retry_at=past.retry_at and past.retry_at + timedelta(seconds=by_s),
        )


def _value(account: Account, record: Record) -> None:
    """Keep the newest value of each metric; one that was held is none."""
    correct(account, record)
    if record.seat and not record.data.get("held") and "value" in record.data:
        name = f"{record.seat}.{record.data['metric']}"
        account.values[name] = Value(record.data["value"], record.at, record.turn or "")
        account.stir(f"metric {name}")


FOLDS: Mapping[str, Callable[[Account, Record], None]] = {
    "revision": _revision,
    "wake_due": _wake_due,
    "wake_skipped": _wake_over,
    "wake_missed": _wake_over,
    "turn_started": _turn_started,
    "turn_ended": _turn_ended,
    "claim": _claim,
    "message": message,
    "message_done": message_done,
    "value": _value,
    **DEALINGS,
    **ERASURES,
    "escalation_step": _escalation_step,
    "pause": _pause,
    "resume": _resume,
    "trouble": trouble,
    "clock_step": _clock_step,
}
