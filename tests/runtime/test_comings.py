"""What comes while a seat is not there to hear of it."""

from __future__ import annotations

from typing import Any

MAIL = "when: when mail arrives\ngood_for: 24h"


def test_a_seat_put_back_is_woken_for_the_mail_that_waited(start: Any) -> None:
    from fleet.testing import chart_text

    both = {"dash": MAIL, "nick": "when: every day at 08:00"}
    rig = start(both).hold("dash")
    rig.ask("send", to="dash", body="One.")
    rig.ask("send", to="dash", body="Two.")
    rig.edit(chart_text({"nick": both["nick"]}))
    rig.release("dash")
    assert rig.mail("dash")
    rig.edit(chart_text(both)).sweep()
    assert rig.mail("dash") == []


def test_a_path_watched_by_an_edit_wakes_from_then_on(start: Any) -> None:
    from fleet.testing import chart_text

    reads = "reads: [{path: data/*.csv}]"
    rig = start({"dash": f"when: when asked\ngood_for: 24h\n{reads}"})
    rig.edit(chart_text({"dash": f"when: when data/*.csv changes\ngood_for: 24h\n{reads}"})).sweep()
    before = len(rig.records("turn_started", seat="dash"))
    rig.write("data/new.csv", "a,b\n")
    rig.sweep().sweep()
    assert len(rig.records("turn_started", seat="dash")) == before + 1
