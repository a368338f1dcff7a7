"""What the operator sees of a storm, at the terminal."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from storms.sky import Sky
from storms.test_storms import begins_anew, nine


def fleet(sky: Sky, *words: str) -> str:
    """Ask the real program of a fleet that no daemon serves."""
    command = [sys.executable, "-m", "fleet", "-C", str(sky.root), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 3), done.stderr
    return done.stdout


def test_status_has_one_line_of_it_and_the_command_that_stops_it(fly: Any) -> None:
    sky = fly(nine(), head="limits: {messages_an_hour: 40}")
    sky.holds(begins_anew).ask("send", to="a1", body="Hello all")
    sky.kill()
    told = fleet(sky, "status")
    (line,) = (one for one in told.splitlines() if " storm: " in one)
    assert "9 seats, " in line and " messages refused, since " in line
    assert "fleet pause message" in told.splitlines()[-1]
    (trouble,) = json.loads(fleet(sky, "status", "--json"))["data"]["troubles"]
    assert (trouble["kind"], trouble["next"]) == ("storm", "fleet pause message")


def test_tail_tells_the_begin_and_the_end_and_not_each_refusal(fly: Any) -> None:
    sky = fly(nine(), head="limits: {messages_an_hour: 40}")
    sky.holds(begins_anew).ask("send", to="a1", body="Hello all")
    sky.advance(minutes=31).kill()
    told = fleet(sky, "tail", "-n", "9999").splitlines()
    begin, letter, end = (line for line in told if "  storm  " in line)
    assert "goes to founder" in letter
    assert "over at" in end and "over at" not in begin
    assert not [line for line in told if "REFUSE" in line]
    every = fleet(sky, "tail", "-n", "9999", "--kind", "all").splitlines()
    assert len([line for line in every if "REFUSE" in line]) == len(sky.records("verdict")) > 5


def test_why_says_what_a_wake_waits_for(fly: Any) -> None:
    sky = fly({"a": "when: [when mail arrives]"}, head="limits: {wakes_an_hour: 1}")
    for name in ("one", "two"):
        sky.drop("a", f"{name}.md", name)
    sky.kill()
    told = fleet(sky, "why", "a")
    assert "Events wake it 1 times an hour at most; it is woken at 07:00:01." in " ".join(told.split())
