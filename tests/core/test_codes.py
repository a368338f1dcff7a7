"""Every code says what it means, and its two examples are read by the real reader."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from fleet.core.chart import Seat
from fleet.core.coded import every_code
from fleet.core.coded.code import CLOSE, OPEN, Code
from fleet.core.mistake import Mistake
from fleet.core.read.codes import CODES
from fleet.errors import Broken
from fleet.store.chart import load

EVERY = every_code()

# What an example leaves out. A seat whose keys stand below each other gets those it does not say.
FRAME: Mapping[str, str | Mapping[str, str | Mapping[str, str]]] = {
    "fleet": "acme",
    "timezone": "America/New_York",
    "seats": {
        "ann": {"title": "Founder", "person": "Ann", "reads": "[{seats}]"},
        "dash": {
            "title": "Analytics",
            "run": "python agent.py",
            "answers_to": "ann",
            "owns": "[numbers]",
            "when": "weekdays at 10:00",
            "scorecard": "{anomalies: at least 5 a week}",
        },
        "dirk": {
            "title": "Sales",
            "run": "python agent.py",
            "answers_to": "ann",
            "owns": "[pipeline]",
            "when": "every 2h",
            "reads": "[dash]",
            "scorecard": "{meetings: at least 6 a week}",
        },
    },
    "actions": {
        "crm.write": "{run: ./write, about: account, repeat: safe}",
        "crm.offer": "{run: ./offer, about: account, outside: yes}",
    },
}
HOLDERS = {"run", "llm", "person"}
UNFRAMED = {"F109": ("fleet", "timezone", "seats", "actions"), "F238": ("timezone",)}


def blocks(lines: list[str], indent: int) -> dict[str, list[str]]:
    """The entries of a block by their key, with the lines that belong to them."""
    found: dict[str, list[str]] = {}
    key = ""
    for line in lines:
        begins = re.match(rf" {{{indent}}}{OPEN}?([A-Za-z][\w. -]*){CLOSE}?:", line)
        if begins:
            key = begins[1]
            while key in found:
                key += "+"
        found.setdefault(key, []).append(line)
    return found


def filled(own: list[str], frame: Mapping[str, str], skip: frozenset[str] = frozenset()) -> list[str]:
    """The lines of a seat, and behind them the keys that it does not say."""
    said = {key.rstrip("+") for key in blocks(own[1:], 4)}
    if own and not own[0].rstrip().endswith(":"):
        return own
    lacks = {k: v for k, v in frame.items() if k not in said and not (k in HOLDERS and said & HOLDERS)}
    return [*own, *(f"    {key}: {value}" for key, value in lacks.items())]


def framed(example: str, lacks: tuple[str, ...] = ()) -> str:
    """The whole fleet.yaml around an example; its marks stay in it."""
    given = blocks(example.rstrip("\n").split("\n"), 0)
    own = list(given)
    for name, value in FRAME.items():
        if name in lacks:
            continue
        if isinstance(value, str):
            given.setdefault(name, [f"{name}: {value}"])
            continue
        section = given.setdefault(name, [f"{name}:"])
        entries = blocks(section[1:], 2)
        for key, frame in value.items():
            if isinstance(frame, str):
                entries.setdefault(key, [f"  {key}: {frame}"])
            else:
                entries[key] = filled(entries.get(key, [f"  {key}:"]), frame)
        given[name] = [section[0], *(line for lines in entries.values() for line in lines)]
        if name == "seats":
            read = ", ".join(k for k in entries if k and k != "ann" and re.fullmatch("[a-z-]+", k))
            given[name] = [line.replace("{seats}", read) for line in given[name]]
    order = sorted(given, key=lambda name: name in own)  # the example stands last, so that its end is the end
    return "\n".join(line for name in order for line in given[name]) + "\n"


def unheld(seat: Seat) -> str:
    return f"its `user: {seat.user}` is no user of this machine" if seat.user == "fleet-desk" else ""


def check(text: str, beside: Mapping[str, str] | None = None) -> tuple[Mistake, ...]:
    files = {"fleet.yaml": text, **(beside or {})}

    def read(name: str) -> bytes:
        if name not in files:
            raise Broken(f"{name}: there is no such file")
        return files[name].encode()

    def glob(pattern: str) -> list[str]:
        return [name for name in files if re.fullmatch(pattern.replace("*", "[^/]*"), name)]

    def names(folder: str) -> list[str]:
        return ["SEAT.md", "agent.py"] if folder.startswith("seats/") else []

    return load(read, glob, names, now=datetime(2026, 11, 23, 12, tzinfo=UTC), unheld=unheld)[1]


def spot(text: str) -> tuple[str, tuple[int, int, int]]:
    """The text without its mark, and the mark's line, column and end column."""
    line = text[: text.index(OPEN)].count("\n")
    row = text.split("\n")[line]
    place = (line + 1, row.index(OPEN) + 1, row.index(CLOSE))
    return text.replace(OPEN, "").replace(CLOSE, ""), place


def test_every_code_that_check_can_say_has_its_sentences_and_examples() -> None:
    assert list(EVERY) == list(CODES)  # a new code gets its text in fleet/core/coded


def test_what_an_example_leaves_out_is_sound() -> None:
    assert [m.line() for m in check(framed("mission: to be sound\n")) if m.level == "error"] == []


@pytest.mark.parametrize("code", EVERY.values(), ids=list(EVERY))
def test_the_example_before_has_just_this_mistake_where_the_caret_stands(code: Code) -> None:
    text, place = spot(framed(code.before, UNFRAMED.get(code.code, ())))
    found = check(text)
    meant = [m for m in found if m.code == code.code]
    assert meant, [m.line() for m in found]
    ends = [m.place.end_column if m.place.end_line == m.place.line else place[2] for m in meant]
    spots = [(m.place.line, m.place.column, end) for m, end in zip(meant, ends, strict=True)]
    assert place in spots, [m.line() for m in found]
    assert all(m.level in code.level for m in meant)
    assert {m.code for m in found if m.level == "error"} <= {code.code}, [m.line() for m in found]


@pytest.mark.parametrize("code", EVERY.values(), ids=list(EVERY))
def test_the_example_after_has_neither_this_mistake_nor_any_error(code: Code) -> None:
    found = check(framed(code.after), code.beside)
    assert [m.line() for m in found if m.code == code.code or m.level == "error"] == []


@pytest.mark.parametrize("code", EVERY.values(), ids=list(EVERY))
def test_a_code_is_said_in_a_few_sentences_that_fit_a_screen(code: Code) -> None:
    assert 2 <= len(re.findall(r"[.:?]+(?: |$)", code.says)) <= 8
    assert code.says.endswith(".")
    assert code.says == " ".join(code.says.split())
    assert max(len(line) for line in (code.plain + code.after).split("\n")) <= 75
    assert code.before.count(OPEN) == code.before.count(CLOSE) == 1
    assert code.before.endswith("\n") and code.after.endswith("\n")
