"""Expect: what a script wants to find, and whether it is there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from fleet.core.codec import Json
from fleet.core.frozen import dataclass
from fleet.core.instant import read_instant
from fleet.core.node import Entries, Items, Node, Scalar
from fleet.core.read import values
from fleet.core.read.fields import fields, wrong_shape
from fleet.core.read.found import Found, is_empty, part
from fleet.core.script.given import Pairs, leads_inside, once, plain, subjects, words
from fleet.core.script.keys import AROUND, AROUND_TOO, FACT_FIRST, FACTS, WORDS
from fleet.core.script.step import Expected
from fleet.errors import Unreadable

Fact = Mapping[str, Json]
"""One thing that is or was so, by key; values are texts, numbers, booleans, lists and maps of such."""
PROSE = frozenset(
    ("headline", "body", "subject", "reason", "because", "why", "says", "text", "evidence", "output", "held")
    + ("correction", "tells")
)
"""Of these it is enough that the wanted text occurs in them."""
WHOSE = frozenset(("seat", "about", "kind", "action", "id", "turn", "metric", "from", "to", "what"))
"""Keys that say of what a fact is; one that differs in these is of something else."""
NEAR_SHOWN = 3


def read_expected(
    key: Scalar, value: Node | None, more: Pairs, found: Found, *, after: datetime, zone: ZoneInfo
) -> Iterator[Expected]:
    """Read what stands under `expect`: one expectation, or a list of them."""
    if isinstance(value, Items):
        for extra, _ in more:
            found.say(
                "F401", extra.place, f"{extra.text!r} stands beside a list, so whose it is cannot be told"
            )
        for item in value.items:
            yield from read_expected(key, item, (), found, after=after, zone=zone)
        return
    if not isinstance(value, Entries):
        known = ", ".join(sorted(FACTS))
        found.say("F407", key.place, "nothing is expected here", why=f"it is one of: {known}")
        return
    entries = [*value.entries, *more]
    kinds = [(k, v) for k, v in entries if k.text in FACTS]
    if len(kinds) != 1:
        _say_kinds(key, entries, found)
        return
    kind = kinds[0][0].text
    rest = [(k, v) for k, v in entries if k is not kinds[0][0]]
    given = _inner(kind, kinds[0], rest, found)
    ours = AROUND_TOO if FACTS[kind].names else {}  # of a record each key may be one of its data
    inner = once([(Scalar(ours.get(k.text, k.text), k.place), v) for k, v in given], found)
    around = {k.text: v for k, v in inner if k.text in AROUND and k.text not in FACTS[kind].names}
    described = [(k, v) for k, v in inner if k.text not in around]
    yield Expected(
        kind=kind,
        fields=_described(kind, described, kinds[0][1], found),
        has=tuple(s.text for s in values.scalars(around.get("has"), found, "has")),
        count=values.whole(around.get("count"), found, "count", low=0, high=1_000_000),
        since=_since(around.get("since"), found, after, zone),
    )


def _say_kinds(key: Scalar, entries: Sequence[tuple[Scalar, Node]], found: Found) -> None:
    known = ", ".join(sorted(FACTS))
    wrong = [k for k, _ in entries if k.text not in FACTS and k.text not in AROUND]
    what = (
        "one kind of thing is expected at a time" if len(entries) > 1 and not wrong else "what is expected?"
    )
    place = wrong[0].place if wrong else key.place
    tries = found.close(wrong[0].text, FACTS) if wrong else ()
    found.say("F401", place, what, why=f"it is one of: {known}", tries=tries)


def _inner(
    kind: str, pair: tuple[Scalar, Node], rest: list[tuple[Scalar, Node]], found: Found
) -> list[tuple[Scalar, Node]]:
    key, value = pair
    if isinstance(value, Entries):
        return once([*value.entries, *rest], found)
    if is_empty(value):
        return once(rest, found)
    if isinstance(value, Items) and kind != "run":
        wrong_shape(value, found, f"an expected {kind} is one text, or a map of what it is")
        return []
    if kind == "scorecard" and isinstance(value, Scalar) and "." in value.text:
        seat, _, metric = value.text.partition(".")
        place = value.place
        named = [
            (Scalar("seat", place), Scalar(seat, place)),
            (Scalar("metric", place), Scalar(metric, place)),
        ]
        return once([*named, *rest], found)
    return once([(Scalar(FACT_FIRST[kind], key.place), value), *rest], found)


def _described(
    kind: str, entries: Sequence[tuple[Scalar, Node]], value: Node, found: Found
) -> dict[str, Json]:
    keys = FACTS[kind]
    if not keys.names:
        for key, node in entries:
            _check_words(kind, key.text, node, found)
        return {k.text: plain(v) for k, v in entries}
    ours = [(Scalar(keys.meanings.get(k.text, k.text), k.place), v) for k, v in entries]
    given = fields(Entries(tuple(ours), value.place), keys, found)
    must = {"run": "program", "file": "path"}.get(kind, "")
    if must and must not in given:
        found.say("F407", value.place, f"{keys.where} has no {must!r}")
    path = given.get("path")
    if path is not None and isinstance(path, Scalar):
        leads_inside(path, found)
    for name, node in given.items():
        _check_words(kind, name, node, found)
    wanted = {name: subjects(node, found) if name == "about" else plain(node) for name, node in given.items()}
    if kind == "run":
        wanted["program"] = words(given.get("program"), found)
        wanted.setdefault("exit", "0")
    return wanted


def _check_words(kind: str, name: str, node: Node, found: Found) -> None:
    """Note a word that a key can never have, of which none would be found in the best of cases."""
    known = WORDS.get((kind, name))
    if known is None:
        return
    if isinstance(node, Scalar):
        values.word(node, known, found, name)
        return
    parts = node.items if isinstance(node, Items) else [v for k, v in node.entries if k.text != "has"]
    for part_of in parts:
        _check_words(kind, name, part_of, found)


def _since(node: Node | None, found: Found, after: datetime, zone: ZoneInfo) -> datetime | None:
    """Read since when: the last such instant at or before the step's own."""
    given = values.scalar(node, found, "since")
    if given is None:
        return None
    try:
        at = read_instant(given.text, after=after, zone=zone)
        while at > after:
            days = 7 if given.text.strip()[:1].isalpha() else 1
            earlier = read_instant(given.text, after=after - timedelta(days=days), zone=zone)
            if earlier >= at:
                break
            at = earlier
    except Unreadable as exc:
        found.say("F306", part(given, exc), f"cannot read this time: {exc.why}", tries=exc.suggestions)
        return None
    if at > after:
        found.say("F409", given.place, "since is an instant before its step")
    return at


