"""Commits since the last tag, as git tells them, and how they are grouped."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from git import Git, GitTrouble
from project import Head
from turn import clean

MOST_COMMITS = 2000
MOST_BODY = 20_000  # characters of one commit's message that are looked at
START = re.compile(
    "\x01(?=[0-9a-f]{40,64}\0)"
)  # no message holds a NUL, so none can look like the next commit
FORM = "%x01%H%x00%cI%x00%aN%x00%s%x00%b%x00"
CONVENTIONAL = re.compile(
    r"(?P<type>feat|feature|fix|perf|refactor|docs?|tests?|build|ci|chore|style|revert)"
    r"(?:\((?P<scope>[^)]{1,60})\))?(?P<bang>!)?:\s+(?P<rest>.+)",
    re.IGNORECASE,
)
PREFIX = re.compile(r"(?P<type>[a-z][a-z0-9_./-]{1,24}(?:, [a-z0-9_./-]{2,24})*): (?P<rest>\S.*)")
BREAKING = re.compile(r"^BREAKING[ -]CHANGE:\s*(.*)", re.MULTILINE)
TITLES = {
    "feat": "Features",
    "feature": "Features",
    "fix": "Fixes",
    "perf": "Faster",
    "revert": "Reverts",
    "doc": "Documentation",
    "docs": "Documentation",
    "refactor": "Inside",
    "style": "Inside",
    "test": "Tests",
    "tests": "Tests",
    "build": "Build",
    "ci": "Build",
    "chore": "Chores",
}
RANK = tuple(dict.fromkeys(TITLES.values()))  # what users see first
BOT = "[bot]"  # how programs that commit are called


@dataclass(frozen=True)
class Commit:
    """One commit: `breaking` is what it says it breaks; `areas` are the folders that it touches."""

    sha: str
    at: datetime
    author: str
    subject: str
    breaking: str
    areas: tuple[str, ...]


def last_tag(git: Git, head: Head) -> str:
    """Return the nearest tag that looks like a version, "" if there is none."""
    try:
        return git.text("describe", "--tags", "--abbrev=0", "--match=*[0-9].[0-9]*", head.sha)
    except GitTrouble:
        return ""


def commits_since(git: Git, tag: str, head: Head) -> tuple[list[Commit], int]:
    """Return the commits after a tag, newest first and without merges, and how many were left out."""
    span = [f"refs/tags/{tag}..{head.sha}"] if tag else [head.sha]
    total = int(git.text("rev-list", "--count", "--no-merges", *span, "--"))
    raw = git.ask(
        "log", "--no-merges", f"--max-count={MOST_COMMITS}", f"--format={FORM}", "--name-only", *span, "--"
    )
    commits = [read_commit(part) for part in START.split(raw.decode("utf-8", "replace")) if part.strip()]
    return commits, total - len(commits)


def read_commit(part: str) -> Commit:
    """Read one commit out of the log."""
    sha, at, author, subject, body, files = part.split("\0", 5)
    body = body[:MOST_BODY]
    broken = BREAKING.search(body)
    found = CONVENTIONAL.fullmatch(subject)
    breaking = clean(broken[1] or subject) if broken else clean(subject) if found and found["bang"] else ""
    areas = sorted({area_of(line) for line in files.splitlines() if line.strip()})
    return Commit(sha, datetime.fromisoformat(at), clean(author, 60), clean(subject), breaking, tuple(areas))


def area_of(path: str) -> str:
    """Return the part of the project that a file belongs to: its folder, below src/ the one after it."""
    parts = path.strip('"').split("/")
    if len(parts) > 2 and parts[0] in ("src", "lib", "packages"):
        return "/".join(parts[:2])
    return parts[0] if len(parts) > 1 else "the top folder"


def is_typed(commits: list[Commit]) -> bool:
    """Say whether half of what people committed says its type, as `fix: ...`."""
    people = [one for one in commits if not one.author.endswith(BOT)]
    return bool(people) and 2 * sum(bool(CONVENTIONAL.fullmatch(one.subject)) for one in people) >= len(
        people
    )


def grouped(commits: list[Commit]) -> tuple[str, dict[str, list[str]]]:
    """Return how they are grouped and the groups; what programs committed is counted only.

    By type where half of them say one, else by the word before the colon, else by what they touch.
    """
    people = [one for one in commits if not one.author.endswith(BOT)]
    prefixed = [PREFIX.fullmatch(one.subject) for one in people]
    groups: dict[str, list[str]] = {}
    if is_typed(commits):
        how = "by type"
        for commit in people:
            found = CONVENTIONAL.fullmatch(commit.subject)
            scope = f"{found['scope']}: " if found and found["scope"] else ""
            title = TITLES[found["type"].lower()] if found else "Other"
            groups.setdefault(title, []).append(
                line(commit, scope + found["rest"] if found else commit.subject)
            )
        groups = dict(sorted(groups.items(), key=lambda pair: rank(pair[0])))
    elif people and 2 * sum(map(bool, prefixed)) >= len(people):
        how = "by the word before the colon"
        for commit, begun in zip(people, prefixed, strict=True):
            title = begun["type"].partition(",")[0] if begun else "other"
            groups.setdefault(title, []).append(line(commit, begun["rest"] if begun else commit.subject))
        groups = by_size(groups)
    else:
        how = "by what they touch"
        for commit in people:
            area = commit.areas[0] if len(commit.areas) == 1 else main_area(commit)
            groups.setdefault(area, []).append(line(commit, commit.subject))
        groups = by_size(groups)
    bots = [row for row in authors(commits) if row[0].endswith(BOT)]
    return how, {
        **groups,
        **({"By programs": [f"- {name}: {number}" for name, number in bots]} if bots else {}),
    }


def main_area(commit: Commit) -> str:
    """Return the code that a commit touches where it also touches tests and documentation."""
    code = [
        area
        for area in commit.areas
        if not re.fullmatch(r"docs?|tests?|testing|changelog|\..*|the top folder", area)
    ]
    return code[0] if len(code) == 1 else "several parts" if commit.areas else "no file"


def line(commit: Commit, text: str) -> str:
    """Return a commit as one line of the notes; what its author wrote can open no markup."""
    return f"- {text.replace('<', '&lt;')} ({commit.sha[:10]})"


def rank(title: str) -> tuple[int, str]:
    """Return where a group stands: what users see first."""
    return (RANK.index(title) if title in RANK else len(RANK)), title


def by_size(groups: dict[str, list[str]]) -> dict[str, list[str]]:
    """The largest group first."""
    return dict(sorted(groups.items(), key=lambda pair: (-len(pair[1]), pair[0])))


def authors(commits: list[Commit]) -> list[tuple[str, int]]:
    """Return who wrote how many, the most first."""
    return sorted(Counter(one.author for one in commits).items(), key=lambda pair: (-pair[1], pair[0]))


def next_tag(tag: str, commits: list[Commit]) -> tuple[str, str]:
    """Return the tag that would follow, and why; "" where the last one is no plain version."""
    found = re.fullmatch(r"(?P<before>.*?)(?P<major>\d+)\.(?P<minor>\d+)(?:\.(?P<patch>\d+))?", tag)
    if not found:
        return "", f"{tag} is no plain version" if tag else "there is no tag yet"
    before, major, minor = found["before"], int(found["major"]), int(found["minor"])
    features = any(re.match(r"feat(ure)?\b", one.subject, re.IGNORECASE) for one in commits)
    broken = any(one.breaking for one in commits)
    if broken and major:
        return f"{before}{major + 1}.0.0", "something breaks"
    if features or broken or found["patch"] is None:
        return f"{before}{major}.{minor + 1}.0", "something breaks" if broken else "there are features"
    why = "no commit says that it is more than a fix"
    if not is_typed(commits):
        why = "the smallest step, since the commits name no types; change it as you say yes"
    return f"{before}{major}.{minor}.{int(found['patch']) + 1}", why
