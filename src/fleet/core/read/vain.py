"""Vain: rules that can never fire, that others outdo, or that rule what is ruled already."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from fleet.core.bounds import KIND
from fleet.core.chart import Chart, Rule
from fleet.core.law import place_order
from fleet.core.mistake import Place
from fleet.core.read.found import Found
from fleet.core.read.look import place_of
from fleet.core.truth import Atom, Clause, Clauses, Unclear, Value, clauses, entry, given, implies, possible
from fleet.core.verdict import STRICTNESS
from fleet.errors import Unreadable

PAIRS_MAX = 200
"""Seats and kinds for which one condition is tried."""
COMPARED_MAX = 200_000
"""Pairs of rules that are compared; a chart has so many only where most of its rules ask the same."""
NAMED = {"action.kind": "action kind", "seat": "seat"}


class _Looked:
    """One rule as it is looked at here."""

    def __init__(self, chart: Chart, number: int, rule: Rule) -> None:
        self.chart, self.number, self.rule = chart, number, rule
        self.seats = rule.seats or tuple(
            name for name, seat in chart.seats.items() if not seat.holder.is_person
        )
        self.kinds = rule.actions or tuple(chart.actions)

    @cached_property
    def met(self) -> Clauses | None:
        """When its condition is met, for all that is known of whom and what it is for; None if that is not clear."""
        found = self._cut
        facts: dict[str, Value] = {f"state{entry(name)}.fresh": ("b", True) for name in self.rule.states}
        return given(found, facts) if found is not None else None

    @cached_property
    def _cut(self) -> Clauses | None:
        from fleet.core.typed import tree  # a chart without rules needs none of it

        try:
            return clauses(tree(self.rule.condition))
        except (Unclear, Unreadable):
            return None

    @property
    def atoms(self) -> list[Atom]:
        """What its condition compares."""
        return sorted({atom for clause in self._cut or () for atom, _ in clause}, key=repr)

    @property
    def is_impossible(self) -> bool:
        """Whether its condition contradicts itself, whomever it is for."""
        return self._cut is not None and not possible(self._cut)

    @cached_property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The seats and kinds for which it can come to be asked: step 3 refuses all others before."""
        return tuple((seat, kind) for seat in self.seats for kind in self.kinds if self._can(seat, kind))

    def _can(self, name: str, kind: str) -> bool:
        seat = self.chart.seats.get(name)
        if seat is None or seat.holder.is_planned:
            return True  # it may be given that with its holder
        if seat.holder.is_person or kind in seat.never:
            return False
        return kind == KIND or kind in seat.can.do or kind in seat.can.ask

    @property
    def place(self) -> Place:
        """Where its condition stands."""
        return place_of(self.chart, ("rules", self.number, "if"), self.rule.place)

    def at(self, *keys: str) -> Place:
        """Where one of its keys stands."""
        return place_of(self.chart, ("rules", self.number, *keys), self.rule.place)

    def covers(self, other: _Looked) -> bool:
        """Say whether it is for all that another one is for."""
        mine, theirs = self.rule, other.rule
        kinds = set(other.kinds) <= set(self.kinds) if mine.actions else KIND not in theirs.actions
        return kinds and (not mine.seats or (bool(theirs.seats) and set(theirs.seats) <= set(mine.seats)))


def vain(chart: Chart, found: Found) -> None:
    """Note the rules of a chart that do nothing."""
    looked = [_Looked(chart, number, rule) for number, rule in enumerate(chart.rules)]
    _named_twice(looked, found)
    useful = []
    for one in looked:
        told = _unable(one, found) or _never(one, found) or _idle(one, found)
        useful += [] if told else [one]
        _unknown(one, found)
    _outdone(useful, found)


def _warn(found: Found, code: str, place: Place, what: str, why: str = "", tries: Iterable[str] = ()) -> bool:
    found.say(code, place, what, why=why, tries=tuple(tries), level="warning")
    return True


def _named_twice(looked: Iterable[_Looked], found: Found) -> None:
    first: dict[str, _Looked] = {}
    for one in looked:
        earlier = first.setdefault(one.rule.name, one)
        if earlier is not one:
            second = earlier.at("name"), "it is called so too"
            what = f"two rules are called {one.rule.name}"
            why = "a verdict names its rule, and nobody could tell which it was"
            found.say("F261", one.at("name"), what, why=why, second=second, level="warning")


