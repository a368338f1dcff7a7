"""Steps: how each verb of a rehearsal's script is played, and what came of it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from fleet.core.action import Action
from fleet.core.codec import Json
from fleet.core.folder import CHART
from fleet.core.frozen import dataclass
from fleet.core.script.expect import NEAR_SHOWN, Fact
from fleet.core.script.step import Step
from fleet.core.span import read_span
from fleet.edge import world
from fleet.errors import FleetError, Refused, Typed, Unreadable
from fleet.runtime.stage import Stage, expect, texts
from fleet.runtime.standing import Said
from fleet.store.yaml import read_plain, split_front

MATCHED = ("turn", "id", "wake")
"""Keys of a fact by which it is known which turn or wake an expectation speaks of."""


@dataclass(frozen=True, slots=True)
class Played:
    """One step as it was played. `matched` are ids of what an expectation found."""

    step: Step
    at: datetime
    met: bool = True
    says: str = ""
    near: tuple[tuple[Fact, tuple[str, ...]], ...] = ()
    matching: int = 0
    matched: frozenset[str] = frozenset()


async def play(stage: Stage, step: Step) -> Played:
    """Play a step, and let what it changes be seen."""
    at = stage.drive.clock.now()
    try:
        if step.wanted is not None:
            found, says = await expect(stage, step.wanted)
            ids = frozenset(str(fact[key]) for fact in found.matching for key in MATCHED if fact.get(key))
            return Played(step, at, found.met, says, found.near, len(found.matching), ids)
        says = await VERBS[step.verb](stage, step.given)
        return Played(step, at, says=says)
    except FleetError as exc:
        return Played(step, at, met=False, says=str(exc))
    except OSError as exc:
        return Played(step, at, met=False, says=f"{exc.filename}: {exc.strerror}")
    except ValueError as exc:  # bytes that are no text, a name with a NUL in it
        return Played(step, at, met=False, says=f"{step.verb}: it cannot be read: {exc}")


# The world.


async def _run(stage: Stage, given: Mapping[str, Json]) -> str:
    limit_s = read_span(given["limit"]).total_seconds() if given.get("limit") else world.LIMIT_S
    work = world.run(str(stage.root), given["program"], stage.env, limit_s=limit_s)
    came = await stage.drive.beside(work)
    await stage.drive.quiet()
    wanted = int(given.get("exit", 0))
    said = came.says.strip().splitlines()
    last = said[-1][:200] if said else ""
    if came.exit != wanted:
        raise Refused(f"exit {came.exit}, where {wanted} was wanted" + (f": {last}" if last else ""))
    for part in texts(given.get("says")):
        if part.casefold() not in came.says.casefold():
            raise Refused(f"it did not say {part!r}, but: {last or 'nothing'}")
    return last


async def _drop(stage: Stage, given: Mapping[str, Json]) -> str:
    parts = str(given.get("file", "")).split("/")
    if given.get("text"):
        raw, name = str(given["text"]).encode(), parts[-1]
    else:
        name = parts[-1]
        raw = stage.given("/".join(parts)).read_bytes() if name else b""
    below = parts[parts.index("inbox") + 1] if "inbox" in parts[:-2] else ""
    seat = given.get("to") or below or _front(raw).get("to", "")
    if seat not in stage.drive.fleet.chart.seats:
        raise Typed(f"drop: whose inbox? Say `to: SEAT`; {seat or 'nothing'!r} is no seat")
    name = os.path.basename(str(given.get("name") or name)) or "dropped.md"
    staged, target = stage.root / ".fleet/dropped", stage.root / f"inbox/{seat}/new/{name}"
    staged.write_bytes(raw)
    target.parent.mkdir(parents=True, exist_ok=True)
    staged.rename(target)
    if stage.drive.up:
        stage.drive.daemon.hear(f"inbox/{seat}/new/{name}", True)
    await stage.drive.quiet()
    return f"{name} into inbox/{seat}/new/"


def _front(raw: bytes) -> dict[str, Any]:
    try:
        parts = split_front(raw.decode())
        found = read_plain(parts[0]) if parts else None
    except (UnicodeDecodeError, Unreadable):
        return {}
    return found if isinstance(found, dict) else {}


async def _edit(stage: Stage, given: Mapping[str, Json]) -> str:
    path = stage.root / CHART
    if "replace" in given:
        path = stage.root / str(given.get("file") or CHART)
        text, old = path.read_text("utf-8"), str(given["replace"])
        if text.count(old) != 1:
            times = "does not stand" if old not in text else f"stands {text.count(old)} times"
            raise Typed(f"edit: {old!r} {times} in {path.name}; it must stand there once")
        new = text.replace(old, str(given.get("with") or ""))
    elif "text" in given:
        path = stage.root / str(given.get("file") or CHART)
        new = str(given["text"])
    else:
        new = stage.given(str(given.get("file") or CHART)).read_text("utf-8")
    if not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(stage.root)):
        raise Typed(f"edit: {path.name} is a link that leads out of the fleet's folder")
    before = _revision(stage)
    path.parent.mkdir(parents=True, exist_ok=True)
    staged = path.with_name(f".{path.name}.new")
    staged.write_text(new, "utf-8")
    if path.exists():
        shutil.copymode(path, staged)
    staged.replace(path)
    await stage.drive.quiet()
    if not stage.drive.up:
        return "saved, while the daemon is down"
    problems = stage.drive.fleet.problems
    if problems:
        return f"refused: {problems[0].line()}"
    after = _revision(stage)
    return f"{after} is in force" if after != before else "saved"


def _revision(stage: Stage) -> str:
    revision = stage.drive.fleet.account.revision
    return revision.id if revision else ""


async def _kill(stage: Stage, given: Mapping[str, Json]) -> str:
    down = read_span(given["for"]) if given.get("for") else timedelta(0)
    if given.get("during"):
        stage.drive.arm(str(given["during"]), down)
        return f"the daemon dies when next {given['during']} runs"
    await stage.drive.kill(down)
    await stage.drive.settle()
    return "killed" + (f", down for {given['for']}" if down else " and started again")


# People.


async def _ask(stage: Stage, verb: str, given: Mapping[str, Json], **args: Any) -> dict[str, Any]:
    answer = await stage.drive.ask(verb, args, given.get("as"))
    await stage.drive.quiet()
    return answer


async def _publish(stage: Stage, given: Mapping[str, Json]) -> str:
    seat = str(given["seat"])
    result = {k: v for k, v in given.items() if k not in ("seat", "until", "file", "text")}
    result = _with_newest(stage, seat, result)
    text = str(given.get("text") or "")
    if given.get("file"):
        text = stage.given(str(given["file"])).read_text("utf-8")
    text = text or json.dumps(_result(result))
    chart = stage.drive.fleet.chart
    if seat in chart.seats and chart.seats[seat].holder.is_agent:
        said = stage.drive.hands.says(seat, text)
        try:
            await _ask(stage, "wake", given, seat=seat, because="the script has it publish")
        except FleetError:
            stage.drive.hands.unsay(seat, said)
            raise
        return _published(seat, said)
    until = {"until": given["until"]} if given.get("until") else {}
    answer = await _ask(stage, "publish", given, seat=seat, text=text, **until)
    return f"{seat} published {answer['turn']}"


def _with_newest(stage: Stage, seat: str, given: Mapping[str, Json]) -> dict[str, Json]:
    """Put the newest message to a seat where its own messages reply to `newest`: no script can know its id."""
    messages = given.get("messages")
    if not isinstance(messages, list):
        return dict(given)
    newest = stage.told.newest.get(seat, "")
    named = [{**one, "reply_to": newest} if one.get("reply_to") == "newest" else one for one in messages]
    return {**given, "messages": named}


def _published(seat: str, said: Said) -> str:
    """Say what came of a turn that gave a script's result; raises Refused if it was no done one."""
    if said.came is None:
        return f"{seat} publishes that in its next turn, which is not now"
    data = said.came.data
    if data["outcome"] not in ("done", "empty"):
        raise Refused(f"turn {said.came.turn} of {seat} {data['outcome']}: {data.get('why', '')}")
    return f"{seat} published ({said.came.turn})"


