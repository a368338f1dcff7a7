"""`fleet audit erase`: records are emptied and their copies removed, or all that holds a text is found first."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from fleet.cli.answer import clean, print_json
from fleet.cli.ask import carry_out, open_view, say_aside
from fleet.cli.check import read_input
from fleet.cli.flags import Flags
from fleet.cli.page import plural
from fleet.cli.takes import argument, option
from fleet.core.frozen import dataclass
from fleet.errors import Refused, Typed, Undecided, Unreadable

if TYPE_CHECKING:
    from fleet.core.record import Record
    from fleet.core.redact import Redactor
    from fleet.runtime.view import View

NUMBERS = argument(metavar="N...", help="Numbers of records.", show_default=False)
SHORTEST = 6
"""Characters of a text that is looked for: a shorter one stands everywhere."""
SHOWN = 40
"""Lines of a list that are shown."""
ON_STDIN = "A text or a value is given on stdin: fleet audit erase --text-from - --because TEXT"
NAMED = re.compile(r"[A-Z_][A-Z0-9_]*")
"""What the name of a secret looks like mostly; anything else is not said back."""
PIECE = 1 << 20
DEEPEST = 64
"""Folders in folders that are looked through."""
GIT = ".git"
"""Not looked through: what was committed lies there compressed."""
_STATE = re.compile(r"state/([a-z][a-z0-9-]*)\.md")
_DAY = re.compile(r"ledger/[0-9]{4}-[0-9]{2}-[0-9]{2}\.jsonl")


@dataclass(frozen=True, slots=True)
class Found:
    """What is to be erased: records, those that cannot be now, copies; and files that are not fleet's to remove."""

    records: tuple[Record, ...] = ()
    refused: tuple[tuple[int, str], ...] = ()
    files: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    """Files that could not be looked through; they may hold it."""
    finder: Redactor | None = None

    def shown(self, path: str) -> str:
        """Give a path without what is looked for, which may stand in a name."""
        text = os.fsencode(path).decode("utf-8", "replace")
        return text if self.finder is None else self.finder.text(text)


def erase(
    flags: Flags,
    *,
    numbers: Annotated[list[str] | None, NUMBERS] = None,
    because: Annotated[str, option("--because", metavar="TEXT", help="Why; it is recorded.")] = "",
    secret: Annotated[
        str, option("--secret", metavar="NAME", help="All that holds this secret's value.")
    ] = "",
    text_from: Annotated[
        str, option("--text-from", metavar="FILE|-", help="All that holds the text in this file.")
    ] = "",
    dry_run: Annotated[bool, option("--dry-run", help="Only show what would be erased.")] = False,
    yes: Annotated[bool, option("--yes", "-y", help="Do not ask on a terminal.")] = False,
) -> int:
    """Empty the data of records, in the ledger and in every copy. The chain still holds and tells of it."""
    ways = [bool(numbers), bool(secret), bool(text_from)]
    if sum(ways) != 1:
        raise Typed("say what to erase: numbers of records, --secret NAME or --text-from FILE, one of them")
    if not because.strip() and not dry_run:
        raise Typed("say why it is erased: --because TEXT; nothing was erased")
    view = open_view(flags)
    if numbers:
        found, finder = _by_number(view, _read_numbers(numbers)), None
    else:
        finder = _finder(view, secret, text_from)
        found = _holding(view, finder)
        if Path(view.files.root, GIT).exists():
            say_aside(flags, f"Not looked through: {GIT}, where what was committed lies compressed")
        if not (found.records or found.files or found.left or found.unread):
            return _say(flags, found, "nothing holds it", erased=False)
    if dry_run:
        return _say(flags, found, "nothing was erased", erased=False)
    if finder is not None:
        _ask(found, from_stdin=text_from == "-", yes=yes)
    return _erase(flags, found, finder, because)


def _read_numbers(typed: Sequence[str]) -> list[int]:
    for word in typed:
        if not word.isascii() or not word.isdigit() or not 0 < int(word) < 1 << 53:
            where = f"; {ON_STDIN}" if any(map(str.isalpha, word)) else ""
            raise Typed(f"what is erased by number is a record, as 48113; nothing was erased{where}")
    return sorted({int(word) for word in typed})


def _by_number(view: View, numbers: Sequence[int]) -> Found:
    from fleet.core.erase import entry
    from fleet.runtime.erase import copies, examined

    records, refused = examined(view.files, view.account, numbers)
    missing = set(numbers) - {one.n for one in records}
    if missing:
        said = ", ".join(map(str, sorted(missing)[:5]))
        raise Typed(f"there is no record {said} in the ledger; nothing was erased")
    return Found(tuple(records), tuple(refused.items()), tuple(copies(view.files, map(entry, records))))


