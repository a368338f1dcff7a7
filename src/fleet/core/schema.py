"""Schema: fleet.yaml as JSON Schema, made of the table of its keys, for editors."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from fleet.core.codec import Json
from fleet.core.read.grammar import AGENTS, GRAMMARS, say_kind
from fleet.core.read.key import Each, Either, Key, Keys, Kind, Some, Word
from fleet.core.read.keys import FLEET

DRAFT = "https://json-schema.org/draft/2020-12/schema"

Read = Callable[[str], dict[str, Json]]
"""Reads one line of YAML; the examples are values in a schema, and lines in the table."""

_TRUTH = {"yes": True, "no": False, "on": True, "off": False}


def chart_schema(read: Read) -> dict[str, Json]:
    """Make the schema of fleet.yaml and of the files that it includes."""
    maps = {_name(keys): _map(keys, read) for keys in _maps(FLEET)}
    whole = maps.pop(_name(FLEET))
    return {
        "$schema": DRAFT,
        "$comment": "Made by `fleet explain schema` from the table that fleet itself reads by.",
        "title": "fleet.yaml",
        **whole,
        "$defs": maps,
    }


def schema_text(read: Read) -> str:
    """Write the schema as the file that stands beside a fleet.yaml."""
    return json.dumps(chart_schema(read), ensure_ascii=False, indent=1) + "\n"


def _maps(keys: Keys) -> Iterator[Keys]:
    """List a kind of map and all that stand in it, some of them perhaps twice."""
    yield keys
    for row in keys.table:
        yield from _within(row.kind)


def _within(kind: Kind) -> Iterator[Keys]:
    match kind:
        case Keys():
            yield from _maps(kind)
        case Each(value=value):
            yield from _within(value)
        case Some(item):
            yield from _within(item)
        case Either(kinds):
            for one in kinds:
                yield from _within(one)


def _name(keys: Keys) -> str:
    return keys.where.replace(" ", "-")


def _map(keys: Keys, read: Read) -> dict[str, Json]:
    schema: dict[str, Json] = {
        "type": "object",
        "properties": {row.name: _property(row, read) for row in keys.table},
        "additionalProperties": False,
    }
    if always := [row.name for row in keys.table if row.needed == "always"]:
        schema["required"] = always
    if agents := [row.name for row in keys.table if row.needed == "of an agent"]:
        schema["dependentRequired"] = dict.fromkeys(AGENTS, agents)
    return schema


def _property(row: Key, read: Read) -> dict[str, Json]:
    parts = [row.means]
    if row.left_out:
        parts.append(f"Left out: {row.left_out}.")
    if row.loosens:
        parts.append(f"Waits for fleet apply: {row.loosens}.")
    return {"description": " ".join(parts), "examples": [read(row.example)[row.name]], **_value(row.kind)}


def _value(kind: Kind) -> dict[str, Json]:
    match kind:
        case Keys():
            return {"$ref": f"#/$defs/{_name(kind)}"}
        case Word(words):
            truth = [_TRUTH[word] for word in words if word in _TRUTH]
            also = ["true", "false"] if "yes" in words else []
            return {"enum": [*words, *also, *truth], "errorMessage": f"not {say_kind(kind)}"}
        case Some(item):
            return _some(_value(item))
        case Each(name=name, value=value):
            pattern = GRAMMARS[name].schema["pattern"]
            return {
                "type": "object",
                "patternProperties": {pattern: _value(value)},
                "additionalProperties": False,
            }
        case Either(kinds):
            return {"anyOf": [_value(one) for one in kinds]}
        case _:
            return GRAMMARS[kind].schema


def _some(item: dict[str, Json]) -> dict[str, Json]:
    """One item or a list; as one rule where a pattern says it, since editors tell a mistake in it better."""
    given = item.get("type", ())
    types = [given] if isinstance(given, str) else list(given)
    if "pattern" in item and "array" not in types:
        return {**item, "type": [*types, "array"], "items": item}
    return {"anyOf": [item, {"type": "array", "items": item}]}
