"""`fleet tail`: what happened, of all seats in one order of time; and what goes on happening."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, tzinfo
from typing import TYPE_CHECKING, Annotated, Any, TextIO

from fleet.cli.answer import dumps, print_json
from fleet.cli.ask import open_view, say_aside, seat_of
from fleet.cli.flags import Flags
from fleet.cli.lines import line_of, set_lines
from fleet.cli.takes import argument, option
from fleet.cli.terminal import width
from fleet.cli.times import typed_time, zone_of
from fleet.errors import Typed

if TYPE_CHECKING:
    from fleet.core.record import Record
    from fleet.runtime.view import View
    from fleet.store.files import Files

POLL_S = 0.2
"""How often the ledger's size is looked at by -f."""
NARRATE_S = 0.5
"""How often the foreground of `fleet up` does: it shall cost nothing."""
LINES, LOGS = 20, 3
"""Records, and logs of turns, that are shown if no number is named."""
SCAN_MAX = 200_000
"""Records looked at for the last n of a kind; a year of a small fleet."""
KINDS: Mapping[str, frozenset[str]] = {
    "turn": frozenset({"turn_started", "turn_ended"}),
    "mail": frozenset({"message", "message_done", "escalation_step", "told"}),
    "verdict": frozenset(
        {"verdict", "approval_asked", "approval_answered", "action_intent", "action_outcome"}
    ),
    "wake": frozenset({"wake_due", "wake_skipped", "wake_missed"}),
    "claim": frozenset({"claim"}),
    "value": frozenset({"value"}),
    "trouble": frozenset({"trouble", "clock_step", "wake_missed"}),
    "all": frozenset(),
}
USUAL = frozenset(
    {
        *("turn_ended", "message", "claim", "escalation_step", "trouble", "pause", "resume", "revision"),
        *("started", "stopped", "wake_missed", "clock_step", "retirement", "erasure"),
        *KINDS["verdict"],
    }
)
"""What is shown if no kind is named: all but what merely leads to these."""
CONCERNED = ("to", "from", "by", "who", "person", "asked")
"""Keys that name a seat which a record concerns, beside that of its own seat."""
NO_TROUBLE = "No trouble of the machine or of fleet.yaml is recorded; that of seats: fleet status"
ECHOES = frozenset({"approval_asked", "action_intent"})
"""What a verdict has said already."""


def tail(
    flags: Flags,
    *,
    seats: Annotated[
        list[str] | None,
        argument(metavar="SEAT...", help="What is of these alone.", show_default=False),
    ] = None,
    number: Annotated[
        int | None, option("-n", metavar="N", min=0, help="How many; 20, or all --since, if not said.")
    ] = None,
    follow: Annotated[bool, option("-f", help="Go on until Ctrl-C.")] = False,
    kind: Annotated[
        str,
        option(
            "--kind",
            metavar="|".join([*KINDS, "log"]),
            help="Only these; log is what holders wrote to stderr.",
        ),
    ] = "",
    since: Annotated[
        str, option("--since", metavar="TIME|SPAN", help="None before this, as 06:00 or 2h.")
    ] = "",
) -> int:
    """Show the last turns, messages, claims, verdicts and troubles in the order of time."""
    view = open_view(flags)
    names = frozenset(seat_of(view, name) for name in seats or ())
    kinds = _kinds(kind or ("all" if flags.verbose else ""))
    if kinds is None:
        from fleet.cli.turnlog import show_logs

        return show_logs(flags, view, names, LOGS if number is None else number, follow=follow)
    zone = zone_of(view.chart.calendar.zone, flags.utc)
    now = flags.now().astimezone(zone)
    start = typed_time(since, "--since", now, past=True) if since else None
    following = Follow(view.files) if follow else None
    most = number if number is not None else SCAN_MAX if since else LINES
    found = last(view.files, most, names, kinds, start, once=not flags.json)
    if flags.json and not follow:
        print_json("tail", {"records": [as_json(r) for r in found]}, flags=flags, revision=_revision(view))
        return 0
    screen = Screen(flags, zone)
    screen.show(found)
    if kind == "trouble" and not found:
        say_aside(flags, NO_TROUBLE)
    if following is not None:
        shown = found[-1].n if found else 0
        _go_on(following, screen, lambda r: r.n > shown and wanted(r, names, kinds, once=not flags.json))
    return 0


def _revision(view: View) -> str | None:
    return view.account.revision.id if view.account.revision else None


def _kinds(kind: str) -> frozenset[str] | None:
    """Give the kinds of records of a --kind; None for log, empty for all."""
    if not kind:
        return USUAL
    word = kind.removesuffix("s")
    if word == "log":
        return None
    if word not in KINDS:
        from fleet.cli.nearest import nearest

        meant = nearest(word, [*KINDS, "log"])
        hint = f"Did you mean {meant}?" if meant else f"It is one of {', '.join([*KINDS, 'log'])}"
        raise Typed(f"--kind {kind[:60]}: no such kind. {hint}")
    return KINDS[word]


