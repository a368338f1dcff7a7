"""Notes, Release Notes: what changed since the last tag, as a draft, and a release that a person may say yes to.

It reads the commits after the last tag. The draft goes into data/notes/ by the action `notes.write`; once there are
enough commits and the tests have been run on the newest, it offers `release.cut`, which the gate holds while `tests`
claims the branch.
"""

from __future__ import annotations

import os
import re
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, os.path.join(os.environ.get("FLEET_ROOT", "../.."), "kit"))

from history import BOT, Commit, authors, commits_since, grouped, last_tag, next_tag
from project import Head, Project, open_project
from turn import Brief, Item, count, now_of, remember, remembered, root_of, take

DRAFT = "unreleased.md"
DECLINED = Path("work/declined.json")
MOST_TEXT = 200_000  # characters of a draft
MOST_SHOWN = 20_000  # characters of it in the state
SHORT = "...\n\nThe whole draft lies in data/notes/.\n"
NO = re.compile(r"said no to your release\.cut\b")


def turn(brief: Brief) -> dict[str, Any]:
    """Return the draft as a state, and what is offered."""
    now = now_of(brief)
    project = open_project()
    head = project.head()
    tag = last_tag(project.git, head)
    commits, over = commits_since(project.git, tag, head)
    text = draft(project, head, tag, commits, over)
    offer, why = release(brief, project, head, tag, commits, len(commits) + over)
    actions = [*write(text, head), *([offer] if offer else [])]
    keep, withdraw = open_offers(brief, offer)
    return {
        "headline": headline(head, tag, commits, len(commits) + over),
        "as_of": now.isoformat(),
        "items": items(head, tag, commits, len(commits) + over, offer, why),
        "scorecard": {"unreleased_commits": len(commits) + over, **oldest(commits, over, now)},
        "actions": actions,
        "keep": keep,
        "withdraw": withdraw,
        "body": f"{why}\n\n{text if len(text) <= MOST_SHOWN else text[:MOST_SHOWN] + SHORT}",
    }


def headline(head: Head, tag: str, commits: list[Commit], total: int) -> str:
    """Say in one line what waits for a release."""
    if not tag:
        return f"{count(total, 'commit')} on {head.where}, and no version was ever tagged" + cut_off(head)
    breaking = sum(bool(one.breaking) for one in commits)
    said = f", {breaking} breaking" if breaking else ""
    return f"{count(total, 'commit')} since {tag}{said}, on {head.where}" if total else f"Nothing since {tag}"


def cut_off(head: Head) -> str:
    """Say that tags may lie before the cut of a shallow checkout."""
    return " in this shallow checkout" if head.shallow else ""


def items(
    head: Head, tag: str, commits: list[Commit], total: int, offer: dict[str, Any] | None, why: str
) -> list[Item]:
    """Return one item on what is unreleased, and one a breaking change."""
    found: list[Item] = []
    if total:
        facts = {
            "since": tag,
            "commits": total,
            "commit": head.sha,
            "next": offer["with"]["tag"] if offer else "",
        }
        found.append(
            {"about": head.about, "kind": "unreleased", "because": why, "confidence": 1, "with": facts}
        )
    for one in [one for one in commits if one.breaking][:20]:
        found.append(
            {
                "about": f"commit:{one.sha[:10]}",
                "kind": "breaking",
                "because": one.breaking,
                "confidence": 0.9,
            }
        )
    return found


def oldest(commits: list[Commit], over: int, now: datetime) -> dict[str, int]:
    """Return how many days the oldest change has waited; no value where it was left out."""
    if not commits:
        return {"oldest_unreleased_days": 0}
    return {} if over else {"oldest_unreleased_days": max(0, (now - min(one.at for one in commits)).days)}


def draft(project: Project, head: Head, tag: str, commits: list[Commit], over: int) -> str:
    """Return the notes: breaking changes first, then the groups, then who wrote them."""
    how, groups = grouped(commits)
    lines = [
        f"# Unreleased: {head.where}",
        "",
        f"{count(len(commits) + over, 'commit')} since {tag or 'the beginning'}, {how}.",
    ]
    lines += [
        f"Merges are left out, and so are the {over} oldest commits." if over else "Merges are left out."
    ]
    lines += [*project.notes(head), ""]
    breaking = [one for one in commits if one.breaking]
    if breaking:
        lines += [
            "## Breaking",
            "",
            *(f"- {one.breaking.replace('<', '&lt;')} ({one.sha[:10]})" for one in breaking),
            "",
        ]
    for title, rows in groups.items():
        lines += [f"## {title}", "", *rows, ""]
    who = [row for row in authors(commits) if not row[0].endswith(BOT)]
    lines += ["## Written by", "", *(f"- {name}: {number}" for name, number in who), ""] if who else []
    text = "\n".join(lines)
    return text if len(text) <= MOST_TEXT else text[:MOST_TEXT] + "\n\nThe rest was left out.\n"


