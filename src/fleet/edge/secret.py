"""Secret: reads the value of one where nobody else can: a file, or a credential that systemd gives."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping, Sequence

from fleet.core.redact import LONGEST
from fleet.errors import Unreadable

OTHERS = 0o077
"""Permissions that a file with a secret gives to nobody."""
CREDENTIALS = "CREDENTIALS_DIRECTORY"


def read_file(path: str, root: str) -> str:
    """Read a secret's file, without its last newline. Raises Unreadable, which says nothing of what is in it."""
    if is_inside(path, root):
        raise Unreadable(f"{path} lies in the fleet's folder; keep it elsewhere")
    raw, found = _read(path)
    if found.st_uid not in (os.geteuid(), 0):
        raise Unreadable(
            f"{path} belongs to the user {found.st_uid}, not to this daemon's user or root; chown it"
        )
    if found.st_mode & OTHERS:
        raise Unreadable(
            f"{path} has the mode {stat.S_IMODE(found.st_mode):04o}: others can use it; chmod 600 it"
        )
    return text_of(raw, path)


def is_inside(path: str, root: str) -> bool:
    """Say whether a path leads into the fleet's folder."""
    return os.path.realpath(path).startswith(f"{os.path.realpath(root)}/")


def read_credential(name: str, environ: Mapping[str, str]) -> str:
    """Read a credential of systemd's. Raises Unreadable."""
    folder = environ.get(CREDENTIALS)
    if not folder:
        raise Unreadable(
            f"systemd gave this daemon no credentials; the unit needs LoadCredential={name}:PATH"
        )
    path = os.path.join(folder, name)
    if not os.path.lexists(path):
        raise Unreadable(
            f"systemd gave this daemon no credential {name}; the unit needs LoadCredential={name}:PATH"
        )
    return text_of(_read(path)[0], path)


def ask_now(argv: Sequence[str], folder: str, limit_s: float) -> str:
    """Wait for what a command prints. Raises Unreadable, which says nothing of what that was."""
    import subprocess

    said = f"`{' '.join(argv)}`"
    try:
        done = subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=limit_s,
            cwd=folder,
            check=False,
            # It counts as inside of the fleet, though a person has it run: it decides nothing for him.
            env={**os.environ, "FLEET_TURN": "secret", "FLEET_ROOT": folder},
        )
    except (OSError, subprocess.TimeoutExpired) as exc:
        raise Unreadable(f"{said} gave nothing: {type(exc).__name__}") from None
    if done.returncode:
        raise Unreadable(f"{said} ended with exit {done.returncode}")
    return text_of(done.stdout, f"what {said} printed")


def text_of(raw: bytes, where: str) -> str:
    """Give what was read as text, without its last newline."""
    try:
        return raw.decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise Unreadable(f"{where} holds bytes that are no UTF-8 text") from None


def _read(path: str) -> tuple[bytes, os.stat_result]:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    except OSError as exc:
        why = (
            "is a link, and links are not followed"
            if os.path.islink(path)
            else f"cannot be read: {exc.strerror}"
        )
        raise Unreadable(f"{path} {why}") from exc
    try:
        found = os.fstat(fd)
        if not stat.S_ISREG(found.st_mode):
            raise Unreadable(f"{path} is not a regular file")
        raw = b""
        while len(raw) <= LONGEST and (block := os.read(fd, LONGEST + 1 - len(raw))):
            raw += block
    except OSError as exc:
        raise Unreadable(f"{path} cannot be read: {exc.strerror}") from exc
    finally:
        os.close(fd)
    if len(raw) > LONGEST:
        raise Unreadable(f"{path} is longer than {LONGEST} bytes")
    return raw, found
