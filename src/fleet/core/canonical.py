"""Canonical JSON (RFC 8785), its hash, and the plain values that may stand in the ledger."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import TypeAlias

from fleet.errors import Unreadable

JSON: TypeAlias = "None | bool | int | float | str | Sequence[JSON] | Mapping[str, JSON]"

SAFE_INTEGER = 2**53 - 1
"""The largest whole number that every JSON reader takes exactly (RFC 8785, 3.2.2.3)."""

MAX_DEPTH = 128
"""Levels of nesting in one record: what a result may have (64), and room for what wraps it."""

# What json.dumps may write otherwise than RFC 8785: 1.0, 1e-07, 1e+16, whole numbers over 53 bit.
# It also matches inside of strings; that costs time, never correctness.
_MAY_DIFFER = re.compile(r"[\[:,-][0-9]+(?:\.0[,\]}]|[0-9]{15}|[0-9.]*e)")
# Keys are ordered by UTF-16 units; that is the order of code points unless both of these occur.
_OVER_BMP = re.compile("[\U00010000-\U0010ffff]")
_UNDER_SURROGATES_SORTED = re.compile("[\ue000-\uffff]")

_encode = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, allow_nan=False, sort_keys=True, separators=(",", ":")
).encode


def canonical(value: JSON) -> bytes:
    """Return the RFC 8785 form of a value made of dicts with text keys, lists and scalars.

    Raises Unreadable for what has no such form: NaN, integers over 53 bit, lone surrogates.

    >>> canonical({"b": [1.0, 1e-7], "a": "é"})
    b'{"a":"\\xc3\\xa9","b":[1,1e-7]}'
    """
    try:
        text = _encode(value)
        if _is_exact(text):
            return text.encode()
    except (ValueError, TypeError, RecursionError) as exc:
        raise Unreadable(f"this value has no canonical JSON form: {exc}") from exc
    return _by_library(value)


def _is_exact(text: str) -> bool:
    if text[0] not in '{["tfn' or _MAY_DIFFER.search(text):
        return False
    return text.isascii() or not (_OVER_BMP.search(text) and _UNDER_SURROGATES_SORTED.search(text))


def _by_library(value: JSON) -> bytes:
    import rfc8785  # here, since the cold start of a command should not pay for it

    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, RecursionError) as exc:
        raise Unreadable(f"this value has no canonical JSON form: {exc}") from exc


def sha256_hex(data: bytes) -> str:
    """Return the SHA-256 of the bytes as 64 small hex digits."""
    return hashlib.sha256(data).hexdigest()


def rfc3339_micros(at: datetime) -> str:
    """Write an aware time as the ledger does: UTC, six digits, `Z`.

    >>> rfc3339_micros(datetime(2026, 11, 23, 13, 10, tzinfo=UTC))
    '2026-11-23T13:10:00.000000Z'
    """
    if at.tzinfo is None:
        raise Unreadable(f"{at.isoformat()} has no offset; a record takes aware times only")
    return at.astimezone(UTC).isoformat(timespec="microseconds")[:26] + "Z"


def plain(value: object) -> JSON:
    """Turn a value into one that JSON keeps exactly, so that it is read back as it was sealed.

    Numbers beyond 53 bit and Decimals become text, 1.0 is 1, times RFC 3339 in UTC, tuples lists.
    Raises Unreadable for NaN, infinities, lone surrogates, keys that are not text and other types.

    >>> plain({"at": datetime(2026, 11, 23, tzinfo=UTC), "n": (2**60, 7)})
    {'at': '2026-11-23T00:00:00.000000Z', 'n': ['1152921504606846976', 7]}
    """
    return _plain(value, MAX_DEPTH)


def _plain(value: object, depth: int) -> JSON:
    kind = type(value)
    if kind is str:
        return value if value.isascii() else _text(value)  # type: ignore[attr-defined, arg-type, return-value]
    if kind is bool or value is None:
        return value  # type: ignore[return-value]
    if kind is int:
        return value if -SAFE_INTEGER <= value <= SAFE_INTEGER else str(value)  # type: ignore[operator, return-value]
    if depth == 0:
        raise Unreadable(f"a value nested deeper than {MAX_DEPTH} levels cannot stand in a record")
    if isinstance(value, (dict, Mapping)):  # dict first: asking an abstract class is slow
        below = depth - 1
        return {
            key if type(key) is str and key.isascii() else _key(key): _plain(item, below)
            for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        below = depth - 1
        return [_plain(item, below) for item in value]
    return _scalar(value, depth)


def _scalar(value: object, depth: int) -> JSON:
    if isinstance(value, float):
        return _float(float(value))
    if isinstance(value, Enum):
        return _plain(value.value, depth - 1)
    if isinstance(value, str):
        return _text(str(value))
    if isinstance(value, int):
        return _plain(int(value), depth)
    if isinstance(value, datetime):
        return rfc3339_micros(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal) and value.is_finite():
        return str(value)
    raise Unreadable(f"{str(value)[:60]!r} ({type(value).__name__}) cannot stand in a record")


def _float(value: float) -> JSON:
    if not math.isfinite(value):
        raise Unreadable(f"{value} cannot stand in a record: JSON has no such number")
    # 1e16 is written 10000000000000000 and read back as an integer over 53 bit; 1.0 is written 1, and so kept.
    if abs(value) > SAFE_INTEGER:
        return repr(value)
    return int(value) if value.is_integer() else value


def _text(value: str) -> str:
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as exc:
            raise Unreadable(f"{value[:60]!r} cannot stand in a record: half a character in it") from exc
    return value


def _key(key: object) -> str:
    if isinstance(key, str):
        return _text(key.value if isinstance(key, Enum) else str(key))
    raise Unreadable(f"{str(key)[:60]!r} ({type(key).__name__}) cannot be a key in a record: keys are text")


def unique_keys(pairs: list[tuple[str, JSON]]) -> dict[str, JSON]:
    """Make an object of what a JSON decoder found, as its `object_pairs_hook`; no key may stand twice."""
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise Unreadable(f"the key {twice[:60]!r} stands twice in one object")
    return found
