"""`fleet wake`, `fleet pause`, `fleet resume`: give a seat a turn now, stop waking it, go on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from fleet.cli.answer import clean, print_json
from fleet.cli.ask import carry_out, with_seat
from fleet.cli.flags import Flags
from fleet.errors import Typed

SEAT = typer.Argument(metavar="SEAT", show_default=False)
BECAUSE = typer.Option("--because", metavar="TEXT", help="Why; it is recorded.")
PAUSED = 4


def wake(
    flags: Flags,
    *,
    seat: Annotated[str, SEAT],
    wait: Annotated[bool, typer.Option("--wait", help="End when the turn has ended.")] = False,
    because: Annotated[str, BECAUSE] = "",
) -> int:
    """Give a seat one turn now. With --wait: exits 0 done or empty, 1 failed, 4 paused."""
    args = {"seat": seat, "wait": wait, "because": because}
    answer = with_seat(flags, "wake", seat, args, None if wait else 10.0)
    if flags.json:
        print_json("wake", answer)
    elif not wait:
        print(f"{seat}: woken")
    else:
        print(_said(seat, answer))
    return _code(answer) if wait else 0


def _said(seat: str, answer: Mapping[str, Any]) -> str:
    outcome = answer.get("outcome") or "not run"
    says = answer.get("headline") or answer.get("why") or answer.get("reason") or ""
    return f"{seat}: {answer.get('turn') or 'no turn'} {outcome}  {clean(says)}".rstrip()


def _code(answer: Mapping[str, Any]) -> int:
    outcome = answer.get("outcome")
    if outcome in ("done", "empty"):
        return 0
    if outcome is None and str(answer.get("reason", "")).startswith("paused"):
        return PAUSED
    return 1


def pause(
    flags: Flags,
    *,
    seat: Annotated[str, SEAT] = "",
    everything: Annotated[bool, typer.Option("--all", help="The whole fleet.")] = False,
    because: Annotated[str, BECAUSE] = "",
) -> int:
    """Stop waking a seat, or all of them where none is named. It holds until resumed, restarts too."""
    return _stop_or_go(flags, "pause", seat, everything, because)


def resume(
    flags: Flags,
    *,
    seat: Annotated[str, SEAT] = "",
    everything: Annotated[bool, typer.Option("--all", help="The whole fleet.")] = False,
) -> int:
    """Go on waking a seat, or lift the pause of the whole fleet where none is named."""
    return _stop_or_go(flags, "resume", seat, everything, "")


def _stop_or_go(flags: Flags, verb: str, seat: str, everything: bool, because: str) -> int:
    if seat and everything:
        raise Typed(f"{verb} {seat} --all: name a seat, or --all, not both")
    args = {"seat": seat or None, "because": because}
    answer = with_seat(flags, verb, seat, args) if seat else carry_out(flags, verb, args)
    if flags.json:
        print_json(verb, answer)
    else:
        done = "paused" if verb == "pause" else "resumed"
        print(
            f"{seat or 'the whole fleet'}: {done if answer['changed'] else f'was {_already(verb)}; nothing changed'}"
        )
    return 0


def _already(verb: str) -> str:
    return "paused already" if verb == "pause" else "not paused"
