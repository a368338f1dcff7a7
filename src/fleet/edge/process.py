"""The process: one program started, fed, read, held to its limit, and ended with its whole tree.

The end of a main process comes by its pidfd, so that a grandchild which keeps a pipe open keeps
nobody waiting. It leads a session; what leaves its tree is reparented to us (`become_subreaper`).
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from typing import IO, TYPE_CHECKING

from fleet.edge import tree
from fleet.edge.clock import SystemClock
from fleet.edge.program import Ended, Launch, Over, Program, opened, say_fault

if TYPE_CHECKING:
    from fleet.core.redact import Stream

__all__ = ["Ended", "Launch", "Over", "Program", "Running", "start"]

READ_BYTES = 65536  # what a pipe holds by default
PIPE_MAX_BYTES = 1 << 20  # what a pipe can hold at most without privilege: pipe(7)
TAIL_BYTES = 2048
TAIL_KEPT = TAIL_BYTES + 256  # so that a mark which stands across its beginning is seen whole
LOOK_EVERY_S = 1.0  # how often dead orphans of a long turn are reaped
LEFTOVER_GRACE_S = 0.05  # between TERM and KILL for what outlives its main process
SETTLE_S = 0.9  # how long past its limit and grace a result waits for the last of its tree to be gone
PATIENCE_S = 5.0  # how long after KILL it waits for that at most
PASSES = 8  # how often in a row what lives is listed and killed before anything else is done
PAUSE_S = 0.016  # between such rows at most, while a result waits

# Children belong to the operating system's process, so their table does too: one for all turns.
_ROSTER = tree.Roster()
_CLOCK = SystemClock()


def whose(pid: int) -> str:
    """Name the turn or action inside of which a process runs, by the kernel's word; "" where that cannot be told."""
    return _ROSTER.whose(pid)


