"""Redact: values of secrets are found in whatever form a holder prints them, and nothing else is."""

from __future__ import annotations

import json
import random
import sys
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from types import FrameType
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.core.needle import Blocks, Needle, finds
from fleet.core.pieces import literals
from fleet.core.redact import HELD_BACK, MARK, Redactor

KEY = "sk-test_4eC39HqLyj/Darjt+T1zdp7dc"
FOUND = "[secret KEY]"


def each(form: str, between: str = "") -> str:
    return between.join(form % byte for byte in KEY.encode())


def some(form: str, letters: Callable[[str], bool] = str.islower) -> str:
    return "".join(form % ord(letter) if letters(letter) else letter for letter in KEY)


FORMS: dict[str, str] = {
    "as it is": KEY,
    "in capitals": KEY.upper(),
    "backwards": KEY[::-1],
    "hex": KEY.encode().hex(),
    "hex in capitals": KEY.encode().hex().upper(),
    "hex with colons": KEY.encode().hex(":"),
    "with \\x before each": each("\\x%02x"),
    "0x by 0x, as an array of bytes": each("0x%02x", ", "),
    "0x by 0x in capitals, in lines": each("0X%02X", ",\n  "),
    "0x by 0x, its first half": each("0x%02x", ",")[:84],
    "every letter as percent": each("%%%02X"),
    "as a query would have it": quote_plus(KEY),
    "as a path would have it": quote(KEY),
    "JSON escapes": each("\\u%04x"),
    "JSON in JSON": json.dumps(json.dumps(each("\\u%04x"))),
    "HTML": each("&#%d;"),
    "HTML in hex": each("&#x%x;"),
    "octal": each("\\%03o"),
    "JSON escapes of some letters": some("\\u%04x"),
    "JSON escapes of all but the digits that are hex": some(
        "\\u%04X", lambda letter: letter not in "0123456789"
    ),
    "escapes in braces": some("\\u{%x}") + some("\\x{%02X}"),
    "escapes of eight digits": some("\\U%08x"),
    "octal of some letters": some("\\%03o", str.isupper),
    "octal as printf reads it": each("\\0%03o"),
    "octal of the digits, with no more digits than it takes": some("\\%o", str.isdigit),
    "HTML with a large X": some("&#X%X;", str.isupper),
    "HTML with zeros before": each("&#%08d;"),
    "HTML in hex with zeros before": some("&#x%010x;"),
    "HTML in HTML": each("&amp;#%d;"),
    "with blanks that are escaped": r"\f".join(KEY),
    "a list of numbers": each("%d", ", "),
    "a list of numbers of three digits": each("%03d", " "),
    "one letter a line": "\n".join(KEY),
    "with blanks and stars": " * ".join(KEY),
    "over far lines": f"{KEY[:9]}\n{'-' * 300}\n{KEY[9:]}",
    "without its end": KEY[:24],
    "without its beginning": KEY[10:],
    "in UTF-16": KEY.encode("utf-16-le").decode(),
    "with letters that have no width": "\u200b".join(KEY),
    **{
        f"{name} behind {ahead} letters": encode(b"x" * ahead + KEY.encode() + b"y" * (ahead % 2)).decode()
        for name, encode in {"base64": b64encode, "base64 for URLs": urlsafe_b64encode}.items()
        for ahead in range(4)
    },
    "base64 without its end": b64encode(KEY.encode()).decode().rstrip("=")[:-3],
    "base64 in lines": "\n".join(b64encode(KEY.encode()).decode()[at : at + 8] for at in range(0, 44, 8)),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_a_value_is_found_in_each_of_these_forms(form: str) -> None:
    told = Redactor([("KEY", KEY)]).text(f"the token is: {form} (do not tell)")
    assert FOUND in told
    left = MARK.sub("", told).removeprefix("the token is: ").removesuffix(" (do not tell)")
    assert len("".join(c for c in left if c.isalnum())) <= 6


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_a_stream_that_comes_letter_by_letter_hides_it_too(form: str) -> None:
    stream = Redactor([("KEY", KEY)]).stream()
    raw = f"before: {form}; after: all of it is said\n".encode()
    told = b"".join(stream.feed(bytes([byte])) for byte in raw) + stream.end()
    assert told.startswith(b"befor")
    assert told.endswith(b"all of it is said\n")
    assert FOUND.encode() in told
    assert Redactor([("KEY", KEY)]).names(told) == ()


def test_only_what_may_begin_a_secret_waits() -> None:
    stream = Redactor([("KEY", KEY)]).stream()
    first = stream.feed(b"fetched twelve rows\n")
    assert first.startswith(b"fetched twelve ")
    second = stream.feed(b"sk-te")
    assert b"sk" not in second
    assert (first + second + stream.feed(b"n rows\n") + stream.end()) == b"fetched twelve rows\nsk-ten rows\n"


def test_a_stream_holds_no_more_than_its_bound() -> None:
    stream = Redactor([("KEY", KEY)]).stream()
    stream.feed(b"sk-test")
    assert len(stream.feed(b" " * (HELD_BACK + 10))) >= 10


@pytest.mark.parametrize(
    "value",
    [
        {"because": KEY[:12], "body": KEY[12:]},
        {"items": [{"about": f"account:a{at}", "because": letter} for at, letter in enumerate(KEY)]},
        [KEY[:8], KEY[8:16], KEY[16:]],
        {"with": {KEY: 1}},
        {"with": {KEY[:14]: KEY[14:]}},
        {"a": f"first half {KEY[:17]}", "b": 7, "c": f"second half {KEY[17:]}"},
    ],
)
def test_a_value_that_is_spread_over_the_fields_of_one_result_is_found(value: object) -> None:
    redactor = Redactor([("KEY", KEY)])
    told = redactor.json(value)
    assert FOUND in json.dumps(told)
    assert redactor.names(json.dumps(told).encode()) == ()
    flat = MARK.sub("", json.dumps(told))
    assert not [KEY[at : at + 7] for at in range(len(KEY) - 6) if KEY[at : at + 7] in flat]


PARTS = [KEY[at : at + 4] for at in range(0, len(KEY), 4)]


@pytest.mark.parametrize(
    "raw",
    [
        "".join(json.dumps({"kind": "note", "because": part, "n": 7}) + "\n" for part in PARTS),
        "".join(f'{{"because": "{part}", "kind": "x", "because": ""}}\n' for part in PARTS),
        json.dumps([{"kind": "note", "because": part} for part in PARTS], indent=2),
        json.dumps({"kind": "note", "because": PARTS}),
        "\n".join(
            f'INFO at 08:0{at} {{"about": "a\\"b", "because": "{part}"}}' for at, part in enumerate(PARTS)
        ),
        json.dumps({"a1": PARTS[:3], "b1": PARTS[3:6], "c1": PARTS[6:]}),
    ],
    ids=["lines", "a key twice", "a file", "a list", "in a log", "over keys"],
)
def test_a_value_in_pieces_over_lines_of_json_is_found(raw: str) -> None:
    redactor = Redactor([("KEY", KEY)])
    told = redactor.jsonl(raw.encode()).decode()
    assert told.count(FOUND) >= 3
    assert not [part for part in PARTS[:8] if part in told]
    assert told.count("\n") == raw.count("\n")
    for old, new in zip(raw.splitlines(), told.splitlines(), strict=True):
        if old.startswith('{"'):
            assert json.loads(new).keys() == json.loads(old).keys()


def test_lines_of_json_without_a_value_stay_and_a_plain_one_is_found_between_them() -> None:
    redactor = Redactor([("KEY", KEY), ("PIN", "471122069913")])
    raw = b'{"a": [1, 2.5, true], "b": "\\u00e9 \\"x"}\n{broken "\xff\n"\\\n\n{"n":4}'
    assert redactor.jsonl(raw) == raw
    assert redactor.jsonl(raw + KEY.encode() + raw) == raw + FOUND.encode() + raw
    assert json.loads(redactor.jsonl(b'{"n": 471122069913}')) == {"n": "[secret PIN]"}
    assert Redactor([]).jsonl(raw) is raw


def test_no_part_of_a_text_is_read_twice_for_strings_of_json() -> None:
    for raw in (rb'"' + rb"\"" * 50, b'"a' + b"b" * 50, b'"' + rb"\\" * 50):
        assert literals(raw) == ([""], [(1, len(raw))])


def test_a_number_is_found_too_and_what_is_none_stays_a_number() -> None:
    redactor = Redactor([("PIN", "471122069913")])
    assert redactor.json({"n": 471122069913, "m": 4711, "b": True}) == {
        "n": "[secret PIN]",
        "m": 4711,
        "b": True,
    }


def test_keys_that_are_to_be_left_are_left() -> None:
    told = Redactor([("KEY", KEY)]).json({"texts": {"fleet.yaml": KEY}, "why": KEY}, leave=("texts",))
    assert told == {"why": FOUND, "texts": {"fleet.yaml": KEY}}


@pytest.mark.parametrize("value", ["s3cret", "ab-cd-12", "pässwörd", "swordfish", "!?!?!?!?"])
def test_a_weak_value_is_found_as_it_is_and_only_so(value: str) -> None:
    redactor = Redactor([("KEY", value)])
    assert redactor.text(f"it is {value}.") == f"it is {FOUND}."
    assert redactor.text("a b c d, 12 3 cret, sword and fish") == "a b c d, 12 3 cret, sword and fish"
    assert redactor.text(f"it is {value.encode().hex()}") == f"it is {FOUND}"


BRIEF: list[tuple[str, str]] = [
    ("hunter!two", "https://u:hunter%21two@h/"),
    ("hunter!two", "HUNTER!TWO"),
    ("hunter!two", "owt!retnuh"),
    ("hunter!two", "".join(f"\\u{ord(letter):04x}" for letter in "hunter!two")),
    ("hunter!two", "hunt\\u0065r!two"),
    ("hunter!two", "hunter&#33;two"),
    ("hunter two", "pass=hunter+two&x=1"),
    ("p@ss/w1", "p%40ss%2Fw1"),
    ("p@ss/w1", "P@SS/W1"),
    ("p@ss/w1", '"p@ss\\/w1"'),
    ('pa"ss\\w1', json.dumps('pa"ss\\w1')),
    ('pa"ss\\w1', json.dumps(json.dumps('pa"ss\\w1'))),
    ("Tr0ub4&3", "Tr0ub4&amp;3"),
    ("a<b>'1", "a&lt;b&gt;&#x27;1"),
    ("~~~ab1", urlsafe_b64encode(b"~~~ab1").decode()),
    ("~~~ab1", quote(b64encode(b"~~~ab1"))),
    ("~?~?~?", urlsafe_b64encode(b"x~?~?~?").decode()),
    ("!?!?!?!?", quote("!?!?!?!?")),
]


@pytest.mark.parametrize(("value", "form"), BRIEF)
def test_a_short_value_is_found_in_any_case_backwards_and_encoded(value: str, form: str) -> None:
    redactor = Redactor([("KEY", value)])
    assert FOUND in redactor.text(f"it is {form} (do not tell)")
    assert redactor.text(f"it is {form} (do not tell)").endswith(" (do not tell)")


@pytest.mark.parametrize(("value", "form"), BRIEF)
def test_a_stream_hides_a_short_value_too(value: str, form: str) -> None:
    redactor = Redactor([("KEY", value)])
    for size in (1, 2, 3, 5, 7):
        stream, raw = redactor.stream(), f"it is {form} (do not tell)".encode()
        told = b"".join(stream.feed(raw[at : at + size]) for at in range(0, len(raw), size)) + stream.end()
        assert FOUND.encode() in told
        assert told.endswith(b" (do not tell)")


@pytest.mark.parametrize(
    "text",
    [
        "the hunter of two",
        "hunter, two",
        "hunter%20two\\n",
        "hunter!\\ntwo",
        "P. ss: w1 &amp; p-ss-w1\\n",
        r"C:\new\hunter\two",
        "&amp;#hunter;two &lt;hunter&gt; two",
        "FN5YWIX fn5ywix 0900 113",
    ],
)
def test_text_that_has_only_the_letters_of_a_short_value_stays(text: str) -> None:
    redactor = Redactor([("A", "hunter!two"), ("B", "p@ss/w1"), ("C", "~~~ab1"), ("D", 'pa"ss\\w1')])
    assert redactor.text(text) == text


def test_a_key_of_many_lines_is_found_line_by_line_and_its_header_is_not_a_secret() -> None:
    lines = [b64encode(random.Random(at).randbytes(48)).decode() for at in range(3)]
    pem = "\n".join(["-----BEGIN RSA PRIVATE KEY-----", *lines, "-----END RSA PRIVATE KEY-----"])
    redactor = Redactor([("KEY", pem)])
    assert redactor.text(f"x {lines[1]} y") == f"x {FOUND} y"
    assert redactor.text("-----BEGIN RSA PRIVATE KEY-----") == "-----BEGIN RSA PRIVATE KEY-----"
    assert redactor.text(pem).count(FOUND) == 1


def test_two_values_are_told_apart_and_punctuation_around_one_is_its_own() -> None:
    redactor = Redactor([("ONE", "((first-secret-1234))"), ("TWO", "other_secret_5678!")])
    told = redactor.text("((first-secret-1234)), other_secret_5678!, others")
    assert told == "[secret ONE], [secret TWO], others"


def test_without_secrets_everything_is_the_very_same() -> None:
    redactor, text, value = Redactor([]), "anything", {"a": [1]}
    assert not redactor
    assert redactor.text(text) is text
    assert redactor.json(value) is value
    assert redactor.stream().feed(b"x") == b"x"


def test_what_was_hidden_once_is_not_hidden_again() -> None:
    redactor = Redactor([("KEY", KEY)])
    told = redactor.text(f"a {KEY} b")
    assert redactor.text(told) == told


tokens = st.text(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_+/.", min_size=16, max_size=64
).filter(lambda text: len({c for c in text if c.isalnum()}) > 7)


@given(tokens, st.text(max_size=40), st.text(max_size=40), st.lists(st.integers(0, 200), max_size=6))
def test_no_cut_of_a_stream_lets_a_value_through(
    value: str, before: str, after: str, cuts: list[int]
) -> None:
    redactor = Redactor([("KEY", value)])
    raw = f"{before} {value} {after}".encode()
    stream, out, at = redactor.stream(), b"", 0
    for cut in sorted(cuts):
        out += stream.feed(raw[at:cut]) if cut > at else b""
        at = max(at, min(cut, len(raw)))
    out += stream.feed(raw[at:]) + stream.end()
    assert value.encode() not in out
    assert FOUND.encode() in out


@given(
    tokens,
    st.sampled_from(
        [str.upper, str.lower, lambda t: t[::-1], lambda t: " ".join(t), lambda t: t.encode().hex()]
    ),
)
def test_any_value_is_found_in_any_form(value: str, form: Callable[[str], str]) -> None:
    assert FOUND in Redactor([("KEY", value)]).text(f"x {form(value)} y")


@given(st.binary(max_size=400))
def test_bytes_of_any_kind_are_given_back_as_they_came_where_nothing_is_found(raw: bytes) -> None:
    redactor = Redactor([("KEY", KEY), ("OTHER", "p-2206-1199")])
    assert redactor.hide(raw) == raw
    stream = redactor.stream()
    assert stream.feed(raw) + stream.end() == raw


NEAR = "!.zz9zz."
LONG = "".join(random.Random(7).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=2000))
RUN = f"{'a' * 999}{LONG[:1001]}"
TWICE = f"{LONG[:500]}x{LONG[:500]}y{LONG[:500]}zq{LONG[:497]}"
HEADED = [f"sk-ant-api03-{LONG[at : at + 64]}" for at in range(0, 640, 64)]


