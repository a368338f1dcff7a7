"""A result is read from any of its forms, or refused by the name of what is wrong with it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from fleet.core.canonical import canonical, plain
from fleet.core.prose import RESULT_KEYS
from fleet.core.result import (
    ClaimGiven,
    Result,
    emit_line,
    fingerprint,
    from_json,
    last_checkpoint,
    read_emitted,
    read_result,
    to_json,
    with_emitted,
)
from fleet.errors import Unreadable
from fleet.store.yaml import read_plain

NOW = datetime(2026, 11, 23, 7, 15, tzinfo=timezone(timedelta(hours=-5)))


def read(raw: str | bytes) -> Result | None:
    return read_result(raw if isinstance(raw, bytes) else raw.encode(), now=NOW, read_front=read_plain)


def result(raw: str | bytes) -> Result:
    found = read(raw)
    assert found is not None
    return found


def why(raw: str | bytes) -> str:
    with pytest.raises(Unreadable) as caught:
        read(raw)
    return str(caught.value)


WHOLE = {
    "headline": "2 anomalies",
    "as_of": "2026-11-23T06:00:00-05:00",
    "items": [
        {
            "about": "account:acme",
            "kind": "anomaly",
            "because": "two ad sets ended",
            "confidence": 0.9,
            "with": {"change": "-38%", "metric": "spend"},
        }
    ],
    "claims": [{"about": "account:acme", "until": "2026-11-24T10:00:00-05:00", "because": "watch list"}],
    "scorecard": {
        "anomalies_by_0930": 2,
        "rate": {"value": 0.31, "as_of": "2026-11-22T23:59:00-05:00", "evidence": "calls"},
    },
    "messages": [
        {
            "to": "dirk",
            "type": "REQUEST",
            "about": ["account:acme", "brand:volt"],
            "subject": "Acme",
            "answer_by": "2026-11-24T07:15:00-05:00",
            "reply_to": "m-2190",
            "with": {"reason": "spend -38%"},
            "body": "No expansion.",
        }
    ],
    "actions": [
        {
            "kind": "crm.write",
            "about": "account:acme",
            "because": "it is true",
            "confidence": 1,
            "with": {"n": 3},
        }
    ],
    "keep": ["a-31"],
    "withdraw": ["a-30"],
    "escalate": [
        {"about": "account:acme", "because": "nobody knows", "options": ["call them", "wait"]},
    ],
    "cost": {"usd": 0, "input_tokens": 1200, "output_tokens": 300, "model": "sonnet"},
    "body": "Spend fell.\n\n---\n\nMore.",
}


def test_the_guard_against_misread_prose_knows_every_key_of_a_result() -> None:
    assert set(RESULT_KEYS) == set(Result.model_fields) - {"claims_added"}


def test_a_whole_result_comes_back_key_by_key() -> None:
    assert to_json(result(json.dumps(WHOLE))) == WHOLE


def test_a_whole_result_is_the_same_after_the_ledger_wrote_it() -> None:
    given = result(json.dumps(WHOLE))
    assert from_json(json.loads(canonical(plain(to_json(given)))), NOW) == given


def test_as_of_is_not_judged_again_when_the_ledger_is_read() -> None:
    given = result(json.dumps(WHOLE))
    assert from_json(to_json(given), NOW - timedelta(days=900)) == given


# ---- the three forms


@pytest.mark.parametrize(
    "raw",
    [
        b"",  # not a byte
        b"\n \t\r\n",  # blank ones
        b"\xef\xbb\xbf",  # a byte order mark alone
    ],
)
def test_nothing_is_no_result(raw: bytes) -> None:
    assert read(raw) is None


@pytest.mark.parametrize(
    ("raw", "headline", "body"),
    [
        # a shell script's one line
        ("radar is here; no briefing yet\n", "radar is here; no briefing yet", None),
        # a Markdown heading loses its marks in the headline, not in the body
        ("# All fine\n\nNothing new.\n", "All fine", "# All fine\n\nNothing new."),
        # blank lines before the first that says something
        ("\n\n##\n## Two things\nb", "Two things", "##\n## Two things\nb"),
        # line ends of another system, and a byte order mark
        ("\ufeffone\r\ntwo\r\n", "one", "one\ntwo"),
        # a long first line is not cut
        ("x" * 3000, "x" * 3000, "x" * 3000),
        # control characters would reach a terminal by the headline
        ("\x1b[31mred\x1b[0m\tx", "[31mred [0m x", "\x1b[31mred\x1b[0m\tx"),
        # a rule of four dashes is no front matter
        ("----\nReport\n----\nfine", "----", "----\nReport\n----\nfine"),
    ],
)
def test_prose_is_the_body_and_its_first_line_the_headline(raw: str, headline: str, body: str | None) -> None:
    found = result(raw)
    assert (found.headline, found.body) == (headline, body or raw.strip())
    assert found.claims is None


@pytest.mark.parametrize(
    "raw",
    [
        '{"headline":"x","body":"y"}',  # as short as it goes
        '\n\n  {"headline": "x",\r\n "body": "y"}\r\n',  # blanks around, other line ends
        '\ufeff{"headline":"x","body":"y"}',  # a byte order mark before
        "---\nheadline: x\n---\ny\n",  # front matter
        "--- \r\nheadline: x\r\n---\t\r\ny\r\n",  # blanks behind the dashes, other line ends
        "---\nheadline: x\nbody: y\n---\n",  # the body as a key
        "\n---\nheadline: x\n---\n\n\ny",  # blank lines around
    ],
)
def test_json_and_front_matter_give_the_same(raw: str) -> None:
    assert to_json(result(raw)) == {"headline": "x", "body": "y"}


def test_the_headline_is_taken_from_the_body_if_there_is_none() -> None:
    assert result('{"body":"## Fine\\nand good"}').headline == "Fine"
    assert result("---\nclaims: []\n---\nFine.\n").headline == "Fine."


def test_front_matter_reads_the_example_of_the_contract() -> None:
    found = result(
        "---\n"
        "as_of: 2026-11-23T06:00:00-05:00          # when the data was true\n"
        "headline: 2 anomalies, Acme spend -38% and Volt cost per lead +61%\n"
        "claims: []\n"
        "scorecard: {anomalies_by_0930: 2}\n"
        "items:\n"
        '  - {about: "account:acme", kind: anomaly, because: two ad sets ended Friday,'
        " confidence: 0.9, with: {metric: spend, change: -38%}}\n"
        "---\n"
        "Acme's spend fell.\n"
    )
    assert found.claims == ()
    assert found.items[0].confidence == 0.9
    assert found.items[0].with_ == {"metric": "spend", "change": "-38%"}
    assert found.scorecard["anomalies_by_0930"].value == 2


# ---- what is folded


def test_subjects_are_folded_to_one_spelling() -> None:
    found = result(
        '{"messages":[{"to":"dirk","subject":"s","about":["account:Acme","account:ACME","a:b c"]}]}'
    )
    assert found.messages[0].about == ("account:acme", "a:b-c")


def test_null_is_a_key_that_was_left_out() -> None:
    nulls = dict.fromkeys(("type", "about", "answer_by", "reply_to", "with", "body"))
    message = {"to": "dirk", "subject": "s", **nulls}
    found = result(json.dumps({"headline": "x", "as_of": None, "items": None, "messages": [message]}))
    assert found == result('{"headline":"x","messages":[{"to":"dirk","subject":"s"}]}')


def test_a_metric_without_a_value_is_missing_and_not_zero() -> None:
    assert list(result('{"scorecard":{"a":null,"b":0}}').scorecard) == ["b"]


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ("2", "2"),
        ("-0.5", "-0.5"),
        ("1e2", "100"),  # JSON's other way to write a number
        ('"0.10"', "0.10"),  # text that is a number
        ('"31%"', "31"),  # percent points, as targets have them
        ('{"value": 3}', "3"),
    ],
)
def test_a_value_is_a_number(given: str, value: str) -> None:
    assert result(f'{{"scorecard":{{"m":{given}}}}}').scorecard["m"].value == Decimal(value)


@pytest.mark.parametrize(
    ("given", "after"),
    [
        ("4h", timedelta(hours=4)),
        ("30 days", timedelta(days=30)),
        ("2026-11-23T08:15:00-05:00", timedelta(hours=1)),
        ("2026-11-23 13:15:00.5Z", timedelta(hours=1, seconds=0.5)),
    ],
)
def test_a_deadline_is_a_time_or_a_span_from_now(given: str, after: timedelta) -> None:
    found = result(json.dumps({"messages": [{"to": "dirk", "subject": "s", "answer_by": given}]}))
    assert found.messages[0].answer_by == NOW + after


def test_a_span_is_as_long_over_a_change_of_clocks() -> None:
    night = datetime(2026, 11, 1, 0, 0, tzinfo=ZoneInfo("America/New_York"))
    raw = b'{"messages": [{"to": "dirk", "subject": "s", "answer_by": "4h"}]}'
    found = read_result(raw, now=night, read_front=read_plain)
    assert found is not None
    assert found.messages[0].answer_by == datetime(2026, 11, 1, 8, 0, tzinfo=UTC)


def test_a_clock_may_be_a_minute_ahead() -> None:
    assert result('{"as_of":"2026-11-23T07:16:00-05:00"}').as_of == NOW + timedelta(minutes=1)


def test_what_the_ledger_would_change_is_changed_at_once() -> None:
    found = result('{"actions":[{"kind":"k","with":{"b":1.0,"a":[9007199254740993,1e300,-0.0]}}]}')
    assert json.dumps(found.actions[0].with_) == '{"a": ["9007199254740993", "1e+300", 0], "b": 1}'


# ---- each refusal, as its author sees it


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        # --- keys
        ('{"headlin":"x"}', "headlin: no such key; did you mean headline?"),
        (
            '{"xyz":1}',
            "xyz: no such key; the keys are headline, as_of, items, claims, scorecard, messages, actions, keep, "
            "withdraw, escalate, cost, body",
        ),
        ('{"actions":[{"kind":"a","payload":{}}]}',
         "actions[0].payload: no such key; did you mean with?"),
        # what others call our keys
        ('{"summary":"x"}', "summary: no such key; did you mean headline?"),
        ('{"title":"x"}', "title: no such key; did you mean headline?"),
        ('{"metrics":{}}', "metrics: no such key; did you mean scorecard?"),
        ('{"content":"x"}', "content: no such key; did you mean body?"),
        ('{"actions":[{"type":"a"}]}',
         "actions[0].type: no such key; did you mean kind?; actions[0].kind: is missing"),
        ('{"actions":[{"kind":"a","args":{}}]}', "actions[0].args: no such key; did you mean with?"),
        ('{"messages":[{"to":"a","text":"x"}]}', "messages[0].text: no such key; did you mean body?"),
        ('{"actions":[{"kind":"a","colour":"red"}]}',
         "actions[0].colour: no such key; the keys are kind, about, with, because, confidence, lapses"),
        ('{"actions":[{"kind":"a","with_":{}}]}', "actions[0].with_: no such key; did you mean with?"),
        # a misspelling is told before what is missing by it
        ('{"scorecard":{"b":{"valu":1}}}',
         "scorecard.b.valu: no such key; did you mean value?; scorecard.b.value: is missing"),
        ('{"cost":{"dollars":1}}', "cost.dollars: no such key; the keys are usd, input_tokens, output_tokens, model"),
        # more than three mistakes are counted
        ('{"headlin":1,"bdy":1,"itms":1,"clams":1,"keeep":1}',
         "headlin: no such key; did you mean headline?; bdy: no such key; did you mean body?; "
         "itms: no such key; did you mean items?; and 2 more"),
        # --- what belongs to the runtime
        ('{"seat":"dash"}', "seat: belongs to the runtime; leave it out"),
        ('{"turn":"t-1"}', "turn: belongs to the runtime; leave it out"),
        ("---\nwritten: 2026-11-23T07:15:00-05:00\n---\n", "written: belongs to the runtime; leave it out"),
        ('{"good_until":null}', "good_until: belongs to the runtime; leave it out"),
        ('{"outside":"no"}', "outside: belongs to the runtime; leave it out"),
        ('{"claims_added":true}', "claims_added: belongs to the runtime; leave it out"),
        ('{"messages":[{"to":"dirk","subject":"s","from":"founder"}]}',
         "messages[0].from: belongs to the runtime; leave it out"),
        # --- kinds of value
        ('{"headline":["x"]}', "headline: must be text, not a list"),
        ('{"body":true}', "body: must be text, not `true`"),
        ('{"items":{}}', "items: must be a list, not a mapping"),
        ('{"items":["x"]}', "items[0]: must be a mapping, not 'x'"),
        ('{"claims":["account:acme"]}', "claims[0]: must be a mapping, not 'account:acme'"),
        ('{"escalate":{"because":"x"}}', "escalate: must be a list, not a mapping"),
        ('{"scorecard":[1]}', "scorecard: must be a mapping, not a list"),
        ('{"actions":[{"kind":"a","with":[1]}]}', "actions[0].with: must be a mapping, not a list"),
        ('{"escalate":[{"because":"x","options":"y"}]}', "escalate[0].options: must be a list, not 'y'"),
        # --- what must be there
        ('{"actions":[{"about":"account:acme"}]}', "actions[0].kind: is missing"),
        ('{"actions":[{"kind":" "}]}', "actions[0].kind: must not be empty"),
        ('{"claims":[{"because":"x"}]}', "claims[0].about: is missing"),
        ('{"escalate":[{}]}', "escalate[0].because: is missing"),
        ('{"messages":[{"subject":"x"}]}', "messages[0].to: is missing"),
        ('{"messages":[{"to":"dirk"}]}', "messages[0]: says nothing: give it a subject, a body or `with`"),
        ('{"claims":null}', "claims: is empty; `[]` gives all claims up, without the key they stand"),
        # --- names and subjects
        ('{"messages":[{"to":"../dirk","subject":"s"}]}',
         "messages[0].to: '../dirk' is not a seat id: a small letter, then up to 39 of a-z, 0-9 and '-'"),
        ('{"messages":[{"to":"dirk\\n","subject":"s"}]}',
         "messages[0].to: 'dirk\\n' is not a seat id: a small letter, then up to 39 of a-z, 0-9 and '-'"),
        ('{"actions":[{"kind":"a","about":"Acme"}]}',
         "actions[0].about: 'Acme' is not a subject: write kind:name, as in account:acme"),
        ('{"items":[{"about":["account:a","account:b"]}]}',
         "items[0].about: takes one subject; write one entry for each"),
        ('{"keep":["31"]}', "keep[0]: '31' is not an id like a-8810"),
        ('{"withdraw":["m-31"]}', "withdraw[0]: 'm-31' is not an id like a-8810"),
        ('{"messages":[{"to":"dirk","subject":"s","reply_to":"t-1"}]}',
         "messages[0].reply_to: 't-1' is not an id like m-8810"),
        ('{"messages":[{"to":"dirk","subject":"s","type":"inform"}]}',
         "messages[0].type: 'inform' is no type of message; did you mean INFORM?"),
        ('{"messages":[{"to":"dirk","subject":"s","type":"APPROVAL"}]}',
         "messages[0].type: 'APPROVAL' is no type of message; did you mean PROPOSAL?"),
        ('{"messages":[{"to":"dirk","subject":"s","type":"HELLO THERE"}]}',
         "messages[0].type: 'HELLO THERE' is no type of message; it is one of "
         "REQUEST, INFORM, PROPOSAL, RESPONSE, CHALLENGE, ESCALATION"),
        # --- times
        ('{"as_of":"2026-11-23T07:00:00"}',
         "as_of: '2026-11-23T07:00:00' has no offset; try 2026-11-23T07:00:00-05:00"),
        ('{"as_of":"2026-11-23"}', "as_of: '2026-11-23' has no offset; try 2026-11-23T00:00:00-05:00"),
        ('{"as_of":"yesterday"}', "as_of: 'yesterday' is not a time like 2026-11-23T07:15:00-05:00"),
        ('{"as_of":"2026-02-30T07:00:00Z"}',
         "as_of: '2026-02-30T07:00:00Z' is not a time: day is out of range for month"),
        ('{"as_of":"0001-01-01T00:00:00+10:00"}',
         "as_of: '0001-01-01T00:00:00+10:00' is not a time between the years 1970 and 9000"),
        ('{"as_of":1764000000}', "as_of: must be a time with an offset, as text, not the number 1764000000"),
        ('{"as_of":"2026-11-23T07:16:01-05:00"}',
         "as_of: 2026-11-23T07:16:01-05:00 is after now, 2026-11-23T07:15:00-05:00"),
        ('{"scorecard":{"m":{"value":1,"as_of":"2027-01-01T00:00:00Z"}}}',
         "scorecard.m.as_of: 2027-01-01T00:00:00+00:00 is after now, 2026-11-23T07:15:00-05:00"),
        ('{"claims":[{"about":"account:acme","until":"24h"}]}',
         "claims[0].until: '24h' is not a time like 2026-11-23T07:15:00-05:00"),
        ('{"messages":[{"to":"dirk","subject":"s","answer_by":"soon"}]}',
         "messages[0].answer_by: 'soon' is neither a time like 2026-11-23T07:15:00-05:00 nor a span like 4h"),
        ('{"messages":[{"to":"dirk","subject":"s","answer_by":"2025-11-24T07:15:00-05:00"}]}',
         "messages[0].answer_by: 2025-11-24T07:15:00-05:00 is already past; give a later time, or a span like 4h"),
        # --- numbers
        ('{"items":[{"confidence":1.01}]}', "items[0].confidence: 1.01 is not between 0 and 1"),
        ('{"items":[{"confidence":true}]}', "items[0].confidence: must be a number, not `true`"),
        ('{"items":[{"confidence":"high"}]}', "items[0].confidence: must be a number, not 'high'"),
        ('{"scorecard":{"m":"n/a"}}',
         "scorecard.m: 'n/a' is not a number; leave a metric out if its value is not known"),
        ('{"scorecard":{"m":1e15}}',
         "scorecard.m: 1e+15 has more than 15 digits"),
        ('{"cost":{"usd":-1}}', "cost.usd: -1 is less than 0"),
        ('{"cost":{"input_tokens":1.5}}', "cost.input_tokens: must be a whole number, not 1.5"),
        # --- strict JSON
        ('{"body":1,"body":2}', "the key 'body' stands twice in one object"),
        ('{"items":[{"with":{"a":1,"a":2}}]}', "the key 'a' stands twice in one object"),
        ('{"body":NaN}', "NaN is not a JSON number; leave out what is not known"),
        ('{"items":[{"confidence":-Infinity}]}', "-Infinity is not a JSON number; leave out what is not known"),
        ('{"items":[{"confidence":1e999}]}', "1e999 is too large a number; write it as text"),
        ('{"items":[{"with":{"n":18446744073709551616}}]}',
         "18446744073709551616 is a whole number over 64 bit; write it as text"),
        ('{"body":"\\ud83d"}', "half a character, U+D83D, is not text"),
        ('{"body":"x"} trailing', "line 1: there is more after the end of the JSON; give one object alone"),
        ('{"body":"x"}\n{"body":"y"}', "line 2: there is more after the end of the JSON; give one object alone"),
        ('{"body":"x"', "not JSON at line 1, column 12: Expecting ',' delimiter"),
        ('{"body":\n "x\ny"}', "not JSON at line 2, column 4: Invalid control character at"),
        ("{'headline': 'a Python dict'}",
         "not JSON at line 1, column 2: Expecting property name enclosed in double quotes"),
        ('{"with":' * 200 + "1" + "}" * 200, "nested deeper than 64 levels"),
        ('{"a":' * 100_000, "nested deeper than 64 levels"),
        ('{"headline": "h", "body": [%s0]}' % ("0," * 200_000), "over 200,000 values"),
        # --- front matter
        ("---\nheadline: x\n\nText without an end.\n",
         "the front matter is not closed: a line `---` must end it"),
        ("---\n- a\n- b\n---\n", "front matter: keys are wanted, as in `headline: ...`, not a list"),
        ("---\njust words\n---\n", "front matter: keys are wanted, as in `headline: ...`, not 'just words'"),
        ("---\nbody: x\n---\ny\n", "body: stands in the front matter and below it; keep one of them"),
        ("---\nheadline: a\nheadline: b\n---\n", "front matter: line 3: the key 'headline' stands twice"),
        ("\n\n---\nheadline: a\nheadline: b\n---\n", "front matter: line 5: the key 'headline' stands twice"),
        # --- bytes
        (b"fine \xff", "not UTF-8 text: byte 0xff at offset 5"),
        (b"{" + b"x" * 4 * 1024 * 1024, "a result takes 4 MB and this has 4,194,305 bytes"),
        ("x" * (1024 * 1024 + 1), "prose takes 1 MB, and this has 1,048,577 characters; give JSON for more"),
        (json.dumps({"items": [{}] * 10_001}), "items: 10,001 entries; a result takes 10,000 of each"),
        (json.dumps({"body": "x" * (1024 * 1024 + 1)}),
         "body: items, claims, scorecard and body have 1,048,588 bytes; a state takes 1 MB"),
        (json.dumps({"messages": [{"to": "dirk", "body": "é" * 131_073}]}),
         "messages[0]: has 262,146 bytes in body and with; a message takes 256 KB"),
    ],
)  # fmt: skip
def test_a_result_is_refused_by_the_name_of_the_key(raw: str | bytes, says: str) -> None:
    assert why(raw) == says


def test_a_misspelled_key_carries_what_would_be_taken() -> None:
    with pytest.raises(Unreadable) as caught:
        read('{"actions":[{"knd":"a"}]}')
    assert caught.value.suggestions == ("kind",)


def test_bytes_that_are_not_text_are_named_by_their_offset() -> None:
    with pytest.raises(Unreadable) as caught:
        read(b'{"body":"\xc3\x28"}')
    assert (caught.value.start, caught.value.end) == (9, 10)


@pytest.mark.parametrize(
    ("levels", "taken"),
    [
        (64, True),
        (65, False),
    ],
)
def test_the_bound_of_nesting_counts_the_result_itself(levels: int, taken: bool) -> None:
    inner = '{"a":' * (levels - 3) + "1" + "}" * (levels - 3)
    raw = f'{{"actions":[{{"kind":"k","with":{inner}}}]}}'
    if taken:
        assert result(raw).actions
    else:
        assert why(raw) == "nested deeper than 64 levels"


def test_a_body_of_one_line_may_be_as_large_as_a_state() -> None:
    assert result(json.dumps({"body": "x" * (1024 * 1024 - 100)})).headline


def test_messages_may_be_as_large_as_a_message() -> None:
    assert result(json.dumps({"messages": [{"to": "dirk", "body": "x" * 262_144}] * 3})).messages


# ---- emitted while the turn ran


def emitted(*lines: str) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def test_what_was_emitted_stands_at_the_end_of_the_lists() -> None:
    raw = emitted(
        '{"emit":"message","to":"dirk","subject":"s"}',
        '{"emit":"claim","about":"account:volt"}',
        '{"emit":"action","kind":"note.append"}',
        "",
        '{"emit":"metric","metric":"m","value":2,"evidence":"calls"}',
        '{"emit":"escalate","because":"nobody knows"}',
        '{"emit":"checkpoint","data":{"step":3}}',
        '{"emit":"checkpoint","data":[4]}',
    )
    found = read_emitted(raw, now=NOW)
    both = with_emitted(result(json.dumps(WHOLE)), found)
    assert both is not None
    assert [m.subject for m in both.messages] == ["Acme", "s"]
    assert [c.about for c in both.claims or ()] == ["account:acme", "account:volt"]
    assert [a.kind for a in both.actions] == ["crm.write", "note.append"]
    assert [e.because for e in both.escalate] == ["nobody knows", "nobody knows"]
    assert both.scorecard["m"].evidence == "calls"
    assert not both.claims_added
    assert last_checkpoint(found) == [4]


def test_a_claim_emitted_without_a_list_of_claims_gives_no_other_up() -> None:
    both = with_emitted(result("Fine."), read_emitted(emit_line("claim", {"about": "a:b"}), now=NOW))
    assert both is not None
    assert both.claims == (ClaimGiven(about="a:b"),)
    assert both.claims_added
    assert from_json(to_json(both), NOW) == both


def test_nothing_printed_and_nothing_emitted_is_no_result() -> None:
    assert with_emitted(None, []) is None
    assert with_emitted(None, read_emitted(emit_line("checkpoint", {"data": 1}), now=NOW)) is None


def test_what_was_emitted_counts_without_a_word_on_stdout() -> None:
    both = with_emitted(None, read_emitted(emit_line("action", {"kind": "note.append"}), now=NOW))
    assert both is not None
    assert to_json(both) == {"actions": [{"kind": "note.append"}]}


def test_a_deadline_may_have_passed_since_it_was_emitted() -> None:
    # The lines are read when the turn ends, which may be long after one of them was written.
    line = emit_line("message", {"to": "dirk", "subject": "s", "answer_by": "2026-11-23T07:14:00-05:00"})
    assert [kind for kind, _ in read_emitted(line, now=NOW)] == ["message"]


def test_no_checkpoint_is_none() -> None:
    assert last_checkpoint([]) is None


@pytest.mark.parametrize(
    "torn",
    [
        b'{"emit":"claim","about":"acc',  # cut off within a text
        b'{"emit":"claim","about":"\xc3',  # cut off within a character
        b"{",
        b" ",
    ],
)
def test_a_torn_last_line_is_ignored(torn: bytes) -> None:
    raw = emit_line("action", {"kind": "a"}) + torn
    assert [kind for kind, _ in read_emitted(raw, now=NOW)] == ["action"]


def test_a_whole_last_line_counts_without_its_newline() -> None:
    raw = emit_line("action", {"kind": "a"}).rstrip(b"\n")
    assert [kind for kind, _ in read_emitted(raw, now=NOW)] == ["action"]


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        # the same bytes as a torn line, but finished by a newline
        (b'{"emit":"claim","about":"acc\n', "line 1: not JSON at line 1, column 25: Unterminated string starting at"),
        (emitted('{"emit":"checkpoint"}', '{"emit":"mesage","to":"dirk"}'),
         "line 2: emit: 'mesage' is none of message, claim, action, metric, escalate, checkpoint"),
        (emitted('{"to":"dirk"}'),
         "line 1: emit: nothing is none of message, claim, action, metric, escalate, checkpoint"),
        (emitted('{"emit":"message","subject":"s"}'), "line 1: to: is missing"),
        (emitted('{"emit":"metric","value":2}'), "line 1: metric: is missing"),
        (emitted('{"emit":"metric","metric":"m","value":"n/a"}'),
         "line 1: value: 'n/a' is not a number; leave a metric out if its value is not known"),
        (emitted('{"emit":"action","kind":"k","seat":"dash"}'),
         "line 1: seat: no such key; the keys are kind, about, with, because, confidence, lapses"),
        # whole JSON behind the last newline is not torn, so its mistake counts
        (b'{"emit":"claim"}', "line 1: about: is missing"),
        (emitted(*["{}"] * 10_000), "line 10001: a turn emits at most 10,000 lines"),
        (emitted("[1]"), "line 1: a JSON object is wanted, not a list"),
    ],
)  # fmt: skip
def test_a_bad_line_is_named(raw: bytes, says: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read_emitted(raw, now=NOW)
    assert str(caught.value) == says


# ---- the same result twice


@pytest.mark.parametrize(
    ("key", "value", "same"),
    [
        ("as_of", "2026-11-23T06:30:00-05:00", True),  # a newer look at the same: confirms
        ("cost", {"usd": 9}, True),
        ("headline", "3 anomalies", False),
        ("body", "More.", False),
        ("claims", [], False),
        ("keep", [], False),
        ("scorecard", {"anomalies_by_0930": 3}, False),
        ("actions", [], False),
    ],
)
def test_a_fingerprint_is_that_of_what_a_result_says(key: str, value: object, same: bool) -> None:
    before, after = result(json.dumps(WHOLE)), result(json.dumps({**WHOLE, key: value}))
    assert (fingerprint(before) == fingerprint(after)) is same


def test_no_claims_is_not_the_same_as_an_empty_list_of_them() -> None:
    assert fingerprint(result('{"headline":"x"}')) != fingerprint(result('{"headline":"x","claims":[]}'))


def test_a_fingerprint_does_not_change_with_the_order_of_keys_or_a_deadline_counted_from_now() -> None:
    raw = b'{"messages":[{"to":"dirk","subject":"s","answer_by":"4h"}],"headline":"x"}'
    other = b'{"headline":"x","messages":[{"subject":"s","answer_by":"4h","to":"dirk"}]}'
    first = read_result(raw, now=NOW, read_front=read_plain)
    second = read_result(other, now=NOW + timedelta(hours=2), read_front=read_plain)
    assert first and second
    assert fingerprint(first) == fingerprint(second)


def test_a_fingerprint_never_changes_between_versions_of_fleet() -> None:
    # It stands in the ledger: another value would make every seat's next turn a new one.
    said = fingerprint(result(json.dumps(WHOLE)))
    assert said == "42a17bb07f2636b3b4f6daae51d0a7c2b11dd2a1e87c41454df0742427efafec"


# ---- prose that holds a result, or does not

FENCED = """\
Sure! I looked at the numbers. Here is my result:

