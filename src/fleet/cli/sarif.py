"""SARIF: mistakes in the form that code scanners exchange, version 2.1.0 (OASIS, 27 March 2020)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote

from fleet import __version__

if TYPE_CHECKING:
    from fleet.cli.source import Seen
    from fleet.core.mistake import Mend, Mistake, Place

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
ROOT = "%SRCROOT%"
"""What paths begin at: the top of the repository, which a reader of the report knows."""


def sarif(seen: Seen, path: Callable[[str], str]) -> dict[str, object]:
    """Give all that is wrong as one SARIF log; `path` leads from a file to the one in the repository."""
    codes = sorted({m.code for m in seen.mistakes})
    told = _Told(path, codes)
    driver = {"name": "fleet", "semanticVersion": _semantic(__version__), "version": __version__}
    run = {
        "tool": {"driver": {**driver, "rules": [_rule(code) for code in codes]}},
        "columnKind": "unicodeCodePoints",
        "artifacts": [{"location": told.artifact(name)} for name in seen.raws],
        "results": [told.result(m) for m in seen.mistakes],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _semantic(version: str) -> str:
    return version if version.count(".") >= 2 else f"{version}.0"


def _rule(code: str) -> dict[str, object]:
    from fleet.core.read.codes import CODES

    means = CODES[code]
    return {
        "id": code,
        "shortDescription": {"text": means},
        "help": {"text": f"{means}. `fleet explain {code}` says more, with an example."},
    }


class _Told:
    """What is told of each mistake, with the rules in a fixed order."""

    def __init__(self, path: Callable[[str], str], codes: Sequence[str]) -> None:
        self._path, self._codes = path, codes

    def artifact(self, file: str) -> dict[str, object]:
        return {"uri": quote(self._path(file)), "uriBaseId": ROOT}

    def result(self, m: Mistake) -> dict[str, object]:
        why = f": {m.why}" if m.why else ""
        tries = f" Try: {' | '.join(m.tries)}" if m.tries else ""
        out: dict[str, object] = {
            "ruleId": m.code,
            "ruleIndex": self._codes.index(m.code),
            "level": m.level,
            "message": {"text": f"{m.what}{why}.{tries}"},
            "locations": [self._location(m.place)],
        }
        if m.second is not None:
            second = {"id": 1, **self._location(m.second), "message": {"text": m.second_what or "see here"}}
            out["relatedLocations"] = [second]
        if m.mend is not None and m.mend.place.column:  # a region begins at column 1
            out["fixes"] = [self._fix(m.mend)]
        return out

    def _location(self, place: Place) -> dict[str, object]:
        where = {"artifactLocation": self.artifact(place.file), "region": _region(place)}
        return {"physicalLocation": where}

    def _fix(self, mend: Mend) -> dict[str, object]:
        new = {"deletedRegion": _region(mend.place), "insertedContent": {"text": mend.text}}
        change = {"artifactLocation": self.artifact(mend.place.file), "replacements": [new]}
        return {"description": {"text": f"Write {mend.text!r}"}, "artifactChanges": [change]}


def _region(place: Place) -> dict[str, int]:
    """A region; its end is not part of it, here as there."""
    return {
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
    }
