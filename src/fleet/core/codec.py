"""Turns frozen dataclasses into JSON values and back: how a checkpoint holds what is open."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Callable, Hashable, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, TypeVar, get_args, get_origin

T = TypeVar("T")
Json = Any
"""A JSON value: None, bool, int, float, str, list or dict of such."""


def to_plain(value: object) -> Json:
    """Turn a value made of dataclasses, tuples, dicts and times into JSON; fields at their default are left out."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            name: to_plain(held)
            for name, default in _defaults(type(value))
            if not _same(held := getattr(value, name), default)
        }
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Mapping):
        return {str(k): to_plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_plain(v) for v in value]
    return value


@lru_cache(maxsize=256)
def _defaults(kind: type) -> tuple[tuple[str, object], ...]:
    fields = dataclasses.fields(kind)
    return tuple(
        (f.name, f.default_factory() if f.default_factory is not dataclasses.MISSING else f.default)
        for f in fields
    )


def _same(held: object, default: object) -> bool:
    # 0 equals False and 1.0 equals 1, but they are not the same JSON.
    return type(held) is type(default) and held == default


def from_plain(kind: type[T], value: Json) -> T:
    """Turn what `to_plain` gave back into `kind`; raises KeyError, TypeError or ValueError on anything else."""
    return typing.cast(T, _reader(typing.cast(Hashable, kind))(value))


@lru_cache(maxsize=256)
def _reader(kind: Any) -> Callable[[Json], object]:
    origin, args = get_origin(kind), get_args(kind)
    if origin in (typing.Union, types.UnionType):
        inner = _reader(next(a for a in args if a is not type(None)))
        return lambda v: None if v is None else inner(v)
    if origin is tuple:
        item = _reader(args[0])
        return lambda v: tuple(item(x) for x in v)
    if origin in (dict, Mapping):
        entry = _reader(args[1])
        return lambda v: {k: entry(x) for k, x in v.items()}
    if kind is datetime:
        return datetime.fromisoformat
    if kind is timedelta:
        return lambda v: timedelta(seconds=v)
    if dataclasses.is_dataclass(kind):
        return _dataclass_reader(typing.cast(type, kind))
    return lambda v: v


def _dataclass_reader(kind: type) -> Callable[[Json], object]:
    hints = typing.get_type_hints(kind)

    def read(value: Json) -> object:
        return kind(**{k: _reader(hints[k])(v) for k, v in value.items()})

    return read


def when(value: Json) -> datetime | None:
    """Read a time out of a record; None stays None."""
    return datetime.fromisoformat(value) if value else None