def wanted(record: Record, names: frozenset[str], kinds: frozenset[str], *, once: bool = False) -> bool:
    """Say whether a record is of these seats and kinds; none named means all.

    With `once` an event that has several records is shown by one of them.
    """
    if kinds and (record.what not in kinds or (once and _is_echo(record, kinds))):
        return False
    data = record.data
    return not names or not names.isdisjoint((record.seat, *(str(data.get(key)) for key in CONCERNED)))


def _is_echo(record: Record, kinds: frozenset[str]) -> bool:
    """Say whether another record of these kinds tells of the same event in better words."""
    data = record.data
    if record.what in ECHOES or data.get("storm"):  # a storm has one line when it begins, and one at its end
        return True
    if record.what == "message":  # the step of the ladder that it tells of says the same
        return bool(data.get("matter")) and kinds is USUAL
    if record.what == "escalation_step":  # a question is put to a person by a verdict, or an outcome
        return data.get("kind") in ("asked", "unknown") and data.get("rung") == 0 and kinds is USUAL
    return record.what == "trouble" and data.get("kind") == "action"


def last(
    files: Files,
    number: int,
    names: frozenset[str],
    kinds: frozenset[str],
    since: datetime | None = None,
    *,
    once: bool = False,
) -> list[Record]:
    """Find the last records of these seats and kinds, oldest first."""
    from fleet.store.ledger import records

    found: list[Record] = []
    for looked, record in enumerate(records(files, newest_first=True)):
        if len(found) >= number or looked >= SCAN_MAX or (since is not None and record.at < since):
            break
        if wanted(record, names, kinds, once=once):
            found.append(record)
    return found[::-1]


def as_json(record: Record) -> dict[str, Any]:
    """Give a record as JSON, without its place in the chain."""
    found = {"n": record.n, "at": record.at, "what": record.what, "seat": record.seat, "turn": record.turn}
    return {**found, "data": dict(record.data)}


class Screen:
    """Prints records in columns that grow as they are needed, and says the date when a day begins meanwhile."""

    def __init__(self, flags: Flags, zone: tzinfo, out: TextIO | None = None) -> None:
        self._flags, self._zone = flags, zone
        self._out = out or sys.stdout
        self._widths = [8, 0, 0, 0]
        self._day = flags.now().astimezone(zone).date()

    def show(self, records: Sequence[Record]) -> None:
        """Print records, oldest first."""
        now = self._flags.now().astimezone(self._zone)
        if self._flags.json:
            texts = [dumps(as_json(record)) for record in records]
        else:
            texts = self._dated(records, now)
        for text in texts:
            print(text, file=self._out)
        self._out.flush()

    def _dated(self, records: Sequence[Record], now: datetime) -> list[str]:
        lines = [line_of(record, now) for record in records]
        texts = []
        for record, text in zip(records, set_lines(lines, self._widths, width(self._out)), strict=True):
            day = record.at.astimezone(self._zone).date()
            if day > self._day:
                self._day = day
                texts.append(f"{day:%a} {day.day} {day:%b %Y}")
            texts.append(text)
        return texts


def _go_on(following: Follow, screen: Screen, wanted: Callable[[Record], bool]) -> None:
    while True:
        screen.show([record for record in following.fresh() if wanted(record)])
        time.sleep(POLL_S)


class Follow:
    """Gives the records that came since it was last asked, through changes of the day too."""

    def __init__(self, files: Files) -> None:
        from fleet.store.days import days

        self._files = files
        found = days(files)
        self._day = found[-1] if found else date.min
        self._at = self._end(self._day) if found else 0

    def _end(self, day: date) -> int:
        from fleet.core.names import ledger_path
        from fleet.store.lines import whole_size

        reading = self._files.reading(ledger_path(day))
        try:
            return whole_size(reading)
        finally:
            reading.close()

    def fresh(self) -> Iterator[Record]:
        """Yield what was recorded since the last call, in order."""
        from fleet.store.days import days

        for day in days(self._files):
            if day < self._day:
                continue
            if day > self._day:
                self._day, self._at = day, 0
            yield from self._rest(day)

    def _rest(self, day: date) -> Iterator[Record]:
        from fleet.core.names import ledger_path
        from fleet.core.record import read_line
        from fleet.store.lines import lines, whole_size

        path = ledger_path(day)
        stat = self._files.stat(path)
        if stat is None or stat.size <= self._at:
            return
        reading = self._files.reading(path)
        try:
            end = whole_size(reading)
            for raw in lines(reading, self._at, end):
                self._at += len(raw)
                yield read_line(raw)
        finally:
            reading.close()


async def narrate(flags: Flags, out: TextIO) -> None:
    """Print what happens to a stream for as long as it is let: the foreground of `fleet up`."""
    import asyncio

    view = open_view(flags)
    zone = zone_of(view.chart.calendar.zone, flags.utc)
    following, kinds = Follow(view.files), KINDS["all"] if flags.verbose else USUAL
    screen = Screen(Flags(directory=flags.directory), zone, out)
    try:
        while True:
            _narrate(following, screen, kinds)
            await asyncio.sleep(NARRATE_S)
    finally:
        _narrate(following, screen, kinds)


def _narrate(following: Follow, screen: Screen, kinds: frozenset[str]) -> None:
    screen.show([r for r in following.fresh() if wanted(r, frozenset(), kinds, once=True)])