def _finder(view: View, secret: str, text_from: str) -> Redactor:
    from fleet.core.redact import Redactor

    value = _value(view, secret) if secret else _text(text_from)
    if len(value) < SHORTEST:
        raise Typed(
            f"what is looked for has under {SHORTEST} characters, so it stands everywhere; nothing was erased"
        )
    return Redactor([(secret or "text", value)])


def _text(source: str) -> str:
    try:
        return read_input(source).decode().strip("\r\n")
    except UnicodeDecodeError as exc:
        raise Unreadable(f"{source}: it is not UTF-8 at byte {exc.start}; nothing was erased") from exc


def _value(view: View, name: str) -> str:
    """Read the value of a secret as the daemon would, with the rights of who asks."""
    from fleet.runtime.secrets import Secrets

    secrets = Secrets(view.files.root, os.environ)
    secrets.use(view.chart)
    try:
        return secrets.value_now(name)
    except Unreadable as exc:
        named = f"the secret {name}" if NAMED.fullmatch(name) else "--secret"  # it may be the value itself
        raise Unreadable(f"{named}: {exc.why}; nothing was erased. {ON_STDIN}") from exc


def _holding(view: View, finder: Redactor) -> Found:
    """Find every record and every file below the folder that holds it, in any form that is known."""
    from fleet.core.erase import entry
    from fleet.core.record import read_line
    from fleet.runtime.erase import copies, examined
    from fleet.store.days import days, raw_lines

    numbers = [
        read_line(raw).n
        for day in days(view.files)
        for raw in raw_lines(view.files, day)
        if finder.spans(raw)
    ]
    records, refused = examined(view.files, view.account, numbers)
    gone = copies(view.files, [entry(one) for one in records if one.n not in refused])
    files, left, unread = (
        dict.fromkeys(_goes_as(path, finder) or path for path in gone),
        list[str](),
        list[str](),
    )
    for path in _paths(view.files.root):
        holds = path not in files and _holds(view.files.root, path, finder)
        if holds is None:
            unread.append(path)
        elif holds and (goes := _goes_as(path, finder)):
            files[goes] = None
        elif holds:
            left.append(path)
    return Found(tuple(records), tuple(refused.items()), (*sorted(files),), (*left,), (*unread,), finder)


def _goes_as(path: str, finder: Redactor) -> str:
    """Say by which path fleet removes it: where its name holds it, by the folder of its turn; "" if it may not."""
    from fleet.runtime.erase import is_own, is_turns

    if not is_own(path) or path.startswith("inbox/"):
        return ""
    if not finder.spans(os.fsencode(path)):
        return path
    folder = "/".join(path.split("/")[:3])
    return folder if is_turns(folder) and not finder.spans(folder.encode()) else ""


