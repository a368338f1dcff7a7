"""A fleet's folder copied: what is in the copy, with which times, and what is not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fleet.errors import Broken, Typed
from fleet.store.copying import check_target, copy_fleet, remove_copy


@pytest.fixture
def source(tmp_path: Path) -> Path:
    root = tmp_path / "fleet"
    for name in (
        "fleet.yaml",
        "seats/a/SEAT.md",
        "seats/a/work/x",
        "ledger/1.jsonl",
        "state/a.md",
        "data/x/y",
    ):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
        os.utime(path, (1_000_000_000, 1_000_000_000))
    return root


def names(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if not path.is_dir()}


def test_files_are_copied_with_their_times_and_modes(source: Path, tmp_path: Path) -> None:
    (source / "act").write_text("#!/bin/sh\n")
    (source / "act").chmod(0o755)
    assert copy_fleet(str(source), str(tmp_path / "copy")) == 7
    assert names(tmp_path / "copy") == names(source)
    assert (tmp_path / "copy/fleet.yaml").stat().st_mtime == 1_000_000_000
    assert (tmp_path / "copy/act").stat().st_mode & 0o777 == 0o755


def test_of_what_is_only_read_the_copy_may_be_written(source: Path, tmp_path: Path) -> None:
    with (source / "sparse").open("wb") as file:
        file.truncate(1_000_000)
    below = sorted(source.rglob("*"), reverse=True)
    for path in below:
        path.chmod(0o555 if path.is_dir() else 0o440)
    copy_fleet(str(source), str(tmp_path / "copy"))
    for path in below:
        there = (tmp_path / "copy" / path.relative_to(source)).stat().st_mode & 0o777
        assert there == (0o755 if path.is_dir() else 0o640)
        path.chmod(0o755 if path.is_dir() else 0o644)


def test_a_fresh_copy_has_nothing_that_fleet_made(source: Path, tmp_path: Path) -> None:
    copy_fleet(str(source), str(tmp_path / "copy"), fresh=True, leave_out=["data/x/"])
    assert names(tmp_path / "copy") == {"fleet.yaml", "seats/a/SEAT.md"}


def test_the_ledger_too_may_be_left_out(source: Path, tmp_path: Path) -> None:
    copy_fleet(str(source), str(tmp_path / "copy"), leave_out=["ledger"])
    assert not (tmp_path / "copy/ledger").exists()


def test_a_file_with_holes_is_copied_as_one(source: Path, tmp_path: Path) -> None:
    with (source / "sparse").open("wb") as file:
        file.write(b"head")
        file.seek(50_000_000)
        file.write(b"middle")
        file.truncate(4_000_000_000)
    copy_fleet(str(source), str(tmp_path / "copy"))
    copy = tmp_path / "copy/sparse"
    assert copy.stat().st_size == 4_000_000_000
    assert copy.stat().st_blocks * 512 < 1_000_000
    with copy.open("rb") as file:
        assert file.read(5) == b"head\0"
        file.seek(50_000_000)
        assert file.read(7) == b"middle\0"


def test_a_copy_that_lies_in_the_folder_it_is_of_is_not_copied_into_itself(source: Path) -> None:
    target = source / "tmp/copy"
    target.mkdir(parents=True)
    copy_fleet(str(source), str(target))
    assert (target / "tmp").is_dir() and not (target / "tmp/copy").exists()


def test_a_link_that_leads_into_the_folder_leads_into_the_copy(source: Path, tmp_path: Path) -> None:
    (source / "data/absolute").symlink_to(source / "fleet.yaml")
    (source / "data/up").symlink_to("../../outside")
    copy_fleet(str(source), str(tmp_path / "copy"))
    assert (tmp_path / "copy/data/absolute").resolve() == tmp_path / "copy/fleet.yaml"
    assert (tmp_path / "copy/data/up").readlink() == tmp_path / "outside"


def test_what_cannot_be_copied_is_named(source: Path, tmp_path: Path) -> None:
    (tmp_path / "copy").write_text("a file")
    with pytest.raises(Broken, match=r"copy: it cannot be copied: .*; nothing was rehearsed \(name it under"):
        copy_fleet(str(source), str(tmp_path / "copy"))


def test_a_target_is_new_or_empty_and_lies_outside(source: Path, tmp_path: Path) -> None:
    check_target(str(source), str(tmp_path / "new"))
    for target, why in ((source, "not empty"), (source / "new", "inside the fleet's folder")):
        with pytest.raises(Typed, match=why):
            check_target(str(source), str(target))


def test_a_copy_is_removed_whatever_was_done_to_it(tmp_path: Path) -> None:
    inner = tmp_path / "copy/a/b"
    inner.mkdir(parents=True)
    (inner / "c").write_text("x")
    (inner / "out").symlink_to(tmp_path)
    for path in (inner / "c", inner, inner.parent):
        path.chmod(0)
    remove_copy(str(tmp_path / "copy"))
    assert not (tmp_path / "copy").exists() and tmp_path.is_dir()
    remove_copy(str(tmp_path / "copy"), leave_empty=True)
    assert list((tmp_path / "copy").iterdir()) == []
