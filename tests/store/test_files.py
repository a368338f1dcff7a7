"""Files are published whole, read with a limit, never through a link, and never over one another."""

from __future__ import annotations

import errno
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fleet.errors import Broken, GroundMoved, Unreadable
from fleet.store import rename as rename_module
from fleet.store.files import Files
from fleet.store.stat import TICK_NS
from fleet.store.trouble import BadPath, Denied, Exists, FileTrouble, Missing, NotRegular, TooBig


@pytest.fixture
def files(tmp_path: Path) -> Iterator[Files]:
    opened = Files(str(tmp_path))
    yield opened
    opened.close()


def open_descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def test_what_is_published_is_read_and_leaves_nothing_else(files: Files, tmp_path: Path) -> None:
    files.publish("state/dash.md", b"one")
    files.publish("state/dash.md", b"two", sync=True)
    assert files.read("state/dash.md", limit=3) == b"two"
    assert os.listdir(tmp_path / "state") == ["dash.md"]


def test_a_reader_never_sees_part_of_a_publish(files: Files, tmp_path: Path) -> None:
    bodies = [bytes([65 + i]) * 200_000 for i in range(4)]
    files.publish("state/dash.md", bodies[0])
    seen: set[bytes] = set()
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            seen.add((tmp_path / "state/dash.md").read_bytes())

    reader = threading.Thread(target=read)
    reader.start()
    for i in range(150):
        files.publish("state/dash.md", bodies[i % 4])
    done.set()
    reader.join()
    assert seen <= set(bodies)


def test_a_placed_file_is_never_overwritten(files: Files, tmp_path: Path) -> None:
    files.place("inbox/dash/new/a.md", b"first")
    with pytest.raises(Exists) as caught:
        files.place("inbox/dash/new/a.md", b"second")
    assert str(caught.value) == "inbox/dash/new/a.md: is there already; nothing was written over it"
    assert (tmp_path / "inbox/dash/new/a.md").read_bytes() == b"first"
    assert files.names("inbox/dash/new") == ["a.md"]


def test_a_move_never_overwrites_and_makes_its_folder(files: Files) -> None:
    files.place("inbox/dash/new/a.md", b"a")
    files.place("inbox/dash/cur/b.md", b"b")
    with pytest.raises(Exists):
        files.move("inbox/dash/new/a.md", "inbox/dash/cur/b.md")
    assert files.read("inbox/dash/cur/b.md", limit=9) == b"b"
    files.move("inbox/dash/new/a.md", "inbox/dash/done/2026-11/a.md", sync=True)
    assert files.names("inbox/dash/new") == []
    assert files.read("inbox/dash/done/2026-11/a.md", limit=9) == b"a"
    with pytest.raises(Missing):
        files.move("inbox/dash/new/a.md", "inbox/dash/cur/a.md")


def test_a_move_without_the_systems_help_does_not_overwrite_either(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rename_module, "_renameat2", lambda: lambda *_: errno.ENOSYS)
    files.place("a", b"a")
    files.place("b", b"b")
    with pytest.raises(Exists):
        files.move("a", "b")
    files.move("a", "c")
    assert files.glob("*") == ["b", "c"]


def test_a_move_takes_what_is_no_file_out_of_the_way(files: Files, tmp_path: Path) -> None:
    files.make("new")
    os.mkfifo(tmp_path / "new/pipe.md")
    (tmp_path / "new/link.md").symlink_to("/etc/passwd")
    files.move("new/pipe.md", "dead/pipe.md")
    files.move("new/link.md", "dead/link.md")
    kinds = [found.kind for name in files.names("dead") if (found := files.stat(f"dead/{name}"))]
    assert kinds == ["link", "other"]


@pytest.mark.parametrize(
    "path", ["", "/etc/passwd", "../x", "a/../../x", "a//b", "./a", "a\0b", "a/", "x" * 256, "é" * 200]
)
@pytest.mark.parametrize(
    "act",
    [
        lambda files, path: files.read(path, limit=9),
        lambda files, path: files.publish(path, b""),
        lambda files, path: files.place(path, b""),
        lambda files, path: files.append(path, b""),
        lambda files, path: files.move("here", path),
        lambda files, path: files.move(path, "there"),
        lambda files, path: files.unlink(path),
        lambda files, path: files.stat(path),
        lambda files, path: files.names(path),
        lambda files, path: files.make(path),
        lambda files, path: files.glob(path),
    ],
)
def test_a_path_that_leaves_the_folder_is_refused(
    files: Files, act: Callable[[Files, str], object], path: str
) -> None:
    files.publish("here", b"kept")
    with pytest.raises(BadPath):
        act(files, path)
    assert files.glob("**/*") == ["here"]
    assert files.read("here", limit=9) == b"kept"


