"""Message: what one seat writes to another, its file, and a file that somebody dropped in by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import UTC, datetime, timedelta
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from fleet.core.canonical import SAFE_INTEGER, plain
from fleet.core.codec import Json
from fleet.core.frozen import dataclass
from fleet.core.names import check_seat_id
from fleet.core.prose import (
    ReadFront,
    check_characters,
    check_depth,
    decode,
    first_line,
    nearest,
    one_line,
    read_time,
    say_kind,
)
from fleet.core.span import read_span
from fleet.core.subject import fold_subject
from fleet.errors import Unreadable

MessageType = Literal[
    "REQUEST",  # wants something done, and an answer
    "INFORM",  # tells, and wants nothing
    "PROPOSAL",  # offers something, and wants a yes or a no
    "RESPONSE",  # answers one of the others
    "CHALLENGE",  # doubts something, and wants an answer before anybody acts on it
    "ESCALATION",  # passes a matter up
]
TYPES: tuple[MessageType, ...] = get_args(MessageType)
MUST_ANSWER = frozenset({"REQUEST", "PROPOSAL", "CHALLENGE"})
"""What escalates by itself if nobody answers in time."""
ANSWER_DEFAULT = timedelta(hours=24)
MESSAGE_LIMIT = 256 * 1024
"""Bytes of one message: of a file dropped by hand, or of body and `with` together."""
SUBJECT_MADE = 80
"""Characters of a subject that is made of a text's first line."""
OPERATOR = "operator"
"""Who a message is from when nobody knows."""

WriteFront = Callable[[Mapping[str, Json]], str]
SplitFront = Callable[[str], "tuple[str, str] | None"]
_FILE_KEYS = ("id", "type", "from", "to", "about", "subject", "sent", "answer_by", "reply_to", "thread")
_KEYS = frozenset((*_FILE_KEYS, "hop", "outside", "verified", "with"))


@dataclass(frozen=True, slots=True)
class Message:
    """One message. Times are aware; `outside` is the stamp of text that strangers may have written."""

    id: str
    type: MessageType
    sender: str
    to: str
    about: tuple[str, ...]
    subject: str
    sent: datetime
    answer_by: datetime | None
    reply_to: str | None
    thread: str
    hop: int
    with_: Mapping[str, Json] = field(default_factory=dict)
    body: str = ""
    outside: bool = False
    verified: bool = True


def to_json(message: Message, zone: ZoneInfo | None = None) -> dict[str, Json]:
    """Return the keys of the message's file and `body`; what is empty is left out.

    Times stand in `zone` if one is given, else with the offset they have.
    """
    kept: dict[str, Json] = {
        "id": message.id,
        "type": message.type,
        "from": message.sender,
        "to": message.to,
        "about": one_or_list(message.about),
        "subject": message.subject,
        "sent": say_time(message.sent, zone),
        "answer_by": say_time(message.answer_by, zone),
        "reply_to": message.reply_to,
        "thread": message.thread,
        "hop": message.hop,
        "outside": "yes" if message.outside else None,
        "verified": None if message.verified else "no",
        "with": settle(message.with_) if message.with_ else None,
        "body": message.body,
    }
    return {key: value for key, value in kept.items() if value not in (None, "", {})}


def settle(value: Json) -> Json:
    """Return a plain value as the ledger gives it back.

    Keys are in order, 1.0 is 1, integers over 53 bit are text. So a file that is written again from
    the ledger is the same to the byte.
    """
    if isinstance(value, Mapping):
        return {key: settle(value[key]) for key in sorted(value)}
    if isinstance(value, list | tuple):
        return [settle(one) for one in value]
    if isinstance(value, float) and value.is_integer() and abs(value) <= SAFE_INTEGER:
        return int(value)
    return value if isinstance(value, str) else plain(value)


def one_or_list(about: tuple[str, ...]) -> str | list[str] | None:
    """Say subjects as the files do: one as a text, several as a list, none not at all."""
    return list(about) if len(about) > 1 else about[0] if about else None


def say_time(at: datetime | None, zone: ZoneInfo | None) -> str | None:
    """Say a time as RFC 3339 with its offset; a fraction of a second stays if there is one."""
    if at is None:
        return None
    return (at.astimezone(zone) if zone else at).isoformat()


def from_json(value: Mapping[str, Json]) -> Message:
    """Make a message of what `to_json` gave; other keys are ignored. Raises Unreadable."""
    try:
        return Message(
            id=value["id"],
            type=value["type"],
            sender=value["from"],
            to=value["to"],
            about=_texts(value.get("about")),
            subject=value.get("subject", ""),
            sent=datetime.fromisoformat(value["sent"]),
            answer_by=datetime.fromisoformat(value["answer_by"]) if value.get("answer_by") else None,
            reply_to=value.get("reply_to"),
            thread=value["thread"],
            hop=int(value.get("hop", 0)),
            with_=value.get("with", {}),
            body=value.get("body", ""),
            outside=_yes(value.get("outside")),
            verified=_yes(value.get("verified", True)),
        )
    except (KeyError, TypeError, ValueError) as exc:
        raise Unreadable(f"this is not a whole message: {exc!r}") from exc


def _texts(value: Json) -> tuple[str, ...]:
    return () if value is None else (value,) if isinstance(value, str) else tuple(value)


