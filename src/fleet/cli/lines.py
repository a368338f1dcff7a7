"""Lines: one record of the ledger as one line for people."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from fleet.cli.answer import clean
from fleet.cli.table import fold, hung, measure, pad, shown, wrapped
from fleet.cli.times import exact, short, span, when
from fleet.core.frozen import dataclass

if TYPE_CHECKING:
    from fleet.core.record import Record

BESIDE = 2
"""Lines that a text may take in the column beside its head; a longer one stands under it."""
BY = {"approval_answered": "by", "pause": "by", "resume": "by", "revision": "who"}
"""Under which key a record names the person who did what it tells, where that is not the seat it is about."""
Told = tuple[str, str, str]
"""What happened, the word that matters, and the rest."""
WIDEST = 34
"""Columns that one of the first four takes at most in the lines that are shorter."""


@dataclass(frozen=True, slots=True)
class Line:
    """One record as it is shown."""

    at: str
    seat: str
    what: str
    word: str
    says: str


def line_of(record: Record, now: datetime) -> Line:
    """Show a record; times are in the zone of `now`."""
    tell = TELLERS.get(record.what, _other)
    what, word, says = tell(record, now)
    at = exact(record.at.astimezone(now.tzinfo), now)
    return Line(at, seat_of(record), clean(what), clean(word), clean(says))


def seat_of(record: Record) -> str:
    """Name whose record this is: who answered; a message's sender counts where the seat is not given."""
    by = str(record.data.get(BY.get(record.what, ""), ""))
    if by and " " not in by:
        return by
    if record.what == "told":
        return "fleet"
    return record.seat or str(record.data.get("from", "")) or "fleet"


def set_lines(lines: Sequence[Line], widths: list[int], limit: int | None = None) -> list[str]:
    """Set lines in columns; `widths` of the first four grow as they are needed, so that more can follow.

    Each is one text; where a limit of columns is passed, it has line ends in it.
    """
    texts = []
    for line in lines:
        cells = (line.at, line.seat, line.what, line.word)
        widths[:] = [max(w, min(measure(c), WIDEST)) for w, c in zip(widths, cells, strict=True)]
    for line in lines:
        cells = (line.at, line.seat, line.what, line.word)
        head = "  ".join(pad(shown(c), w) for c, w in zip(cells, widths, strict=True))
        texts.append("\n".join(_beside(f"{head}  ", line.says, limit, below=widths[0] + widths[1] + 4)))
    return texts


