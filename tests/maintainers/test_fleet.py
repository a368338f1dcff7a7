"""The whole example on a real checkout, through the real program: a broken morning, and a release that is held."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from maintainers.checkout import EXAMPLE, QUICK, RUNNER, Checkout

from fleet.store.yaml import read_plain, split_front

GOOD = "a passed\nb passed\n"
BAD = "a passed\nb failure one is not two\n"
LONG_AGO = 300


class Ops:
    """The example in a folder inside of the checkout, as `fleet init` writes it, driven by the command line alone."""

    def __init__(self, project: Checkout, **conf: str) -> None:
        self.project, self.root = project, project.root / "ops"
        assert self("init", "--from", "maintainers", "ops", cwd=project.root).returncode == 0
        text = (self.root / "project.conf").read_text()
        for key, value in {"python": sys.executable, **conf}.items():
            assert f"\n{key} =" in text
            text = "".join(
                f"{key} = {value}\n" if line.startswith(f"{key} =") else line
                for line in text.splitlines(True)
            )
        (self.root / "project.conf").write_text(text)

    def __call__(self, *words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Call the program and wait for its end."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith("FLEET_")}
        done = subprocess.run(
            [sys.executable, "-m", "fleet", *words],
            cwd=cwd or self.root,
            input="",
            capture_output=True,
            text=True,
            timeout=100,
            env={**kept, "COLUMNS": "200"},
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done

    def serve(self, *wakes: str) -> None:
        """Wake some seats, and let everything that is due happen."""
        for seat in wakes:
            assert self("wake", seat).returncode == 0
        done = self("up", "--once")
        assert done.returncode == 0, done.stderr

    def state(self, seat: str) -> dict[str, Any]:
        """Return what a seat has published, with its body."""
        parts = split_front((self.root / f"state/{seat}.md").read_text())
        assert parts is not None
        header: Any = read_plain(parts[0])
        return {**header, "body": parts[1]}

    def records(self, what: str, **having: object) -> list[dict[str, Any]]:
        """Return the records of a kind, as the ledger has them."""
        days = sorted((self.root / "ledger").glob("*.jsonl"))
        lines = [line for day in days for line in day.read_text().splitlines()]
        every = [record for record in map(json.loads, lines) if record["what"] == what]
        return [one for one in every if all(one["data"].get(key) == value for key, value in having.items())]

    def approvals(self) -> list[dict[str, Any]]:
        """Return what waits for the maintainer's yes."""
        return list(json.loads(self("approve", "--json").stdout)["data"]["approvals"])


@pytest.fixture
def ops(project: Checkout) -> Ops:
    """A project with a failing test, a dead link, a stale branch and a merged one, and twelve commits after its tag."""
    days = (
        datetime.now(UTC) - datetime(2026, 11, 23, 7, 30, tzinfo=UTC)
    ).days  # ages count from the real today
    ago = LONG_AGO - days
    project.commit(
        "begin", {"run.py": RUNNER, "cases.txt": GOOD, "README.md": "[guide](docs/guide.md)\n"}, days_ago=ago
    )
    project.git("tag", "v1.0.0")
    project.git("branch", "finished")
    project.git("checkout", "--quiet", "-b", "idea")
    project.commit("half an idea", {"idea.txt": "x"}, days_ago=ago)
    project.git("checkout", "--quiet", "main")
    for number in range(11):
        project.commit(f"fix: number {number}", {"n.txt": str(number)}, days_ago=ago - 1)
    project.commit("fix: one too many", {"cases.txt": BAD}, days_ago=ago - 2)
    (project.root / ".git/info/exclude").write_text("/ops/\n")
    return Ops(project, **QUICK)


