"""The morning report: what fails first, what is stale or missing with its age, and nothing old as new."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from maintainers.checkout import NOW, Checkout, Desk, kinds, read

GREEN = {"headline": "All 5 tests pass", "items": [{"about": "commit:abc", "kind": "green", "because": "x"}]}
DEAD = {
    "headline": "1 dead link",
    "items": [
        {"about": "page:x", "kind": "dead-link", "because": "there is no a.md", "confidence": 0.9,
         "with": {"file": "README.md", "line": 4, "target": "a.md"}},
    ],
}  # fmt: skip
FAILING = {
    "headline": "1 test of 5 fails: suite::b",
    "items": [{"about": "test:b", "kind": "newly-failing", "because": "boom", "with": {"test": "suite::b"}}],
}
ASKED = {
    "id": "a-4",
    "kind": "release.cut",
    "about": "branch:main",
    "status": "asked",
    "person": "maintainer",
    "reason": "why not",
}
HELD = {
    "id": "a-5",
    "kind": "release.cut",
    "about": "branch:main",
    "status": "held",
    "reason": "tests claims branch:main",
}


def report(desk: Desk, reads: dict[str, Any], **brief: Any) -> dict[str, Any]:
    """Return the report on these parts."""
    return desk.result("chief", reads=reads, **brief)


def parts(result: dict[str, Any]) -> list[str]:
    """Return the headings of the report."""
    return [line.removeprefix("## ") for line in result["body"].splitlines() if line.startswith("## ")]


def test_what_fails_comes_first_then_what_is_dead_then_what_is_blind(desk: Desk) -> None:
    reads = {
        "branches": read({"headline": "fine", "items": []}),
        "notes": read(None),
        "links": read(DEAD),
        "deps": read(GREEN, fresh=False, age_s=93_600),
        "tests": read(FAILING),
    }
    result = report(desk, reads)
    assert parts(result) == [
        "tests: FRESH",
        "links: FRESH",
        "notes: MISSING",
        "deps: STALE",
        "branches: FRESH",
    ]
    assert (
        result["headline"]
        == "1 test of 5 fails: suite::b; 1 dead link; 2 parts stale or missing: notes, deps"
    )
    assert "- suite::b, newly-failing: boom" in result["body"]
    assert "- README.md:4, dead-link: there is no a.md" in result["body"]


def test_a_stale_part_tells_its_age_and_none_of_its_numbers(desk: Desk) -> None:
    state = {**FAILING, "as_of": "2026-11-22T05:30:00+00:00"}
    result = report(desk, {"tests": read(state, fresh=False, age_s=93_600, note="it was edited")})
    assert "suite::b" not in str(result) and "1 test of 5" not in str(result)
    assert "no fresh state since 2026-11-22T05:30:00+00:00, 26 h old; it was edited" in result["body"]
    assert kinds(result) == [("stale", "seat:tests")]


def test_a_calm_morning_is_one_line_and_says_what_is_not_known(desk: Desk) -> None:
    unknown = {
        "headline": "x",
        "items": [{"about": "source:advisories", "kind": "not-known", "because": "nobody asked"}],
    }
    result = report(desk, {"tests": read(GREEN)})
    assert result["headline"] == "All 1 parts are fresh and nothing fails"
    result = report(desk, {"tests": read(GREEN), "deps": read(unknown)})
    assert result["headline"] == "All 2 parts are fresh and nothing fails; not known: advisories"
    result = report(desk, {"tests": {**read(GREEN), "waits": [ASKED]}, "deps": read(unknown)})
    assert result["headline"] == "1 waiting for a yes; not known: advisories"


def test_what_waits_is_told_with_the_gates_reason(desk: Desk) -> None:
    result = report(desk, {"notes": {**read(GREEN), "waits": [ASKED, HELD, {**HELD, "status": "running"}]}})
    assert (
        "- a-4 of notes, release.cut about branch:main, waits for the yes of maintainer: why not"
        in result["body"]
    )
    assert "- a-5 of notes, release.cut about branch:main, held: tests claims branch:main" in result["body"]
    assert result["headline"] == "1 waiting for a yes; 1 held"


def test_escalations_come_before_everything(desk: Desk) -> None:
    mail = [
        {"type": "INFORM", "from": "tests", "subject": "main is mended"},
        {"type": "ESCALATION", "from": "fleet", "subject": "deps failed\nthree times"},
    ]
    result = report(desk, {"tests": read(FAILING)}, mail=mail)
    assert parts(result) == ["Escalations", "tests: FRESH", "Mail"]
    assert "- fleet, ESCALATION: deps failed three times" in result["body"]
    assert result["headline"].startswith("1 escalation first; ")


def test_only_a_morning_counts_for_the_morning(desk: Desk) -> None:
    reads = {"tests": read(GREEN)}
    assert report(desk, reads)["scorecard"] == {"report_by_0800": 1}
    assert "scorecard" not in report(desk, reads, now=NOW + timedelta(minutes=30))


def test_long_parts_are_cut_and_say_so(desk: Desk) -> None:
    many = {"headline": "x", "items": FAILING["items"] * 20}
    calm = {
        "headline": "x",
        "items": [{"about": f"branch:b{n}", "kind": "stale", "because": "old"} for n in range(9)],
    }
    body = report(desk, {"tests": read(many), "branches": read(calm)})["body"]
    assert body.count("newly-failing") == 12 and "and 8 more in its own state" in body
    assert body.count(", stale: old") == 4 and "and 5 more in its own state" in body


def test_it_needs_no_checkout(project: Checkout, desk: Desk) -> None:
    desk.set(checkout="/no/such/place")
    assert report(desk, {"tests": read(None)})["headline"] == "1 part stale or missing: tests"
