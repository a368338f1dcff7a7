"""Rulings: what an edit changes of conflicts, rules and escalations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from fleet.core.chart import Chart, Conflict, Ladder, Rule
from fleet.core.edit import plain
from fleet.core.edit.change import GUARDS, PEOPLE
from fleet.core.edit.looser import guards, looser_conflict, looser_rule
from fleet.core.edit.told import Told, drop, put
from fleet.core.edit.wait import Edit
from fleet.core.prove import MESSAGE
from fleet.core.span import say_span

T = TypeVar("T", Conflict, Rule)


def compare_conflicts(told: Told) -> None:
    """Compare conflicts, each with the one over the same kind of subject. New ones only restrict."""
    old, new = told.old.conflicts, told.new.conflicts
    pairs, left, added = matched(old, new, _same_conflict, lambda c: c.about)
    for was, index in pairs:
        now, whose, path = new[index], f"conflict {was.about}", ("conflicts", index)
        if all(looser_conflict(was, other) for other in new):
            edit = put(*path, value=plain.conflict(was))
            told.loosens(whose, _weakened(was, now), path, edit, names=_conflict_names(was), place=was.place)
        elif _same_conflict(was) != _same_conflict(now):
            told.differs(whose, (*path, "then"), _conflict_words(was), _conflict_words(now), kind="tightens")
        else:
            told.differs(whose, (*path, "because"), was.because, now.because)
    for was in left:
        whose = f"conflict {was.about}"
        if was.then == "allow" or any(not looser_conflict(was, now) for now in new):
            told.at_once("changes", whose, f"is gone: {_conflict_words(was)}", ("conflicts",))
        else:
            edit = Edit(("conflicts",), "add", plain.conflict(was))
            told.loosens(
                whose,
                f"is gone: {_conflict_words(was)}",
                ("conflicts",),
                edit,
                names=_conflict_names(was),
                place=was.place,
            )
    for index in added:
        now = new[index]
        told.adds(f"conflict {now.about}", _conflict_words(now), ("conflicts", index), now.place)


def compare_rules(told: Told) -> None:
    """Compare rules, each with the one of the same name. New ones only restrict, unless they say `allow`."""
    old, new = told.old.rules, told.new.rules
    spoken = tuple(rule for rule in (_spoken(r, told.new) for r in old) if rule is not None)
    pairs, left, added = matched(spoken, new, _same_rule, lambda r: r.name)
    for was, index in pairs:
        now, path = new[index], ("rules", index)
        whose = f"rule {now.name}"
        if looser_rule(was, now):
            does = f"says other than it did: {_rule_words(now)}, not {_rule_words(was)}"
            told.loosens(
                whose, does, path, put(*path, value=plain.rule(was)), names=_rule_names(was), place=was.place
            )
        elif _same_rule(was) != _same_rule(now):
            told.differs(whose, (*path, "then"), _rule_words(was), _rule_words(now), kind="tightens")
        else:
            told.differs(whose, (*path, "because"), was.because, now.because)
            told.differs(whose, (*path, "name"), was.name, now.name)
    for was in left:
        whose = f"rule {was.name}"
        if not guards(was):
            told.at_once("tightens", whose, "is gone, which allowed", ("rules",))
        elif any(not looser_rule(was, now) for now in new):
            told.at_once("changes", whose, "is gone; another one says no less", ("rules",))
        else:
            edit = Edit(("rules",), "add", plain.rule(was))
            told.loosens(
                whose,
                f"is gone: {_rule_words(was)}",
                ("rules",),
                edit,
                names=_rule_names(was),
                place=was.place,
            )
    for index in added:
        now, path = new[index], ("rules", index)
        if now.then == "allow" and all(looser_rule(was, now) for was in old if was.then == "allow"):
            told.loosens(f"rule {now.name}", f"is new: {_rule_words(now)}", path, drop(*path), risk=GUARDS)
        else:
            told.adds(f"rule {now.name}", _rule_words(now), path, now.place)


def compare_ladders(told: Told) -> None:
    """Compare escalations. Who is told of what goes wrong is for people to say."""
    old, new = told.old.ladders, told.new.ladders
    for name in dict.fromkeys((*new, *old)):
        was, now = old.get(name), new.get(name)
        if was is not None and now is not None and was.rungs == now.rungs:
            continue
        path = ("escalation", name)
        value = plain.ladder(was) if was else None
        names = tuple(rung.to for rung in was.rungs) if was else ()
        does = f"goes {_rungs(now)}, not {_rungs(was)}"
        told.loosens(f"escalation {name}", does, path, put(*path, value=value), risk=PEOPLE, names=names)


def matched(
    old: Sequence[T], new: Sequence[T], same: Callable[[T], object], name: Callable[[T], str]
) -> tuple[list[tuple[T, int]], list[T], list[int]]:
    """Match entries of two lists: those that say the same, then those of one name, each with its index.

    Gives the pairs, what of the old is left, and the indexes of what is new.
    """
    free = list(range(len(new)))
    pairs: list[tuple[T, int]] = []
    left = list(old)
    for key in (lambda one: (same(one), name(one)), same, name):
        unmatched = []
        for was in left:
            index = next((i for i in free if key(new[i]) == key(was)), None)
            if index is None:
                unmatched.append(was)
            else:
                free.remove(index)
                pairs.append((was, index))
        left = unmatched
    return pairs, left, free


def _conflict_words(conflict: Conflict) -> str:
    """Say a conflict in a few words."""
    within = f" within {say_span(conflict.within)}" if conflict.within else ""
    return f"{' before '.join(conflict.rank)}{within}, else {plain.then(conflict.then, conflict.ask)}"


def _rule_words(rule: Rule) -> str:
    """Say a rule in a few words."""
    who = ", ".join(rule.seats) or "every seat"
    what = f" {', '.join(rule.actions)}" if rule.actions else ""
    when = f" if {' '.join(rule.condition.split())}" if rule.condition != "true" else ""
    return f"{plain.then(rule.then, rule.ask)} for {who}{what}{when}"


def _weakened(was: Conflict, now: Conflict) -> str:
    order = " before ".join(was.rank)
    if set(now.rank) == set(was.rank) and replace(now, rank=was.rank) == replace(
        was, place=now.place, because=now.because
    ):
        return f"{_overtakes(was, now)} now (was: {order})"
    return f"becomes {_conflict_words(now)} (was: {_conflict_words(was)})"


def _overtakes(was: Conflict, now: Conflict) -> str:
    """Say which seats go before which that went before them: `lets dirk go before pulse`."""
    said = []
    for i, seat in enumerate(now.rank):
        passed = [other for other in now.rank[i + 1 :] if was.rank.index(other) < was.rank.index(seat)]
        said += [f"{seat} go before {' and '.join(passed)}"] if passed else []
    return f"lets {', '.join(said)}"


def _same_conflict(one: Conflict) -> object:
    return one.about, one.rank, one.within, one.then, one.ask


def _same_rule(one: Rule) -> object:
    return one.condition, one.then, one.ask, frozenset(one.seats), frozenset(one.actions)


def _spoken(rule: Rule, new: Chart) -> Rule | None:
    """Give what a rule still speaks of: kinds of actions that left the file cannot be done anyway."""
    kinds = tuple(k for k in rule.actions if k == MESSAGE or k in new.actions)
    if kinds == rule.actions:
        return rule
    return replace(rule, actions=kinds) if kinds else None


def _conflict_names(one: Conflict) -> tuple[str, ...]:
    return (*one.rank, one.ask)


def _rule_names(one: Rule) -> tuple[str, ...]:
    return (*one.seats, one.ask, *one.states)


def _rungs(ladder: Ladder | None) -> str:
    return ", ".join(map(str, plain.ladder(ladder))) if ladder else "nowhere"
