"""The agency of these scenes: sneeze-it's cast on one small chart, played on a clock that moves only when told to.

Nothing here looks into the daemon. Seats are told what their turns print at which minute; people speak by commands;
what came of it is read as a manager would: states, mail, verdicts in the ledger, what the programs really did.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from fleet.testing import Rig, chart_text

ZONE = ZoneInfo("America/New_York")
REPOSITORY = Path(__file__).resolve().parents[2]
SUNDAY = datetime(2026, 11, 22, 20, 0, tzinfo=ZONE)
"""The evening before: everybody's first turn is over when Monday begins."""

CAST: Mapping[str, str] = {
    "bogdan": "title: COO\nperson: Bogdan\nanswers_to: founder\nreads: [radar]",
    "pulse": """
title: Client Retention
run: sh agent.sh
answers_to: bogdan
when: [every 4h from 06:00 to 18:00, when asked]
good_for: 26h
never: [crm.offer]
""",
    "dirk": """
title: Sales
run: sh agent.sh
when: [every 2h from 08:00 to 18:00, when asked]
reads: [pulse]
good_for: 26h
never: [crm.delete]
can:
  do: [crm.write]
  ask: {crm.offer: founder}
""",
    "nick": """
title: Cold Prospecting
run: sh agent.sh
when: [every day at 09:00, when asked]
good_for: 26h
can: {do: [draft.write]}
""",
    "pepper": """
title: Email Triage
run: python -B agent.py
answers_to: bogdan
when: [every day at 07:00, when mail arrives]
can: {do: [mail.send]}
""",
    "radar": """
title: Chief of Staff
run: sh briefing.sh
when: [weekdays at 07:15, every 1h from 09:00 to 18:00 on weekdays]
reads: [pulse, dirk, nick, pepper]
""",
}
RULES = """
actions:
  crm.offer:   {run: ./actions/do crm.offer, about: account, outside: yes}
  crm.write:   {run: ./actions/do crm.write, about: [account, brand], repeat: safe}
  crm.delete:  {run: ./actions/do crm.delete, about: account}
  draft.write: {run: ./actions/do draft.write, about: brand}
  mail.send:   {run: ./actions/do mail.send, about: [account, person], outside: yes, at_most: 1 a day each}
subjects:
  person: {of: account, from: data/contacts.csv}
conflicts:
  - {about: account, rank: [pulse, dirk, nick], then: hold, because: Retention goes before sales.}
  - {about: brand, rank: [dirk, nick], within: 30 days, then: refuse}
escalation:
  usual: [answers_to, wait 24h, founder]
"""
CONTACTS = "person,account\njo@acme.example,acme\nkim@volt.example,volt\n"

DO = """\
#!/bin/sh
# What every action runs: it tells what it was given. While data/gate is a pipe, it waits there.
[ -p data/gate ] && read -r _ < data/gate
mkdir -p data/did
{ cat; echo; } >>"data/did/$1.jsonl"
"""
BY_THE_CLOCK = """\
cat "work/at/$(printf %.16s "$FLEET_NOW")" 2>/dev/null && exit
echo "nothing new, turn $FLEET_TURN"
"""
PEPPER = '''\
"""Pepper: does what it is asked; whether it may is the gate's affair."""

import json
import os

brief = json.load(open(os.environ["FLEET_BRIEF"]))
asked = [letter for letter in brief["mail"] if letter["type"] == "REQUEST"]
actions = [
    {"kind": "mail.send", "about": letter["about"], "with": {"text": letter["body"]}, "because": letter["subject"]}
    for letter in asked
]
print(json.dumps({"headline": f"{len(asked)} mails asked for, {brief['turn']}", "actions": actions}))
'''


class Agency(Rig):
    """The agency on disk, and its real daemon on a fake clock."""

    def __init__(self, root: Path, *, at: datetime = SUNDAY, cast: Mapping[str, str] = CAST) -> None:
        super().__init__(root, chart_text(dict(cast), tail=RULES), at=at)
        self.write("actions/do", DO).chmod(0o755)
        self.write("data/contacts.csv", CONTACTS)
        self.write("seats/pepper/agent.py", PEPPER)
        for name in ("flatten.awk", "briefing.awk"):  # the real Radar writes the briefing
            self.write(f"seats/radar/{name}", (REPOSITORY / "seats/radar" / name).read_text())
        self.write("seats/radar/briefing.sh", (REPOSITORY / "seats/radar/agent.sh").read_text())
        for seat in cast:
            self.always(seat, BY_THE_CLOCK)

    # What happens.

    def plans(self, seat: str, when: str, **result: Any) -> None:
        """Say what the turn of a seat prints that begins at a minute of this Monday, as `10:00`, or of another day."""
        minute = when if "T" in when else f"2026-11-23T{when}"
        place = self.path(f"seats/{seat}/work/at")
        place.mkdir(exist_ok=True)
        (place / minute).write_text(json.dumps({"headline": f"{seat} at {when}", **result}))

    def until(self, when: str) -> Agency:
        """Let time pass until a minute of this Monday, as `10:00`, or of another day."""
        minute = when if "T" in when else f"2026-11-23T{when}"
        self.advance_to(datetime.fromisoformat(minute).replace(tzinfo=ZONE))
        return self

    def asks(self, person: str, to: str, subject: str, text: str) -> str:
        """Have somebody without a turn of its own in this scene write a REQUEST; gives its id."""
        sent = self.ask(
            "send", person=person, to=to, type="REQUEST", about=[subject], subject="Mail", body=text
        )
        return str(sent["id"])

    def stall(self, action: str) -> None:
        """Let the program of an action run on until `go_on`."""
        os.mkfifo(self.path("data/gate"))
        self._gates[action] = os.open(self.path("data/gate"), os.O_RDWR)

    def go_on(self, action: str) -> None:
        """Let a stalled program go on to its end."""
        fd = self._gates.pop(action)
        os.write(fd, b"go\n")
        self.path("data/gate").unlink()
        self.settle()
        os.close(fd)

    # What came of it.

    def did(self, kind: str) -> list[dict[str, Any]]:
        """List what the program of a kind of action was really given, in order."""
        path = self.path(f"data/did/{kind}.jsonl")
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def verdicts(self, action: str) -> list[dict[str, Any]]:
        """List the verdicts on an action, as the ledger has them, oldest first."""
        return [r["data"] for r in self.records("verdict") if r["data"].get("id") == action]

    def ruled(self, action: str) -> tuple[str, str]:
        """Give the last ruling on an action, and the line of fleet.yaml that it names, as it stands there."""
        last = self.verdicts(action)[-1]
        return last["verdict"], self.line(last["place"])

    def line(self, place: str) -> str:
        """Give the text at a place like fleet.yaml:91."""
        file, _, number = place.partition(":")
        return self.read(file).splitlines()[int(number) - 1].strip() if number else ""

    def told(self, person: str) -> list[str]:
        """List the subjects of the mail that waits for a person."""
        return [letter.get("subject", "") for letter in self.mail(person)]

    def corrections(self, seat: str) -> list[str]:
        """Wake a seat and give what it is told of its own mistakes."""
        self.ask("wake", seat=seat)
        return [note["says"] for note in self.brief(seat)["corrections"]]

    def fleet(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Call the real program in this folder, as somebody at a terminal."""
        env = {key: value for key, value in os.environ.items() if not key.startswith("FLEET_")}
        command = [sys.executable, "-m", "fleet", "-C", str(self.root), *words]
        return subprocess.run(
            command, capture_output=True, text=True, env={**env, "COLUMNS": "200"}, timeout=60
        )
