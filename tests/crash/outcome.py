"""The outcome: what a fleet's folder says in the end, free of times and ids, and whether it holds together."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fleet.core.account import Account, fold
from fleet.store.files import Files
from fleet.store.ledger import since_checkpoint
from fleet.store.verify import verify

BOXES = ("new", "cur", "done", "dead")
EFFECTS = ("claim", "value", "message", "message_done", "verdict", "escalation_step", "pause", "revision")
MASKS = (
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?([+-]\d\d:\d\d|Z)"), "TIME"),
    (re.compile(r"\d{8}T\d{6}(\.\d+[+-]\d{4})?"), "TIME"),
    (re.compile(r"\b([tmia])-\d+\b"), r"\1-#"),
    (re.compile(r"\btaken-m-#"), "odd.md"),
)


@dataclass
class Ledger:
    """The ledger's lines as they stand in the files, day by day."""

    records: list[dict[str, Any]]

    @classmethod
    def read(cls, root: Path) -> Ledger:
        days = sorted((root / "ledger").glob("*.jsonl"))
        return cls(
            [
                json.loads(line)
                for day in days
                for line in day.read_bytes().splitlines(True)
                if line[-1:] == b"\n"
            ]
        )

    def of(self, *kinds: str) -> list[dict[str, Any]]:
        """Give the records of some kinds, in order."""
        return [r for r in self.records if r["what"] in kinds]

    def ended(self, *outcomes: str) -> list[dict[str, Any]]:
        """Give the ends of turns, of some outcomes only."""
        return [r for r in self.of("turn_ended") if not outcomes or r["data"]["outcome"] in outcomes]

    @property
    def gave_up(self) -> bool:
        """Say whether some turn was lost twice, so that nothing tries it again."""
        return any("retry_at" not in r["data"] for r in self.ended("lost"))


def mask(text: str) -> str:
    """Take out what two runs need not have in common."""
    for pattern, word in MASKS:
        text = pattern.sub(word, text)
    return text


def account_of(root: Path) -> Account:
    """Fold what is open out of the ledger."""
    files = Files(str(root))
    try:
        return fold(since_checkpoint(files))
    finally:
        files.close()


# What two runs must have in common.


def outcome(root: Path) -> dict[str, list[str]]:
    """Give everything that a run brought about, in named sections of sorted lines."""
    ledger, account = Ledger.read(root), account_of(root)
    effects = [r for r in ledger.of(*EFFECTS) if r["what"] != "message_done" or r["data"]["box"] == "dead"]
    return {
        "states": _texts(root, "state/*.md"),
        "history": _texts(root, "state/history/*/*.md"),
        "log": sorted(_log_lines(root)),
        **{box: _texts(root, f"inbox/*/{box}/**/*") for box in BOXES},
        "scorecard": _texts(root, "scorecard/*.csv", by_line=True),
        "turns": sorted(f"{r['seat']} {r['data']['outcome']}" for r in ledger.ended() if not _is_lost(r)),
        "effects": sorted(f"{r['what']} {r.get('seat')}" for r in effects),
        "held": sorted(f"{a.seat} {a.kind} {a.status} {a.sha256}" for a in account.docket.actions.values()),
        "matters": sorted(f"{m.kind} {m.seat} {m.subject}" for m in account.matters.values()),
        "claims": sorted(f"{n} {c.about}" for n, p in account.seats.items() for c in p.claims),
        "pending": sorted(f"{n} {w.id}" for n, p in account.seats.items() for w in p.pending),
    }


def differences(here: dict[str, list[str]], there: dict[str, list[str]]) -> list[str]:
    """Say what only one of two outcomes has."""
    told = []
    for name, wanted in there.items():
        more, less = Counter(here[name]), Counter(wanted)
        told += [f"{name}: too much: {line}" for line in (more - less).elements()]
        told += [f"{name}: missing: {line}" for line in (less - more).elements()]
    return told


def _is_lost(record: dict[str, Any]) -> bool:
    return bool(record["data"]["outcome"] == "lost")


def _texts(root: Path, pattern: str, *, by_line: bool = False) -> list[str]:
    found = []
    for path in sorted(root.glob(pattern)):
        if path.is_dir():
            continue
        name, text = path.relative_to(root), path.read_bytes().decode("utf-8", "replace")
        found += [f"{mask(str(name))}\n{mask(part)}" for part in (text.splitlines() if by_line else [text])]
    return sorted(found)


def _log_lines(root: Path) -> Iterator[str]:
    for path in root.glob("state/*.log"):
        for line in path.read_text().splitlines():
            if " lost " not in line:
                at, turn, word, took, *rest = mask(line).split()
                yield f"{path.stem} {word} {' '.join(rest)}"


# What holds in any fleet that is at rest.


@dataclass
class Check:
    """Collects what does not hold in a folder."""

    root: Path
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ledger = Ledger.read(self.root)
        self.account = account_of(self.root)

    def say(self, holds: bool, what: str) -> None:
        """Note what does not hold."""
        if not holds:
            self.wrong.append(what)


def contradictions(root: Path) -> list[str]:
    """Say where files and ledger of a fleet at rest contradict each other; nothing is right."""
    check = Check(root)
    for part in (_chain, _followers, _states, _history, _logs, _mail, _boxes, _scorecard, _leftovers):
        part(check)
    return check.wrong


def _chain(check: Check) -> None:
    files = Files(str(check.root))
    try:
        found = verify(files)
    finally:
        files.close()
    check.say(found.broken is None, f"ledger: {found.broken}")
    check.say(found.torn == 0, "ledger: its last line is torn")


