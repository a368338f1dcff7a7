"""Whatever is changed in a sealed ledger is found, and whatever is committed is read back."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.core.record import Draft
from fleet.errors import Broken
from fleet.store.files import Files
from fleet.store.ledger import Ledger, records
from fleet.store.verify import verify

NOW = datetime(2026, 11, 23, 13, 10, tzinfo=UTC)
DAYS = ("ledger/2026-11-23.jsonl", "ledger/2026-11-24.jsonl")


@cache
def sealed_lines() -> dict[str, bytes]:
    """Make a ledger of two days and seven lines, with the data that tampering could hide in."""
    with tempfile.TemporaryDirectory() as folder:
        files = Files(folder)
        ledger = Ledger.open(files, NOW)
        for day in range(2):
            odd = {"cost": 1e-7, "text": "a\u001f\u00e9 1.0", "big": 1e22}
            drafts = [Draft("turn_ended", "dash", "t-1", odd), Draft("started", data={"day": day})]
            ledger.commit(drafts, now=NOW + timedelta(days=day), checkpoint=lambda: {"open": [1]})
        ledger.commit([Draft("stopped")], now=NOW, checkpoint=dict)
        ledger.close()
        made = {name: files.read(name, limit=1 << 20) for name in DAYS}
        files.close()
        return made


@contextmanager
def small_ledger() -> Iterator[tuple[Path, Files]]:
    with tempfile.TemporaryDirectory() as folder:
        files = Files(folder)
        for name, data in sealed_lines().items():
            files.publish(name, data)
        yield Path(folder), files
        files.close()


def test_a_bit_flipped_at_any_byte_is_found() -> None:
    with small_ledger() as (folder, files):
        for name in DAYS:
            path = folder / name
            whole = path.read_bytes()
            lines_before = [whole.count(b"\n", 0, i) for i in range(len(whole))]
            for i, byte in enumerate(whole):
                path.write_bytes(whole[:i] + bytes([byte ^ 1 << i % 8]) + whole[i + 1 :])  # each bit in turn
                broken = verify(files).broken
                assert broken is not None, f"{name}, byte {i}"
                assert (broken.file, broken.line) == (name, lines_before[i] + 1)
            path.write_bytes(whole)
        assert verify(files).broken is None


@settings(derandomize=True, max_examples=80, deadline=None)
@given(st.data())
def test_any_rearrangement_of_lines_is_found(data: st.DataObject) -> None:
    with small_ledger() as (folder, files):
        before = verify(files)
        name = data.draw(st.sampled_from(DAYS))
        lines = (folder / name).read_bytes().splitlines(keepends=True)
        chosen = data.draw(st.lists(st.sampled_from(lines), max_size=len(lines) + 2))
        (folder / name).write_bytes(b"".join(chosen))
        after = verify(files)
        if chosen == lines:
            assert after == before
        elif name == DAYS[-1] and chosen == lines[: len(chosen)]:
            # Cut off the end: nothing but a checkpoint kept elsewhere can tell.
            assert after.broken is None and after.last_hash != before.last_hash
        else:
            assert after.broken is not None


@settings(derandomize=True, max_examples=80, deadline=None)
@given(st.sampled_from(DAYS), st.integers(0, 2000), st.integers(0, 40), st.binary(max_size=40))
def test_any_bytes_put_in_the_place_of_others_are_found(name: str, at: int, cut: int, put: bytes) -> None:
    with small_ledger() as (folder, files):
        whole = (folder / name).read_bytes()
        at %= len(whole)
        changed = whole[:at] + put + whole[at + cut :]
        (folder / name).write_bytes(changed)
        after = verify(files)
        if changed != whole and not (name == DAYS[-1] and at + cut >= whole.rindex(b"\n", 0, -1)):
            assert after.broken is not None


@settings(derandomize=True, max_examples=60, deadline=None)
@given(st.integers(0, 5000))
def test_a_ledger_cut_at_any_byte_opens_with_every_whole_line(size: int) -> None:
    with small_ledger() as (folder, files):
        path = folder / DAYS[-1]
        whole = path.read_bytes()
        path.write_bytes(whole[: size % (len(whole) + 1)])
        kept = whole[: size % (len(whole) + 1)].count(b"\n")
        ledger = Ledger.open(files, NOW)
        assert ledger.next_n == 4 + kept
        ledger.commit([Draft("started")], now=NOW + timedelta(days=1), checkpoint=dict)
        assert verify(files).broken is None
        ledger.close()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
groups = st.lists(st.lists(st.dictionaries(st.text(), json_values, max_size=3), max_size=4), max_size=5)


@settings(derandomize=True, max_examples=40, deadline=None)
@given(groups, st.lists(st.integers(-3, 3), min_size=5, max_size=5))
def test_whatever_is_committed_at_whatever_time_is_read_back_and_holds(
    groups: list[list[dict[str, Any]]], days: list[int]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        files = Files(folder)
        made = []
        for group, day in zip(groups, days, strict=False):
            at = NOW + timedelta(days=day)
            ledger = Ledger.open(files, at)
            made += ledger.commit([Draft("value", data=d) for d in group], now=at, checkpoint=dict)
            ledger.close()
        found = list(records(files))
        assert [r for r in found if r.what == "value"] == made
        assert list(records(files, newest_first=True)) == found[::-1]
        assert verify(files).broken is None
        assert verify(files).lines == len(found)
        files.close()


@settings(derandomize=True, max_examples=40, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_for_a_ledger_are_opened_or_broken_and_never_worse(junk: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        files = Files(folder)
        files.publish(DAYS[0], junk)
        try:
            Ledger.open(files, NOW).close()
        except Broken as exc:
            assert str(exc).startswith(f"{DAYS[0]}:1: ")
        else:
            assert b"\n" not in junk
        files.close()


@pytest.mark.parametrize("name", DAYS)
def test_every_line_can_be_erased_and_the_rest_still_holds(name: str) -> None:
    with small_ledger() as (_, files):
        ledger = Ledger.open(files, NOW)
        numbers = [r.n for r in records(files) if r.data]
        ledger.commit([Draft("erasure", data={"n": numbers})], now=NOW, checkpoint=dict)
        assert ledger.erase(numbers) == numbers
        found = verify(files)
        assert (found.broken, found.erased) == (None, numbers)
        assert Ledger.open(files, NOW).next_n == ledger.next_n
        ledger.close()
