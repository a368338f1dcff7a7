"""Hide: what a turn gave back and what it left in its folder, with names where values of secrets stood."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import field
from datetime import datetime
from itertools import count
from typing import TYPE_CHECKING

from fleet.core.frozen import dataclass
from fleet.core.names import out_path
from fleet.core.redact import MARK, names_along
from fleet.core.result import Result, from_json, to_json
from fleet.errors import Broken, Unreadable
from fleet.runtime.desk import PROGRAM_DEPTH_MAX, PROGRAM_FILES_MAX, PROGRAM_MAX
from fleet.runtime.secrets import SPREAD_MAX
from fleet.store.lines import pieces
from fleet.store.trouble import FileTrouble, shown

if TYPE_CHECKING:
    from fleet.runtime.fleet import Fleet

EMITTED = "emit.jsonl"
LOOKED_MAX = 256 * 1024 * 1024
"""Bytes of what a turn left that are looked through for secrets, while nothing else is done.

With ten secrets 256 MB of plain text take some 2 s of a processor. What is made of parts of a secret takes
0.1 to 0.7 s for each MB, and 1 to 3 s where all ten begin with the same 60 letters and it is full of those.
"""
LOOK_S = 10.0
"""Nor longer than this, if it is made so that looking takes long: then the turn fails, and what is left is told."""
TOO_LONG = f"took over {LOOK_S:g} s to be looked through for secrets; look at it and remove it"
ENTRIES_MAX = 2 * PROGRAM_FILES_MAX


@dataclass(frozen=True, slots=True)
class Left:
    """What was found in what a turn left: the files that held secrets and no longer do, and what fails the turn."""

    held: dict[str, tuple[str, ...]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    """What could not be looked through or held a value where no name can stand instead, each in words."""
    looked: list[int] = field(default_factory=list)
    """Bytes of each file that was looked through."""
    until_s: float = 0.0
    """When, by the clock's elapsed time, no more is looked through."""

    def joined(self, other: Left) -> Left:
        """Give both as one."""
        faults = [*dict.fromkeys((*self.faults, *other.faults))]
        return Left({**self.held, **other.held}, faults)


def hidden_result(fleet: Fleet, result: Result, raw: bytes, now: datetime) -> Result:
    """Give a result without values of secrets. Raises Unreadable where a name cannot stand instead of one.

    What was printed (`raw`) is looked at too: a value that is spread over keys is not to be found in the fields.
    """
    secrets = fleet.secrets
    if secrets.redactor() is None:
        return result
    given = to_json(result)
    shown = secrets.json(given)
    named = set(MARK.findall(str(shown))) if shown is not given else set()
    spread = [name for name in secrets.names_in(raw) if f"[secret {name}]" not in named]
    if spread:
        raise Unreadable(f"it holds the secret {', '.join(spread)}, spread over its keys")
    if shown is given:
        return result
    try:
        return from_json(shown, now)
    except Unreadable as exc:
        names = ", ".join(sorted(one[len("[secret ") : -1] for one in named))
        raise Unreadable(
            f"it holds the secret {names} where no text can stand: {secrets.text(exc.why)}"
        ) from None


def shown_in(result: Result | None) -> tuple[str, ...]:
    """Name the secrets that a result had."""
    return _marked(str(to_json(result)).encode()) if result is not None else ()


def _marked(plain: bytes) -> tuple[str, ...]:
    """Name the secrets whose names stand in a text."""
    found = MARK.findall(plain.decode("utf-8", "replace"))
    return tuple(dict.fromkeys(one[len("[secret ") : -1] for one in found))


def clean_out(fleet: Fleet, seat: str, turn: str) -> Left:
    """Take values of secrets out of the files that a turn left, and out of their names."""
    if fleet.secrets.redactor() is None:
        return Left()
    left = Left(until_s=fleet.clock.elapsed() + LOOK_S)
    folder = out_path(seat, turn)
    folders, looked = [folder], 0
    while folders:
        here = folders.pop()
        for name in _names(fleet, here, left):
            looked += 1
            if fleet.clock.elapsed() > left.until_s:
                left.faults.append(f"{folder} {TOO_LONG}")
                return left
            if looked > ENTRIES_MAX:
                left.faults.append(f"{folder} has over {ENTRIES_MAX:,} files, more than fleet looks through")
                return left
            below = _entry(fleet, folder, f"{here}/{name}", left)
            if below and below.count("/") < PROGRAM_DEPTH_MAX:
                folders.append(below)
            elif below:
                left.faults.append(f"{shown(below)} lies deeper than fleet looks")
    return left


