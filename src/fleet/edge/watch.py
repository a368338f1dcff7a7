"""The watch: rings when a file below some folders changes, and is the only importer of watchdog.

It says "look there" and nothing else: the kernel drops events in a burst, and watches may run
out. A sweep of the folders finds what it missed, and alive() says whether it hears at all.
"""

from __future__ import annotations

import contextlib
import ctypes
import logging
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from watchdog.events import FileSystemEvent
    from watchdog.observers.api import BaseObserver, ObservedWatch

IN_DELETE_SELF = 0x400  # linux/inotify.h: any mask will do, this one stays silent

Place = tuple[int, int]  # device and inode: a folder that was remade, or moved away, is another one


class Watch:
    """A recursive watch of `folders` (below `root`).

    `ring` gets a path and whether it has just been renamed to that name, from watchdog's thread.
    """

    def __init__(self, root: str, folders: Sequence[str], ring: Callable[[str, bool], None]) -> None:
        self._folders = [str(Path(root, folder)) for folder in folders]
        self._ring = ring
        self._observer: BaseObserver | None = None
        self._armed: dict[str, tuple[ObservedWatch, Place]] = {}
        self._probe = _Probe()
        self._deaf = False  # some subfolder may have got no watch

    def start(self) -> None:
        """Begin to ring. Raises nothing: with nothing to watch, or no watch left, alive() is False."""
        from watchdog.observers.inotify import InotifyObserver

        # It warns of events that come while it is being stopped; nobody needs them.
        logging.getLogger("watchdog").setLevel(logging.ERROR)
        try:
            # Full events: a file moved in from a folder that is not watched is told as moved, not as made.
            self._observer = InotifyObserver(generate_full_events=True)
            self._observer.start()
            self._probe.open()
        except (OSError, RuntimeError):  # no inotify instance, or no thread, to be had
            self._observer = None
        self.alive()

    def stop(self) -> None:
        """Ring no more."""
        self._probe.close()
        if self._observer is not None:
            self._observer.stop()
            self._observer.join()
            self._observer = None
            self._armed.clear()

    def alive(self) -> bool:
        """Say whether every folder is heard, and mend what can be mended. Cheap: one stat a folder.

        A folder that was removed, remade or replaced since the last call is watched anew by this one.
        """
        if self._observer is None or not self._observer.is_alive():
            return False
        heard = [self._hear(self._observer, folder) for folder in self._folders]
        if not self._probe.finds_room():
            self._deaf = True
        elif self._deaf and all(heard):
            self._deaf = False
            for folder in self._folders:
                self._disarm(self._observer, folder)
            return self.alive()
        return all(heard) and not self._deaf

    def _hear(self, observer: BaseObserver, folder: str) -> bool:
        place = _place(folder)
        watch, armed_at = self._armed.get(folder, (None, None))
        if watch is not None and place == armed_at and _emits(observer, watch):
            return True
        self._disarm(observer, folder)
        return place is not None and self._arm(observer, folder, place)

    def _arm(self, observer: BaseObserver, folder: str, place: Place) -> bool:
        from watchdog import events as ev

        wanted: list[type[FileSystemEvent]] = [ev.FileCreatedEvent, ev.FileMovedEvent, ev.FileDeletedEvent]
        # A file counts as changed when its writer closes it, so that one save is one ring.
        wanted += [ev.FileClosedEvent, ev.DirCreatedEvent, ev.DirMovedEvent, ev.DirDeletedEvent]
        bell = ev.FileSystemEventHandler()
        bell.on_any_event = self._on_event  # type: ignore[method-assign]
        try:
            watch = observer.schedule(bell, folder, recursive=True, event_filter=wanted)
        except (OSError, RuntimeError):
            return False
        self._armed[folder] = (watch, place)
        return True

    def _disarm(self, observer: BaseObserver, folder: str) -> None:
        watch, _ = self._armed.pop(folder, (None, None))
        if watch is not None:
            with contextlib.suppress(KeyError, OSError):
                observer.unschedule(watch)

    def _on_event(self, event: FileSystemEvent) -> None:
        for path in (event.src_path, event.dest_path):
            if path:
                arrived = event.event_type == "moved" and path == event.dest_path
                # A closed loop refuses to be called: the daemon is going down.
                with contextlib.suppress(RuntimeError):
                    self._ring(os.fsdecode(path), arrived)


class _Probe:
    """A watch of our own, tried and taken back: watchdog says nothing when a subfolder gets none."""

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._fd = -1

    def open(self) -> None:
        # Kept open, because closing an inotify descriptor takes the kernel up to 2 ms.
        self._fd = self._libc.inotify_init1(os.O_CLOEXEC | os.O_NONBLOCK)

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def finds_room(self) -> bool:
        watch = self._libc.inotify_add_watch(self._fd, b"/", IN_DELETE_SELF)
        if watch < 0:
            return False
        self._libc.inotify_rm_watch(self._fd, watch)
        with contextlib.suppress(BlockingIOError):
            os.read(self._fd, 4096)  # each one taken back leaves a note in the queue
        return True


def _emits(observer: BaseObserver, watch: ObservedWatch) -> bool:
    return any(one.watch == watch and one.is_alive() for one in observer.emitters)


def _place(folder: str) -> Place | None:
    try:
        stat = os.stat(folder, follow_symlinks=False)
    except OSError:
        return None
    return (stat.st_dev, stat.st_ino)
