"""A holder's program that tries to get out of its sandbox: a table of attempts, each with a target of its own.

Run as a holder, it makes every attempt of work/plan.json, and writes what it got hold of to work/came.jsonl, a line an
attempt. Whether one succeeded is not its to say: an observer outside compares the world before and after, and looks
for the targets' secrets in all that it said. Only where an attempt has no effect outside, its own word counts.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import mmap
import os
import stat
import struct
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.syscall.restype = ctypes.c_long
ARM = os.uname().machine == "aarch64"
AT_FDCWD = -100
NUMBERS = {
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272),
    "mount": (165, 40), "pivot_root": (155, 41), "chroot": (161, 51), "unshare": (272, 97), "setns": (308, 268),
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282), "add_key": (248, 217),
    "keyctl": (250, 219), "syslog": (103, 116), "sethostname": (170, 161), "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265), "fanotify_init": (300, 262), "inotify_init1": (294, 26),
    "inotify_add_watch": (254, 27), "shmget": (29, 194), "semget": (64, 190), "msgget": (68, 186),
    "mq_open": (240, 180), "fchmodat": (268, 53), "utimensat": (280, 88), "renameat2": (316, 276),
    "tkill": (200, 130), "tgkill": (234, 131), "rt_sigqueueinfo": (129, 138), "prlimit64": (302, 261),
    "ioprio_set": (251, 30), "clone": (56, 220), "setpriority": (141, 140), "fallocate": (285, 47),
    "iopl": (172, -1), "futimesat": (261, -1), "vfork": (58, -1), "creat": (85, -1), "truncate": (76, 45),
}  # fmt: skip
SAME = {
    "pidfd_send_signal": 424, "io_uring_setup": 425, "open_tree": 428, "fsopen": 430, "pidfd_open": 434,
    "clone3": 435, "openat2": 437, "pidfd_getfd": 438, "process_madvise": 440, "mount_setattr": 442,
    "fchmodat2": 452, "setxattrat": 463,
}  # fmt: skip


def call(name: str, *given: Any) -> int:
    """Make a call of the kernel by number."""
    number = SAME[name] if name in SAME else NUMBERS[name][ARM]
    words = [ctypes.c_long(one) if isinstance(one, int) else one for one in given]
    done = int(LIBC.syscall(ctypes.c_long(number), *words))
    if done < 0:
        raise OSError(ctypes.get_errno(), f"{name}: {os.strerror(ctypes.get_errno())}")
    return done


def said(*words: str, given: str = "") -> str:
    """Run a program and give what it printed."""
    done = subprocess.run(words, input=given, capture_output=True, text=True, errors="replace", timeout=20)
    return done.stdout + done.stderr


def apart(does: Callable[[], Any], *, deep: bool = False) -> str:
    """Do something in a child, or in a grandchild that has left its session; gives what it gives."""
    out, into = os.pipe()
    pid = os.fork()
    if pid == 0:
        text = ""
        with contextlib.suppress(BaseException):
            if deep:
                os.setsid()
                if os.fork():
                    os._exit(0)
            text = str(does() or "")
        with contextlib.suppress(OSError):
            os.write(into, text.encode("utf-8", "replace")[:4000])
        os._exit(0)
    os.close(into)
    found = b""
    while block := os.read(out, 4096):
        found += block
    os.close(out)
    os.waitpid(pid, 0)
    return found.decode("utf-8", "replace")


def wrote(path: str, flags: int, data: bytes = b"owned", *, at: int | None = None) -> None:
    """Open and write."""
    fd = os.open(path, flags, 0o644, dir_fd=at)
    try:
        if data:
            os.write(fd, data)
    finally:
        os.close(fd)


def held(path: str, flags: int = os.O_RDONLY) -> int:
    """Open, for what can be done with a descriptor; it is closed by the process's end."""
    return os.open(path, flags)


def here(path: str) -> str:
    """Give a name of our own for a target."""
    return "work/" + str(abs(hash(path)) % 10**9)


def fresh(path: str) -> str:
    """Make a file of our own."""
    name = here(path)
    Path(name).unlink(missing_ok=True)
    Path(name).write_text("ours")
    return name


def above(path: str) -> int:
    return os.open(os.path.dirname(path), os.O_PATH | os.O_DIRECTORY)


def base(path: str) -> str:
    return os.path.basename(path)


