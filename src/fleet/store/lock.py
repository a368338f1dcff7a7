"""Lock: one process a fleet's folder, by the kernel's lock on the folder itself and on a file that names it."""

from __future__ import annotations

import fcntl
import os

from fleet.errors import GroundMoved
from fleet.store.trouble import raise_for


class Lock:
    """A lock held on an open descriptor, until it is closed or the process ends."""

    def __init__(self, path: str, fd: int, ground: int) -> None:
        self.path = path
        self._fds = [fd, ground]

    def is_linked(self) -> bool:
        """Say whether its file still has a name."""
        return bool(self._fds) and os.fstat(self._fds[0]).st_nlink > 0

    def close(self) -> None:
        """Let the lock go. Its file stays: removing it would open a race."""
        while self._fds:
            os.close(self._fds.pop())


def lock_ground(fd: int, path: str) -> None:
    """Lock the folder itself."""
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as exc:
        raise GroundMoved(
            f"{path}: another fleet process holds this folder, and this is not the file that it locked: that one "
            "was removed. Nothing was started. Find it (`fleet tail` names its pid), end it, then start again."
        ) from exc
    except OSError as exc:
        raise_for(path, "cannot be locked", exc)


def lock_file(fd: int, path: str) -> None:
    """Lock the file that says who holds the folder."""
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as exc:
        holder = os.pread(fd, 200, 0).decode("ascii", "replace").strip() or "unknown"
        raise GroundMoved(
            f"{path}: another fleet process holds this folder ({holder}); nothing was started. "
            "Stop that one first, or use it."
        ) from exc
    except OSError as exc:
        raise_for(path, "cannot be locked", exc)
