"""Trouble with one file, sorted so that it can be set aside and block no other.

    FileTrouble (Unreadable)   what one file has, so that it can be set aside and block no other
    ├── BadPath                the path leaves the folder, or cannot be a path
    ├── Missing                nothing is there
    ├── Exists                 something is there already, and nothing is overwritten
    ├── NotRegular             a link, folder, pipe, socket or device where a file should be
    ├── TooBig                 over the limit the reader set
    └── Denied                 its permissions forbid it

What the machine has (a full disk, a failing one, no descriptors left) is `Broken`.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from fleet.errors import Broken, Unreadable


class FileTrouble(Unreadable):
    """One file, at `path`, cannot be used."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"{shown(path)}: {why}")
        self.path = path


class BadPath(FileTrouble):
    """The path leaves the fleet folder, or cannot be a path."""


class Missing(FileTrouble):
    """Nothing is there."""


class Exists(FileTrouble):
    """Something is there already."""


class NotRegular(FileTrouble):
    """Not a regular file: a link, folder, pipe, socket or device."""


class TooBig(FileTrouble):
    """The file is over the limit its reader set."""


class Denied(FileTrouble):
    """The permissions forbid it."""


def shown(path: str) -> str:
    """Return a path as it can be printed: odd bytes and control characters escaped."""
    return path if path.isprintable() else ascii(path)[1:-1]


@contextmanager
def translated(path: str, what: str) -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        raise_for(path, what, exc)


def raise_for(path: str, what: str, exc: OSError, *, denied: type[Broken | Denied] = Denied) -> NoReturn:
    reason = exc.strerror or str(exc)
    if exc.errno in (errno.ENOENT, errno.ENOTDIR):
        raise Missing(path, f"{what}: nothing is there") from exc
    if exc.errno in (errno.ELOOP, errno.ENXIO, errno.EISDIR, errno.ENODEV):
        raise NotRegular(path, f"{what}: it is a link, folder, pipe, socket or device") from exc
    if exc.errno == errno.ENAMETOOLONG:
        raise BadPath(path, f"{what}: the name is too long") from exc
    if exc.errno in (errno.EACCES, errno.EPERM) and denied is Denied:
        raise Denied(path, f"{what}: its permissions forbid it ({reason}); chmod or chown it") from exc
    raise Broken(
        f"{shown(path)}: {what}: {reason}; nothing of it counts. Mend it: fleet tries again."
    ) from exc