def _result(given: Mapping[str, Json]) -> dict[str, Json]:
    """Give a result as JSON: what a script writes as text is a number where a number belongs."""
    values = given.get("scorecard")
    if not isinstance(values, Mapping):
        return dict(given)
    return {**given, "scorecard": {name: _number(value) for name, value in values.items()}}


def _number(value: Json) -> Json:
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value


async def _wake(stage: Stage, given: Mapping[str, Json]) -> str:
    await _ask(stage, "wake", given, seat=given["seat"], because=given.get("because", ""))
    return ""


async def _send(stage: Stage, given: Mapping[str, Json]) -> str:
    about = {"about": texts(given.get("about"))} if given.get("about") else {}
    kept = {k: given[k] for k in ("type", "subject", "body", "reply_to", "answer_by") if k in given}
    answer = await _ask(stage, "send", given, to=given["to"], **kept, **about)
    return f"{answer['id']} to {answer['to']}"


async def _approve(stage: Stage, given: Mapping[str, Json]) -> str:
    said = []
    for action in _chosen(stage, given):
        more = {k: given[k] for k in ("with", "because", "answer") if k in given}
        answer = await _ask(stage, "approve", given, id=action.id, **more)
        said.append(f"{action.id} approved by {answer['by']}")
    return "; ".join(said)


