"""project.conf and the checkout: what every seat says where it cannot look."""

from __future__ import annotations

from pathlib import Path

import pytest
from maintainers.checkout import PATH, Checkout, Desk

LOOKING = ("tests", "deps", "links", "notes")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("tset_command = x", "there is no key 'tset_command'; did you mean test_command?"),
        ("branch = a\nbranch = b", "branch is given twice"),
        ("just words", "a line is `key = value`"),
    ],
)
def test_a_slip_in_project_conf_is_named_with_its_line(
    project: Checkout, desk: Desk, line: str, says: str
) -> None:
    project.commit("begin")
    (desk.root / "project.conf").write_text(f"# a remark\ncheckout = {project.root}\n{line}\n")
    turn = desk.start("links")
    assert (turn.code, turn.out) == (1, "")
    assert turn.err == f"links: project.conf:{3 + line.count(chr(10))}: {says}\n"


def test_a_line_that_was_taken_out_means_what_is_usual(project: Checkout, desk: Desk) -> None:
    project.commit("begin", files={"README.md": "[x](y)"})
    (desk.root / "project.conf").write_text(f"checkout = {project.root}\n")
    assert desk.result("links")["scorecard"] == {"dead_links": 1}
    assert desk.start("branches").code == 0


@pytest.mark.parametrize("seat", LOOKING)
def test_every_seat_says_what_makes_it_blind(
    project: Checkout, desk: Desk, seat: str, tmp_path: Path
) -> None:
    assert f"{seat}: {project.root} has no commit yet\n" == desk.start(seat).err
    desk.set(checkout="/no/such/folder")
    assert "there is no such folder" in desk.start(seat).err
    desk.set(checkout="/proc")
    assert "is in no git checkout" in desk.start(seat).err
    (tmp_path / "bin").mkdir()
    desk.set(checkout=str(project.root))
    assert "there is no program git in PATH" in desk.start(seat, path=str(tmp_path / "bin")).err
    (desk.root / "project.conf").unlink()
    assert desk.start(seat).err == f"{seat}: project.conf is not there\n"


def test_the_branch_is_found_without_being_named(tmp_path: Path, desk: Desk) -> None:
    origin = Checkout(tmp_path / "origin", branch="develop/next")
    origin.commit("begin")
    origin.git("branch", "main")
    origin.git("clone", "--quiet", str(origin.root), str(tmp_path / "clone"))
    desk.set(checkout=str(tmp_path / "clone"))
    assert "on develop/next at" in desk.result("notes")["headline"]  # what origin/HEAD names, before main
    origin.git("remote", "set-head", "origin", "--delete", cwd=tmp_path / "clone")
    assert "on main at" in desk.result("notes")["headline"]  # of the other repository: there is no local one
    origin.git("branch", "-r", "-d", "origin/main", cwd=tmp_path / "clone")
    assert "on develop/next at" in desk.result("notes")["headline"]  # what is checked out
    desk.set(branch="nosuch")
    assert "branch = nosuch: there is no such branch here" in desk.start("notes").err


def test_a_local_branch_that_is_behind_says_so(project: Checkout, desk: Desk, tmp_path: Path) -> None:
    project.commit("begin")
    project.git("clone", "--quiet", str(project.root), str(tmp_path / "clone"))
    project.commit("second")
    project.git("fetch", "--quiet", cwd=tmp_path / "clone")
    desk.set(checkout=str(tmp_path / "clone"))
    assert "The local main is 1 commit behind origin/main." in desk.result("links")["body"]


def test_nothing_that_the_repository_or_its_owner_hooks_into_git_is_run(
    project: Checkout, desk: Desk, tmp_path: Path
) -> None:
    project.commit("begin", {"README.md": "x", "run.py": ""})
    mark = tmp_path / "ran"
    for name in ("post-checkout", "monitor"):
        hook = tmp_path / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\ntouch {mark}-{name}\n")
        hook.chmod(0o755)
    settings = f"[core]\n\thooksPath = {tmp_path}/hooks\n\tfsmonitor = {tmp_path}/hooks/monitor\n"
    (desk.root / ".gitconfig").write_text(settings)  # the desk's HOME
    with (project.root / ".git/config").open("a") as config:
        config.write(settings)
    desk.set(test_command="{python} run.py", test_report="x.xml")
    for seat in (*LOOKING, "branches"):
        desk.result(seat)
    assert not list(tmp_path.glob("ran-*"))


def test_it_runs_as_well_where_python_is_found_by_name(project: Checkout, desk: Desk) -> None:
    project.commit("begin")
    desk.set(python="python3")
    assert desk.start("deps", path=PATH).code == 0
