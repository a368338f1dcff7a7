"""Prove: what must hold between the seats of a chart; `read.advise` adds what had better."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from typing import Literal

from fleet.core.cadence import OnChange, OnPublish
from fleet.core.chart import Chart, Conflict, Path, Rule, Seat
from fleet.core.mistake import START, Mend, Mistake, Place
from fleet.core.pattern import is_covered
from fleet.core.read.advise import advise
from fleet.core.read.found import Enough, Found
from fleet.core.read.look import place_of
from fleet.core.read.secret import stray_values

MESSAGE = "message"
"""What a rule calls the sending of a message, which is judged too and needs no runner."""

LISTED = 5  # seats that are named where none is near

# Words that tell how a machine runs, and nothing of what it is for: F216.
_RUNTIME = re.compile(
    r"(?:tokens?|latency|uptime|turns?|wakes?|response_time|run_?time|duration|cpu|memory)"
    r"|(?:(?:input|output|total|prompt|completion)_)?tokens?(?:_(?:used|count|total|per_turn|spent))*"
    r"|(?:(?:p[0-9]{2}|avg|mean|median|max|average)_)?(?:latency|response_time|run_?time|duration)(?:_m?s)?"
    r"|(?:number_of_|num_|total_)?(?:turns|wakes|runs)(?:_(?:count|total|run|done|ran|completed|failed|a_day))*"
    r"|turn_count|wake_count|run_count|uptime(?:_\w+)?"
)


def prove(chart: Chart, gone: Collection[str] = ()) -> tuple[Mistake, ...]:
    """Check the whole chart: errors, then warnings, each at its place.

    Seats that are `gone` are only named by others, so they owe nothing themselves.
    """
    found = Found(chart.texts)
    try:
        for seat in chart.seats.values():
            if seat.id not in gone:
                _needs(chart, seat, found)
            _superior(chart, seat, found)
            _inputs(chart, seat, found)
            _permissions(chart, seat, found)
            _metrics(chart, seat, found)
        _owners(chart, found)
        _loops(chart, found)
        _secrets(chart, found)
        _rulings(chart, found)
        if any(rule.examples for rule in chart.rules):
            from fleet.core.read.shown import note_examples  # few charts have any

            note_examples(chart, found)
        _handings(chart, found)
        advise(chart, found)
    except Enough:
        pass
    return tuple(found.mistakes)


def _needs(chart: Chart, seat: Seat, found: Found) -> None:
    """A title for every seat; for an agent also whom it answers to, what it owns, a metric."""
    kind = "agent" if seat.holder.is_agent else "person" if seat.holder.is_person else "planned seat"
    wants = [("title", seat.title, "F202", "has no title", "title: WHAT IT IS CALLED")]
    if seat.holder.is_agent:
        wants += [
            ("answers_to", seat.answers_to or "", "F203", "answers to nobody", "answers_to: SEAT OF A PERSON"),
            ("owns", "".join(seat.owns), "F204", "owns nothing", "owns: [WHAT IT IS THERE FOR]"),
            ("scorecard", "".join(m.name for m in seat.scorecard), "F205", "has no metric on the scorecard",
             "scorecard: {METRIC: at least 5 a week}"),
        ]  # fmt: skip
    for key, value, code, what, example in wants:
        if not value and ("seats", seat.id, key) not in chart.places:
            found.say(code, seat.place, f"the {kind} {seat.id} {what}", tries=(example,))


def _superior(chart: Chart, seat: Seat, found: Found) -> None:
    """Answers_to names a seat, and the chain from there ends at a person."""
    if seat.answers_to is None:
        return
    path: Path = ("seats", seat.id, "answers_to")
    if not _is_seat(chart, seat.answers_to, path, found, f"{seat.id} answers to"):
        return
    above = chart.seats[seat.answers_to]
    if above.holder.is_planned and above.answers_to is None:
        place = place_of(chart, path, above.place)
        what = f"the chain above {seat.id} ends at {above.id}, which no person holds"
        found.say("F207", place, what, second=(above.place, "it answers to nobody"))


def _loops(chart: Chart, found: Found) -> None:
    """Nobody answers to himself, over however many others; each loop is told once."""
    done: set[str] = set()
    for start in chart.seats:
        path: dict[str, None] = {}  # a set that keeps its order
        name: str | None = start
        while name is not None and name in chart.seats and name not in done and name not in path:
            path[name] = None
            name = chart.seats[name].answers_to
        if name is not None and name in path:
            way = list(path)
            loop = [*way[way.index(name) :], name]
            place = place_of(chart, ("seats", name, "answers_to"), chart.seats[name].place)
            found.say(
                "F206",
                place,
                f"answers_to goes round in a loop: {_told(loop)}",
                why="a chain ends at a person",
            )
        done.update(path)


def _told(loop: list[str]) -> str:
    return " -> ".join(loop if len(loop) <= 6 else [*loop[:4], "...", loop[-1]])


def _inputs(chart: Chart, seat: Seat, found: Found) -> None:
    """What is read, and what a cadence waits for, is there."""
    for name in seat.reads:
        _is_seat(chart, name, ("seats", seat.id, "reads", name), found, f"{seat.id} reads")
    for cadence in seat.when:
        if isinstance(cadence, OnPublish):
            path: Path = ("seats", seat.id, "when", cadence.text)
            _is_seat(chart, cadence.seat, path, found, f"{seat.id} is woken by")
        elif isinstance(cadence, OnChange) and not any(is_covered(cadence.path, p.path) for p in seat.paths):
            place = place_of(chart, ("seats", seat.id, "when", cadence.text), seat.place)
            from fleet.core.read.foreign import as_text  # only a mistake needs it

            what = f"{seat.id} is woken by {cadence.path}, which it does not read"
            found.say(
                "F217",
                place,
                what,
                why="add it to reads",
                tries=(f"reads: [{{path: {as_text(cadence.path)}}}]",),
            )


def _permissions(chart: Chart, seat: Seat, found: Found) -> None:
    """Kinds in `can` are declared, and who is asked is a person."""
    can: Path = ("seats", seat.id, "can")
    for kind in seat.can.do:
        _is_declared(chart, kind, (*can, "do", kind), found, f"{seat.id} may do")
    for kind, person in seat.can.ask.items():
        _is_declared(chart, kind, (*can, "ask", kind, ""), found, f"{seat.id} may ask for")
        _is_person(chart, person, (*can, "ask", kind), found, about=f" about {kind}")


def _metrics(chart: Chart, seat: Seat, found: Found) -> None:
    if seat.scorecard and all(_RUNTIME.fullmatch(m.name) for m in seat.scorecard):
        names = " and ".join(m.name for m in seat.scorecard[:3])
        place = place_of(chart, ("seats", seat.id, "scorecard", seat.scorecard[0].name, ""), seat.place)
        why = "they tell how the program runs, not what the seat is good for"
        found.say("F216", place, f"{seat.id} is measured by {names} alone", why=why)


def _owners(chart: Chart, found: Found) -> None:
    """One owner for one function, however it is capitalised."""
    owners: dict[str, tuple[Seat, str]] = {}
    for seat in chart.seats.values():
        for function in seat.owns:
            first, spelled = owners.setdefault(function.casefold(), (seat, function))
            if first is not seat:
                here = place_of(chart, ("seats", seat.id, "owns", function), seat.place)
                there = place_of(chart, ("seats", first.id, "owns", spelled), first.place)
                why = f"one seat, one owner: {seat.id} claims it too"
                second = (there, f"{first.id} owns it here")
                found.say("F201", here, f'two seats own "{function}"', why=why, second=second)


def _secrets(chart: Chart, found: Found) -> None:
    """A secret is either a holder's or an action's: else the holder could act past the gate."""
    stray_values(chart, found)
    used = {secret: kind for kind in chart.actions.values() for secret in kind.use}
    for seat in chart.seats.values():
        for secret in seat.can.use:
            if secret in used:
                kind = used[secret]
                here = place_of(chart, ("seats", seat.id, "can", "use", secret), seat.place)
                there = place_of(chart, ("actions", kind.name, "use", secret), kind.place)
                what = f"{secret} is given to {seat.id} and to the action {kind.name}"
                why = "with it the holder could act without being judged"
                found.say("F214", here, what, why=why, second=(there, f"{kind.name} uses it here"))


def _rulings(chart: Chart, found: Found) -> None:
    """Seats, kinds and persons that conflicts and rules name."""
    for i, conflict in enumerate(chart.conflicts):
        path: Path = ("conflicts", i)
        for name in conflict.rank:
            if name not in chart.retired:  # a rank passes over those who left
                _is_seat(chart, name, (*path, "rank", name), found, "the rank names")
        _is_asked(chart, conflict, (*path, "then"), found)
    for i, rule in enumerate(chart.rules):
        path = ("rules", i)
        for name in rule.seats:
            _is_seat(chart, name, (*path, "seat", name), found, f"the rule {rule.name} names")
        for kind in rule.actions:
            if kind != MESSAGE:
                _is_declared(chart, kind, (*path, "action", kind), found, f"the rule {rule.name} is for")
        _measured(chart, rule, found)
        for name in rule.states:
            place = rule.where.get(f"state {name}")
            _is_seat(
                chart, name, (*path, "if"), found, f"the rule {rule.name} looks at the state of", place=place
            )
        _is_asked(chart, rule, (*path, "then"), found)


def _measured(chart: Chart, rule: Rule, found: Found) -> None:
    """Say which metrics that a rule looks at stand on nobody's scorecard."""
    known = [f"{seat.id}.{metric.name}" for seat in chart.seats.values() for metric in seat.scorecard]
    for name in rule.metrics:
        if name not in known:
            what = f"the rule {rule.name} looks at the metric {name}, which is on no scorecard"
            tries = tuple(f'metric["{one}"]' for one in found.close(name, known))
            more = f" and {len(known) - LISTED} more" if len(known) > LISTED else ""
            there = f"metrics are: {', '.join(known[:LISTED])}{more}" if known else "no seat has any"
            why = there if not tries else ""
            found.say("F220", rule.where.get(f"metric {name}", rule.place), what, why=why, tries=tries)


