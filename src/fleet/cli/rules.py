"""`fleet rules`: the rules of a fleet, how often each had a say, and what people made of it; one of them in full."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

from fleet.cli.answer import clean, print_json
from fleet.cli.ask import open_view
from fleet.cli.flags import Flags
from fleet.cli.page import plural
from fleet.cli.table import columns, wrapped
from fleet.cli.takes import argument, option
from fleet.cli.terminal import width
from fleet.cli.times import short, typed_time, zone_of
from fleet.core.edit.plain import then
from fleet.core.firing import Firing, Firings, Shot, since, stamp
from fleet.core.frozen import dataclass
from fleet.core.span import round_span
from fleet.errors import Typed

if TYPE_CHECKING:
    from fleet.core.chart import Rule
    from fleet.core.example import Example
    from fleet.runtime.view import View

USUAL = "30d"
WIDE = 76
"""Columns of a condition before it is laid out on several lines."""


@dataclass(frozen=True, slots=True)
class Book:
    """The fleet, what its rules did, from when on it is counted apart, and now in the zone of what is shown."""

    view: View
    firings: Firings
    begins: str
    now: datetime

    @property
    def revision(self) -> str | None:
        """The revision in force."""
        return self.view.account.revision.id if self.view.account.revision else None

    def marks(self, rule: Rule) -> list[str]:
        """Say what is odd about what a rule did."""
        firing = self.firings.of(rule.name)
        found = []
        if not firing.fired and not firing.errors:
            found.append("never fired")
        if self.is_always_approved(rule):
            found.append("always approved")
        if firing.errors:
            found.append(plural(len(firing.errors), "error"))
        return found

    def is_always_approved(self, rule: Rule) -> bool:
        """Say whether the person whom a rule asks never said no."""
        waiting = (a.id for a in self.view.account.docket.actions.values() if a.status == "asked")
        return rule.then == "ask" and self.firings.of(rule.name).is_always_approved(waiting)


def rules(
    flags: Flags,
    *,
    begins: Annotated[
        str, option("--since", metavar="TIME|SPAN", help="Count from then on apart; 30d if not said.")
    ] = USUAL,
) -> int:
    """List the rules: for whom, what each says, how often it fired, and what people answered."""
    book = _open(flags, begins)
    chart = book.view.chart
    gone = [name for name in book.firings.rules if all(rule.name != name for rule in chart.rules)]
    if flags.json:
        told = {"since": book.begins, "rules": [_as_json(book, rule) for rule in chart.rules], "gone": gone}
        print_json("rules", told, flags=flags, revision=book.revision)
        return 0
    if not chart.rules:
        print("There are no rules. See: fleet explain rules")
    else:
        head = ("rule", "place", "of", "then", begins, "ever", "yes", "no", "last", "")
        rows = [head, *(_row(book, rule) for rule in chart.rules)]
        print("\n".join(columns(rows, right=(4, 5, 6, 7), limit=width())))
    if gone:
        print(
            "\n".join(wrapped("", f"No longer there, and fired once: {', '.join(map(clean, gone))}", width()))
        )
    return 0


def show(
    flags: Flags,
    *,
    name: Annotated[str, argument(metavar="RULE", help="Which.")],
    begins: Annotated[
        str, option("--since", metavar="TIME|SPAN", help="Count from then on apart; 30d if not said.")
    ] = USUAL,
) -> int:
    """Show one rule: its condition laid out, what it needs, its examples, and when it fired last."""
    book = _open(flags, begins)
    rule = _named(book, name)
    examples = _examples(book, rule)
    if flags.json:
        told = _as_json(book, rule) | {
            "since": book.begins,
            "needs": [{"what": need, "now": now} for need, now in _needs(book, rule)],
            "examples": [{"place": one.place.short, "expect": one.says, "about": list(one.about)} for one in examples],
            "last": [_shot_json(shot) for shot in book.firings.of(rule.name).last],
        }  # fmt: skip
        print_json("rules", told, flags=flags, revision=book.revision)
        return 0
    for line in _page(book, rule, examples, begins):
        print(line)
    return 0


def _open(flags: Flags, begins: str) -> Book:
    from fleet.cli.progress import Progress
    from fleet.store.fired import fired

    view = open_view(flags)
    now = flags.now().astimezone(zone_of(view.chart.calendar.zone, flags.utc))
    firings = Firings()
    with Progress(flags, "reading what rules said"):
        for record in fired(view.files):
            firings.take(record)
    return Book(view, firings, stamp(typed_time(begins, "--since", now, past=True)), now)


def _named(book: Book, name: str) -> Rule:
    known = [rule.name for rule in book.view.chart.rules]
    if name not in known:
        from fleet.cli.meant import hint

        raise Typed(f"{name[:60]}: there is no such rule. {hint(name, known)}")
    return next(rule for rule in book.view.chart.rules if rule.name == name)


def _examples(book: Book, rule: Rule) -> Sequence[Example]:
    """Read the examples of a rule: the chart that is kept for reading verbs has none."""
    from fleet.runtime.revise import chart_in_force

    chart = chart_in_force(book.view.account, book.view.files)
    return next((one.examples for one in chart.rules if one.name == rule.name), ())


def _row(book: Book, rule: Rule) -> tuple[str, ...]:
    firing = book.firings.of(rule.name)
    counts = (since(firing.fired, book.begins), *map(len, (firing.fired, firing.approved, firing.denied)))
    last = firing.last[-1] if firing.last else None
    when = f"{short(_at(last, book.now), book.now)} {last.id}" if last else "-"
    numbers = (str(count) if count else "-" for count in counts)
    says = then(rule.then, rule.ask)
    return rule.name, rule.place.short, _whom(rule), says, *numbers, when, ", ".join(book.marks(rule))


def _whom(rule: Rule) -> str:
    return f"{', '.join(rule.seats) or 'every seat'}: {', '.join(rule.actions) or 'every kind'}"


def _page(book: Book, rule: Rule, examples: Sequence[Example], begins: str) -> Iterator[str]:
    limit, firing = width(), book.firings.of(rule.name)
    marks = "".join(f"  {mark}" for mark in book.marks(rule))
    yield clean(f"{rule.name}  {rule.place.short}{marks}")
    yield from wrapped("  of       ", _whom(rule), limit)
    for at, line in enumerate(laid_out(rule.condition)):
        yield f"  {'if' if not at else '':<9}{line}"
    yield f"  then     {then(rule.then, rule.ask)}"
    if rule.because:
        yield from wrapped("  because  ", clean(rule.because), limit)
    for need, now in _needs(book, rule):
        yield from wrapped("  needs    ", clean(f"{need}: {now}" if now else need), limit)
    yield from wrapped("  fired    ", _counted(book, firing, begins), limit)
    for shot in reversed(firing.last):
        yield from wrapped("    ", _shot(shot, book.now), limit)
    for example in examples:
        about = f" about {', '.join(example.about)}" if example.about else ""
        told = clean(", ".join([f"{example.says}{about}", *_given(example)]))
        yield from wrapped(f"  example  {example.place.short}  ", told, limit)
    if not examples:
        yield "  example  none: fleet explain rules says how one is written"
    if book.is_always_approved(rule):
        yield f"  next     {rule.ask} always said yes: then: allow would spare him that"
    elif examples:
        yield f"  next     fleet rules test {rule.name}"


def _given(example: Example) -> Iterator[str]:
    """Say what tells an example from others: its payload, states, metrics, claims, mail and touches."""
    if example.payload:
        yield f"with {_short(dict(example.payload))}"
    for name, state in example.states.items():
        yield f"state {name} {_short(list(state.items)) if state.items else state.headline or 'without items'}"
    yield from (f"metric {name} {value}" for name, value in example.metrics.items())
    yield from (f"{claim.seat} claims {claim.about}" for claim in example.claims)
    yield from (f"{mail.type} from {mail.sender}" for mail in example.mail)
    yield from (
        f"{touch.seat} touched {touch.about} {round_span(touch.ago)} ago" for touch in example.touched
    )
    if example.outside:
        yield "outside"


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= WIDE else f"{text[: WIDE - 2]}.."


def laid_out(condition: str) -> list[str]:
    """Lay a condition out: as its writer did, else with a line for each part that its outermost signs join.

    >>> laid_out('seat == "dirk" && ' * 4 + 'action.about == "account:acme"')[1]
    '&& seat == "dirk"'
    """
    from fleet.core.clause import joined

    lines = [line for line in condition.split("\n") if line.strip()]
    parts = joined(condition)
    if lines[1:] or len(condition) <= WIDE or not parts:
        return lines
    outer = parts[0]
    cuts = [0, *(end for _, end in outer.parts[:-1]), len(condition)]
    pieces = [condition[i:j].strip() for i, j in zip(cuts, cuts[1:], strict=False)]
    indent = "  " if outer.parts[0][0] else ""
    return [pieces[0], *(f"{indent}{piece}" for piece in pieces[1:])]


def _needs(book: Book, rule: Rule) -> Iterator[tuple[str, str]]:
    """Say what a rule must be told, and how that stands now."""
    account, words = book.view.account, {
        "mail": "the mail that its seat has not read", "claims": "the claims on the action's subjects",
        "touches": "what was done on the action's subjects",
        "now": "the time: what it holds is looked at again each minute",
    }  # fmt: skip
    for need in rule.needs:
        sort, _, name = need.partition(" ")
        if sort == "state":
            past = account.seats.get(name)
            state = past.state if past is not None else None
            if state is None:
                yield f"the state of {name}", "it has published none, so the gate holds"
            elif state.fresh(book.now):
                yield (
                    f"the state of {name}",
                    f"fresh, {short(state.written.astimezone(book.now.tzinfo), book.now)}",
                )
            else:
                yield f"the state of {name}", "stale, so the gate holds"
        elif sort == "metric":
            known = account.values.get(name)
            yield (
                f"the metric {name}",
                known.value if known is not None else "nobody told it, so the gate holds",
            )
        elif need in words:
            yield words[need], ""


def _counted(book: Book, firing: Firing, begins: str) -> str:
    if not firing.fired and not firing.errors:
        return "never"
    told = f"{plural(len(firing.fired), 'action')}, {since(firing.fired, book.begins):,} of them {_since(begins)}"
    answers = {"approved": firing.approved, "denied": firing.denied}
    more = [f"{len(of):,} {name}" for name, of in answers.items() if of]
    more += [f"beside these {len(firing.errors):,} that it could not judge"] if firing.errors else []
    return f"{told}; {', '.join(more)}" if more else told


def _since(begins: str) -> str:
    return f"in {begins}" if begins[-1:].isalpha() and begins[:1].isdigit() else f"since {begins}"


def _at(shot: Shot, now: datetime) -> datetime:
    return datetime.fromisoformat(shot.at).astimezone(now.tzinfo)


def _shot(shot: Shot, now: datetime) -> str:
    about = f" about {', '.join(shot.about)}" if shot.about else ""
    by = f" by {shot.by}" if shot.by else ""
    return clean(
        f"{short(_at(shot, now), now)}  {shot.verdict}{by}: {shot.kind} of {shot.seat}{about}  fleet why {shot.id}"
    )


def _as_json(book: Book, rule: Rule) -> dict[str, Any]:
    firing = book.firings.of(rule.name)
    times = {
        "fired": firing.fired,
        "approved": firing.approved,
        "denied": firing.denied,
        "errors": firing.errors,
    }
    return {
        "name": rule.name,
        "place": rule.place.short,
        "seats": list(rule.seats),
        "actions": list(rule.actions),
        "if": rule.condition,
        "then": then(rule.then, rule.ask),
        "because": rule.because,
        **{name: {"since": since(of, book.begins), "ever": len(of)} for name, of in times.items()},
        "always_approved": book.is_always_approved(rule),
        "last_at": firing.last[-1].at if firing.last else None,
    }


def _shot_json(shot: Shot) -> dict[str, Any]:
    return {
        "n": shot.n, "at": shot.at, "id": shot.id, "seat": shot.seat, "kind": shot.kind,
        "about": list(shot.about), "says": shot.verdict, "by": shot.by or None,
    }  # fmt: skip
