"""Reads a script: a list of dated steps, or a map that holds one beside what it asks of the rehearsal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from fleet.core.codec import Json
from fleet.core.frozen import dataclass
from fleet.core.instant import read_instant
from fleet.core.node import Entries, Items, Node, Scalar
from fleet.core.read import values
from fleet.core.read.fields import Fields, fields, wrong_shape
from fleet.core.read.found import Found, is_empty, part
from fleet.core.script.expect import read_expected
from fleet.core.script.given import Pairs, leads_inside, once, plain, subjects, words
from fleet.core.script.keys import ANSWERS, ANY_SHAPE, FIRST, LISTS, MUST, SCRIPT, SPANS, STEP, VERBS
from fleet.core.script.step import Expected, Script, Step
from fleet.errors import Unreadable


@dataclass(slots=True)
class _Reading:
    """Where reading stands: what was found wrong, the zone, and the instant of the step before."""

    found: Found
    zone: ZoneInfo
    at: datetime
    steps: list[Step] = field(default_factory=list)


def read_header(root: Node, found: Found) -> Script:
    """Read what a script asks of the rehearsal; its steps are read once its start is known."""
    if not isinstance(root, Entries):
        return Script()
    given = fields(root, SCRIPT, found)
    return Script(
        scene=values.text(given.get("scene"), found, "scene"),
        start=values.text(given.get("from"), found, "from"),
        span=values.span(given.get("for"), found, "for"),
        seed=values.text(given.get("seed"), found, "seed"),
        act=bool(values.yes_no(given.get("act"), found, "act")),
        fresh=bool(values.yes_no(given.get("fresh"), found, "fresh")),
        leave_out=tuple(s.text for s in values.scalars(given.get("leave_out"), found, "leave_out")),
        serve=_served(given.get("serve"), found),
    )


def read_steps(root: Node, header: Script, found: Found, *, start: datetime, zone: ZoneInfo) -> Script:
    """Read a script's steps, dated from `start` on, in the order of time."""
    listed = root
    if isinstance(root, Entries):
        listed = next((value for key, value in root.entries if key.text == "steps"), Items((), root.place))
    if not isinstance(listed, Items):
        found.say("F404", listed.place, "a script is a list of steps, each {at: mon 10:29, ...}")
        return header
    reading = _Reading(found, zone, start)
    for node in listed.items:
        _read_step(node, reading)
    return replace(header, steps=tuple(reading.steps))


def _served(node: Node | None, found: Found) -> dict[str, tuple[str, ...]]:
    if node is None:
        return {}
    if not isinstance(node, Entries):
        wrong_shape(node, found, "serve wants a map of addresses and programs")
        return {}
    return {key.text.rstrip("/"): tuple(words(value, found)) for key, value in node.entries}


def _read_step(node: Node, reading: _Reading) -> None:
    """Read one entry of the list: an instant, and the verbs that are done then, in their order."""
    found = reading.found
    if not isinstance(node, Entries):
        wrong_shape(node, found, "a step is a map: {at: mon 10:29, wake: dirk}")
        return
    entries = {key.text: value for key, value in once(node.entries, found)}
    if "at" in entries:
        _date(entries["at"], reading)
    note = values.text(entries.get("note"), found, "note")
    mistakes = len(found.mistakes)
    verbs = list(_verbs(node, found))
    if not verbs and len(found.mistakes) == mistakes:
        known = ", ".join(sorted({*VERBS, "expect"}))
        found.say("F407", node.place, "this step does nothing", why=f"it does one of: {known}")
    for key, value, more in verbs:
        _read_verb(key, value, more, note, reading)


