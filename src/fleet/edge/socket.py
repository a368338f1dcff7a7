"""The socket: one JSON line asked, one JSON line answered, on .fleet/sock."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import pwd
import select
import socket
import struct
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from fleet.core.frozen import dataclass
from fleet.errors import Broken, FleetError, GroundMoved, NotRunning, Refused, Typed, Undecided, Unreadable

if TYPE_CHECKING:
    import asyncio

PATH = ".fleet/sock"
SO_PEERPIDFD = 77  # asm-generic/socket.h, Linux 6.5
STRANGER_BYTES, STRANGER_S = 65536, 1.0
NAME_MAX = 107
"""Bytes of a socket's name, sun_path of unix(7)."""
LINE_MAX = 8 * 1024 * 1024
PATIENCE_S = 10.0
"""How long a client waits for a daemon's answer to anything but `wake --wait`."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: the person named by `--as`, the user by name and number, and whether he asks from inside a turn.

    `stranger` is a user who is neither root nor the one that fleet runs as. `anyone` is whoever the matter
    concerns: a rehearsal's script plays all people.
    """

    person: str | None = None
    login: str = ""
    inside: bool = False
    anyone: bool = False
    uid: int | None = None
    stranger: bool = False
    turn: str = ""
    """From inside of which turn or action, where the kernel tells."""


REFUSED_INSIDE = "`{verb}` decides for a person, so it is refused from inside a turn; nothing was changed"
"""What a holder or an action is told that asks for what is a person's."""

Answer = Callable[[str, dict[str, Any], Caller], Awaitable[dict[str, Any]]]
Admits = Callable[[str], bool]
"""Says of another user of this machine, by his name, whether he may ask at all."""


def admits_nobody(login: str) -> bool:
    """Admit no other user."""
    return False


