"""Reading YAML as text with places, and writing front matter."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from fleet.store.yaml import read_plain, write_plain

ODD = ["on", "no", "10:00", "1e3", "null", "~", "true", "012", "1_000", "0x1f", "-", "---", "...", "<<", "=",
       " x", "x ", "", "\n", "a\nb", "# x", "x # y", "x: y", "x:", ":x", "- x", "? x", "[a]", "{a}", "a, b",
       "&a", "*a", "!a", "@a", "`a`", "%a", ">a", "|a", "'a'", '"a"', "\\n", "\t", "\x00", "\x7f", "\x85",
       "\u2028", "\ufeff", "\U0001f600", "é", "1.0", "-0", "+1", "9" * 30, "1e-07", ".5", "5.", "-38%", "$4",
       "2026-11-23T06:46:02-05:00", "account:acme", "k" * 1024, "k" * 1025, "ü" * 1030]  # fmt: skip

TEXTS = st.sampled_from(ODD) | st.text(max_size=20)
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


def _same(a: object, b: object) -> bool:
    """Equal, and of the same types and order all the way down: 1 is neither True nor 1.0."""
    if type(a) is not type(b):
        return False
    if isinstance(a, dict) and isinstance(b, dict):
        return list(a) == list(b) and all(_same(a[k], b[k]) for k in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(_same, a, b))
    return a == b and repr(a) == repr(b)


@settings(derandomize=True, deadline=None, max_examples=400)
@given(st.dictionaries(TEXTS, VALUES, max_size=6), st.integers(0, 4))
@example({text: text for text in ODD}, 1)
@example({"list": list(ODD), "map": {t: [t, {t: t}] for t in ODD}}, 3)
def test_what_is_written_is_read_back_exactly(value: dict[str, object], depth: int) -> None:
    text = write_plain(value, flow_from_depth=depth)
    if any(0xD800 <= ord(c) < 0xE000 for c in text):
        return
    assert _same(read_plain(text), value)
