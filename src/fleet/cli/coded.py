"""Coded: what the code of a mistake means, as `fleet explain F310` prints it."""

from __future__ import annotations

from fleet.cli.answer import print_json
from fleet.cli.flags import Flags
from fleet.errors import Typed


def show_code(flags: Flags, code: str) -> int:
    """Print what a code means; raises Typed for one that is none, with the nearest."""
    from fleet.core.read.codes import CODES

    code = code.upper()
    if code not in CODES:
        raise Typed(f"there is no error code {code}")
    if flags.json:
        print_json("explain", {"code": code, "means": CODES[code]}, flags=flags)
    else:
        print(f"{code}: {CODES[code]}")
    return 0
