"""Erase: a person empties records of the ledger, and what came of them goes out of every other file of fleet's own."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import count
from typing import TYPE_CHECKING, Any

from fleet.core.erase import GONE, entry, refusal
from fleet.core.names import (
    is_seat_id,
    log_path,
    out_path,
    path_parts,
    state_path,
    turn_log_path,
    turn_raw_path,
)
from fleet.core.record import ERASED, Draft, Record
from fleet.errors import Broken, Refused, Typed, Unreadable
from fleet.runtime.persons import acting, known
from fleet.store.below import DEPTH_MAX, below
from fleet.store.days import numbered
from fleet.store.files import Files
from fleet.store.trouble import FileTrouble, Missing

if TYPE_CHECKING:
    from fleet.core.account import Account
    from fleet.edge.socket import Caller
    from fleet.runtime.fleet import Fleet

AT_MOST = 10_000
"""Records that one erasure empties."""
OWN = ("state/turns/", "state/history/", "out/", "ledger/torn/", ".fleet/turns/", "inbox/")
"""Folders whose files are fleet's to remove: each is a copy, or what a turn left."""
FILE_MAX = 64 * 1024 * 1024
_FOLDER = re.compile(r"out/[a-z][a-z0-9-]{0,39}/t-[1-9][0-9]{0,11}")
_COLUMNS = {"seat", "metric", "turn"}
_TURN = re.compile(rb"^turn: *(t-[0-9]{1,12}) *$", re.MULTILINE)


def erase(fleet: Fleet, args: Mapping[str, Any], caller: Caller, now: datetime) -> dict[str, Any]:
    """Stage an erasure, and a checkpoint behind it, so that nothing reads what was emptied again."""
    because = str(args.get("because") or "").strip()
    if not because:
        raise Typed("say why it is erased: --because TEXT; nothing was erased")
    wanted = sorted({int(n) for n in args.get("n", ())})
    files = [str(path) for path in args.get("files", ())]
    if not wanted and not files:
        raise Typed("say which records: fleet audit erase N --because TEXT; nothing was erased")
    if len(wanted) > AT_MOST:
        raise Typed(f"{len(wanted)} records are more than {AT_MOST} at once; nothing was erased")
    by = acting(fleet, caller)
    found, refused = examined(fleet.files, fleet.account, wanted)
    _check(wanted, found, refused)
    for path in files:
        if not is_own(path):
            raise Refused(f"{path[:200]} is no file of fleet's own to remove; nothing was erased")
    data = {
        "n": wanted,
        **known(fleet, caller, by),
        "because": because,
        "records": [entry(one) for one in found],
        "files": files,
    }
    fleet.stage(Draft("erasure", data=data), now)
    fleet.stage(Draft("checkpoint", data=fleet.account.checkpoint()), now)
    return {"n": wanted, "files": files, "by": by}


def examined(files: Files, account: Account, wanted: Sequence[int]) -> tuple[list[Record], dict[int, str]]:
    """Read the records of these numbers; says of each that cannot be erased now why not."""
    found = list(numbered(files, wanted))
    refused = {one.n: why for one in found if (why := refusal(account, one))}
    return found, refused


def _check(wanted: Sequence[int], found: Sequence[Record], refused: Mapping[int, str]) -> None:
    missing = sorted(set(wanted) - {one.n for one in found})
    if missing:
        raise Typed(
            f"there is no record {', '.join(map(str, missing[:5]))} in the ledger; nothing was erased"
        )
    if refused:
        said = [
            f"record {one.n} ({one.what.removeprefix(ERASED)}) cannot be erased: {refused[one.n]}"
            for one in found
            if one.n in refused
        ]
        more = f"; and {len(said) - 5} more" if len(said) > 5 else ""
        raise Refused(f"{'; '.join(said[:5])}{more}. Nothing was erased")


def is_own(path: str) -> bool:
    """Say whether a path names a file that fleet may remove."""
    try:
        path_parts(path)
    except Unreadable:
        return False
    return path.startswith(OWN)


def is_turns(path: str) -> bool:
    """Say whether a path is the folder of what one turn left, which goes as a whole."""
    return _FOLDER.fullmatch(path) is not None


def carry_out(fleet: Fleet, record: Record) -> None:
    """Empty what an erasure lists, and remove the copies. Done again it changes nothing."""
    fleet.book.ledger.erase(record.data["n"])
    asked = (path for path in record.data.get("files", ()) if is_own(path))
    for path in (*copies(fleet.files, record.data["records"]), *asked):
        if is_turns(path):
            _remove(fleet.files, path)
        else:
            with suppress(FileTrouble, Broken):
                fleet.files.unlink(path)
    for one in record.data["records"]:
        if one["what"] == "turn_ended" and one.get("seat") and one.get("turn"):
            _remove(fleet.files, out_path(one["seat"], one["turn"]))
    for one in record.data["records"]:
        with suppress(FileTrouble, Broken):
            _lines(fleet.files, one)


def _remove(files: Files, top: str) -> None:
    """Remove a folder with all that is in it; what cannot be stays, and the next look finds it.

    What lies deep is brought up first, so that no path gets long.
    """
    folders, seen, names = [top], list[str](), (f"{top}/.erased-{n}" for n in count(1))
    while folders:
        here = folders.pop()
        seen.append(here)
        with suppress(FileTrouble, Broken):
            for name in files.names(here):
                with suppress(FileTrouble, Broken):
                    path = f"{here}/{name}"
                    stat = files.stat(path)
                    if stat is None or stat.kind != "folder":
                        files.unlink(path)
                        continue
                    if path.count("/") > DEPTH_MAX:
                        up = next(one for one in names if files.stat(one) is None)
                        files.move(path, up)
                        path = up
                    folders.append(path)
    for here in reversed(seen):
        with suppress(FileTrouble, Broken):
            files.rmdir_if_empty(here)