def _yes(value: object) -> bool:
    return value in (True, "yes", "true")


def render_message(message: Message, *, write_front: WriteFront, zone: ZoneInfo) -> str:
    """Write a message as its file: front matter, then the body."""
    keys = to_json(message, zone)
    body = keys.pop("body", "")
    return f"---\n{write_front(keys)}---\n{body}\n"


def read_message(text: str, *, read_front: ReadFront, split_front: SplitFront) -> Message:
    """Read the file of a message that fleet wrote, believing it; raises Unreadable."""
    parts = split_front(text)
    keys = read_front(parts[0]) if parts else None
    if not parts or not isinstance(keys, dict):
        raise Unreadable("this is not a message: no front matter")
    return from_json({**keys, "body": parts[1].removesuffix("\n")})


def read_dropped(
    raw: bytes, *, to: str, id: str, now: datetime, split_front: SplitFront, read_front: ReadFront
) -> Message:
    """Read a file that somebody put into an inbox by hand, and fill in what is missing.

    It comes from the operator, unverified and from outside, whatever it says; it answers nothing.
    Raises Unreadable for over 256 KB, text that is not UTF-8, front matter that is broken or deeper
    than 64 levels, and keys with a value of the wrong kind.
    """
    text = decode(raw, MESSAGE_LIMIT, "a message")
    keys, body = _split(text, split_front, read_front)
    kind = message_type(keys.get("type"))
    return Message(
        id=id,
        type=kind,
        sender=OPERATOR,
        to=check_seat_id(to),
        about=_about(keys.get("about")),
        subject=one_line(_text(keys, "subject")) or first_line(body)[:SUBJECT_MADE],
        sent=now,
        answer_by=_answer_by(keys.get("answer_by"), kind, now),
        reply_to=None,
        thread=id,
        hop=0,
        with_=_with(keys),
        body=body,
        outside=True,
        verified=False,
    )


def _split(text: str, split_front: SplitFront, read_front: ReadFront) -> tuple[dict[str, object], str]:
    start = text.lstrip()
    if start.split("\n", 1)[0].rstrip() != "---":
        return {}, text.strip("\n")
    parts = split_front(start)
    if parts is None:
        raise Unreadable("the front matter is not closed: a line `---` must end it", end=len(text))
    try:
        first = text[: len(text) - len(start)].count("\n") + 1
        keys = read_front("\n" * first + parts[0])  # on its lines in the file, for what is wrong with it
        check_depth(keys)
        check_characters(keys)
    except Unreadable as exc:
        raise Unreadable(f"front matter: {exc.why}", suggestions=exc.suggestions) from exc
    if not isinstance(keys, dict | None):
        raise Unreadable(f"front matter: keys are wanted, as in `subject: ...`, not {say_kind(keys)}")
    return keys or {}, parts[1].strip("\n")


def message_type(value: object) -> MessageType:
    """Read a message type; none is an INFORM. Raises Unreadable with the nearest one."""
    if value is None:
        return "INFORM"
    if value not in TYPES:
        tries = nearest(str(value), TYPES)
        hint = f"did you mean {tries[0]}?" if tries else f"it is one of {', '.join(TYPES)}"
        raise Unreadable(f"type: {say_kind(value)} is no type of message; {hint}", suggestions=tries)
    return value


def _about(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    try:
        return tuple(dict.fromkeys(map(_subject, value if isinstance(value, list) else [value])))
    except Unreadable as exc:
        raise Unreadable(f"about: {exc.why}") from exc


def _subject(value: object) -> str:
    if not isinstance(value, str):
        raise Unreadable(f"a subject is text like account:acme, not {say_kind(value)}")
    return fold_subject(value)


def _text(keys: Mapping[str, object], key: str) -> str:
    value = keys.get(key)
    if isinstance(value, dict | list):
        raise Unreadable(f"{key}: must be text, not {say_kind(value)}")
    return "" if value is None else str(value)


def _answer_by(value: object, kind: str, now: datetime) -> datetime | None:
    usual = now + ANSWER_DEFAULT if kind in MUST_ANSWER else None
    if value is None:
        return usual
    try:
        at = read_deadline(str(value), now)
    except Unreadable as exc:
        raise Unreadable(f"answer_by: {exc.why}", suggestions=exc.suggestions) from exc
    return at if at > now else usual


def read_deadline(text: str, now: datetime) -> datetime:
    """Read a time, or a span that is counted from now; raises Unreadable."""
    if text[4:5] == "-" or len(text) > 20:
        return read_time(text, now)
    try:
        return now.astimezone(UTC) + read_span(text)  # an hour is an hour, over a change of clocks too
    except (Unreadable, OverflowError) as exc:
        example = now.replace(microsecond=0).isoformat()
        raise Unreadable(f"{text[:60]!r} is neither a time like {example} nor a span like 4h") from exc


def _with(keys: Mapping[str, object]) -> dict[str, Json]:
    """What `with` holds, and the keys of the file that fleet does not know, so that none is lost."""
    given = keys.get("with")
    if not isinstance(given, dict | None):
        raise Unreadable(f"with: must be a mapping, not {say_kind(given)}")
    return {**{key: value for key, value in keys.items() if key not in _KEYS}, **(given or {})}
