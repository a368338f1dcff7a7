"""Complete: what a shell offers for a name that is half typed: seats, and ids of what waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from fleet.cli.flags import Flags
from fleet.errors import FleetError

if TYPE_CHECKING:
    from fleet.runtime.view import View


def seats(ctx: typer.Context, incomplete: str) -> list[str]:
    """Offer the seats of the fleet."""
    view = _view(ctx)
    return _begun(list(view.chart.seats) if view is not None else [], incomplete)


def pausable(ctx: typer.Context, incomplete: str) -> list[str]:
    """Offer what can be paused: seats that an agent holds, kinds of action, what is claimed or paused."""
    view = _view(ctx)
    if view is None:
        return []
    agents = (name for name, seat in view.chart.seats.items() if seat.holder.is_agent)
    return _begun([*agents, *view.chart.actions, *view.account.pauses, *view.account.claimed], incomplete)


def waiting(ctx: typer.Context, incomplete: str) -> list[str]:
    """Offer the actions that wait for a person."""
    from fleet.core.card import unknown
    from fleet.core.card import waiting as asked

    view = _view(ctx)
    found = [*asked(view.account), *unknown(view.account)] if view is not None else []
    return _begun([action.id for action in found], incomplete)


def open_actions(ctx: typer.Context, incomplete: str) -> list[str]:
    """Offer the actions that are open."""
    view = _view(ctx)
    return _begun(list(view.account.docket.actions) if view is not None else [], incomplete)


def things(ctx: typer.Context, incomplete: str) -> list[str]:
    """Offer seats and the ids of what is open."""
    view = _view(ctx)
    if view is None:
        return []
    account = view.account
    turns = [past.last.turn for past in account.seats.values() if past.last is not None]
    return _begun(
        [*view.chart.seats, *account.docket.actions, *account.mail, *account.matters, *turns], incomplete
    )


def _begun(names: list[str], incomplete: str) -> list[str]:
    return [name for name in dict.fromkeys(names) if name.startswith(incomplete)]


def _view(ctx: typer.Context) -> View | None:
    """Open the fleet that the words before lead to; where there is none, nothing is offered and nothing said."""
    from fleet.cli.ask import open_view

    outer = ctx.parent.params if ctx.parent is not None else {}
    try:
        return open_view(Flags(directory=ctx.params.get("directory") or outer.get("directory") or ""))
    except (FleetError, OSError):
        return None
