"""`fleet status`: every seat in one list, or one seat in full."""

from __future__ import annotations

from typing import Annotated

import typer

from fleet.cli import complete
from fleet.cli.flags import Flags
from fleet.cli.overview import show_status


def status(
    flags: Flags,
    *,
    seats: Annotated[
        list[str] | None, typer.Argument(metavar="SEAT...", show_default=False, autocompletion=complete.seats)
    ] = None,
) -> int:
    """Show every seat, or those named in full; exits 3 if no daemon runs, and says what the files say."""
    return show_status(flags, seats or ())
