"""Fakes for tests: a clock that stands still, a fleet built on disk, and a rig that drives the real daemon.

    rig = Rig(folder, chart_text({"dash": "when: [every day at 07:15]"}))
    rig.start()                      # the first start, and all its turns
    rig.advance(hours=2)             # every instant on the way is looked at, nothing is slept through
    assert rig.records("wake_due", seat="dash")

Holders are real processes: `sh agent.sh`, which does what `rig.does` says. The only real waiting is for one to end.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fleet.edge import tree
from fleet.edge.clock import VirtualClock
from fleet.edge.socket import Caller
from fleet.runtime.aside import AtOnce
from fleet.runtime.daemon import Daemon
from fleet.runtime.recover import open_fleet
from fleet.store.yaml import read_plain, split_front

MONDAY = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
"""06:00 on a Monday in New York, before anybody's day has begun."""
SWEEP = timedelta(seconds=1)
WATCHED_S = 40.0
"""How long after a step of the clock the rig looks every second, as the daemon itself does always."""
KILLED_S = 0.002
"""How long a killed holder is given to be gone before it is looked for again."""
LOOKS_AT_MOST = 2000
"""A daemon that wants more looks at one instant would spin."""

AGENT = """\
[ -p work/gate ] && read -r _ < work/gate
[ -e work/quiet ] || cp "$FLEET_BRIEF" work/brief.json
for next in work/do.[0-9]*; do
  [ -f "$next" ] && mv "$next" work/doing && . ./work/doing && exit
done
[ -f work/always ] && . ./work/always && exit
echo "turn $FLEET_TURN of $FLEET_SEAT"
"""
"""What every seat of a test runs, in sh: the next thing it was told to do, else what it always does."""


class FakeClock(VirtualClock):
    """A clock that moves only when told to. The wall can step; elapsed time cannot."""

    def __init__(self, at: datetime = MONDAY) -> None:
        super().__init__(at)

    def step(self, by: timedelta) -> None:
        """Put the wall clock ahead or back; no time passes."""
        self._at += by


def chart_text(seats: Mapping[str, str], *, head: str = "", tail: str = "") -> str:
    """Write a fleet.yaml: a founder, and seats with these lines that run `sh agent.sh` unless they say otherwise."""
    lines = ["fleet: test", *_lines(head, 0)]
    if "timezone:" not in head:
        lines.append("timezone: America/New_York")
    lines += ["seats:", "  founder: {title: Founder, person: David}"]
    for name, text in seats.items():
        lines.append(f"  {name}:")
        if "title:" not in text:
            lines.append(f"    title: The {name}")
        if not any(f"{key}:" in text for key in ("run", "person", "title")):
            lines.append("    run: sh agent.sh")
        if "answers_to:" not in text:
            lines.append("    answers_to: founder")
        if "owns:" not in text and "person:" not in text:
            lines.append(f"    owns: [the work of {name}]")
        if "scorecard:" not in text and "person:" not in text:
            lines.append("    scorecard: {work: at least 1 a week}")
        lines += _lines(text, 4)
    return "\n".join([*lines, *_lines(tail, 0)]) + "\n"


def _lines(text: str, indent: int) -> list[str]:
    return [" " * indent + line for line in text.strip("\n").splitlines() if line.strip()]


