"""Sizes of memory: `512MB`, `2GB`."""

from __future__ import annotations

import re

from fleet.errors import Unreadable

LEAST = 16 << 20
"""Bytes. In less than this hardly any program starts."""
_SIZE = re.compile(r"([1-9][0-9]{0,5}) ?(MB|GB)")
_BYTES = {"MB": 1 << 20, "GB": 1 << 30}
_LIKE = re.compile(r"([1-9][0-9]{0,5}) ?([mg])(?:i?b)?", re.IGNORECASE)


def read_size(text: str) -> int:
    """Read a size, in bytes. Raises Unreadable.

    >>> read_size("2GB")
    2147483648
    """
    found = _SIZE.fullmatch(text)
    if found is None:
        like = _LIKE.fullmatch(text)
        tries = (f"{like[1]}{like[2].upper()}B",) if like else ("2GB",)
        raise Unreadable("a size is a whole number with MB or GB", end=len(text), suggestions=tries)
    size = int(found[1]) * _BYTES[found[2]]
    if size < LEAST:
        raise Unreadable("too little for any program", end=len(text), suggestions=(say_size(LEAST),))
    return size


def say_size(size: int) -> str:
    """Spell a size as it is read.

    >>> say_size(512 << 20), say_size(2 << 30)
    ('512MB', '2GB')
    """
    return f"{size >> 30}GB" if size % (1 << 30) == 0 else f"{size >> 20}MB"
