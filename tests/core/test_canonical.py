"""Canonical JSON is RFC 8785, plain values survive being written, and records seal and hold."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from types import MappingProxyType
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.core.canonical import JSON, canonical, plain, sha256_hex
from fleet.core.record import (
    KINDS,
    ZERO,
    Draft,
    emptied_line,
    hold_error,
    line,
    look,
    read_line,
    seal,
    seal_line,
)
from fleet.errors import Unreadable

AT = datetime(2026, 11, 23, 13, 10, 0, 123456, UTC)

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.sampled_from(
        ["1.0", ":1.0]", "1e-7", "\ue000", "\U0001f600", "\x7f\u2028", '"\\\b\f', ",1234567890123456"]
    )
)
keys = st.text() | st.sampled_from(["\ue000", "\uffff", "\U00010000", "a\U0001f600"])
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)


@settings(derandomize=True, max_examples=300, deadline=None)
@given(values)
def test_the_fast_path_is_equal_to_the_library(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "1"),
        (-0.0, "0"),
        (
            [1e16, 1e-7, 1e21, 1.5e-9, 123456789012345.6],
            "[10000000000000000,1e-7,1e+21,1.5e-9,123456789012345.6]",
        ),
        ({"a": [10.0, 0.05]}, '{"a":[10,0.05]}'),
        ({"\U00010000": 1, "\ue000": 2}, '{"\U00010000":1,"\ue000":2}'),  # UTF-16 order, not code points
        ({"b": "\x7f\u2028é", "a": "\n\x1f"}, '{"a":"\\n\\u001f","b":"\x7f\u2028é"}'),
    ],
)
def test_what_python_writes_otherwise_is_written_as_the_rfc_says(value: JSON, text: str) -> None:
    assert canonical(value) == text.encode()


@pytest.mark.parametrize("value", [math.nan, math.inf, 2**53, [-(2**60)], "\ud800", {"\udfff": 1}, b"x", {1}])
def test_what_has_no_canonical_form_is_refused(value: Any) -> None:
    with pytest.raises(Unreadable, match="no canonical JSON form"):
        canonical(value)


def test_a_value_too_deep_for_the_encoder_is_refused() -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(Unreadable, match="no canonical JSON form"):
        canonical(deep)
    with pytest.raises(Unreadable, match="nested deeper than 128 levels"):
        plain(deep)


class Colour(Enum):
    RED = "red"


class Word(str):
    pass


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (2**53 - 1, 2**53 - 1),
        (2**53, "9007199254740992"),
        (-(2**70), "-1180591620717411303424"),
        (1e16, "1e+16"),  # would be read back as an integer over 53 bit
        (0.1, 0.1),
        (Decimal("12.30"), "12.30"),
        (datetime(2026, 11, 23, 8, 10, tzinfo=timezone(timedelta(hours=-5))), "2026-11-23T13:10:00.000000Z"),
        (date(2026, 11, 23), "2026-11-23"),
        ((1, (2,)), [1, [2]]),
        (MappingProxyType({"a": Colour.RED}), {"a": "red"}),
        ({Word("k"): Word("v")}, {"k": "v"}),
        (True, True),
    ],
)
def test_a_value_becomes_one_that_json_keeps(value: object, kept: JSON) -> None:
    assert plain(value) == kept
    assert json.loads(canonical(plain(value))) == kept


@pytest.mark.parametrize("value", [0.0, -0.0, 1.0, -12345.0, float(2**53 - 1)])
def test_a_whole_number_is_kept_as_it_will_be_read_back(value: float) -> None:
    assert repr(plain(value)) == repr(json.loads(canonical(plain(value)))) == str(int(value))


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (math.nan, "nan cannot stand in a record: JSON has no such number"),
        ([math.inf], "inf cannot stand in a record: JSON has no such number"),
        ({"a": "\ud800"}, "'\\\\ud800' cannot stand in a record: half a character in it"),
        ({1: 2}, r"'1' \(int\) cannot be a key in a record: keys are text"),
        ({1, 2}, r"\(set\) cannot stand in a record"),
        (b"x", r"\(bytes\) cannot stand in a record"),
        (Decimal("NaN"), r"'NaN' \(Decimal\) cannot stand in a record"),
        (datetime(2026, 11, 23), "has no offset; a record takes aware times only"),
    ],
)
def test_a_value_that_json_would_bend_is_refused(value: object, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        plain(value)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(st.dictionaries(st.text(), values, max_size=5))
def test_a_record_is_read_back_as_it_was_sealed(data: dict[str, Any]) -> None:
    record, raw = seal_line(Draft("value", "dash", "t-1", data), 7, AT, "ab" * 32)
    assert read_line(raw) == record
    assert line(record) == raw
    assert canonical(json.loads(raw)) + b"\n" == raw
    assert look(raw, "ab" * 32, 7).hash == record.hash
    assert hold_error(json.loads(raw), "ab" * 32, 7) is None


def test_a_hash_is_that_of_the_line_without_hash_and_data() -> None:
    record = seal(Draft("turn_ended", "dash", "t-8815", {"exit": 0}), 48113, AT, ZERO)
    head = {
        "at": "2026-11-23T13:10:00.123456Z", "data_sha256": sha256_hex(b'{"exit":0}'), "n": 48113,
        "prev": ZERO, "seat": "dash", "turn": "t-8815", "what": "turn_ended",
    }  # fmt: skip
    assert record.hash == sha256_hex(rfc8785.dumps(head))


def test_seat_and_turn_are_left_out_when_there_is_none() -> None:
    raw = seal_line(Draft("started"), 1, AT, ZERO)[1]
    assert list(json.loads(raw)) == ["at", "data", "data_sha256", "hash", "n", "prev", "what"]


@pytest.mark.parametrize(
    "draft",
    [
        Draft("gossip"),
        Draft("started", seat="Dash"),
        Draft("started", turn='t-1","x":"'),
        Draft("started", data={"a": math.nan}),
    ],
)
def test_a_draft_that_cannot_stand_in_the_ledger_is_refused(draft: Draft) -> None:
    with pytest.raises(Unreadable):
        seal(draft, 1, AT, ZERO)


def test_a_record_takes_aware_times_only() -> None:
    with pytest.raises(Unreadable, match="has no offset"):
        seal(Draft("started"), 1, datetime(2026, 11, 23), ZERO)


GOOD = seal_line(Draft("value", data={"a": 1}), 1, AT, ZERO)[1]


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (b'{"a":1}', b'{"a":NaN}', "NaN is not a JSON number"),
        (b'{"a":1}', b'{"a":1,"a":2}', "the key 'a' stands twice in one object"),
        (b'{"a":1}', b'{"a":"\\ud800"}', "half a character"),
        (b'{"a":1}', b'{"a":"\xff"}', "not UTF-8"),
        (b'{"a":1}', b"[]", "data is not a JSON object"),
        (b'{"a":1}', b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}", "not JSON"),
        (b'"n":1', b'"n":true', "n is True"),
        (b'"n":1', b'"n":0', "n is 0"),
        (b'"n":1', b'"m":1', "which are not those of a record"),
        (b'"n":1', b'"n":1,"who":"x"', "which are not those of a record"),
        (b"2026-11-23T", b"2026-13-23T", "month must be in 1..12"),
        (b"2026-11-23T", b"2026-11-23 ", "at is '2026-11-23 "),
        (b"\n", b"x", "not JSON"),
    ],
)
def test_a_line_that_is_not_a_record_is_named(old: bytes, new: bytes, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        read_line(GOOD.replace(old, new))


def test_why_a_line_does_not_hold_is_said() -> None:
    found = json.loads(GOOD)
    assert hold_error(found, ZERO, 1) is None
    assert hold_error(found, ZERO, 2) == "its n is 1 where 2 comes next: lines were cut, swapped or put in"
    assert (
        hold_error(found, "1" * 64, 1)
        == "its prev is not the hash of the line before: lines were cut, swapped or edited"
    )
    assert (
        hold_error(found | {"what": "read"}, ZERO, 1)
        == "its hash is not that of its content: the line was edited"
    )
    assert (
        hold_error(found | {"data": {"a": 2}}, ZERO, 1)
        == "data_sha256 is not the hash of its data: the data was edited"
    )
    assert hold_error(found | {"data": {}}, ZERO, 1) is None


def test_an_emptied_line_still_holds() -> None:
    raw = emptied_line(GOOD)
    assert look(raw, ZERO, 1).emptied
    before = read_line(GOOD)
    assert read_line(raw) == replace(before, what=f"erased_{before.what}", data={})


def test_a_line_with_a_blank_put_in_does_not_hold() -> None:
    with pytest.raises(Unreadable, match="it was rewritten"):
        look(GOOD.replace(b":", b": ", 1), ZERO, 1)


def test_every_kind_of_record_is_a_word_that_a_line_can_carry() -> None:
    for what in KINDS:
        assert look(seal_line(Draft(what), 1, AT, ZERO)[1], ZERO, 1).what == what
