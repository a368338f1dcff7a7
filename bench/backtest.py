"""Backtest: recorded actions judged again by another chart, and by those of then, out of a ledger alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from bench.fleets import environment
from bench.measure import Series
from bench.report import Bar, Part
from bench.sizes import Size
from fleet.core.account import Account
from fleet.core.action import Action
from fleet.core.canonical import sha256_hex
from fleet.core.case import Case, Owned, Sight
from fleet.core.chart import Chart
from fleet.core.consequence import of_done
from fleet.core.gate import after_verdict, ended, intent, judged
from fleet.core.judge import judge
from fleet.core.law import Law
from fleet.core.record import ZERO, Draft, Record, seal_line
from fleet.core.result import Result, fingerprint, read_result, to_json
from fleet.core.saw import noted
from fleet.core.state import read_state
from fleet.core.testimony import StateTold, state_told
from fleet.runtime.render import state_text
from fleet.store.chart import read_text
from fleet.store.yaml import read_plain, split_front

HOW = (
    "A ledger of 30 days and {actions:,} actions of twelve seats, five a turn, as the gate records them: offer, "
    "verdict with reason and evidence, intent, outcome; {lines:,} lines, {mb:.0f} MB. The chart has two conflicts, a "
    "table of persons, `at_most`, and six rules, which look at claims, touches, a metric and the state of another "
    "seat. Each run is `fleet rules backtest --json` in a process of its own: *edited* has a rule and a conflict that "
    "hold more, a kind that is never done, and one rule fewer; *unchanged* goes by the charts of then, and must find "
    "every verdict the same to the last word. The floor parses every line and looks at nothing."
)
START = datetime(2026, 10, 24, tzinfo=UTC)
DAYS = 30
SEATS, ACCOUNTS, A_TURN = 12, 400, 5
CHART = """fleet: bench
timezone: UTC
seats:
  boss: {title: Boss, person: Ann}
%s
actions:
  crm.write: {run: 'true', about: [account, person], once: 'no'}
  crm.offer: {run: 'true', about: account, once: 'no', at_most: 40 a day each}
subjects: {person: {of: account, from: people.csv}}
conflicts:
  - {about: account, rank: [s0, s1, s2], then: hold, within: 5m}
  - {about: account, rank: [s3, s4], then: refuse}
rules:
  - {name: busy, action: crm.offer, if: 'touches(action.about, "s5", duration("1h")) && seat == "s6"', then: hold}
  - name: red
    action: crm.offer
    if: state["s0"].items.exists(i, i.kind == "red" && i.about == action.about)
    then: hold
  - {name: claimed, seat: s7, if: 'claims.exists(c, c.seat != seat)', then: refuse}
  - {name: large, action: crm.offer, if: 'has(action.with.usd) && action.with.usd > 900', then: ask boss}
  - {name: idle, seat: s9, if: 'metric["s9.made"] < 1', then: hold}
  - {name: late, if: 'now.getHours() > 22', then: hold}
