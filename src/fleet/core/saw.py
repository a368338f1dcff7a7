"""Saw: what lay on disk when an action was judged, as its verdict's record keeps it, and back.

Of all that a verdict is made from only this is in no other record. It is small: what was as it should be is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from fleet.core.action import Action
from fleet.core.case import Case, Owned, Sight
from fleet.core.codec import Json
from fleet.core.record import Draft

KEY = "sight"
"""Under which a verdict's record has it. Records of versions that kept none lack the key."""


def noted(draft: Draft, case: Case) -> Draft:
    """Give the draft of a verdict with what was seen on disk for it."""
    return replace(draft, data={**draft.data, KEY: kept(case.sight, case.action)})


def kept(sight: Sight, action: Action) -> dict[str, Json]:
    """Give what a record keeps of a sight.

    `owned` are the subjects that a table was asked for, `faults` the state files that are not those that were
    published, `files` those of the action that are not as they were offered: their hash, null if not to be read.
    """
    owned = [_row(one) for one in sight.owned.values() if one.path or one.why]
    files = {path: sight.files.get(path) for path, offered in action.files.items()}
    changed = {path: now for path, now in files.items() if now != action.files[path]}
    found = {"owned": owned, "faults": dict(sight.faults), "files": changed}
    return {key: value for key, value in found.items() if value}


def _row(owned: Owned) -> dict[str, Json]:
    row = {
        "subject": owned.subject,
        "of": list(owned.owner),
        "file": owned.path,
        "sha256": owned.sha256,
        "why": owned.why,
    }
    return {key: value for key, value in row.items() if value}


def seen(data: Mapping[str, Any], action: Action) -> Sight | None:
    """Give back the sight that a verdict's record keeps; None if it keeps none, as those of older versions."""
    if KEY not in data:
        return None
    found = data[KEY]
    owned = {one.subject: one for one in owned_in(data)}
    files = {path: sha for path, sha in {**action.files, **found.get("files", {})}.items() if sha is not None}
    return Sight(faults=dict(found.get("faults", {})), owned=owned, files=files)


def owned_in(data: Mapping[str, Any]) -> list[Owned]:
    """Give what tables said of subjects, as a verdict's record keeps it."""
    return [_owned(row) for row in data.get(KEY, {}).get("owned", ())]


def _owned(row: Mapping[str, Any]) -> Owned:
    return Owned(
        row["subject"],
        tuple(row.get("of", ())),
        row.get("why", ""),
        row.get("file", ""),
        row.get("sha256", ""),
    )
