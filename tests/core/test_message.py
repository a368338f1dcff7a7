"""A message keeps all it says, as a file and as JSON; a file that was dropped in is never believed."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from fleet.core.canonical import canonical, plain
from fleet.core.message import (
    Message,
    from_json,
    read_dropped,
    read_message,
    render_message,
    to_json,
)
from fleet.errors import Unreadable
from fleet.store.yaml import read_plain, split_front, write_plain

ZONE = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 23, 10, 29, tzinfo=ZONE)
WATCH = Message(
    id="m-2198",
    type="INFORM",
    sender="pulse",
    to="dirk",
    about=("account:acme",),
    subject="Acme is on the watch list",
    sent=NOW,
    answer_by=NOW + timedelta(hours=24),
    reply_to="m-2190",
    thread="m-2190",
    hop=1,
    with_={"reason": "spend -38%", "until": "cleared"},
    body="Spend fell 38% week on week. No expansion until I clear it.",
)
FILE = """\
---
id: m-2198
type: INFORM
from: pulse
to: dirk
about: account:acme
subject: Acme is on the watch list
sent: 2026-11-23T10:29:00-05:00
answer_by: 2026-11-24T10:29:00-05:00
reply_to: m-2190
thread: m-2190
hop: 1
with: {reason: spend -38%, until: cleared}
---
Spend fell 38% week on week. No expansion until I clear it.
"""


def render(message: Message) -> str:
    return render_message(message, write_front=write_plain, zone=ZONE)


def dropped(raw: str | bytes) -> Message:
    raw = raw.encode() if isinstance(raw, str) else raw
    return read_dropped(raw, to="dirk", id="m-7", now=NOW, split_front=split_front, read_front=read_plain)


def test_a_message_is_the_file_of_the_contract() -> None:
    assert render(WATCH) == FILE


def test_times_stand_in_the_zone_of_the_fleet() -> None:
    assert render(replace(WATCH, sent=NOW.astimezone(UTC))) == FILE


@pytest.mark.parametrize(
    ("message", "lines"),
    [
        # no subject of the business: the key is left out
        (replace(WATCH, about=()), ["to: dirk", "subject: Acme is on the watch list"]),
        # several are a list
        (replace(WATCH, about=("account:acme", "brand:volt")), ['about: ["account:acme", "brand:volt"]']),
        # nothing to answer, nothing that is answered
        (
            replace(WATCH, answer_by=None, reply_to=None),
            ["sent: 2026-11-23T10:29:00-05:00", "thread: m-2190"],
        ),
        # the stamps of a message that nobody vouches for
        (replace(WATCH, outside=True, verified=False), ["hop: 1", "outside: yes", "verified: no", "with: {"]),
        # a fraction of a second stays
        (replace(WATCH, sent=NOW.replace(microsecond=500_000)), ["sent: 2026-11-23T10:29:00.500000-05:00"]),
    ],
)
def test_what_a_message_does_not_have_is_left_out(message: Message, lines: list[str]) -> None:
    assert "\n".join(lines) in render(message)


@pytest.mark.parametrize(
    "message",
    [
        WATCH,
        replace(WATCH, about=(), subject="", body="", with_={}, answer_by=None, reply_to=None, hop=0),
        replace(WATCH, about=("a:b", "a:c"), outside=True, verified=False),
        # text that looks like front matter, like a number, like a word of YAML, like an end of line
        replace(WATCH, body="---\nid: m-1\n---\n\n---", subject="no"),
        replace(WATCH, body="\n\n", subject="12"),
        replace(WATCH, body="\r\n\x00\x85\u2028é", subject="\"quotes\" & 'more': #"),
        replace(WATCH, with_={"n": [1, 0.5, None, True, "yes", "1.0"], "deep": {"a": {"b": []}}}),
    ],
)
def test_a_message_comes_back_from_its_file_and_from_json(message: Message) -> None:
    assert from_json(to_json(message)) == message
    assert read_message(render(message), read_front=read_plain, split_front=split_front) == message


def test_a_file_written_again_from_the_ledger_is_the_same_to_the_byte() -> None:
    odd = replace(WATCH, with_={"b": 1.0, "a": [2**53 + 1, 1e300, -0.0]})
    again = from_json(json.loads(canonical(plain(to_json(odd)))))
    assert render(again) == render(odd)


def test_json_has_other_keys_ignored() -> None:
    # The ledger adds the name of the file and what the message belongs to.
    assert from_json({**to_json(WATCH), "name": "x.md", "matter": "i-3"}) == WATCH


@pytest.mark.parametrize("key", ["id", "type", "from", "to", "sent", "thread"])
def test_json_without_a_key_it_needs_is_no_message(key: str) -> None:
    with pytest.raises(Unreadable, match="^this is not a whole message: KeyError"):
        from_json({k: v for k, v in to_json(WATCH).items() if k != key})


def test_a_text_without_front_matter_is_no_message_of_fleet() -> None:
    with pytest.raises(Unreadable, match="^this is not a message: no front matter$"):
        read_message("hello", read_front=read_plain, split_front=split_front)


# ---- dropped in by hand

PLAIN = Message(
    "m-7", "INFORM", "operator", "dirk", (), "", NOW, None, None, "m-7", 0, outside=True, verified=False
)
DAY = NOW + timedelta(hours=24)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        # a line of text
        ("Call Acme.\n", replace(PLAIN, subject="Call Acme.", body="Call Acme.")),
        # a heading is a subject without its marks; other line ends; a byte order mark
        ("\ufeff# Acme\r\n\r\nCall.\r\n", replace(PLAIN, subject="Acme", body="# Acme\n\nCall.")),
        # nothing at all
        ("", PLAIN),
        # a JSON object is text like any other
        ('{"type":"REQUEST"}', replace(PLAIN, subject='{"type":"REQUEST"}', body='{"type":"REQUEST"}')),
        # front matter: what is given is kept
        ("---\ntype: REQUEST\nabout: account:Acme\nsubject: Call\n---\nThem.\n",
         replace(PLAIN, type="REQUEST", about=("account:acme",), subject="Call", body="Them.", answer_by=DAY)),
        # several subjects, one twice; a subject missing; a number for a subject
        ("---\nabout: [account:a, account:A, account:b]\n---\nHi\n",
         replace(PLAIN, about=("account:a", "account:b"), subject="Hi", body="Hi")),
        ("---\nsubject: 2026\n---\n", replace(PLAIN, subject="2026")),
        # an empty front matter
        ("---\n---\nHi", replace(PLAIN, subject="Hi", body="Hi")),
        # an answer in time: a time ahead, a span; one that is past is given the usual day
        ("---\ntype: CHALLENGE\nanswer_by: 2026-11-23T12:00:00-05:00\n---\n",
         replace(PLAIN, type="CHALLENGE", answer_by=NOW.replace(hour=12, minute=0))),
        ("---\ntype: INFORM\nanswer_by: 4h\n---\n", replace(PLAIN, answer_by=NOW + timedelta(hours=4))),
        ("---\ntype: PROPOSAL\nanswer_by: 2026-11-22T12:00:00-05:00\n---\n",
         replace(PLAIN, type="PROPOSAL", answer_by=DAY)),
        ("---\ntype: RESPONSE\nanswer_by: 2026-11-22T12:00:00-05:00\n---\n", replace(PLAIN, type="RESPONSE")),
        # who it says it is from, where it says it belongs, that it was verified: none of it is believed
        ("---\nid: m-1\nfrom: founder\nto: pulse\nsent: 2020-01-01T00:00:00Z\nthread: m-2\nhop: 0\n"
         "reply_to: m-3\nverified: yes\noutside: no\n---\nHi", replace(PLAIN, subject="Hi", body="Hi")),
        # what fleet does not know is not lost
        ("---\npriority: high\nwith: {a: 1}\n---\n", replace(PLAIN, with_={"priority": "high", "a": 1})),
    ],
)  # fmt: skip
def test_a_dropped_file_is_filled_in_and_not_believed(raw: str, message: Message) -> None:
    assert dropped(raw) == message


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"x" * (256 * 1024 + 1), "a message takes 256 KB and this has 262,145 bytes"),
        (b"ok \xc3\x28", "not UTF-8 text: byte 0xc3 at offset 3"),
        ("---\nsubject: x\n", "the front matter is not closed: a line `---` must end it"),
        ("---\nsubject: [x\n---\n", None),
        ("\n---\nsubject: x\nsubject: y\n---\n", "front matter: line 4: the key 'subject' stands twice"),
        ("---\n- x\n---\n", "front matter: keys are wanted, as in `subject: ...`, not a list"),
        ("---\ntype: REQEST\n---\n", "type: 'REQEST' is no type of message; did you mean REQUEST?"),
        ("---\ntype: 7\n---\n",
         "type: the number 7 is no type of message; it is one of "
         "REQUEST, INFORM, PROPOSAL, RESPONSE, CHALLENGE, ESCALATION"),
        ("---\nabout: Acme\n---\n", "about: 'Acme' is not a subject: write kind:name, as in account:acme"),
        ("---\nabout: {a: b}\n---\n", "about: a subject is text like account:acme, not a mapping"),
        ("---\nsubject: [x]\n---\n", "subject: must be text, not a list"),
        ("---\nwith: x\n---\n", "with: must be a mapping, not 'x'"),
        ("---\ntype: REQUEST\nanswer_by: soon\n---\n",
         "answer_by: 'soon' is neither a time like 2026-11-23T10:29:00-05:00 nor a span like 4h"),
        ("---\nanswer_by: 2026-11-24T10:00:00\n---\n",
         "answer_by: '2026-11-24T10:00:00' has no offset; try 2026-11-24T10:00:00-05:00"),
        ("---\nwith: " + "[" * 100 + "]" * 100 + "\n---\n", None),
    ],
)  # fmt: skip
def test_a_dropped_file_that_cannot_be_read_says_why(raw: str | bytes, says: str | None) -> None:
    with pytest.raises(Unreadable) as caught:
        dropped(raw)
    assert str(caught.value) == says if says else str(caught.value).startswith("front matter: ")


def test_messages_and_states_are_read_without_pydantic() -> None:
    code = "import sys, fleet.core.message, fleet.core.state; sys.exit('pydantic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