# Writing: each changes the file at the path, or what stands beside it under its name and -new.


def linked(path: str) -> None:
    name = here(path)
    Path(name).unlink(missing_ok=True)
    os.link(path, name)
    wrote(name, os.O_WRONLY)


def symlinked(path: str) -> None:
    name = here(path)
    Path(name).unlink(missing_ok=True)
    os.symlink(path, name)
    wrote(name, os.O_WRONLY | os.O_TRUNC)


def exchanged(path: str) -> None:
    call("renameat2", AT_FDCWD, os.fsencode(fresh(path)) + b"\0", AT_FDCWD, os.fsencode(path) + b"\0", 2)


def tmpfile(path: str) -> None:
    fd = os.open(os.path.dirname(path), os.O_TMPFILE | os.O_WRONLY, 0o644)
    os.write(fd, b"owned")
    if LIBC.linkat(AT_FDCWD, f"/proc/self/fd/{fd}".encode(), AT_FDCWD, os.fsencode(f"{path}-new"), 0x400):
        raise OSError(ctypes.get_errno(), "linkat")


def mapped(path: str) -> None:
    fd = os.open(path, os.O_RDWR)
    with mmap.mmap(fd, 4) as pages:
        pages[:4] = b"owne"
    os.close(fd)


def flagged(path: str) -> None:
    fd = held(path)
    was = struct.unpack("l", fcntl.ioctl(fd, 0x80086601, struct.pack("l", 0)))[0]
    fcntl.ioctl(fd, 0x40086602, struct.pack("l", was ^ 0x40))  # FS_IOC_SETFLAGS: nodump


def opened2(path: str, flags: int) -> int:
    how = struct.pack("QQQ", flags, 0o644 if flags & os.O_CREAT else 0, 0)
    return call("openat2", AT_FDCWD, os.fsencode(path) + b"\0", how, len(how))


def closed2(path: str, flags: int) -> None:
    fd = opened2(path, flags)
    os.write(fd, b"owned")
    os.close(fd)


def copied_into(path: str) -> None:
    source, into = os.open(fresh(path), os.O_RDONLY), os.open(path, os.O_WRONLY)
    os.copy_file_range(source, into, 4)


def through(root: str) -> Callable[[str], None]:
    return lambda path: wrote(f"{root}{path}", os.O_WRONLY | os.O_TRUNC)


def in_a_thread(path: str) -> None:
    thread = threading.Thread(target=_try, args=(path,))
    thread.start()
    thread.join()


def _try(path: str) -> None:
    with contextlib.suppress(OSError):
        wrote(path, os.O_WRONLY | os.O_TRUNC)


def timed(path: str) -> None:
    call("utimensat", AT_FDCWD, os.fsencode(path) + b"\0", struct.pack("4q", 1, 0, 1, 0), 0)


def by_name(name: str, *words: str) -> Callable[[str], str]:
    return lambda path: said(name, *(word.replace("%", path) for word in words))


