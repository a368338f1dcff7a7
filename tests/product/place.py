"""The fleet of the product's rows: three agents in shell, two people, driven by the real program alone."""

from __future__ import annotations

import json
from typing import Any

from cli.conftest import OFFER, Place

AGENT = """\
cp "$FLEET_BRIEF" work/brief.json
[ -f work/try ] && { mv work/try work/doing; . ./work/doing > work/came 2>&1; }
cat work/next 2>/dev/null || echo "all well, $FLEET_TURN"
rm -f work/next
"""
CHART = """\
fleet: desk
timezone: UTC
seats:
  founder: {{title: Founder, person: David, good_for: 30d, reads: [dirk, pulse, nick]}}
  bogdan: {{title: COO, person: Bogdan, answers_to: founder}}
  pulse:
    title: Client Retention
    run: sh agent.sh
    answers_to: bogdan
    owns: [client health]
    when: when asked
    good_for: {good_for}
    scorecard: {{work: at least 1 a week}}
  dirk:
    title: Sales
    run: sh agent.sh
    answers_to: founder
    owns: [pipeline]
    when: when asked
    good_for: 24h
    reads: [pulse, {{path: data/crm.csv, fresh_within: 26h}}]
    never: [crm.delete, account:vault]
    retries: 0
    scorecard: {{work: at least 1 a week}}
    can: {{do: [note.append, crm.write], ask: {{crm.offer: founder}}}}
{dirk}
  nick:
    title: Prospecting
    run: sh agent.sh
    answers_to: founder
    owns: [leads]
    when: when asked
    good_for: 24h
    scorecard: {{work: at least 1 a week}}
    can: {{do: [note.append]}}
{nick}
actions:
  crm.offer: {{run: ./offer, about: account, outside: yes}}
  crm.write: {{run: ./offer, about: account, repeat: safe}}
  crm.delete: {{run: ./offer, about: account}}
  note.append: {{run: ./offer, about: account, repeat: safe}}
conflicts:
  - {{about: account, rank: {rank}, then: {then}, because: Retention outranks expansion.}}
{rules}
escalation:
  usual: [{first}, wait 2h, founder]
"""
USUAL = {
    "good_for": "24h",
    "dirk": "",
    "nick": "",
    "rank": "[pulse, dirk, nick]",
    "then": "hold",
    "rules": "",
    "first": "bogdan",
}


def chart(**other: str) -> str:
    """Write the chart, with other words in its places."""
    return CHART.format(**{**USUAL, **other})


class Desk(Place):
    """A folder with that fleet, and a daemon that serves it."""

    def begin(self, text: str, **env: str) -> Desk:
        """Lay it out, let the first turns be over, and start its daemon."""
        self.write("fleet.yaml", text)
        self.write("data/crm.csv", "account\nacme\n")
        for seat in ("pulse", "dirk", "nick"):
            self.write(f"seats/{seat}/agent.sh", AGENT)
            self.write(f"seats/{seat}/work/.keep", "")
        self.program("offer", OFFER)
        for words in (("up", "--once", "-q"), ("up", "-d", "-q")):
            said = self(*words, env=env)
            assert said.code == 0, said.err
        return self

    def tries(self, seat: str, script: str, **result: Any) -> str:
        """Have a seat's next turn try something in sh; gives what it saw of it."""
        self.write(f"seats/{seat}/work/try", script)
        if result:
            self.write(f"seats/{seat}/work/next", json.dumps({"headline": "plans", **result}))
        self("wake", seat, "--wait")
        return (self.folder / f"seats/{seat}/work/came").read_text()

    def brief(self, seat: str) -> dict[str, Any]:
        """Give the brief of a seat's last turn, as its program got it."""
        found: dict[str, Any] = json.loads((self.folder / f"seats/{seat}/work/brief.json").read_text())
        return found

    def edit(self, text: str) -> None:
        """Save another chart, and wait until the fleet has taken it up."""
        before = self("status", "--json").data["revision"]
        self.write("fleet.yaml", text)
        self.until(lambda: self("status", "--json").data["revision"] != before, "another revision")

    def ledger(self, *whats: str) -> list[dict[str, Any]]:
        """Read the records of some kinds."""
        lines = [
            line
            for file in sorted((self.folder / "ledger").glob("*.jsonl"))
            for line in file.read_text().splitlines()
        ]
        return [record for record in map(json.loads, lines) if record["what"] in whats]

    def ruled(self, action: str) -> dict[str, Any]:
        """Give the last verdict on an action."""
        found: dict[str, Any] = [r["data"] for r in self.ledger("verdict") if r["data"].get("id") == action][
            -1
        ]
        return found

    def did(self) -> list[dict[str, Any]]:
        """List what the actions' program was really given."""
        log = self.folder / "offers.log"
        return (
            [json.loads(line) for line in log.read_text().splitlines() if line.strip()]
            if log.exists()
            else []
        )
