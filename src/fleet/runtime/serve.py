"""Serve: the daemon amid its process: signals, timer, file events, socket, and who started it."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import time
from collections.abc import Callable

from fleet.core.chart import Chart
from fleet.edge import socket, tree
from fleet.edge.clock import Clock
from fleet.edge.notify import Notify
from fleet.edge.timer import Timer
from fleet.edge.watch import Watch
from fleet.runtime.aside import Aside
from fleet.runtime.daemon import Daemon
from fleet.runtime.fleet import Fleet

STREAMS = (0, 1, 2)


async def serve(fleet: Fleet, clock: Clock, *, once: bool = False) -> None:
    """Run a daemon over an open fleet until it stops: every turn ended, the ledger closed by a last record."""
    daemon = Daemon(fleet, clock, once=once, reader=Aside)
    loop = asyncio.get_running_loop()
    root = fleet.files.root
    tree.become_subreaper()
    _hear_signals(loop, daemon)

    def ring() -> None:
        loop.call_soon_threadsafe(daemon.ring)

    def heard(path: str, moved: bool) -> None:
        loop.call_soon_threadsafe(daemon.hear, os.path.relpath(path, root), moved)

    timer = Timer(ring)
    daemon.watch = watch = Watch(root, ["inbox"], heard)
    door = Door(fleet)
    server = await socket.serve(root, daemon.answer, door.admits)
    door.look()
    try:
        daemon.begin()
        timer.start()
        watch.start()
        gc.freeze()  # it stays for good: to go through all of it for garbage holds up the loop, 0.4 s with 10,000 seats
        await daemon.serve(timer, _reporting(daemon, door, Notify(os.environ)))
    finally:
        server.close()
        timer.stop()
        watch.stop()
        daemon.cancel()


class Door:
    """Who of this machine's users may come to the socket: whoever is a person of the chart by his `login:`."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._seen: Chart | None = None

    def admits(self, login: str) -> bool:
        """Say whether a user is somebody on the chart."""
        return login in self._logins()

    def look(self) -> None:
        """Open the socket to other users, or shut it, where another chart came into force."""
        if self._seen is not self._fleet.chart:
            self._seen = self._fleet.chart
            socket.let_in(self._fleet.files.root, bool(self._logins() - {socket.login_of(os.getuid())}))

    def _logins(self) -> set[str]:
        return {one.holder.login for one in self._fleet.chart.seats.values() if one.holder.login}


def _hear_signals(loop: asyncio.AbstractEventLoop, daemon: Daemon) -> None:
    """Let INT and TERM drain, twice stop. HUP says that the terminal is gone; without one, to look at the files."""
    for which in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(which, daemon.stop, f"signal {which.name}")
    if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN:
        return  # as nohup wants it
    if any(os.isatty(stream) for stream in STREAMS if _is_open(stream)):
        loop.add_signal_handler(signal.SIGHUP, daemon.stop, "its terminal is gone")
    else:
        loop.add_signal_handler(signal.SIGHUP, daemon.ring)


def _is_open(stream: int) -> bool:
    try:
        os.fstat(stream)
    except OSError:
        return False
    return True


def _says(daemon: Daemon) -> str:
    """Say in one line how a daemon is."""
    if daemon.stuck:
        return f"stuck: {daemon.stuck}"
    if daemon.stopping:
        return f"stopping ({daemon.stopping}), waits for {', '.join(daemon.waits_for) or 'nothing more'}"
    return f"{len(daemon.fleet.chart.seats)} seats, {daemon.fleet.revision_id or 'no revision'}"


def _reporting(daemon: Daemon, door: Door, notify: Notify) -> Callable[[], None]:
    """Give what tells the service manager after each look: ready once, then alive, and at last stopping."""
    told: set[str] = set()

    def once(line: str) -> None:
        if line not in told:
            told.add(line)
            notify.say(line)

    def report() -> None:
        door.look()
        if not daemon.stuck:
            once("READY=1")
        if daemon.stopping:
            once("STOPPING=1")
        notify.alive(time.monotonic(), _says(daemon))

    return report
