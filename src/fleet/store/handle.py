"""Handles: open descriptors of files, for reading at any place and for appending."""

from __future__ import annotations

import os
from contextlib import suppress

from fleet.errors import Broken
from fleet.store.trouble import raise_for, translated


class Reading:
    """A regular file, open for reading at any place."""

    def __init__(self, path: str, fd: int) -> None:
        self.path = path
        self._fd = fd

    @property
    def size(self) -> int:
        """The file's size now, in bytes."""
        return os.fstat(self._fd).st_size

    def read_at(self, offset: int, length: int) -> bytes:
        """Return up to `length` bytes from `offset`; fewer only at the file's end."""
        blocks = []
        with translated(self.path, "cannot be read"):
            while length > 0 and (block := os.pread(self._fd, length, offset)):
                blocks.append(block)
                offset += len(block)
                length -= len(block)
        return b"".join(blocks)

    def close(self) -> None:
        """Give the descriptor back."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


class Appending(Reading):
    """A regular file, open for whole appended lines; of a folder that is `scratch` none of them is synced."""

    def __init__(self, path: str, fd: int, *, scratch: bool = False) -> None:
        super().__init__(path, fd)
        self._scratch = scratch

    def write(self, data: bytes) -> None:
        """Add all of the bytes; on any failure the file is cut back to what it was, and Broken raised."""
        before = self.size
        try:
            write_all(self._fd, data)
        except OSError as exc:
            with suppress(OSError):
                os.ftruncate(self._fd, before)
            raise_for(self.path, "cannot be added to", exc, denied=Broken)

    def sync(self, *, new: bool = False) -> None:
        """Sync what was added to disk (`new`: and all about the file); never called again once it failed."""
        if self._scratch:
            return
        with translated(self.path, "cannot be synced"):
            if new:
                os.fsync(self._fd)
            else:
                os.fdatasync(self._fd)

    def cut(self, size: int) -> None:
        """Cut the file to `size` bytes."""
        with translated(self.path, "cannot be cut back"):
            os.ftruncate(self._fd, size)

    def is_linked(self) -> bool:
        """Say whether the file still has a name."""
        return os.fstat(self._fd).st_nlink > 0


def write_all(fd: int, data: bytes) -> None:
    written = os.write(fd, data)
    while written < len(data):  # a short write: a signal, or the disk is nearly full
        written += os.write(fd, memoryview(data)[written:])
