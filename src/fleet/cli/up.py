"""`fleet up` and `fleet down`: the daemon's beginning and its end."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

from fleet.cli.answer import clean, print_json
from fleet.cli.ask import POLL_S, ask_daemon, say_aside
from fleet.cli.flags import Flags
from fleet.cli.progress import Progress
from fleet.cli.takes import option
from fleet.core.folder import LOCK
from fleet.edge.clock import stands_at
from fleet.errors import Broken, GroundMoved, NotRunning, Refused

if TYPE_CHECKING:
    from fleet.edge.clock import Clock
    from fleet.runtime.fleet import Fleet

LOG = ".fleet/daemon.log"
STDERR = 2
START_S = 30.0
"""How long a daemon in the background may take to answer; a fleet of a thousand seats needs one."""
WAITS_SHOWN = 5
"""Waiting changes that are said at the start; `fleet plan` says all."""
LOG_SHOWN = 2000
"""Bytes of the log that are shown of a daemon that did not start."""


def up(
    flags: Flags,
    *,
    background: Annotated[bool, option("-d", help="Leave it in the background.")] = False,
    once: Annotated[bool, option("--once", help="Serve what is due, then end.")] = False,
    apply: Annotated[bool, option("--apply", help="Say yes to an edit that loosens.")] = False,
) -> int:
    """Start the fleet in the foreground: Ctrl-C finishes the turns that run, twice stops them."""
    at = stands_at(flags.root())
    if at is not None:
        raise Refused(
            f"{flags.root()}: this copy was kept by `fleet rehearse`, and its clock stands at {at:%Y-%m-%d %H:%M} UTC; "
            "nothing was started. To run it as a fleet of its own, remove .fleet/clock"
        )
    if background:
        return _background(flags, once=once, apply=apply)
    import asyncio

    from fleet.edge.clock import SystemClock
    from fleet.runtime.recover import open_fleet
    from fleet.runtime.serve import serve

    clock = SystemClock()
    with Progress(flags, "reading the ledger"):
        fleet = open_fleet(flags.root(), clock)
    try:
        revision = fleet.account.revision.id if fleet.account.revision else "no revision"
        say_aside(flags, f"{fleet.chart.name}: {len(fleet.chart.seats)} seats, {revision}, pid {os.getpid()}")
        _note(fleet, clock, f"up, pid {os.getpid()}, {revision}, {len(fleet.chart.seats)} seats")
        for mistake in fleet.problems:
            say_aside(flags, f"{mistake.line()}\n  the fleet stays on {revision}")
        if apply and not fleet.problems:
            _say_yes(flags, fleet, clock)
        waits = fleet.account.revision.waits if fleet.account.revision else ()
        _say_waiting(flags, [wait.says for wait in waits])
        asyncio.run(_serve(flags, serve(fleet, clock, once=once)))
        _note(fleet, clock, f"stopped, pid {os.getpid()}, {fleet.revision_id}")
    finally:
        fleet.close()
    say_aside(flags, f"{fleet.chart.name}: stopped")
    if flags.json:
        print_json("up", {"pid": os.getpid(), "running": False}, flags=flags)
    return 0


def _note(fleet: Fleet, clock: Clock, says: str) -> None:
    """Write a dated line into the log of `up -d`, if that is where our words go and it has room."""
    with contextlib.suppress(OSError):
        if os.path.samestat(os.fstat(STDERR), os.stat(os.path.join(fleet.files.root, LOG))):
            at = clock.now().astimezone(fleet.chart.calendar.tz)
            os.write(STDERR, f"{at:%Y-%m-%d %H:%M:%S %Z} {says}\n".encode())


def _say_yes(flags: Flags, fleet: Fleet, clock: Clock) -> None:
    """Apply what waits in fleet.yaml: whoever starts the fleet like this says yes to it."""
    from fleet.edge import tree
    from fleet.edge.socket import caller_of
    from fleet.runtime import command

    inside = "FLEET_TURN" in os.environ or tree.caller_is_inside(os.getpid(), flags.root())
    caller = caller_of(os.getuid(), flags.person or None, inside=inside)
    answer = command.run(fleet, "apply", {"because": "fleet up --apply"}, caller, clock.now())
    fleet.settle()
    if answer["who"] is not None:
        say_aside(flags, f"{answer['revision']} is in force; {answer['who']} said yes to what waited")


def _say_waiting(flags: Flags, says: Sequence[str]) -> None:
    """Say what of fleet.yaml is not in force."""
    for text in says[:WAITS_SHOWN]:
        say_aside(flags, f"  ! {clean(text)}")
    if says:
        what = "1 change of fleet.yaml waits" if len(says) == 1 else f"{len(says)} changes of fleet.yaml wait"
        say_aside(flags, f"{what} for a yes; see: fleet plan, fleet apply")


async def _serve(flags: Flags, serving: Any) -> None:
    """Run the daemon, and show on stderr what happens meanwhile."""
    import asyncio

    from fleet.cli.tail import narrate

    shown = None if flags.quiet else asyncio.create_task(narrate(flags, sys.stderr))
    try:
        await serving
    finally:
        if shown is not None:
            shown.cancel()
            await asyncio.gather(shown, return_exceptions=True)


def _background(flags: Flags, *, once: bool, apply: bool) -> int:
    root = flags.root()
    python = [sys.executable, "-P"]  # -P: no module out of the fleet's folder
    words = [*python, "-m", "fleet", "-C", root, "-q", "up"]
    words += ["--once"] * once + ["--apply"] * apply
    words += ["--as", flags.person] if flags.person else []
    path = os.path.join(root, LOG)
    with _log(path) as log:
        begins = log.tell()
        child = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=root, start_new_session=True
        )
    with Progress(flags, "starting"):
        code = _wait_for(flags, child)
    if code not in (None, 0):
        _show_log(path, begins)
        return code or 1
    data = {"pid": child.pid, "running": code is None}
    if code is None:
        _say_waiting(flags, [wait["says"] for wait in ask_daemon(flags, "status", {}).get("waits", ())])
    if flags.json:
        print_json("up", data, flags=flags)
    else:
        ended = " served what was due and ended" if code == 0 else ""
        print(f"{os.path.basename(root)}: up, pid {child.pid}{ended}. Its words go to {LOG}")
    return 0


def _log(path: str) -> BinaryIO:
    """Open what the daemon's words go to."""
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        return Path(path).open("ab")
    except OSError as exc:
        raise Broken(f"{path}: {exc.strerror}, so nothing was started; chmod, chown or make room") from exc