async def _deny(stage: Stage, given: Mapping[str, Json]) -> str:
    said = []
    for action in _chosen(stage, given):
        answer = await _ask(stage, "deny", given, id=action.id, because=given["because"])
        said.append(f"{action.id} denied by {answer['by']}")
    return "; ".join(said)


def _chosen(stage: Stage, given: Mapping[str, Json]) -> list[Action]:
    """Find the actions that a yes or no is to: by id, or those that wait and are as described."""
    actions = stage.drive.fleet.account.docket.actions
    identity = given.get("id")
    if identity and identity != "all":
        if identity not in actions:
            raise Typed(f"{identity} is not open; open are: {', '.join(actions) or 'none'}")
        return [actions[identity]]
    waiting = [a for a in actions.values() if a.status in ("asked", "unknown")]
    found = [a for a in waiting if _as_described(a, given)]
    if not found and identity != "all":
        there = "; ".join(
            f"{a.id} {a.kind} of {a.seat} about {', '.join(a.about)}" for a in waiting[:NEAR_SHOWN]
        )
        raise Typed(f"no such action waits for a person; waiting: {there or 'none'}")
    return found


def _as_described(action: Action, given: Mapping[str, Json]) -> bool:
    about = texts(given.get("about"))
    return (
        given.get("seat", action.seat) == action.seat
        and given.get("kind", action.kind) == action.kind
        and all(one in action.about for one in about)
    )


async def _pause(stage: Stage, given: Mapping[str, Json]) -> str:
    kept = {k: given[k] for k in ("what", "for", "because") if k in given}
    await _ask(stage, "pause", given, **_whole(kept))
    return ""


async def _resume(stage: Stage, given: Mapping[str, Json]) -> str:
    kept = {k: given[k] for k in ("what", "because") if k in given}
    await _ask(stage, "resume", given, **_whole(kept))
    return ""


def _whole(given: dict[str, Json]) -> dict[str, Json]:
    return {k: v for k, v in given.items() if (k, v) != ("what", "all")}


async def _apply(stage: Stage, given: Mapping[str, Json]) -> str:
    answer = await _ask(stage, "apply", given, because=given.get("because", ""))
    return f"{answer['revision']} is in force"


async def _say(stage: Stage, given: Mapping[str, Json]) -> str:
    return str(given["text"])


VERBS: Mapping[str, Callable[[Stage, Mapping[str, Json]], Awaitable[str]]] = {
    "run": _run,
    "drop": _drop,
    "publish": _publish,
    "wake": _wake,
    "send": _send,
    "approve": _approve,
    "deny": _deny,
    "pause": _pause,
    "resume": _resume,
    "edit": _edit,
    "apply": _apply,
    "kill": _kill,
    "say": _say,
}
