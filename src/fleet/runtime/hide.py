"""Hide: what a turn gave back and what it left in its folder, with names where values of secrets stood."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from fleet.core.names import out_path
from fleet.core.redact import MARK
from fleet.core.result import Result, from_json, to_json
from fleet.errors import Broken, Unreadable
from fleet.runtime.desk import PROGRAM_MAX
from fleet.store.trouble import FileTrouble

if TYPE_CHECKING:
    from fleet.runtime.fleet import Fleet

EMITTED = "emit.jsonl"


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
    found = MARK.findall(str(to_json(result))) if result is not None else ()
    return tuple(dict.fromkeys(one[len("[secret ") : -1] for one in found))


def clean_out(fleet: Fleet, seat: str, turn: str) -> Mapping[str, tuple[str, ...]]:
    """Take values of secrets out of the files that a turn left; gives those files, each with the secrets it held.

    What cannot be read or written is passed over here: it cannot be frozen either, so nothing sends it.
    """
    if fleet.secrets.redactor() is None:
        return {}
    held: dict[str, tuple[str, ...]] = {}
    with contextlib.suppress(FileTrouble):
        for path in fleet.desk.under(out_path(seat, turn)):
            with contextlib.suppress(FileTrouble, Broken):
                raw = fleet.files.read(path, limit=PROGRAM_MAX)
                names = fleet.secrets.names_in(raw)
                if names:
                    fleet.files.publish(path, fleet.secrets.hide(raw))
                    if not path.endswith(f"/{EMITTED}"):
                        held[path] = names
    return held


def say_held(held: Mapping[str, tuple[str, ...]]) -> str:
    """Say which files held which secrets."""
    return "; ".join(f"{path} held the secret {', '.join(names)}" for path, names in held.items())
