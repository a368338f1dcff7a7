"""Answer: what a verb prints on stdout, as text or as one JSON object."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from fleet.cli.flags import Flags
from fleet.cli.terminal import is_utf8
from fleet.errors import ChartError, FleetError

TRIES = re.compile(
    r"(?:Did you mean:?|See:|[Bb]egin with:|[Aa]gain(?: with)?:|Go on with:|it with:|As:|[Tt]ry:?) ([^;?]+)"
)
"""What a message tells to try; its first words are always one of these."""


def revision_number(identity: str | None) -> int | None:
    """Give the number of a revision's id: 42 for r-42."""
    return int(identity.partition("-")[2]) if identity else None


def print_json(verb: str, data: object, *, flags: Flags, revision: str | None = None) -> None:
    """Print the one object of a verb's --json.

    `flags` lead to the fleet whose clock gives `at`; its ledger gives the revision, if none is named.
    """
    whole = {
        "schema": f"fleet.{verb}/1",
        "at": flags.now().isoformat(timespec="milliseconds"),
        "revision": revision_number(revision or _in_force(flags)),
        "data": data,
    }
    print(dumps(whole))


def print_error(exc: FleetError, directory: str) -> None:
    """Print the one object of a --json that could not be answered; what was wrong stands on stderr as well."""
    said = str(exc)
    tries = TRIES.search(said)
    data: dict[str, object] = {"code": exc.exit_code, "says": said, "try": tries[1] if tries else None}
    if isinstance(exc, ChartError):
        from fleet.cli.mistakes import as_json

        data["mistakes"] = [as_json(mistake) for mistake in exc.mistakes]
    print_json("error", data, flags=Flags(directory=directory if os.path.isdir(directory or ".") else ""))


def _in_force(flags: Flags) -> str | None:
    """Find the revision in force, if the flags lead to a fleet whose ledger can be read."""
    from fleet.store.files import Files
    from fleet.store.spot import revision_id

    root = flags.find()
    if root is None:
        return None
    try:
        files = Files(root)
    except FleetError:
        return None
    try:
        return revision_id(files)
    except FleetError:
        return None
    finally:
        files.close()


def dumps(value: object) -> str:
    """Write JSON on one line; times as RFC 3339. Where stdout takes ASCII alone, all else is escaped."""
    return json.dumps(value, ensure_ascii=not is_utf8(), default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Iterable):
        return list(value)
    return str(value)


def clean(text: object) -> str:
    """Make a text safe for a terminal's line: other people's control characters become blanks."""
    text = str(text)
    return (text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)).strip()


def get(data: Mapping[str, Any], *keys: str) -> Any:
    """Look a value up through nested mappings; None where a key is missing."""
    found: Any = data
    for key in keys:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found
