"""`fleet check`: every mistake with its place, in three formats; and whether a result would be taken."""

from __future__ import annotations

import json

import pytest

HELLO_CHART = "fleet.yaml"


def _broken(hello) -> None:
    chart = hello.folder / HELLO_CHART
    chart.write_text(chart.read_text().replace("when: when mail arrives", "when: four times a day"))


def test_a_chart_without_mistakes_says_so(hello):
    said = hello("check")
    assert (said.code, said.out) == (0, "hello: 2 seats, no errors, no warnings.\n")


def test_a_mistake_is_shown_with_its_line_a_caret_and_what_to_try(hello):
    _broken(hello)
    said = hello("check")
    assert said.code == 1
    assert said.out == (
        "error[F310]: cannot read this cadence: which four times?\n"
        "  --> fleet.yaml:10:11\n"
        "   |\n"
        "10 |     when: four times a day\n"
        "   |           ^^^^^^^^^^^^^^^^\n"
        "   = try: weekdays at 10:00, 12:00, 14:00 and 16:00   |   every 6h\n"
        "1 error, 0 warnings.  fleet explain F310 says more.\n"
    )


def test_two_owners_are_shown_at_both_places(hello):
    chart = hello.folder / HELLO_CHART
    chart.write_text(chart.read_text() + chart.read_text().partition("  greeter:")[2].join(["  other:", ""]))
    said = hello("check")
    assert said.code == 1
    assert 'error[F201]: two seats own "greetings"\n' in said.out
    assert " 9 |     owns: [greetings]\n   |            --------- " in said.out


def test_the_same_as_json(hello):
    _broken(hello)
    said = hello("check", "--format", "json")
    assert said.code == 1
    assert said.json["schema"] == "fleet.check/1"
    assert said.data["errors"] == 1
    (mistake,) = said.data["mistakes"]
    place = {key: mistake[key] for key in ("code", "level", "file", "line", "column")}
    assert place == {"code": "F310", "level": "error", "file": "fleet.yaml", "line": 10, "column": 11}
    assert mistake["tries"] == ["weekdays at 10:00, 12:00, 14:00 and 16:00", "every 6h"]


def test_the_same_for_a_pull_request(hello):
    _broken(hello)
    said = hello("check", "--format", "github")
    assert said.code == 1
    assert said.out.startswith("::error file=fleet.yaml,line=10,endLine=10,col=11,endColumn=27,title=F310::")
    assert said.out.count("\n") == 1


def test_a_file_of_another_name_is_named_as_it_was_typed(hello):
    _broken(hello)
    (hello.folder / HELLO_CHART).rename(hello.folder / "draft.yaml")
    said = hello("check", "draft.yaml")
    assert said.code == 1
    assert "  --> draft.yaml:10:11\n" in said.out


def test_warnings_fail_only_if_strict(hello):
    chart = hello.folder / HELLO_CHART
    chart.write_text(chart.read_text().replace("reads: [greeter], ", ""))
    loose, strict = hello("check"), hello("check", "--strict")
    assert "warning[F230]" in loose.out
    assert (loose.code, strict.code) == (0, 1)


def test_a_broken_chart_that_never_ran_keeps_the_fleet_from_starting(hello):
    _broken(hello)
    for words in (("up",), ("up", "-d"), ("up", "--once"), ("status",)):
        said = hello(*words)
        assert said.code == 1, words
        assert "error[F310]" in said.err


@pytest.mark.parametrize(
    ("printed", "accepted", "why"),
    [
        ('{"headline": "all is well"}', True, ""),  # JSON
        ("---\nheadline: all is well\n---\nReally.\n", True, ""),  # front matter
        ("All is well.\n", True, ""),  # prose
        ("", False, "nothing was written: an empty turn, which publishes nothing"),
        ("{}", False, "it says nothing: an empty turn, which publishes nothing"),
        ('{"claims": []}', True, ""),  # gives all claims up
        ('{"headlin": "x"}', False, "headlin: no such key; did you mean headline?"),
        ('{"seat": "dash"}', False, "seat: belongs to the runtime; leave it out"),
    ],
)
def test_a_result_is_tried_before_it_counts(nowhere, printed, accepted, why):
    said = nowhere("check", "--result", "-", "--json", text=printed)
    assert said.code == (0 if accepted else 1)
    assert (said.data["accepted"], said.data["why"]) == (accepted, why)


def test_a_time_without_an_offset_is_offered_that_of_the_fleets_zone(nowhere):
    given = '{"as_of": "2026-07-01T10:00:00"}'
    assert "try 2026-07-01T10:00:00+00:00" in nowhere("check", "--result", "-", text=given).out
    nowhere.write(
        "fleet.yaml", "fleet: here\ntimezone: Europe/Berlin\nseats: {you: {title: You, person: You}}\n"
    )
    assert "try 2026-07-01T10:00:00+02:00" in nowhere("check", "--result", "-", text=given).out
    nowhere.write("fleet.yaml", "fleet: [here\n")
    assert "try 2026-07-01T10:00:00+00:00" in nowhere("check", "--result", "-", text=given).out


def test_a_result_in_a_file_is_tried_too(nowhere):
    nowhere.write("result.json", json.dumps({"headline": "x", "body": "y"}))
    said = nowhere("check", "--result", "result.json")
    assert (said.code, said.out) == (0, 'accepted: {"headline": "x", "body": "y"}\n')
