"""Whatever a holder prints is a result, nothing, or refused; and what is accepted is never changed on its way."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.core.canonical import canonical, plain
from fleet.core.message import MESSAGE_LIMIT, TYPES, Message, read_dropped, read_message, render_message
from fleet.core.message import from_json as message_from_json
from fleet.core.message import to_json as message_json
from fleet.core.past import Claim
from fleet.core.prose import RESULT_KEYS
from fleet.core.result import (
    Result,
    fingerprint,
    from_json,
    read_emitted,
    read_result,
    to_json,
    with_emitted,
)
from fleet.core.state import Header, read_state, render_state
from fleet.errors import Unreadable
from fleet.store.yaml import read_plain, split_front, write_plain

ZONE = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 23, 7, 15, tzinfo=ZONE)
quick = settings(derandomize=True, deadline=None, max_examples=120)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
hostile = texts | st.sampled_from(
    [
        "---",
        "---\nseat: x\n---",
        "no",
        "1.0",
        "1e5",
        "null",
        "",
        " x ",
        "a: b",
        "- a",
        "```",
        "\u2028",
        "\r",
        "{",
        "'\"",
    ]
)
numbers = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
plains = st.recursive(
    st.none() | st.booleans() | numbers | hostile,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(hostile, inner, max_size=3),
    max_leaves=8,
)
mappings = st.dictionaries(hostile, plains, max_size=3)
subjects = st.sampled_from(["account:acme", "account:Acme Corp", "person:a@b.example", "brand:volt"])
times = st.datetimes(datetime(1990, 1, 1), datetime(2026, 11, 23), timezones=st.just(UTC)).map(
    datetime.isoformat
)
ahead = st.datetimes(datetime(2026, 11, 24), datetime(2030, 1, 1), timezones=st.just(UTC)).map(
    datetime.isoformat
)
confidences = st.floats(0, 1) | st.sampled_from([0, 1])


def some(**keys: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=keys)


items = some(about=subjects, kind=hostile, because=hostile, confidence=confidences)
values = st.integers(-(10**14), 10**14) | st.floats(-1e14, 1e14) | st.just("31%")
messages = st.fixed_dictionaries(
    {"to": st.sampled_from(["dirk", "pulse"]), "subject": st.just("s")},
    optional={
        "type": st.sampled_from(TYPES),
        "about": subjects | st.lists(subjects, max_size=3),
        "body": hostile,
        "with": mappings,
        "answer_by": ahead | st.sampled_from(["4h", "2 days"]),
        "reply_to": st.just("m-1"),
    },
)
actions = st.fixed_dictionaries(
    {"kind": st.sampled_from(["crm.write", "mail.send"])},
    optional={"about": subjects, "because": hostile, "confidence": confidences, "with": mappings},
)
given_results = some(
    headline=hostile,
    as_of=times,
    items=st.lists(items | st.builds(lambda i, w: {**i, "with": w}, items, mappings), max_size=3),
    claims=st.lists(
        st.fixed_dictionaries({"about": subjects}, optional={"until": ahead, "because": hostile}), max_size=2
    ),
    scorecard=st.dictionaries(
        hostile,
        values | st.fixed_dictionaries({"value": values}, optional={"as_of": times, "evidence": hostile}),
        max_size=3,
    ),
    messages=st.lists(messages, max_size=2),
    actions=st.lists(actions, max_size=2),
    keep=st.lists(st.just("a-31"), max_size=1),
    withdraw=st.lists(st.just("a-30"), max_size=1),
    escalate=st.lists(
        st.fixed_dictionaries(
            {"because": st.just("why")}, optional={"options": st.lists(hostile, max_size=2)}
        ),
        max_size=1,
    ),
    cost=some(usd=st.floats(0, 100), input_tokens=st.integers(0, 10**9), model=hostile),
    body=hostile,
)


def read(raw: bytes) -> Result | None:
    return read_result(raw, now=NOW, read_front=read_plain)


def through_the_ledger(value: Any) -> Any:
    return json.loads(canonical(plain(value)))


# Bytes as they come, and texts made of the pieces that mean something to the reader.
pieces = st.sampled_from(
    [
        "{",
        "}",
        "[",
        "]",
        '"',
        "'",
        ":",
        ",",
        "\n",
        "---\n",
        "```",
        "```json\n",
        "```yaml\n",
        "~~~",
        "\\",
        "\\u0062",
        "- ",
        " ",
    ]
    + [
        "headline: ",
        '"headline":',
        "body",
        "actions:\n",
        '{"a":',
        '{"body":"x"}',
        "\r\n",
        "\ufeff",
        "x",
        "1",
        "null",
        "é",
    ]
)
soups = st.lists(pieces, max_size=40).map(lambda parts: "".join(parts).encode())


@quick
@given(st.binary(max_size=200) | soups)
def test_any_bytes_are_a_result_or_nothing_or_refused(raw: bytes) -> None:
    try:
        found = read(raw)
    except Unreadable as exc:
        assert str(exc)
    else:
        assert found is not None or not raw.decode("utf-8-sig").strip()


@quick
@given(st.binary(max_size=200) | soups)
def test_any_emitted_bytes_are_read_or_refused(raw: bytes) -> None:
    try:
        with_emitted(None, read_emitted(raw, now=NOW))
    except Unreadable as exc:
        assert str(exc).startswith("line ")


@quick
@given(given_results)
def test_a_result_is_the_same_after_any_number_of_ways_through_the_ledger(keys: dict[str, Any]) -> None:
    found = read(json.dumps(keys).encode())
    assert found is not None
    again = from_json(through_the_ledger(to_json(found)), NOW)
    assert again == found
    assert fingerprint(again) == fingerprint(found)
    assert canonical(plain(to_json(again))) == canonical(plain(to_json(found)))


@quick
@given(given_results)
def test_front_matter_and_json_of_the_same_keys_are_the_same_result(keys: dict[str, Any]) -> None:
    body = keys.pop("body", "")
    by_json = read(json.dumps({**keys, "body": body}).encode())
    by_front = read(f"---\n{write_plain(keys)}---\n{body}\n".encode())
    assert by_front == by_json


@quick
@given(
    st.text(max_size=20) | soups.map(bytes.decode),
    st.dictionaries(st.sampled_from(RESULT_KEYS) | texts, plains, min_size=1, max_size=3).filter(
        lambda found: not found.keys().isdisjoint(RESULT_KEYS)
    ),
    st.text(max_size=20) | soups.map(bytes.decode),
)
def test_no_object_with_result_keys_is_published_as_prose(
    before: str, keys: dict[str, Any], after: str
) -> None:
    text = f"x{before}{json.dumps(keys)}{after}"  # the x keeps it from being one of the other forms
    try:
        found = read(text.encode("utf-8", "ignore"))
    except Unreadable:
        return
    assert found is not None
    assert json.dumps(keys) not in found.body


@quick
@given(
    st.text(max_size=200).filter(
        lambda text: "\\u" not in text and not any(key in text for key in RESULT_KEYS)
    )
)
def test_no_text_without_a_result_key_is_refused_as_prose(text: str) -> None:
    raw = f"x{text}".encode("utf-8", "ignore")
    found = read(raw)
    assert found is not None
    assert found.body == raw.decode().replace("\r\n", "\n").replace("\r", "\n").strip("\n")


headers = st.builds(
    Header,
    seat=st.just("dash"),
    turn=st.just("t-1"),
    written=st.just(NOW),
    as_of=st.none()
    | st.datetimes(datetime(1990, 1, 1), timezones=st.just(UTC), max_value=datetime(2090, 1, 1)),
    good_until=st.none() | st.just(NOW + timedelta(hours=2)),
    stale=st.lists(hostile, max_size=2).map(tuple),
    outside=st.booleans(),
)


@quick
@given(headers, given_results, hostile)
def test_a_state_comes_back_from_its_file(header: Header, keys: dict[str, Any], because: str) -> None:
    found = read(json.dumps(keys).encode())
    assert found is not None
    claims = (Claim("account:acme", NOW, "t-1", NOW + timedelta(days=1), because),)
    text = render_state(header, found, claims, write_front=write_plain, zone=ZONE)
    state = read_state(text, read_front=read_plain, split_front=split_front)
    said = to_json(found)
    assert state["body"] == found.body
    assert state["headline"] == found.headline
    assert state["items"] == said.get("items", [])
    assert state["scorecard"] == said.get("scorecard", {})
    assert state["claims"][0].get("because", "") == because
    assert tuple(state.get("stale", ())) == header.stale
    assert state.get("outside") == ("yes" if header.outside else None)
    again = from_json(through_the_ledger(said), NOW)
    assert render_state(header, again, claims, write_front=write_plain, zone=ZONE) == text


sent_messages = st.builds(
    Message,
    id=st.just("m-1"),
    type=st.sampled_from(TYPES),
    sender=st.just("pulse"),
    to=st.just("dirk"),
    about=st.lists(st.sampled_from(["a:b", "c:d"]), max_size=2, unique=True).map(tuple),
    subject=hostile,
    sent=st.just(NOW),
    answer_by=st.none() | st.just(NOW + timedelta(days=1)),
    reply_to=st.none() | st.just("m-2"),
    thread=st.just("m-2"),
    hop=st.integers(0, 8),
    with_=mappings,
    body=hostile,
    outside=st.booleans(),
    verified=st.booleans(),
)


@quick
@given(sent_messages)
def test_a_message_comes_back_from_its_file_and_from_the_ledger(message: Message) -> None:
    text = render_message(message, write_front=write_plain, zone=ZONE)
    read_back = read_message(text, read_front=read_plain, split_front=split_front)
    from_ledger = message_from_json(through_the_ledger(message_json(message)))
    assert read_back == from_ledger
    assert replace(from_ledger, with_={}) == replace(message, with_={})
    assert render_message(from_ledger, write_front=write_plain, zone=ZONE) == text


@quick
@given(st.binary(max_size=200) | soups | sent_messages.map(
    lambda message: render_message(message, write_front=write_plain, zone=ZONE).encode()
))  # fmt: skip
def test_a_dropped_file_is_refused_or_from_a_stranger(raw: bytes) -> None:
    try:
        message = read_dropped(
            raw, to="dirk", id="m-7", now=NOW, split_front=split_front, read_front=read_plain
        )
    except Unreadable as exc:
        assert str(exc)
        return
    assert (message.sender, message.verified, message.outside) == ("operator", False, True)
    assert (message.id, message.thread, message.reply_to, message.hop) == ("m-7", "m-7", None, 0)
    assert message.answer_by is None or message.answer_by > NOW
    text = render_message(message, write_front=write_plain, zone=ZONE)
    assert read_message(text, read_front=read_plain, split_front=split_front) == message
    assert len(raw) <= MESSAGE_LIMIT