WRITES: dict[str, Callable[[str], Any]] = {
    "open to write": lambda p: wrote(p, os.O_WRONLY),
    "open to read and write": lambda p: wrote(p, os.O_RDWR),
    "open to append": lambda p: wrote(p, os.O_WRONLY | os.O_APPEND),
    "open and cut": lambda p: wrote(p, os.O_WRONLY | os.O_TRUNC, b""),
    "open to read, and cut": lambda p: wrote(p, os.O_RDONLY | os.O_TRUNC, b""),
    "create beside": lambda p: wrote(f"{p}-new", os.O_WRONLY | os.O_CREAT | os.O_EXCL),
    "openat2": lambda p: closed2(p, os.O_WRONLY),
    "openat2 creating": lambda p: closed2(f"{p}-new", os.O_WRONLY | os.O_CREAT),
    "openat below a folder opened by path only": lambda p: wrote(base(p), os.O_WRONLY, at=above(p)),
    "truncate": lambda p: os.truncate(p, 1),
    "truncate by number": lambda p: call("truncate", os.fsencode(p) + b"\0", 2),
    "unlink": os.unlink,
    "unlink below a folder opened by path only": lambda p: os.unlink(base(p), dir_fd=above(p)),
    "move away": lambda p: os.rename(p, here(p)),
    "move over": lambda p: os.rename(fresh(p), p),
    "move beside": lambda p: os.rename(fresh(p), f"{p}-new"),
    "exchange": exchanged,
    "rename in place": lambda p: os.rename(p, f"{p}-new"),
    "hard link into work, write there": linked,
    "hard link out of work": lambda p: os.link(fresh(p), f"{p}-new"),
    "symbolic link in work, write through": symlinked,
    "symbolic link beside": lambda p: os.symlink("/etc/passwd", f"{p}-new"),
    "folder beside": lambda p: os.mkdir(f"{p}-new"),
    "pipe beside": lambda p: os.mkfifo(f"{p}-new"),
    "mknod beside": lambda p: os.mknod(f"{p}-new", stat.S_IFREG | 0o644),
    "device beside": lambda p: os.mknod(f"{p}-new", stat.S_IFCHR | 0o666, os.makedev(1, 3)),
    "file without a name, linked beside": tmpfile,
    "shared map": mapped,
    "fallocate": lambda p: os.posix_fallocate(held(p, os.O_RDWR), 0, 9999),
    "copy_file_range": copied_into,
    "chmod": lambda p: os.chmod(p, 0o777),
    "fchmod of a reader": lambda p: os.fchmod(held(p), 0o777),
    "fchmodat below a folder": lambda p: os.chmod(base(p), 0o777, dir_fd=above(p)),
    "fchmodat2": lambda p: call("fchmodat2", AT_FDCWD, os.fsencode(p) + b"\0", 0o777, 0),
    "chmod by /proc/self/fd": lambda p: os.chmod(f"/proc/self/fd/{held(p, os.O_PATH)}", 0o777),
    "chmod through a link in work": lambda p: (os.symlink(p, n := here(p) + "l"), os.chmod(n, 0o777)),
    "chmod by a way round": lambda p: os.chmod(f"{os.path.dirname(p)}/../{base(os.path.dirname(p))}/{base(p)}", 0o777),
    "chmod from work, upwards": lambda p: os.chmod(os.path.relpath(p, "work").join(("work/", "")), 0o777),
    "set-uid": lambda p: os.chmod(p, 0o4755),
    "chown": lambda p: os.chown(p, 1, 1),
    "lchown": lambda p: os.lchown(p, -1, 2),
    "fchown of a reader": lambda p: os.fchown(held(p), 3, 3),
    "utime": lambda p: os.utime(p, (1, 1)),
    "utimensat by number": timed,
    "futimens of a reader": lambda p: os.utime(held(p), (2, 2)),
    "utime below a folder": lambda p: os.utime(base(p), (3, 3), dir_fd=above(p)),
    "setxattr": lambda p: os.setxattr(p, "user.owned", b"1"),
    "lsetxattr": lambda p: os.setxattr(p, "user.owned", b"1", follow_symlinks=False),
    "fsetxattr of a reader": lambda p: os.setxattr(held(p), "user.owned", b"1"),
    "flags of a reader": flagged,
    "through /proc/self/root": through("/proc/self/root"),
    "through /proc/thread-self/root": through("/proc/thread-self/root"),
    "through the parent's root": lambda p: through(f"/proc/{os.getppid()}/root")(p),
    "in a thread": in_a_thread,
    "in a child": lambda p: apart(lambda: wrote(p, os.O_WRONLY | os.O_TRUNC)),
    "in a grandchild of another session": lambda p: apart(lambda: wrote(p, os.O_WRONLY | os.O_TRUNC), deep=True),
    "after chdir": lambda p: apart(lambda: (os.chdir(os.path.dirname(p)), wrote(base(p), os.O_WRONLY))),
    "after fchdir": lambda p: apart(lambda: (os.fchdir(above(p)), wrote(base(p), os.O_WRONLY))),
    "sh": by_name("/bin/sh", "-c", 'echo owned >"$1"', "sh", "%"),
    "sh appending": by_name("/bin/sh", "-c", 'echo owned >>"$1"', "sh", "%"),
    "cp": by_name("cp", "-f", "/etc/passwd", "%"),
    "dd": by_name("dd", "if=/dev/zero", "of=%", "bs=1", "count=1", "conv=notrunc"),
    "touch": by_name("touch", "-d", "2001-01-01", "--", "%"),
    "rm": by_name("rm", "-f", "--", "%"),
    "mv": by_name("mv", "-f", "--", "%", "work/"),
    "ln": by_name("ln", "-f", "--", "%", "work/"),
    "chmod by its program": by_name("chmod", "700", "--", "%"),
    "tee": lambda p: said("tee", "--", p, given="owned"),
    "install": by_name("install", "-m", "755", "/etc/passwd", "%-new"),
    "another interpreter with no environment": by_name(
        "env", "-i", sys.executable, "-I", "-c", "import sys; open(sys.argv[1], 'w')", "%"
    ),
}  # fmt: skip


