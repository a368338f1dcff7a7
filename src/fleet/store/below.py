"""Below: all that lies below a folder, without following links, as far as a turn may leave it."""

from __future__ import annotations

from fleet.errors import Unreadable
from fleet.store.files import Files
from fleet.store.stat import Stat

FILES_MAX = 2000
ENTRIES_MAX = 2 * FILES_MAX
"""Names of files and folders that are looked at."""
DEPTH_MAX = 32


def below(files: Files, folder: str) -> dict[str, Stat]:
    """Look at all that lies below a folder; raises Unreadable for more than a turn may leave."""
    found: dict[str, Stat] = {}
    folders, plain = [folder], 0
    while folders:
        here = folders.pop()
        for name in files.names(here):
            path = f"{here}/{name}"
            stat = files.stat(path)
            if stat is None:
                continue
            found[path] = stat
            plain += stat.kind != "folder"
            if len(found) > ENTRIES_MAX or plain > FILES_MAX or path.count("/") > DEPTH_MAX:
                raise Unreadable(
                    f"{folder}: more than {FILES_MAX:,} files, {ENTRIES_MAX:,} names or {DEPTH_MAX} folders deep"
                )
            if stat.kind == "folder":
                folders.append(path)
    return found