def _followers(check: Check) -> None:
    """What a record promises to follow it stands right behind it, each id and each turn once."""
    records = check.ledger.records
    for at, record in enumerate(records):
        then = record["data"].get("then", 0)
        check.say(at + then < len(records), f"n {record['n']}: {then} should follow, not all do")
    started = Counter(r["turn"] for r in check.ledger.of("turn_started"))
    ended = Counter(r["turn"] for r in check.ledger.ended())
    check.say(started == ended, f"turns started and ended: {started} {ended}")
    check.say(all(n == 1 for n in ended.values()), f"a turn ended twice: {ended}")
    for kind in ("message", "verdict"):
        named = [r["data"]["id"] for r in check.ledger.of(kind) if r["data"].get("verdict") in (None, "hold")]
        check.say(len(named) == len(set(named)), f"the id of a {kind} was used twice: {named}")
    wakes = [r["data"]["wake"] for r in check.ledger.of("wake_due")]
    check.say(len(wakes) == len(set(wakes)), f"a wake was recorded twice: {wakes}")


def _states(check: Check) -> None:
    for name, past in check.account.seats.items():
        path = check.root / f"state/{name}.md"
        if past.state is None:
            check.say(not path.exists(), f"state/{name}.md: nobody published it")
        elif not path.is_file():
            check.say(False, f"state/{name}.md: is missing")
        else:
            check.say(
                _hash(path) == past.state.sha256, f"state/{name}.md: not what {past.state.turn} published"
            )


def _history(check: Check) -> None:
    wanted: Counter[str] = Counter()
    for record in check.ledger.ended("done"):
        before = record["data"]["state"].get("before")
        if before:
            wanted[f"{record['seat']} {before['sha256']}"] += 1
    found = Counter(f"{p.parent.name} {_hash(p)}" for p in check.root.glob("state/history/*/*"))
    check.say(found == wanted, f"history: missing {wanted - found}, too much {found - wanted}")


def _logs(check: Check) -> None:
    wanted = Counter(f"{r['seat']} {r['turn']} {r['data']['outcome']}" for r in check.ledger.ended())
    found: Counter[str] = Counter()
    for path in check.root.glob("state/*.log"):
        text = path.read_text()
        check.say(text.endswith("\n"), f"{path.name}: its last line is torn")
        found.update(f"{path.stem} {' '.join(line.split()[1:3])}" for line in text.splitlines())
    check.say(found == wanted, f"log: missing {wanted - found}, too much {found - wanted}")


def _mail(check: Check) -> None:
    """Every message stands in exactly one box, as it was delivered, and in the one the ledger says."""
    places: dict[str, list[Path]] = {}
    for path in check.root.glob("inbox/*/*/**/*.md"):
        places.setdefault(f"{path.relative_to(check.root).parts[1]} {path.name}", []).append(path)
    for record in check.ledger.of("message"):
        data = record["data"]
        found = places.pop(f"{data['to']} {data['name']}", [])
        check.say(len(found) == 1, f"{data['id']}: is in {[str(p) for p in found]}")
        if len(found) != 1:
            continue
        box, letter = found[0].relative_to(check.root).parts[2], check.account.mail.get(data["id"])
        check.say((box in ("new", "cur")) == (letter is not None), f"{data['id']}: is in {box}")
        check.say(letter is None or letter.box == box, f"{data['id']}: is in {box}, not {letter}")
        check.say(_hash(found[0]) == data["sha256"], f"{data['id']}: is not as it was delivered")
    strange = [p for paths in places.values() for p in paths if "dead" not in p.parts]
    check.say(not strange, f"mail that the ledger does not know: {strange}")


def _boxes(check: Check) -> None:
    """What was set aside has its reason beside it, and there is no reason without a thing."""
    for path in check.root.glob("inbox/*/dead/*"):
        beside = path.with_name(path.name.removesuffix(".why")) if path.suffix == ".why" else _why(path)
        check.say(beside.exists(), f"{path.relative_to(check.root)}: {beside.name} is missing")


def _why(path: Path) -> Path:
    return path.with_name(f"{path.name}.why")


def _scorecard(check: Check) -> None:
    values = [r for r in check.ledger.of("value") if not r["data"].get("held")]
    wanted = Counter((r["data"]["week"], r["seat"], r["data"]["metric"], r["turn"]) for r in values)
    found: Counter[tuple[str, ...]] = Counter()
    for path in check.root.glob("scorecard/*.csv"):
        with path.open(newline="") as text:
            rows = list(csv.DictReader(text))
        whole = all(None not in row and None not in row.values() for row in rows)
        check.say(whole and path.read_text().endswith("\n"), f"{path.name}: a row is torn: {rows}")
        found.update((row["week"], row["seat"], row["metric"], row["turn"]) for row in rows)
    check.say(found == wanted, f"scorecard: missing {wanted - found}, too much {found - wanted}")


def _leftovers(check: Check) -> None:
    odd = [p for p in check.root.rglob("*") if p.name.startswith((".staging-", ".taken-"))]
    briefs = list(check.root.glob(".fleet/turns/*"))
    check.say(not odd, f"left over: {odd}")
    check.say(not briefs, f"briefs of turns that are over: {briefs}")
    known = {r["turn"] for r in check.ledger.of("turn_started")}
    empty = [p for p in check.root.glob("out/*/*") if not any(p.iterdir()) or p.name not in known]
    check.say(not empty, f"out/ of a turn that sent nothing: {empty}")


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
