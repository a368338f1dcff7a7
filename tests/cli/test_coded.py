"""`fleet explain F310`: a code in sentences, with an example before and after."""

from __future__ import annotations

import pytest

from fleet.cli.coded import show_code
from fleet.cli.flags import Flags
from fleet.cli.mistakes import summary
from fleet.core.coded import every_code
from fleet.core.mistake import Place
from fleet.core.read.codes import mistake


def test_a_code_is_told_with_an_example_before_and_after(nowhere):
    said = nowhere("explain", "F201")
    assert (said.code, said.err) == (0, "")
    assert (
        said.out
        == """\
error F201: two seats own one function; one seat, one owner

Two seats own the same function, however it is capitalised. Then both do it, or
each waits for the other, and nobody can be asked for it. One seat, one owner:
take the function from one of them, or give the two halves names of their own.

Before
1 | seats:
2 |   dash:
3 |     owns: [ad analytics, ad pacing]
4 |   dirk:
5 |     owns: [pipeline, ad pacing]
  |                      ^^^^^^^^^

After
    seats:
      dash:
        owns: [ad analytics, ad pacing]
      dirk:
        owns: [pipeline]
"""
    )


def test_small_letters_do_too(nowhere):
    assert nowhere("explain", "f310").out == nowhere("explain", "F310").out


def test_the_same_as_json(nowhere):
    data = nowhere("explain", "F310", "--json").data
    code = every_code()["F310"]
    assert data == {
        "code": "F310",
        "level": "error",
        "means": "a cadence cannot be read",
        "says": code.says,
        "before": "seats:\n  dash:\n    when: four times a day\n",
        "at": {"line": 3, "column": 11, "end_column": 27},
        "after": "seats:\n  dash:\n    when: weekdays at 10:00, 12:00, 14:00 and 16:00\n",
        "beside": {},
    }


def test_what_else_must_lie_in_the_folder_is_named(nowhere):
    assert "\nAfter, with seats/sales.yaml in the folder\n    include:" in nowhere("explain", "F112").out


def test_a_character_that_cannot_be_shown_is_a_blank_above_the_caret(nowhere):
    out = nowhere("explain", "F104").out
    assert "3 |     title: Sales and service\n  |                 ^\n" in out


@pytest.mark.parametrize(
    ("typed", "near"),
    [
        ("F320", "F321, F322, F317"),  # beside it
        ("F31", "F310, F311, F312"),  # a digit short
        ("f3100", "F310"),  # a digit too many
        ("F999999999999999999", "F412, F411, F410"),  # far off
    ],
)
def test_a_code_that_is_none_exits_2_with_the_nearest(nowhere, typed, near):
    said = nowhere("explain", typed)
    assert (said.code, said.out) == (2, "")
    assert f"there is no code {typed.upper()}; nearest: {near}." in said.err


@pytest.mark.parametrize("code", list(every_code()))
def test_no_line_of_any_code_is_wider_than_eighty_columns(code, capsys):
    assert show_code(Flags(), code) == 0
    assert max(map(len, capsys.readouterr().out.split("\n"))) <= 80


@pytest.mark.parametrize(
    ("told", "named"),
    [
        ("F310", "F310"),
        ("F310 F201", "F201"),  # of equals the last, which stands just above
        ("F310 F310 F201", "F310"),  # the most frequent
        ("F310 F230w F230w", "F310"),  # errors before warnings
        ("F235w F230w", "F230"),  # nothing but warnings
    ],
)
def test_the_last_line_of_check_names_a_code_that_was_told(told, named):
    spot = Place("fleet.yaml", 1, 1, 1, 2)
    levels = ((code[:4], "warning" if code.endswith("w") else "error") for code in told.split())
    line = summary([mistake(code, spot, "x", level=level) for code, level in levels])
    assert line.endswith(f".  fleet explain {named} says more.")
