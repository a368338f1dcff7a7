"""Delete one merged local branch that a person said yes to; the action is JSON on stdin.

Everything is checked again. Of a branch of another repository only the command is printed. The commit stays where it
is: what is printed says how to put the branch back.
"""

from __future__ import annotations

import json
import shlex
import sys
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "kit"))

from project import Head, Project, open_project
from turn import Trouble, subject


def main() -> int:
    """Check again, then delete."""
    try:
        action = json.load(sys.stdin)
        print(delete(open_project(), action, action["with"]))
    except (ValueError, KeyError, TypeError) as error:
        print(f"branch.delete: the action needs about and with.branch, .commit: {error!r}", file=sys.stderr)
        return 1
    except Trouble as trouble:
        print(f"branch.delete: {trouble}; nothing was deleted", file=sys.stderr)
        return 1
    return 0


def delete(project: Project, action: dict[str, Any], given: dict[str, Any]) -> str:
    """Delete the branch and return what was done; raises Trouble where that would be wrong by now."""
    name, commit, head = str(given["branch"]), str(given["commit"]), project.head()
    if action["about"] != subject("branch", name):  # what the gate judged, not what the payload says
        raise Trouble(f"it is about {action['about']}, and its payload names {name!r}")
    if is_remote(project, name) and not is_local(project, name):
        remote, _, short = name.partition("/")
        command = f"git push {shlex.quote(remote)} --delete {shlex.quote(short)}"
        return f"{name} belongs to another repository; yours to run: {command}"
    check(project, head, name, commit)
    # Deleted only if it still is where it was offered: git compares and deletes in one step.
    project.git.ask("update-ref", "-m", f"fleet: {action.get('id', '')}", "-d", f"refs/heads/{name}", commit)
    project.git.yes("config", "--local", "--remove-section", f"branch.{name}")
    return f"deleted {name} at {commit[:10]}; to put it back: git branch {shlex.quote(name)} {commit}"


def is_remote(project: Project, name: str) -> bool:
    """Say whether another repository had a branch of this name at the last fetch."""
    return project.git.yes("rev-parse", "--verify", "--quiet", f"refs/remotes/{name}")


def is_local(project: Project, name: str) -> bool:
    """Say whether there is a local branch of this name."""
    return project.git.yes("rev-parse", "--verify", "--quiet", f"refs/heads/{name}")


def check(project: Project, head: Head, name: str, commit: str) -> None:
    """Raise Trouble unless the branch is there, is where it was, is merged, is nobody's work place, and not kept."""
    if name.startswith("-") or not is_local(project, name):
        raise Trouble(f"there is no local branch {name!r}")
    at = project.git.text("rev-parse", f"refs/heads/{name}^{{commit}}")
    if at != commit:
        raise Trouble(f"{name} has moved on from {commit[:10]} to {at[:10]}")
    if not head.branch or name == head.branch:
        raise Trouble(f"{name} is the branch that is looked after")
    if any(fnmatchcase(name, pattern) for pattern in project.words("keep_branches")):
        raise Trouble(f"project.conf keeps {name}")
    if not project.git.yes("merge-base", "--is-ancestor", commit, head.sha):
        raise Trouble(f"{name} is not fully merged into {head.branch}")
    if f"branch refs/heads/{name}" in project.git.text("worktree", "list", "--porcelain").splitlines():
        raise Trouble(f"{name} is checked out in a work tree")


if __name__ == "__main__":
    sys.exit(main())