# Reading: each gives what it found out.


def sent(path: str) -> str:
    out, into = os.pipe()
    os.sendfile(into, held(path), 0, 200)
    return os.read(out, 200).decode()


def through_handle(path: str) -> str:
    held_by = ctypes.create_string_buffer(struct.pack("Ii", 128, 0) + bytes(128))
    mount = ctypes.c_int()
    call("name_to_handle_at", AT_FDCWD, os.fsencode(path) + b"\0", held_by, ctypes.byref(mount), 0)
    fd = call("open_by_handle_at", os.open("/", os.O_RDONLY), held_by, os.O_RDONLY)
    return os.read(fd, 200).decode()


def bound(path: str) -> str:
    call("unshare", 0x20000)
    call("mount", b"none\0", b"/\0", None, 0x44000, None)  # private, so that nothing of it is seen outside
    Path("work/bound").mkdir(exist_ok=True)
    call("mount", os.fsencode(os.path.dirname(path)) + b"\0", b"work/bound\0", None, 4096, None)
    return Path("work/bound", base(path)).read_text()


def rooted(path: str) -> str:
    os.chroot(os.path.dirname(path))
    return Path("/", base(path)).read_text()


READS: dict[str, Callable[[str], Any]] = {
    "open": lambda p: Path(p).read_text(),
    "openat2": lambda p: os.read(opened2(p, os.O_RDONLY), 200),
    "below a folder opened by path only": lambda p: os.read(os.open(base(p), os.O_RDONLY, dir_fd=above(p)), 200),
    "opened by path only, opened again": lambda p: Path(f"/proc/self/fd/{held(p, os.O_PATH)}").read_text(),
    "map": lambda p: mmap.mmap(held(p), 0, prot=mmap.PROT_READ).read(),
    "sendfile": sent,
    "by handle": through_handle,
    "through /proc/self/root": lambda p: Path(f"/proc/self/root{p}").read_text(),
    "through the parent's root": lambda p: Path(f"/proc/{os.getppid()}/root{p}").read_text(),
    "symbolic link in work": lambda p: (os.symlink(p, n := here(p) + "r"), Path(n).read_text())[1],
    "hard link in work": lambda p: (os.link(p, n := here(p) + "h"), Path(n).read_text())[1],
    "moved into work": lambda p: (os.rename(p, n := here(p) + "m"), Path(n).read_text())[1],
    "in a child": lambda p: apart(lambda: Path(p).read_text()),
    "in a grandchild of another session": lambda p: apart(lambda: Path(p).read_text(), deep=True),
    "after chdir": lambda p: apart(lambda: (os.chdir(os.path.dirname(p)), Path(base(p)).read_text())[1]),
    "in another root": lambda p: apart(lambda: rooted(p)),
    "bound over a folder of ours": lambda p: apart(lambda: bound(p)),
    "getxattr": lambda p: os.getxattr(p, "user.word"),
    "getxattr by a link": lambda p: (os.symlink(p, n := here(p) + "x"), os.getxattr(n, "user.word"))[1],
    "listxattr": lambda p: " ".join(os.listxattr(p)),
    "llistxattr": lambda p: " ".join(os.listxattr(p, follow_symlinks=False)),
    "cat": by_name("cat", "--", "%"),
    "grep": by_name("grep", "-a", "", "--", "%"),
    "tar": by_name("tar", "cf", "-", "-P", "--", "%"),
    "cp out": lambda p: (said("cp", "--", p, n := here(p) + "c"), Path(n).read_text())[1],
    "sh": by_name("/bin/sh", "-c", 'read -r x <"$1"; echo "$x"', "sh", "%"),
    "as a script": by_name("/bin/sh", "%"),
    "another interpreter with no environment": by_name(
        "env", "-i", sys.executable, "-I", "-c", "import sys; print(open(sys.argv[1]).read())", "%"
    ),
}  # fmt: skip
