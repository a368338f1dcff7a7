"""Shapes: the JSON Schema of what each verb prints under --json, as it lies in the package."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import fleet

FOLDER = Path(fleet.__file__).parent / "schemas"
NAME = re.compile(r"(?:fleet\.)?([a-z]+)(?:/1)?")


def schemas() -> list[str]:
    """List the names of all schemas, as `fleet.status/1`."""
    return sorted(f"fleet.{file.stem}/1" for file in FOLDER.glob("*.json"))


def schema_of(name: str) -> dict[str, Any] | None:
    """Give the schema of a verb, as `status` or `fleet.status/1`; None if there is none of that name."""
    found = NAME.fullmatch(name)
    file = FOLDER / f"{found[1]}.json" if found is not None else None
    if file is None or not file.is_file():
        return None
    schema: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return schema
