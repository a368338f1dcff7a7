"""Reading YAML as text with places, and writing front matter."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

import fleet.store.yaml as ours
from fleet.core.node import Entries, Items, Node, Scalar
from fleet.errors import Unreadable
from fleet.store.yaml import read_nodes, read_plain, split_front, write_plain

ODD = ["on", "no", "10:00", "1e3", "null", "~", "true", "012", "1_000", "0x1f", "-", "---", "...", "<<", "=",
       " x", "x ", "", "\n", "a\nb", "# x", "x # y", "x: y", "x:", ":x", "- x", "? x", "[a]", "{a}", "a, b",
       "&a", "*a", "!a", "@a", "`a`", "%a", ">a", "|a", "'a'", '"a"', "\\n", "\t", "\x00", "\x7f", "\x85",
       "\u2028", "\ufeff", "\U0001f600", "é", "1.0", "-0", "+1", "9" * 30, "1e-07", ".5", "5.", "-38%", "$4",
       "2026-11-23T06:46:02-05:00", "account:acme", "k" * 1024, "k" * 1025, "ü" * 1030, "0." + "1" * 20]  # fmt: skip

TEXTS = st.sampled_from(ODD) | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
LEAVES = (
    TEXTS
    | st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
)
VALUES = st.recursive(
    LEAVES, lambda v: st.lists(v, max_size=4) | st.dictionaries(TEXTS, v, max_size=4), max_leaves=12
)


def shape(node: Node | None) -> object:
    """A node without its places."""
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Items):
        return [shape(item) for item in node.items]
    if isinstance(node, Entries):
        return [(key.text, shape(value)) for key, value in node.entries]
    return None


def _same(a: object, b: object) -> bool:
    """Equal, and of the same types and order all the way down: 1 is neither True nor 1.0."""
    if type(a) is not type(b):
        return False
    if isinstance(a, dict) and isinstance(b, dict):
        return list(a) == list(b) and all(_same(a[k], b[k]) for k in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(_same, a, b))
    return a == b and repr(a) == repr(b)


@settings(derandomize=True, deadline=None, max_examples=300)
@given(st.dictionaries(TEXTS, VALUES, max_size=6), st.integers(0, 4))
@example({text: text for text in ODD}, 1)
@example({"list": list(ODD), "map": {t: [t, {t: t}] for t in ODD}}, 3)
@example({"zero": -0.0, "tiny": 5e-324, "big": 1.7976931348623157e308, "third": 1 / 3, "e": 1e16}, 1)
def test_what_is_written_is_read_back_exactly(value: dict[str, object], depth: int) -> None:
    assert _same(read_plain(write_plain(value, flow_from_depth=depth)), value)


def test_front_matter_is_written_as_the_contract_shows_it() -> None:
    value = {
        "seat": "dash", "turn": "t-8799", "written": "2026-11-23T06:46:02-05:00", "outside": "yes", "good": True,
        "headline": "2 anomalies, Acme spend -38% and Volt cost per lead +61%",
        "claims": [], "scorecard": {"anomalies_by_0930": 2},
        "items": [{"about": "account:acme", "kind": "anomaly", "confidence": 0.9, "with": {"change": "-38%"}}],
    }  # fmt: skip
    assert write_plain(value) == (
        "seat: dash\n"
        "turn: t-8799\n"
        "written: 2026-11-23T06:46:02-05:00\n"
        "outside: yes\n"
        "good: true\n"
        "headline: 2 anomalies, Acme spend -38% and Volt cost per lead +61%\n"
        "claims: []\n"
        "scorecard: {anomalies_by_0930: 2}\n"
        "items:\n"
        '  - {about: "account:acme", kind: anomaly, confidence: 0.9, with: {change: -38%}}\n'
    )


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), 2**63, -(2**63) - 1, "\ud800", ["a", {"b": "\udfff"}]],
)
def test_what_front_matter_cannot_hold_is_refused(value: object) -> None:
    with pytest.raises(Unreadable):
        write_plain({"a": value})


def test_a_value_nested_too_deep_is_refused_in_writing_as_in_reading() -> None:
    value: object = "x"
    for _ in range(63):
        value = [value]
    assert read_plain(write_plain({"a": value})) == {"a": value}
    with pytest.raises(Unreadable):
        write_plain({"a": [value]})
    with pytest.raises(TypeError):
        write_plain({"a": object()})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: 12", 12), ("a: -5", -5), ("a: 0", 0), ("a: 1.5", 1.5), ("a: 0.90", 0.9), ("a: 1e-07", 1e-07),
        ("a: true", True), ("a: false", False), ("a: null", None), ("a:", None), ("a: {}", {}), ("a: []", []),
        # text, though other readers of YAML make numbers, dates and booleans of them
        ("a: 012", "012"), ("a: 1_000", "1_000"), ("a: 0x1f", "0x1f"), ("a: 1e3", "1e3"), ("a: +1", "+1"),
        ("a: .5", ".5"), ("a: .inf", ".inf"), ("a: 10:00", "10:00"), ("a: on", "on"), ("a: no", "no"),
        ("a: yes", "yes"), ("a: True", "True"), ("a: ~", "~"), ("a: 2026-11-23", "2026-11-23"), ("a: -0", "-0"),
        ("a: '12'", "12"), ('a: "true"', "true"), ("a: |\n  12\n", "12\n"), ("a: 1.5 h", "1.5 h"),
        # numbers that would not come back as they are
        ("a: 9223372036854775808", "9223372036854775808"), ("a: 1.7e+999", "1.7e+999"),
        ("a: 0.12345678901234567890", "0.12345678901234567890"),
    ],
)  # fmt: skip
def test_a_scalar_is_what_was_written(text: str, value: object) -> None:
    assert _same(read_plain(text), {"a": value})


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a: 1\nb: 2\na: 3", "line 3: the key 'a' stands twice"),
        ("a: 1\nb: {c: 1, c: 2}", "line 2: the key 'c' stands twice"),
        ("a: 1\nb: *x", "line 2: an alias, *x"),
        ("a: &x 1", "line 1: an anchor, &x"),
        ("a: !!python/object:os.system x", "line 1: a tag, !!python/object:os.system"),
        ("a: 1\n---\nb: 2", "line 2: a second document begins here"),
        ("a: 1\n\tb: 2", "line 2: a tab; indent with spaces"),
        ("a: \x00", "line 1: the character U+0000, which is not text"),
        ("a: [\n", "line 2: the text ends inside a list or a map"),
        ("%TAG ! tag:x,2000:\n---\na: 1", "line 1: a %TAG directive; fleet knows no tags"),
    ],
)
def test_front_matter_that_cannot_be_read_names_the_line(text: str, why: str) -> None:
    with pytest.raises(Unreadable) as told:
        read_plain(text)
    assert str(told.value) == why
    with pytest.raises(Unreadable, match=f"^line {10 + int(why[5])}:"):
        read_plain(text, first_line=11)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("---\na: 1\n---\nbody\n", ("a: 1\n", "body\n")),
        ("---\r\na: 1\r\n---\r\nbody", ("a: 1\r\n", "body")),
        ("---\na: 1\n---", ("a: 1\n", "")),
        ("---\n---\n", ("", "")),
        ("---  \na: 1\n--- \n---\n", ("a: 1\n", "---\n")),
        ("---\na: |\n  ---\n---\n", ("a: |\n  ---\n", "")),
        ("a: 1\n---\n", None),
        ("---\na: 1\n", None),
        ("--- a\n---\n", None),
        (" ---\na: 1\n---\n", None),
        ("", None),
    ],
)
def test_front_matter_is_split_from_the_body(text: str, parts: tuple[str, str] | None) -> None:
    assert split_front(text) == parts


def test_scalars_keep_their_text_their_quotes_and_their_place() -> None:
    node, found = read_nodes("a: 10:00\nb: [\"on\", 'x']\nüé: |\n  two\n  lines\nc:\n", "f")
    assert found == []
    assert shape(node) == [("a", "10:00"), ("b", ["on", "x"]), ("üé", "two\nlines\n"), ("c", "")]
    assert isinstance(node, Entries)
    (a, ten), (_, items), (_, block), (_, empty) = node.entries
    assert isinstance(ten, Scalar) and isinstance(items, Items) and isinstance(block, Scalar)
    assert (str(a.place), str(ten.place), ten.place.end_column) == ("f:1:1", "f:1:4", 9)
    assert [str(i.place) for i in items.items] == ["f:2:5", "f:2:11"]
    assert [i.quoted for i in items.items if isinstance(i, Scalar)] == [True, True]
    assert (ten.quoted, block.block, block.quoted, str(block.place)) == (False, True, False, "f:3:5")
    assert isinstance(empty, Scalar) and (empty.text, empty.quoted) == ("", False)
    assert (node.place.line, node.place.end_line) == (1, 6)


def test_keys_that_repeat_are_left_to_the_grammar() -> None:
    assert shape(read_nodes("a: 1\na: 2", "f")[0]) == [("a", "1"), ("a", "2")]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"a: 1\nb: \xff", "f:2:4: error[F104]: byte 0xff is not UTF-8"),
        (b"\xff\xfea\x00", "f:1:1: error[F104]: byte 0xff is not UTF-8"),
        ("ü: 1\nb: \ud800", "f:2:4: error[F104]: the character U+D800, which is not text"),
        (b"\xef\xbb\xbfa: 1", "f:1:1: error[F104]: a byte order mark before the text"),
        ("a: \u2028", "f:1:4: error[F104]: the character U+2028, which is not text"),
        ("[" * 100_000, "f:1:65: error[F103]: more than 64 maps and lists inside each other"),
        ("{a: " * 100_000, "f:1:257: error[F103]: more than 64 maps and lists inside each other"),
        ("- " * 100_000, "f:1:129: error[F103]: more than 64 maps and lists inside each other"),
        ("# " + "x" * 2**23, "f:1:1: error[F103]: 8388610 bytes are more than the 8388608 a file may have"),
        ("a:\tb", "f:1:3: error[F102]: a tab; indent with spaces"),
        ("a: x\ty", "f:1:5: error[F102]: a tab; indent with spaces"),
    ],
    ids=range(11),
)  # fmt: skip
def test_every_guard_tells_the_place(text: str | bytes, told: str) -> None:
    assert [m.line() for m in read_nodes(text, "f")[1]] == [told]


@pytest.mark.parametrize(
    "text", ["a: 'x\ty'", 'a: "x\ty"', "a: |\n  x\ty", "a: 1 # x\ty", "# a\tb\na: 1", "a: 1 #\tx"]
)
def test_a_tab_may_stand_in_quotes_blocks_and_comments(text: str) -> None:
    assert read_nodes(text, "f")[1] == []


def test_every_indenting_tab_is_told() -> None:
    text = "a:\n\tb: 1\n  \tc: 2\nd: 3\n"
    assert [str(m.place) for m in read_nodes(text, "f")[1]] == ["f:2:1", "f:3:3"]


ALIAS_BOMB = "a: &a [x, x]\n" + "".join(
    f"{c}: &{c} [*{p}, *{p}]\n" for p, c in zip("abcdefg", "bcdefgh", strict=True)
)


def test_an_alias_bomb_is_a_list_of_mistakes() -> None:
    _, found = read_nodes(ALIAS_BOMB, "f")
    assert {m.code for m in found} == {"F106"} and len(found) == 22


SAMPLES = [
    "a: 1\nb: [x, {y: z}]\n", "a:\n  - b\n  - c: d\n", "a: |\n  x\n", "a: b: c", "a: [1", "a: {b", "a: 'x", "a: >= 5",
    "a: @x", "a: *.csv", "a: !x y", "a: &b c", "- a\nb: 1", "? [a]\n: b", "a: - b", "a\nb: 1", "a:\n b: 1\n  c: 2",
    ALIAS_BOMB, "%TAG ! x\n---\n", "[" * 1000, "a: \"\\q\"", "a: [x, , y]", "",
]  # fmt: skip


@pytest.mark.parametrize("text", SAMPLES, ids=range(len(SAMPLES)))
def test_pyyamls_own_parser_reads_the_same(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    node, found = read_nodes(text, "f")
    monkeypatch.setattr(ours, "_LOADER", yaml.SafeLoader)
    pure, told = read_nodes(text, "f")
    assert shape(pure) == shape(node)
    assert [m.code for m in told] == [m.code for m in found]
