"""Git, asked so that nothing is written, fetched, or run on behalf of the repository."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from turn import Trouble

LIMIT_S = 120.0  # one question; a repository that needs longer is too big for a turn
SAFE = (
    *("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "log.showSignature=false"),
    *("-c", "core.quotePath=false", "-c", "color.ui=false", "-c", "i18n.logOutputEncoding=UTF-8"),
)
ENVIRONMENT = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "file",  # a partial clone must not fetch while it is looked at
    "GIT_LFS_SKIP_SMUDGE": "1",
    "LC_ALL": "C.UTF-8",
}


class GitTrouble(Trouble):
    """Git said no, in its own words."""


class Git:
    """One repository. Every question is one process, bounded in time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def ask(self, *words: str, given: bytes | None = None) -> bytes:
        """Return what git prints; raises GitTrouble where it exits with anything but 0."""
        done = self._run(words, given)
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip().splitlines()
            raise GitTrouble(f"git {words[0]}: {said[-1] if said else f'exit {done.returncode}'}")
        return done.stdout

    def text(self, *words: str) -> str:
        """Return what git prints as text; bytes that are no UTF-8 are shown as such."""
        return self.ask(*words).decode("utf-8", "replace").rstrip("\n")

    def names(self, *words: str) -> list[str]:
        """Return what git prints with -z as a list; odd bytes survive the way back to git."""
        return [os.fsdecode(part) for part in self.ask(*words).split(b"\0") if part]

    def yes(self, *words: str) -> bool:
        """Say whether git exits with 0."""
        return self._run(words, None).returncode == 0

    def _run(self, words: Sequence[str], given: bytes | None) -> subprocess.CompletedProcess[bytes]:
        kept = {key: os.environ[key] for key in ("PATH", "HOME", "TZ") if key in os.environ}
        try:
            return subprocess.run(
                ["git", "-C", str(self.folder), "--no-pager", *SAFE, *words],
                input=given if given is not None else b"",
                capture_output=True,
                timeout=LIMIT_S,
                env={**kept, **ENVIRONMENT},
            )
        except FileNotFoundError:
            raise Trouble("there is no program git in PATH") from None
        except subprocess.TimeoutExpired:
            raise Trouble(f"git {words[0]} took over {LIMIT_S:.0f} s") from None
        except OSError as error:
            raise Trouble(f"git cannot be started: {error}") from error
