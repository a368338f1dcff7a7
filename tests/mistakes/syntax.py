"""Mistakes in the YAML itself. At most one of them stands in a file, with others before and behind it."""

from __future__ import annotations

import re
from random import Random

import yaml
from mistakes.chart import Chart, Entry, Token
from mistakes.kinds import Seed, Spot, blank_that_is_none, odd_sign, one_line


def block_values(chart: Chart) -> list[Entry]:
    """Entries `key: text` of a seat that stand alone on a line."""
    return [
        one
        for one in chart.keyed("seats", "*", "*")
        if not one.flow and isinstance(one.value, yaml.ScalarNode) and not one.value.style
    ]


def first_of_map(entry: Entry) -> bool:
    return entry.previous is None


def tab_indent(chart: Chart, random: Random) -> Seed | None:
    pool = [one.key for one in block_values(chart) if not first_of_map(one)]
    if not pool:
        return None
    token = random.choice(pool)
    begin = chart.files[token.file].rfind("\n", 0, token.start) + 1
    edit = (token.file, begin, token.start, "\t")
    return Seed("a tab", (edit,), (Spot(0, 1, edit),), (), ((token.file, begin, token.end),), syntax=True)


def tab_between(chart: Chart, random: Random) -> Seed | None:
    pool = block_values(chart)
    if not pool:
        return None
    entry = random.choice(pool)
    edit = (entry.key.file, entry.key.end + 1, entry.value.start_mark.index, "\t")
    return Seed(
        "a tab",
        (edit,),
        (Spot(0, 1, edit),),
        (),
        ((entry.key.file, entry.key.start, entry.value.end_mark.index),),
        syntax=True,
    )


def open_quote(chart: Chart, random: Random) -> Seed | None:
    pool = [one for one in chart.under("seats", "*", "title") if not one.flow and not one.style]
    if not pool:
        return None
    token = random.choice(pool)
    sign = random.choice("\"'")
    edit = (token.file, token.start, token.start, sign)
    rest = (token.file, token.start, len(chart.files[token.file]))
    return Seed(
        "an open quote", (edit,), (Spot(0, 1 + token.end - token.start, edit),), (), (rest,), syntax=True
    )


def one_line_lists(chart: Chart, sign: str) -> list[tuple[str, int, int, int]]:
    """(file, where the key begins, where the brackets begin, where they end) of flow values in block maps."""
    found = []
    for one in chart.keyed("seats", "*", "*"):
        start, end = one.value.start_mark.index, one.value.end_mark.index
        text = chart.files[one.key.file][start:end]
        if not one.flow and text.startswith(sign) and "\n" not in text:
            found.append((one.key.file, one.key.start, start, end))
    return found


def open_bracket(chart: Chart, random: Random) -> Seed | None:
    pool = one_line_lists(chart, "[") + one_line_lists(chart, "{")
    if not pool:
        return None
    file, key, start, end = random.choice(pool)
    edit = (file, end - 1, end, "")
    return Seed(
        "an open bracket", (edit,), (Spot(start, end, None, file),), (), ((file, key, end),), syntax=True
    )


def bracket_too_many(chart: Chart, random: Random) -> Seed | None:
    pool = one_line_lists(chart, "[") + one_line_lists(chart, "{")
    if not pool:
        return None
    file, key, start, end = random.choice(pool)
    sign = chart.files[file][end - 1]
    edit = (file, end, end, sign)
    return Seed("a bracket too many", (edit,), (Spot(0, 1, edit),), (), ((file, key, end),), syntax=True)


def indented_wrong(chart: Chart, random: Random) -> Seed | None:
    """One line of a seat a blank too far in or out."""
    pool = [one for one in block_values(chart) if not first_of_map(one)]
    if not pool:
        return None
    entry = random.choice(pool)
    token = entry.key
    begin = chart.files[token.file].rfind("\n", 0, token.start) + 1
    here = token.start - begin
    wide = here + random.choice([1, -1])
    edit = (token.file, begin, token.start, " " * wide)
    own = Spot(0, wide + entry.value.end_mark.index - token.start, edit)
    above = chart.files[token.file].rfind("\n", 0, begin - 1) + 1
    return Seed(
        "a line indented wrong",
        (edit,),
        (own,),
        (),
        ((token.file, above, entry.value.end_mark.index),),
        syntax=True,
    )