def write(text: str, head: Head) -> list[dict[str, Any]]:
    """Offer to write the draft, unless it lies there as it is."""
    folder = root_of() / "data/notes"
    for name in (DRAFT, f"unreleased-{head.short}.md"):  # the second, where the first was edited by hand
        try:
            if (folder / name).read_text(encoding="utf-8").startswith(text):
                return []
        except (OSError, UnicodeDecodeError):
            continue
    given = {"file": DRAFT, "text": text, "commit": head.sha}
    return [{"kind": "notes.write", "with": given, "because": f"the draft of {head.where}"}]


# The release


def release(
    brief: Brief, project: Project, head: Head, tag: str, commits: list[Commit], total: int
) -> tuple[dict[str, Any] | None, str]:
    """Return the release to offer, or None and why not."""
    following, reason = next_tag(tag, commits)
    needed = project.number("release_after")
    refused = declined(brief, head)
    if not head.branch:
        return None, "No release is offered: HEAD is on no branch."
    if not following:
        return None, f"No release is offered: {reason}, so its name is yours to choose."
    if total < max(1, needed):
        return None, f"No release is offered before {count(max(1, needed), 'commit')}."
    if refused and not is_news(project, refused, head, needed):
        return None, f"No release is offered: a person said no at {refused[:10]}."
    if (root_of() / "data/releases" / f"{file_name(following)}.md").exists():
        return None, f"No release is offered: {following} is cut already, see data/releases/."
    sticky = standing(brief, project, head, following)
    commit = sticky or head.sha
    if not sticky and not was_run(brief, head):
        return None, f"No release is offered before the tests were run on {head.short}."
    facts = {"tag": following, "branch": head.branch, "commit": commit, "since": tag}
    because = f"{count(total, 'commit')} since {tag}; {following}: {reason}"
    return {
        "kind": "release.cut",
        "about": head.about,
        "with": facts,
        "because": because,
    }, f"A release is offered: {because}."


def file_name(tag: str) -> str:
    """Return the name of the file that a cut release leaves; the action's program uses the same."""
    return re.sub(r"[^A-Za-z0-9._+-]+", "-", tag).strip(".-")


def was_run(brief: Brief, head: Head) -> bool:
    """Say whether the Test Watcher's state is on this commit, or says that nothing is to be run."""
    read = (brief.get("reads") or {}).get("tests") or {}
    for item in (read.get("state") or {}).get("items") or []:
        if item.get("kind") == "not-run" or (item.get("with") or {}).get("commit") == head.sha:
            return True
    return False


def standing(brief: Brief, project: Project, head: Head, following: str) -> str:
    """Return the commit of a release that waits for a person already: it stays good while the branch still has it."""
    for one in brief.get("holds") or []:
        given = one.get("with") or {}
        commit = str(given.get("commit") or "")
        asked = one.get("kind") == "release.cut" and one.get("status") == "asked"
        same = asked and given.get("tag") == following and re.fullmatch(r"[0-9a-f]{40,64}", commit)
        if same and project.git.yes("merge-base", "--is-ancestor", commit, head.sha):
            return commit
    return ""


def open_offers(brief: Brief, offer: dict[str, Any] | None) -> tuple[list[str], list[str]]:
    """Return which open releases go on and which are taken back: only the one that is offered now goes on."""
    keep: list[str] = []
    withdraw: list[str] = []
    for one in brief.get("holds") or []:
        if one.get("kind") != "release.cut" or one.get("status") not in ("held", "asked", "offered"):
            continue
        same = offer is not None and one.get("with") == offer["with"]
        (keep if same and one.get("must_keep") else [] if same else withdraw).append(str(one["id"]))
    return keep, withdraw


def declined(brief: Brief, head: Head) -> str:
    """Return the commit at which a person last said no, and remember it."""
    refused = str(remembered(DECLINED).get("commit") or "")
    for row in brief.get("corrections") or []:
        if NO.search(str(row.get("says") if isinstance(row, dict) else row)):
            refused = head.sha
            remember(DECLINED, {"commit": refused})
    return refused


def is_news(project: Project, refused: str, head: Head, needed: int) -> bool:
    """Say whether enough commits came after the one at which a person said no."""
    if not re.fullmatch(r"[0-9a-f]{40,64}", refused) or not project.git.yes(
        "cat-file", "-e", f"{refused}^{{commit}}"
    ):
        return True
    return (
        int(project.git.text("rev-list", "--count", "--no-merges", f"{refused}..{head.sha}", "--")) >= needed
    )


if __name__ == "__main__":
    sys.exit(take("notes", turn))
