"""Record: one line of the ledger, how it is sealed into the chain, and whether it holds."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import UTC, datetime
from typing import Any, NoReturn, cast

from fleet.core.canonical import JSON, canonical, plain, rfc3339_micros, sha256_hex, unique_keys
from fleet.core.frozen import dataclass
from fleet.core.names import check_seat_id
from fleet.errors import Unreadable

ZERO = "0" * 64
"""What stands as `prev` in the first line of a ledger."""

KINDS = frozenset(
    {
        *("wake_due", "wake_skipped", "wake_missed", "turn_started", "read", "turn_ended"),
        *("message", "message_done", "claim", "verdict", "approval_asked", "approval_answered"),
        *("action_intent", "action_outcome", "value", "escalation_step", "pause", "resume"),
        *("revision", "retirement", "erasure", "trouble", "checkpoint", "clock_step"),
        *("started", "stopped", "offer", "told"),
    }
)

_REQUIRED = {"n", "at", "what", "data", "data_sha256", "prev", "hash"}
_OPTIONAL = {"seat", "turn"}
_WORD = re.compile(r"[a-z][a-z_]{0,39}")
_TURN = re.compile(r"[a-z0-9-]{1,40}")
_HEX = re.compile(r"[0-9a-f]{64}")
_AT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")
# The canonical line in its parts. No part behind `data` can hold a quote, so the cut is unambiguous.
_LINE = re.compile(
    rb'(\{"at":"[0-9TZ:.-]{27}",)"data":(\{.*\}),'
    rb'("data_sha256":"([0-9a-f]{64})",)"hash":"([0-9a-f]{64})",'
    rb'("n":([0-9]{1,16}),"prev":"([0-9a-f]{64})"'
    rb'(?:,"seat":"[a-z0-9-]{1,40}")?(?:,"turn":"[a-z0-9-]{1,40}")?,"what":"([a-z_]{1,40})"\})\n'
)
_EMPTY = b"{}"
_NOTHING = sha256_hex(_EMPTY)
ERASED = "erased_"
"""How the kind of a record is read whose data was emptied: nobody knows it, so nobody looks for its data."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be recorded; the ledger adds the number, the time and the chain."""

    what: str
    seat: str | None = None
    turn: str | None = None
    data: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Record:
    """One sealed line of the ledger. Where it was erased, `data` is empty and `what` begins with ERASED."""

    n: int
    at: datetime
    what: str
    seat: str | None
    turn: str | None
    data: Mapping[str, Any]
    data_sha256: str
    prev: str
    hash: str


@dataclass(frozen=True, slots=True)
class Link:
    """What one line tells about the chain without its data being read."""

    n: int
    what: str
    prev: str
    hash: str
    emptied: bool
    data: bytes


def seal(draft: Draft, n: int, at: datetime, prev: str) -> Record:
    """Make the draft the n-th record of the chain; raises Unreadable for what cannot stand there."""
    return seal_line(draft, n, at, prev)[0]


def seal_line(draft: Draft, n: int, at: datetime, prev: str) -> tuple[Record, bytes]:
    """Make the draft the n-th record, and its line, without writing its data out twice."""
    if draft.what not in KINDS:
        raise Unreadable(f"{draft.what!r} is not a kind of record")
    data = cast(dict[str, JSON], plain(draft.data))
    written = canonical(data)
    head = _head(draft, n, rfc3339_micros(at), sha256_hex(written), prev)
    sealed = canonical(head)
    record = Record(
        n=n,
        at=at.astimezone(UTC),
        what=draft.what,
        seat=draft.seat,
        turn=draft.turn,
        data=data,
        data_sha256=cast(str, head["data_sha256"]),
        prev=prev,
        hash=sha256_hex(sealed),
    )
    return record, _joined(sealed, written, record.hash)


def seal_lines(drafts: Sequence[Draft], n: int, at: datetime, prev: str) -> list[tuple[Record, bytes]]:
    """Make the drafts the records from the n-th on, each behind the one before, with their lines."""
    sealed: list[tuple[Record, bytes]] = []
    for number, draft in enumerate(drafts, n):
        sealed.append(seal_line(draft, number, at, prev))
        prev = sealed[-1][0].hash
    return sealed


def _head(draft: Draft | Record, n: int, at: str, data_sha256: str, prev: str) -> dict[str, JSON]:
    head: dict[str, JSON] = {
        "n": n, "at": at, "what": draft.what, "data_sha256": data_sha256, "prev": prev
    }  # fmt: skip
    if draft.seat is not None:
        head["seat"] = check_seat_id(draft.seat)
    if draft.turn is not None:
        head["turn"] = _check_turn(draft.turn)
    return head


def _check_turn(turn: str) -> str:
    if _TURN.fullmatch(turn) is None:
        raise Unreadable(f"{turn[:60]!r} is not an id like t-8810")
    return turn


def _joined(sealed: bytes, data: bytes, hash: str) -> bytes:
    # Sorted, the keys are at, data, data_sha256, hash, n: `at` has a fixed width, and so has the hash.
    at, rest = sealed[:36], sealed[36:]
    return b'%s"data":%s,%s"hash":"%s",%s\n' % (at, data, rest[:81], hash.encode(), rest[81:])


def line(record: Record) -> bytes:
    """Write a record as its line: canonical JSON and a newline."""
    head = _head(record, record.n, rfc3339_micros(record.at), record.data_sha256, record.prev)
    return _joined(canonical(head), canonical(record.data), record.hash)


