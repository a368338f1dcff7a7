"""The programs behind the actions: each checks again, and touches nothing but what was said yes to."""

from __future__ import annotations

from pathlib import Path

import pytest
from maintainers.checkout import Checkout, Desk


@pytest.fixture
def merged(project: Checkout) -> Checkout:
    """A checkout with a merged branch `done` and one with a commit of its own, `work`."""
    project.commit("begin", files={"a": "1"})
    project.git("branch", "done")
    project.git("tag", "v1.0.0")
    project.git("checkout", "--quiet", "-b", "work")
    project.commit("mine", files={"b": "1"})
    project.git("checkout", "--quiet", "main")
    project.commit("newest", files={"c": "1"})
    return project


def test_a_merged_branch_is_deleted_and_can_be_put_back(merged: Checkout, desk: Desk) -> None:
    commit = merged.git("rev-parse", "done")
    done = desk.act("branch_delete", "branch:done", branch="done", commit=commit)
    assert done.out == f"deleted done at {commit[:10]}; to put it back: git branch done {commit}\n"
    assert merged.branches() == {"main", "work"}
    again = desk.act("branch_delete", "branch:done", branch="done", commit=commit)
    assert (again.code, again.err) == (
        1,
        "branch.delete: there is no local branch 'done'; nothing was deleted\n",
    )


def test_what_is_not_as_it_was_offered_is_not_deleted(merged: Checkout, desk: Desk, tmp_path: Path) -> None:
    done, work, main = (merged.git("rev-parse", name) for name in ("done", "work", "main"))
    refused = {
        "not fully merged": ("branch:work", {"branch": "work", "commit": work}),
        "has moved on": ("branch:done", {"branch": "done", "commit": main}),
        "is the branch that is looked after": ("branch:main", {"branch": "main", "commit": main}),
        "its payload names 'done'": ("branch:other", {"branch": "done", "commit": done}),
        "needs about and with": ("branch:done", {"branch": "done"}),
        "no local branch '-D'": ("branch:d.a58ce1", {"branch": "-D", "commit": done}),
    }
    for says, (about, given) in refused.items():
        turn = desk.act("branch_delete", about, **given)
        assert (turn.code, turn.out) == (1, ""), says
        assert says in turn.err or says.startswith("no local") and "payload names" in turn.err, turn.err
    merged.git("worktree", "add", "--quiet", str(tmp_path / "tree"), "done")
    assert (
        "checked out in a work tree"
        in desk.act("branch_delete", "branch:done", branch="done", commit=done).err
    )
    merged.git("worktree", "remove", str(tmp_path / "tree"))
    desk.set(keep_branches="d*")
    assert (
        "project.conf keeps done" in desk.act("branch_delete", "branch:done", branch="done", commit=done).err
    )
    assert merged.branches() == {"main", "work", "done"}


def test_a_branch_of_another_repository_is_only_printed(merged: Checkout, desk: Desk, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    merged.git("clone", "--quiet", str(merged.root), str(clone))
    desk.set(checkout=str(clone))
    from_kit = "branch:origin-done." + merged_mark(merged, "origin/done")
    commit = merged.git("rev-parse", "done")
    done = desk.act("branch_delete", from_kit, branch="origin/done", commit=commit)
    assert (
        done.out == "origin/done belongs to another repository; yours to run: git push origin --delete done\n"
    )
    assert "origin/done" in merged.git("branch", "-r", cwd=clone)


def merged_mark(checkout: Checkout, name: str) -> str:
    """Return the start of git's own hash of a name."""
    place = checkout.root.parent / "name"
    place.write_text(name)
    return checkout.git("hash-object", str(place))[:6]


def test_a_release_is_written_down_once_and_touches_nothing(merged: Checkout, desk: Desk) -> None:
    before = merged.git("for-each-ref"), merged.git("status", "--porcelain")
    given = {"tag": "v1.0.1", "branch": "main", "commit": merged.head(), "since": "v1.0.0"}
    done = desk.act("release_cut", "branch:main", **given)
    assert done.out == f"wrote data/releases/v1.0.1.md: the commands for v1.0.1 at {merged.head()[:10]}\n"
    page = (desk.root / "data/releases/v1.0.1.md").read_text()
    assert (
        f"git tag --annotate v1.0.1 {merged.head()} --message v1.0.1\ngit push origin refs/tags/v1.0.1\n"
        in page
    )
    assert (merged.git("for-each-ref"), merged.git("status", "--porcelain")) == before
    assert "was cut before" in desk.act("release_cut", "branch:main", **given).err


def test_the_tag_is_made_where_the_maintainer_says_so(merged: Checkout, desk: Desk) -> None:
    desk.set(tag="yes")
    merged.git("config", "user.name", "Ann")
    merged.git("config", "user.email", "ann@example.com")
    given = {"tag": "v1.0.1", "branch": "main", "commit": merged.head(), "since": "v1.0.0"}
    done = desk.act("release_cut", "branch:main", **given)
    assert done.code == 0, done.err
    assert merged.git("cat-file", "-t", "v1.0.1") == "tag"
    assert merged.git("rev-parse", "v1.0.1^{commit}") == merged.head()
    assert "git tag " not in (desk.root / "data/releases/v1.0.1.md").read_text()


def test_a_release_that_would_be_wrong_by_now_is_not_cut(merged: Checkout, desk: Desk) -> None:
    main, work = merged.git("rev-parse", "main"), merged.git("rev-parse", "work")
    good = {"tag": "v1.0.1", "branch": "main", "commit": main, "since": "v1.0.0"}
    refused = {
        "is not on main any more": ("branch:main", {**good, "commit": work}),
        "the tag v1.0.0 is there already": ("branch:main", {**good, "tag": "v1.0.0"}),
        "cannot be a tag": ("branch:main", {**good, "tag": "--delete"}),
        "the branch that is looked after is branch:main": ("branch:other", good),
        "needs about and with": ("branch:main", {"tag": "v1.0.1"}),
    }
    for says, (about, given) in refused.items():
        turn = desk.act("release_cut", about, **given)
        assert turn.code == 1 and says in turn.err, turn.err
    assert not (desk.root / "data").exists() or not list((desk.root / "data/releases").glob("*"))


@pytest.mark.parametrize("name", ["../x.md", "/etc/x.md", ".x.md", "x.txt", ""])
def test_a_draft_is_written_nowhere_else(desk: Desk, name: str) -> None:
    turn = desk.act("notes_write", None, file=name, text="x", commit="a" * 40)
    assert turn.code == 1 and "is no name for a draft" in turn.err


def test_no_action_is_a_sentence_and_not_a_crash(merged: Checkout, desk: Desk) -> None:
    for program in ("notes_write", "release_cut", "branch_delete"):
        turn = desk.act(program, "branch:main")
        assert turn.code == 1 and "the action needs" in turn.err