def left_over(fleet: Fleet, since: int, now: datetime) -> None:
    """Carry out the erasure that a crash may have cut off; `since` is the checkpoint from which the ledger was read."""
    number = fleet.account.erasing
    if not number:
        return
    if since < number:  # the checkpoint that belongs behind it was torn off
        fleet.stage(Draft("checkpoint", data=fleet.account.checkpoint()), now)
        fleet.settle()
    for record in numbered(fleet.files, [number]):
        if record.what == "erasure":
            carry_out(fleet, record)


def copies(files: Files, records: Iterable[Mapping[str, Any]]) -> list[str]:
    """Name the files that hold what these records told: messages, states, logs, raw output, what was to be sent."""
    found: dict[str, None] = {}
    for one in records:
        seat, turn, what = one.get("seat"), one.get("turn"), one["what"]
        if what == "turn_ended" and seat and turn and is_seat_id(seat):
            found |= dict.fromkeys(_of_turn(files, seat, turn))
        elif what == "message" and is_seat_id(str(one.get("to"))):
            found |= dict.fromkeys(_of_message(files, one["to"], str(one.get("id"))))
        elif what == "message_done" and is_seat_id(str(one.get("to"))):
            found |= dict.fromkeys(
                p for p in _of_message(files, one["to"], str(one.get("id"))) if p.endswith(".why")
            )
    return list(found)


def _of_turn(files: Files, seat: str, turn: str) -> Iterator[str]:
    for path in (turn_log_path(seat, turn), turn_raw_path(seat, turn)):
        with suppress(FileTrouble, Broken):
            if files.stat(path) is not None:
                yield path
    try:
        yield from (
            path for path, stat in below(files, out_path(seat, turn)).items() if stat.kind != "folder"
        )
    except (Unreadable, Broken):
        yield out_path(seat, turn)  # what cannot be listed goes as a whole
    for path in [state_path(seat), *files.glob(f"state/history/{seat}/*.md")]:
        with suppress(FileTrouble, Broken):
            front = files.read(path, limit=FILE_MAX).split(b"\n---", 1)[0]
            told = _TURN.search(front)
            if told is not None and told[1].decode() == turn:
                yield path


def _of_message(files: Files, to: str, identity: str) -> Iterator[str]:
    named = re.compile(rf"-{re.escape(identity)}\.md(\.[0-9]+)?(\.why)?")
    for pattern in ("new/*", "cur/*", "dead/*", "done/*/*"):
        with suppress(FileTrouble, Broken):
            for path in files.glob(f"inbox/{to}/{pattern}"):
                at = path.rfind(f"-{identity}.md")
                if at >= 0 and named.fullmatch(path, at):
                    yield path


def _lines(files: Files, one: Mapping[str, Any]) -> None:
    """Take what a record told out of the files that have a line for it."""
    if one["what"] == "turn_ended" and one.get("seat") and one.get("turn"):
        _log(files, one["seat"], one["turn"])
    elif one["what"] == "value" and one.get("week") and one.get("metric"):
        _row(files, one)


def _log(files: Files, seat: str, turn: str) -> None:
    path = log_path(seat)
    try:
        text = files.read(path, limit=1 << 30).decode("utf-8", "replace")
    except Missing:
        return
    told = text.split("\n")
    for at, line in enumerate(told):
        parts = line.split(" ", 4)
        if len(parts) > 4 and parts[1] == turn and parts[4] != GONE:
            told[at] = " ".join([*parts[:4], GONE])
    if (new := "\n".join(told)) != text:
        files.publish(path, new.encode())


def odd_tables(files: Files, records: Iterable[Mapping[str, Any]]) -> list[str]:
    """Name the weeks' tables that were edited so that no line of a value can be found in them."""
    weeks = {one["week"] for one in records if one["what"] == "value" and one.get("week")}
    found = []
    for path in sorted(f"scorecard/{week}.csv" for week in weeks):
        with suppress(Missing):
            try:
                odd = bool(_COLUMNS.difference(_table(files, path)[0]))
            except (FileTrouble, Broken):
                odd = True
            found += [path] if odd else []
    return found


def _table(files: Files, path: str) -> list[list[str]]:
    """Read a table that anybody may have edited; one that is none has an empty header."""
    text = files.read(path, limit=FILE_MAX).decode("utf-8", "replace")
    try:
        return [*csv.reader(io.StringIO(text))] or [[]]
    except csv.Error:
        return [[]]


def _row(files: Files, one: Mapping[str, Any]) -> None:
    path = f"scorecard/{one['week']}.csv"
    try:
        header, *rows = _table(files, path)
    except Missing:
        return
    if _COLUMNS.difference(header):
        return  # `odd_tables` tells of it
    which = [header.index(name) for name in ("seat", "metric", "turn")]
    wanted = [one.get("seat", ""), one["metric"], one.get("turn", "")]
    kept = [row for row in rows if len(row) <= max(which) or [row[at] for at in which] != wanted]
    if len(kept) != len(rows):
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows([header, *kept])
        files.publish(path, out.getvalue().encode())
