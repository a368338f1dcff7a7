"""The project: what project.conf says, and the checkout that it names."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import get_close_matches
from pathlib import Path

from git import Git, GitTrouble
from turn import Trouble, count, root_of, subject

CONF = "project.conf"
KEYS = (
    *("checkout", "branch", "python", "test_command", "test_report", "test_setup", "test_limit", "test_env"),
    *("import_from", "groups", "index", "advisories", "docs", "external", "branch_age", "merged_age"),
    *("keep_branches", "release_after", "tag"),
)
USUAL_BRANCHES = ("main", "master", "trunk")
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


@dataclass(frozen=True)
class Head:
    """The commit that is looked after. `branch` is empty where HEAD is detached and nothing names a branch."""

    branch: str
    ref: str
    sha: str
    at: datetime
    shallow: bool

    @property
    def short(self) -> str:
        """The commit as people write it."""
        return self.sha[:10]

    @property
    def about(self) -> str:
        """What a claim or an action on this line of work is about."""
        return subject("branch", self.branch) if self.branch else f"commit:{self.short}"

    @property
    def where(self) -> str:
        """The branch and the commit, for a sentence."""
        return f"{self.branch} at {self.short}" if self.branch else f"{self.short} (on no branch)"


@dataclass(frozen=True)
class Project:
    """The settings, and git in the checkout."""

    settings: Mapping[str, str]
    top: Path
    git: Git

    def words(self, key: str) -> list[str]:
        """Return a setting that is a list of words."""
        return self.settings[key].split()

    def is_on(self, key: str) -> bool:
        """Return a setting that is yes or no."""
        value = self.settings[key] or "no"
        if value not in ("yes", "no"):
            raise Trouble(f"{CONF}: {key} is yes or no, not {value!r}")
        return value == "yes"

    def span(self, key: str) -> timedelta:
        """Return a setting that is a span of time, as 90d."""
        found = re.fullmatch(r"([0-9]{1,6})([smhdw])", self.settings[key])
        if not found:
            raise Trouble(f"{CONF}: {key} is a span as 20m, 6h or 90d, not {self.settings[key]!r}")
        return timedelta(seconds=int(found[1]) * UNITS[found[2]])

    def number(self, key: str) -> int:
        """Return a setting that is a whole number."""
        if not re.fullmatch(r"[0-9]{1,6}", self.settings[key]):
            raise Trouble(f"{CONF}: {key} is a whole number, not {self.settings[key]!r}")
        return int(self.settings[key])

    def python(self) -> str:
        """Return the path of the project's interpreter; raises Trouble if there is none."""
        if given := self.settings["python"]:
            near = self.top / Path(given).expanduser()
            found = shutil.which(str(near) if os.sep in given else given)
            if found:
                return found
            raise Trouble(f"{CONF}: python = {given}: there is no such program")
        for name in (".venv/bin/python", "venv/bin/python"):
            if found := shutil.which(str(self.top / name)):
                return found
        if found := shutil.which("python3"):
            return found
        raise Trouble("there is no python3 in PATH; name one in project.conf")

    def head(self) -> Head:
        """Return the newest commit of the branch that is looked after."""
        branch, ref = self._branch()
        told = self.git.text("log", "-1", "--format=%H %cI", "--end-of-options", ref, "--")
        sha, _, at = told.partition(" ")
        shallow = self.git.text("rev-parse", "--is-shallow-repository") == "true"
        return Head(branch, ref, sha, datetime.fromisoformat(at), shallow)

    def _branch(self) -> tuple[str, str]:
        """Return the branch's name and the ref to read it at: the local one if there is one."""
        if given := self.settings["branch"]:
            if found := self._ref(given):
                return given, found
            raise Trouble(f"{CONF}: branch = {given}: there is no such branch here")
        remote = self._symbolic("refs/remotes/origin/HEAD").removeprefix("refs/remotes/origin/")
        current = self._symbolic("HEAD").removeprefix("refs/heads/")
        for name in (remote, *USUAL_BRANCHES, current):
            if name and (found := self._ref(name)):
                return name, found
        if self.git.yes("rev-parse", "--verify", "--quiet", "HEAD^{commit}"):
            return "", "HEAD"
        raise Trouble(f"{self.top} has no commit yet")

    def _ref(self, name: str) -> str:
        for ref in (f"refs/heads/{name}", f"refs/remotes/origin/{name}"):
            if self.git.yes("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}"):
                return ref
        return ""

    def _symbolic(self, ref: str) -> str:
        try:
            return self.git.text("symbolic-ref", "--quiet", ref)
        except GitTrouble:
            return ""

    def notes(self, head: Head) -> list[str]:
        """Return what a reader must know about the checkout itself."""
        said = []
        if head.shallow:
            said.append(
                "The checkout is shallow: its history is cut off, so ages and counts may be too small."
            )
        if self.git.yes("cat-file", "-e", f"{head.sha}:.gitmodules"):
            said.append("It has submodules, which are not looked into.")
        if not head.branch:
            said.append("HEAD is detached and no branch is named, so only this commit is looked at.")
        if head.ref == f"refs/heads/{head.branch}":
            behind = self._behind(head)
            if behind:
                said.append(
                    f"The local {head.branch} is {count(behind, 'commit')} behind origin/{head.branch}."
                )
        return said

    def _behind(self, head: Head) -> int:
        other = f"refs/remotes/origin/{head.branch}"
        if not self.git.yes("rev-parse", "--verify", "--quiet", "--end-of-options", other):
            return 0
        return int(self.git.text("rev-list", "--count", f"{head.sha}..{other}", "--"))


def open_project() -> Project:
    """Read project.conf and find the checkout; raises Trouble that says what is wrong."""
    root = root_of()
    settings = read_settings(root / CONF)
    start = root / Path(settings["checkout"] or ".").expanduser()
    if not start.is_dir():
        raise Trouble(f"{CONF}: checkout = {settings['checkout']}: there is no such folder")
    try:
        top = Git(start).text("rev-parse", "--show-toplevel")
    except GitTrouble as error:
        raise Trouble(f"{start} is in no git checkout ({error}); name one in {CONF}") from error
    return Project(settings, Path(top), Git(Path(top)))


def read_settings(path: Path) -> dict[str, str]:
    """Return every key with its value, "" where it was left out; raises Trouble with the line."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise Trouble(f"{CONF} is not there") from None
    except (OSError, UnicodeDecodeError) as error:
        raise Trouble(f"cannot read {CONF}: {error}") from error
    settings = dict.fromkeys(KEYS, "")
    seen: set[str] = set()
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        key, equals, value = (part.strip() for part in line.partition("="))
        if key not in KEYS or not equals or key in seen:
            raise Trouble(f"{CONF}:{number}: {_wrong(key, equals, seen)}")
        seen.add(key)
        settings[key] = value
    return {key: value or USUAL.get(key, "") for key, value in settings.items()}


USUAL = {
    "test_command": "{python} -m pytest -q",
    "test_limit": "20m",
    "docs": "*.md *.rst docs/**/*.md docs/**/*.rst docs/**/*.html",
    "branch_age": "90d",
    "merged_age": "14d",
    "release_after": "10",
}
"""What holds where the line was taken out of project.conf."""


def _wrong(key: str, equals: str, seen: set[str]) -> str:
    if key in seen:
        return f"{key} is given twice"
    if not equals:
        return "a line is `key = value`"
    near = get_close_matches(key, KEYS, 1)
    return f"there is no key {key!r}" + (f"; did you mean {near[0]}?" if near else "")
