"""JUnit XML, as pytest and most other runners write it: which tests there were and how each ended."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from turn import clean

MOST_BYTES = 64 * 1024 * 1024
WORSE = ("passed", "skipped", "failed", "error")  # of one name that ended in several ways, the worst counts
ADDRESS = re.compile(r"0x[0-9a-fA-F]{4,}")


class Unreadable(Exception):
    """The report cannot be read, and why."""


@dataclass(frozen=True)
class Test:
    """How one test ended; `why` is the first line of what it said."""

    outcome: str
    why: str
    took_s: float


def read_report(path: Path) -> dict[str, Test]:
    """Return every test by name; raises Unreadable."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise Unreadable(f"the report is over {MOST_BYTES >> 20} MB")
        root = ElementTree.parse(path).getroot()
    except FileNotFoundError:
        raise Unreadable("no report was written") from None
    except (OSError, ElementTree.ParseError, ValueError) as error:
        raise Unreadable(f"the report is no XML: {error}") from error
    if root.tag not in ("testsuites", "testsuite"):
        raise Unreadable(f"the report is no JUnit XML: it begins with <{clean(root.tag, 40)}>")
    tests: dict[str, Test] = {}
    for case in root.iter("testcase"):
        name = name_of(case)
        test = test_of(case)
        known = tests.get(name)
        if known is None or WORSE.index(test.outcome) > WORSE.index(known.outcome):
            tests[name] = test
    return tests


def name_of(case: ElementTree.Element) -> str:
    """Return a test's name with its class or module before it."""
    above, name = clean(case.get("classname") or "", 160), clean(case.get("name") or "", 160)
    return f"{above}::{name}" if above and name else name or above or "a test without a name"


def test_of(case: ElementTree.Element) -> Test:
    """Return how one test case ended."""
    outcome, why = "passed", ""
    for tag, word in (("skipped", "skipped"), ("failure", "failed"), ("error", "error")):
        found = case.find(tag)
        if found is not None:
            said = found.get("message") or (found.text or "").strip().partition("\n")[0]
            # An address in memory is another one at every run; the same failure must read the same.
            outcome, why = word, ADDRESS.sub("0x...", clean(said.partition("\n")[0], 160))
    return Test(outcome, why, seconds(case.get("time")))


def seconds(text: str | None) -> float:
    """Return a time as given, 0 where it is no number."""
    try:
        return max(0.0, float((text or "0").replace(",", "")))
    except ValueError:
        return 0.0