class Running(Program):
    """A started program; `pid` is 0 if it could not be started."""

    def __init__(self, launch: Launch) -> None:
        self.pid = 0
        self.started_ticks = 0  # clock ticks since boot, as in /proc/PID/stat
        self._launch = launch
        self._loop = asyncio.get_running_loop()
        self._ended: asyncio.Future[Ended] = self._loop.create_future()
        self._started_s = _CLOCK.elapsed()
        self._timed_out = self._overflowed = self._over = False
        self._told = False  # to end; only once, for what starts later may be how it saves its work
        self._stopped: str | None = None
        self._kill_at_s: float | None = None  # set once the tree has been told to end
        self._stragglers: set[tree.Name] = set()
        try:
            self._spawn()
        except (OSError, ValueError) as exc:
            self._over = True
            self._ended.set_result(Ended(fault=say_fault(launch, exc)))

    async def wait(self) -> Ended:
        """Wait for the end. Cancelling the wait stops nothing; any number may wait."""
        return await asyncio.shield(self._ended)

    def stop(self, why: str) -> None:
        """Tell the tree to end: TERM now, KILL after the grace. Does nothing after the end."""
        if self._over or self._kill_at_s is not None:
            return
        self._stopped = why
        self._tell()

    def _spawn(self) -> None:
        launch = self._launch
        if not launch.argv:
            raise ValueError("there is nothing to run")
        if launch.walls is None:
            self._popen, self._enclosed = opened(launch, launch.argv), None
        else:
            from fleet.edge.enclosed import Enclosed  # a fleet without sandboxes needs none

            self._enclosed = Enclosed(launch, launch.walls, opened)
            self._popen = self._enclosed.popen
        try:
            self._pidfd = os.pidfd_open(self._popen.pid)
        except OSError:
            self._abandon()
            raise
        self._attend()

    def _abandon(self) -> None:
        tree.send_group(self._popen.pid, signal.SIGKILL)
        self._popen.wait()
        for pipe in (self._popen.stdin, self._popen.stdout, self._popen.stderr):
            if pipe is not None:
                pipe.close()
        if self._enclosed is not None:
            self._enclosed.close()

    def _attend(self) -> None:
        child, launch = self._popen, self._launch
        stat = tree.stat_of(child.pid)
        self.pid, self.started_ticks = child.pid, stat.start_ticks if stat else 0
        root = os.fsencode(launch.env.get("FLEET_ROOT", ""))
        self._life = tree.Life(self.pid, self.started_ticks, (root, os.fsencode(launch.mark)))
        _ROSTER.add(self._life)
        self._log = _Log(launch)
        self._kept = bytearray()
        stdin = launch.stdin if self._enclosed is None else self._enclosed.begin(self._loop)
        self._stdin = _Feed(self._loop, child.stdin, stdin)
        self._stdout = _Drain(self._loop, child.stdout, self._keep)
        self._stderr = _Drain(self._loop, child.stderr, self._log.write)
        self._loop.add_reader(self._pidfd, self._on_end)
        self._set_timer()

    def _keep(self, data: bytes) -> None:
        room = self._launch.stdout_max - len(self._kept)
        self._kept += data[:room] if len(data) > room else data
        if len(data) > room:
            self._overflowed = True
            self._kill()
            self._stdout.close()  # only now, or SIGPIPE would be told as the end

    def _left_s(self) -> float:
        until = self._started_s + self._launch.limit_s if self._kill_at_s is None else self._kill_at_s
        return until - _CLOCK.elapsed()

    def _set_timer(self) -> None:
        # By steps, because the loop's own clock stands still while the machine sleeps.
        self._timer = self._loop.call_later(min(LOOK_EVERY_S, max(0.0, self._left_s())), self._look)

    def _look(self) -> None:
        _ROSTER.orphans()
        if self._enclosed is not None and self._enclosed.exceeds(_ROSTER.see(self._life)):
            self._kill()
        elif self._left_s() <= 0:
            if self._kill_at_s is None:
                self._timed_out = True
                self._tell()
            else:
                self._kill()
        else:
            self._set_timer()

    def _tell(self) -> None:
        self._kill_at_s = _CLOCK.elapsed() + self._launch.grace_s
        self._signal_all(signal.SIGTERM, signal.SIGCONT)  # a stopped process takes TERM only once it goes on
        self._timer.cancel()
        self._set_timer()

    def _kill(self) -> None:
        self._kill_at_s = _CLOCK.elapsed()
        self._timer.cancel()
        if self._enclosed is not None:
            self._enclosed.shut()
        self._signal_all(signal.SIGKILL)

    def _signal_all(self, *numbers: int) -> None:
        self._told = True
        known = _ROSTER.see(self._life) + (self._enclosed.members() if self._enclosed else [])
        tree.send_group(self.pid, *numbers)
        for one in known:
            if one.group != self.pid:
                tree.send(one, *numbers)

    def _on_end(self) -> None:
        self._over = self._life.ended = True
        self._loop.remove_reader(self._pidfd)
        self._timer.cancel()
        self._elapsed_s = _CLOCK.elapsed() - self._started_s
        if self._kill_at_s is None:
            self._close()  # else not yet, or SIGPIPE would kill what is saving its work in the grace
        if self._overflowed or self._kill_at_s is None:
            self._kill_at_s = _CLOCK.elapsed() + (0.0 if self._overflowed else LEFTOVER_GRACE_S)
        self._settle(0.001)

    def _close(self) -> None:
        self._stdin.close()
        self._stdout.finish()
        self._stderr.finish()
        self._log.close()

    def _settle(self, pause_s: float) -> None:
        """Kill what is left, again and again until nothing is; deliver the result when it is time."""
        for _ in range(PASSES):
            left, calm = self._alive()
            self._clear(left)
            if calm or self._left_s() > 0:
                break
        if not self._ended.done() and (calm or _CLOCK.elapsed() > self._wait_until()):
            self._deliver(len(left) if left else int(not calm))
        if not calm:
            most = LOOK_EVERY_S if self._ended.done() else PAUSE_S
            self._loop.call_later(pause_s, self._settle, min(2 * pause_s, most))
        else:
            _ROSTER.end(self._life)
            if self._enclosed is not None:
                self._enclosed.close()

    def _wait_until(self) -> float:
        """Say until when the result waits for the last to be gone: a little, and never much past limit and grace."""
        launch, killed = self._launch, self._left_s() + _CLOCK.elapsed()
        over = max(killed, self._started_s + launch.limit_s + launch.grace_s) + SETTLE_S
        return min(killed + (PATIENCE_S if self._stopped is None else SETTLE_S), over)

    def _alive(self) -> tuple[list[tree.Stat], bool]:
        """List what lives of its tree now that its main process does not, and say whether that is surely all."""
        kill, group = self._left_s() <= 0, self._enclosed
        if kill and group is not None:
            group.shut()
        # What dies while a listing is made is not in it, and neither are its heirs.
        fell = _ROSTER.cull(self._life, *((signal.SIGKILL,) if kill else ()))
        found = {
            one.name: one for one in (*_ROSTER.leftovers(self._life), *(group.members() if group else ()))
        }
        return list(found.values()), not fell and not found

    def _clear(self, left: list[tree.Stat]) -> None:
        if not left:
            return
        kill = self._left_s() <= 0
        targets = left + tree.descendants(s.pid for s in left)
        self._life.seen.update(s.name for s in targets)
        for one in targets:
            self._stragglers.add(one.name)
            if kill:
                tree.send(one, signal.SIGKILL)
            elif not self._told:
                tree.send(one, signal.SIGTERM, signal.SIGCONT)
        self._told = True

    def _deliver(self, left: int) -> None:
        self._close()
        if self._enclosed is not None:
            self._enclosed.weigh()
        # Before the main process is reaped, so that the group's number is still ours. It also
        # takes what a listing of children, which may skip one while others end, did not show.
        tree.send_group(self.pid, signal.SIGKILL)
        os.close(self._pidfd)
        code = self._popen.wait()
        _ROSTER.reaped(self._life)
        # What only the group's signal reached dies after this, and no other program may ever look.
        self._loop.call_later(LOOK_EVERY_S, _ROSTER.orphans)
        self._ended.set_result(
            Ended(
                exit_code=code if code >= 0 else None,
                signal=-code if code < 0 else None,
                timed_out=self._timed_out,
                overflowed=self._overflowed,
                stdout=bytes(self._kept),
                stderr_tail=self._log.tail(),
                stragglers=len(self._stragglers),
                left=left,
                elapsed_s=self._elapsed_s,
                fault=None,
                stopped=self._stopped,
                excess=self._enclosed.excess if self._enclosed is not None else None,
                log_fault=self._log.fault,
            )
        )


