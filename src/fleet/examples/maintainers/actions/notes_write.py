"""Write a draft of release notes into data/notes/; the action comes as JSON on stdin. Safe to repeat.

A draft that a person has edited is left alone: the new one goes beside it, named after its commit.
"""

from __future__ import annotations

import json
import re
import sys
from hashlib import sha256
from pathlib import Path

MARK = re.compile(r"\n<!-- written by notes, ([0-9a-f]{16}) -->\n\Z")


def main() -> int:
    """Write the draft and say where."""
    try:
        given = json.load(sys.stdin)["with"]
        name, text, commit = str(given["file"]), str(given["text"]), str(given["commit"])
    except (ValueError, KeyError, TypeError) as error:
        print(
            f"notes.write: the action needs with.file, with.text and with.commit: {error!r}", file=sys.stderr
        )
        return 1
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,60}\.md", name) or not re.fullmatch(
        r"[0-9a-f]{10,64}", commit
    ):
        print(f"notes.write: {name!r} is no name for a draft; nothing was written", file=sys.stderr)
        return 1
    path = Path("data/notes", name)
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and not is_ours(path):
        path = path.with_name(f"{path.stem}-{commit[:10]}.md")
        if path.exists() and not is_ours(path):
            print(f"{path} was edited too; nothing was written")
            return 0
    staged = path.with_name(f".{path.name}.tmp")
    staged.write_text(f"{text}\n<!-- written by notes, {print_of(text)} -->\n", encoding="utf-8")
    staged.replace(path)
    print(f"wrote {path}")
    return 0


def is_ours(path: Path) -> bool:
    """Say whether a draft lies there as this program wrote it."""
    text = path.read_text(encoding="utf-8", errors="replace")
    found = MARK.search(text)
    return found is not None and found[1] == print_of(text[: found.start()])


def print_of(text: str) -> str:
    """Return the mark of a text."""
    return sha256(text.encode()).hexdigest()[:16]


if __name__ == "__main__":
    sys.exit(main())
