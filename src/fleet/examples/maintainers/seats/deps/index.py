"""The package index, asked by the project's own pip, where project.conf allows it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable

from advisories import plain_environment
from installed import last_line
from requirement import canonical
from turn import clean

LIMIT_S = 60
SHORT = ("--disable-pip-version-check", "--timeout", "5", "--retries", "0")
TRIED = 3  # names that are looked up to learn whether the index answers at all


def newer_versions(python: str, names: Iterable[str]) -> tuple[dict[str, str] | None, str]:
    """Return the newest version of each outdated package; None and a reason where the index gives no answer.

    pip says that nothing is outdated when it reaches no index, so some name must be found there first.
    """
    tried = [*list(names)[:TRIED], "pip"]
    if not any(is_known(python, name) for name in tried):
        return None, f"the package index knew none of {', '.join(tried)}, so it was probably not reached"
    code, out, said = ask(python, "list", "--outdated", "--format", "json")
    if code:
        return None, f"pip gave no answer: {said}"
    try:
        return {canonical(one["name"]): str(one["latest_version"]) for one in json.loads(out)}, ""
    except (ValueError, KeyError, TypeError) as error:
        return None, f"pip gave no readable answer: {clean(repr(error))}"


def is_known(python: str, name: str) -> bool:
    """Say whether the index has any version of a package."""
    return ask(python, "index", "versions", name)[0] == 0


def ask(python: str, *words: str) -> tuple[int, bytes, str]:
    """Run pip and return its exit, what it printed, and the last line of what it said."""
    command = [python, "-m", "pip", *words, *SHORT]
    try:
        done = subprocess.run(
            command, capture_output=True, timeout=LIMIT_S, env=plain_environment(), stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return 1, b"", clean(str(error))
    return done.returncode, done.stdout, last_line(done.stderr)