```json
{"headline": "2 anomalies", "body": "Acme is down."}
```

Let me know if you need anything else."""


@pytest.mark.parametrize(
    ("raw", "keys"),
    [
        # chatter around a block of JSON
        (FENCED, {"headline": "2 anomalies", "body": "Acme is down."}),
        # the same without a fence
        ('Here you go: {"headline":"x"} Bye.', {"headline": "x"}),
        # a block without a language, a fence of tildes, an indented one, one that nobody closed
        ('Result:\n```\n{"headline":"x"}\n```', {"headline": "x"}),
        ('Result:\n~~~json\n{"headline":"x"}\n~~~', {"headline": "x"}),
        ('1. Result:\n   ```json\n   {\n     "headline": "x"\n   }\n   ```', {"headline": "x"}),
        ('Result:\n```json\n{"headline":"x"}', {"headline": "x"}),
        # YAML in a block, also indented
        ("Done.\n```yaml\nheadline: x\nactions:\n  - kind: note.append\n```",
         {"headline": "x", "actions": [{"kind": "note.append"}]}),
        ("Done.\n```yml\nkeep: [a-31]\n```", {"keep": ["a-31"]}),
        ("- Done.\n  ```\n  headline: x\n  body: |\n    y\n  ```", {"headline": "x", "body": "y"}),
        # the YAML holds messages, whose own bodies are no second result
        ('Done.\n```yaml\nmessages: [{"to": "dirk", "body": "hi"}]\n```',
         {"messages": [{"to": "dirk", "type": "INFORM", "body": "hi"}]}),
        # the whole front matter form, wrapped
        ("Here:\n```markdown\n---\nheadline: x\n---\nThe body.\n```\n", {"headline": "x", "body": "The body."}),
        ("Here:\n````md\n---\nheadline: x\n---\n```\ncode\n```\n````\n",
         {"headline": "x", "body": "```\ncode\n```"}),
        # a document mark in front of YAML
        ("Here:\n```yaml\n---\nheadline: x\n```\n", {"headline": "x"}),
        # a list with one result in it
        ('[{"headline":"x"}]', {"headline": "x"}),
        # other objects beside it are no results
        ('I called get {"limit": 5} and got {"ok": true}.\n{"headline":"x"}', {"headline": "x"}),
        # code beside it is no result
        ("I ran:\n```python\nd = {'items': rows}\n```\nso\n```json\n{\"headline\":\"x\"}\n```", {"headline": "x"}),
        # a key written with escapes is the same key
        ('Fine. {"\\u0068eadline":"x"}', {"headline": "x"}),
        # an empty list alone is a result
        ('I give all up: {"claims": []}', {"claims": []}),
    ],
)  # fmt: skip
def test_one_result_inside_of_chatter_is_read_as_the_result(raw: str, keys: dict[str, object]) -> None:
    assert to_json(result(raw)) == {**({"headline": keys["body"]} if "body" in keys else {}), **keys}


LIKE = "this looks like a result and cannot be read as one"
GIVE = "give one JSON object alone, or front matter from the first line on"
BROKEN = f"{LIKE}: its JSON is broken or cut off; {GIVE}"


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        # two drafts of it
        (f"{FENCED}\n\nOr shorter:\n```json\n{{\"headline\":\"2\"}}\n```",
         "2 results in one answer (lines 4, 11); give one alone"),
        ('First {"headline":"a"}, then {"headline":"b"}.', "2 results in one answer (lines 1, 1); give one alone"),
        ('```yaml\nheadline: a\n```\n{"headline":"a"}', "2 results in one answer (lines 1, 4); give one alone"),
        # JSON that was cut off, in a block and without
        ('Here:\n```json\n{"headline": "x", "items": [', f"line 3: {BROKEN}"),
        ('Here: {"headline": "x", "body": "abc', f"line 1: {BROKEN}"),
        # JSON with its beginning lost
        ('ine": "x",\n  "actions": [],\n  "body": "y"}', f"line 2: {BROKEN}"),
        # JSON as people write it: comments, a comma too many, dots, single quotes, curly quotes, no quotes
        ('Here:\n{"headline": "x", // short\n "body": "y"}', f"line 2: {BROKEN}"),
        ('Here:\n```json\n{"headline": "x",}\n```', f"line 3: {BROKEN}"),
        ('Here:\n```json\n{"actions": [...], "body": "y"}\n```', f"line 3: {BROKEN}"),
        ("The result is {'headline': 'x', 'actions': []}.", f"line 1: {BROKEN}"),
        ("Here: {“headline”: “x”}", f"line 1: {BROKEN}"),
        ("Here: { headline: 'x' }", f"line 1: {BROKEN}"),
        # a result inside of what another program wraps it in
        ('Answer: {"type":"result","result":{"headline":"x"}}',
         f"line 1: {LIKE}: it stands inside of another object; {GIVE}"),
        # an object quoted line by line
        ('> {\n>   "headline": "x"\n> }', f"line 2: {BROKEN}"),
        # one good and one broken
        ('{"a": 1}\n'.replace("{", "x {") + 'x {"headline":"x"}\nx {"headline":"y"', f"line 3: {BROKEN}"),
        # front matter after a greeting, closed and not
        ("Here is my result:\n\n---\nheadline: x\n---\nThe body.",
         f"line 3: {LIKE}: front matter must be the very beginning; {GIVE}"),
        ("Sure.\n---\nactions:\n  - kind: mail.send\n",
         f"line 2: {LIKE}: front matter must be the very beginning; {GIVE}"),
        # YAML without anything around it
        ("headline: x\nitems:\n  - kind: y\n", f"line 1: {LIKE}: keys must stand between two lines `---`; {GIVE}"),
        ("Here it is.\n\nheadline: x\nbody: y\n",
         f"line 3: {LIKE}: keys must stand between two lines `---`; {GIVE}"),
        ("actions:\n- kind: mail.send\n", f"line 1: {LIKE}: keys must stand between two lines `---`; {GIVE}"),
        # YAML in a block that was cut off, or a level too deep
        ("Here:\n```yaml\nheadline: x\nactions:\n", f"line 2: {LIKE}: its block is not closed; {GIVE}"),
        ("Here:\n```yaml\nresult:\n  headline: x\n```", f"line 4: {LIKE}: its keys stand too deep; {GIVE}"),
        # a result as a sample of code: nobody can tell whether it is meant
        ('I wrote:\n```python\nprint(json.dumps({"actions": []}))\n```',
         f"line 3: {LIKE}: it stands in a block of python; {GIVE}"),
        # read as the result, and wrong as a result: the place and the key are named
        ('Fine.\n```json\n{"headline":"x","total":3}\n```',
         "total: no such key; the keys are headline, as_of, items, claims, scorecard, messages, actions, keep, "
         "withdraw, escalate, cost, body"),
        ('Fine. {"headline":"x","headline":"y"}',
         "the result that begins in line 1: the key 'headline' stands twice in one object"),
        ('Fine.\n{"body":"x\ny"}',
         "the result that begins in line 2: not JSON at line 2, column 11: Invalid control character at"),
        ("Fine.\n```yaml\nheadline: a: b\n```",
         "the result that begins in line 2: front matter: line 3: a second ': ' in one value"),
        # deep, and made to be slow
        ("body " + '{"a":' * 5000, "nested deeper than 64 levels"),
        ("body " + ('{"a":[1,' * 300 + "}") * 60,
         "too many objects to tell whether there is a result among them"),
    ],
)  # fmt: skip
def test_what_looks_like_a_result_is_never_published_as_prose(raw: str, says: str) -> None:
    assert why(raw) == says


@pytest.mark.parametrize(
    "raw",
    [
        # a briefing
        "# Briefing\n\nAcme is **down** 38%.\n\n- Actions: call them\n- Items: 3\n\n---\n\nMore tomorrow.",
        # tables, rules, and the words themselves
        "| metric | value |\n|---|---|\n| cost | 3 |\n\nThe headline is good; the claims are two.",
        # code of other languages, with braces and with keys of its own
        "Ran:\n```python\nd = {'items': rows, 'body': x}\n```\nfine",
        "```js\nfetch(url, {method: 'POST', body: JSON.stringify(x)})\n```",
        '```js\nconst r = {"items": rows, total}\n```',
        "```sh\ncurl -d @x | jq '.items[] | {body}'\n```",
        "```css\nbody { color: red }\n```",
        # an untagged block of code, with a result key indented in it
        "```\nfetch(url, {\n  method: 'POST',\n  body: x\n})\n```",
        # JSON and YAML samples with other keys
        '```json\n{"id": 7, "total": {"usd": 3}}\n```',
        "```yaml\npermissions:\n  actions: read\n  contents: write\n```",
        '[{"id": 1}, {"id": 2}]',
        '"done"',
        # broken JSON with other keys
        '```json\n{"id": 7, "rows": [...]}\n```',
        # braces in text, emoticons, templates, formulas
        "Use {} or {name} for the name; the body: see below.",
        "Sad :{ but fine. The cost: 3 dollars.",
        "Hello {{ client }}, your items: {{ items }}.",
        "Let S = {x : x > 0}; then f(S) = {1, 2}.",
        # labels at the beginning of a line
        "Summary\nitems: 12 new\ncost: 4 dollars\n",
        "messages: 3 unread",
        "actions: none today",
        "Cost: $40\nActions: none\nBody: fine",
        # one such label deep in a text
        "Fine.\n\nheadline: the Post has us on page one",
        # quotes and a colon, without any brace
        'He said "actions": they speak louder.',
        # a rule, then a label of plain words
        "Good morning.\n\n---\n\ncost: up 3% on last week",
        # a diff, a path, a URL with a query
        "--- a/items.py\n+++ b/items.py\n@@ -1 +1 @@\n-cost = 1",
        "See https://example.com/?q={body} and C:\\users\\keep.",
        # ordinary escapes
        "The regex \\u00e9 {2} matches.",
        # fences that nobody closed, and inline code
        "Try `fleet emit claim` or:\n```\nfleet status",
        # a log of key=value and a stack trace
        "items=3 cost=4\nTraceback (most recent call last):\n  File 'x'\nKeyError: 'headline'",
        # another language altogether
        "Die Kosten: 3 €. {Anmerkung: body}",
    ],
)
def test_ordinary_text_is_prose(raw: str) -> None:
    found = result(raw)
    assert to_json(found) == {"headline": found.headline, "body": raw.strip("\n")}
