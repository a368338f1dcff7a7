"""A chart from several files, and many mistakes in one pass."""

# ruff: noqa: E501 - texts stand as a file has them

from __future__ import annotations

from datetime import date
from fnmatch import fnmatch
from pathlib import Path
from time import perf_counter

import pytest

from fleet.core.chart import Chart
from fleet.core.mistake import Mistake
from fleet.core.prove import prove
from fleet.core.read import read_chart
from fleet.errors import Broken, Unreadable
from fleet.store.chart import load, read_text, regions
from fleet.store.yaml import read_nodes

from .test_chart_mistakes import SOUND

PULSE = """\
seats:
  pulse: {title: Retention, run: python agent.py, answers_to: ann, owns: [health], reads: [dash],
          when: every 4h, scorecard: {green: at least 80%}}
rules:
  - {name: from-a-file, seat: dirk, action: crm.write, if: "action.with.far == true", then: refuse}
"""


def load_files(files: dict[str, str | bytes]) -> tuple[Chart | None, tuple[Mistake, ...]]:
    def read(path: str) -> bytes:
        if path not in files:
            raise Unreadable(f"no file {path}")
        text = files[path]
        return text if isinstance(text, bytes) else text.encode()

    return load(read, lambda pattern: [p for p in files if fnmatch(p, pattern)])


def lines(mistakes: tuple[Mistake, ...]) -> list[str]:
    return [m.line() for m in mistakes]


def test_included_files_are_joined_and_places_name_the_file() -> None:
    main = "include: seats/*.yaml\n" + SOUND.replace("reads: [dash, dirk]", "reads: [dash, dirk, pulse]")
    chart, found = load_files({"fleet.yaml": main, "seats/pulse.yaml": PULSE})
    assert lines(found) == []
    assert chart is not None
    assert list(chart.seats)[-1] == "pulse"
    assert chart.seats["pulse"].place.short == "seats/pulse.yaml:2"
    assert [r.name for r in chart.rules] == ["late", "from-a-file"]
    assert chart.places["rules", 1, "seat"].file == "seats/pulse.yaml"
    assert list(chart.texts) == ["fleet.yaml", "seats/pulse.yaml"]
    assert read_text(dict(sorted(chart.texts.items(), reverse=True))) == (chart, found)