def _unable(one: _Looked, found: Found) -> bool:
    """Rules for what their seats cannot do: step 3 of the gate refuses it before a rule is asked."""
    rule = one.rule
    if one.pairs or not rule.seats or not _anybody(one):
        return False
    who, what = _listed(rule.seats), _listed(rule.actions) if rule.actions else "do anything"
    says = f"the rule {rule.name} is never asked: {who} cannot {what}"
    return _warn(
        found, "F262", one.at("seat"), says, "what no `can` allows is refused before rules are asked"
    )


def _anybody(one: _Looked) -> bool:
    """Say whether some seat can do what a rule is for; where none can, that is told of the kind."""
    able = {kind for seat in one.chart.seats.values() for kind in (*seat.can.do, *seat.can.ask)}
    return not able.isdisjoint(one.kinds)


def _never(one: _Looked, found: Found) -> bool:
    """Conditions that are never met, by themselves or for what the rule is for."""
    rule = one.rule
    if one.met is None or rule.condition == "true":
        return False
    why = "no action can be all that it asks at once"
    if not one.met:
        why = why if one.is_impossible else "a rule is asked only while the states it looks at are fresh"
    elif _fits_any(one, one.met):
        return False
    else:
        why = "it asks for another seat or kind than the rule is for"
    return _warn(found, "F263", one.place, f"the condition of {rule.name} is never met", why)


def _fits_any(one: _Looked, met: Clauses) -> bool:
    """Say whether a condition can be met by any of the seats and kinds that a rule is for."""
    asked = {atom.key for clause in met for atom, _ in clause}.intersection(NAMED)
    pairs = {(s if "seat" in asked else "", k if "action.kind" in asked else "") for s, k in one.pairs}
    if not asked or not pairs or len(pairs) > PAIRS_MAX:
        return True
    for seat, kind in pairs:
        facts: Mapping[str, Value] = {"seat": ("t", seat), "action.kind": ("t", kind)}
        if given(met, {key: value for key, value in facts.items() if value[1]}):
            return True
    return False


def _idle(one: _Looked, found: Found) -> bool:
    """Rules that allow where nothing asks, or ask whom `can.ask` asks in any case."""
    rule, actions = one.rule, one.chart.actions
    if rule.then == "allow" and not any(k in actions and actions[k].outside for k in one.kinds):
        what = f"the rule {rule.name} allows what nothing would ask about"
        why = "`allow` waives only the yes to an action outside after outside text, and nothing of this acts outside"
        return _warn(found, "F264", one.at("then"), what, why)
    asks = [
        one.chart.seats[s].can.ask.get(k) == rule.ask if s in one.chart.seats else False for s, k in one.pairs
    ]
    if rule.then == "ask" and not rule.because and asks and all(asks) and KIND not in one.kinds:
        what = f"the rule {rule.name} asks {rule.ask}, who is asked already"
        return _warn(
            found, "F265", one.at("then"), what, f"`can.ask` asks {rule.ask} about each of these actions"
        )
    return False


def _unknown(one: _Looked, found: Found) -> None:
    """Names in a condition that the chart does not have: of action kinds, of seats, of kinds of subjects."""
    chart, told = one.chart, set[str]()
    known: Mapping[str, Iterable[str]] = {"action.kind": (*chart.actions, KIND), "seat": tuple(chart.seats)}
    for atom in one.atoms:
        value = str(atom.value[1])
        if atom.value[0] != "t" or atom.op not in ("==", "prefix") or value in told:
            continue
        told.add(value)
        if atom.key in known and atom.op == "==" and value not in known[atom.key]:
            what = f"the rule {one.rule.name} compares with {value!r}, and there is no such {NAMED[atom.key]}"
            _warn(found, "F266", _spot(one, value), what, tries=found.close(value, known[atom.key]))
        elif atom.key == "action.about" and ":" in value and (about := _about(one)):
            kind = value.partition(":")[0]
            if kind not in about:
                what = f"the rule {one.rule.name} compares a subject with {value!r}, and none is of that kind"
                why = f"what it is for is about {_listed(tuple(about))}"
                tries = (f"{name}:{value.partition(':')[2]}" for name in found.close(kind, about))
                _warn(found, "F266", _spot(one, value), what, why, tries)