async def serve(root: str, answer: Answer, admits: Admits = admits_nobody) -> asyncio.Server:
    """Listen in a fleet's folder; `answer` carries a request out.

    The socket is its owner's alone until `let_in` opens it; of others only those are heard whom `admits` knows.
    """
    import asyncio  # 20 ms that a client need not pay

    try:
        os.unlink(os.path.join(root, PATH))
    except FileNotFoundError:
        pass
    except OSError as exc:
        raise Broken(f"{root}/{PATH}: {exc.strerror}, so nobody could ask the daemon; move it away") from exc
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with _near(root) as near:
        before = os.umask(0o177)
        try:
            listening.bind(near)
        finally:
            os.umask(before)
    listening.setblocking(False)

    async def attend(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _attend(root, reader, writer, answer, admits)

    return await asyncio.start_unix_server(attend, sock=listening, limit=LINE_MAX)


def let_in(root: str, others: bool) -> None:
    """Let other users come to the socket, or only the one that fleet runs as. What else lies there stays his."""
    with contextlib.suppress(FileNotFoundError):  # .fleet/ was removed: nobody comes at all
        os.chmod(os.path.join(root, os.path.dirname(PATH)), 0o711 if others else 0o700)
        os.chmod(os.path.join(root, PATH), 0o666 if others else 0o600)


def ask(
    root: str, verb: str, args: dict[str, Any], *, person: str | None, wait_s: float | None = PATIENCE_S
) -> Any:
    """Ask a fleet's daemon. Raises NotRunning if there is none, and whatever the daemon raised."""
    with _near(root) as near, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        try:
            line.connect(near)
        except (FileNotFoundError, ConnectionRefusedError) as exc:
            raise NotRunning(f"{root}: no daemon serves this fleet. Start it with: fleet up -d") from exc
        except PermissionError as exc:
            raise Broken(f"{root}/{PATH}: it belongs to another user; nothing was asked") from exc
        line.settimeout(wait_s)
        request = {"verb": verb, "args": args, "as": person, "inside": "FLEET_TURN" in os.environ}
        try:
            line.sendall(json.dumps(request).encode() + b"\n")
            return _reply(line.makefile("rb").readline())
        except TimeoutError as exc:
            raise Broken(f"the daemon did not answer within {wait_s:g} s; see `fleet tail`") from exc
        except (ConnectionResetError, BrokenPipeError) as exc:
            raise NotRunning("the daemon ended before it answered; see `fleet tail`") from exc


def _reply(raw: bytes) -> Any:
    if not raw:
        raise NotRunning("the daemon ended before it answered; see `fleet tail`")
    reply = json.loads(raw)
    if "error" in reply:
        raise ERRORS.get(reply["kind"], FleetError)(reply["error"])
    return reply["data"]


ERRORS: dict[str, type[FleetError]] = {
    cls.__name__: cls for cls in (Typed, NotRunning, Undecided, GroundMoved, Refused, Broken, Unreadable)
}


async def _attend(
    root: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: Answer, admits: Admits
) -> None:
    peer = Peer(writer.get_extra_info("socket"))
    try:
        if peer.uid not in (0, os.getuid()) and not admits(login := login_of(peer.uid)):
            await _hear_out(reader)
            raise Refused(f"you are the user {login}, who is nobody on this chart; nothing was changed")
        raw = await reader.readline()
        request = json.loads(raw)
        caller = _caller(root, request, peer)
        reply: dict[str, Any] = {"data": await answer(request["verb"], request.get("args", {}), caller)}
    except FleetError as exc:
        kind = next((c.__name__ for c in type(exc).__mro__ if c.__name__ in ERRORS), "FleetError")
        reply = {"error": str(exc), "kind": kind}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as exc:
        reply = {"error": f"the request could not be read: {exc}", "kind": "Typed"}
    finally:
        peer.close()
    with contextlib.suppress(ConnectionError):
        writer.write(json.dumps(reply, default=str).encode() + b"\n")
        await writer.drain()
    writer.close()


async def _hear_out(reader: asyncio.StreamReader) -> None:
    """Take what a stranger sends first, and no more: who is answered before he is heard gets no answer."""
    import asyncio

    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(STRANGER_S):
            await reader.read(STRANGER_BYTES)


def _caller(root: str, request: dict[str, Any], connected: Peer) -> Caller:
    """Say who asks: by the kernel's word for the process that connected, never by the request's."""
    from fleet.edge import process, tree  # only who is asked looks at processes

    inside = bool(request.get("inside")) or tree.caller_is_inside(connected.pid, root)
    turn = process.whose(connected.pid) if inside else ""
    lives = connected.lives()  # after it was looked at: its number may be another's by now
    caller = caller_of(connected.uid, request.get("as"), inside=inside or not lives)
    return replace(caller, turn=turn if lives else "")


def caller_of(uid: int, person: str | None, *, inside: bool) -> Caller:
    """Describe a caller by his user of this machine."""
    stranger = uid not in (0, os.getuid())
    return Caller(person, login_of(uid), inside, uid=uid, stranger=stranger)


class Peer:
    """The process that opened a connection, as the kernel knows it; held, so that its number stays its own."""

    def __init__(self, line: socket.socket) -> None:
        self.pid, self.uid, _ = struct.unpack(
            "3i", line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        )
        self._held = -1
        try:
            self._held = line.getsockopt(socket.SOL_SOCKET, SO_PEERPIDFD)
        except OSError as exc:
            if exc.errno == errno.ENOPROTOOPT:  # a kernel before 6.5; else the process is gone already
                with contextlib.suppress(OSError):
                    self._held = os.pidfd_open(self.pid)

    def lives(self) -> bool:
        """Say whether it still runs. One that does not, may have handed its connection on to anybody."""
        if self._held < 0:
            return False
        poll = select.poll()
        poll.register(self._held, select.POLLIN)
        return not poll.poll(0)

    def close(self) -> None:
        """Let it go."""
        if self._held >= 0:
            os.close(self._held)


def login_of(uid: int) -> str:
    """Name a user; the number itself where the machine has no name for it."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


@contextlib.contextmanager
def _near(root: str) -> Iterator[str]:
    """Name the socket: by its path, or where that is longer than a socket's may be, by its folder's descriptor."""
    try:
        folder = os.open(os.path.join(root, ".fleet"), os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    except PermissionError as exc:
        says = "it belongs to another user, so whether a daemon runs cannot be told; nothing was asked"
        raise Broken(f"{root}/.fleet: {says}") from exc
    except OSError as exc:
        raise NotRunning(f"{root}: no daemon serves this fleet. Start it with: fleet up -d") from exc
    try:
        path = os.path.join(root, PATH)
        yield path if len(os.fsencode(path)) <= NAME_MAX else f"/proc/self/fd/{folder}/sock"
    finally:
        os.close(folder)
