"""The watch rings where something changed, says when it is deaf, and never raises."""

from __future__ import annotations

import os
import queue
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fleet.edge.watch import Watch

BOUND_S = 10


class Rings:
    def __init__(self) -> None:
        self._queue: queue.Queue[tuple[str, bool]] = queue.Queue()

    def __call__(self, path: str, arrived: bool) -> None:
        self._queue.put((path, arrived))

    def hears(self, path: Path, arrived: bool | None = None) -> bool:
        """Wait for a ring for this path; by a rename, otherwise, or either."""
        wanted = {(str(path), one) for one in ((True, False) if arrived is None else (arrived,))}
        try:
            while self.next() not in wanted:
                pass
        except queue.Empty:
            return False
        return True

    def next(self) -> tuple[str, bool]:
        return self._queue.get(timeout=BOUND_S)


@pytest.fixture
def rings() -> Rings:
    return Rings()


@contextmanager
def watching(root: Path, rings: Rings, *folders: str) -> Iterator[Watch]:
    for folder in folders:
        (root / folder).mkdir(parents=True, exist_ok=True)
    watch = Watch(str(root), folders, rings)
    watch.start()
    yield watch
    watch.stop()


def test_hears_a_file_renamed_in_from_outside(tmp_path, rings):
    with watching(tmp_path, rings, "inbox/dash/new", "seats") as watch:
        assert watch.alive()
        (tmp_path / "staged").write_text("x")
        os.rename(tmp_path / "staged", tmp_path / "inbox/dash/new/m-1")
        assert rings.hears(tmp_path / "inbox/dash/new/m-1", arrived=True)


def test_hears_a_rename_within_a_folder_a_deletion_and_an_edit(tmp_path, rings):
    with watching(tmp_path, rings, "seats"):
        (tmp_path / "seats/.staged").write_text("x")
        os.rename(tmp_path / "seats/.staged", tmp_path / "seats/a")
        assert rings.hears(tmp_path / "seats/a", arrived=True)
        with (tmp_path / "seats/a").open("a") as file:
            file.write("more")
        assert rings.hears(tmp_path / "seats/a", arrived=False)
        (tmp_path / "seats/a").unlink()
        assert rings.hears(tmp_path / "seats/a")


def test_hears_what_is_put_into_a_folder_made_later(tmp_path, rings):
    with watching(tmp_path, rings, "inbox"):
        (tmp_path / "inbox/new-seat/new").mkdir(parents=True)
        assert rings.hears(tmp_path / "inbox/new-seat/new")
        (tmp_path / "inbox/new-seat/new/m-1").write_text("x")
        assert rings.hears(tmp_path / "inbox/new-seat/new/m-1")


def test_watches_only_what_is_asked(tmp_path, rings):
    (tmp_path / "out").mkdir()
    with watching(tmp_path, rings, "inbox"):
        (tmp_path / "out/x").write_text("x")
        (tmp_path / "inbox/x").write_text("x")
        assert rings.next() == (str(tmp_path / "inbox/x"), False)


@pytest.mark.parametrize("how", [shutil.rmtree, lambda folder: folder.rename(folder.with_name("old"))])
def test_a_folder_taken_away_and_remade_is_heard_again(tmp_path, rings, how):
    with watching(tmp_path, rings, "inbox", "seats") as watch:
        how(tmp_path / "inbox")
        assert not watch.alive()
        (tmp_path / "seats/a").write_text("x")
        assert rings.hears(tmp_path / "seats/a")
        (tmp_path / "inbox").mkdir()
        assert watch.alive()
        (tmp_path / "inbox/m-1").write_text("x")
        assert rings.hears(tmp_path / "inbox/m-1")


def test_a_folder_that_was_never_there_is_heard_once_it_is(tmp_path, rings):
    watch = Watch(str(tmp_path), ["inbox"], rings)
    watch.start()
    assert not watch.alive()
    (tmp_path / "inbox").mkdir()
    assert watch.alive()
    (tmp_path / "inbox/m-1").write_text("x")
    assert rings.hears(tmp_path / "inbox/m-1")
    watch.stop()


def test_is_not_alive_before_its_start_or_after_its_stop_and_leaves_nothing(tmp_path, rings):
    before = (threading.active_count(), len(os.listdir("/proc/self/fd")))
    watch = Watch(str(tmp_path), ["."], rings)
    assert not watch.alive()
    watch.stop()
    watch.start()
    assert watch.alive()
    watch.stop()
    assert not watch.alive()
    assert (threading.active_count(), len(os.listdir("/proc/self/fd"))) == before


def test_a_ring_that_finds_its_loop_closed_breaks_nothing(tmp_path, rings):
    def ring(path: str, arrived: bool) -> None:
        rings(path, arrived)
        raise RuntimeError("Event loop is closed")

    (tmp_path / "inbox").mkdir()
    watch = Watch(str(tmp_path), ["inbox"], ring)
    watch.start()
    for name in ("m-1", "m-2"):
        (tmp_path / "inbox" / name).write_text("x")
        assert rings.hears(tmp_path / "inbox" / name)
    watch.stop()


LIMITED = """
import sys
from pathlib import Path
from fleet.edge.watch import Watch
limit, root = Path("/proc/sys/user/max_inotify_watches"), Path(sys.argv[1])
for n in range(8):
    (root / "inbox" / str(n)).mkdir(parents=True)
limit.write_text("4")
watch = Watch(str(root), ["inbox"], lambda path, arrived: None)
watch.start()
print(watch.alive())
limit.write_text("100")
print(watch.alive(), watch.alive())
watch.stop()
limit.write_text("0")
watch.start()
print(watch.alive())
watch.stop()
"""


def test_says_that_it_is_deaf_when_watches_run_out_and_mends_when_there_are_more(tmp_path):
    # In a user namespace of its own, where the limit is ours to set.
    if subprocess.run(["unshare", "-Ur", "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("no user namespace to be had here")
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    asked = ["unshare", "-Ur", sys.executable, "-W", "error", "-c", LIMITED, str(tmp_path)]
    got = subprocess.run(asked, env=env, capture_output=True, text=True, check=False)
    assert (got.stdout, got.stderr) == ("False\nTrue True\nFalse\n", "")
