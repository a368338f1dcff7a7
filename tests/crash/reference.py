"""The reference fleet: small, and one of everything that a turn can bring about.

It runs by itself to an end: `asker` asks, `answerer` answers, `asker` goes on, `answerer` looks once more.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

CHART = """\
fleet: reference
timezone: Europe/Berlin
mission: Be the same after any crash.
seats:
  boss: {title: Boss, person: Ada}
  asker:
    title: Asker
    run: sh turn.sh
    answers_to: boss
    owns: [asking]
    when: when mail arrives
    good_for: 24h
    scorecard: {asked: {target: at least 1 a week}}
    can: {ask: {note.append: boss}}
  answerer:
    title: Answerer
    run: sh turn.sh
    answers_to: boss
    owns: [answering]
    when: [when mail arrives, when asker publishes]
    reads: [asker]
    good_for: 24h
    scorecard: {answered: {target: at least 1 a week}}
actions:
  note.append: {run: ./never}
"""

ASKER = """\
if grep -q '"type": "RESPONSE"' "$FLEET_BRIEF"; then
  cat second.json
else
  cat emitted.jsonl >> "$FLEET_OUT/emit.jsonl"
  if grep -q 'woken by' "$FLEET_BRIEF"; then again=" Again, in $FLEET_TURN."; fi
  sed "s/What of Acme?/&$again/" first.json
fi
"""

ANSWERER = """\
if grep -q '"mail": \\[\\]' "$FLEET_BRIEF"; then
  echo "Nothing more to answer."
else
  request=$(tr , '\\n' < "$FLEET_BRIEF" | sed -n 's/.*"thread": "\\(m-[0-9]*\\)".*/\\1/p' | tail -n 1)
  sed "s/m-9999/$request/" answer.json
fi
"""

EMITTED: list[dict[str, object]] = [
    {"emit": "checkpoint", "data": {"half": "way"}},
    {"emit": "message", "to": "boss", "subject": "Sent on the way"},
]

FIRST: dict[str, object] = {
    "headline": "Acme and Volt are asked about",
    "items": [{"about": "account:acme", "kind": "question", "because": "nobody knows"}],
    "claims": [
        {"about": "account:acme", "because": "it is being asked about"},
        {"about": "account:volt", "because": "it comes next"},
    ],
    "scorecard": {"asked": 1},
    "messages": [
        {"to": "answerer", "type": "REQUEST", "about": "account:acme", "subject": "What of Acme?"},
        {"to": "boss", "type": "PROPOSAL", "subject": "Ask Volt as well"},
    ],
    "escalate": [{"about": "account:acme", "because": "Acme may leave.", "options": ["call", "wait"]}],
    "actions": [
        {"kind": "note.append", "with": {"text": "one"}, "because": "to remember"},
        {"kind": "note.append", "with": {"text": "two"}, "because": "to remember more"},
    ],
    "body": "The first of two.",
}

SECOND: dict[str, object] = {
    "headline": "Acme is answered",
    "claims": [{"about": "account:volt", "because": "it comes next"}],
    "scorecard": {"asked": 2},
    "withdraw": ["a-2"],
    "actions": [{"kind": "note.append", "with": {"text": "one"}, "because": "to remember"}],
    "body": "The second of two.",
}

ANSWER: dict[str, object] = {
    "headline": "Acme was answered",
    "messages": [{"to": "asker", "type": "RESPONSE", "reply_to": "m-9999", "subject": "Acme stays"}],
}
DROPPED = "Somebody from outside says hello.\n"
UNREADABLE = b"not text: \xff\xfe\xff"


def build(root: Path) -> Path:
    """Make the fleet in a new folder, with one good and one unreadable file dropped by hand."""
    make(root, CHART, {"asker": ASKER, "answerer": ANSWERER})
    asker, answerer = root / "seats/asker", root / "seats/answerer"
    (asker / "emitted.jsonl").write_text("".join(json.dumps(line) + "\n" for line in EMITTED))
    (asker / "first.json").write_text(json.dumps(FIRST))
    (asker / "second.json").write_text(json.dumps(SECOND))
    (answerer / "answer.json").write_text(json.dumps(ANSWER))
    drop(root, "asker", "hello.md", DROPPED.encode())
    drop(root, "asker", "odd.md", UNREADABLE)
    return root


def make(root: Path, chart: str, turns: dict[str, str]) -> Path:
    """Make a fleet of a chart and of what each seat's turn.sh does."""
    root.mkdir(parents=True)
    (root / "fleet.yaml").write_text(chart)
    for seat, text in turns.items():
        folder = root / "seats" / seat
        folder.mkdir(parents=True)
        (folder / "SEAT.md").write_text(f"Be {seat}.\n")
        (folder / "turn.sh").write_text(text)
    return root


def seat_text(name: str, *, when: str = "when mail arrives", more: str = "") -> str:
    """Write the chart's entry of one seat that runs its turn.sh."""
    return f"""\
  {name}:
    title: {name.title()}
    run: sh turn.sh
    answers_to: boss
    owns: [what {name} does]
    when: {when}
    good_for: 24h
    scorecard: {{kept: {{target: at least 1 a week}}}}
{more}"""


HEAD = """\
fleet: small
timezone: UTC
mission: Be the same after any crash.
seats:
  boss: {title: Boss, person: Ada}
"""


def drop(root: Path, seat: str, name: str, data: bytes) -> None:
    """Drop a file into new/ by rename, so that it is known to be whole."""
    new = root / "inbox" / seat / "new"
    new.mkdir(parents=True, exist_ok=True)
    whole = root / f"{name}.dropping"
    whole.write_bytes(data)
    os.utime(whole, (1, 1))  # else a rename within one tick of the kernel's clock looks like a write
    whole.rename(new / name)