def _wait_for(flags: Flags, child: subprocess.Popen[bytes]) -> int | None:
    """Wait until the daemon answers (None) or has ended (its exit code)."""
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        code = child.poll()
        if code is not None:
            return code
        try:
            if ask_daemon(flags, "status", {}, 1.0).get("pid") == child.pid:
                return None
        except (NotRunning, Broken):
            pass
        time.sleep(POLL_S)
    raise Broken(f"the daemon (pid {child.pid}) did not answer within {START_S:g} s; see {LOG}")


def _show_log(path: str, begins: int) -> None:
    with Path(path).open("rb") as log:
        log.seek(begins)
        text = log.read()[-LOG_SHOWN:].decode("utf-8", "replace")
    print(text.rstrip() or f"fleet: the daemon ended at once; see {path}", file=sys.stderr)


def down(
    flags: Flags,
    *,
    now: Annotated[bool, option("--now", help="Stop the turns that run.")] = False,
) -> int:
    """Finish the turns that run, start no more, and stop; returns when it has stopped."""
    answer = ask_daemon(flags, "down", {"now": now})
    pid = answer.get("pid")
    if answer.get("running") and not now:
        say_aside(flags, f"waiting for turns to end ({answer['running']}); fleet down --now stops them")
    with Progress(flags, "waiting for turns to end" if answer.get("running") and not now else "stopping"):
        _wait_until_free(flags.root())
    if flags.json:
        print_json("down", {"pid": pid, "stopped": True}, flags=flags)
    else:
        print(f"{os.path.basename(flags.root())}: stopped, pid {pid}")
    return 0


def _wait_until_free(root: str) -> None:
    """Wait until nobody holds the fleet's lock."""
    from fleet.store.files import Files

    files = Files(root)
    try:
        while True:
            try:
                files.lock(LOCK).close()
                return
            except GroundMoved:
                time.sleep(POLL_S)
    finally:
        files.close()
