"""Notify: tells the service manager that started fleet how it is, as sd_notify(3) and its watchdog want it."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Mapping


class Notify:
    """Says things to the socket named by NOTIFY_SOCKET; where there is none, nothing is said.

    `WATCHDOG_USEC` (microseconds) asks for a sign of life; one is given twice as often. Only the process
    named by WATCHDOG_PID gives it, as sd_watchdog_enabled(3) has it.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._address = environ.get("NOTIFY_SOCKET", "")
        asked = environ.get("WATCHDOG_USEC", "")
        mine = environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        self._every_s = int(asked) / 2_000_000 if asked.isdigit() and mine else None
        self._next_s = 0.0
        self._status = ""

    def say(self, *lines: str) -> None:
        """Send lines such as READY=1. Nobody who listens is no trouble: the fleet goes on."""
        if not self._address.startswith(("/", "@")):
            return
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.setblocking(False)
            line.sendto("\n".join(lines).encode(), address)

    def alive(self, now_s: float, status: str) -> None:
        """Give a sign of life when half of the watchdog's time is over; say the status when it is another one."""
        if status != self._status:
            self._status = status
            self.say(f"STATUS={status}")
        if self._every_s is not None and now_s >= self._next_s:
            self._next_s = now_s + self._every_s
            self.say("WATCHDOG=1")
