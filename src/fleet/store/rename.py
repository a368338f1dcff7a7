"""Renames without overwriting, in one step where the system can."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from functools import cache

_RENAME_NOREPLACE = 1  # linux/fs.h
_SYSTEM_SAYS_NO = {errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP}


def rename_new(source: str, target: str, source_folder: int, target_folder: int) -> None:
    """Rename within folders given by descriptor; raises FileExistsError instead of overwriting.

    In one step where the system can; else by link and unlink, which a crash can leave half done.
    """
    call = (source_folder, os.fsencode(source), target_folder, os.fsencode(target), _RENAME_NOREPLACE)
    number = _renameat2()(*call)
    if number == 0:
        return
    if number not in _SYSTEM_SAYS_NO:
        raise OSError(number, os.strerror(number))
    os.link(
        source, target, src_dir_fd=source_folder, dst_dir_fd=target_folder, follow_symlinks=False
    )  # fmt: skip
    os.unlink(source, dir_fd=source_folder)


@cache
def _renameat2() -> Callable[[int, bytes, int, bytes, int], int]:
    import ctypes  # here, since most commands move nothing

    call = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if call is None:
        return lambda *_: errno.ENOSYS
    return lambda *given: 0 if call(*given) == 0 else ctypes.get_errno()
