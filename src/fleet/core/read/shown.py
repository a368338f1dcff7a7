"""Shown: what examples of rules name that is not there, and those that can show nothing."""

from __future__ import annotations

from collections.abc import Iterator

from fleet.core.chart import Chart, Rule
from fleet.core.edit.plain import then
from fleet.core.example import Example
from fleet.core.mistake import Place
from fleet.core.read.found import Found

_KEYS = {"mail": "mail", "claims": "claims", "touches": "touched"}
"""What a condition needs, and the key by which an example gives it."""


def note_examples(chart: Chart, found: Found) -> None:
    """Note names that no example can mean, and warn of examples whose rule is not asked, or answers otherwise."""
    for rule in chart.rules:
        for example in rule.examples:
            _names(chart, rule, example, found)
            for place, what, why in oddities(rule, example):
                found.say("F260", place, f"an example of {rule.name} {what}", why=why, level="warning")


def oddities(rule: Rule, example: Example) -> Iterator[tuple[Place, str, str]]:
    """Say what of an example does not fit its rule: where, what and why."""
    place = example.place
    says = then(rule.then, rule.ask)
    if example.expect != "passes" and example.says != says:
        yield place, f"expects {example.says}", f"the rule says {says}, or nothing: passes"
    stranger = next(_strangers(rule, example), "")
    if stranger:
        if example.expect != "passes":
            yield place, f"is about {stranger}, of which the rule does not speak", "so it passes"
        return
    for need in rule.needs:
        sort, _, name = need.partition(" ")
        given = {"state": example.states, "metric": example.metrics}.get(sort)
        if given is not None and name not in given:
            what = f"gives no state of {name}" if sort == "state" else f"gives no {name}"
            yield place, what, "the gate holds what a rule cannot be asked about"
    yield from _unused(rule, example)


def _unused(rule: Rule, example: Example) -> Iterator[tuple[Place, str, str]]:
    """Say what an example gives at which its rule does not look."""
    for sort, given in (("state", example.states), ("metric", example.metrics)):
        for name in given:
            need = f"{sort} {name}"
            if need not in rule.needs:
                what = f"gives the state of {name}" if sort == "state" else f"gives {name}"
                yield example.where.get(need, example.place), what, "the rule does not look at it"
    lists = {"mail": example.mail, "claims": example.claims, "touches": example.touched}
    for need, listed in lists.items():
        if listed and need not in rule.needs:
            yield example.place, f"gives {_KEYS[need]}", "the rule does not look at it"


def _strangers(rule: Rule, example: Example) -> Iterator[str]:
    if example.seat and rule.seats and example.seat not in rule.seats:
        yield example.seat
    if example.kind and rule.actions and example.kind not in rule.actions:
        yield example.kind


def _names(chart: Chart, rule: Rule, example: Example, found: Found) -> None:
    metrics = [f"{seat.id}.{metric.name}" for seat in chart.seats.values() for metric in seat.scorecard]
    for named, place in example.where.items():
        sort, _, name = named.partition(" ")
        known, code, what = {
            "kind": ((*chart.actions, "message"), "F212", "which is not declared"),
            "metric": (metrics, "F220", "which is on no scorecard"),
        }.get(sort, ((*chart.seats, *chart.retired), "F208", "and there is no such seat"))
        if name not in known:
            tries = found.close(name, known)
            found.say(code, place, f"an example of {rule.name} names {name}, {what}", tries=tries)