def start(launch: Launch) -> Running:
    """Start a program in the running loop. Raises nothing if it cannot be: then wait() gives the fault."""
    return Running(launch)


class _End:
    """Our end of one of a child's pipes; never blocks."""

    def __init__(self, loop: asyncio.AbstractEventLoop, pipe: IO[bytes] | None) -> None:
        self._loop, self._pipe = loop, pipe
        self._fd = -1 if pipe is None else pipe.fileno()
        if pipe is not None:
            os.set_blocking(self._fd, False)

    def close(self) -> None:
        if self._pipe is not None and not self._pipe.closed:
            self._loop.remove_reader(self._fd)
            self._loop.remove_writer(self._fd)
            self._pipe.close()
            self._fd = -1


class _Feed(_End):
    """A child's stdin: written as fast as it is read, given up when it never is."""

    def __init__(self, loop: asyncio.AbstractEventLoop, pipe: IO[bytes] | None, data: bytes) -> None:
        super().__init__(loop, pipe)
        self._rest = memoryview(data)
        if self._fd >= 0 and self._write():
            loop.add_writer(self._fd, self._write)

    def _write(self) -> bool:
        try:
            self._rest = self._rest[os.write(self._fd, self._rest) :]
        except BlockingIOError:
            return True
        except OSError:  # EPIPE: it does not want to read, which is its good right
            self._rest = self._rest[:0]
        if not self._rest:
            self.close()
        return bool(self._rest)


class _Drain(_End):
    """A child's stdout or stderr."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, pipe: IO[bytes] | None, take: Callable[[bytes], None]
    ) -> None:
        super().__init__(loop, pipe)
        self._take = take
        loop.add_reader(self._fd, self._read)

    def _read(self) -> int:
        try:
            data = os.read(self._fd, READ_BYTES)
        except BlockingIOError:
            return 0
        if data:
            self._take(data)
        else:
            self.close()
        return len(data)

    def finish(self) -> None:
        """Take what the pipe holds now, without waiting for others who still have it open; then close."""
        taken = 0
        while self._fd >= 0 and taken < PIPE_MAX_BYTES and (count := self._read()):
            taken += count
        self.close()


class _Log:
    """A turn's stderr: its beginning in a file, its end kept for the trouble line."""

    def __init__(self, launch: Launch) -> None:
        self.fault: str | None = None
        self._path, self._room, self._fd, self._tail = launch.log_path, launch.log_max, -1, b""
        self._cut = f"\n[cut by fleet: a log holds at most {launch.log_max} bytes]\n".encode()
        self._hidden: Stream | None = None
        if launch.hide is not None:
            from fleet.core.redact import Stream  # a fleet without secrets needs none

            self._hidden = Stream(launch.hide)

    def write(self, data: bytes) -> None:
        """Take what was printed; what may be the beginning of a secret waits for more."""
        if self._hidden is None:
            self._take(data)
        elif self._room < 0 or self._path is None:
            self._hidden.skip(data)  # it is kept nowhere but at its end
        else:
            self._take(self._hidden.feed(data))

    def _take(self, data: bytes) -> None:
        if not data:
            return
        self._tail = (self._tail + data)[-TAIL_KEPT:]
        if self._path is None or self.fault is not None or self._room < 0:
            return
        kept, self._room = data[: self._room], self._room - len(data)
        try:
            self._append(kept if self._room >= 0 else kept + self._cut)
        except OSError as exc:
            self.fault = f"{self._path}: {exc.strerror}; the log of this turn is not whole"

    def _append(self, data: bytes) -> None:
        if self._fd < 0:  # only now: a silent turn costs no file
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            self._fd = os.open(self._path or "", flags, 0o600)
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._fd, rest) :]

    def tail(self) -> str:
        if self._hidden is None:
            return self._tail[-TAIL_BYTES:].decode("utf-8", "replace")
        from fleet.core.redact import ending

        return ending(self._tail, TAIL_BYTES).decode("utf-8", "replace")

    def close(self) -> None:
        if self._hidden is not None:
            self._take(self._hidden.end())
        if self._fd >= 0:
            os.close(self._fd)
        self._fd = -1
