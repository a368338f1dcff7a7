"""A state is written as the file of the contract, and read back as JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from fleet.core.canonical import canonical, plain
from fleet.core.past import Claim
from fleet.core.result import Result, from_json, read_result, to_json
from fleet.core.state import Header, read_state, render_state
from fleet.errors import Unreadable
from fleet.store.yaml import read_plain, split_front, write_plain

ZONE = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 23, 6, 46, 2, tzinfo=ZONE)
HEADER = Header(
    seat="dash",
    turn="t-8799",
    written=NOW,
    as_of=datetime(2026, 11, 23, 11, 0, tzinfo=UTC),
    good_until=datetime(2026, 11, 23, 13, 15, tzinfo=UTC),
)
FILE = """\
---
seat: dash
turn: t-8799
written: 2026-11-23T06:46:02-05:00
as_of: 2026-11-23T06:00:00-05:00
good_until: 2026-11-23T08:15:00-05:00
headline: 2 anomalies, Acme spend -38% and Volt cost per lead +61%
claims: []
scorecard: {anomalies_by_0930: 2}
items:
  - {about: "account:acme", kind: anomaly, because: two ad sets ended Friday, confidence: 0.9, \
with: {change: -38%, metric: spend}}
---
Acme's spend fell after two ad sets ended on Friday.
"""


def result(given: dict[str, object]) -> Result:
    found = read_result(json.dumps(given).encode(), now=NOW, read_front=read_plain)
    assert found is not None
    return found


DASH = result(
    {
        "headline": "2 anomalies, Acme spend -38% and Volt cost per lead +61%",
        "scorecard": {"anomalies_by_0930": 2},
        "items": [
            {
                "about": "account:acme",
                "kind": "anomaly",
                "because": "two ad sets ended Friday",
                "confidence": 0.9,
                "with": {"metric": "spend", "change": "-38%"},
            }
        ],
        "body": "Acme's spend fell after two ad sets ended on Friday.",
    }
)


def render(header: Header, given: Result, *claims: Claim) -> str:
    return render_state(header, given, claims, write_front=write_plain, zone=ZONE)


def read(text: str) -> dict[str, object]:
    return read_state(text, read_front=read_plain, split_front=split_front)


def test_a_state_is_the_file_of_the_contract() -> None:
    assert render(HEADER, DASH) == FILE


def test_what_the_runtime_stamps_stands_before_what_the_holder_says() -> None:
    stamped = render(replace(HEADER, outside=True, stale=("pulse", "data/*.csv"), as_of=None), DASH)
    assert (
        "good_until: 2026-11-23T08:15:00-05:00\noutside: yes\nstale: [pulse, data/*.csv]\nheadline: 2"
        in stamped
    )


def test_the_claims_that_stand_are_written_and_not_those_of_the_result() -> None:
    standing = Claim("account:volt", NOW, "t-1", NOW + timedelta(days=1), "watch list")
    text = render(HEADER, result({"claims": [{"about": "account:acme"}]}), standing, Claim("a:b", NOW, "t-2"))
    assert read(text)["claims"] == [
        {"about": "account:volt", "until": "2026-11-24T06:46:02-05:00", "because": "watch list"},
        {"about": "a:b"},
    ]


def test_a_fraction_of_a_second_stays_as_it_was_given() -> None:
    assert "written: 2026-11-23T06:46:02.250000-05:00\n" in render(
        replace(HEADER, written=NOW.replace(microsecond=250_000)), DASH
    )


def test_a_state_without_anything_has_every_list() -> None:
    # A rule asks for state["dash"].items.exists(...), which must not fail on a quiet day.
    text = render(Header("dash", "t-1", NOW), result({}))
    assert read(text) == {
        "seat": "dash",
        "turn": "t-1",
        "written": "2026-11-23T06:46:02-05:00",
        "headline": "",
        "claims": [],
        "scorecard": {},
        "items": [],
        "body": "",
    }


@pytest.mark.parametrize(
    "body",
    [
        "",
        "---\nseat: founder\n---",  # looks like front matter
        "a\n\n---\n\nb",  # a rule of Markdown
        "\x00\x85\u2028\x1b[0m é",  # what YAML would not take
        "```yaml\n---\n```",
        " leading and trailing blanks  ",
    ],
)
def test_a_body_comes_back_as_it_was(body: str) -> None:
    assert read(render(HEADER, result({"headline": "x", "body": body})))["body"] == body


@pytest.mark.parametrize(
    "headline",
    [
        "no",  # a word of YAML
        "12",  # a number
        "a: b # c",  # a mapping and a comment
        "- x",
        "---",
        "'\"{[*&!|>%@`",
        "2026-11-23",
        "日本 🚀 é",
    ],
)
def test_a_headline_comes_back_as_it_was(headline: str) -> None:
    assert read(render(HEADER, result({"headline": headline})))["headline"] == headline


def test_a_state_written_again_from_the_ledger_is_the_same_to_the_byte() -> None:
    # Its hash tells whether somebody edited it; a restart may write it again from the record.
    odd = result(
        {
            "scorecard": {"b": 1.0, "a": {"value": 0.1, "evidence": "x"}, "c": 12345678901234.5},
            "items": [{"confidence": 1.0, "with": {"z": 1.0, "a": 2**53 + 1}}, {"confidence": 0}],
        }
    )
    again = from_json(json.loads(canonical(plain(to_json(odd)))), NOW)
    assert render(HEADER, again) == render(HEADER, odd)


def test_a_value_with_its_source_stands_as_a_mapping() -> None:
    given = {"rate": {"value": 0.31, "as_of": "2026-11-22T23:59:00-05:00", "evidence": "calls"}}
    assert read(render(HEADER, result({"scorecard": given})))["scorecard"] == given


def test_a_result_as_deep_as_it_may_be_can_be_published() -> None:
    inner: dict[str, object] = {}
    for _ in range(60):
        inner = {"a": inner}
    assert read(render(HEADER, result({"items": [{"with": inner}]})))["items"] == [{"with": inner}]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "this is not a state: it does not begin with front matter between two lines `---`"),
        ("just text\n", "this is not a state: it does not begin with front matter between two lines `---`"),
        ("---\nseat: dash\n", "this is not a state: it does not begin with front matter between two lines `---`"),
        ("---\n- a\n---\n", "this is not a state: its front matter has no keys"),
        ("---\nseat: dash\nturn: t-1\n---\n", "this is not a state: written is missing"),
        (FILE.replace("claims: []", "claims: none"), "this is not a state: claims is not a list"),
        (FILE.replace("scorecard: {anomalies_by_0930: 2}", "scorecard: 2"),
         "this is not a state: scorecard is not a mapping"),
    ],
)  # fmt: skip
def test_what_is_no_state_is_refused(text: str, says: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read(text)
    assert str(caught.value) == says


def test_front_matter_that_is_broken_is_refused() -> None:
    with pytest.raises(Unreadable):
        read(FILE.replace("claims: []", "claims: ["))
