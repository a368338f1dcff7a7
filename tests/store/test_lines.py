"""Lines of a file, a block at a time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.store import lines as module
from fleet.store.files import Files
from fleet.store.lines import backwards, lines


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Files]:
    found = Files(str(tmp_path_factory.mktemp("lines")))
    yield found
    found.close()


@given(st.lists(st.integers(0, 40)), st.integers(0, 3), st.integers(1, 9))
def test_whatever_the_blocks_the_lines_are_those_of_the_file(
    files: Files, lengths: list[int], torn: int, block: int
) -> None:
    whole = [b"x" * length + b"\n" for length in lengths]
    left = [b"y" * torn] if torn else []
    files.publish("a", b"".join((*whole, *left)))
    reading = files.reading("a")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_BLOCK", block)
        assert [*lines(reading, 0, reading.size)] == whole + left
        assert [*backwards(reading, sum(map(len, whole)))] == whole[::-1]
    reading.close()
