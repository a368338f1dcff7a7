"""The pace of events: an hour's wakes come at once, and after that the waits grow as long as it goes on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from core.history import NOW, History, chart_of

from fleet.core.codec import to_plain
from fleet.core.pace import EVENTS, held_until, taken
from fleet.core.past import Wake
from fleet.core.planner import paced_wake, plan_seat
from fleet.core.queue import pick
from fleet.core.record import Draft

FOUR = "limits: {wakes_an_hour: 4}"  # a share is 15 minutes
MINUTE = timedelta(minutes=1)


def began(when: str = "when mail arrives", **seats: str) -> History:
    return History(chart_of({"a": f"when: [{when}]", **seats}, head=FOUR))


def wake(history: History, at: datetime, cause: str = "mail") -> datetime | None:
    """Let an event wake `a`; says until when the wake waits."""
    seat, past = history.chart.seats["a"], history.account.past("a")
    draft = paced_wake(history.chart, seat, past, (cause, f"{cause}:{len(history.records)}", cause), at)
    history.take(draft, at)
    return history.account.past("a").pending[-1].after


def turn(history: History, at: datetime) -> None:
    """Let a turn of `a` serve all that waits, as the daemon records it."""
    past = history.account.past("a")
    pace = taken(history.chart, past, past.pending, at)
    data = {"wakes": [w.id for w in past.pending], "deadline": at.isoformat(), "attempt": 0, "inputs": ""}
    history.take(
        Draft("turn_started", "a", "t-1", {**data, **({"pace": to_plain(pace)} if pace else {})}), at
    )
    history.take(Draft("turn_ended", "a", "t-1", {"outcome": "empty", "took_s": 0}), at)


def storming(history: History, count: int) -> Iterator[float]:
    """Let one event follow the other; gives the minutes at which their turns begin."""
    at = NOW
    for _ in range(count):
        at = wake(history, at) or at
        turn(history, at)
        yield round((at - NOW) / MINUTE)


def test_an_hours_wakes_come_at_once_and_the_waits_after_that_grow() -> None:
    begun = list(storming(began(), 12))
    assert begun[:4] == [0, 0, 0, 0]
    waits = [b - a for a, b in zip(begun[3:], begun[4:], strict=False)]
    assert waits == [15, 15, 30, 60, 120, 240, 240, 240]


def test_it_is_all_there_again_once_it_was_quiet_for_as_long_as_was_used_up() -> None:
    history = began()
    list(storming(history, 9))
    pace = history.account.past("a").pace
    assert pace is not None and pace.slowed > 0
    at = pace.until
    assert [wake(history, at + n * MINUTE) or turn(history, at + n * MINUTE) for n in range(4)] == [None] * 4
    assert history.account.past("a").pace is not None and history.account.past("a").pace.slowed == 0  # type: ignore[union-attr]


def test_as_many_wakes_an_hour_as_are_allowed_never_wait() -> None:
    history = began()
    for number in range(100):
        at = NOW + number * 15 * MINUTE
        assert wake(history, at) is None
        turn(history, at)


def test_what_was_promised_and_what_a_person_wants_is_not_counted_and_takes_along_what_waits() -> None:
    history = began()
    list(storming(history, 4))
    assert wake(history, NOW) is not None
    woken = ["a"]
    assert pick(history.chart, history.account, {}, woken, NOW) == []
    before = history.account.past("a").pace
    for cause in ("clock", "person"):
        data = {"wake": f"a@{cause}", "cause": cause, "reason": cause}
        history.take(Draft("wake_due", "a", data=data))
    (start,) = pick(history.chart, history.account, {}, woken, NOW)
    assert [w.cause for w in start.wakes] == ["mail", "clock", "person"]
    turn(history, NOW)
    assert history.account.past("a").pace == before
    assert not EVENTS & {"clock", "person", "first start", "retry", "later", "lost"}


def test_a_wake_that_waits_is_looked_at_again_when_its_time_has_come() -> None:
    history = began()
    list(storming(history, 4))
    after = wake(history, NOW)
    assert after is not None and plan_seat(history.chart, history.account, "a", NOW).next_at == after
    assert pick(history.chart, history.account, {}, ["a"], after - MINUTE) == []
    assert len(pick(history.chart, history.account, {}, ["a"], after)) == 1


def test_a_larger_limit_counts_for_the_next_wake() -> None:
    history = began()
    list(storming(history, 5))
    past = history.account.past("a")
    assert held_until(history.chart, past, NOW) is not None
    assert (
        held_until(chart_of({"a": ""}, head="limits: {wakes_an_hour: 10000}"), past, NOW + 16 * MINUTE)
        is None
    )


def test_a_wake_comes_back_from_a_checkpoint_with_all_it_has() -> None:
    from fleet.core.codec import from_plain

    one = Wake("a@x", NOW, "publish", "r", None, False, 3, "b", NOW + MINUTE)
    assert from_plain(Wake, to_plain(one)) == one