"""
SEAT = (
    "  s%d: {title: Seat, run: 'true', answers_to: boss, owns: [w%d], when: [when asked], good_for: 26h, "
    "can: {do: [crm.write, crm.offer]}, scorecard: {made: at least 5 a week}}"
)
LATE = "{name: early, seat: s7, if: 'now.getHours() < 2', then: hold}"
EDITS = (
    ("rank: [s0, s1, s2]", "rank: [s0, s8, s1, s2]"),
    ("usd > 900', then: ask boss", "usd > 700', then: hold"),
    ("{name: claimed, seat: s7, if: 'claims.exists(c, c.seat != seat)', then: refuse}", LATE),
    (
        "scorecard: {made: at least 5 a week}}\n  s11",
        "never: [crm.offer], scorecard: {made: at least 5 a week}}\n  s11",
    ),
)
MB = 1e6


def measure(folder: Path, size: Size) -> Part:
    """Measure a backtest of an edited chart, and of those of then."""
    folder.mkdir()
    lines, actions = write(folder, size.backtested)
    mb = sum(path.stat().st_size for path in (folder / "ledger").iterdir()) / MB
    part = Part("r", "A chart against what has happened", HOW.format(actions=actions, lines=lines, mb=mb))
    floor = part.add(
        "floor: every line parsed", "s", Series.of([parsed(folder) for _ in range(size.restarts)])
    )
    edited = [ran(folder, "edited.yaml") for _ in range(size.restarts)]
    unchanged = [ran(folder, "--unchanged") for _ in range(size.restarts)]
    then = unchanged[0]["data"]
    if then["exact"] != then["judged"] or then["judged"] < actions:
        raise RuntimeError(f"not every verdict came out as it was: {then['exact']} of {then['judged']}")
    part.add(
        f"{actions:,} actions, edited", "s", Series.of([one["s"] for one in edited]), Bar(30), beside=floor
    )
    part.add(
        f"{actions:,} actions, unchanged",
        "s",
        Series.of([one["s"] for one in unchanged]),
        Bar(30),
        beside=floor,
    )
    part.add("most memory (resident)", "MB", Series.of([one["mb"] for one in edited]))
    found = edited[0]["data"]
    part.notes.append(
        f"Of {found['judged']:,} verdicts {found['changed']:,} came out otherwise by the edited chart."
    )
    return part


def parsed(root: Path) -> float:
    """Parse every line of a ledger, and keep none; gives seconds."""
    began = time.perf_counter()
    for path in sorted((root / "ledger").iterdir()):
        with path.open("rb") as file:
            for line in file:
                json.loads(line)
    return time.perf_counter() - began


def ran(root: Path, *words: str) -> dict[str, Any]:
    """Run a backtest in a process of its own; gives its answer, how long it took, and its most memory in MB."""
    command = [sys.executable, "-m", "fleet", "-C", str(root), "rules", "backtest", "--json"]
    began = time.perf_counter()
    child = subprocess.Popen(
        [*command, "--since", f"{START:%Y-%m-%d}", *words],
        stdout=subprocess.PIPE,
        env=environment(),
        cwd=root,
    )
    assert child.stdout is not None
    with child.stdout as out:
        said = out.read()
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {child.returncode}")
    took = time.perf_counter() - began
    return {"s": took, "mb": used.ru_maxrss * 1024 / MB, "data": json.loads(said)["data"]}


def chart() -> Chart:
    """Read the chart of the ledger."""
    found, mistakes = read_text({"fleet.yaml": text()})
    if found is None:
        raise RuntimeError(next(m.line() for m in mistakes if m.level == "error"))
    return found


def text() -> str:
    """Write the chart of the ledger."""
    return CHART % "\n".join(SEAT % (n, n) for n in range(SEATS))


def write(root: Path, actions: int) -> tuple[int, int]:
    """Write a fleet's folder, its ledger and an edited chart; gives how many lines and actions it has."""
    (root / "fleet.yaml").write_text(text())
    edited = text()
    for old, new in EDITS:
        edited = edited.replace(old, new)
    (root / "edited.yaml").write_text(edited)
    made, turns = Made(root, chart()), max(1, actions // A_TURN)
    made.begin()
    for number in range(turns):
        made.turn(number, START + timedelta(seconds=number * DAYS * 86_400 // turns))
    made.close()
    return made.n, turns * A_TURN


class Made:
    """A ledger in the making: every record is folded, as in a daemon, and sealed into the chain."""

    def __init__(self, root: Path, chart: Chart) -> None:
        self._folder = root / "ledger"
        self._folder.mkdir()
        self._law, self.account, self._at = Law(chart), Account(), START
        self._file: BinaryIO | None = None
        self._prev, self.n = ZERO, 0
        self._state: StateTold | None = None

    def begin(self) -> None:
        """Bring the chart into force."""
        chart = self._law.chart
        self._stage(
            Draft(
                "revision",
                data={"id": "r-1", "who": "bench", "texts": dict(chart.texts), "added": list(chart.seats)},
            )
        )

    def turn(self, number: int, now: datetime) -> None:
        """Let a seat have a turn whose actions are judged, and done where they are allowed."""
        self._at = now
        seat, turn = f"s{number % SEATS}", self.account.next_id("t")
        started = {"wakes": [], "deadline": now.isoformat(), "attempt": 0, "mail": [], "inputs": ""}
        self._stage(Draft("turn_started", seat, turn, started))
        past = self.account.past(seat).running
        result = read_result(json.dumps(_result(number, now)).encode(), now=now, read_front=read_plain)
        assert result is not None
        self._stage(Draft("turn_ended", seat, turn, self._ended(seat, turn, result)))
        holder = self._law.chart.seats[seat]
        for draft in of_done(self._law.chart, self.account, holder, turn, result, now, past=past):
            self._stage(draft)
        for action in self.account.docket.of_seat(seat):
            if action.status == "offered":
                self._hear(action)

    def _ended(self, seat: str, turn: str, result: Result) -> dict[str, Any]:
        claims = [{"about": c.about, "until": None, "because": c.because} for c in result.claims or ()]
        good = (self._at + timedelta(hours=26)).isoformat()
        state: dict[str, Any] = {"fingerprint": fingerprint(result), "good_until": good, "claims": claims}
        data = {
            "outcome": "done",
            "took_s": 0.5,
            "result": to_json(result),
            "headline": result.headline,
            "state": state,
        }
        made = Record(0, self._at, "turn_ended", seat, turn, data, "", "", "")
        written = state_text(made, self._law.chart.calendar.tz)
        if seat == "s0":
            self._state = state_told(read_state(written, read_front=read_plain, split_front=split_front))
        return {**data, "state": {**state, "sha256": sha256_hex(written.encode())}}

    def _hear(self, action: Action) -> None:
        chart, now = self._law.chart, self._at
        owned = {one.subject: one for about in action.about for one in _owned(about)}
        states = {"s0": self._state} if self._state is not None else {}
        case = Case(self._law, self.account, action, Sight(owned=owned, states=states), now)
        verdict = judge(case)
        record = self._stage(noted(judged(self.account, action, verdict), case))
        for draft in after_verdict(chart, self.account, record):
            self._stage(draft)
        if verdict.ruling == "allow":
            self._stage(intent(action, chart.actions[action.kind], verdict))
            running = self.account.docket.actions[action.id]
            self._stage(ended(chart, self.account, running, "done", {"took_s": 0.1, "exit": 0}, now))
        elif verdict.ruling in ("hold", "ask"):  # they do not wait here: 100,000 would be open in the end
            self._stage(Draft("verdict", action.seat, action.turn, {"id": action.id, "verdict": "withdrawn"}))

    def _stage(self, draft: Draft) -> Record:
        day = self._folder / f"{self._at:%Y-%m-%d}.jsonl"
        if self._file is None or self._file.name != str(day):
            self.close()
            self._file = day.open("ab")
            self._write(Draft("checkpoint", data=self.account.checkpoint()))
        record = self._write(draft)
        self.account.apply(record)
        self.account.stirred.clear()
        return record

    def _write(self, draft: Draft) -> Record:
        assert self._file is not None
        record, raw = seal_line(draft, self.n + 1, self._at, self._prev)
        self._file.write(raw)
        self._prev, self.n = record.hash, record.n
        return record

    def close(self) -> None:
        """Close the file of the day."""
        if self._file is not None:
            self._file.close()


def _result(number: int, now: datetime) -> dict[str, Any]:
    """Make what a turn gives: a state with items, now and then a claim, a value, and its actions."""
    items = [
        {"about": f"account:a{(number * 7 + i) % ACCOUNTS}", "kind": ("red", "green")[i % 2], "because": "x"}
        for i in range(10)
    ]
    claims = [{"about": f"account:a{(number * 13 + i) % ACCOUNTS}", "because": "watched"} for i in range(2)]
    actions = [_action(number * A_TURN + i) for i in range(A_TURN)]
    told = {
        "headline": f"looked, {number}",
        "items": items,
        "claims": claims,
        "scorecard": {"made": number % 9},
    }
    return {**told, "actions": actions}


def _action(number: int) -> dict[str, Any]:
    kind = ("crm.write", "crm.offer")[number % 3 == 0]
    about = f"person:p{number * 11 % ACCOUNTS}" if number % 6 == 1 else f"account:a{number * 11 % ACCOUNTS}"
    return {
        "kind": kind,
        "about": about,
        "with": {"usd": number % 1000, "text": f"play {number}"},
        "because": "it is due",
    }


def _owned(subject: str) -> Iterator[Owned]:
    """Say to what a person belongs, as the table would."""
    kind, _, name = subject.partition(":")
    owner = (f"account:a{name[1:]}",) if kind == "person" else ()
    yield Owned(subject, owner, path="people.csv", sha256="5a" * 32) if owner else Owned(subject)
    yield from (Owned(one) for one in owner)
