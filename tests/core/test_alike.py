"""Troubles that are the same again are one, with a count, until they are over."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from core.history import NOW, History, chart_of

from fleet.core.alike import KEPT
from fleet.core.overview import overview
from fleet.core.record import Draft

MINUTE = timedelta(minutes=1)


def trouble(
    history: History, says: str, minute: int = 0, *, kind: str = "action", seat: str | None = "a"
) -> None:
    history.take(Draft("trouble", seat, data={"kind": kind, "says": says}), NOW + minute * MINUTE)


def shown(history: History) -> list[dict[str, Any]]:
    return list(overview(history.chart, history.account, NOW + 60 * MINUTE)["troubles"])


def test_the_same_trouble_again_is_counted_and_shown_as_it_came_last() -> None:
    history = History(chart_of({"a": "", "b": ""}))
    for minute in range(5):
        trouble(history, f"a-{minute} failed: exit {minute}", minute)
    trouble(history, "a-9 failed: exit 1", 6, seat="b")
    trouble(history, "a-8 failed: timed out", 7)
    first, *others = shown(history)
    assert (first["says"], first["count"]) == ("a-4 failed: exit 4", 5)
    assert (first["first"], first["at"]) == (NOW.isoformat(), (NOW + 4 * MINUTE).isoformat())
    assert [one["says"] for one in others] == ["a-9 failed: exit 1", "a-8 failed: timed out"]
    assert all("count" not in one for one in others)


def test_a_trouble_that_is_over_says_so_and_the_same_again_begins_anew() -> None:
    history = History(chart_of({"a": ""}))
    trouble(history, "t-1 could not be started", kind="turn")
    history.turn("a", "t-2", at=NOW + MINUTE)
    assert shown(history)[0]["over"] == (NOW + MINUTE).isoformat()
    trouble(history, "t-3 could not be started", 2, kind="turn")
    assert ["over" in one for one in shown(history)] == [True, False]
    assert "count" not in shown(history)[1]


def test_only_the_last_ones_are_kept() -> None:
    history = History(chart_of({"a": ""}))
    for word in ("one", "two", "three", "four", "five"):
        for other in ("x", "y", "z", "u", "v"):
            trouble(history, f"{word} {other}")
    assert [one["says"] for one in history.account.troubles][-2:] == ["five u", "five v"]
    assert len(history.account.troubles) == KEPT
