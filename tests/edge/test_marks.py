"""What a sandboxed program asks of the daemon: how often it is answered."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from fleet.edge import landlock, marks, process, tree
from fleet.edge.bounds import Bounds
from fleet.edge.landlock import Reach
from fleet.edge.sandbox import Walls


class Loop:
    """A loop whose clock is put by hand, and in which somebody asks whenever he is listened to."""

    def __init__(self) -> None:
        self.now = 0.0
        self.asks: Callable[[], None] | None = None
        self.later: list[tuple[float, Callable[[], Any]]] = []

    def time(self) -> float:
        return self.now

    def add_reader(self, fd: int, does: Callable[[], None]) -> None:
        self.asks = does

    def remove_reader(self, fd: int) -> None:
        self.asks = None

    def call_later(self, delay: float, does: Callable[..., Any], *given: Any) -> asyncio.TimerHandle:
        self.later.append((delay, lambda: does(*given)))
        return cast(asyncio.TimerHandle, self)

    def cancel(self) -> None:
        self.later.clear()

    def answers(self) -> int:
        """Ask until nobody listens any more."""
        count = 0
        while self.asks is not None and count < 10 * marks.AT_ONCE:
            self.asks()
            count += 1
        return count

    def wait(self) -> None:
        delay, does = self.later.pop()
        self.now += delay
        does()


def test_who_asks_for_ever_has_a_share_of_the_daemon_and_what_he_does_not_use_comes_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(marks.fcntl, "ioctl", lambda *given: 0)
    loop, (listener, other) = Loop(), os.pipe()
    held = marks.Marks(cast(asyncio.AbstractEventLoop, loop), listener, (), 0)
    assert loop.answers() == marks.AT_ONCE + 1
    for _ in range(50):
        loop.wait()
        assert loop.answers() <= marks.EACH_SECOND * marks.REST_S + 1
    loop.now += 5
    loop.wait()
    assert loop.answers() >= 5 * marks.EACH_SECOND
    held.close()
    assert not loop.later
    os.close(other)


@pytest.mark.skipif(landlock.version() == 0, reason="this kernel has no Landlock")
def test_who_asks_too_often_is_answered_later_and_rightly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marks, "AT_ONCE", 2)
    monkeypatch.setattr(marks, "REST_S", 0.001)
    places = ("/usr", "/bin", "/lib", "/lib64", "/etc/ld.so.cache", sys.base_prefix, sys.prefix)
    reaches = (
        *(Reach(one, landlock.SEEN) for one in places),
        Reach(str(tmp_path), landlock.KEPT | landlock.SEEN),
    )
    walls = Walls("landlock", reaches, (str(tmp_path),), (), None, Bounds(1 << 30, 16, 64))
    code = "import os\nopen('x', 'w').close()\nfor n in range(20): os.chmod('x', n); print(os.stat('x').st_mode % 512)"
    words = (sys.executable, "-I", "-S", "-c", code)

    async def tried() -> process.Ended:
        launch = process.Launch(words, str(tmp_path), {"PATH": "/usr/bin:/bin"}, b"", "t-1", 20, walls=walls)
        return await process.start(launch).wait()

    tree.become_subreaper()
    ended = asyncio.run(tried())
    assert [int(one) for one in ended.stdout.split()] == [*range(20)], ended.stderr_tail
