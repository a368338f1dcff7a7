"""Walls: what a seat's holder is kept inside of for one turn, by what its entry allows and this machine gives."""

from __future__ import annotations

import glob
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import fleet
from fleet.core.brief import Brief
from fleet.core.chart import Seat
from fleet.core.isolation import isolation, refusal
from fleet.core.names import out_path, seat_folder, state_path
from fleet.core.outside import within
from fleet.edge import landlock, links, sandbox
from fleet.edge.bounds import Bounds
from fleet.edge.kernel import User
from fleet.edge.landlock import GIVEN, KEPT, LIST, OF_FILES, READ, SEEN, WRITE, Reach
from fleet.edge.program import Launch
from fleet.edge.sandbox import Walls, user_named

if TYPE_CHECKING:
    from fleet.runtime.fleet import Fleet
    from fleet.store.files import Files

SYSTEM = (
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/nix/store",
    "/run/current-system/sw",
)
"""Where a system keeps its programs and libraries."""
SETTINGS = (
    *("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "ld.so.preload", "alternatives", "passwd", "group"),
    *("nsswitch.conf", "hosts", "host.conf", "gai.conf", "resolv.conf", "services", "protocols", "networks"),
    *("localtime", "timezone", "locale.alias", "locale.conf", "terminfo", "inputrc", "mime.types", "magic"),
    *("os-release", "debian_version", "gitconfig", "ssl/certs", "ssl/cert.pem", "ssl/openssl.cnf", "java-*"),
    *(
        "pki/tls/certs",
        "pki/tls/cert.pem",
        "pki/tls/openssl.cnf",
        "pki/ca-trust/extracted",
        "crypto-policies",
    ),
    *("ca-certificates", "ca-certificates.conf", "fonts"),
)
"""What of /etc programs read: no keys, no passwords."""
FACTS = (
    *(
        "/proc/cpuinfo",
        "/proc/meminfo",
        "/proc/version",
        "/proc/filesystems",
        "/proc/sys/vm/overcommit_memory",
    ),
    *("/proc/sys/kernel/cap_last_cap", "/proc/sys/kernel/ngroups_max", "/sys/devices/system/cpu"),
    "/sys/kernel/mm/transparent_hugepage",
)
"""What programs ask of the machine to suit themselves to it."""
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
WORK, TMP = "work", "work/tmp"
_MANY = re.compile(r"[*?\[]")
PASSED = 0o711
"""Of a folder through which another user comes to his brief, and in which he sees no names."""


def unheld(seat: Seat) -> str:
    """Say what a seat's turn needs of this machine and does not find; "" where it finds all."""
    why = refusal(seat, sandbox.machine())
    if not why and seat.user and user_named(seat.user) is None:
        return f"its `user: {seat.user}` is no user of this machine; no process was started"
    return why


def refused(fleet_: Fleet, seat: Seat) -> str:
    """Say why a seat's turn cannot start inside its walls, or as its user; "" if it can."""
    why = unheld(seat)
    if why or seat.sandbox.level == "off":
        return why
    root = os.path.realpath(fleet_.files.root)
    for place in (*seat.sandbox.read, *seat.sandbox.write):
        whole = os.path.realpath(_at_home(place, _user_of(seat)))
        if os.path.commonpath((root, whole)) in (root, whole):
            return (
                f"its sandbox's {place} holds the fleet's own folder, or lies in it; no process was started"
            )
    return _shut(fleet_, seat)


def _shut(fleet_: Fleet, seat: Seat) -> str:
    """See to it that nothing in what a seat may write leads out of it; gives why that cannot be.

    From inside walls nothing can be brought in there, and it takes an edit to give a seat some or another place
    to write: so it is done once for a daemon and a revision.
    """
    held = fleet_.works.held
    if held.get(seat.id) == fleet_.revision_id or isolation(seat, sandbox.machine()).way in ("none", "user"):
        return ""
    root, out = fleet_.files.root, os.path.dirname(out_path(seat.id, "t-1"))
    ahead = [f"{out}/{name}" for name in fleet_.files.names(out) if not fleet_.account.used(name)]
    user = _user_of(seat)
    try:
        for folder in (seat_folder(seat.id), out):
            if mount := links.mounted_below(os.path.join(root, folder)):
                return f"something is mounted at {folder}/{mount}, behind its walls; no process was started"
        places = [f"{seat_folder(seat.id)}/{WORK}", *ahead]
        copied = links.cut(root, places, user.uid if user else None)
    except links.Kept as exc:
        return f"{exc}: what leads out of its walls is not told apart there; no process was started"
    except OSError as exc:
        return f"what it may write cannot be looked through: {exc}; no process was started"
    if copied:
        more = f" and {len(copied) - 1} more" if len(copied) > 1 else ""
        says = f"{copied[0]}{more} led out of the walls of {seat.id}, by a hard link or as a device; "
        says += "files are copies now, devices and pipes are gone"
        fleet_.trouble("files", says, fleet_.clock.now(), seat=seat.id)
    held[seat.id] = fleet_.revision_id
    return ""


def shared(fleet_: Fleet, seat: Seat) -> Iterator[str]:
    """Name the places outside of the fleet folder that a seat may see and another one may write."""
    mine = (*seat.sandbox.read, *seat.sandbox.write)
    for other in fleet_.chart.seats.values() if mine else ():
        if other.id == seat.id or not other.sandbox.write:
            continue
        theirs = [os.path.realpath(_at_home(place, _user_of(other))) for place in other.sandbox.write]
        for place in mine:
            whole = os.path.realpath(_at_home(place, _user_of(seat)))
            if any(within(whole, one) for one in theirs):
                yield f"{place}, where {other.id} may write"


def enclosed(fleet_: Fleet, seat: Seat, brief: Brief, launch: Launch) -> Launch:
    """Say how a holder is started inside its walls; one without any starts as it is."""
    held = isolation(seat, sandbox.machine())
    if held.way == "none":
        return launch
    user = _user_of(seat)
    root, own, out = fleet_.files.root, f"{seat_folder(seat.id)}/{WORK}", out_path(seat.id, brief.turn)
    _room(fleet_.files, f"{seat_folder(seat.id)}/{TMP}")
    if user is not None:
        _hand_over(root, user, own, out, os.path.relpath(launch.env["FLEET_BRIEF"], root))
    wants = seat.sandbox
    if wants.level == "off":
        return replace(
            launch, env={**launch.env, "HOME": user.home if user else "/"}, walls=Walls("user", user=user)
        )
    places = [_at_home(place, user) for place in wants.write]
    walls = Walls(
        way=held.way,
        reaches=tuple(_reaches(root, seat, brief, launch, way=held.way)),
        own=(os.path.join(root, own), os.path.join(root, out), *places),
        ports=wants.ports,
        user=user,
        bounds=Bounds(wants.memory, wants.processes, wants.files),
    )
    return replace(launch, env={**launch.env, **_environment(root, seat, user)}, walls=walls)


def _room(files: Files, tmp: str) -> None:
    """Make the folder for what is short-lived; what a holder put in its place, a link or a file, goes."""
    stat = files.stat(tmp)
    if stat is not None and stat.kind != "folder":
        files.unlink(tmp)
    files.make(tmp)


def _environment(root: str, seat: Seat, user: User | None) -> dict[str, str]:
    """Let it find room of its own where programs look for it.

    Its home is his whose places it may use, else the seat's folder. In work/ one turn could leave there what every
    program of the next one runs before its own first line.
    """
    folder = os.path.join(root, seat_folder(seat.id))
    at_home = any(place.startswith("~/") for place in (*seat.sandbox.read, *seat.sandbox.write))
    return {"HOME": _at_home("~", user) if at_home else folder, "TMPDIR": os.path.join(folder, TMP)}


def _reaches(root: str, seat: Seat, brief: Brief, launch: Launch, *, way: str) -> Iterator[Reach]:
    machine = machine_reaches(os.path.realpath(root), os.path.expanduser("~"))
    yield from machine if way == "bubblewrap" else landlock.distinct(machine)
    user, folder = _user_of(seat), seat_folder(seat.id)
    for place in seat.sandbox.read:
        yield Reach(_at_home(place, user), SEEN)
    for place in seat.sandbox.write:
        yield Reach(_at_home(place, user), KEPT | SEEN)
    if launch.argv and os.path.isabs(launch.argv[0]):
        yield Reach(launch.argv[0], SEEN)
    yield Reach(folder, SEEN, root)
    yield Reach(f"{folder}/{WORK}", KEPT, root)
    yield Reach(out_path(seat.id, brief.turn), GIVEN, root)
    yield Reach(os.path.relpath(launch.env["FLEET_BRIEF"], root), READ, root)
    for name in seat.reads:
        yield Reach(state_path(name), READ, root)
    for file in brief.files:
        above = os.path.dirname(_MANY.split(file.pattern)[0])
        if above and _MANY.search(file.pattern):  # for no folder alone: Landlock lists it with all below
            yield Reach(above, LIST, root)
        for path, _, _ in file.found:
            yield Reach(path, READ, root)


@cache
def machine_reaches(root: str, home: str) -> tuple[Reach, ...]:
    """Name what programs need of the machine, and the interpreter and environment that run fleet itself."""
    ours = {sys.prefix, sys.base_prefix, sys.exec_prefix, str(Path(fleet.__file__).parent.parent)}
    ours |= {one for one in sys.path if os.path.basename(one) in ("site-packages", "dist-packages")}
    kept = [os.path.realpath(one) for one in ours if one and os.path.isabs(one) and os.path.exists(one)]
    above = (root, os.path.realpath(home))
    kept = [one for one in kept if all(os.path.commonpath((one, other)) != one for other in above)]
    settings = [path for name in SETTINGS for path in glob.glob(f"/etc/{name}")]
    wanted = (
        *((path, SEEN) for path in (*SYSTEM, *sorted(set(kept)))),
        *((path, READ | LIST) for path in (*settings, *FACTS)),
        *((path, READ | WRITE) for path in DEVICES),
    )
    return tuple(
        Reach(path, access if os.path.isdir(path) else access & OF_FILES)
        for path, access in wanted
        if os.path.exists(path)
    )


def _user_of(seat: Seat) -> User | None:
    return user_named(seat.user) if seat.user else None


def _at_home(place: str, user: User | None) -> str:
    """Give a place with the home in it of whom the holder runs as."""
    if not place.startswith("~"):
        return place
    return (user.home if user is not None else os.path.expanduser("~")).rstrip("/") + place[1:]


def _hand_over(root: str, user: User, own: str, out: str, brief: str) -> None:
    """Give a user what is to be his: the seat's work/ with all in it, what it leaves to be sent, and its brief."""
    for folder in (os.path.dirname(os.path.dirname(brief)), os.path.dirname(brief)):
        os.chmod(os.path.join(root, folder), PASSED)
    for path in (out, brief):
        os.chown(os.path.join(root, path), user.uid, user.gid, follow_symlinks=False)
    if (
        os.lstat(os.path.join(root, own)).st_uid
        == user.uid
        == os.lstat(os.path.join(root, own, "tmp")).st_uid
    ):
        return
    for _, _, names, fd in os.fwalk(os.path.join(root, own), follow_symlinks=False):
        if os.fstat(fd).st_uid != user.uid:
            os.fchown(fd, user.uid, user.gid)
        for name in names:
            found = os.stat(name, dir_fd=fd, follow_symlinks=False)
            if found.st_uid != user.uid and found.st_nlink == 1:  # else it may be somebody else's too
                os.chown(name, user.uid, user.gid, dir_fd=fd, follow_symlinks=False)
