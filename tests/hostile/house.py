"""The house that is broken into: the agency of the scenes, in which Dirk's program is the intruder."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from scenes.agency import CAST, ZONE, Agency

import fleet

INTRUDER = Path(__file__).with_name("intruder.py")
OFFER: dict[str, Any] = {
    "kind": "crm.offer",
    "about": "account:volt",
    "with": {"deal": "d-9", "amount": 4000},
}
NINE = datetime(2026, 11, 23, 9, 0, tzinfo=ZONE)
SEATS = {
    **CAST,
    "pulse": CAST["pulse"].replace("when: [every 4h from 06:00 to 18:00, when asked]", "when: [when asked]"),
    "dirk": CAST["dirk"]
    .replace("run: sh agent.sh", "run: python -B intruder.py")
    .replace("when: [every 2h from 08:00 to 18:00, when asked]", "when: [when asked]")
    .replace("never: [crm.delete]", "never: [crm.delete, account:vault]\nretries: 0"),
    "radar": "title: Chief of Staff",
}


class House(Agency):
    """The agency with an intruder in Dirk's seat; Pulse claims Acme and nothing else."""

    def __init__(self, root: Path, *, at: datetime = NINE) -> None:
        super().__init__(root, at=at, cast=SEATS)
        self.write("seats/dirk/intruder.py", INTRUDER.read_text())
        self.write("seats/dirk/work/source", str(Path(fleet.__file__).parents[1]))
        claims = {
            "headline": "one on the list",
            "claims": [{"about": "account:acme", "because": "leads down"}],
        }
        self.does("pulse", f"echo '{json.dumps(claims)}'")

    def plan(self, *tries: list[Any], result: str | dict[str, Any] | None = None) -> None:
        """Say what Dirk's next turn tries, and what it prints."""
        text = json.dumps(result) if isinstance(result, dict) else result
        self.path("seats/dirk/work/plan.json").write_text(json.dumps({"tries": tries, "result": text}))

    def came(self) -> list[Any]:
        """Give what Dirk's last turn saw of what it tried."""
        found: list[Any] = json.loads(self.read("seats/dirk/work/came.json"))
        return found

    def tries(self, *tries: list[Any], result: str | dict[str, Any] | None = None) -> list[Any]:
        """Have Dirk's next turn try something; gives what it saw of it."""
        self.plan(*tries, result=result)
        self.ask("wake", seat="dirk")
        return self.came()

    def offers(self, *actions: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
        """Have Dirk offer actions; gives the last verdict on each that was judged, in order."""
        before = {r["data"]["id"] for r in self.records("offer")}
        self.tries(
            result={"headline": f"after {len(self.ledger())} records", "actions": list(actions), **more}
        )
        self.sweep()  # an edit that is being saved is waited for
        new = [r["data"]["id"] for r in self.records("offer") if r["data"]["id"] not in before]
        return [self.verdicts(identity)[-1] for identity in new]

    def failed(self) -> str:
        """Give why Dirk's last turn failed, or nothing if it did not."""
        last = self.records("turn_ended", seat="dirk")[-1]["data"]
        return str(last.get("why", "")) if last["outcome"] == "failed" else ""

    def troubles(self, kind: str) -> list[str]:
        """List what was reported of one kind."""
        return [r["data"]["says"] for r in self.records("trouble") if r["data"]["kind"] == kind]
