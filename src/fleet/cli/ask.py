"""Ask: gets a command carried out, by the daemon if there is one, else here under the fleet's lock."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fleet.cli.flags import Flags
from fleet.core.frozen import dataclass
from fleet.errors import Broken, FleetError, GroundMoved, NotRunning, Typed

if TYPE_CHECKING:
    from fleet.core.chart import Chart
    from fleet.core.mistake import Mistake
    from fleet.edge.socket import Caller
    from fleet.runtime.fleet import Fleet
    from fleet.runtime.view import View

PATIENCE_S = 5.0
"""How long to wait for a daemon that is starting, or for another command that has the lock."""
ANSWER_S = 2.0
"""How long a reading verb waits for the daemon before it reads the files itself."""
POLL_S = 0.05


def say_aside(flags: Flags, text: str) -> None:
    """Say something that is not the answer, on stderr."""
    if not flags.quiet:
        with contextlib.suppress(OSError):  # the terminal may be gone; what was to be done goes on
            print(text, file=sys.stderr, flush=True)


def has_daemon(exc: NotRunning) -> bool:
    """Say whether there was a daemon when this was raised: one that went away while it was asked."""
    return not isinstance(exc.__cause__, FileNotFoundError | ConnectionRefusedError)


def ask_daemon(
    flags: Flags, verb: str, args: Mapping[str, Any], wait_s: float | None = 10.0
) -> dict[str, Any]:
    """Ask the daemon; raises NotRunning if there is none, and what the daemon raised."""
    from fleet.edge.socket import ask

    answer: dict[str, Any] = ask(flags.root(), verb, dict(args), person=flags.person or None, wait_s=wait_s)
    return answer


def carry_out(flags: Flags, verb: str, args: Mapping[str, Any]) -> dict[str, Any]:
    """Have a command carried out; it is in the ledger when this returns."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            return ask_daemon(flags, verb, args)
        except NotRunning as exc:
            if has_daemon(exc):
                raise
        try:
            fleet, caller = _open(flags, verb)
        except GroundMoved:
            if time.monotonic() > deadline:
                raise
            time.sleep(POLL_S)
            continue
        answer = _here(fleet, verb, args, caller)
        say_aside(flags, "No daemon serves this fleet; what was changed is taken up by the next fleet up.")
        return answer


def _open(flags: Flags, verb: str) -> tuple[Fleet, Caller]:
    """Open the fleet here; raises GroundMoved while another process has it."""
    from fleet.edge.clock import clock_of
    from fleet.edge.socket import caller_of
    from fleet.runtime import command
    from fleet.runtime.recover import open_fleet

    root = flags.root()
    caller = caller_of(os.getuid(), flags.person or None, inside=is_inside(root))
    command.refuse_inside(verb, caller)  # before a folder is opened for it
    return open_fleet(root, clock_of(root)), caller


def is_inside(root: str) -> bool:
    """Say whether this is a program of a holder or an action, as far as it can be told from here."""
    from fleet.edge import tree

    return "FLEET_TURN" in os.environ or tree.caller_is_inside(os.getpid(), root)


def _here(fleet: Fleet, verb: str, args: Mapping[str, Any], caller: Caller) -> dict[str, Any]:
    from fleet.runtime import command

    try:
        answer = command.run(fleet, verb, args, caller, fleet.clock.now())
        fleet.settle()
    finally:
        fleet.close()
    return answer


@dataclass(frozen=True, slots=True)
class Look:
    """What a fleet looks like, and whether a daemon serves it."""

    data: dict[str, Any]
    running: bool


def look(flags: Flags) -> Look:
    """Give the overview: the daemon's, or what the files say where it does not answer."""
    try:
        return Look(ask_daemon(flags, "status", {}, wait_s=ANSWER_S), running=True)
    except NotRunning:
        return Look(_from_files(flags), running=False)
    except Broken as exc:
        say_aside(flags, f"fleet: {exc}. This is what the files say.")
        return Look({**_from_files(flags), "running": True, "stuck": str(exc)}, running=True)


def _from_files(flags: Flags) -> dict[str, Any]:
    from fleet.edge.socket import caller_of

    caller = caller_of(os.getuid(), flags.person or None, inside=False)
    return open_view(flags).status(flags.now(), caller)


def written_down(flags: Flags, root: str, chart: Chart, *, served: bool = True) -> tuple[Mistake, ...]:
    """Find the values of secrets in a chart that was read.

    What this process may not read the daemon knows, which is asked where the chart is `served` by it.
    """
    from fleet.core.mistake import Mistake, Place
    from fleet.runtime.secrets import Secrets

    secrets = Secrets(root, os.environ)
    found = secrets.written_down(chart)
    if found or not served or secrets.is_sure_of(chart) or root != flags.find():
        return found
    try:
        told = ask_daemon(flags, "written_down", {"files": list(chart.texts)}, wait_s=ANSWER_S)["mistakes"]
    except FleetError:
        return ()
    return tuple(Mistake("F225", Place(**one["place"]), one["what"]) for one in told)


def open_view(flags: Flags) -> View:
    """Open the fleet's files for reading."""
    from fleet.runtime.view import View

    return View.open(flags.root())


def seat_of(view: View, name: str) -> str:
    """Return the name if the fleet has or had such a seat; raises Typed with the nearest one."""
    from fleet.cli.meant import people_of, seats_of

    return check_seat(name, seats_of(view), people_of(view))


def check_seat(name: str, known: Sequence[str], people: Mapping[str, str] | None = None) -> str:
    """Return the name if it is one of those known; raises Typed with the nearest one, or the seat of that person."""
    if name in known:
        return name
    from fleet.cli.meant import no_seat

    raise no_seat(name, known, people)


def with_seat(
    flags: Flags, verb: str, seat: str, args: Mapping[str, Any], wait_s: float | None = 10.0
) -> Any:
    """Have a command about one seat carried out; an unknown seat is told with the nearest one.

    `wait_s` other than 10 needs a daemon.
    """
    from fleet.core.names import is_seat_id

    try:
        if not is_seat_id(seat):
            raise Typed(f"{seat[:60]!r} is not a seat")
        if wait_s != 10.0:
            return ask_daemon(flags, verb, args, wait_s)
        return carry_out(flags, verb, args)
    except Typed:
        seat_of(open_view(flags), seat)
        raise