def read_line(raw: bytes) -> Record:
    """Read one line; raises Unreadable unless it is one strict JSON object with a record's keys.

    Whether it holds is not looked at here; see `look` and `hold_error`.
    """
    found = _strict_object(raw)
    keys = found.keys()
    if not keys >= _REQUIRED or keys - _REQUIRED - _OPTIONAL:
        raise Unreadable(f"its keys are {', '.join(sorted(keys))[:200]}, which are not those of a record")
    what, emptied = _matching(found["what"], _WORD, "what"), not found["data"]
    return Record(
        n=_number(found["n"]),
        at=_time(found["at"]),
        what=f"{ERASED}{what}" if emptied and found["data_sha256"] != _NOTHING else what,
        seat=None if "seat" not in found else check_seat_id(_string(found["seat"], "seat")),
        turn=None if "turn" not in found else _check_turn(_string(found["turn"], "turn")),
        data=_mapping(found["data"]),
        data_sha256=_matching(found["data_sha256"], _HEX, "data_sha256"),
        prev=_matching(found["prev"], _HEX, "prev"),
        hash=_matching(found["hash"], _HEX, "hash"),
    )


def look(raw: bytes, prev: str | None, n: int | None) -> Link:
    """Check one line byte for byte against the chain; raises Unreadable with why it does not hold.

    `prev` and `n` are what the line before demands; None where no line before is known.
    """
    match = _LINE.fullmatch(raw)
    if match is None:
        read_line(raw)
        raise Unreadable("it was rewritten: it is not in the form fleet writes (RFC 8785, nothing added)")
    at, data, data_key, data_sha256, hash, rest, number, before, what = match.groups()
    link = Link(int(number), what.decode(), before.decode(), hash.decode(), False, data)
    _check_place(link.n, link.prev, n, prev)
    if sha256_hex(at + data_key + rest) != link.hash:
        raise Unreadable("its hash is not that of its content: the line was edited")
    if sha256_hex(data) != data_sha256.decode():
        if data != _EMPTY:
            raise Unreadable("data_sha256 is not the hash of its data: the data was edited")
        return Link(link.n, link.what, link.prev, link.hash, True, data)
    return link


def _check_place(n: int, before: str, expected: int | None, prev: str | None) -> None:
    if expected is not None and n != expected:
        raise Unreadable(f"its n is {n} where {expected} comes next: lines were cut, swapped or put in")
    if prev is not None and before != prev:
        raise Unreadable("its prev is not the hash of the line before: lines were cut, swapped or edited")


def hold_error(found: Mapping[str, JSON], prev: str, n: int) -> str | None:
    """Say why a line, read as a JSON object, does not hold behind the hash `prev` as number `n`.

    Data that was emptied is no error here: that an erasure lists it is for `verify` to see.
    """
    try:
        _check_place(_number(found.get("n")), _string(found.get("prev"), "prev"), n, prev)
        data = _mapping(found.get("data"))
        head = {key: value for key, value in found.items() if key not in ("hash", "data")}
        if sha256_hex(canonical(head)) != found.get("hash"):
            return "its hash is not that of its content: the line was edited"
        if data and sha256_hex(canonical(data)) != found.get("data_sha256"):
            return "data_sha256 is not the hash of its data: the data was edited"
    except Unreadable as exc:
        return exc.why
    return None


def emptied_line(raw: bytes) -> bytes:
    """Return the line with its data emptied; every hash in it stays, so the chain still holds."""
    match = _LINE.fullmatch(raw)
    if match is None:
        raise Unreadable("it is not in the form fleet writes")
    at, _, data_key, _, hash, rest, *_ = match.groups()
    return b'%s"data":{},%s"hash":"%s",%s\n' % (at, data_key, hash, rest)


def _strict_object(raw: bytes) -> dict[str, JSON]:
    try:
        found = _decode(raw.decode())
        if b"\\u" in raw:
            json.dumps(found, ensure_ascii=False).encode()
    except UnicodeError as exc:
        raise Unreadable(f"it is not UTF-8 text, or holds half a character: {exc}") from exc
    except (ValueError, RecursionError) as exc:
        raise Unreadable(f"it is not JSON: {exc}") from exc
    return _mapping(found, "the line")


def _no_constant(word: str) -> NoReturn:
    raise Unreadable(f"{word} is not a JSON number")


_decode = json.JSONDecoder(object_pairs_hook=unique_keys, parse_constant=_no_constant).decode


def _number(value: JSON) -> int:
    if type(value) is not int or value < 1:
        raise Unreadable(f"n is {str(value)[:60]}, which is not a line's number")
    return value


def _string(value: JSON, key: str) -> str:
    if not isinstance(value, str):
        raise Unreadable(f"{key} is not text")
    return value


def _matching(value: JSON, pattern: re.Pattern[str], key: str) -> str:
    text = _string(value, key)
    if pattern.fullmatch(text) is None:
        raise Unreadable(f"{key} is {text[:80]!r}, which fleet never writes")
    return text


def _time(value: JSON) -> datetime:
    text = _matching(value, _AT, "at")
    try:
        return datetime.fromisoformat(text)
    except ValueError as exc:
        raise Unreadable(f"at is {text!r}: {exc}") from exc


def _mapping(value: JSON, key: str = "data") -> dict[str, JSON]:
    if not isinstance(value, dict):
        raise Unreadable(f"{key} is not a JSON object")
    return value