def test_a_broken_morning_is_told_and_the_release_is_held_until_the_tests_pass(
    ops: Ops, project: Checkout
) -> None:
    before, broken = project.git("for-each-ref"), project.head()
    ops.serve()

    report = ops.state("chief")
    assert report["headline"].startswith(f"1 test of 2 fails on main at {project.head()[:10]}: suite::b; ")
    assert "- suite::b, failing: one is not two" in report["body"]
    assert "- README.md:1, dead-link: there is no docs/guide.md" in report["body"]
    assert "- idea, stale: 1 commit of its own, last commit 300 days ago" in report["body"]
    assert (
        report["body"].index("## tests")
        < report["body"].index("## links")
        < report["body"].index("## branches")
    )
    assert "vulnerabilities not known" in report["body"]

    assert [claim["about"] for claim in ops.state("tests")["claims"]] == ["branch:main"]
    (held,) = ops.records("verdict", kind="release.cut")
    texts = (ops.root / "fleet.yaml").read_text().splitlines()
    place = next(f"fleet.yaml:{n}" for n, text in enumerate(texts, 1) if "rank: [tests" in text)
    assert (held["data"]["verdict"], held["data"]["place"]) == ("hold", place)
    assert "branch:main is claimed by tests" in held["data"]["reason"]
    assert "Nobody releases from a branch whose tests fail." in held["data"]["reason"]
    assert [card["kind"] for card in ops.approvals()] == ["branch.delete"]
    assert ops.records("trouble") == []

    # The same commit again is not run again, and the same release stays one that is held.
    ops.serve("tests", "notes")
    assert "JOINED" in ops("tail", "notes").stdout
    assert not ops.records("action_intent", kind="release.cut")

    # Mended: the claim goes, the old offer is taken back, and the maintainer is asked about the newest commit.
    mended = project.commit("fix: mend b", {"cases.txt": GOOD, "docs/guide.md": "x"}, days_ago=0)
    ops.serve("tests")
    assert ops.state("tests")["claims"] == []
    (card,) = [one for one in ops.approvals() if one["kind"] == "release.cut"]
    assert (card["about"], card["person"]) == ("branch:main", "maintainer")
    assert card["with"] == {"tag": "v1.0.1", "branch": "main", "commit": mended, "since": "v1.0.0"}
    asked = {record["data"]["hash"] for record in ops.records("approval_asked", kind="release.cut")}
    assert len(asked) == 1  # nobody was ever asked to release the broken commit

    # A yes runs it once, and it is offered no more.
    assert ops("approve", card["id"]).returncode == 0
    ops.serve()
    done = ops.records("action_outcome", kind="release.cut")
    assert [record["data"]["outcome"] for record in done] == ["done"]
    assert mended in (ops.root / "data/releases/v1.0.1.md").read_text()
    ops.serve("notes")
    assert len(ops.records("action_intent", kind="release.cut")) == 1
    assert "is cut already" in ops.state("notes")["body"]
    assert project.git("for-each-ref") == before.replace(broken, mended)
    assert project.git("status", "--porcelain") == ""


def test_init_writes_it_beside_a_projects_own_files_and_overwrites_none(project: Checkout) -> None:
    project.commit("begin", {"actions/mine.py": "1", ".gitignore": "mine\n", "seats/x": "y"})
    done = subprocess.run(
        [sys.executable, "-m", "fleet", "init", "--from", "maintainers"],
        cwd=project.root,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "7 seats. Checked: no errors" in done.stdout
    assert project.git("diff", "--stat") == ""
    assert (project.root / ".gitignore").read_text() == "mine\n"


def test_what_init_writes_is_strictly_without_a_mistake_and_whole(tmp_path: Path) -> None:
    for words in (("init", "ops", "--from", "maintainers"), ("-C", "ops", "check", "--strict")):
        done = subprocess.run(
            [sys.executable, "-m", "fleet", *words],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    written = {
        str(path.relative_to(tmp_path / "ops")) for path in (tmp_path / "ops").rglob("*") if path.is_file()
    }
    shipped = {str(path.relative_to(EXAMPLE)) for path in EXAMPLE.rglob("*") if path.is_file()}
    shipped = {name for name in shipped if "__pycache__" not in name and "/work/" not in name}
    assert written == {name.replace("gitignore", ".gitignore") for name in shipped} | {"fleet.schema.json"}
    kinds = {path.parent.name for path in (tmp_path / "ops/seats").glob("*/SEAT.md")}
    assert kinds == {"tests", "deps", "branches", "links", "notes", "chief"}
