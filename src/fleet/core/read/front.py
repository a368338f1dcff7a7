"""Front matter: how plain values are spelled in the files of a fleet, so that reading gives them back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any

from fleet.errors import Unreadable

Plain = Any
"""What front matter holds: None, bool, int, float, str, and lists and dicts of such."""

DEEPEST = 64  # maps and lists inside each other: docs/files.md, "Bounds"
LONGEST_KEY = 1024  # characters between the start of a key and its ':', by the YAML specification
DIGITS = 17  # significant digits that a float gives back as they were

_INTEGER = re.compile(r"-?[1-9][0-9]{0,18}|0")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+(?:e[+-][0-9]{2,3})?|-?[1-9]e[+-][0-9]{2,3}")
# What may stand without quotes: in a block, and in a list or map on one line.
_START = r"(?:[^\W_]|[$/(+._]|-(?=[^\W_]|[$.]))"
_BLOCK_PLAIN = re.compile(_START + r"(?:[^:# ]|:(?! |$)|#(?<! #)| (?![ ]*$))*")
_FLOW_PLAIN = re.compile(_START + r"(?:[^:# ,\[\]{}?]|#(?<! #)| (?![ ]*$))*")
_NUMBER_LIKE = re.compile(r"[-+]?(?:[0-9._]+(?:[eE][-+]?[0-9]*)?|0[xob][0-9a-fA-F]*)")
_ESCAPES = {"\n": "\\n", "\t": "\\t", "\r": "\\r", "\0": "\\0"}
_WORDS: dict[str, Plain] = {"true": True, "false": False, "null": None, "": None}


def write_plain(value: Mapping[str, Plain], *, flow_from_depth: int = 1) -> str:
    """Write front matter that `read_plain` reads back exactly, keys in their order.

    Maps above `flow_from_depth` are blocks, what lies below stands on one line; a list of maps gives
    each its own line. Raises Unreadable for what front matter cannot hold: NaN, integers over 64 bit,
    lone surrogates.

    >>> print(write_plain({"at": "10:00", "items": [{"n": 1}], "off": []}), end="")
    at: 10:00
    items:
      - {n: 1}
    off: []
    """
    if not value:
        return "{}\n"
    return "".join(f"{line}\n" for line in _block(value, flow_from_depth))


def plain_word(text: str) -> Plain:
    """What an unquoted scalar means; a number that would not survive stays text."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text) if -(2**63) <= int(text) < 2**63 else text
    if _DECIMAL.fullmatch(text) and len(text.split("e")[0].lstrip("-0.").replace(".", "")) <= DIGITS:
        number = float(text)
        return number if isfinite(number) else text
    return text


def _block(value: Mapping[str, Plain], levels: int, indent: str = "") -> Iterator[str]:
    """The lines of a map, `levels` of maps deep."""
    line_end = "\n"
    for key, inner in value.items():
        head = f"{indent}{_key(key, before_colon=line_end + indent)}:"
        if isinstance(inner, Mapping) and inner and levels > 1:
            yield head
            yield from _block(inner, levels - 1, indent + "  ")
        elif isinstance(inner, (list, tuple)) and any(isinstance(i, (Mapping, list, tuple)) for i in inner):
            yield head
            yield from (f"{indent}  - {_flow(item, 2)}" for item in inner)
        elif isinstance(inner, str):
            yield f"{head} {_text(inner, _BLOCK_PLAIN)}"
        else:
            yield f"{head} {_flow(inner, 1)}"


def _flow(value: Plain, depth: int) -> str:
    """A value on one line."""
    if isinstance(value, str):
        return _text(value, _FLOW_PLAIN)
    if isinstance(value, (Mapping, list, tuple)) and depth >= DEEPEST:
        raise Unreadable(f"more than {DEEPEST} maps and lists inside each other")
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(k)}: {_flow(v, depth + 1)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_flow(v, depth + 1) for v in value) + "]"
    return _number(value)


def _number(value: Plain) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise Unreadable("an integer over 64 bit; write it as text")
    if isinstance(value, float) and not isfinite(value):
        raise Unreadable(f"{value} is no number that can be written")
    if not isinstance(value, (int, float)):
        raise TypeError(f"front matter cannot hold {type(value).__name__}")
    return repr(value)


def _key(key: str, *, before_colon: str = "") -> str:
    """A key; one too long to stand before its ':' is announced by '? ' and may need a line of its own."""
    written = _text(key, _FLOW_PLAIN)
    return written if len(written) <= LONGEST_KEY else f"? {written}{before_colon}"


def _text(text: str, plain: re.Pattern[str]) -> str:
    """A text as it is if that is read back as the same text, else in double quotes."""
    if (
        plain.fullmatch(text)
        and text.isprintable()
        and not _NUMBER_LIKE.fullmatch(text)
        and text not in _WORDS
    ):
        return text
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(char: str) -> str:
    if char.isprintable():
        return f"\\{char}" if char in '"\\' else char
    code = ord(char)
    if 0xD800 <= code < 0xE000:
        raise Unreadable(f"the text holds half a character, U+{code:04X}")
    if char in _ESCAPES:
        return _ESCAPES[char]
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
