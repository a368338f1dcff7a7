"""A trial: one daemon run in a forked child, under a shim, to its end or its death."""

from __future__ import annotations

import asyncio
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

import apscheduler.executors.debug  # noqa: F401 - loaded once, before the forks
import apscheduler.schedulers.background  # noqa: F401
import apscheduler.triggers.date  # noqa: F401
from crash.shim import Shim, install

from fleet.edge.clock import Clock, SystemClock
from fleet.edge.socket import Caller
from fleet.runtime import command
from fleet.runtime import serve as serve_module
from fleet.runtime.recover import open_fleet
from fleet.runtime.serve import serve

FAILED = 70


class DeafWatch:
    """Hears nothing, so that all that happens comes from the daemon's own thread. The sweep finds mail."""

    def __init__(self, root: str, folders: list[str], ring: Callable[[str, bool], None]) -> None:
        del root, folders, ring

    def start(self) -> None:
        """Begin to hear nothing."""

    def stop(self) -> None:
        """Stop at once; the real one takes 0.4 s."""

    def alive(self) -> bool:
        """Own up to it."""
        return False


Letter = tuple[str, str, str | None]
"""A message by a person: from, to, and what it replies to."""


def run_once(
    root: Path,
    shim: Shim | None = None,
    *,
    only_opening: bool = False,
    clock: Clock | None = None,
    letters: Sequence[Letter] = (),
    yes: Sequence[str] = (),
) -> int:
    """Run a daemon until nothing is due, in a child; gives how it ended, negative for a signal.

    With `only_opening` it runs on only as far as the fleet is open, so that no turn is ever begun.
    The letters are sent and the boss's yes to these actions is given before, as commands without a daemon.
    """

    def daemon() -> None:
        vars(serve_module)["Watch"] = DeafWatch
        time = clock or SystemClock()
        fleet = open_fleet(str(root.resolve()), time)
        for sender, to, reply_to in letters:
            given = {"to": to, "reply_to": reply_to, "subject": "Well?"}
            command.run(fleet, "send", given, Caller(person=sender), time.now())
            fleet.settle()
        for identity in yes:
            command.run(fleet, "approve", {"id": identity}, Caller(person="boss"), time.now())
            fleet.settle()
        if not only_opening:
            asyncio.run(serve(fleet, time, once=True))
        fleet.close()

    return in_child(daemon, shim, root.parent / f"{root.name}.err")


def in_child(work: Callable[[], None], shim: Shim | None, talk: Path) -> int:
    """Fork, do the work under the shim with its output in a file, and give how the child ended."""
    pid = os.fork()
    if pid == 0:
        status = FAILED
        try:
            fd = os.open(talk, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
            os.dup2(fd, 1)
            os.dup2(fd, 2)
            if shim is not None:
                install(shim)
            work()
            status = 0
        except BaseException:  # noqa: BLE001 - the child must never return into the parent's code
            traceback.print_exc()
            sys.stderr.flush()
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