def test_what_is_no_regular_file_is_never_read_and_never_waited_for(files: Files, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zero").symlink_to("/dev/zero")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "folder").mkdir()
    bound = socket.socket(socket.AF_UNIX)
    bound.bind(str(tmp_path / "socket"))
    before = open_descriptors()
    for name in ("pipe", "zero", "loop", "folder", "socket"):
        for act in (lambda n: files.read(n, limit=9), lambda n: files.append(n, b"x\n")):
            with pytest.raises(NotRegular) as caught:
                act(name)
            assert caught.value.path == name
    assert open_descriptors() == before
    bound.close()


def test_no_link_is_followed_on_the_way_either(files: Files, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real/a.csv").write_text("a")
    (tmp_path / "state").symlink_to("real")
    for act in (
        lambda: files.read("state/a.csv", limit=9),
        lambda: files.publish("state/a.csv", b""),
        lambda: files.stat("state/a.csv"),
        lambda: files.names("state"),
        lambda: files.make("state/b"),
    ):
        with pytest.raises(NotRegular, match="'state' in it is a link; links are not followed"):
            act()
    assert files.glob("*/a.csv") == ["real/a.csv"]
    assert (tmp_path / "real/a.csv").read_text() == "a"


def test_publish_replaces_a_link_and_leaves_what_it_names(files: Files, tmp_path: Path) -> None:
    (tmp_path / "other").write_text("kept")
    (tmp_path / "dash.md").symlink_to("other")
    files.publish("dash.md", b"new")
    assert (tmp_path / "other").read_text() == "kept"
    assert not (tmp_path / "dash.md").is_symlink()


def test_a_file_over_the_limit_is_not_read(files: Files, tmp_path: Path) -> None:
    with (tmp_path / "sparse").open("wb") as sparse:
        sparse.truncate(8 << 30)
    with pytest.raises(TooBig) as caught:
        files.read("sparse", limit=256 << 10)
    assert str(caught.value) == "sparse: is over the limit of 262144 bytes; it was not read"
    files.publish("exact", b"12345")
    assert files.read("exact", limit=5) == b"12345"
    with pytest.raises(TooBig):
        files.read("exact", limit=4)


def test_a_file_whose_size_lies_is_cut_off_at_the_limit() -> None:
    proc = Files("/proc/self")  # every file here says it has 0 bytes
    with pytest.raises(TooBig, match="grew over the limit of 10 bytes while it was read"):
        proc.read("status", limit=10)
    proc.close()


def test_a_file_nobody_may_read_is_denied_and_not_broken(files: Files, tmp_path: Path) -> None:
    files.publish("secret", b"x")
    (tmp_path / "secret").chmod(0)
    if os.geteuid() == 0:  # root reads everything
        assert files.read("secret", limit=9) == b"x"
    else:
        with pytest.raises(Denied, match="its permissions forbid it"):
            files.read("secret", limit=9)


def test_a_denied_read_is_denied_for_root_too(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    files.publish("secret", b"x")
    failing(monkeypatch, "open", errno.EACCES, when=lambda *given: given[0] == "secret")
    with pytest.raises(Denied) as caught:
        files.read("secret", limit=9)
    assert str(caught.value) == (
        "secret: cannot be opened: its permissions forbid it (Permission denied); chmod or chown it"
    )
    assert isinstance(caught.value, FileTrouble) and isinstance(caught.value, Unreadable)


@pytest.mark.parametrize("number", [errno.EIO, errno.EMFILE])
def test_a_machine_in_trouble_is_broken_with_its_reason(
    files: Files, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    files.publish("a", b"x")
    failing(monkeypatch, "open", number, when=lambda *given: given[0] == "a")
    with pytest.raises(Broken, match=f"a: cannot be opened: {os.strerror(number)}"):
        files.read("a", limit=9)


def test_odd_names_are_listed_read_and_shown(files: Files, tmp_path: Path) -> None:
    odd = [b"new\nline.md", b"\xff\xfe.md", b"-rf", b"a b", "日本.md".encode()]
    for name in odd:
        (tmp_path / "in").mkdir(exist_ok=True)
        with open(os.fsencode(tmp_path / "in") + b"/" + name, "wb") as out:  # noqa: PTH123 - a name of bytes
            out.write(name)
    assert sorted(os.fsencode(name) for name in files.names("in")) == sorted(odd)
    for name in files.names("in"):
        assert files.read(f"in/{name}", limit=99) == os.fsencode(name)
    with pytest.raises(TooBig) as caught:
        files.read("in/new\nline.md", limit=1)
    assert str(caught.value) == "in/new\\nline.md: is over the limit of 1 bytes; it was not read"


def test_a_missing_file_is_missing_and_a_missing_folder_is_empty(files: Files) -> None:
    with pytest.raises(Missing):
        files.read("state/dash.md", limit=9)
    assert files.names("state") == []
    assert files.stat("state/dash.md") is None
    files.unlink("state/dash.md")
    assert not files.rmdir_if_empty("state")


def test_stat_tells_what_a_path_names(files: Files, tmp_path: Path) -> None:
    files.publish("a", b"123", mode=0o600)
    found = files.stat("a")
    real = (tmp_path / "a").stat()
    assert found is not None
    assert (found.size, found.kind, found.mode) == (3, "file", 0o600)
    assert (found.inode, found.mtime_ns, found.ctime_ns) == (real.st_ino, real.st_mtime_ns, real.st_ctime_ns)
    files.make("f/g")
    folder = files.stat("f/g")
    assert folder is not None and folder.kind == "folder"


def test_glob_matches_regular_files_a_component_at_a_time(files: Files, tmp_path: Path) -> None:
    for path in ("data/crm/b.csv", "data/crm/a.csv", "data/x/y/c.csv", "data/crm/.hidden.csv", "top.csv"):
        files.publish(path, b"")
    (tmp_path / "data/crm/link.csv").symlink_to("a.csv")
    (tmp_path / "data/crm/folder.csv").mkdir()
    assert files.glob("data/crm/*.csv") == ["data/crm/a.csv", "data/crm/b.csv"]
    assert files.glob("data/*/[ab].csv") == ["data/crm/a.csv", "data/crm/b.csv"]
    assert files.glob("**/*.csv") == ["data/crm/a.csv", "data/crm/b.csv", "data/x/y/c.csv", "top.csv"]
    assert files.glob("data/**") == ["data/crm/a.csv", "data/crm/b.csv", "data/x/y/c.csv"]
    assert files.glob("data/crm/.*") == ["data/crm/.hidden.csv"]
    assert files.glob("none/*.csv") == []
    assert files.glob("top.csv") == ["top.csv"]


def test_lines_are_appended_whole_even_behind_a_torn_one(files: Files, tmp_path: Path) -> None:
    files.append("state/dash.log", b"one\n")
    files.append("state/dash.log", b"two\n")
    assert (tmp_path / "state/dash.log").read_bytes() == b"one\ntwo\n"
    (tmp_path / "state/dash.log").write_bytes(b"one\ntw")
    files.append("state/dash.log", b"three\n")
    assert (tmp_path / "state/dash.log").read_bytes() == b"one\ntw\nthree\n"


def failing(
    monkeypatch: pytest.MonkeyPatch, name: str, number: int, when: Callable[..., bool] = lambda *_: True
) -> None:
    real = getattr(os, name)

    def call(*given: Any, **named: Any) -> Any:
        if when(*given):
            raise OSError(number, os.strerror(number))
        return real(*given, **named)

    monkeypatch.setattr(os, name, call)


def disk_with_room_for(monkeypatch: pytest.MonkeyPatch, room: int) -> None:
    """Let os.write take `room` bytes, in a short write first, and then say that the disk is full."""
    real, left = os.write, [room]

    def write(fd: int, data: Any) -> int:
        if left[0] == 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        took = real(fd, bytes(data)[: left[0]])
        left[0] -= took
        return took

    monkeypatch.setattr(os, "write", write)


def test_a_full_disk_leaves_the_old_file_and_no_staging(
    files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.publish("state/dash.md", b"old")
    disk_with_room_for(monkeypatch, 5)
    with pytest.raises(Broken) as caught:
        files.publish("state/dash.md", b"newer than that")
    assert str(caught.value) == (
        "state/dash.md: cannot be written: No space left on device; nothing of it counts. "
        "Mend it: fleet tries again."
    )
    assert os.listdir(tmp_path / "state") == ["dash.md"]
    assert files.read("state/dash.md", limit=99) == b"old"


def test_a_full_disk_leaves_no_part_of_an_appended_line(
    files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.append("state/dash.log", b"one\n")
    disk_with_room_for(monkeypatch, 2)
    with pytest.raises(Broken, match="state/dash.log: cannot be added to: No space left on device"):
        files.append("state/dash.log", b"two\n")
    assert (tmp_path / "state/dash.log").read_bytes() == b"one\n"


def test_short_writes_are_written_on(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: real(fd, bytes(data)[:7]))
    files.publish("a", bytes(range(200)))
    assert files.read("a", limit=200) == bytes(range(200))


@pytest.mark.parametrize("call", ["open", "write", "fsync", "rename"])
@pytest.mark.parametrize("number", [errno.EIO, errno.EROFS, errno.EACCES])
def test_a_publish_that_fails_anywhere_is_broken_and_leaves_the_old_file(
    files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int
) -> None:
    files.publish("a", b"old")
    before = open_descriptors()
    with monkeypatch.context() as patch:
        failing(patch, call, number)
        with pytest.raises(Broken, match=f"a: cannot be written: {os.strerror(number)}"):
            files.publish("a", b"new", sync=True)
    assert files.read("a", limit=9) == b"old"
    assert os.listdir(tmp_path) == ["a"]
    assert open_descriptors() == before


def test_staging_left_by_the_dead_is_removed_and_that_of_the_living_kept(files: Files) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    for name in (f".staging-a.md-{dead.pid}", f".staging-b.md-{os.getppid()}", ".staging-odd", "c.md"):
        files.publish(f"inbox/{name}", b"")
    assert files.remove_staging("inbox") == [f".staging-a.md-{dead.pid}", ".staging-odd"]
    assert files.names("inbox") == [f".staging-b.md-{os.getppid()}", "c.md"]


def test_leftover_staging_of_an_earlier_process_of_the_same_number_is_in_nobodys_way(
    files: Files, tmp_path: Path
) -> None:
    (tmp_path / f".staging-a-{os.getpid()}").write_bytes(b"half of something longer")
    files.publish("a", b"new")
    assert files.read("a", limit=9) == b"new"


def test_a_name_of_full_length_can_be_published(files: Files) -> None:
    files.publish("n" * 255, b"x")
    assert files.read("n" * 255, limit=9) == b"x"


def test_only_an_empty_folder_is_removed(files: Files) -> None:
    files.publish("a/b/c", b"")
    assert not files.rmdir_if_empty("a/b")
    files.unlink("a/b/c")
    assert files.rmdir_if_empty("a/b")
    files.publish("a/b/c", b"made again")
    assert files.names("a/b") == ["c"]


HOLDER = """
import sys, time
from fleet.store.files import Files
lock = Files(sys.argv[1]).lock(".fleet/lock", since="2026-11-23T08:10:00-05:00")
print("held", flush=True)
time.sleep(60)
"""


def test_a_lock_held_by_another_process_names_it_and_ends_with_it(files: Files, tmp_path: Path) -> None:
    other = subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE)
    assert other.stdout is not None and other.stdout.readline() == b"held\n"
    with pytest.raises(GroundMoved) as caught:
        files.lock(".fleet/lock")
    assert str(caught.value) == (
        ".fleet/lock: another fleet process holds this folder "
        f"(pid {other.pid} since 2026-11-23T08:10:00-05:00); nothing was started. "
        "Stop that one first, or use it."
    )
    other.send_signal(signal.SIGKILL)
    other.wait()
    other.stdout.close()
    lock = files.lock(".fleet/lock")
    assert files.read(".fleet/lock", limit=99) == f"pid {os.getpid()}\n".encode()
    lock.close()
    files.lock(".fleet/lock").close()


def test_a_lock_is_not_fooled_by_a_stale_file(files: Files) -> None:
    files.publish(".fleet/lock", b"pid 1 since 2020-01-01T00:00:00Z\nand more text than the next one writes")
    files.lock(".fleet/lock").close()
    assert files.read(".fleet/lock", limit=99) == f"pid {os.getpid()}\n".encode()


def test_a_folder_that_is_missing_is_said(tmp_path: Path) -> None:
    with pytest.raises(Missing, match="cannot be opened: nothing is there"):
        Files(str(tmp_path / "none"))


def test_descriptors_are_all_given_back(tmp_path: Path) -> None:
    before = open_descriptors()
    files = Files(str(tmp_path))
    files.publish("a/b/c/d", b"x", sync=True)
    files.place("a/b/e", b"x")
    files.append("a/l", b"x\n")
    files.read("a/b/c/d", limit=9)
    files.move("a/b/e", "x/y/z")
    files.glob("**/*")
    files.lock(".fleet/lock").close()
    files.close()
    assert open_descriptors() == before


def test_a_file_where_a_folder_should_be_is_named(files: Files) -> None:
    files.publish("state", b"")
    with pytest.raises(NotRegular) as caught:
        files.publish("state/dash.md", b"")
    assert str(caught.value) == "state/dash.md: 'state' in it is not a folder; nothing was written"
    assert files.stat("state/dash.md") is None
    assert files.names("state/dash.md") == []


def test_a_look_at_a_file_says_whether_a_later_change_must_show(files: Files) -> None:
    files.publish("state/dash.md", b"one")
    fresh = files.stat("state/dash.md")
    time.sleep(2 * TICK_NS / 1e9)
    old = files.stat("state/dash.md")
    assert fresh is not None and old is not None
    assert (fresh.settled, old.settled) == (False, True)
    assert fresh == old
    assert repr(fresh) == repr(old)
