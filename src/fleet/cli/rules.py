"""`fleet rules`: the rules of a fleet, and what they would have said of what has happened."""

from __future__ import annotations

from fleet.cli.flags import Flags
from fleet.errors import Typed


def rules(flags: Flags) -> int:
    """Try the rules."""
    raise Typed("say what to do with the rules: fleet rules backtest")
