"""Coded: what is said at length of each code, with an example before and after; read only when asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fleet.core.coded.code import Code


def every_code() -> Mapping[str, Code]:
    """Give all codes, in their order."""
    # `check` and the daemon read this package's neighbours, and none of these texts.
    from fleet.core.coded import advice, file, keys, later, marked, phrases, proofs, rules, seats, tried

    parts = (
        file.CODES,
        seats.CODES,
        advice.CODES,
        proofs.CODES,
        later.CODES,
        marked.CODES,
        tried.CODES,
        rules.CODES,
        phrases.CODES,
        keys.CODES,
    )
    return {
        code.code: code
        for code in sorted((code for part in parts for code in part), key=lambda one: one.code)
    }
