"""The timer rings; that is all it is asked for."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from fleet.edge.timer import Timer

BOUND_S = 10  # generous: it is a promise to ring, not a measure of how late


@contextmanager
def timer(ring: Callable[[], None]) -> Iterator[Timer]:
    one = Timer(ring)
    one.start()
    yield one
    one.stop()


def after(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


def test_rings_at_its_instant_and_not_before():
    rung, at = threading.Event(), after(0.2)
    with timer(rung.set) as one:
        one.set(at)
        assert rung.wait(timeout=BOUND_S)
        assert datetime.now(UTC) >= at


def test_rings_at_once_for_an_instant_that_has_passed_however_long():
    rung = threading.Event()
    with timer(rung.set) as one:
        one.set(after(-40 * 86400))
        assert rung.wait(timeout=BOUND_S)


def test_an_instant_that_is_set_again_rings_once_and_again_when_it_is_set_after_its_ring():
    rings: list[int] = []
    rung, at = threading.Semaphore(0), after(0.1)
    with timer(lambda: (rings.append(1), rung.release())) as one:
        for _ in range(50):
            one.set(at)
        assert rung.acquire(timeout=BOUND_S)
        one.set(at)
        assert rung.acquire(timeout=BOUND_S)
    assert len(rings) == 2


def test_an_instant_set_before_the_start_counts():
    rung = threading.Event()
    one = Timer(rung.set)
    one.set(after(0.05))
    one.start()
    assert rung.wait(timeout=BOUND_S)
    one.stop()


def test_a_later_instant_takes_the_place_of_an_earlier_one():
    rings: list[float] = []
    rung = threading.Event()
    with timer(lambda: (rings.append(time.monotonic()), rung.set())) as one:
        one.set(after(0.1))
        one.set(after(0.4))
        start = time.monotonic()
        assert rung.wait(timeout=BOUND_S)
        assert rings[0] - start > 0.2
    assert len(rings) == 1


def test_an_earlier_instant_takes_the_place_of_a_later_one():
    rung = threading.Event()
    with timer(rung.set) as one:
        one.set(after(3600))
        one.set(after(0.05))
        assert rung.wait(timeout=BOUND_S)


def test_none_rings_never_and_may_be_said_twice():
    rung = threading.Event()
    with timer(rung.set) as one:
        one.set(after(0.1))
        one.set(None)
        one.set(None)
        assert not rung.wait(timeout=0.3)


def test_a_ring_that_finds_its_loop_closed_breaks_nothing():
    rung = threading.Event()

    def ring() -> None:
        rung.set()
        raise RuntimeError("Event loop is closed")

    with timer(ring) as one:
        for _ in range(2):
            rung.clear()
            one.set(after(0))
            assert rung.wait(timeout=BOUND_S)


def test_stops_twice_and_leaves_no_thread():
    before = threading.active_count()
    one = Timer(lambda: None)
    one.stop()
    one.start()
    one.stop()
    one.stop()
    assert threading.active_count() == before
