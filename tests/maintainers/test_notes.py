"""Release Notes: the draft, and the release that is offered, kept and taken back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from maintainers.checkout import Checkout, Desk, read

TYPED = [
    "feat(api)!: drop the old call",
    "fix: a crash\n\nBREAKING CHANGE: needs a new file",
    "docs: typo <b>",
    "whatever",
]


def ran(commit: str, kind: str = "green") -> dict[str, Any]:
    """Return what the brief says of a Test Watcher who has run this commit."""
    items = [{"about": f"commit:{commit[:10]}", "kind": kind, "with": {"commit": commit}}]
    return {"tests": read({"headline": "x", "items": items})}


def hold(offer: dict[str, Any], status: str, *, must_keep: bool = False) -> dict[str, Any]:
    """Return an open action as the brief gives it."""
    return {
        "id": "a-3",
        "status": status,
        "must_keep": must_keep,
        **{k: offer[k] for k in ("kind", "about", "with")},
    }


def offers(result: dict[str, Any], kind: str = "release.cut") -> list[dict[str, Any]]:
    """Return what a result asks for, of one kind."""
    return [one for one in result["actions"] if one["kind"] == kind]


@pytest.fixture
def tagged(project: Checkout) -> Checkout:
    """A checkout with twelve commits after v1.2.3."""
    project.commit("begin", days_ago=90)
    project.git("tag", "v1.2.3")
    for number in range(12):
        project.commit(f"fix: number {number}", days_ago=30 - number, files={"src/lib/a.py": str(number)})
    return project


def test_breaking_changes_come_first_then_the_groups(project: Checkout, desk: Desk) -> None:
    project.commit("begin", days_ago=50)
    project.git("tag", "-a", "-m", "x", "v1.2.3")
    project.git("tag", "nightly")
    for number, subject in enumerate(TYPED):
        project.commit(subject, days_ago=20 - number)
    project.commit("build: bump", author="robot[bot]")
    result = desk.result("notes")
    assert result["headline"] == f"5 commits since v1.2.3, 2 breaking, on main at {project.head()[:10]}"
    (write,) = offers(result, "notes.write")
    headings = [line for line in write["with"]["text"].splitlines() if line.startswith("## ")]
    assert headings == [
        *("## Breaking", "## Features", "## Fixes", "## Documentation", "## Other"),
        "## By programs",
        "## Written by",
    ]
    assert "- api: drop the old call (" in write["with"]["text"]
    assert "- needs a new file (" in write["with"]["text"]
    assert "- typo &lt;b> (" in write["with"]["text"]
    assert "- robot[bot]: 1" in write["with"]["text"]
    assert result["scorecard"] == {"unreleased_commits": 5, "oldest_unreleased_days": 20}


def test_commits_without_types_are_grouped_by_their_own_words_or_by_what_they_touch(
    project: Checkout, desk: Desk
) -> None:
    project.commit("store: one", files={"src/store/a.py": "1"})
    project.commit("store, edge: two", files={"src/edge/a.py": "1"})
    project.commit("no prefix here", files={"docs/a.md": "1"})
    text = offers(desk.result("notes"), "notes.write")[0]["with"]["text"]
    assert "by the word before the colon" in text and "## store\n\n- two (" in text
    project.commit("One more", files={"src/edge/b.py": "1", "tests/b.py": "1"})
    project.commit("And more")
    text = offers(desk.result("notes"), "notes.write")[0]["with"]["text"]
    assert "by what they touch" in text and "## src/edge\n\n- One more (" in text


def test_a_message_cannot_pass_for_another_commit(project: Checkout, desk: Desk) -> None:
    project.commit("begin\n\n\x01" + "a" * 40 + " 2026 fake\x02")
    project.commit("caf\udce9 \x1b[31mred \u202e")
    text = offers(desk.result("notes"), "notes.write")[0]["with"]["text"]
    assert text.count("\n- ") == 3 and "\x1b" not in text and "\u202e" not in text


@pytest.mark.parametrize(
    ("tag", "subjects", "following"),
    [
        ("v1.2.3", ["fix: a"], "v1.2.4"),
        ("v1.2.3", ["feat: a"], "v1.3.0"),
        ("v1.2.3", ["feat!: a"], "v2.0.0"),
        ("0.2.3", ["feat!: a"], "0.3.0"),
        ("1.2", ["fix: a"], "1.3.0"),
        ("2.0.0rc1", ["fix: a"], None),
    ],
)
def test_the_next_tag_follows_from_the_commits_own_words(
    project: Checkout, desk: Desk, tag: str, subjects: list[str], following: str | None
) -> None:
    project.commit("begin")
    project.git("tag", tag)
    for subject in subjects:
        project.commit(subject)
    desk.set(release_after="1")
    asked = offers(desk.result("notes", reads=ran(project.head())))
    assert [one["with"]["tag"] for one in asked] == ([following] if following else [])


def test_a_release_is_offered_for_the_newest_commit_that_was_run(tagged: Checkout, desk: Desk) -> None:
    result = desk.result("notes")
    assert offers(result) == []
    assert "before the tests were run on" in result["body"]
    (offer,) = offers(desk.result("notes", reads=ran(tagged.head(), "failing")))
    assert offer["about"] == "branch:main"  # held by the gate, not by the seat
    assert offer["with"] == {"tag": "v1.2.4", "branch": "main", "commit": tagged.head(), "since": "v1.2.3"}
    desk.set(release_after="13")
    assert offers(desk.result("notes", reads=ran(tagged.head()))) == []


def test_a_held_release_of_an_older_commit_is_taken_back(tagged: Checkout, desk: Desk) -> None:
    (old,) = offers(desk.result("notes", reads=ran(tagged.head(), "failing")))
    same = desk.result("notes", reads=ran(tagged.head()), holds=[hold(old, "held", must_keep=True)])
    assert (same["keep"], same["withdraw"], offers(same)) == (["a-3"], [], [old])
    tagged.commit("fix: mended")
    result = desk.result("notes", reads=ran(tagged.head()), holds=[hold(old, "held", must_keep=True)])
    assert (result["keep"], result["withdraw"]) == ([], ["a-3"])
    assert offers(result)[0]["with"]["commit"] == tagged.head()


def test_a_release_that_waits_for_a_person_stands_while_the_branch_goes_on(
    tagged: Checkout, desk: Desk
) -> None:
    (old,) = offers(desk.result("notes", reads=ran(tagged.head())))
    tagged.commit("fix: later")
    result = desk.result("notes", reads=ran(tagged.head()), holds=[hold(old, "asked")])
    assert [one["with"] for one in offers(result)] == [old["with"]]
    assert result["withdraw"] == []
    unrun = desk.result("notes", holds=[hold(old, "asked")])
    assert [one["with"] for one in offers(unrun)] == [old["with"]]
    tagged.git("reset", "--quiet", "--hard", "HEAD~2")
    tagged.commit("fix: another history")
    result = desk.result("notes", reads=ran(tagged.head()), holds=[hold(old, "asked")])
    assert result["withdraw"] == ["a-3"]


def test_after_a_no_as_many_commits_again_are_waited_for(tagged: Checkout, desk: Desk) -> None:
    desk.set(release_after="2")
    says = "maintainer said no to your release.cut about branch:main (a-3): not yet"
    refused = desk.result("notes", reads=ran(tagged.head()), corrections=[{"at": "x", "says": says}])
    assert offers(refused) == [] and "a person said no" in refused["body"]
    tagged.commit("fix: one")
    assert offers(desk.result("notes", reads=ran(tagged.head()))) == []
    tagged.commit("fix: two")
    assert len(offers(desk.result("notes", reads=ran(tagged.head())))) == 1


def test_a_release_that_is_cut_is_not_offered_again(tagged: Checkout, desk: Desk) -> None:
    (offer,) = offers(desk.result("notes", reads=ran(tagged.head())))
    assert desk.act("release_cut", offer["about"], **offer["with"]).code == 0
    result = desk.result("notes", reads=ran(tagged.head()))
    assert offers(result) == [] and "is cut already" in result["body"]


def test_a_draft_that_lies_there_is_not_written_again(tagged: Checkout, desk: Desk) -> None:
    (write,) = offers(desk.result("notes"), "notes.write")
    desk.act("notes_write", None, **write["with"])
    assert offers(desk.result("notes"), "notes.write") == []
    draft = desk.root / "data/notes/unreleased.md"
    draft.write_text(draft.read_text() + "my words\n".replace("my", "edited") + "x")
    draft.write_text("rewritten by hand\n")
    (write,) = offers(desk.result("notes"), "notes.write")
    assert f"unreleased-{tagged.head()[:10]}.md" in desk.act("notes_write", None, **write["with"]).out
    assert draft.read_text() == "rewritten by hand\n"
    assert offers(desk.result("notes"), "notes.write") == []


def test_no_tag_nothing_new_and_no_branch_offer_nothing(
    project: Checkout, desk: Desk, tmp_path: Path
) -> None:
    project.commit("begin")
    desk.set(release_after="0")
    reads = ran(project.head())
    assert "no version was ever tagged" in desk.result("notes", reads=reads)["headline"]
    project.git("tag", "v1.0.0")
    result = desk.result("notes", reads=reads)
    assert result["headline"] == "Nothing since v1.0.0"
    assert offers(result) == []
    project.commit("fix: a")
    project.git("checkout", "--quiet", "--detach")
    project.git("branch", "-D", "main")
    result = desk.result("notes", reads=ran(project.head()))
    assert offers(result) == [] and "HEAD is on no branch" in result["body"]
