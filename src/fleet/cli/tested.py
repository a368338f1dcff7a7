"""`fleet rules test`: the examples of rules, tried by the code of the gate; and what they would not notice."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

from fleet.cli.answer import clean, print_json
from fleet.cli.flags import Flags
from fleet.cli.page import plural
from fleet.cli.source import STDIN, Seen, Source
from fleet.cli.table import wrapped
from fleet.cli.takes import argument, option
from fleet.cli.terminal import colours, painted, width
from fleet.core.folder import CHART
from fleet.core.frozen import dataclass
from fleet.errors import Typed

if TYPE_CHECKING:
    from fleet.core.chart import Chart, Rule
    from fleet.core.example import Example
    from fleet.core.exhibit import Exhibit
    from fleet.core.law import Law
    from fleet.core.mistake import Place
    from fleet.core.mutant import Mutant
    from fleet.core.trial import Came, Tried

SHOWN = 3
"""Mutants of one rule that are shown; --mutants and --json have all."""
INDENT = "  "
MISSING = re.compile(r"there is no (\S+)$")


def test(
    flags: Flags,
    *,
    names: Annotated[
        list[str] | None,
        argument(
            metavar="RULE|FILE|-", help="Rules; and the chart, fleet.yaml if left out.", show_default=False
        ),
    ] = None,
    mutants: Annotated[
        bool, option("--mutants", help="Show all that was changed to see what tells.")
    ] = False,
    strict: Annotated[
        bool, option("--strict", help="Exit 1 for a rule without examples too, and one that none would miss.")
    ] = False,
) -> int:
    """Try each rule on its examples; exits 1 if one comes otherwise than it expects.

    Then each rule is changed by rote, and the changes are told that every example still takes for the rule.
    """
    from fleet.core.law import Law
    from fleet.core.trial import try_examples

    file, wanted = _parted(names or ())
    source = Source(flags, file)
    seen = source.look()
    if seen.chart is None:
        return _unusable(flags, source, seen)
    chosen = _chosen(seen.chart, wanted)
    law = Law(seen.chart)
    report = Report(flags, source, law, mutants=mutants)
    tried = [try_examples(law, rule) for rule in chosen]
    if flags.json:
        print_json("rules", report.as_json(tried), flags=flags)
    else:
        report.show(tried)
    failed = any(one.failed or (strict and (not one.came or is_idle(one))) for one in tried)
    return 1 if failed else 0


def is_idle(tried: Tried) -> bool:
    """Say whether no example would miss the rule: each passes without it too."""
    return any(mutant.rule is None for mutant in tried.survived)


@dataclass(slots=True)
class Report:
    """How what came of the examples is told."""

    flags: Flags
    source: Source
    law: Law
    mutants: bool

    def show(self, tried: Sequence[Tried]) -> None:
        """Print it, rule by rule, and count it."""
        for one in tried:
            for line in self._lines(one):
                print(line)
        print(_summary(tried))

    def as_json(self, tried: Sequence[Tried]) -> dict[str, Any]:
        """Give it as JSON."""
        return {
            "file": None if self.source.shown == STDIN else self.source.shown,
            "rules": [self._rule_json(one) for one in tried],
            "failed": sum(len(one.failed) for one in tried),
            "untested": [one.rule.name for one in tried if not one.came],
            "idle": [one.rule.name for one in tried if is_idle(one)],
            "survived": sum(len(one.survived) for one in tried),
        }

    def _lines(self, tried: Tried) -> Iterator[str]:
        rule, failed, limit = tried.rule, tried.failed, width()
        word = "FAILED" if failed else "ok" if tried.came else "untested"
        colour = {"FAILED": "red", "ok": "green"}.get(word, "yellow")
        head = painted(word, colour) if colours(self.flags.color) else word
        told = f"{head}{' ' * (8 - len(word))}  {clean(rule.name)}  {self.place(rule.place)}"
        counts = f"{len(failed)} of {plural(len(tried.came), 'example')} failed" if failed else _counts(tried)
        yield f"{told}  {counts}" if counts else told
        for what in self._oddities(rule):
            yield from wrapped(f"{INDENT}note  ", what, limit)
        for example, came in failed:
            yield from self._failed(rule, example, came, limit)
        shown = tried.mutants if self.mutants else [(one, True) for one in _telling(tried)[:SHOWN]]
        for mutant, survives in shown:
            yield from self._mutant(mutant, limit, survives=survives)
        left = len(_telling(tried)) - SHOWN
        if left > 0 and not self.mutants:
            yield f"{INDENT}and {left} more: --mutants shows all"

    def _failed(self, rule: Rule, example: Example, came: Came, limit: int | None) -> Iterator[str]:
        yield f"{INDENT}{self.place(example.place)}  expected {example.says}, came {_came(came)}"
        if came.says in ("held", "error"):
            yield from wrapped(f"{INDENT * 2}why  ", clean(f"{came.why}{_meant(example, came)}"), limit)
        for exhibit in self._exhibits(rule, example, came):
            about = f" about {exhibit.subject}" if exhibit.subject else ""
            for part, says in exhibit.parts if exhibit.parts[1:] or says_more(exhibit, came) else ():
                word = "err" if says in came.why else says  # what is wrong with it stands there
                yield from wrapped(f"{INDENT * 2}{word:<3}  ", clean(part), limit)
            for name, value in exhibit.values:
                yield from wrapped(f"{INDENT * 2}saw  ", clean(f"{name} = {value}"), limit)
            if not exhibit.values:
                yield f"{INDENT * 2}saw  nothing{about}: it asks for no value"

    def _exhibits(self, rule: Rule, example: Example, came: Came) -> list[Exhibit]:
        from fleet.core.exhibit import exhibits
        from fleet.core.trial import case_of

        case = case_of(self.law, rule, example)
        spoken = rule in self.law.rules(case.action.seat, case.action.kind)
        return list(exhibits(self.law, rule, case)) if spoken and came.says != "held" else []

    def _mutant(self, mutant: Mutant, limit: int | None, *, survives: bool) -> Iterator[str]:
        if not survives:
            yield from wrapped(f"{INDENT}told      ", clean(mutant.says), limit)
            return
        yield from wrapped(f"{INDENT}survived  ", clean(mutant.says), limit)
        if mutant.rule is not None and not mutant.says.startswith(("if:", "then:")):
            yield from wrapped(f"{INDENT}          if: ", clean(mutant.reads), limit)
        yield from wrapped(f"{INDENT}          add ", clean(mutant.add), limit)

    def _oddities(self, rule: Rule) -> Iterator[str]:
        from fleet.core.read.shown import oddities

        for example in rule.examples:
            for place, what, why in oddities(rule, example):
                yield clean(f"{self.place(place)}  this example {what}; {why}")

    def _rule_json(self, tried: Tried) -> dict[str, Any]:
        rule, failed = tried.rule, {id(example) for example, _ in tried.failed}
        return {
            "name": rule.name,
            "place": self.place(rule.place),
            "examples": [
                {
                    "place": self.place(example.place),
                    "expect": example.says,
                    "came": came.says,
                    "ok": id(example) not in failed,
                    "why": came.why,
                    "saw": [
                        {
                            "about": seen.subject or None,
                            "parts": _pairs(seen.parts),
                            "values": _pairs(seen.values),
                        }
                        for seen in (self._exhibits(rule, example, came) if id(example) in failed else ())
                    ],
                }
                for example, came in tried.came
            ],
            "notes": list(self._oddities(rule)),
            "mutants": [
                {
                    "says": mutant.says,
                    "if": mutant.rule.condition if mutant.rule is not None else None,
                    "survived": survives,
                    "add": mutant.add,
                }
                for mutant, survives in tried.mutants
            ],
        }

    def place(self, place: Place) -> str:
        """Name a place by the file as it was typed."""
        return replace(place, file=self.source.shown).short if place.file == CHART else place.short


def says_more(exhibit: Exhibit, came: Came) -> bool:
    """Say whether the parts of a condition tell more than why it came so."""
    return any(says not in came.why for _, says in exhibit.parts)


def _meant(example: Example, came: Came) -> str:
    """Name the key that a condition may have meant, where it errs on one that the example has by another spelling."""
    found = MISSING.search(came.why) if came.says == "error" else None
    if found is None:
        return ""
    from fleet.cli.nearest import nearest

    told = [example.payload, example.metrics, *(one.scorecard for one in example.states.values())]
    told += [item for one in example.states.values() for item in one.items]
    near = nearest(found[1], list(dict.fromkeys(key for one in told for key in _keys(one))))
    return f". Did you mean {near}?" if near else ""


def _keys(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield str(key)
            yield from _keys(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _keys(inner)


def _parted(words: Sequence[str]) -> tuple[str, list[str]]:
    """Tell the file from the names of rules."""
    files = [word for word in words if word == "-" or "/" in word or word.endswith((".yaml", ".yml"))]
    if len(files) > 1:
        raise Typed(f"{files[0]} and {files[1]}: one chart is tried at a time; name one file")
    return "".join(files), [word for word in words if word not in files]


def _chosen(chart: Chart, names: Sequence[str]) -> list[Rule]:
    known = [rule.name for rule in chart.rules]
    for name in names:
        if name not in known:
            from fleet.cli.meant import hint

            raise Typed(f"{name[:60]}: there is no such rule. {hint(name, known)}")
    return [rule for rule in chart.rules if not names or rule.name in names]


def _telling(tried: Tried) -> list[Mutant]:
    """Give the survivors that say something of their own: what an idle rule's others say, its first says."""
    return [one for one in tried.survived if one.rule is None][:1] or list(tried.survived)


