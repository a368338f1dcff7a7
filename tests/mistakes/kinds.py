"""The kinds of mistakes: each takes a sound chart and chance, and gives one mistake, or None for want of a place."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import yaml
from mistakes import words
from mistakes.chart import Chart, Entry, Token
from mistakes.words import Near

Edit = tuple[str, int, int, str]
Span = tuple[str, int, int]


@dataclass(frozen=True)
class Spot:
    """A place that a report may point at: in the text of an edit, or in what stays as it was."""

    start: int
    end: int
    edit: Edit | None = None
    file: str = ""


@dataclass(frozen=True)
class Seed:
    """One mistake before it is put in: `locks` are the places that no other mistake may touch."""

    kind: str
    edits: tuple[Edit, ...]
    spots: tuple[Spot, ...]
    accept: tuple[str, ...] = ()
    locks: tuple[Span, ...] = ()
    name: str = ""  # two mistakes of one name do not stand in one file
    syntax: bool = False
    whole: bool = False  # rests on the chart as a whole: not seeded together with a syntax error
    alone: bool = False

    def held(self) -> list[Span]:
        return [(file, start, end) for file, start, end, _ in self.edits] + list(self.locks)


Kind = Callable[[Chart, Random], Seed | None]


def spot_of(token: Token) -> Spot:
    return Spot(token.start, token.end, None, token.file)


def swap(kind: str, token: Token, new: str, accept: tuple[str, ...] = (), **more: object) -> Seed:
    """Put another text in place of a scalar: inside its quotes, if it has some."""
    if token.style in ("'", '"') and new[:1] != '"':
        new = f"{token.style}{new}{token.style}"
    if token.flow and not token.style and new[:1] != '"' and re.search(r"[,\[\]{}]", new):
        new = f'"{new}"'
    edit = (token.file, token.start, token.end, new)
    return Seed(kind, (edit,), (Spot(0, len(new), edit),), accept, **more)  # type: ignore[arg-type]


def one_line(chart: Chart, token: Token) -> bool:
    return token.style not in ("|", ">") and "\n" not in chart.files[token.file][token.start : token.end]


# ---- keys

PLACES = {
    ("*",): "top",
    ("seats", "*", "*"): "seat",
    ("seats", "*", "can", "*"): "can",
    ("seats", "*", "reads", "*", "*"): "path",
    ("seats", "*", "scorecard", "*", "*"): "metric",
    ("defaults", "*"): "defaults",
    ("limits", "*"): "limits",
    ("actions", "*", "*"): "action",
    ("subjects", "*", "*"): "subject",
    ("conflicts", "*", "*"): "conflict",
    ("rules", "*", "*"): "rule",
    ("handoffs", "*", "*"): "handoff",
    ("retired", "*", "*"): "retired",
}
HIDES = ("seats", "actions", "retired", "include")  # much else rests on these: their keys are mistyped alone


def keys_of(chart: Chart, random: Random) -> tuple[Entry, str] | None:
    pattern = random.choice([one for one in PLACES if any(chart.keyed(*one))])
    return random.choice(list(chart.keyed(*pattern))), PLACES[pattern]


def key(chart: Chart, random: Random, near: Callable[[str, str], Near | None], kind: str) -> Seed | None:
    found = keys_of(chart, random)
    if not found or not (made := near(found[0].key.text, found[1])):
        return None
    entry, token = found[0], found[0].key
    hides = token.path[0] in HIDES and len(token.path) == 1
    edit = (token.file, token.start, token.end, made[0])
    lock = (token.file, token.start, entry.value.end_mark.index)
    return Seed(kind, (edit,), (Spot(0, len(made[0]), edit),), made[1], (lock,), alone=hides)


def mistyped_key(chart: Chart, random: Random) -> Seed | None:
    return key(
        chart,
        random,
        lambda word, place: words.mistyped(word, words.KEYS[place].split(), random),
        "mistyped key",
    )


def other_key(chart: Chart, random: Random) -> Seed | None:
    return key(
        chart, random, lambda word, place: words.other_word(word, place, random), "key by another's word"
    )


# ---- names


def named(chart: Chart, random: Random, patterns: list[tuple[str, ...]], kind: str) -> Seed | None:
    pool = [
        one
        for pattern in patterns
        for one in chart.under(*pattern)
        if one.text in chart.seats() and one_line(chart, one)
    ]
    if not pool:
        return None
    token = random.choice(pool)
    made = words.mistyped(token.text, [*chart.seats(), "answers_to"], random)
    return swap(kind, token, made[0], made[1]) if made else None


def mistyped_seat(chart: Chart, random: Random) -> Seed | None:
    patterns = [
        ("seats", "*", "answers_to"),
        ("seats", "*", "reads", "*"),
        ("conflicts", "*", "rank", "*"),
        ("handoffs", "*", "from"),
        ("handoffs", "*", "to", "*"),
        ("escalation", "*", "*"),
        ("seats", "*", "can", "ask", "*"),
        ("rules", "*", "seat"),
        ("retired", "*", "gave", "*"),
    ]
    return named(chart, random, [random.choice(patterns)], "mistyped seat")


def seat_in_phrase(chart: Chart, random: Random) -> Seed | None:
    pool = [one for one in chart.scalars if re.fullmatch(r"when \S+ publishes|ask \w+", one.text)]
    if not pool:
        return None
    token = random.choice(pool)
    seat = token.text.split()[1]
    made = words.mistyped(seat, chart.seats(), random)
    return (
        swap("mistyped seat in a phrase", token, token.text.replace(seat, made[0], 1), (seat, token.text))
        if made
        else None
    )


def lookalike(chart: Chart, random: Random) -> Seed | None:
    pool = [one for one in chart.under("seats", "*", "answers_to") if re.search("[aeo]", one.text)]
    token = random.choice(pool)
    letter = next(one for one in token.text if one in "aeo")
    new = token.text.replace(letter, {"a": "\u0430", "e": "\u0435", "o": "\u043e"}[letter], 1)
    return swap("a letter that looks alike", token, new, (token.text,))


def mistyped_kind(chart: Chart, random: Random) -> Seed | None:
    known = [one.key.text for one in chart.keyed("actions", "*")]
    pool = [
        one
        for pattern in (
            ("seats", "*", "can", "do", "*"),
            ("seats", "*", "never", "*"),
            ("rules", "*", "action"),
        )
        for one in chart.under(*pattern)
    ]
    keyed = [one.key for one in chart.keyed("seats", "*", "can", "ask", "*")]
    if not pool and not keyed:
        return None
    token = random.choice(pool + keyed)
    made = words.mistyped(token.text, known, random)
    return swap("mistyped action kind", token, made[0], made[1]) if made else None


def mistyped_subject(chart: Chart, random: Random) -> Seed | None:
    known = {
        one.text
        for pattern in (("actions", "*", "about"), ("actions", "*", "about", "*"))
        for one in chart.under(*pattern)
    }
    pool = [
        one
        for pattern in (("conflicts", "*", "about"), ("subjects", "*", "of"))
        for one in chart.under(*pattern)
        if one.text in known
    ]
    if not pool:
        return None
    token = random.choice(pool)
    made = words.mistyped(token.text, sorted(known), random)
    if not made or made[0].lower() == token.text:  # subjects are folded: another case is the same kind
        return None
    return swap("mistyped subject kind", token, made[0], made[1])


def retired_named(chart: Chart, random: Random) -> Seed | None:
    gone = [one.key.text for one in chart.keyed("retired", "*")]
    pool = [
        one
        for pattern in (("seats", "*", "reads", "*"), ("handoffs", "*", "to", "*"))
        for one in chart.under(*pattern)
        if one.text in chart.seats()
    ]
    return swap("a retired seat named", random.choice(pool), random.choice(gone)) if gone and pool else None


def bad_seat_id(chart: Chart, random: Random) -> Seed | None:
    new, right = random.choice(
        [("Big_Boss", "big-boss"), ("night shift", "night-shift"), ("Carol", "carol"), ("jo.ann", "jo-ann")]
    )
    entry = next(chart.keyed("seats", "*"))
    text = f"{new}: {{title: Extra, person: {right.title().replace('-', ' ')}}}"
    return added("a seat's name of wrong letters", chart, entry, text, 0, len(new), (right,))


# ---- phrases


def phrase(kind: str, patterns: list[tuple[str, ...]], near: Callable[[str, Random], Near | None]) -> Kind:
    def made(chart: Chart, random: Random) -> Seed | None:
        pool = [one for pattern in patterns for one in chart.under(*pattern) if one_line(chart, one)]
        if not pool:
            return None
        token = random.choice(pool)
        found = near(token.text, random)
        return swap(kind, token, found[0], found[1]) if found and found[0].strip('"') != token.text else None

    return made


def cron_slip(chart: Chart, random: Random) -> Seed | None:
    pool = list(chart.under("seats", "*", "when", "cron"))
    if not pool:
        return None
    return swap(
        "a cron line that cannot be",
        random.choice(pool),
        random.choice(["45 25 * * 1-6", "45 18 * *", "18:45", "* * * * * * *"]),
    )


def ladder_wait(chart: Chart, random: Random) -> Seed | None:
    pool = [one for one in chart.under("escalation", "*", "*") if re.fullmatch(r"wait \d+[mh]", one.text)]
    if not pool:
        return None
    token = random.choice(pool)
    number, unit = re.fullmatch(r"wait (\d+)([mh])", token.text).groups()  # type: ignore[union-attr]
    long = {"m": "minutes", "h": "hours"}[unit]
    forms = [
        f"wait {number}{long}",
        f"wiat {number}{unit}",
        f"wait{number}{unit}",
        f"wait for {number}{unit}",
        f"{number}{unit}",
    ]
    return swap("a rung of the ladder", token, random.choice(forms), (token.text,))


SPANS = [("seats", "*", one) for one in ("limit", "late_after", "good_for")] + [
    ("defaults", "limit"),
    ("defaults", "late_after"),
]
SPANS += [
    ("handoffs", "*", "within"),
    ("seats", "*", "reads", "*", "fresh_within"),
    ("actions", "*", "limit"),
]
CHOICES = [
    ("seats", "*", "skip_if"),
    ("defaults", "skip_if"),
    ("actions", "*", "repeat"),
    ("actions", "*", "outside"),
    ("actions", "*", "once"),
]
CHOICES += [
    ("seats", "*", "reads", "*", "private"),
    ("seats", "*", "reads", "*", "outside"),
    ("conflicts", "*", "then"),
    ("rules", "*", "then"),
]
CHOICES += [("handoffs", "*", "with", "*"), ("workdays",)]
PHRASES = [
    phrase("a cadence", [("seats", "*", "when"), ("seats", "*", "when", "*")], words.cadence),
    phrase("a cadence", [("seats", "*", "when"), ("seats", "*", "when", "*")], words.cadence),
    phrase("a span", SPANS, words.span),
    phrase("money", [("budget",), ("defaults", "budget"), ("seats", "*", "budget")], words.money),
    phrase(
        "a target",
        [("seats", "*", "scorecard", "*"), ("seats", "*", "scorecard", "*", "target")],
        words.target,
    ),
    phrase("missed", [("defaults", "missed"), ("seats", "*", "missed")], words.missed),
    phrase("a closed choice", CHOICES, words.choice),
    phrase("at_most", [("actions", "*", "at_most")], words.at_most),
    phrase("a time zone", [("timezone",)], words.zone),
    phrase("a date", [("retired", "*", "date"), ("holidays", "*")], words.date),
    phrase("a count", [("limits", "*"), ("seats", "*", "retries"), ("defaults", "retries")], words.count),
]


# ---- what is missing, twice, or of the wrong shape


def added(
    kind: str,
    chart: Chart,
    before: Entry,
    text: str,
    start: int,
    end: int,
    accept: tuple[str, ...] = (),
    **more: object,
) -> Seed:
    """Put another entry in front of one of the same map."""
    key = before.key
    body = chart.files[key.file]
    indent = key.start - (body.rfind("\n", 0, key.start) + 1)
    new = f"{text}, " if before.flow else f"{text}\n{' ' * indent}"
    edit = (key.file, key.start, key.start, new)
    return Seed(kind, (edit,), (Spot(start, end, edit),), accept, **more)  # type: ignore[arg-type]


def removed(entry: Entry) -> Edit | None:
    if entry.next is not None:
        return (entry.key.file, entry.key.start, entry.next, "")
    if entry.flow and entry.previous is not None:
        return (entry.key.file, entry.previous, entry.value.end_mark.index, "")
    return None


def missing(chart: Chart, random: Random) -> Seed | None:
    agents = [one for one in chart.seats() if one not in chart.people()]
    seat, what = random.choice(agents), random.choice(["title", "answers_to", "owns", "scorecard"])
    entry = next(chart.keyed("seats", seat, what), None)
    edit = removed(entry) if entry else None
    if not entry or not edit:
        return None
    own = next(chart.keyed("seats", seat)).key
    return Seed(
        f"no {what}",
        (edit,),
        (spot_of(own),),
        (),
        ((own.file, own.start, own.end),),
        name=f"missing {seat}",
        whole=True,
    )


def no_runner(chart: Chart, random: Random) -> Seed | None:
    pool = list(chart.keyed("actions", "*", "run"))
    entry = random.choice(pool) if pool else None
    edit = removed(entry) if entry else None
    if not entry or not edit:
        return None
    own = next(chart.keyed("actions", entry.path[1])).key
    rest = Spot(own.end, own.end + 60, None, own.file)
    return Seed(
        "a kind without a runner", (edit,), (spot_of(own), rest), (), ((own.file, own.start, own.end),)
    )


def two_owners(chart: Chart, random: Random) -> Seed | None:
    pool = list(chart.under("seats", "*", "owns", "*"))
    mine, theirs = random.choice(pool), random.choice(pool)
    if mine.path[1] == theirs.path[1] or not one_line(chart, mine):
        return None
    seed = swap("two owners", mine, theirs.text)
    locks = ((theirs.file, theirs.start, theirs.end),)
    return Seed(seed.kind, seed.edits, (*seed.spots, spot_of(theirs)), (), locks, whole=True)


def loop(chart: Chart, random: Random) -> Seed | None:
    """Two seats that answer to each other, or one to itself."""
    answers = {one.path[1]: one for one in chart.under("seats", "*", "answers_to")}
    one = random.choice(sorted(answers))
    below = [seat for seat, token in answers.items() if token.text == one]
    other = random.choice([one, *below])
    seed = swap("a loop", answers[one], other)
    tokens = [answers[seat] for seat in sorted({one, other} - {one})]
    names = [entry.key for seat in sorted({one, other}) for entry in chart.keyed("seats", seat)]
    locks = tuple((token.file, token.start, token.end) for token in [*tokens, *names])
    spots = (*seed.spots, *(spot_of(token) for token in [*tokens, *names]))
    return Seed(seed.kind, seed.edits, spots, (), locks, name="a loop", whole=True)


def no_person_at_the_end(chart: Chart, random: Random) -> Seed | None:
    lists = [one for one in chart.lists if one[0][:1] == ("escalation",) and len(one[0]) == 2]
    path, file, node = random.choice(lists)
    last = list(chart.under(*path, "*"))[-1]
    agents = [one for one in chart.seats() if one not in chart.people()]
    seed = swap("a ladder that ends at no person", last, random.choice(agents))
    own = next(chart.keyed(*path)).key
    whole = Spot(node.start_mark.index, node.end_mark.index, None, file)
    return Seed(
        seed.kind,
        seed.edits,
        (*seed.spots, spot_of(own), whole),
        (),
        ((own.file, own.start, node.end_mark.index),),
        whole=True,
    )


def undeclared_kind(chart: Chart, random: Random) -> Seed | None:
    pool = list(chart.under("seats", "*", "can", "do", "*"))
    return (
        swap("an undeclared kind", random.choice(pool), random.choice(["rocket.launch", "payroll.run"]))
        if pool
        else None
    )


def secret_twice(chart: Chart, random: Random) -> Seed | None:
    acts, seats = (
        list(chart.under("actions", "*", "use", "*")),
        list(chart.under("seats", "*", "can", "use", "*")),
    )
    if not acts or not seats:
        return None
    one, other = random.choice(acts), random.choice(seats)
    seed = swap("a secret given twice", other, one.text)
    return Seed(
        seed.kind, seed.edits, (*seed.spots, spot_of(one)), (), ((one.file, one.start, one.end),), whole=True
    )


def wrong_shape(chart: Chart, random: Random) -> Seed | None:
    table = {
        ("seats", "*", "title"): ["[Chief, Clerk]", "{name: Clerk}"],
        ("seats", "*", "scorecard"): ["at least 6 a week", "[done, at least 6]"],
        ("seats", "*", "can"): ["crm.write"],
        ("seats", "*", "limit"): ["[10m]", "{time: 10m}"],
        ("seats", "*", "answers_to"): ["{seat: boss}"],
        ("mission",): ["[Do good, Do well]"],
        ("budget",): ["{a_day: $40}"],
        ("limits",): ["4"],
        ("seats", "*", "good_for"): ["[24h]"],
        ("handoffs", "*", "with"): ["[client]"],
        ("conflicts", "*", "rank"): ["{first: boss}"],
    }
    pattern = random.choice([one for one in table if any(chart.keyed(*one))])
    entry = random.choice(list(chart.keyed(*pattern)))
    start, end = entry.value.start_mark.index, entry.value.end_mark.index
    text = chart.files[entry.key.file][start:end]
    if "\n" in text.rstrip() or text != text.rstrip():
        return None
    new = random.choice(table[pattern])
    edit = (entry.key.file, start, end, new)
    return Seed(
        "a value of the wrong shape",
        (edit,),
        (Spot(0, len(new), edit), spot_of(entry.key)),
        (),
        ((entry.key.file, entry.key.start, start),),
    )


def duplicate_key(chart: Chart, random: Random) -> Seed | None:
    pool = [
        one
        for one in chart.keyed("seats", "*", "*")
        if isinstance(one.value, yaml.ScalarNode) and one.next is not None
    ]
    pool += [one for one in chart.keyed("defaults", "*") if one.next is not None]
    entry = random.choice(pool)
    value = entry.value.value
    if re.search(r"[,\[\]{}:#\"]", value):
        return None
    name = entry.key.text
    seed = added(
        "a key twice",
        chart,
        entry,
        f"{name}: {value}",
        0,
        len(name),
        locks=((entry.key.file, entry.key.start, entry.value.end_mark.index),),
    )
    return Seed(seed.kind, seed.edits, (*seed.spots, spot_of(entry.key)), (), seed.locks)


def include_nothing(chart: Chart, random: Random) -> Seed | None:
    if any(chart.keyed("include")):
        token = next(chart.under("include"))
        return swap("an include that finds nothing", token, "part/*.yaml", alone=True)
    entry = next(chart.keyed("timezone"))
    return added(
        "an include that finds nothing",
        chart,
        entry,
        "include: extra/*.yaml",
        len("include: "),
        len("include: extra/*.yaml"),
    )


def empty_value(chart: Chart, random: Random) -> Seed | None:
    pool = [
        one
        for one in chart.keyed("seats", "*", "*")
        if isinstance(one.value, yaml.ScalarNode) and not one.flow
    ]
    pool += [
        one
        for pattern in (("mission",), ("budget",), ("defaults", "*"))
        for one in chart.keyed(*pattern)
        if not one.flow
    ]
    pool = [
        one for one in pool if isinstance(one.value, yaml.ScalarNode) and one.value.style not in ("|", ">")
    ]
    if not pool:
        return None
    entry = random.choice(pool)
    edit = (entry.key.file, entry.key.end + 1, entry.value.end_mark.index, "")
    return Seed(
        "an empty value",
        (edit,),
        (Spot(entry.key.start, entry.key.end + 1, None, entry.key.file),),
        (),
        ((entry.key.file, entry.key.start, entry.key.end),),
    )


def cut_comma(chart: Chart, random: Random) -> Seed | None:
    if random.random() < 0.5:
        pool = [
            one
            for one in chart.scalars
            if one.path[-1] == "because"
            and one.flow
            and not one.style
            and " " in one.text
            and one_line(chart, one)
        ]
        if not pool:
            return None
        token = random.choice(pool)
        at = token.text.index(" ")
        new = token.text[:at] + "," + token.text[at:]
        edit = (token.file, token.start, token.end, new)
        return Seed(
            "a phrase cut by a comma", (edit,), (Spot(at + 2, len(new), edit), Spot(0, len(new), edit)), ()
        )
    pool = [
        one
        for one in chart.scalars
        if one.path[2:3] == ("when",) and " at " in one.text and one_line(chart, one)
    ]
    if not pool:
        return None
    token = random.choice(pool)
    new = f"{token.text}, 23:10"
    if not token.flow:
        if token.path[-1] != "when":
            return None
        new = f"[{new}]"
    edit = (token.file, token.start, token.end, new)
    at = new.index("23:10")
    return Seed(
        "a phrase cut by a comma",
        (edit,),
        (Spot(at, at + 5, edit), Spot(0, len(new), edit)),
        (f"{token.text} and 23:10",),
    )


def odd_sign(chart: Chart, random: Random) -> Seed | None:
    pool = [
        one
        for one in chart.under("seats", "*", "title")
        if one_line(chart, one) and not one.style and len(one.text) > 3
    ]
    if not pool:
        return None
    token = random.choice(pool)
    at = random.randrange(1, len(token.text) - 1)
    sign = random.choice(["\x00", "\x07", "\x1b", "\x7f", "\ufffe"])
    new = token.text[:at] + sign + token.text[at:]
    edit = (token.file, token.start, token.end, new)
    return Seed("a sign that cannot stand in a file", (edit,), (Spot(at, at + 1, edit),), ())


def blank_that_is_none(chart: Chart, random: Random) -> Seed | None:
    pool = [
        one
        for one in chart.scalars
        if one.path[2:3] == ("when",) and " at " in one.text and one_line(chart, one)
    ]
    token = random.choice(pool) if pool else None
    return (
        swap("a blank that is none", token, token.text.replace(" ", "\u00a0", 1), (token.text,))
        if token
        else None
    )


PLAIN = [
    mistyped_key,
    mistyped_key,
    other_key,
    other_key,
    mistyped_seat,
    mistyped_seat,
    seat_in_phrase,
    lookalike,
    mistyped_kind,
]
PLAIN += [
    mistyped_subject,
    retired_named,
    bad_seat_id,
    cron_slip,
    ladder_wait,
    *PHRASES,
    missing,
    no_runner,
    two_owners,
    loop,
]
PLAIN += [
    no_person_at_the_end,
    undeclared_kind,
    secret_twice,
    wrong_shape,
    duplicate_key,
    include_nothing,
    empty_value,
    cut_comma,
]


def syntax_kinds() -> list[Kind]:
    from mistakes import syntax

    return list(syntax.KINDS)


SYNTAX = syntax_kinds()