def test_files_follow_in_the_order_of_their_names_each_once() -> None:
    def files(*names: str) -> dict[str, str | bytes]:
        rule = "rules: [{{name: {0}, seat: dirk, if: 'action.with[\"{0}\"] == 1', then: refuse}}]\n"
        return {n: rule.format(n.removesuffix(".yaml").replace("/", "-")) for n in names}

    main = SOUND + "include: [z/b.yaml, 'z/*.yaml']\n"
    chart, found = load_files({"fleet.yaml": main, **files("z/c.yaml", "z/b.yaml", "z/a.yaml")})
    assert (lines(found), [r.name for r in chart.rules] if chart else []) == (
        [],
        ["late", "z-b", "z-a", "z-c"],
    )


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        # a seat of fleet.yaml again
        ("a.yaml", "seats: {dash: {title: X}}\n", "a.yaml:1:9: error[F108]: the key 'dash' stands twice  (first here: fleet.yaml:5:3)"),
        # what only one file can say
        ("a.yaml", "fleet: other\n", "a.yaml:1:1: error[F108]: 'fleet' stands in two files  (first here: fleet.yaml:1:1)"),
        ("a.yaml", "include: b.yaml\n", "a.yaml:1:10: error[F111]: only fleet.yaml includes other files"),
        ("a.yaml", "- a\n", "a.yaml:1:1: error[F109]: the file holds no map of keys and values"),
        ("a.yaml", "# nothing\n", "a.yaml:1:1: error[F109]: the file is empty"),
        ("a.yaml", "rules: {name: x}\n", "a.yaml:1:8: error[F407]: a rule has no 'then'  try: then: refuse   |   then: hold   |   then: ask PERSON"),
        ("b.yaml", "", "fleet.yaml:35:10: error[F111]: cannot include a.yaml: no file a.yaml"),
        ("a.yaml", b"\xff", "a.yaml:1:1: error[F104]: byte 0xff is not UTF-8"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_an_included_file(name: str, text: str | bytes, told: str) -> None:
    chart, found = load_files({"fleet.yaml": SOUND + "include: a.yaml\n", name: text})
    assert (chart, lines(found)) == (None, [told])


def test_an_include_that_matches_nothing_is_a_warning() -> None:
    chart, found = load_files({"fleet.yaml": SOUND + "include: [more/*.yaml]\n"})
    assert chart is not None
    assert lines(found) == ["fleet.yaml:35:11: warning[F112]: no file matches more/*.yaml"]


def test_paths_out_of_the_folder_are_not_followed() -> None:
    _, found = load_files({"fleet.yaml": SOUND + "include: [../a.yaml, /b.yaml, ledger/c.yaml, d.txt]\n"})
    assert [m.code for m in found] == ["F408"] * 4


def test_the_files_together_are_bounded() -> None:
    big = "# " + "x" * 5_000_000
    _, found = load_files({"fleet.yaml": SOUND + "include: '*.yaml'\n", "a.yaml": big, "b.yaml": big})
    assert "F103" in [m.code for m in found]


def test_a_missing_or_unreadable_fleet_yaml_is_the_callers_matter() -> None:
    with pytest.raises(Unreadable, match="no file fleet.yaml"):
        load_files({})

    def read(path: str) -> bytes:
        raise Broken(f"{path}: disk")

    with pytest.raises(Broken):
        load(read, lambda pattern: [])


@pytest.mark.parametrize("text", ["", "\n\n", "# only this\n", "---\n", "~"])
def test_an_empty_file_is_one_mistake(text: str) -> None:
    _, found = read_text({"fleet.yaml": text})
    assert [m.code for m in found] == ["F109"]


def test_all_mistakes_are_told_in_one_pass_sorted_by_place() -> None:
    text = (
        SOUND.replace("weekdays at 10:00", "four times a day")
        .replace("every 2h", "every 2x")
        .replace("owns: [pipeline]", "owns: [ads]")
        .replace("change: number", "change: float")
        .replace("wait 2h, ann]", "wait 2h, bogdan]")
        .replace("title: Boss", "titel: Boss")
        .replace("do: [crm.write]", "do: [crm.x]")
    )
    _, found = read_text({"fleet.yaml": text})
    assert [m.code for m in found] == ["F401", "F310", "F201", "F310", "F212", "F405", "F208"]
    assert [m.place.line for m in found] == sorted(m.place.line for m in found)


def test_a_mistake_in_one_seat_hides_none_in_another_and_breeds_none() -> None:
    text = SOUND.replace("  dash:\n", "  dash: &d\n").replace("title: Sales", "title: [Sales]")
    _, found = read_text({"fleet.yaml": text})
    assert [m.code for m in found] == ["F106", "F404"]


def test_the_message_of_two_owners_is_the_one_of_the_contract() -> None:
    _, found = read_text({"fleet.yaml": SOUND.replace("owns: [pipeline]", "owns: [ads]")})
    (m,) = found
    assert (m.what, m.why) == ('two seats own "ads"', "one seat, one owner: dirk claims it too")
    assert (m.second_what, str(m.second)) == ("dash owns it here", "fleet.yaml:9:12")
    assert (m.place.column, m.place.end_column) == (12, 15)


@pytest.mark.parametrize(
    ("other", "ours"),
    [("schedule", "when"), ("cron", "when"), ("cmd", "run"), ("script", "run"), ("manager", "answers_to"),
     ("reports_to", "answers_to"), ("boss", "answers_to"), ("role", "title"), ("responsibilities", "owns"),
     ("reports-to", "answers_to"), ("Title", "title"), ("answer_to", "answers_to"), ("shedule", "when")],
)  # fmt: skip
def test_an_unknown_key_leads_to_the_one_that_was_meant(other: str, ours: str) -> None:
    text = SOUND.replace("  next: {title: Next,", f"  next: {{{other}: x, title: Next,")
    _, found = read_text({"fleet.yaml": text})
    assert [m.tries for m in found if m.code == "F401"] == [(ours,)]


def test_a_comma_in_a_cadence_is_mended_in_the_suggestion() -> None:
    text = SOUND.replace("when: weekdays at 10:00", "when: [weekdays at 10:00, 12:00, when mail arrives]")
    (m,) = read_text({"fleet.yaml": text})[1]
    assert m.tries == ("weekdays at 10:00 and 12:00", '"weekdays at 10:00, 12:00"')


def test_the_caret_in_quotes_and_blocks() -> None:
    for new, column in (
        ('"weekdays at 25:00"', 24),
        ("'weekdays at 25:00'", 24),
        ('"weekdays at \\x32\\x35:00"', 11),
    ):
        text = SOUND.replace("when: weekdays at 10:00", f"when: {new}")
        assert read_text({"fleet.yaml": text})[1][0].place.column == column


def test_workdays_are_a_phrase_or_a_list() -> None:
    for workdays in ("sun-thu", "[sun, mon, tue, wed, thu]", '"sun, mon-thu"'):
        chart, found = read_text({"fleet.yaml": SOUND + f"workdays: {workdays}\n"})
        assert chart is not None and found == () and chart.calendar.workdays == {6, 0, 1, 2, 3}
    assert [m.code for m in read_text({"fleet.yaml": SOUND + "workdays: [sun, ]\n"})[1]] == []
    assert [m.code for m in read_text({"fleet.yaml": SOUND + "workdays: [sun, null]\n"})[1]] == ["F404"]


def test_holidays_of_a_region_are_dates() -> None:
    pytest.importorskip("holidays")
    chart, found = read_text({"fleet.yaml": SOUND + "holidays: [US-NY, 2026-12-24]\n"})
    assert chart is not None and found == ()
    assert {date(2026, 7, 4), date(2026, 12, 24), date(2030, 12, 25)} <= chart.calendar.holidays
    with pytest.raises(Unreadable, match="nobody knows"):
        regions("US-XX")
    with pytest.raises(Unreadable, match="a country"):
        regions("Bavaria")


def test_holidays_of_a_region_without_the_extra_say_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "holidays", None)
    (m,) = read_text({"fleet.yaml": SOUND + "holidays: US-NY\n"})[1]
    assert m.code == "F316" and "fleet[holidays]" in m.what