def _is_asked(chart: Chart, ruling: Conflict | Rule, path: Path, found: Found) -> None:
    if ruling.ask:
        _is_person(chart, ruling.ask, path, found)


def _handings(chart: Chart, found: Found) -> None:
    """Seats that handoffs, escalations and retirements name; a ladder's end is a person."""
    for handoff in chart.handoffs.values():
        path: Path = ("handoffs", handoff.name)
        for key, names in (("from", (handoff.source,) if handoff.source else ()), ("to", handoff.to)):
            for name in names:
                _is_seat(chart, name, (*path, key, name), found, f"the handoff {handoff.name} names")
    nearest = _superior_of_no_person(chart)
    for ladder in chart.ladders.values():
        path = ("escalation", ladder.name)
        known = [
            rung.to == "answers_to"
            or _is_seat(chart, rung.to, (*path, rung.to), found, f"{ladder.name} names")
            for rung in ladder.rungs
        ]
        if known and known[-1]:
            _ends_well(chart, ladder.name, ladder.rungs[-1].to, nearest, found)
    for name, retired in chart.retired.items():
        if name in chart.seats:
            second = (chart.seats[name].place, "it is a seat here")
            what, why = f"{name} is retired and a seat at once", "a new seat takes a new id"
            found.say("F211", retired.place, what, why=why, second=second)
        for function, heir in retired.gave.items():
            if heir not in chart.retired:
                path = ("retired", name, "gave", function)
                _is_seat(chart, heir, path, found, f"{name} gave {function} to")