def _counts(tried: Tried) -> str:
    if not tried.came:
        return "it has no examples"
    survived = (
        f"; {len(tried.survived)} of {len(tried.mutants)} changes to it are not noticed"
        if tried.survived
        else ""
    )
    idle = "; no example would miss the rule" if is_idle(tried) else survived
    return f"{plural(len(tried.came), 'example')}{idle}"


def _came(came: Came) -> str:
    words = {"held": "held before the rule was asked", "error": "refuse, for it cannot be judged"}
    return words.get(came.says, came.says)


def _pairs(pairs: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "says": says} for name, says in pairs]


def _summary(tried: Sequence[Tried]) -> str:
    if not tried:
        return "There are no rules."
    examples, failed = sum(len(one.came) for one in tried), sum(len(one.failed) for one in tried)
    untested = sum(not one.came for one in tried)
    said = f"{plural(len(tried), 'rule')}, {plural(examples, 'example')}: "
    said += f"{failed} failed" if failed else "all as expected" if examples else "none to try"
    return f"{said}; {untested} without examples." if untested else f"{said}."


def _unusable(flags: Flags, source: Source, seen: Seen) -> int:
    from fleet.cli.ask import say_aside
    from fleet.cli.mistakes import as_json, show_mistakes

    errors = [m for m in seen.mistakes if m.level == "error"]
    if flags.json:
        print_json("rules", {"mistakes": [as_json(m) for m in errors]}, flags=flags)
    else:
        show_mistakes(errors, lines=seen.lines, color=flags.color)
    say_aside(flags, f"{source.shown} cannot be used as it is, so no example was tried.")
    return 1