def test_core_reads_nodes_without_any_file() -> None:
    node, _ = read_nodes(SOUND, "fleet.yaml")
    assert node is not None
    chart, found = read_chart([("fleet.yaml", node)], {"fleet.yaml": SOUND})
    assert chart is not None and (found, [m.code for m in prove(chart)]) == ((), [])
    assert chart == read_text({"fleet.yaml": SOUND})[0]
    node, _ = read_nodes("fleet: [x]", "fleet.yaml")
    assert node is not None
    chart, found = read_chart([("fleet.yaml", node)], {})
    assert (chart, [m.code for m in found]) == (None, ["F407", "F404"])
    assert read_chart([], {})[0] is None


def test_the_fleet_of_this_repository_has_no_mistake() -> None:
    folder = Path(__file__).parents[2]
    chart, found = load(
        lambda path: (folder / path).read_bytes(),
        lambda pattern: [str(p.relative_to(folder)) for p in folder.glob(pattern)],
    )
    assert chart is not None
    assert lines(found) == []


MANY = 10_000


@pytest.mark.parametrize(
    ("seats", "codes"),
    [
        ("".join(f"  s{i}: {{title: t, person: p, answers_to: s{i + 1}}}\n" for i in range(MANY)), {"F208"}),
        ("".join(f"  s{i}: {{title: t, run: x, when: often, reads: [s{i}x]}}\n" for i in range(MANY)), {"F310", "F103"}),
        (f"  a: {{title: t, person: p, when: [{'every 2h, ' * MANY}]}}\n", {"F244", "F409"}),
        (f"  a: {{title: t, person: p, reads: [{''.join(f's{i}, ' for i in range(MANY))}]}}\n", {"F208", "F103"}),
        (f"  a: {{title: t, person: p, owns: [{''.join(f's{i}, ' for i in range(MANY))}]}}\n", set()),
        ("".join(f"  s{i}: {{titel: t}}\n" for i in range(MANY)), {"F401", "F103"}),
        (f"  a: {{title: t, person: p, reads: [{{path: '{'*a' * 200}'}}], when: when {'a' * 390} changes}}\n", {"F244", "F310"}),
        (f"  a: {{title: t, person: p, reads: [{{path: '{'**/' * 160}b'}}], when: when {'a/' * 190}c changes}}\n", {"F408", "F244", "F217"}),
    ],
    ids=["chain", "phrases", "when", "reads", "owns", "keys", "stars", "folders"],
)  # fmt: skip
def test_the_time_to_read_grows_no_faster_than_the_file(seats: str, codes: set[str]) -> None:
    begin = perf_counter()
    _, found = read_text({"fleet.yaml": f"fleet: x\ntimezone: UTC\nseats:\n{seats}"})
    assert {m.code for m in found} == codes
    assert perf_counter() - begin < 20  # 0.1 to 2 s here; squares of the size took minutes


def test_more_mistakes_than_anybody_reads_end_the_reading() -> None:
    _, found = read_text({"fleet.yaml": SOUND + "x: 1\n" * 5000})
    assert len(found) == 1001
    assert found[-1].what == "more than 1000 mistakes; fleet stopped reading here"