def _ends_well(chart: Chart, ladder: str, last: str, nearest: Seat | None, found: Found) -> None:
    """The last rung is a person; `nearest` is a superior who is none, for a last rung `answers_to`."""
    end = nearest if last == "answers_to" else chart.seats[last]
    if end is not None and not end.holder.is_person:
        place = place_of(chart, ("escalation", ladder, last), chart.ladders[ladder].place)
        what = f"the escalation {ladder} ends at {end.id}, which no person holds"
        found.say("F215", place, what, why="somebody must be able to decide")


def _superior_of_no_person(chart: Chart) -> Seat | None:
    for seat in chart.seats.values():
        above = chart.seats.get(seat.answers_to or "")
        if not seat.holder.is_person and above is not None and not above.holder.is_person:
            return above
    return None


def _is_seat(
    chart: Chart,
    name: str,
    path: Path,
    found: Found,
    what: str,
    *,
    among: Literal["seats", "persons"] = "seats",
    place: Place | None = None,
) -> bool:
    if name in chart.seats:
        return True
    place = place or _in_phrase(name, path, place_of(chart, path, START))
    if name in chart.retired:
        retired = chart.retired[name]
        heirs = tuple(dict.fromkeys(h for h in retired.gave.values() if h in chart.seats))
        second = (retired.place, "it retired here")
        found.say("F209", place, f"{what} {name}, which is retired", tries=heirs, second=second)
    else:
        mend = _mend_seat(chart, name, path, place) if found.suggests else None
        held = _holder(chart, name) if found.suggests and not mend else None
        tries = (mend.text,) if mend else _waits(name, path) or ((held[0],) if held else ())
        tries = tries or found.close(name, chart.seats)
        why = f"{held[1]} holds {held[0]}" if held else "" if tries else _there_are(chart, among)
        found.say("F208", place, f"{what} {name}, and there is no such seat", why=why, tries=tries, mend=mend)
    return False


