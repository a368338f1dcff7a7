"""Stops: the signals that tell a program to stop, taken so that it clears up first."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Coroutine
from types import FrameType
from typing import Any, TypeVar

T = TypeVar("T")

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stops:
    """While it is entered, the first of these signals interrupts what runs; those after it change nothing.

    Inside of `watched` that is a cancelled task, elsewhere KeyboardInterrupt; at the end it is always the latter.
    """

    def __init__(self) -> None:
        self._task: asyncio.Task[Any] | None = None
        self._told = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Stops:
        if threading.current_thread() is threading.main_thread():
            self._before = {one: signal.signal(one, self._on_signal) for one in SIGNALS}
        return self

    def __exit__(self, *_: object) -> None:
        for one, before in self._before.items():
            signal.signal(one, before)

    async def watched(self, work: Coroutine[Any, Any, T]) -> T:
        """Await something, or cancel it when a signal says so; raises KeyboardInterrupt then."""
        self._task = task = asyncio.ensure_future(work)
        try:
            return await task
        except asyncio.CancelledError:
            raise KeyboardInterrupt from None
        finally:
            self._task = None

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self._told:
            return
        self._told = True
        if self._task is None:
            raise KeyboardInterrupt
        self._task.get_loop().call_soon_threadsafe(self._task.cancel)