class Folder:
    """A fleet on disk, as a person would lay it out."""

    def __init__(self, root: Path, chart: str) -> None:
        self.root = root
        self.write("fleet.yaml", chart)
        for name in _seat_names(chart):
            self.add_seat(name)

    def add_seat(self, name: str) -> None:
        """Lay out a seat's folder: its charter, the program, and an empty place to work."""
        self.write(f"seats/{name}/SEAT.md", f"You are {name}.\n")
        self.write(f"seats/{name}/agent.sh", AGENT)
        self.path(f"seats/{name}/work").mkdir(exist_ok=True)

    def path(self, relative: str) -> Path:
        """Give the path of a file of the fleet."""
        return self.root / relative

    def write(self, relative: str, text: str | bytes) -> Path:
        """Write a file whole and rename it in, as an editor that saves well."""
        path = self.path(relative)
        path.parent.mkdir(parents=True, exist_ok=True)
        staged = path.with_name(f".{path.name}.new")
        staged.write_bytes(text.encode() if isinstance(text, str) else text)
        staged.replace(path)
        return path

    def read(self, relative: str) -> str:
        """Read a file as text."""
        return self.path(relative).read_text()

    def does(self, seat: str, *scripts: str) -> None:
        """Say what a seat's next turns do, in sh, one script a turn."""
        work = self.path(f"seats/{seat}/work")
        used = [int(path.name[3:]) for path in work.glob("do.*")]
        for number, script in enumerate(scripts, max(used, default=100) + 1):
            (work / f"do.{number}").write_text(f"{script}\n")

    def always(self, seat: str, script: str) -> None:
        """Say what every turn of a seat does that was told nothing else."""
        self.path(f"seats/{seat}/work/always").write_text(f"{script}\n")

    def brief(self, seat: str) -> dict[str, Any]:
        """Give the brief of a seat's last turn, as the holder got it."""
        found: dict[str, Any] = json.loads(self.read(f"seats/{seat}/work/brief.json"))
        return found

    def state(self, seat: str) -> dict[str, Any]:
        """Give the header of a seat's state, as text by key, with `body`."""
        return front_of(self.read(f"state/{seat}.md"))

    def log(self, seat: str) -> list[str]:
        """Give the lines of a seat's log."""
        return self.read(f"state/{seat}.log").splitlines()

    def box(self, seat: str, box: str) -> list[str]:
        """List the files in one box of a seat; those of done/ below their months."""
        folder = self.path(f"inbox/{seat}/{box}")
        return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if not p.is_dir())

    def mail(self, seat: str, box: str = "new") -> list[dict[str, Any]]:
        """Read the messages in one box of a seat, oldest name first."""
        names = [name for name in self.box(seat, box) if name.endswith(".md")]
        return [front_of(self.read(f"inbox/{seat}/{box}/{name}")) for name in names]

    def ledger(self) -> list[dict[str, Any]]:
        """Read the whole ledger."""
        files = sorted(self.path("ledger").glob("*.jsonl"))
        return [json.loads(line) for file in files for line in file.read_text().splitlines()]

    def records(self, *whats: str, seat: str | None = None) -> list[dict[str, Any]]:
        """Read the records of some kinds, and of one seat if it is named."""
        return [
            record
            for record in self.ledger()
            if (not whats or record["what"] in whats) and (seat is None or record.get("seat") == seat)
        ]


def front_of(text: str) -> dict[str, Any]:
    """Read a file's front matter; what is below it stands under `body`."""
    parts = split_front(text)
    if parts is None:
        raise AssertionError(f"there is no front matter in: {text[:200]!r}")
    keys = read_plain(parts[0])
    if not isinstance(keys, dict):
        raise AssertionError(f"the front matter has no keys: {text[:200]!r}")
    return {**keys, "body": parts[1]}


def _seat_names(chart: str) -> list[str]:
    inside = chart.split("\nseats:\n", 1)[-1].splitlines()
    found = []
    for line in inside:
        if line and not line.startswith(" "):
            break
        if line.startswith("  ") and line[2] != " ":
            found.append(line.strip().split(":", 1)[0])
    return found


