"""The made-up business: the same every time, a day at a time or all at once, and its truth kept out of data/."""

import os
import signal
import subprocess
import sys
from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path

import pytest
from sneeze_desk import REPOSITORY, Desk

from sneeze.books import Books, carry_on, write_span
from sneeze.generate import books_for
from sneeze.knobs import parse

LAST = date(2026, 11, 20)


def files(root: Path) -> dict[str, str]:
    return {path.relative_to(root).as_posix(): path.read_text() for path in root.rglob("*") if path.is_file()}


def feed(root: Path, now: str, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sneeze.feed", "--root", str(root), "--once", *more],
        cwd=REPOSITORY,
        env={**os.environ, "FLEET_NOW": now},
        capture_output=True,
        text=True,
        timeout=30,
    )


@pytest.mark.parametrize("seed", [1, 1003])
def test_a_day_at_a_time_gives_what_all_at_once_gives(tmp_path: Path, seed: int) -> None:
    books = books_for(seed, LAST)
    write_span(books, tmp_path / "whole", LAST - timedelta(days=29), LAST)
    start = LAST - timedelta(days=7)
    write_span(books_for(seed, start), tmp_path / "daily", LAST - timedelta(days=29), start)
    for back in range(6, -1, -1):
        day = LAST - timedelta(days=back)
        carry_on(books_for(seed, day), tmp_path / "daily", 30, day)
    assert files(tmp_path / "daily") == files(tmp_path / "whole")


def test_the_feed_carries_on_where_the_generator_ended(tmp_path: Path) -> None:
    write_span(books_for(5, LAST), tmp_path / "data", LAST - timedelta(days=119), LAST)
    assert feed(tmp_path, "2026-11-22T00:01:00-05:00", "--seed", "5").returncode == 0
    write_span(
        books_for(5, date(2026, 11, 21)), tmp_path / "whole", LAST - timedelta(days=119), date(2026, 11, 21)
    )
    assert files(tmp_path / "data") == files(tmp_path / "whole")


def test_the_feed_makes_what_is_missing_and_then_finds_nothing_new(tmp_path: Path) -> None:
    assert "ads/daily.csv" in feed(tmp_path, "2026-11-21T09:00:00-05:00").stderr
    before = files(tmp_path / "data")
    assert "nothing new" in feed(tmp_path, "2026-11-21T09:00:00-05:00").stderr
    assert files(tmp_path / "data") == before


def test_the_feed_ends_on_a_request_to_end(tmp_path: Path) -> None:
    running = subprocess.Popen(
        [sys.executable, "-m", "sneeze.feed", "--root", str(tmp_path), "--port", "0"],
        cwd=REPOSITORY, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    with running:
        assert running.stderr and "data/ goes to" in running.stderr.readline()
        running.send_signal(signal.SIGTERM)
        assert running.wait(timeout=60) == 0


def test_the_truth_may_not_lie_where_agents_read(tmp_path: Path) -> None:
    out = tmp_path / "data"
    command = [
        sys.executable,
        "-m",
        "sneeze.generate",
        "--seed",
        "1",
        "--to",
        "2026-11-20",
        "--out",
        str(out),
    ]
    ended = subprocess.run(
        [*command, "--truth", str(out / "truth.json")], cwd=REPOSITORY, capture_output=True, text=True
    )
    assert ended.returncode == 2
    assert "--truth must lie outside --out" in ended.stderr


def test_spend_is_about_a_hundred_and_eighty_five_thousand_a_month(tmp_path: Path) -> None:
    months: dict[str, float] = defaultdict(float)
    for seed in range(4):
        for line in rows(books_for(seed, LAST), tmp_path / str(seed)):
            months[f"{seed} {line[0][:7]}"] += float(line[4])
    october = [value for key, value in months.items() if key.endswith("2026-10")]
    assert 165_000 < sum(october) / len(october) < 205_000


def rows(books: Books, out: Path) -> list[list[str]]:
    write_span(books, out, LAST - timedelta(days=50), LAST)
    return [line.split(",") for line in (out / "ads/daily.csv").read_text().splitlines()[1:]]


def test_an_injected_knob_does_what_it_says(tmp_path: Path) -> None:
    desk = Desk(
        tmp_path, 3, LAST, inject=("vanish:acme-meta@2026-11-19+2", "dead:calls@2026-11-18+3"), calm=True
    )
    ads = (desk.root / "data/ads/daily.csv").read_text()
    assert "acme-meta" not in ads.partition("2026-11-19")[2]
    calls = (desk.root / "data/calls/daily.csv").read_text()
    assert calls.splitlines()[-1].startswith("2026-11-17")
    assert {event["knob"] for event in desk.truth["events"]} == {"vanish", "dead"}


def test_an_unreadable_knob_is_refused_with_an_example() -> None:
    with pytest.raises(ValueError, match=r"cannot read 'storm:acme': write KNOB:NAME@DAY"):
        parse("storm:acme")