@pytest.mark.parametrize(
    ("secrets", "unit"),
    [
        ([LONG], LONG[:998] + NEAR),
        ([LONG], LONG[:1000].encode().hex()[:1990] + NEAR),
        ([LONG], b64encode(b"x" + LONG.encode()).decode()[:1300] + NEAR),
        ([RUN], "a"),
        ([RUN], "a" * 998 + "b"),
        ([TWICE], LONG[:500]),
        ([TWICE], f"{LONG[:500]}x{LONG[:450]}{NEAR}"),
        ([LONG[:996] + "ab12" * 249 + "zzzzzzzz"], "ab12"),
        (HEADED, "skantapi"),
        (HEADED, "sk-ant-api03-"),
    ],
    ids=["near half", "hex", "base64", "letter", "runs", "part", "parts", "period", "head", "heads"],
)
def test_no_text_is_looked_at_again_and_again_however_long_a_secret_is(secrets: list[str], unit: str) -> None:
    redactor = Redactor([(f"S{at}", value) for at, value in enumerate(secrets)])
    raw = (unit * (40_000 // len(unit) + 1)).encode()[:40_000]
    assert _lines_run(lambda: redactor.spans(raw)) < 60 * len(raw)


def test_a_result_of_many_texts_is_hidden_in_steps_that_grow_with_it() -> None:
    redactor = Redactor([("KEY", KEY)])
    few = _lines_run(lambda: redactor.json([KEY] * 100))
    assert _lines_run(lambda: redactor.json([KEY] * 800)) < 12 * few


def _lines_run(work: Callable[[], object]) -> int:
    """Count the lines that are run; a comprehension counts each time that it goes round."""
    count, before = 0, sys.gettrace()

    def traced(_frame: FrameType, event: str, _arg: object) -> Any:
        nonlocal count
        count += event == "line"
        return traced

    sys.settrace(traced)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def _slow(fold: bytes, blocks: Blocks) -> list[tuple[int, int, bytes]]:
    """Find by letter after letter, at each place by itself."""
    found: list[tuple[int, int, bytes]] = []
    over: dict[bytes, int] = {}
    kept = ((at, block) for at in range(0, len(fold), blocks.size) for block in [fold[at : at + blocks.size]])
    for at, block in kept:
        if len(block) < blocks.size:
            break
        for needle, inner in blocks.found.get(memoryview(block).cast(blocks.kind)[0], ()):
            start, end = at, at + blocks.size
            while (
                start > 0 and start > at - inner and fold[start - 1] == needle.fold[inner - (at - start) - 1]
            ):
                start -= 1
            while (
                end < min(len(fold), at - inner + len(needle.fold))
                and fold[end] == needle.fold[inner + end - at]
            ):
                end += 1
            if end - start >= needle.least and over.get(needle.fold, 0) < at + blocks.size:
                found.append((start, end, needle.fold))
                over[needle.fold] = end
    return found


@settings(deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(["a", "ab", "ab1", "abcdefghij0123456789"]))
def test_what_is_found_is_the_same_as_by_letter_after_letter(seed: int, letters: str) -> None:
    chance = random.Random(seed)
    unit = "".join(chance.choices(letters, k=chance.randint(1, 120)))
    values = list[bytes]()
    for _ in range(chance.choice([1, 3, 12])):
        value = (unit * 300)[: chance.randint(15, 150)] + "".join(
            chance.choices(letters, k=chance.randint(0, 60))
        )
        value = value.replace(value[len(value) // 2], chance.choice("abxyz"), chance.randint(0, 3))
        values.append(value.encode())
    blocks = chance.choice([Blocks(8, "Q"), Blocks(4, "I")])
    smallest = 15 if blocks.size == 8 else 7
    for one in dict.fromkeys(values):
        blocks.add(Needle(one, "S", chance.choice([smallest, max(smallest, (len(one) + 1) // 2)])))
    blocks.close()
    fold = b""
    while len(fold) < 800:
        one = chance.choice(values)
        at = chance.randrange(len(one))
        part = one[at : chance.randint(at, len(one))]
        fold += chance.choice([part, one[: len(one) // 2 - 1], b"z", b"zz9", unit.encode()])
    assert [(start, end, needle.fold) for start, end, needle in finds(fold, blocks)] == _slow(fold, blocks)


def test_two_keys_that_held_a_value_stay_two() -> None:
    redactor = Redactor([("A", "tok-abcdef123456")])
    value = {"tok-abcdef123456": 1, "tokabcdef123456": 2, "[secret A] 2": 3, "x": {"tok_abcdef123456": [4]}}
    told = redactor.json(value)
    assert told == {"[secret A]": 1, "[secret A] 2": 2, "[secret A] 2 2": 3, "x": {"[secret A]": [4]}}
    assert redactor.json(told) == told
