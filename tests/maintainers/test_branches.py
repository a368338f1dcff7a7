"""The Branch Keeper: what is merged, what is stale, and what it dares to offer."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from maintainers.checkout import NOW, PATH, Checkout, Desk, kinds


@pytest.fixture
def grown(project: Checkout) -> Checkout:
    """A checkout with branches of every sort: merged long ago, merged lately, stale, at work, at the tip."""
    project.commit("begin", days_ago=400, files={"a.txt": "1"})
    for name, days in (("merged/old", 300), ("merged-lately", 3)):
        project.git("checkout", "--quiet", "-b", name)
        project.commit(name, days_ago=days, files={f"{days}.txt": "1"})
        project.git("checkout", "--quiet", "main")
        project.git("merge", "--quiet", "--no-ff", "-m", f"merge {name}", name, at=NOW - timedelta(days=2))
    project.git("checkout", "--quiet", "-b", "stale", "HEAD~1")
    project.commit("half an idea", days_ago=200, author='O\'Neil "A" B', files={"b.txt": "1"})
    project.git("checkout", "--quiet", "-b", "at-work", "main")
    project.commit("today", days_ago=0.1, files={"c.txt": "1"})
    project.git("checkout", "--quiet", "main")
    project.git("branch", "at-the-tip")
    return project


def test_merged_and_stale_branches_are_told_apart(grown: Checkout, desk: Desk) -> None:
    result = desk.result("branches")
    assert sorted((item["kind"], item["with"]["branch"]) for item in result["items"]) == [
        *(("merged", "at-the-tip"), ("merged", "merged-lately"), ("merged", "merged/old"), ("stale", "stale"))
    ]
    (stale,) = [item for item in result["items"] if item["kind"] == "stale"]
    assert stale["because"] == "1 commit of its own, last commit 200 days ago"
    assert stale["with"] == {
        "branch": "stale",
        "commit": grown.git("rev-parse", "stale"),
        "ahead": 1,
        "behind": 2,
        "author": 'O\'Neil "A" B',
    }
    assert result["headline"] == "5 branches beside main: 3 merged, 1 stale"
    assert result["scorecard"] == {"stale_branches": 2}


def test_only_a_merged_branch_that_rested_is_offered(grown: Checkout, desk: Desk) -> None:
    (offer,) = desk.result("branches")["actions"]
    assert offer["kind"] == "branch.delete"
    assert offer["with"] == {"branch": "merged/old", "commit": grown.git("rev-parse", "merged/old")}
    assert offer["about"].startswith("branch:merged-old.")


def test_the_subject_is_the_one_that_the_kit_makes(grown: Checkout, desk: Desk) -> None:
    commit = grown.git("rev-parse", "merged/old")
    (offer,) = desk.result("branches")["actions"]
    done = desk.act("branch_delete", offer["about"], branch="merged/old", commit=commit)
    assert done.code == 0, done.err


def test_kept_and_checked_out_branches_are_not_offered(grown: Checkout, desk: Desk, tmp_path: Path) -> None:
    desk.set(keep_branches="release/* merged/*")
    assert desk.result("branches")["actions"] == []
    desk.set(keep_branches="")
    grown.git("worktree", "add", "--quiet", str(tmp_path / "tree"), "merged/old")
    assert desk.result("branches")["actions"] == []


def test_a_no_holds_while_the_branch_stays_where_it_is(grown: Checkout, desk: Desk) -> None:
    (offer,) = desk.result("branches")["actions"]
    said = f'{{"at":"2026","says":"maintainer said no to your branch.delete about {offer["about"]} (a-1): mine"}}'
    assert desk.result("branches", text=f"# Corrections\n\n```text\n{said}\n```\n")["actions"] == []
    assert desk.result("branches")["actions"] == []
    grown.git("branch", "--force", "merged/old", "main~1")
    desk.set(merged_age="1d")
    assert [one["with"]["branch"] for one in desk.result("branches")["actions"]] == [
        "merged-lately",
        "merged/old",
    ]


def test_an_offer_that_lapsed_is_not_made_again_at_once(grown: Checkout, desk: Desk) -> None:
    (offer,) = desk.result("branches")["actions"]
    said = f"a-1 (branch.delete about {offer['about']}) lapsed: maintainer did not answer."
    assert desk.result("branches", text=said)["actions"] == []


def test_at_most_three_are_offered_the_oldest_first(project: Checkout, desk: Desk) -> None:
    for number in range(5):
        project.commit(f"c{number}", days_ago=100 - number)
        project.git("branch", f"b{number}")
    project.commit("newest")
    assert [one["with"]["branch"] for one in desk.result("branches")["actions"]] == ["b0", "b1", "b2"]


def test_branches_of_other_repositories_are_printed_and_never_offered(
    grown: Checkout, desk: Desk, tmp_path: Path
) -> None:
    grown.git("clone", "--quiet", str(grown.root), str(tmp_path / "clone"))
    desk.set(checkout=str(tmp_path / "clone"))
    result = desk.result("branches")
    assert result["actions"] == []
    assert "git push 'origin' --delete 'merged/old'" in result["body"]
    assert ("stale", "origin/stale") in [(i["kind"], i["with"]["branch"]) for i in result["items"]]


def test_odd_names_and_odd_authors_make_no_broken_result(project: Checkout, desk: Desk) -> None:
    project.commit("begin", days_ago=300, author="tab\there")
    for name in ("Grüße/ünï", 'quo"te', "$(touch${IFS}x)", "a'b", "UPPER", "-x", "x" * 200):
        project.git("update-ref", f"refs/heads/{name}", "HEAD")
    project.git("update-ref", os.fsdecode(b"refs/heads/latin-\xe9"), "HEAD")
    project.commit("newest")
    result = desk.result("branches")
    abouts = [about for _, about in kinds(result)]
    assert len(abouts) == len(set(abouts)) == 8
    assert not list(project.root.glob("x")) and not list((desk.root / "seats/branches").glob("x"))
    assert {one["with"]["branch"] for one in result["actions"]} <= {
        'quo"te',
        "$(touch${IFS}x)",
        "a'b",
        "UPPER",
        "-x",
        "x" * 200,
    }


@pytest.mark.parametrize("names", [["Gr\u00fc\u00dfe"], ["Gr\u00fc\u00dfe", os.fsdecode(b"latin-\xe9")]])
def test_a_name_that_may_lose_bytes_on_the_way_is_told_and_not_offered(
    project: Checkout, desk: Desk, names: list[str]
) -> None:
    project.commit("begin", days_ago=300)
    for name in names:
        project.git("update-ref", f"refs/heads/{name}", "HEAD")
    project.commit("newest")
    result = desk.result("branches")
    assert [item["kind"] for item in result["items"]] == ["merged"] * len(names)
    assert result["actions"] == []


def test_a_shallow_checkout_offers_nothing(grown: Checkout, desk: Desk, tmp_path: Path) -> None:
    place = tmp_path / "shallow"
    grown.git("clone", "--quiet", "--depth=2", "--no-single-branch", f"file://{grown.root}", str(place))
    grown.git("branch", "old", "HEAD~1", cwd=place)
    desk.set(checkout=str(place), merged_age="0d")
    result = desk.result("branches")
    assert result["actions"] == []
    assert "shallow" in result["body"]


def test_what_is_left_out_is_said_and_gives_no_value(project: Checkout, desk: Desk) -> None:
    project.commit("begin", days_ago=300)
    agent = desk.root / "seats/branches/agent.sh"
    agent.write_text(agent.read_text().replace("MOST=400", "MOST=2"))
    for number in range(4):
        project.git("branch", f"b{number}")
    result = desk.result("branches")
    assert "2 not compared" in result["headline"]
    assert "scorecard" not in result


@pytest.mark.parametrize(
    ("conf", "says"),
    [
        ({"branch_age": "three months"}, "project.conf: branch_age is a span as 14d or 6w"),
        ({"branch": "nosuch"}, "project.conf: branch = nosuch: there is no such branch here"),
        ({"checkout": "/no/such"}, "project.conf: checkout: there is no folder /no/such"),
        ({"checkout": "/proc"}, "/proc is in no git checkout; name one in project.conf"),
    ],
)
def test_what_makes_it_blind_is_said_in_a_sentence(
    grown: Checkout, desk: Desk, conf: dict[str, str], says: str
) -> None:
    desk.set(**conf)
    turn = desk.start("branches")
    assert (turn.code, turn.out) == (1, "")
    assert says in turn.err


def test_without_git_it_says_so(grown: Checkout, desk: Desk, tmp_path: Path) -> None:
    bare = tmp_path / "bin"
    bare.mkdir()
    for name in ("sh", "awk"):
        (bare / name).symlink_to(next(p for d in PATH.split(":") if (p := Path(d, name)).exists()))
    assert desk.start("branches", path=str(bare)).err == "branches: there is no program git in PATH\n"


def test_a_checkout_without_a_commit_says_so(project: Checkout, desk: Desk) -> None:
    assert "has no commit yet" in desk.start("branches").err