def _holder(chart: Chart, name: str) -> tuple[str, str] | None:
    """The seat whose person has a name, where somebody wrote the name of the person."""
    from fleet.core.read.near import holder  # only a mistake needs it

    return holder(name, ((seat, chart.seats[seat].holder.person) for seat in _persons(chart)))


def _there_are(chart: Chart, among: Literal["seats", "persons"]) -> str:
    """Name a few seats, those of persons where a person is wanted."""
    names = list(_persons(chart)) if among == "persons" else list(chart.seats)
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    of = "seats of persons" if among == "persons" else "seats"
    return f"{of} are: {', '.join(names[:LISTED])}{more}" if names else ""


def _in_phrase(name: str, path: Path, place: Place) -> Place:
    """The place of a seat in `when SEAT publishes` or `ask SEAT`, where the whole phrase has one."""
    phrase = str(path[-1]) if path[0] == "seats" and path[2:3] == ("when",) else f"ask {name}"
    beyond = place.end_column - place.column - len(phrase)
    if place.line != place.end_line or beyond not in (0, 2) or f" {name}" not in phrase:  # 2 are its quotes
        return place
    start = place.column + beyond // 2 + phrase.index(f" {name}") + 1
    return Place(place.file, place.line, start, place.line, start + len(name))


def _waits(name: str, path: Path) -> Sequence[str]:
    """The wait that a step like `wait2h`, which could be a seat, stands for."""
    from fleet.core.read.handing import waits_meant

    return waits_meant(name) if path[0] == "escalation" else ()


def _mend_seat(chart: Chart, name: str, path: Path, place: Place) -> Mend | None:
    """The seat that was meant, where it decides nothing: who is read, and who hands over to whom."""
    from fleet.core.read.certain import certain_seat  # only a mistake needs it

    if path[0] != "handoffs" and path[2:3] not in (("reads",), ("when",)):
        return None
    near = certain_seat(name, chart.seats)
    if not near or place.line != place.end_line or place.end_column - place.column != len(name):
        return None
    return Mend(place, near)


def _is_person(chart: Chart, name: str, path: Path, found: Found, *, about: str = "") -> None:
    """A seat that is asked is a person's; without `about` the place is that of a ruling, `ask SEAT`."""
    asks = f"who is asked{about} is"
    if _is_seat(chart, name, path, found, asks, among="persons") and not chart.seats[name].holder.is_person:
        place = place_of(chart, path, chart.seats[name].place)
        tries = tuple(one if about else f"ask {one}" for one in islice(_persons(chart), 3))
        what = f"{name} is asked{about}, and no person holds that seat"
        found.say("F210", place, what, why="only a person can say yes", tries=tries)


def _persons(chart: Chart) -> Iterator[str]:
    return (s.id for s in chart.seats.values() if s.holder.is_person)


def _is_declared(chart: Chart, kind: str, path: Path, found: Found, what: str) -> None:
    if kind not in chart.actions:
        place = place_of(chart, path, START)
        why = "an action kind must stand under `actions`, with what runs it"
        tries = found.close(kind, chart.actions)
        found.say("F212", place, f"{what} {kind}, which is not declared", why=why, tries=tries)