def _date(node: Node, reading: _Reading) -> None:
    given = values.scalar(node, reading.found, "at")
    if given is None:
        return
    try:
        at = read_instant(given.text, after=reading.at, zone=reading.zone)
    except Unreadable as exc:
        reading.found.say(
            "F306", part(given, exc), f"cannot read this time: {exc.why}", tries=exc.suggestions
        )
        return
    if at < reading.at:
        before = f"{reading.at.astimezone(reading.zone):%a %Y-%m-%d %H:%M}"
        what = "this is before the step above it" if reading.steps else "this is before the rehearsal begins"
        why = "steps stand in the order of time" if reading.steps else "`from:` or --from say when it begins"
        reading.found.say("F409", given.place, f"{what}, at {before}", why=why)
        return
    reading.at = at


def _verbs(node: Entries, found: Found) -> Iterator[tuple[Scalar, Node | None, Pairs]]:
    """Give each verb of a step with its value, and with the keys that stand beside it and belong to it."""
    entries: list[tuple[Scalar, Node]] = []
    for key, value in node.entries:
        entries += _done(value, found) if key.text == "do" else [(key, value)]
    current: tuple[Scalar, Node | None, list[tuple[Scalar, Node]]] | None = None
    for key, value in entries:
        if key.text in ("at", "note"):
            continue
        if key.text in VERBS or key.text == "expect":
            if current:
                yield current
            current = (key, None if is_empty(value) else value, [])
        elif current is not None:
            current[2].append((key, value))
        else:
            fields(Entries(((key, value),), node.place), STEP, found)
    if current:
        yield current


def _done(value: Node, found: Found) -> list[tuple[Scalar, Node]]:
    """Give what stands under `do`: a verb alone, a map of verbs, or a list of either."""
    if isinstance(value, Scalar):
        return [(value, Scalar("", value.place))]
    if isinstance(value, Items):
        return [pair for item in value.items for pair in _done(item, found)]
    once(value.entries, found)
    return list(value.entries)


def _read_verb(key: Scalar, value: Node | None, more: Pairs, note: str, reading: _Reading) -> None:
    verb, found = key.text, reading.found
    if verb == "expect":
        for wanted in read_expected(key, value, more, found, after=reading.at, zone=reading.zone):
            _add(reading, verb, {}, key, note, wanted)
        return
    keys = VERBS[verb]
    entries: list[tuple[Scalar, Node]] = list(value.entries) if isinstance(value, Entries) else []
    if value is not None and not isinstance(value, Entries):
        entries = [(Scalar(FIRST[verb], key.place), value)]
    entries += more
    place = value.place if value is not None else key.place
    given = _checked(verb, fields(Entries(tuple(entries), place), keys, found), found)
    for name in MUST.get(verb, ()):
        if name not in given and all(k.text != name for k, _ in entries):
            found.say("F407", key.place, f"{keys.where} has no {name!r}")
    told: dict[str, Json] = {name: plain(node) for name, node in given.items()}
    if "about" in given:
        told["about"] = subjects(given["about"], found)
    if "program" in given:
        told["program"] = words(given["program"], found)
    _add(reading, verb, told, key, note)


def _checked(verb: str, given: Fields, found: Found) -> Fields:
    """Note the values that are not of the kind their key wants, and leave those out."""
    kept = {}
    for name, node in given.items():
        if name in ANY_SHAPE.get(verb, ()):
            good = True
        elif name in LISTS:
            good = name == "program" or bool(values.scalars(node, found, name))
        elif name == "exit":
            good = values.whole(node, found, name, low=0, high=255) is not None
        elif name == "answer":
            good = values.word(node, ANSWERS, found, name) is not None
        elif name in SPANS:
            good = values.span(node, found, name) is not None
        else:
            read = values.scalar(node, found, name)
            inside = verb == "edit" and name == "file" and ("replace" in given or "text" in given)
            good = read is not None and (not inside or leads_inside(read, found))
        if good:
            kept[name] = node
    return kept


def _add(
    reading: _Reading,
    verb: str,
    given: Mapping[str, Json],
    key: Scalar,
    note: str,
    wanted: Expected | None = None,
) -> None:
    reading.steps.append(Step(reading.at, verb, given, key.place, note, wanted))