# Whether it is there.


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of an expectation: the facts that match, and those that come near with what differs."""

    met: bool
    matching: tuple[Fact, ...] = ()
    near: tuple[tuple[Fact, tuple[str, ...]], ...] = ()


def find(wanted: Expected, facts: Iterable[Fact]) -> Finding:
    """Say whether facts are as wanted, and if not which come nearest."""
    matching, others = [], []
    for fact in facts:
        differs = differences(wanted, fact)
        if differs:
            others.append((fact, differs))
        else:
            matching.append(fact)
    met = bool(matching) if wanted.count is None else len(matching) == wanted.count
    # What is of the same thing first, then the fewest differences; of these the latest, which a reader has in mind.
    others.reverse()
    nearest = sorted(others, key=lambda pair: (len(WHOSE.intersection(pair[1])), len(pair[1])))[:NEAR_SHOWN]
    return Finding(met, tuple(matching), tuple(nearest))


def differences(wanted: Expected, fact: Fact) -> tuple[str, ...]:
    """Name the keys by which a fact is not what is wanted; `has` for a text that is not in it."""
    wrong = [key for key, value in wanted.fields.items() if not _same(key, value, fact.get(key))]
    # What a program or a file is called is no part of what it says.
    text = all_text({key: value for key, value in fact.items() if key not in ("program", "path")}).casefold()
    return (*wrong, *("has" for part in wanted.has if part.casefold() not in text))


def _same(key: str, wanted: Json, found: Json) -> bool:
    if isinstance(wanted, Mapping):
        return _holds(key, wanted, found)
    if isinstance(wanted, list):
        return all(_same(key, one, found) for one in wanted)
    if isinstance(found, list):
        return any(_same(key, wanted, one) for one in found)
    text = said(found)
    if key in PROSE or isinstance(found, Mapping):
        return wanted.casefold() in (all_text(found) if isinstance(found, Mapping) else text).casefold()
    return text == wanted or _equal_numbers(text, wanted)


def _holds(key: str, wanted: Mapping[str, Json], found: Json) -> bool:
    """Compare with a map: `has`, `not`, `one_of`, or the keys of a map that was found."""
    if wanted.keys() <= {"has", "not", "one_of"}:
        text = (all_text(found) if isinstance(found, Mapping | list) else said(found)).casefold()
        parts, no = _list(wanted.get("has")), _list(wanted.get("not"))
        either = _list(wanted.get("one_of"))
        return (
            all(part.casefold() in text for part in parts)
            and not any(_same(key, one, found) for one in no)
            and (not either or any(_same(key, one, found) for one in either))
        )
    if isinstance(found, list):
        return any(_holds(key, wanted, one) for one in found)
    return isinstance(found, Mapping) and all(_same(k, v, found.get(k)) for k, v in wanted.items())


def _list(value: Json) -> list[str]:
    return [] if value is None else value if isinstance(value, list) else [value]


def _equal_numbers(one: str, other: str) -> bool:
    try:
        return Decimal(one) == Decimal(other)
    except InvalidOperation:
        return False


def said(value: Json) -> str:
    """Say a value as a script would: yes and no for booleans, nothing for none."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def all_text(value: Json) -> str:
    """Give every text in a value, one after the other."""
    if isinstance(value, Mapping):
        return "\n".join(all_text(one) for one in value.values())
    if isinstance(value, list | tuple):
        return "\n".join(all_text(one) for one in value)
    return said(value)
