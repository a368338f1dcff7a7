"""An edit that is still being saved may take back what an action needs, so the action waits for it."""

from __future__ import annotations

from typing import Any

from fleet.testing import Rig

SEATS = {"dirk": "when: [when asked]\ncan: {do: [note.append]}"}
ACTIONS = "actions:\n  note.append: {run: ./note}"
OFFER = """echo '{"headline": "h", "actions": [{"kind": "note.append"}]}'"""


def test_an_action_waits_for_an_edit_that_is_being_saved(start: Any) -> None:
    rig: Rig = start(SEATS, tail=ACTIONS)
    rig.write("note", "#!/bin/sh\ntouch noted\n").chmod(0o755)
    rig.hold("dirk").does("dirk", OFFER)
    rig.ask("wake", seat="dirk")
    rig.write("fleet.yaml", rig.read("fleet.yaml").replace("do: [note.append]", "do: []"))
    rig.release("dirk")
    assert [r["data"]["id"] for r in rig.records("offer")] == ["a-1"]
    assert not rig.records("verdict")
    rig.sweep().sweep()
    (verdict,) = rig.records("verdict")
    assert (verdict["data"]["verdict"], verdict["data"]["rule"]) == ("refuse", "seats.dirk.can")
    assert not rig.path("noted").exists()