def no_colon(chart: Chart, random: Random) -> Seed | None:
    pool = [one for one in block_values(chart) if not first_of_map(one)]
    if not pool:
        return None
    entry = random.choice(pool)
    glued = random.random() < 0.5
    edit = (entry.key.file, entry.key.end, entry.value.start_mark.index, ":" if glued else " ")
    spot = Spot(entry.key.start, entry.value.end_mark.index, None, entry.key.file)
    whole = Spot(
        -(entry.key.end - entry.key.start),
        1 + entry.value.end_mark.index - entry.value.start_mark.index,
        edit,
    )
    value = entry.value.value
    above = chart.files[entry.key.file].rfind("\n", 0, entry.key.start - 9)
    lock = (entry.key.file, above, entry.value.end_mark.index)
    return (
        Seed(
            "no colon and blank behind a key",
            (edit,),
            (whole,),
            (f"{entry.key.text}: {value}",),
            (lock,),
            syntax=True,
        )
        if spot
        else None
    )


def swapped(
    kind: str, chart: Chart, token: Token, new: str, mark: tuple[int, int], accept: tuple[str, ...] = ()
) -> Seed:
    edit = (token.file, token.start, token.end, new)
    return Seed(kind, (edit,), (Spot(*mark, edit), Spot(0, len(new), edit)), accept, syntax=True)


def values(chart: Chart, *pattern: str) -> list[Token]:
    return [one for one in chart.under(*pattern) if not one.style and one_line(chart, one)]


def tag(chart: Chart, random: Random) -> Seed | None:
    token = random.choice(values(chart, "seats", "*", "answers_to"))
    sign = random.choice(["!str", "!!str", "!seat"])
    return swapped("a tag", chart, token, f"{sign} {token.text}", (0, len(sign)))


def anchor(chart: Chart, random: Random) -> Seed | None:
    token = random.choice(values(chart, "seats", "*", "answers_to"))
    return swapped("an anchor", chart, token, f"&boss {token.text}", (0, 5))


def alias(chart: Chart, random: Random) -> Seed | None:
    token = random.choice(values(chart, "seats", "*", "answers_to"))
    return swapped("an alias", chart, token, "*boss", (0, 5))


def second_document(chart: Chart, random: Random) -> Seed | None:
    file = "fleet.yaml"
    end = len(chart.files[file])
    edit = (file, end, end, "---\nfleet: another\n")
    return Seed("a second document", (edit,), (Spot(0, 3, edit),), (), syntax=True)


def hash_value(chart: Chart, random: Random) -> Seed | None:
    pool = [one for one in values(chart, "seats", "*", "title") + values(chart, "mission") if not one.flow]
    if not pool:
        return None
    token = random.choice(pool)
    new = random.choice(["#ops", "#1 Desk"])
    edit = (token.file, token.start, token.end, new)
    begin = chart.files[token.file].rfind("\n", 0, token.start) + 1
    own = Spot(
        token.start - len(chart.files[token.file][begin : token.start].lstrip()),
        token.start - 1,
        None,
        token.file,
    )
    return Seed(
        "a value that YAML takes for a comment",
        (edit,),
        (Spot(0, len(new), edit), own),
        (),
        ((token.file, begin, token.end),),
        syntax=True,
    )


def at_value(chart: Chart, random: Random) -> Seed | None:
    token = random.choice(values(chart, "seats", "*", "answers_to"))
    return swapped(
        "a value that begins with @", chart, token, f"@{token.text}", (0, 1 + len(token.text)), (token.text,)
    )


def bare_bound(chart: Chart, random: Random) -> Seed | None:
    pool = [one for one in values(chart, "seats", "*", "scorecard", "*") if re.match("at least", one.text)]
    if not pool:
        return None
    token = random.choice(pool)
    new = f">= {token.text.removeprefix('at least ')}"
    return swapped("a bound in signs without quotes", chart, token, new, (0, len(new)), (token.text,))


def percent_value(chart: Chart, random: Random) -> Seed | None:
    token = random.choice(values(chart, "seats", "*", "title"))
    sign = random.choice("%`")
    return swapped(
        "a value that begins with an odd sign", chart, token, f"{sign}{token.text}", (0, 1 + len(token.text))
    )


KINDS = [
    tab_indent,
    tab_between,
    open_quote,
    open_bracket,
    open_bracket,
    bracket_too_many,
    indented_wrong,
    no_colon,
    tag,
    anchor,
]
KINDS += [
    alias,
    second_document,
    hash_value,
    at_value,
    bare_bound,
    percent_value,
    odd_sign,
    blank_that_is_none,
]