def _about(one: _Looked) -> dict[str, None]:
    """Name the kinds of subjects that a rule can be asked about; nothing where that is not known."""
    chart, about = one.chart, dict[str, None]()
    for kind in one.kinds:
        if kind not in chart.actions or not chart.actions[kind].about:
            return {}
        about |= dict.fromkeys(chart.actions[kind].about)
    for name in list(about):
        while name in chart.subjects and chart.subjects[name].of not in about:
            name = chart.subjects[name].of
            about[name] = None
    return about


def _spot(one: _Looked, value: str) -> Place:
    """Where a text stands in a condition that is written on one line."""
    place = one.place
    at = one.rule.condition.find(value)
    quotes = place.end_column - place.column - len(one.rule.condition)
    if at < 0 or place.line != place.end_line or quotes not in (0, 2):
        return place
    start = place.column + quotes // 2 + at
    return Place(place.file, place.line, start, place.line, start + len(value))


# Rules that others outdo.


def _outdone(looked: list[_Looked], found: Found) -> None:
    """Rules that never decide, because another one is met whenever they are, and is as strict."""
    index = _Index(looked)
    left = COMPARED_MAX
    for one in looked:
        for other in index.near(one):
            left -= 1
            if other is one or left < 0 or not _outdoes(other, one):
                continue
            _say_outdone(one, other, found)
            break


def _outdoes(other: _Looked, one: _Looked) -> bool:
    mine, theirs = STRICTNESS[one.rule.then], STRICTNESS[other.rule.then]
    if theirs < mine or (
        one.rule.then == "allow" and other.rule.then == "ask"
    ):  # it may still waive another's ask
        return False
    if theirs == mine and other.rule.ask != one.rule.ask:
        return False
    assert one.met is not None and other.met is not None
    if theirs == mine and place_order(one.rule.place) < place_order(other.rule.place):
        return False  # of equals the first in the file decides
    return other.covers(one) and implies(one.met, other.met)


def _same(one: _Looked, other: _Looked) -> bool:
    assert one.met is not None and other.met is not None
    return implies(one.met, other.met) and implies(other.met, one.met)


def _say_outdone(one: _Looked, other: _Looked, found: Found) -> None:
    second = other.place, f"{other.rule.name} says {_says(other.rule)}"
    if other.rule.then != one.rule.then and one.covers(other) and _same(one, other):
        what = f"the rules {one.rule.name} and {other.rule.name} are met by the same, and rule otherwise"
        why = f"the stricter wins, so {one.rule.name} never says {_says(one.rule)}"
        found.say("F267", one.place, what, why=why, second=second, level="warning")
        return
    what = f"the rule {one.rule.name} never decides: whenever it is met, {other.rule.name} is too"
    why = "of those that are met the strictest decides, of equals the first in the file"
    found.say("F268", one.place, what, why=why, second=second, level="warning")


def _says(rule: Rule) -> str:
    return f"ask {rule.ask}" if rule.then == "ask" else rule.then


class _Index:
    """Finds the rules that could be met by all that meets another one, without comparing each with each.

    A clause is sure to hold only where all of it is said: of each clause one literal that few others have is kept.
    """

    def __init__(self, looked: Iterable[_Looked]) -> None:
        known = [one for one in looked if one.met]
        often = Counter(name for one in known for clause in one.met or () for name in _names(clause))
        self._by: dict[object, dict[int, _Looked]] = {}
        for one in known:
            for clause in one.met or ():
                rarest = min(_kept(clause), key=lambda name: often[name], default="")
                self._by.setdefault(rarest, {})[one.number] = one

    def near(self, one: _Looked) -> Iterator[_Looked]:
        """List the rules that may be met whenever one is."""
        if not one.met:
            return
        names: set[object] = {"", *_names(one.met[0])}
        near = {number: other for name in names for number, other in self._by.get(name, {}).items()}
        yield from (near[number] for number in sorted(near))


def _is_exact(atom: Atom, *, met: bool) -> bool:
    """Say whether only the very same literal is sure to mean this one."""
    return atom.op == "is" or (atom.op == "==" and met)


def _kept(clause: Clause) -> Iterator[object]:
    for atom, met in clause:
        yield (atom, met) if _is_exact(atom, met=met) else atom.key


def _names(clause: Clause) -> Iterator[object]:
    for atom, met in clause:
        yield (atom, met)
        yield atom.key


def _listed(names: Iterable[str]) -> str:
    return " or ".join(names)
