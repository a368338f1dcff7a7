"""Cut a release that a person said yes to: write down the commands, or make the tag; the action is JSON on stdin.

`tag = yes` in project.conf makes an annotated tag in the checkout. Nothing is ever pushed, and no file of it changes.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "kit"))

from git import GitTrouble
from project import Project, open_project
from turn import Trouble


def main() -> int:
    """Check again what was true when it was offered, then do it once."""
    try:
        action = json.load(sys.stdin)
        print(cut(open_project(), action, action["with"]))
    except (ValueError, KeyError, TypeError) as error:
        print(
            f"release.cut: the action needs about and with.tag, .branch, .commit: {error!r}", file=sys.stderr
        )
        return 1
    except Trouble as trouble:
        print(f"release.cut: {trouble}; nothing was done", file=sys.stderr)
        return 1
    return 0


def cut(project: Project, action: dict[str, Any], given: dict[str, Any]) -> str:
    """Do it, and return what was done; raises Trouble where it would be wrong by now."""
    tag, commit, since = str(given["tag"]), str(given["commit"]), str(given.get("since") or "")
    head, git = project.head(), project.git
    if action["about"] != head.about:  # what the gate judged, not what the payload says
        raise Trouble(f"it is about {action['about']}, and the branch that is looked after is {head.about}")
    if not re.fullmatch(r"[0-9a-f]{40,64}", commit) or not git.yes(
        "merge-base", "--is-ancestor", commit, head.sha
    ):
        raise Trouble(f"{commit[:10]} is not on {head.branch} any more")
    if tag.startswith("-") or not git.yes("check-ref-format", f"refs/tags/{tag}"):
        raise Trouble(f"{tag!r} cannot be a tag")
    if git.yes("rev-parse", "--verify", "--quiet", f"refs/tags/{tag}"):
        raise Trouble(f"the tag {tag} is there already")
    message = f"{tag}\n\n{action.get('because') or ''}"
    path = Path("data/releases", re.sub(r"[^A-Za-z0-9._+-]+", "-", tag).strip(".-") + ".md")
    path.parent.mkdir(parents=True, exist_ok=True)
    made = project.is_on("tag")
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(page(project, tag, commit, since, made=made, action=str(action.get("id") or "")))
    except FileExistsError:
        raise Trouble(f"{path} is there already, so {tag} was cut before") from None
    if made:
        try:
            git.ask("tag", "--annotate", f"--message={message}", "--end-of-options", tag, commit)
        except GitTrouble as error:
            path.unlink()
            raise Trouble(f"no tag was made: {error}") from error
        return f"tagged {commit[:10]} as {tag}; {path} says how to push it"
    return f"wrote {path}: the commands for {tag} at {commit[:10]}"


def page(project: Project, tag: str, commit: str, since: str, *, made: bool, action: str) -> str:
    """Return the page that a person works from."""
    top, name = shlex.quote(str(project.top)), shlex.quote(tag)
    lines = [
        f"# {tag}",
        "",
        f"Commit {commit}, after {since or 'the beginning'}.",
        f"Said yes to as {action}, {os.environ.get('FLEET_NOW', '')}.",
        "The draft of its notes lies in data/notes/unreleased.md; read it before you use it.",
        "",
        "```sh",
        f"cd {top}",
        *([] if made else [f"git tag --annotate {name} {commit} --message {name}"]),
        f"git push origin refs/tags/{name}",
        "```",
        "",
        "The tag is made already; nothing is pushed."
        if made
        else "Nothing was tagged and nothing is pushed.",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
