"""The ledger takes groups whole or not at all, survives being killed, and tells what was tampered with."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from fleet.core.record import ZERO, Draft, Record
from fleet.errors import Broken, Unreadable
from fleet.store.files import Files
from fleet.store.ledger import Ledger, records, since_checkpoint, tail
from fleet.store.verify import Verified, verify

NOW = datetime(2026, 11, 23, 13, 10, 0, 123456, UTC)
DAY = timedelta(days=1)


@pytest.fixture
def files(tmp_path: Path) -> Iterator[Files]:
    opened = Files(str(tmp_path))
    yield opened
    opened.close()


@pytest.fixture
def ledger(files: Files) -> Iterator[Ledger]:
    opened = Ledger.open(files, NOW)
    yield opened
    opened.close()


def commit(ledger: Ledger, *words: str, at: datetime = NOW) -> list[Record]:
    drafts = [Draft("value", "dash", "t-1", {"word": word}) for word in words]
    return ledger.commit(drafts, now=at, checkpoint=lambda: {"open": []})


def whats(found: Sequence[Record]) -> list[str]:
    return [str(r.data["word"]) if r.what == "value" else r.what for r in found]


def day_file(files: Files, at: datetime = NOW) -> Path:
    return Path(files.root, f"ledger/{at:%Y-%m-%d}.jsonl")


def test_a_new_ledger_begins_with_a_checkpoint_behind_64_zeros(files: Files, ledger: Ledger) -> None:
    assert (ledger.next_n, ledger.last_hash, ledger.recent(), ledger.torn) == (1, ZERO, [], ())
    (first,) = commit(ledger, "a")
    assert (first.n, first.at, first.seat, first.turn, first.data) == (2, NOW, "dash", "t-1", {"word": "a"})
    checkpoint = ledger.recent()[0]
    assert (checkpoint.n, checkpoint.prev, checkpoint.data) == (1, ZERO, {"open": []})
    assert first.prev == checkpoint.hash
    assert (ledger.next_n, ledger.last_hash) == (3, first.hash)


def test_a_line_has_the_keys_the_formats_say(files: Files, ledger: Ledger) -> None:
    commit(ledger, "a")
    found = json.loads(day_file(files).read_bytes().splitlines()[1])
    assert list(found) == ["at", "data", "data_sha256", "hash", "n", "prev", "seat", "turn", "what"]
    assert found["at"] == "2026-11-23T13:10:00.123456Z"


def test_what_is_committed_is_what_is_read_back(files: Files, ledger: Ledger) -> None:
    made = commit(ledger, "a", "b") + commit(ledger, "c")
    assert ledger.recent()[1:] == made
    assert list(records(files))[1:] == made
    assert Ledger.open(files, NOW).recent() == ledger.recent()


def test_nothing_to_record_makes_no_file(files: Files, ledger: Ledger) -> None:
    assert commit(ledger) == []
    assert files.names("ledger") == []


def test_a_group_is_one_write_and_one_sync(
    files: Files, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(ledger, "first")
    calls: list[str] = []
    for name in ("open", "write", "fsync", "fdatasync", "rename", "link", "ftruncate"):
        monkeypatch.setattr(os, name, counted(calls, name, getattr(os, name)))
    commit(ledger, *"abcdefgh")
    assert calls == ["write", "fdatasync"]


def counted(calls: list[str], name: str, real: Callable[..., Any]) -> Callable[..., Any]:
    def call(*given: Any, **named: Any) -> Any:
        calls.append(name)
        return real(*given, **named)

    return call


def test_a_new_days_file_and_its_folder_are_synced(
    files: Files, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    for name in ("write", "fsync", "fdatasync"):
        monkeypatch.setattr(os, name, counted(calls, name, getattr(os, name)))
    commit(ledger, "a")
    assert calls == ["write", "fsync", "fsync"]


def test_a_scratch_folders_ledger_is_written_at_once_and_never_synced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    for name in ("write", "fsync", "fdatasync"):
        monkeypatch.setattr(os, name, counted(calls, name, getattr(os, name)))
    files = Files(str(tmp_path), scratch=True)
    ledger = Ledger.open(files, NOW)
    commit(ledger, "a")
    commit(ledger, "b")
    files.publish("state/dash.md", b"x", sync=True)
    assert calls == ["write", "write", "write"]  # what is written is there, whoever is killed next
    assert len(ledger.recent()) == 3


def test_each_utc_day_has_a_file_that_begins_with_a_checkpoint(files: Files, ledger: Ledger) -> None:
    late = datetime(2026, 11, 23, 23, 30, tzinfo=timezone(timedelta(hours=-5)))  # the 24th in UTC
    commit(ledger, "a")
    commit(ledger, "b", at=late)
    assert files.names("ledger") == ["2026-11-23.jsonl", "2026-11-24.jsonl"]
    assert whats(ledger.recent()) == ["checkpoint", "b"]
    assert whats(list(records(files))) == ["checkpoint", "a", "checkpoint", "b"]
    assert whats(list(records(files, newest_first=True))) == ["b", "checkpoint", "a", "checkpoint"]
    assert verify(files).lines == 4


def test_a_clock_put_back_stays_in_the_newest_file(files: Files, ledger: Ledger) -> None:
    commit(ledger, "a")
    commit(ledger, "b", at=NOW - 3 * DAY)
    again = Ledger.open(files, NOW - 3 * DAY)
    commit(again, "c", at=NOW - 3 * DAY)
    assert files.names("ledger") == ["2026-11-23.jsonl"]
    assert verify(files).broken is None
    assert whats(list(records(files, since=NOW))) == ["checkpoint", "a"]


def test_starting_reads_nothing_older_than_the_last_checkpoint(files: Files, ledger: Ledger) -> None:
    commit(ledger, "a")
    commit(ledger, "b", at=NOW + DAY)
    day_file(files).write_bytes(b"nobody can read this\n")
    again = Ledger.open(files, NOW + DAY)
    assert whats(again.recent()) == ["checkpoint", "b"]
    assert again.last_hash == ledger.last_hash


def test_a_checkpoint_within_a_day_is_where_the_next_start_begins(files: Files, ledger: Ledger) -> None:
    commit(ledger, "a", "b")
    ledger.commit([Draft("checkpoint", data={"what": "checkpoint"})], now=NOW, checkpoint=dict)
    commit(ledger, "c", '"what":"checkpoint"}\n')
    assert whats(ledger.recent()) == ["checkpoint", "c", '"what":"checkpoint"}\n']
    assert Ledger.open(files, NOW).recent() == ledger.recent()


def test_a_reader_without_the_lock_sees_the_same_and_changes_nothing(files: Files, ledger: Ledger) -> None:
    assert since_checkpoint(files) == []
    commit(ledger, "a")
    commit(ledger, "b", at=NOW + DAY)
    day_file(files, NOW + 2 * DAY).write_bytes(b'{"at":')  # a day whose first line is being written
    assert since_checkpoint(files) == ledger.recent()
    assert day_file(files, NOW + 2 * DAY).read_bytes() == b'{"at":'


def test_drafts_that_begin_with_a_checkpoint_get_no_second_one(files: Files, ledger: Ledger) -> None:
    made = ledger.commit([Draft("checkpoint"), Draft("started")], now=NOW, checkpoint=lambda: {"not": "used"})
    assert [(r.n, r.what) for r in made] == [(1, "checkpoint"), (2, "started")]


def test_a_draft_that_cannot_be_sealed_records_nothing_of_its_group(files: Files, ledger: Ledger) -> None:
    commit(ledger, "a")
    before = day_file(files).read_bytes()
    with pytest.raises(Unreadable, match="nan cannot stand in a record"):
        ledger.commit([Draft("started"), Draft("value", data={"x": float("nan")})], now=NOW, checkpoint=dict)
    assert day_file(files).read_bytes() == before
    assert commit(ledger, "b")[0].n == 3


@pytest.mark.parametrize("kept", [0, 1, 100, -1])
def test_a_torn_tail_is_moved_aside_and_the_chain_goes_on(files: Files, ledger: Ledger, kept: int) -> None:
    commit(ledger, "a")
    good = day_file(files).read_bytes()
    commit(ledger, "b")
    torn = day_file(files).read_bytes()[len(good) : -1][:kept] or b"\0"
    day_file(files).write_bytes(good + torn)
    assert whats(list(records(files))) == ["checkpoint", "a"]
    again = Ledger.open(files, NOW)
    assert again.torn == (f"ledger/torn/2026-11-23-{len(good)}.bin",)
    assert files.read(again.torn[0], limit=9999) == torn
    assert day_file(files).read_bytes() == good
    assert commit(again, "c")[0].n == 3
    assert verify(files).broken is None
    assert Ledger.open(files, NOW).torn == ()


def test_torn_bytes_are_moved_even_if_an_earlier_move_was_cut_short(files: Files, ledger: Ledger) -> None:
    commit(ledger, "a")
    good = day_file(files).read_bytes()
    name = f"ledger/torn/2026-11-23-{len(good)}"
    for torn, place in [(b"x", ".bin"), (b"x", ".bin"), (b"y", "-2.bin")]:
        day_file(files).write_bytes(good + torn)
        assert Ledger.open(files, NOW).torn == (name + place,)
        assert files.read(name + place, limit=9) == torn


def test_a_first_line_that_is_torn_leaves_the_day_before_as_the_newest(files: Files, ledger: Ledger) -> None:
    commit(ledger, "a")
    day_file(files, NOW + DAY).write_bytes(b'{"at":"2026')
    again = Ledger.open(files, NOW + DAY)
    assert whats(again.recent()) == ["checkpoint", "a"]
    commit(again, "b", at=NOW + DAY)
    assert whats(Ledger.open(files, NOW + DAY).recent()) == ["checkpoint", "b"]
    assert verify(files).lines == 4


def edited(files: Files, change: Callable[[list[bytes]], list[bytes]], at: datetime = NOW) -> None:
    path = day_file(files, at)
    path.write_bytes(b"".join(change(path.read_bytes().splitlines(keepends=True))))


@pytest.mark.parametrize(
    ("change", "line", "why"),
    [
        (lambda ls: [*ls[:2], ls[2].replace(b"}\n", b"\n"), *ls[3:]], 3, "it is not JSON"),
        (lambda ls: [*ls[:2], ls[2].replace(b'"b"', b'"x"'), *ls[3:]], 3, "the data was edited"),
        (lambda ls: [*ls[:2], ls[2].replace(b"t-1", b"t-2"), *ls[3:]], 3, "the line was edited"),
        (lambda ls: [*ls[:2], ls[2].replace(b'{"at"', b'{ "at"'), *ls[3:]], 3, "it was rewritten"),
        (lambda ls: [*ls[:2], *ls[3:]], 3, "its n is 4 where 3 comes next"),
        (lambda ls: [*ls[:2], ls[3], ls[2]], 3, "its n is 4 where 3 comes next"),
        (lambda ls: [*ls[:2], ls[1], *ls[2:]], 3, "its n is 2 where 3 comes next"),
        (lambda ls: [*ls[:2], b"\n", *ls[2:]], 3, "it is not JSON"),
        (lambda ls: ls[1:], 1, None),
    ],
)
def test_a_line_that_does_not_hold_is_named_at_start_and_by_verify(
    files: Files, ledger: Ledger, change: Callable[[list[bytes]], list[bytes]], line: int, why: str | None
) -> None:
    commit(ledger, "a", "b", "c")
    edited(files, change)
    at_start = why or "a day begins with a checkpoint: lines before it were cut"
    with pytest.raises(Broken, match=f"^ledger/2026-11-23.jsonl:{line}: .*{at_start}.*fleet audit verify"):
        Ledger.open(files, NOW)
    broken = verify(files).broken
    assert broken is not None
    assert (broken.file, broken.line) == ("ledger/2026-11-23.jsonl", line)
    assert (why or "its n is 2 where 1 comes next") in broken.why


def three_days(ledger: Ledger) -> None:
    for day in range(3):
        commit(ledger, "a", "b", at=NOW + day * DAY)


def test_a_whole_chain_holds(files: Files, ledger: Ledger) -> None:
    three_days(ledger)
    assert verify(files) == Verified(
        lines=9, days=3, last_hash=ledger.last_hash, broken=None, erased=[], torn=0
    )


def test_an_empty_ledger_holds(files: Files) -> None:
    assert verify(files) == Verified(lines=0, days=0, last_hash=ZERO, broken=None, erased=[])


def found_in(files: Files) -> tuple[str, int, int | None, str]:
    broken = verify(files).broken
    assert broken is not None
    return broken.file, broken.line, broken.n, broken.why


CUT = "lines were cut, swapped or put in"


def test_a_missing_day_is_found(files: Files, ledger: Ledger) -> None:
    three_days(ledger)
    day_file(files, NOW + DAY).unlink()
    assert found_in(files) == ("ledger/2026-11-25.jsonl", 1, 7, f"its n is 7 where 4 comes next: {CUT}")


def test_a_missing_first_day_is_found(files: Files, ledger: Ledger) -> None:
    three_days(ledger)
    day_file(files).unlink()
    assert found_in(files) == ("ledger/2026-11-24.jsonl", 1, 4, f"its n is 4 where 1 comes next: {CUT}")


def test_lines_cut_off_the_end_of_an_older_day_are_found(files: Files, ledger: Ledger) -> None:
    three_days(ledger)
    edited(files, lambda found: found[:-1], NOW + DAY)
    assert found_in(files) == ("ledger/2026-11-25.jsonl", 1, 7, f"its n is 7 where 6 comes next: {CUT}")


def test_bytes_cut_off_the_end_of_an_older_day_are_found(files: Files, ledger: Ledger) -> None:
    three_days(ledger)
    edited(files, lambda found: [*found[:-1], found[-1][:-9]], NOW + DAY)
    assert found_in(files)[:2] == ("ledger/2026-11-24.jsonl", 3)


def test_days_whose_names_were_swapped_are_found(files: Files, ledger: Ledger) -> None:
    three_days(ledger)
    day_file(files, NOW + DAY).rename(day_file(files, NOW - DAY))
    assert found_in(files)[:2] == ("ledger/2026-11-22.jsonl", 1)


def test_a_first_day_under_an_earlier_name_is_found(files: Files, ledger: Ledger) -> None:
    three_days(ledger)
    day_file(files).rename(day_file(files, NOW - DAY))
    assert found_in(files)[3] == "it is of a later day than its file's name says: the file was renamed"


def test_a_torn_end_is_told_and_is_not_tampering(files: Files, ledger: Ledger) -> None:
    three_days(ledger)
    with day_file(files, NOW + 2 * DAY).open("ab") as out:
        out.write(b'{"at":"20')
    assert verify(files) == Verified(
        lines=9, days=3, last_hash=ledger.last_hash, broken=None, erased=[], torn=9
    )


def test_a_last_newline_that_was_cut_is_found(files: Files, ledger: Ledger) -> None:
    commit(ledger, "a")
    edited(files, lambda found: [found[0], found[1][:-1]])
    assert found_in(files)[1:] == (2, 2, "it is a whole line, but its newline was changed or cut")


def erase(ledger: Ledger, *numbers: int, at: datetime = NOW) -> list[int]:
    listed = {"n": list(numbers), "because": "a leaked key"}
    ledger.commit([Draft("erasure", data=listed)], now=at, checkpoint=dict)
    return ledger.erase(numbers)


def test_erased_data_is_gone_and_the_chain_holds_and_lists_it(files: Files, ledger: Ledger) -> None:
    three_days(ledger)
    assert erase(ledger, 3, 8, 99, at=NOW + 2 * DAY) == [3, 8]
    found = verify(files)
    assert (found.broken, found.erased, found.lines) == (None, [3, 8], 10)
    assert [r.n for r in records(files) if not r.data] == [3, 8]
    commit(ledger, "c", at=NOW + 2 * DAY)
    again = Ledger.open(files, NOW + 2 * DAY)
    assert again.last_hash == ledger.last_hash
    assert [r.data for r in again.recent() if r.n == 8] == [{}]
    assert verify(files).lines == 11


def test_data_emptied_by_hand_is_found(files: Files, ledger: Ledger) -> None:
    commit(ledger, "a", "b")
    edited(files, lambda found: [*found[:1], found[1].replace(b'{"word":"a"}', b"{}"), found[2]])
    assert found_in(files)[1:] == (2, 2, "its data was emptied, and no erasure record lists it")


def refuse(monkeypatch: pytest.MonkeyPatch, name: str, number: int) -> None:
    def call(*_: Any, **__: Any) -> Any:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, name, call)


def short_then_full(monkeypatch: pytest.MonkeyPatch, room: int) -> None:
    real, left = os.write, [room]

    def write(fd: int, data: Any) -> int:
        if not left[0]:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        took = real(fd, bytes(data)[: left[0]])
        left[0] -= took
        return took

    monkeypatch.setattr(os, "write", write)


@pytest.mark.parametrize("begun", [True, False])
@pytest.mark.parametrize("room", [0, 1, 500])
def test_a_full_disk_records_nothing_and_the_same_drafts_can_be_tried_again(
    files: Files, ledger: Ledger, monkeypatch: pytest.MonkeyPatch, begun: bool, room: int
) -> None:
    if begun:
        commit(ledger, "a")
    before = (ledger.next_n, ledger.last_hash, ledger.recent())
    with monkeypatch.context() as patch:
        short_then_full(patch, room)
        for _ in range(2):
            with pytest.raises(Broken) as caught:
                commit(ledger, "b", "c")
    assert str(caught.value) == (
        "nothing was recorded, no action runs: ledger/2026-11-23.jsonl: cannot be added to: "
        "No space left on device; nothing of it counts. Mend it: fleet tries again."
    )
    assert (ledger.next_n, ledger.last_hash, ledger.recent()) == before
    assert Ledger.open(files, NOW).recent() == before[2]
    assert whats(commit(ledger, "b", "c")) == ["b", "c"]
    assert verify(files).broken is None


@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC, errno.EROFS, errno.EDQUOT])
@pytest.mark.parametrize("begun", [True, False])
def test_a_failed_sync_is_not_called_again_but_cut_and_rewritten(
    files: Files, ledger: Ledger, monkeypatch: pytest.MonkeyPatch, begun: bool, number: int
) -> None:
    if begun:
        commit(ledger, "a")
    size = day_file(files).stat().st_size if begun else 0
    with monkeypatch.context() as patch:
        refuse(patch, "fdatasync", number)
        refuse(patch, "fsync", number)
        with pytest.raises(Broken, match=f"nothing was recorded.*: {os.strerror(number)}"):
            commit(ledger, "b")
    assert day_file(files).stat().st_size == size
    calls: list[str] = []
    for name in ("write", "fdatasync", "fsync"):
        monkeypatch.setattr(os, name, counted(calls, name, getattr(os, name)))
    commit(ledger, "b")
    assert calls == (["write", "fdatasync"] if begun else ["write", "fsync", "fsync"])
    assert verify(files).broken is None


def test_a_disk_that_refuses_even_the_cut_is_cut_before_the_next_write(
    files: Files, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(ledger, "a")
    with monkeypatch.context() as patch:
        refuse(patch, "fdatasync", errno.EIO)
        refuse(patch, "ftruncate", errno.EIO)
        with pytest.raises(Broken):
            commit(ledger, "b")
        with pytest.raises(Broken, match="cannot be cut back"):
            commit(ledger, "b")
    assert commit(ledger, "c", at=NOW + DAY)[0].n == 4
    assert whats(list(records(files))) == ["checkpoint", "a", "checkpoint", "c"]
    assert verify(files).broken is None


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES, errno.EMFILE])
def test_a_folder_that_cannot_be_written_is_broken(
    files: Files, ledger: Ledger, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    refuse(monkeypatch, "open", number)
    with pytest.raises(Broken, match=os.strerror(number)):
        commit(ledger, "a")
    with pytest.raises(Broken, match=os.strerror(number)):
        Ledger.open(files, NOW)


def test_a_ledger_that_is_a_link_is_broken(files: Files, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "ledger").symlink_to("elsewhere")
    with pytest.raises(Broken, match="links are not followed"):
        Ledger.open(files, NOW)


def test_a_file_edited_in_place_or_replaced_while_running_is_written_on(files: Files, ledger: Ledger) -> None:
    commit(ledger, "a", "b")
    edited(files, lambda found: [found[0], found[1].replace(b'"a"', b'"longer"'), found[2]])
    commit(ledger, "c")
    copy = day_file(files).with_name("copy")
    shutil.copy(day_file(files), copy)
    copy.replace(day_file(files))
    commit(ledger, "d")
    assert whats(list(records(files))) == ["checkpoint", "longer", "b", "c", "d"]
    assert found_in(files)[1] == 2


def test_a_file_that_lost_our_last_line_is_not_added_to(files: Files, ledger: Ledger) -> None:
    commit(ledger, "a", "b")
    edited(files, lambda found: found[:-1])
    with pytest.raises(Broken, match="its last line is not record 3; nothing was added"):
        commit(ledger, "c")
    day_file(files).unlink()
    with pytest.raises(Broken, match="its last line is not record 3; nothing was added"):
        commit(ledger, "c")


def test_the_last_records_are_read_from_the_end(files: Files, ledger: Ledger) -> None:
    commit(ledger, *"abc")
    big = "x" * 3_000_000  # a line over more than one block
    commit(ledger, big, "d", at=NOW + DAY)
    assert whats(tail(files, 4)) == ["c", "checkpoint", big, "d"]
    assert whats(tail(files, 1)) == ["d"]
    assert len(tail(files, 99)) == 7
    assert tail(files, 0) == []
    assert Ledger.open(files, NOW + DAY).recent() == tail(files, 3)


def test_lines_of_any_length_are_read_the_same_both_ways(
    files: Files, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(ledger, *("x" * length for length in range(0, 900, 7)))
    forward = list(records(files))
    for block in (64, 100, 511, 512, 4096):
        monkeypatch.setattr("fleet.store.ledger._BLOCK", block)
        assert list(records(files)) == forward
        assert list(records(files, newest_first=True)) == forward[::-1]
        assert Ledger.open(files, NOW).recent() == forward


def test_an_unreadable_line_is_named_while_reading(files: Files, ledger: Ledger) -> None:
    commit(ledger, "a", "b")
    edited(files, lambda found: [*found[:2], b"?\n", found[2]])
    for newest_first in (False, True):
        with pytest.raises(Broken, match="^ledger/2026-11-23.jsonl:3: .*it is not JSON"):
            list(records(files, newest_first=newest_first))


def die_at(step: int, calls: Sequence[str]) -> None:
    """Make the process end at the step-th call of any of these."""
    made = [0]

    def deadly(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            made[0] += 1
            if made[0] == step:
                os._exit(9)
            return real(*given, **named)

        return call

    for name in calls:
        setattr(os, name, deadly(getattr(os, name)))


def work(root: Path, step: int, told: int) -> None:
    """Commit over two days, tearing one tail, and tell through a pipe what was acknowledged."""
    tell = os.write
    die_at(step, ("open", "write", "rename", "link", "unlink", "mkdir", "fsync", "fdatasync", "ftruncate"))
    ledger = Ledger.open(Files(str(root)), NOW)
    for n, at in enumerate([NOW, NOW, NOW + DAY]):
        for record in commit(ledger, f"{n}a", f"{n}b", at=at):
            tell(told, f"{record.n}\n".encode())


@pytest.mark.parametrize("torn", [False, True])
def test_killed_at_any_call_the_ledger_opens_with_all_that_was_acknowledged(
    tmp_path: Path, torn: bool
) -> None:
    step, status = 0, 9
    while status == 9:
        step += 1
        root = tmp_path / str(step)
        root.mkdir()
        if torn:
            (root / "ledger").mkdir()
            (root / "ledger/2026-11-23.jsonl").write_bytes(b'{"at":')
        ours, theirs = os.pipe()
        child = os.fork()
        if child == 0:
            work(root, step, theirs)
            os._exit(0)
        os.close(theirs)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        with os.fdopen(ours) as told:
            acknowledged = [int(n) for n in told.read().split()]
        files = Files(str(root))
        again = Ledger.open(files, NOW)
        assert again.next_n > max(acknowledged, default=0)
        commit(again, "after", at=NOW + DAY)
        assert verify(files).broken is None
        again.close()
        files.close()
    assert (status, len(acknowledged), step > 15) == (0, 6, True)


PYTHON_VERIFIER = """\
import json, hashlib, pathlib, sys
sha = lambda text: hashlib.sha256(text.encode()).hexdigest()
prev, n = "0" * 64, 0
for file in sorted(pathlib.Path(sys.argv[1]).glob("*.jsonl")):
    for number, line in enumerate(file.read_text("utf-8").split("\\n")[:-1], 1):
        found, n = json.loads(line), n + 1
        data = line[line.index('"data":') + 7 : line.rindex(',"data_sha256":')]
        head = {key: value for key, value in found.items() if key not in ("data", "hash")}
        text = json.dumps(head, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        holds = found["n"] == n and found["prev"] == prev and found["hash"] == sha(text)
        if not holds or (data != "{}" and sha(data) != found["data_sha256"]):
            sys.exit(f"{file}:{number}: does not hold")
        prev = found["hash"]
print(n, prev)
"""


def outside_verifiers(tmp_path: Path) -> list[list[str]]:
    script = tmp_path / "verifier.py"
    script.write_text(PYTHON_VERIFIER)
    found = [[sys.executable, "-I", str(script)]]
    if perl := shutil.which("perl"):
        found.append([perl, str(Path(__file__).with_name("verifier.pl"))])
    return found


def test_fifteen_lines_of_another_language_find_the_same(
    files: Files, ledger: Ledger, tmp_path: Path
) -> None:
    three_days(ledger)
    odd = {"float": [1.0, 1e-7, 1e16, 0.1], "\U0001f600\ue000": 'é\n"},"data_sha256":"', "big": 2**60}
    ledger.commit([Draft("value", data=odd), Draft("value", data={"key": 1})], now=NOW, checkpoint=dict)
    erase(ledger, 11, at=NOW)
    assert verify(files).erased == [11]
    for command in outside_verifiers(tmp_path):
        done = subprocess.run([*command, str(tmp_path / "ledger")], capture_output=True, text=True)
        assert (done.stdout, done.stderr) == (f"{verify(files).lines} {ledger.last_hash}\n", "")
    edited(files, lambda found: [found[0], found[1].replace(b'"a"', b'"b"'), *found[2:]], NOW + DAY)
    for command in outside_verifiers(tmp_path):
        done = subprocess.run([*command, str(tmp_path / "ledger")], capture_output=True, text=True)
        assert done.returncode != 0
        assert "2026-11-24.jsonl:2: " in done.stderr