class Rig(Folder):
    """Drives the real daemon over a folder, pass by pass, on a fake clock."""

    def __init__(
        self, root: Path, chart: str, *, at: datetime = MONDAY, reader: type[AtOnce] = AtOnce
    ) -> None:
        super().__init__(root, chart)
        self.clock = FakeClock(at)
        self._reader = reader
        self.daemon: Daemon | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._gates: dict[str, int] = {}
        self._watched_until_s = 0.0

    # Its life.

    def start(self) -> Rig:
        """Open the fleet, start a daemon, and run all that is due."""
        self.daemon = Daemon(open_fleet(str(self.root), self.clock), self.clock, reader=self._reader)
        self._loop = asyncio.new_event_loop()
        self.daemon.begin()
        return self.settle()

    def stop(self) -> Rig:
        """Stop as `fleet down` does: what runs ends first."""
        self._live.end("the test says so")
        return self._close()

    def kill(self) -> Rig:
        """End it as kill -9 does, with its holders: nothing more is written."""
        daemon = self._live
        self._in_loop(self._slaughter(daemon))
        return self._close()

    def close(self) -> None:
        """Give everything back, whatever state it is in."""
        if self.daemon is not None:
            self.kill()

    def __enter__(self) -> Rig:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def _live(self) -> Daemon:
        if self.daemon is None:
            raise AssertionError("the rig is not started")
        return self.daemon

    def _close(self) -> Rig:
        self._live.fleet.close()
        self.daemon = None
        assert self._loop is not None
        self._loop.close()
        self._loop = None
        for gate in list(self._gates):
            self._open_gate(gate)
        return self

    async def _slaughter(self, daemon: Daemon) -> None:
        while daemon.running:  # again, for one that has only just been started may not be found yet
            for pid, _ in tree.find_marked(str(self.root)):
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(pid, signal.SIGKILL)
            await asyncio.sleep(KILLED_S)

    # Time.

    def settle(self) -> Rig:
        """Look until nothing runs, but for seats that are held, and nothing is due."""
        self._in_loop(self._settle())
        return self

    def advance(self, span: timedelta | None = None, **spans: float) -> Rig:
        """Let time pass, looking at every instant that the daemon waits for."""
        left = span if span is not None else timedelta(**spans)
        self.settle()
        while left > timedelta(0):
            stride = min(left, self._stride())
            self.clock.advance(stride)
            left -= stride
            self.settle()
        return self

    def advance_to(self, at: datetime) -> Rig:
        """Let time pass until the wall shows an instant."""
        return self.advance(at - self.clock.now())

    def sweep(self) -> Rig:
        """Let one second pass, after which files are looked at."""
        return self.advance(SWEEP)

    def step(self, span: timedelta | None = None, **spans: float) -> Rig:
        """Put the wall clock ahead or back, and look."""
        self.clock.step(span if span is not None else timedelta(**spans))
        self._watched_until_s = self.clock.elapsed() + WATCHED_S
        return self.settle()

    def _stride(self) -> timedelta:
        """How far the next instant is that the daemon waits for."""
        if self.clock.elapsed() < self._watched_until_s:
            return SWEEP
        at = self._live.next_at()
        if at is None:
            return timedelta.max
        stride = at - self.clock.now()
        if stride <= timedelta(0):
            raise AssertionError(f"the daemon waits for {at}, which has passed: it would spin")
        return stride

    async def _settle(self) -> None:
        daemon = self._live
        for _ in range(LOOKS_AT_MOST):
            daemon.look()
            while daemon.running - self._gates.keys() and not daemon.restless:
                await daemon.rung()
            if not daemon.restless and not self._overdue(daemon):
                return
        raise AssertionError(f"the daemon still wants to look after {LOOKS_AT_MOST} looks: it would spin")

    def _overdue(self, daemon: Daemon) -> bool:
        """Say whether the daemon's timer would ring at once, as where several rungs are due together."""
        at = daemon.next_at()
        believed = self.clock.elapsed() >= self._watched_until_s
        return believed and at is not None and at <= self.clock.now()

    def _in_loop(self, work: Any) -> Any:
        assert self._loop is not None
        return self._loop.run_until_complete(work)

    # People and the world.

    def ask(self, verb: str, *, person: str | None = "founder", **args: Any) -> dict[str, Any]:
        """Give the daemon a person's command, and its answer once all is settled."""
        answer: dict[str, Any] = self._in_loop(self._ask(verb, args, Caller(person=person)))
        return answer

    async def _ask(self, verb: str, args: dict[str, Any], caller: Caller) -> dict[str, Any]:
        asked = asyncio.ensure_future(self._live.answer(verb, args, caller))
        await asyncio.sleep(0)
        await self._settle()
        return await asked

    def drop(self, seat: str, name: str, text: str | bytes) -> Rig:
        """Rename a file into a seat's new/, and let it be seen."""
        staged = self.write(f"drop/{name}", text)
        staged.rename(self.path(f"inbox/{seat}/new/{name}"))
        if self.daemon is not None:
            self.daemon.hear(f"inbox/{seat}/new/{name}", True)
        return self.sweep()

    def edit(self, chart: str) -> Rig:
        """Save another fleet.yaml, with folders for its new seats, and let it stand until it is taken up."""
        for name in _seat_names(chart):
            if not self.path(f"seats/{name}").exists():
                self.add_seat(name)
        self.write("fleet.yaml", chart)
        return self.sweep().sweep()

    def hold(self, *names: str) -> Rig:
        """Let the next turn of these seats run on, and these actions, if they read a line of gate.$FLEET_ACTION_ID."""
        for name in names:
            os.mkfifo(self._gate(name))
            self._gates[name] = os.open(self._gate(name), os.O_RDWR)
        return self

    def release(self, *names: str) -> Rig:
        """Let held turns and actions go on to their end."""
        held = [self._gates.pop(name) for name in names]
        for name, fd in zip(names, held, strict=True):
            os.write(fd, b"go\n")
            self._gate(name).unlink()  # now, or its next turn would wait there too
        self.settle()
        for fd in held:
            os.close(fd)
        return self

    def wait_for(self, relative: str) -> Rig:
        """Wait until a program that is held has written something into a file."""
        path = self.path(relative)
        while not (path.exists() and path.stat().st_size):
            os.sched_yield()
        return self

    def _open_gate(self, name: str) -> None:
        os.close(self._gates.pop(name))
        self._gate(name).unlink()

    def _gate(self, name: str) -> Path:
        return self.path(f"gate.{name}" if name[:2] in ("a-", "m-") else f"seats/{name}/work/gate")

    # What came of it.

    def status(self, seat: str) -> dict[str, Any]:
        """Give a seat's row of the status."""
        rows: Sequence[dict[str, Any]] = self.ask("status")["seats"]
        return next(row for row in rows if row["seat"] == seat)

    def outcomes(self, seat: str) -> list[str]:
        """Give how each turn of a seat ended."""
        return [record["data"]["outcome"] for record in self.records("turn_ended", seat=seat)]

    def woken_by(self, seat: str) -> list[list[str]]:
        """Give the reasons for each turn of a seat."""
        return [record["data"]["woken_by"] for record in self.records("turn_started", seat=seat)]