def _names(fleet: Fleet, folder: str, left: Left) -> list[str]:
    try:
        return fleet.files.names(folder)
    except (FileTrouble, Broken) as exc:
        left.faults.append(fleet.secrets.text(str(exc)))
        return []


def _entry(fleet: Fleet, folder: str, path: str, left: Left) -> str:
    """Look at one name and what is behind it; gives the path of a folder that is to be looked through."""
    try:
        path = _renamed(fleet, folder, path, left)
        stat = fleet.files.stat(path)
        if stat is None:
            return ""
        if stat.kind == "folder":
            return path
        if stat.kind == "link":
            _link(fleet, path, left)
        elif stat.kind == "file":
            _file(fleet, path, stat.size, left)
    except (FileTrouble, Broken, OSError) as exc:
        left.faults.append(f"{fleet.secrets.text(str(exc))}. So it was not looked through for secrets")
    return ""


def _renamed(fleet: Fleet, folder: str, path: str, left: Left) -> str:
    """Give what lies there a name that holds no value; says under which path it lies now."""
    names = fleet.secrets.names_in(os.fsencode(path[len(folder) + 1 :]))
    if not names:
        return path
    above, taken = os.path.dirname(path), fleet.files.names(os.path.dirname(path))
    plain = f"secret-{names[0]}"
    new = next(one for n in count(1) if (one := plain if n == 1 else f"{plain}-{n}") not in taken)
    fleet.files.move(path, f"{above}/{new}")
    left.faults.append(
        f"the name of {shown(above)}/{new} held the secret {', '.join(names)}: it had another name"
    )
    return f"{above}/{new}"


def _link(fleet: Fleet, path: str, left: Left) -> None:
    """Remove a link that points at a name with a value in it."""
    names = fleet.secrets.names_in(os.fsencode(os.readlink(os.path.join(fleet.files.root, path))))
    if names:
        fleet.files.unlink(path)
        left.faults.append(f"the link {shown(path)} held the secret {', '.join(names)}, and was removed")


def _file(fleet: Fleet, path: str, size: int, left: Left) -> None:
    if size <= LOOKED_MAX < sum(left.looked) + size:
        why = f"and what was found before it have over {LOOKED_MAX >> 20} MB, and that is what fleet looks through"
        left.faults.append(f"{shown(path)} {why} for secrets; remove what is too much")
        return
    left.looked.append(min(size, LOOKED_MAX))
    if size > PROGRAM_MAX:
        _big_file(fleet, path, size, left)
        return
    names = _along(fleet, path, size, left)
    raw = fleet.files.read(path, limit=PROGRAM_MAX) if names or size <= SPREAD_MAX else b""
    is_json = path.endswith(f"/{EMITTED}") or raw.lstrip()[:1] in (b"{", b"[")
    plain = fleet.secrets.spread(raw) if is_json else fleet.secrets.hide(raw) if names else raw
    if plain != raw:
        fleet.files.publish(path, plain)
        if not path.endswith(f"/{EMITTED}"):
            left.held[path] = names or _marked(plain)


def _big_file(fleet: Fleet, path: str, size: int, left: Left) -> None:
    """Look through a file in pieces; one that holds a value is not written anew, but removed."""
    if size > LOOKED_MAX:
        why = f"has {size >> 20} MB, and fleet looks through {LOOKED_MAX >> 20} MB for secrets"
        left.faults.append(f"{shown(path)} {why}; look at it and remove it, and keep such files in work/")
        return
    names = _along(fleet, path, size, left)
    if names:
        fleet.files.unlink(path)
        left.faults.append(f"{shown(path)} held the secret {', '.join(names)}, and was removed")


def _along(fleet: Fleet, path: str, size: int, left: Left) -> tuple[str, ...]:
    """Name the secrets in a file, a piece after the other while there is time; what is cut off fails the turn."""
    redactor = fleet.secrets.redactor()
    assert redactor is not None  # else nothing is looked through
    reading = fleet.files.reading(path)

    def in_time() -> Iterator[bytes]:
        for piece in pieces(reading, size):
            if fleet.clock.elapsed() > left.until_s:
                left.faults.append(f"{shown(path)} {TOO_LONG}")
                return
            yield piece

    try:
        return names_along(redactor, in_time())
    finally:
        reading.close()


def say_held(held: Mapping[str, tuple[str, ...]]) -> str:
    """Say which files held which secrets."""
    return "; ".join(f"{shown(path)} held the secret {', '.join(names)}" for path, names in held.items())
