"""What `check` finds of mistakes that somebody else has seeded, and how it stands what no hand would type."""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path
from random import Random

import pytest
from mistakes.damage import HOW, check, damaged, sound
from mistakes.hand import typed
from mistakes.measure import Judged, Report, frozen, judge, measured, through_program
from mistakes.mutate import SOUND, Broken, charts, mutate

from fleet.store.chart import load

DAMAGED = 160  # charts; python -m mistakes.damage takes 10,000


def through_reader(path: Path) -> list[Report] | str:
    """What the program says of a file, without starting it."""
    names = [str(one.relative_to(path.parent)) for one in path.parent.rglob("*.yaml")]
    told = load(
        lambda name: (path.parent / name).read_bytes(), lambda p: [n for n in names if fnmatch(n, p)]
    )[1]
    return [
        {
            "code": one.code,
            "level": one.level,
            "file": one.place.file,
            "line": one.place.line,
            "column": one.place.column,
            "end_line": one.place.end_line,
            "end_column": one.place.end_column,
            "what": one.what,
            "tries": list(one.tries),
        }
        for one in told
    ]


@pytest.fixture(scope="module")
def judged() -> list[Judged]:
    return measured(frozen(), through_reader)


def test_the_frozen_charts_hold_one_to_nine_mistakes_each(judged: list[Judged]) -> None:
    assert len(judged) == 80
    assert {len(one.broken.truths) for one in judged} == set(range(1, 10))


def test_every_seeded_mistake_is_found(judged: list[Judged]) -> None:
    assert [(one.broken.chart, one.broken.seed, one.lost) for one in judged if one.lost] == []


def test_every_caret_begins_on_what_is_wrong(judged: list[Judged]) -> None:
    assert [(one.broken.chart, one.broken.seed, one.beside) for one in judged if one.beside] == []


def test_nineteen_of_twenty_near_misses_get_the_right_word(judged: list[Judged]) -> None:
    wrong = [(one.broken.chart, one.broken.seed, *missed) for one in judged for missed in one.wrong]
    words = sum(bool(truth.accept) for one in judged for truth in one.broken.truths)
    assert len(wrong) <= words * 0.05, wrong


def test_no_error_is_told_that_nobody_made(judged: list[Judged]) -> None:
    assert [error for one in judged for error in (*one.extra, *one.twice) if error["level"] == "error"] == []


@pytest.mark.parametrize(("text", "broken"), typed(), ids=[broken.chart for _, broken in typed()])
def test_a_chart_typed_by_hand_is_told_all_that_is_wrong_with_it(
    text: str, broken: Broken, tmp_path: Path
) -> None:
    path = tmp_path / "fleet.yaml"
    path.write_text(text)
    told = judge(broken, through_reader(path))
    assert (told.lost, told.beside, told.wrong) == ([], [], [])
    assert [one for one in told.extra if one["level"] == "error"] == []


@pytest.mark.parametrize("name", sorted(charts()))
def test_a_sound_chart_has_no_error(name: str) -> None:
    assert [one for one in through_reader(SOUND / name / "fleet.yaml") if one["level"] == "error"] == []


def test_the_program_says_what_its_reader_says() -> None:
    """Of a chart in several files, with what is behind a broken line in one of them."""
    some = [one for one in frozen() if any(truth.behind for truth in one.truths)]
    some = [one for one in some if one.chart == "parts"][:1] + [one for one in some if one.chart == "sneeze"][
        :1
    ]
    assert len(some) == 2
    for mine, theirs in zip(measured(some, through_reader), measured(some, through_program), strict=True):
        assert (mine.lost, mine.beside) == (theirs.lost, theirs.beside)
        assert [one["what"] for one in mine.extra] == [one["what"] for one in theirs.extra]
        assert not theirs.fell


def test_the_same_seed_makes_the_same_mistakes() -> None:
    made = [mutate(chart, 7, 9) for chart in (charts()["sneeze"], charts()["sneeze"])]
    assert made[0] == made[1]
    assert len(made[0].truths) == 9


@pytest.mark.parametrize("first", range(0, DAMAGED, 40))
def test_no_damaged_chart_makes_the_reader_fall_over(first: int) -> None:
    kept = sound()
    for seed in range(first, first + 40):
        for one in check(damaged(kept[seed % len(kept)], Random(seed))):
            assert one.place.line >= 1
            assert one.what


@pytest.mark.parametrize("how", {one.__name__: one for one in HOW}.values(), ids=lambda one: one.__name__)
def test_each_kind_of_damage_is_stood(how: object) -> None:
    assert callable(how)
    text = sound()[0]["fleet.yaml"]
    assert isinstance(check({"fleet.yaml": how(text, Random(3))}), tuple)


def test_a_broken_chart_nested_too_deep_is_told_and_not_cut_for_ever() -> None:
    """It was cut into as many levels as it has, until Python's own stack was full."""
    deep = b"".join(b" " * level + b"a:\n" for level in range(1, 1500))
    assert [one.code for one in check({"fleet.yaml": b"fleet: x\nmission: ]\nseats:\n" + deep})] == ["F101"]


def test_a_step_of_a_ladder_may_be_called_when() -> None:
    """It was taken for the key of a cadence, and the reader fell over."""
    text = b"fleet: x\ntimezone: UTC\nseats:\n  a: {title: A, person: A}\nescalation: {usual: [when, a]}\n"
    assert [(one.code, one.place.column, one.place.end_column) for one in check({"fleet.yaml": text})] == [
        ("F208", 22, 26)
    ]


def test_kinds_by_the_ten_thousand_are_not_each_compared() -> None:
    never = ", ".join(f"crm.k{number}" for number in range(20_000))
    text = f"fleet: x\ntimezone: UTC\nseats:\n  a: {{title: A, person: A, never: [{never}]}}\n"
    assert [one for one in check({"fleet.yaml": text.encode()}) if one.code == "F251"] == []


def test_a_command_that_is_longer_than_anybody_types_is_refused_and_not_taken_apart() -> None:
    """Taking it apart costs the square of its length: 3 s for 430 KB."""
    text = (
        b"fleet: x\ntimezone: UTC\nseats:\n  a: {title: A, person: A, reach: [{run: \"b 'c "
        + b"d " * 40_000
        + b"'\"}]}\n"
    )
    assert [(one.code, "80006 characters" in one.what) for one in check({"fleet.yaml": text})] == [
        ("F315", True)
    ]


def test_a_broken_chart_with_a_line_of_dashes_is_told_at_once() -> None:
    """What may begin a key was looked for in all ways to split the line: 30 s for 44 KB."""
    text = b"fleet: x\nseats:\n  a b\n" + b"- " * 20_000 + b"\n"
    assert check({"fleet.yaml": text})


def test_a_broken_chart_with_very_much_in_it_is_read_on_within_bounds() -> None:
    """It was read again for every piece that a bracket could go on over: 12 s for one file."""
    text = b"fleet: x\nseats: [" + b"a, " * 100_000 + b"\n" + b"b:\n" * 4000
    assert [one.code for one in check({"fleet.yaml": text})] == ["F101"]