def _paths(root: str) -> Iterator[str]:
    """Yield all that has a name below the folder; a folder before what is in it."""
    folders = [""]
    while folders:
        here = folders.pop()
        try:
            entries = sorted(os.scandir(os.path.join(root, here)), key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in entries:
            path, folder = os.path.join(here, entry.name), entry.is_dir(follow_symlinks=False)
            if path == GIT or _DAY.fullmatch(path):  # a day's records are looked through one by one
                continue
            yield path
            if folder and path.count("/") < DEEPEST:
                folders.append(path)


def _holds(root: str, path: str, finder: Redactor) -> bool | None:
    """Say whether a name, what a link points at or a file holds it; None where that cannot be told."""
    full = Path(root, path)
    try:
        if finder.spans(os.fsencode(os.path.basename(path))) or finder.spans(os.fsencode(path)):
            return True
        if full.is_symlink():
            return bool(finder.spans(os.fsencode(os.readlink(full))))
        if full.is_dir() and (path.count("/") >= DEEPEST or not os.access(full, os.R_OK | os.X_OK)):
            return None
        return full.is_file() and (_stands_in(full, finder) or _spread_in(full, path, finder))
    except FileNotFoundError:
        return False  # it has just gone
    except OSError:
        return None


def _stands_in(full: Path, finder: Redactor) -> bool:
    """Look through a file, in pieces: it may be of any size."""
    from fleet.core.redact import names_along

    with full.open("rb") as file:
        return bool(names_along(finder, iter(lambda: file.read(PIECE), b"")))


def _spread_in(full: Path, path: str, finder: Redactor) -> bool:
    """Say whether what a turn left or printed holds it in parts, as one field after the other."""
    from fleet.runtime.erase import is_own
    from fleet.runtime.secrets import SPREAD_MAX

    if not is_own(path) or full.stat().st_size > SPREAD_MAX:
        return False
    raw = full.read_bytes()
    return finder.jsonl(raw) != raw


def _ask(found: Found, *, from_stdin: bool, yes: bool) -> None:
    """Show what was found, and go on only with a yes."""
    if yes:
        return
    if from_stdin or not sys.stdin.isatty():
        raise Undecided("\n".join([*_lines(found), "nothing was erased. Say yes to all of it with --yes"]))
    print("\n".join(map(clean, _lines(found))), file=sys.stderr)
    sys.stderr.write("Erase all of it? [y]es  [n]o > ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise Undecided("nothing was erased")


def _erase(flags: Flags, found: Found, finder: Redactor | None, because: str) -> int:
    refused = dict(found.refused)
    if finder is None and refused:
        n, why = next(iter(refused.items()))
        raise Refused(f"record {n} cannot be erased: {why}. Nothing was erased")
    wanted = [one.n for one in found.records if one.n not in refused]
    files = [path for path in found.files if finder is not None and not path.startswith(("inbox/", "state/"))]
    files += [
        path
        for path in found.files
        if finder is not None and path.startswith(("state/turns/", "state/history/"))
    ]
    same = _same_words(flags, found) if finder is None else []
    if wanted or files:
        carry_out(flags, "erase", {"n": wanted, "files": files, "because": because})
    if same:
        numbers = " ".join(map(str, same))
        say_aside(
            flags, f"The same words stand in {plural(len(same), 'record')} more: fleet audit erase {numbers}"
        )
    left = _after(open_view(flags), found, finder)
    kept = (*left.left, *left.files)
    gone = tuple(path for path in found.files if path not in kept)
    _say(flags, replace(found, files=gone, left=kept, unread=left.unread), because, erased=True)
    return 1 if left.records or kept or left.unread else 0


def _after(view: View, found: Found, finder: Redactor | None) -> Found:
    """Look again for what was to go."""
    from fleet.core.erase import entry
    from fleet.runtime.erase import copies, odd_tables

    if finder is not None:
        return _holding(view, finder)
    entries = [*map(entry, found.records)]
    return Found(left=(*copies(view.files, entries), *odd_tables(view.files, entries)))


def _same_words(flags: Flags, found: Found) -> list[int]:
    """Find other records with a text of those that go, such as the checkpoint of the next day."""
    from fleet.core.canonical import canonical
    from fleet.core.record import read_line
    from fleet.store.days import days, raw_lines

    texts = {text for one in found.records for text in _texts(one.data)}
    needles = [canonical(text)[1:-1] for text in sorted(texts, key=len, reverse=True)[:50]]
    gone, files = {one.n for one in found.records}, open_view(flags).files
    if not needles:
        return []
    return [
        n
        for day in days(files)
        for raw in raw_lines(files, day)
        if any(needle in raw for needle in needles) and (n := read_line(raw).n) not in gone
    ]


def _texts(value: Any) -> Iterator[str]:
    """Yield what somebody wrote: texts of several words."""
    if isinstance(value, str):
        if len(value) >= 16 and " " in value.strip():
            yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)


def _say(flags: Flags, found: Found, why: str, *, erased: bool) -> int:
    refused = dict(found.refused)
    if flags.json:
        data = {
            "erased": erased,
            "records": [_as_json(one, refused) for one in found.records],
            "files": [*map(found.shown, found.files)],
            "left": [*map(found.shown, (*found.left, *found.unread))],
        }
        print_json("erase", data, flags=flags)
        return 0
    for line in _lines(found):
        print(clean(line))
    done = [one for one in found.records if one.n not in refused]
    if erased:
        print(
            clean(
                f"Erased: {plural(len(done), 'record')} and {plural(len(found.files), 'file')}, "
                f"because {found.shown(why)}"
            )
        )
        print("The chain holds, and `fleet audit verify` tells of it.")
    else:
        print(f"{why[:1].upper()}{why[1:]}.")
    return 0


def _as_json(record: Record, refused: dict[int, str]) -> dict[str, object]:
    told = {
        "n": record.n,
        "at": record.at.isoformat(),
        "what": record.what,
        "seat": record.seat,
        "turn": record.turn,
    }
    return {**told, "refused": refused.get(record.n)}


def _lost(path: str) -> str:
    """Say what else goes with a file: all that is in it, not only what is looked for."""
    if state := _STATE.fullmatch(path):
        return f": then {state[1]} has no state, until it publishes again"
    return ": all that is kept of that turn" if path.startswith("state/turns/") else ""


def _lines(found: Found) -> list[str]:
    """Tell what was found, without a word of what it says."""
    refused = dict(found.refused)
    rows = [
        f"record {one.n}  {one.at:%Y-%m-%d %H:%M}  {one.what}  {one.seat or '-'} {one.turn or ''}".rstrip()
        + (f"  stays: {refused[one.n]}" if one.n in refused else "")
        for one in found.records
    ]
    rows += [f"file   {found.shown(path)}{_lost(path)}" for path in found.files]
    rows += [f"left   {found.shown(path)}: not fleet's to change; mend it by hand" for path in found.left]
    rows += [
        f"left   {found.shown(path)}: it cannot be read, and may hold it; look at it" for path in found.unread
    ]
    return (
        rows if len(rows) <= SHOWN else [*rows[:SHOWN], f"... and {len(rows) - SHOWN} more; --json tells all"]
    )
