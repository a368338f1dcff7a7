"""What is typed all day, or by every holder, loads nothing that it does not need."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

UP = re.compile(r"up \d+s")
HEAVY = ("pydantic", "rich", "apscheduler", "watchdog", "holidays")


def _loaded(place, *words: str, **env: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "fleet", *words],
        cwd=place.folder,
        env=place.env(**env),
        capture_output=True,
        text=True,
        timeout=60,
    )
    names = [line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if "import time:" in line]
    assert "fleet.cli.main" in names
    return names


@pytest.mark.parametrize(
    "words",
    [
        ("--version",),
        ("--help",),
        ("status",),
        ("status", "greeter"),
        ("tail",),
        ("approve",),
        ("why", "greeter"),
        ("trace", "t-1"),
        ("inbox",),
        ("check",),
        ("rules",),
        ("rules", "test"),
        ("explain", "every 4h"),
        ("explain", "good_for"),
        ("explain", "state"),
        ("explain", "schema"),
        ("emit", "metric", "calls", "12"),
    ],
)
def test_a_reading_verb_loads_no_heavy_library(hello, words):
    assert hello("up", "--once", "-q").code == 0
    out = {"FLEET_TURN": "t-9", "FLEET_OUT": str(hello.folder)} if words[0] == "emit" else {}
    loaded = {name.partition(".")[0] for name in _loaded(hello, *words, **out)}
    assert loaded.isdisjoint(HEAVY)


READS_RECORDS = [
    (),
    ("status",),
    ("status", "greeter"),
    ("tail",),
    ("approve",),
    ("why", "greeter"),
    ("trace", "t-1"),
    ("inbox",),
    ("inbox", "greeter"),
    ("chart",),
    ("audit", "verify"),
    ("audit",),
    ("audit", "--by", "greeter"),
    ("rules",),
]
PARSES = ("yaml", "fleet.store.chart", "fleet.core.prove", "fleet.core.read.whole", "fleet.store.pieces")


@pytest.mark.parametrize("words", READS_RECORDS)
def test_what_reads_the_ledger_reads_the_chart_that_is_kept_and_not_its_text(hello, words):
    assert hello("up", "--once", "-q").code == 0
    assert set(_loaded(hello, *words)).isdisjoint(PARSES)


@pytest.mark.parametrize(
    "words",
    [
        *READS_RECORDS,
        ("brief", "greeter"),
        ("plan",),
        ("check",),
        ("explain", "every 4h"),
        ("explain", "F310"),
    ],
)
def test_plain_words_load_no_parser_and_no_loop(hello, words):
    assert hello("up", "--once", "-q").code == 0
    assert set(_loaded(hello, *words)).isdisjoint(("typer", "asyncio", "concurrent.futures"))


def test_check_loads_what_is_said_of_codes_for_nobody_who_has_not_asked(hello):
    assert not [name for name in _loaded(hello, "check") if name.startswith("fleet.core.coded")]


def test_status_with_a_daemon_reads_no_file_of_the_fleet(served):
    loaded = _loaded(served, "status")
    assert "fleet.runtime.view" not in loaded
    assert "typer" not in loaded
    assert "yaml" not in loaded


@pytest.mark.parametrize("words", [("status",), ("status", "--json"), ()])
def test_the_short_way_and_the_parser_give_the_same(served, words):
    short, parsed = served(*words), served("--color", "never", *words)
    assert short.code == parsed.code == 0
    if "--json" in words:
        assert short.data == parsed.data
    else:  # a second may have passed between the two
        assert UP.sub("", short.out) == UP.sub("", parsed.out)
