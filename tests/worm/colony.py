"""The colony: ten seats with gullible holders, laid out for one worm, so that each reads only what that worm needs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from worm import gullible
from worm.variants import BY_LADDER, BY_STATE, SEATS, VICTIM, Worm

from fleet.testing import Rig, chart_text

HOLDER = Path(gullible.__file__)
SECRET = "the vault opens with 7-7-4-1"
OUTSIDE = ("mail.send", "crm.write", "ads.buy", "crm.offer")
ACTIONS = """\
actions:
  mail.send: {run: ./act, outside: yes}
  crm.write: {run: ./act, outside: yes}
  ads.buy: {run: ./act, outside: yes}
  crm.offer: {run: ./act, outside: yes}
  note.append: {run: ./note, repeat: safe}
"""
PATHS = {
    "an mbox": "{path: data/mail/*.mbox, outside: yes}",
    "a row": "{path: data/leads.csv, outside: yes}",
    "a web form": "{path: data/forms/**, outside: yes}",
    "a twin of a marked path": "{path: data/tw*.csv}",
}


class Colony(Rig):
    """Ten gullible seats and a founder, into which one worm is let."""

    def __init__(self, root: Path, worm: Worm) -> None:
        self.worm = worm
        super().__init__(root, chart_of(worm))
        worms = {worm.number: {"path": worm.path, "victim": VICTIM}}
        for name in SEATS:
            self.write(f"seats/{name}/agent.py", HOLDER.read_text())
            self.write(f"seats/{name}/worms.json", json.dumps(worms))
        self.write("act", "#!/bin/sh\ncat >> acted.jsonl\n").chmod(0o755)
        self.write("note", "#!/bin/sh\ncat > data/notes/$FLEET_ACTION_ID.txt\n").chmod(0o755)
        self.write("data/private.csv", f"{SECRET}\n")
        for folder in ("mail", "forms", "notes"):
            self.path(f"data/{folder}").mkdir()

    def infect(self) -> Colony:
        """Let the worm in, and give it all the turns that it can want."""
        worm, first = self.worm, self.worm.path[0][0]
        self.start()
        if worm.path[0][1] == "reply":
            self._greet(worm.path[1][0], first)
        text = f"Dear all, {gullible.ENCODED['plain'](f'zqworm{worm.number}k')}, with kind regards"
        self._enter(first, text)
        for step, (seat, _, _) in enumerate(worm.path):
            for _ in range(2):  # a state is published, an action carried out, before it is read
                if not self.did_step(step):
                    self.ask("wake", seat=seat)
        self.ask("wake", seat=VICTIM)
        self.sweep().advance(minutes=30)
        return self

    def _enter(self, seat: str, text: str) -> None:
        if self.worm.entry == "a dropped letter":
            self.drop(seat, "letter.md", text)
        elif self.worm.entry == "an mbox":
            self.write("data/mail/in.mbox", f"From x\nSubject: hello\n\n{text}\n")
        elif self.worm.entry == "a row":
            self.write("data/leads.csv", f"at,lead,note\n1,2,{text}\n")
        elif self.worm.entry == "a web form":
            self.write("data/forms/today/1.json", json.dumps({"message": text}))
        else:
            self.write("data/twin.csv", f"{text}\n")

    def _greet(self, sender: str, to: str) -> None:
        """Have one seat write to another, whose letter then waits to be answered."""
        self.write(f".greets-{sender}", to)
        self.ask("wake", seat=sender)

    def did_step(self, step: int) -> bool:
        """Say whether a holder has done what the worm wants at a step."""
        return self.path(f".done-{self.worm.number}-{step}").exists()

    def infected(self) -> list[str]:
        """Name the turns in which a holder did what the worm wants."""
        return [path.read_text() for path in sorted(self.root.glob(".done-*"))]

    def acted(self) -> bool:
        """Say whether anything outside was done, or began."""
        kinds = {record["data"]["kind"] for record in self.records("action_intent")}
        return bool(kinds & set(OUTSIDE)) or self.path("acted.jsonl").exists()

    def changed(self) -> bool:
        """Say whether another chart came into force, or a peer was told its job in other words."""
        done = {r["turn"] for r in self.records("turn_ended", seat=VICTIM) if r["data"]["outcome"] == "done"}
        began = (r for r in self.records("turn_started", seat=VICTIM) if r["turn"] in done)
        sums = {r["data"]["charter_sha256"] for r in began}
        return len(self.records("revision")) > 1 or len(sums) > 1

    def tells(self, what: str) -> list[dict[str, Any]]:
        """List the data of records of one kind in which the worm stands, however it is written."""
        return [r["data"] for r in self.records(what) if self.worm.number in gullible.marks(r["data"])]


def chart_of(worm: Worm) -> str:
    """Lay out who reads whom, who owes whom what, and who is told of trouble, as one worm needs it."""
    reads: dict[str, list[str]] = {name: [] for name in SEATS}
    when = {name: ["when asked", "when mail arrives"] for name in SEATS}
    tail, first = ACTIONS, worm.path[0][0]
    reads[first] += [PATHS[worm.entry]] if worm.entry in PATHS else []
    if worm.entry == "a twin of a marked path":
        reads[VICTIM].append("{path: data/*.csv, outside: yes}")
    for (seat, how, _), (onward, _, _) in zip(worm.path, worm.path[1:], strict=False):
        if how in BY_STATE or how == "own state":
            reads[onward].append(seat)
            when[onward] += [f"when {seat} publishes"] if seat != onward else []
        elif how == "note":
            reads[onward].append("{path: data/notes/*.txt, outside: yes}")
        elif how.startswith("handoff"):
            fields = "{client: subject, change: number, because: text, level: [low, high], at: time}"
            tail += f"handoffs:\n  alarm: {{from: {seat}, to: [{onward}], with: {fields}}}\n" * (
                "handoffs:" not in tail
            )
        elif how in BY_LADDER:
            when[onward].append("when an escalation arrives")
            tail += f"escalation:\n  usual: [{onward}, wait 4h, founder]\n" * ("escalation:" not in tail)
        elif how == "reply":
            when[seat] = ["when asked"]
    when[VICTIM] = ["every 6h", "when asked"]
    can = "can: {do: [mail.send, crm.write, ads.buy, note.append], ask: {crm.offer: founder}}"
    seats = {
        name: f"run: python3 -I -S -B agent.py\nwhen: [{', '.join(when[name])}]\n{can}"
        + (f"\nreads: [{', '.join(dict.fromkeys(reads[name]))}]" if reads[name] else "")
        for name in SEATS
    }
    return chart_text(seats, tail=tail)
