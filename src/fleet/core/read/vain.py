"""Vain: rules that can never fire, that others outdo, or that rule what is ruled already."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from fleet.core.bounds import KIND
from fleet.core.chart import Chart, Rule
from fleet.core.law import place_order
from fleet.core.literal import Atom, Value
from fleet.core.mistake import Place
from fleet.core.read.asks import asks, unending
from fleet.core.read.found import Found
from fleet.core.read.looked import Looked
from fleet.core.truth import NO, Clause, Clauses, given, implies
from fleet.core.verdict import STRICTNESS

PAIRS_MAX = 200
"""Seats and kinds for which one condition is tried."""
COMPARED_MAX = 200_000
"""Pairs of rules that are compared; a chart has so many only where most of its rules ask the same."""


def vain(chart: Chart, found: Found) -> None:
    """Note the rules of a chart that do nothing."""
    wrong = [mistake.place for mistake in found.mistakes if mistake.level == "error"]
    looked = [Looked(chart, number, rule) for number, rule in enumerate(chart.rules)]
    looked = [one for one in looked if one.rule.condition and not one.has_any(wrong)]
    _named_twice(looked, found)
    useful = []
    for one in looked:
        told = _unable(one, found) or _never(one, found) or _idle(one, found)
        useful += [] if told else [one]
        asks(one, found)
    _outdone(useful, found)
    for one in useful:
        unending(one, found)


def _warn(found: Found, code: str, place: Place, what: str, why: str = "", tries: Iterable[str] = ()) -> bool:
    found.say(code, place, what, why=why, tries=tuple(tries), level="warning")
    return True


def _named_twice(looked: Iterable[Looked], found: Found) -> None:
    first: dict[str, Looked] = {}
    for one in looked:
        earlier = first.setdefault(one.rule.name, one)
        if earlier is not one:
            second = earlier.at("name"), "it is called so too"
            what = f"two rules are called {one.rule.name}"
            why = "a verdict names its rule, and nobody could tell which it was"
            found.say("F261", one.at("name"), what, why=why, second=second, level="warning")


def _unable(one: Looked, found: Found) -> bool:
    """Rules for what their seats cannot do: step 3 of the gate refuses it before a rule is asked."""
    rule = one.rule
    if one.pairs or not rule.seats or not _anybody(one):
        return False
    who, what = _listed(rule.seats), _listed(rule.actions) if rule.actions else "do anything"
    says = f"the rule {rule.name} is never asked: {who} cannot {what}"
    return _warn(
        found, "F262", one.at("seat"), says, "what no `can` allows is refused before rules are asked"
    )


def _anybody(one: Looked) -> bool:
    """Say whether some seat can do what a rule is for; where none can, that is told of the kind."""
    able = {kind for seat in one.chart.seats.values() for kind in (*seat.can.do, *seat.can.ask)}
    return not able.isdisjoint(one.kinds)


def _never(one: Looked, found: Found) -> bool:
    """Conditions that are never met, by themselves or for what the rule is for."""
    rule = one.rule
    if one.met is None or rule.condition == "true":
        return False
    if one.is_impossible:
        why = "whatever the action, what it asks is never all so"
    elif not one.met:
        why = "a rule is asked only while the states it looks at are fresh, and each state is of its own seat"
    elif _fits_any(one, one.met):
        return False
    else:
        why = "it asks for another seat or kind than the rule is for"
    return _warn(found, "F263", one.place, f"the condition of {rule.name} is never met", _beside(one, why))


def _beside(one: Looked, why: str) -> str:
    """Say why a rule decides nothing, and what it does all the same."""
    return f"{why}; {one.remains}" if one.remains else why


def _fits_any(one: Looked, met: Clauses) -> bool:
    """Say whether a condition can be met by any of the seats and kinds that a rule is for."""
    asked = {atom.key for clause in met for atom, _ in clause}.intersection(("seat", "action.kind"))
    pairs = {(s if "seat" in asked else "", k if "action.kind" in asked else "") for s, k in one.pairs}
    if not asked or not pairs or len(pairs) > PAIRS_MAX:
        return True
    for seat, kind in pairs:
        facts: Mapping[str, Value] = {"seat": ("t", seat), "action.kind": ("t", kind)}
        if given(met, {key: value for key, value in facts.items() if value[1]}):
            return True
    return False


def _idle(one: Looked, found: Found) -> bool:
    """Rules that allow where nothing asks, or ask whom `can.ask` asks in any case.

    What comes to be met only later asks once more, after the yes to `can.ask`.
    """
    rule, actions = one.rule, one.chart.actions
    if rule.then == "allow" and not any(k in actions and actions[k].outside for k in one.kinds):
        what = f"the rule {rule.name} allows what nothing would ask about"
        why = "`allow` waives only the yes to an action outside after outside text, and nothing of this acts outside"
        return _warn(found, "F264", one.at("then"), what, _beside(one, why))
    asks = [
        one.chart.seats[s].can.ask.get(k) == rule.ask if s in one.chart.seats else False for s, k in one.pairs
    ]
    if (
        rule.then == "ask"
        and not rule.because
        and one.is_fixed
        and asks
        and all(asks)
        and KIND not in one.kinds
    ):
        what = f"the rule {rule.name} asks {rule.ask}, who is asked already"
        why = f"`can.ask` asks {rule.ask} about each of these actions"
        return _warn(found, "F265", one.at("then"), what, _beside(one, why))
    return False


# Rules that others outdo.


def _outdone(looked: list[Looked], found: Found) -> None:
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


def _outdoes(other: Looked, one: Looked) -> bool:
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
    if theirs == mine and one.rule.then == "ask" and (one.rule.because or not _asks_once(one, other)):
        return False
    return other.covers(one) and implies(one.met, other.met) and _no_more(one, other)


def _asks_once(one: Looked, other: Looked) -> bool:
    """Say whether of two rules that ask one person both ask together; a yes to one is none to what comes later."""
    return one.is_fixed or _same(one, other)


def _no_more(one: Looked, other: Looked) -> bool:
    """Say whether a rule also holds for what it looks at, and refuses what errs, only where another one does."""
    if not (
        set(one.rule.states) <= set(other.rule.states) and set(one.rule.metrics) <= set(other.rule.metrics)
    ):
        return False
    if one.errs is None or other.errs is None:
        return False
    met = other.met if other.rule.then == "refuse" else NO
    return implies(one.errs, (*other.errs, *(met or ())))


def _same(one: Looked, other: Looked) -> bool:
    assert one.met is not None and other.met is not None
    return implies(one.met, other.met) and implies(other.met, one.met)


def _say_outdone(one: Looked, other: Looked, found: Found) -> None:
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

    def __init__(self, looked: Iterable[Looked]) -> None:
        known = [one for one in looked if one.met]
        often = Counter(name for one in known for clause in one.met or () for name in _names(clause))
        self._by: dict[object, dict[int, Looked]] = {}
        for one in known:
            for clause in one.met or ():
                rarest = min(_kept(clause), key=lambda name: often[name], default="")
                self._by.setdefault(rarest, {})[one.number] = one

    def near(self, one: Looked) -> Iterator[Looked]:
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
