"""Git: who committed a file as it lies there. It is asked shortly, and what it cannot say is left out."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping

PATIENCE_S = 1.0
"""How long git may take; an edit is not kept waiting for a big repository."""
COMMITS_AT_MOST = 200
"""How far back it is looked for the commit at which a file was as it was before the edit."""
MARK = "commit "
_ENV = {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
_SAFE = (
    *("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"),
    *("-c", "log.showSignature=false", "-c", "core.quotePath=false"),
)


def authors(root: str, before: Mapping[str, str | None]) -> dict[str, list[str]]:
    """Name who committed each of these files since it had that text, the last one first: `Ann Lee <ann@example.com>`.

    Left out is what git does not know of: a file that does not lie there as it was committed. Of one whose
    earlier text was never committed, the author of its last commit is named.
    """
    if not _is_kept(root):
        return {}
    found: dict[str, list[str]] = {}
    for path, text in before.items():
        import subprocess  # 5 ms that reading verbs need not pay

        try:
            if not _git(root, "status", "--porcelain", "--ignored", "--untracked-files=all", "--", path):
                found[path] = _since(root, path, text)
        except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
            return {}
    return {path: names for path, names in found.items() if names}


def _since(root: str, path: str, text: str | None) -> list[str]:
    """List the authors of the commits after which a file had this text, until now."""
    form = f"--format={MARK}%an <%ae>"
    words = ("log", f"-{COMMITS_AT_MOST}", "--raw", "--no-abbrev", "--no-renames", form, "--", path)
    blobs = _blobs(text)
    names: dict[str, None] = {}
    for line in _git(root, *words).splitlines():
        if line.startswith(MARK):
            names[line.removeprefix(MARK)] = None
        elif line.startswith(":") and line.split(None, 4)[2] in blobs:
            return list(names)
    return list(names)[:1]


def _blobs(text: str | None) -> frozenset[str]:
    """Give the names that git may have for a text; for that of a file that was not there, zeros."""
    if text is None:
        return frozenset(("0" * 40, "0" * 64))
    data = text.encode()
    blob = b"blob %d\0%s" % (len(data), data)
    return frozenset(
        (hashlib.sha1(blob, usedforsecurity=False).hexdigest(), hashlib.sha256(blob).hexdigest())
    )


def _is_kept(root: str) -> bool:
    """Say whether the folder, or one above it, is a repository."""
    folder = root
    while not os.path.lexists(os.path.join(folder, ".git")):
        above = os.path.dirname(folder)
        if above == folder:
            return False
        folder = above
    return True


def _git(root: str, *words: str) -> str:
    import subprocess

    # What a repository is set up to run while git looks at it (a filter, say) gets none of the daemon's secrets,
    # and decides for nobody: by its session and its mark it counts as inside of the fleet.
    kept = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
    done = subprocess.run(
        ["git", "--literal-pathspecs", "-C", root, *_SAFE, *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=PATIENCE_S,
        check=True,
        start_new_session=True,
        env={**kept, **_ENV, "FLEET_TURN": "git", "FLEET_ROOT": root},
    )
    return done.stdout.decode()
