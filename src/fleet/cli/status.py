"""`fleet status`: every seat in one list, or one seat in full."""

from __future__ import annotations

from typing import Annotated

from fleet.cli.flags import Flags
from fleet.cli.overview import show_status
from fleet.cli.takes import argument, option
from fleet.errors import Typed


def status(
    flags: Flags,
    *,
    seats: Annotated[
        list[str] | None, argument(metavar="SEAT...", help="These in full.", show_default=False)
    ] = None,
    watch: Annotated[bool, option("--watch", help="Show it again as it changes, until Ctrl-C.")] = False,
    exit_code: Annotated[bool, option("--exit-code", help="Exit 1 if there is trouble.")] = False,
) -> int:
    """Show every seat, or those named in full; exits 3 if no daemon runs, and says what the files say."""
    if watch and exit_code:
        raise Typed("status --watch --exit-code: it ends by Ctrl-C alone, so give one of them")
    if watch:
        from fleet.cli.watch import watch as go_on

        return go_on(flags, seats or ())
    return show_status(flags, seats or (), exit_code=exit_code)
