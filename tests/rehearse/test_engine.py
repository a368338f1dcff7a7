"""The rehearsal's daemon is the fleet's: the same history, driven through the rig and through a rehearsal, is one."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rehearse.stand import Kept

from fleet.core.read.found import Found
from fleet.core.script.read import read_steps
from fleet.core.script.step import Script
from fleet.errors import FleetError
from fleet.runtime.rehearse import Plan, rehearse
from fleet.store.yaml import read_nodes
from fleet.testing import MONDAY, Folder, Rig, chart_text

MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
ZONE = ZoneInfo("America/New_York")
SEATS = {
    "pulse": "when: [every 3h, when asked]\ngood_for: 40h",
    "dirk": "when: [every 3h from 00:10 to 23:10, when mail arrives]\nreads: [pulse]\ngood_for: 40h\nretries: 1\n"
    "can: {do: [crm.write], ask: {crm.offer: founder}}",
    "nick": "when: [every 3h from 00:20 to 23:20, when asked]\nreads: [pulse]\nskip_if: nothing new\ngood_for: 40h",
}
TAIL = """
actions:
  crm.offer: {run: ./act, about: account, outside: yes}
  crm.write: {run: ./act, about: account}
conflicts:
  - {about: account, rank: [pulse, dirk, nick], then: hold, because: Retention goes before sales.}
escalation:
  usual: [answers_to, wait 2h, founder]
"""
CHART = chart_text(SEATS, tail=TAIL)
SUBJECTS = st.sampled_from(["account:acme", "account:volt"])
ACTIONS = st.sampled_from(["crm.offer", "crm.write"])
STEPS = st.one_of(
    st.tuples(st.just("offer"), ACTIONS, SUBJECTS),
    st.tuples(st.just("claim"), SUBJECTS),
    st.tuples(st.sampled_from(["unclaim", "approve", "kill", "wrong"])),
    st.tuples(st.just("drop"), st.sampled_from(["dirk", "nick"])),
    st.tuples(st.just("request"), st.sampled_from(["pulse", "dirk", "nick"])),
    st.tuples(st.sampled_from(["pause", "resume", "wake"]), st.sampled_from(["dirk", "nick"])),
    st.tuples(st.just("edit"), st.sampled_from(["every 3h", "every 2h", "every 6h"])),
)


def result(step: tuple[str, ...], number: int) -> dict[str, Any]:
    """What the seat of a step publishes."""
    head = {"headline": f"step {number}"}
    if step[0] == "offer":
        return {
            **head,
            "actions": [{"kind": step[1], "about": step[2], "with": {"n": str(number)}, "because": "b"}],
        }
    if step[0] == "claim":
        return {**head, "claims": [{"about": step[1], "because": "mine"}]}
    return {**head, "claims": [] if step[0] == "unclaim" else "nonsense"}


def scripted(step: tuple[str, ...], number: int) -> dict[str, Any]:
    """A step as a script says it."""
    match step[0]:
        case "offer":
            return {"publish": {"seat": "dirk", **result(step, number)}}
        case "claim" | "unclaim" | "wrong":
            return {"publish": {"seat": "pulse", **result(step, number)}}
        case "approve":
            return {"approve": {"id": "all", "as": "founder"}}
        case "kill":
            return {"kill": "daemon"}
        case "drop":
            return {"drop": {"to": step[1], "text": "hello"}}
        case "request":
            return {"send": {"as": "founder", "to": step[1], "type": "REQUEST", "subject": "s", "body": "b"}}
        case "edit":
            return {"edit": {"text": CHART.replace("every 3h,", f"{step[1]},")}}
        case verb:
            return {verb: {"what" if verb != "wake" else "seat": step[1], "as": "founder"}}


def live(rig: Rig, step: tuple[str, ...], number: int) -> None:
    """Do a step to a fleet that runs; what is refused changes nothing."""
    try:
        done(rig, step, number)
    except FleetError:
        for left in rig.root.glob("seats/*/work/do.*"):
            left.unlink()


def done(rig: Rig, step: tuple[str, ...], number: int) -> None:
    """Do a step as its person would."""
    match step[0]:
        case "offer" | "claim" | "unclaim" | "wrong":
            seat = "dirk" if step[0] == "offer" else "pulse"
            rig.does(seat, f"cat <<'END'\n{json.dumps(result(step, number))}\nEND")
            rig.ask("wake", person=None, seat=seat, because="the script has it publish")
        case "approve":
            actions = rig.daemon.fleet.account.docket.actions if rig.daemon else {}
            for one in [a.id for a in actions.values() if a.status in ("asked", "unknown")]:
                rig.ask("approve", id=one)
        case "kill":
            rig.kill().start()
        case "drop":
            rig.drop(step[1], "dropped.md", "hello")
        case "request":
            rig.ask("send", to=step[1], type="REQUEST", subject="s", body="b")
        case "edit":
            rig.edit(CHART.replace("every 3h,", f"{step[1]},"))
        case verb:
            rig.ask(verb, **{"what" if verb != "wake" else "seat": step[1]})


def lay(folder: Folder) -> None:
    folder.write("act", "#!/bin/sh\ncat >/dev/null; echo sent\n").chmod(0o755)
    for seat in SEATS:
        folder.write(f"seats/{seat}/work/quiet", "")


def told(records: list[Mapping[str, Any]]) -> dict[str, list[tuple[str, ...]]]:
    """What happened to each seat, in order, without times, hashes and who started the daemon."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for record in records:
        data = record["data"]
        if record["what"] not in ("checkpoint", "started", "stopped", "revision"):
            facts = (
                "id",
                "kind",
                "verdict",
                "reason",
                "outcome",
                "cause",
                "slot",
                "type",
                "to",
                "person",
                "answer",
                "box",
            )
            row = (record["what"], *(str(data.get(key, "")) for key in facts))
            found.setdefault(record.get("seat") or "", []).append(row)
    return found


def places() -> Iterator[Path]:
    """A folder in memory that is removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="engine-", dir=MEMORY) as folder:
        yield Path(folder)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STEPS, min_size=1, max_size=7))
def test_a_history_is_the_same_through_the_rig_and_through_a_rehearsal(steps: list[tuple[str, ...]]) -> None:
    for place in places():
        dated = [MONDAY + timedelta(hours=1 + number, minutes=40) for number in range(len(steps))]
        end = dated[-1] + timedelta(hours=3)
        with Rig(place / "live", CHART) as rig:
            lay(rig)
            rig.start()
            for number, (step, at) in enumerate(zip(steps, dated, strict=True)):
                rig.advance_to(at)
                live(rig, step, number)
            rig.advance_to(end - timedelta(microseconds=1))
            expected = told(rig.records())
        folder = Folder(place / "fleet", CHART)
        lay(folder)
        listed = [
            {"at": at.isoformat(), **scripted(s, n)}
            for n, (s, at) in enumerate(zip(steps, dated, strict=True))
        ]
        root, wrong = read_nodes(json.dumps(listed), "script")
        found = Found({})
        assert root is not None and not wrong
        start = MONDAY.astimezone(ZONE)
        script = read_steps(root, Script(), found, start=start, zone=ZONE)
        assert found.mistakes == []
        rehearse(
            Plan(
                str(place / "fleet"), start, end.astimezone(ZONE), script, act=True, keep=str(place / "copy")
            )
        )
        copy = Kept(place / "copy")
        assert told(copy.records()) == expected