def _beside(head: str, says: str, limit: int | None, *, below: int) -> list[str]:
    """Set what happened beside its head, or under it where it would stand there in a narrow column."""
    lines = wrapped(head, says, limit, below=min(below, (limit or 0) // 3))
    if limit is None or len(lines) <= BESIDE:
        return lines
    indent = min(below, limit // 3)
    return [*hung(head.rstrip(), limit), *(" " * indent + line for line in fold(shown(says), limit - indent))]


def _listed(value: object) -> str:
    if isinstance(value, str):
        return value
    return " ".join(map(str, value)) if isinstance(value, list | tuple) else ""


def _due(record: Record, now: datetime) -> Told:
    return "wake due", "", f"{_reason(record)}  ({record.data.get('wake', '')})"


def _skipped(record: Record, now: datetime) -> Told:
    count = record.data.get("count")
    told = "wake skipped" if record.what == "wake_skipped" else "wake missed"
    slot = when(record.data.get("slot"), _zone(now))
    return (
        told,
        f"{short(slot, now)}{f' and {count - 1} before' if count else ''}" if slot else "",
        _reason(record),
    )


def _zone(now: datetime) -> Any:
    return now.tzinfo


def _reason(record: Record) -> str:
    return str(record.data.get("reason", ""))


def _started(record: Record, now: datetime) -> Told:
    return f"turn {record.turn} started", "", "; ".join(record.data.get("woken_by", ()))


def _ended(record: Record, now: datetime) -> Told:
    data = record.data
    says = data.get("headline") if data.get("outcome") == "done" else data.get("why")
    if data.get("by"):
        return f"published {record.turn}", "", f"{says or ''}  by {data['by']}".strip()
    return f"turn {record.turn} {data.get('outcome', 'ended')}", span(data.get("took_s")), says or ""


def _read(record: Record, now: datetime) -> Told:
    data = record.data
    source = data.get("of") or data.get("path", "")
    return (
        f"reads {source}",
        "fresh" if data.get("fresh") else "stale",
        data.get("note") or data.get("turn", ""),
    )


def _message(record: Record, now: datetime) -> Told:
    data = record.data
    outside = "  (outside)" if data.get("outside") else ""
    what = f"{data.get('id')} {data.get('type', '')} to {data.get('to', '')}"
    return what, _listed(data.get("about")), f"{data.get('subject', '')}{outside}"


def _message_done(record: Record, now: datetime) -> Told:
    data = record.data
    box = {"dead": "set aside", "new": "put back"}.get(data.get("box", ""), "read")
    return f"{data.get('id')} {box}", "", data.get("why", "")


def _claim(record: Record, now: datetime) -> Told:
    data = record.data
    verb = "gives up" if data.get("on") == "given up" else "claims"
    until = when(data.get("until"), _zone(now))
    return (
        f"{verb} {data.get('about', '')}",
        f"until {short(until, now)}" if until else "",
        data.get("because", ""),
    )


def _verdict(record: Record, now: datetime) -> Told:
    data = record.data
    target = f" to {data['to']}" if data.get("to") else ""
    identity = data.get("id") or data.get("joins", "")
    what = f"{_VERBS.get(data.get('verdict', ''), 'asks')} {data.get('kind', '')}{target} {identity}".rstrip()
    about, reason = _listed(data.get("about")), _reason(record)
    about = "" if all(subject in reason for subject in about.split()) else about
    again = when(data.get("again_at"), _zone(now))
    retry = f"(again {short(again, now)})" if again else ""
    says = " ".join(filter(None, (about, reason, retry, data.get("place", ""))))
    return what, str(data.get("verdict", "")).upper(), says


_VERBS = {"lapsed": "is not given", "withdrawn": "takes back", "kept": "keeps"}
"""What a seat does, by its verdict, where it does not ask."""


def _offer(record: Record, now: datetime) -> Told:
    data = record.data
    return (
        f"offers {data.get('kind', '')} {data.get('id', '')}",
        _listed(data.get("about")),
        data.get("because", ""),
    )


def _asked(record: Record, now: datetime) -> Told:
    data = record.data
    lapses = when(data.get("expires_at"), _zone(now))
    return f"{data.get('id')} waits for {data.get('person')}", "", f"lapses {short(lapses, now)}"


def _answered(record: Record, now: datetime) -> Told:
    data = record.data
    what = f"{_ANSWERS.get(data.get('answer', ''), data.get('answer'))} {data.get('id')} of {record.seat}"
    says = [str(data.get("kind", "")), _listed(data.get("about")), str(data.get("because", ""))]
    if data.get("answer") == "edited":
        from fleet.core.story import changed

        says.insert(2, changed(data))
    return what, str(data.get("answer", "")).upper(), " ".join(filter(None, says))


_ANSWERS = {
    "yes": "approves",
    "edited": "changes and approves",
    "no": "denies",
    "again": "has run again",
    "happened": "knows the end of",
    "leave": "leaves",
}


def _intent(record: Record, now: datetime) -> Told:
    return (
        f"{record.data.get('id')} is begun",
        f"try {record.data.get('try', 1)}",
        _of_action(record, now, "begun"),
    )


def _outcome(record: Record, now: datetime) -> Told:
    data = record.data
    what, outcome = f"{data.get('id')} {data.get('kind', '')}", str(data.get("outcome", ""))
    return what, outcome.upper(), _of_action(record, now, outcome)


def _of_action(record: Record, now: datetime, word: str) -> str:
    """Say what the word in capitals does not: what it was about, and how it went."""
    from fleet.core.story import came

    about = _listed(record.data.get("about"))
    return " ".join(filter(None, (about, came(record, now).removeprefix(word).lstrip(",: "))))


def _told(record: Record, now: datetime) -> Told:
    data = record.data
    by = _listed(data.get("by"))
    says = "; ".join(filter(None, (f"by {by}" if by else "", str(data.get("why", "")))))
    return f"{data.get('id')} told to {data.get('to', '')}", "" if by else "NOT TOLD", says


def _value(record: Record, now: datetime) -> Told:
    data = record.data
    word = "held" if data.get("held") else {"yes": "met", "no": "not met"}.get(data.get("met", ""), "")
    return f"{data.get('metric', '')} {data.get('value', '')}", word, data.get("held") or data.get("week", "")


def _step(record: Record, now: datetime) -> Told:
    data = record.data
    says = f"{data.get('subject', '')}  ({data.get('message', '')})"
    return f"{data.get('matter')} goes to {data.get('to', '')}", str(data.get("kind", "")), says


def _pause(record: Record, now: datetime) -> Told:
    done = "pauses" if record.what == "pause" else "resumes"
    what = f"{done} {record.data.get('what') or record.seat or 'the whole fleet'}"
    until = when(record.data.get("until"), _zone(now))
    says = " ".join(filter(None, (f"until {short(until, now)}" if until else "", record.data.get("because"))))
    return what, "", says


def _revision(record: Record, now: datetime) -> Told:
    data = record.data
    parts = (f"{word} {', '.join(data[word])}" for word in ("added", "changed", "gone") if data.get(word))
    waits = data.get("waits", ())
    said = [f"{data['back_to']} again"] if data.get("back_to") else []
    said += [*parts, *([f"{len(waits)} waiting for a yes"] if waits else [])]
    said += [f'because "{data["because"]}"'] if data.get("because") else []
    return f"revision {data.get('id')}", "", f"{data.get('who', '')}: {'; '.join(said)}".rstrip(": ")


def _trouble(record: Record, now: datetime) -> Told:
    return "trouble", str(record.data.get("kind", "")), record.data.get("says", "")


def _daemon(record: Record, now: datetime) -> Told:
    pid = record.data.get("pid")
    return f"daemon {record.what}", f"pid {pid}" if pid else "", record.data.get("because", "")


def _clock(record: Record, now: datetime) -> Told:
    return "clock stepped", f"{record.data.get('by_s', 0):+.1f}s", str(record.data.get("seen", ""))


def _erasure(record: Record, now: datetime) -> Told:
    numbers = record.data.get("n", [])
    told = " ".join(map(str, numbers[:5])) + (" ..." if len(numbers) > 5 else "")
    return "erases records", told, record.data.get("because", "")


def _other(record: Record, now: datetime) -> Told:
    from fleet.core.record import ERASED  # who shows a record has read it

    if record.what.startswith(ERASED):
        return record.what.removeprefix(ERASED).replace("_", " "), "erased", f"record {record.n}"
    return record.what, str(record.data.get("id", "")), _reason(record) or str(record.data.get("says", ""))


TELLERS: Mapping[str, Callable[[Record, datetime], Told]] = {
    "wake_due": _due,
    "wake_skipped": _skipped,
    "wake_missed": _skipped,
    "turn_started": _started,
    "turn_ended": _ended,
    "read": _read,
    "message": _message,
    "message_done": _message_done,
    "claim": _claim,
    "offer": _offer,
    "verdict": _verdict,
    "approval_asked": _asked,
    "approval_answered": _answered,
    "action_intent": _intent,
    "action_outcome": _outcome,
    "told": _told,
    "value": _value,
    "escalation_step": _step,
    "pause": _pause,
    "resume": _pause,
    "revision": _revision,
    "trouble": _trouble,
    "started": _daemon,
    "stopped": _daemon,
    "clock_step": _clock,
    "erasure": _erasure,
}
