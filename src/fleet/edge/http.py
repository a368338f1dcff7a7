"""HTTP: the program that carries out one `http:` action, and what its report comes to.

It runs as a child (`COMMAND`), so that no server and no lookup of a name holds up the daemon. It reads
one JSON object on stdin and prints one on stdout:

    {"url": str, "headers": {name: value}, "body": str, "limit_s": float}
    {"sent": bool, "to": str, "status": int|null, "location": str, "body": str, "error": str|null}

`sent` is false only where it is certain that no byte of the request has left, or ever will. Its own
limit is `limit_s`, of everything together; who starts it allows 2 s more, for Python's start.
"""

from __future__ import annotations

import json
import math
import os
import re
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from queue import Empty, SimpleQueue

from fleet import __version__

TYPE_CHECKING = False  # typing itself would be an eighth of the start
if TYPE_CHECKING:
    from http.client import HTTPConnection, HTTPResponse
    from typing import Literal

COMMAND = (sys.executable, "-I", "-m", "fleet.edge.http")
"""How it is started: -I keeps PYTHON* variables and the folder it starts in out of it."""
BODY_MAX = 4096
"""Bytes of an answer that are kept; what comes after them is not waited for."""
SHOWN_MAX = 200
"""Characters of a redirect's target in a sentence."""
NOT_KNOWN = "so whether it happened is not known"

_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # RFC 9110, 5.6.2
_VALUE = re.compile(r"[\t\x20-\x7e]*")  # RFC 9110, 5.5, without the bytes that it leaves to chance
_FRAMING = {"connection", "content-length", "expect", "te", "trailer", "transfer-encoding", "upgrade"}


class Request:
    """One POST, checked. Raises ValueError with a sentence that holds no header's value."""

    def __init__(self, url: str, headers: Mapping[object, object], body: str, limit_s: float) -> None:
        from urllib.parse import quote, urlsplit

        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
            raise ValueError("an address is http://HOST/PATH or https://HOST/PATH")
        if not parts.hostname.isprintable() or " " in parts.hostname:
            raise ValueError(f"{_shown(parts.netloc)!r} is no name of a host")
        if not 0 < limit_s < math.inf:
            raise ValueError("limit_s is a number over 0")
        self.secure = parts.scheme == "https"
        self.host, self.port = parts.hostname, parts.port
        self.to = _shown(parts.netloc)  # as people read it
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        self.path = quote(target or "/", safe="/?%:@!$&'()*+,;=-._~[]")
        self.headers = _headers(headers)
        self.body = _encoded(body)
        self.limit_s = min(limit_s, threading.TIMEOUT_MAX)


def outcome(report: Mapping[str, object]) -> tuple[Literal["done", "failed", "unknown"], str]:
    """Say what a report comes to, and why, in a sentence for a manager.

    >>> outcome({"sent": True, "to": "127.0.0.1:8085", "status": 404, "error": None})
    ('failed', '127.0.0.1:8085 answered 404')
    """
    sent, status, error = report.get("sent"), report.get("status"), report.get("error")
    to = report.get("to") or "the other side"
    if sent is False:
        return "failed", f"nothing was sent: {error or 'no reason was given'}"
    if sent is not True:
        return "unknown", f"what posts it ended without a report, {NOT_KNOWN}"
    if error:
        said = f"{to} answered {status}, but" if status is not None else f"{to}:"
        return "unknown", f"{said} {error}, {NOT_KNOWN}"
    if not isinstance(status, int):
        return "unknown", f"{to} was sent the request and nothing tells what it answered, {NOT_KNOWN}"
    match status // 100:
        case 2:
            return "done", f"{to} answered {status}"
        case 3 if status != 303:
            target = f" to {report['location']}" if report.get("location") else ""
            return "failed", f"{to} answered {status}{target}; fleet follows no redirect"
        case 4:
            return "failed", f"{to} answered {status}"
        case _:  # also 303: see elsewhere what came of it, so something probably did
            return "unknown", f"{to} answered {status}, {NOT_KNOWN}"


def read_report(stdout: bytes) -> Mapping[str, object]:
    """Read what the program printed; an empty report if that is none, as when it was killed."""
    try:
        report = json.loads(stdout)
    except ValueError:
        return {}
    return report if isinstance(report, dict) else {}


def read_request(raw: bytes) -> Request:
    """Read what the program is given; raises ValueError with a sentence."""
    try:
        given = json.loads(raw)
    except ValueError as exc:
        raise ValueError("the request is no JSON") from exc
    match given:
        case {
            "url": str(url),
            "headers": dict(headers),
            "body": str(body),
            "limit_s": float() | int() as limit,
        }:
            return Request(url, headers, body, limit)
    raise ValueError("the request has url, headers, body and limit_s")


def main() -> None:
    """Carry out the request on stdin, print the report, and end with exit code 0."""
    sys.stdout.write(json.dumps(_report(sys.stdin.buffer.read())) + "\n")
    sys.stdout.flush()
    os._exit(0)  # the thread may hang in a lookup that nothing can break off


def _report(raw: bytes) -> dict[str, object]:
    try:
        request = read_request(raw)
    except ValueError as exc:
        return {"sent": False, "to": "", "status": None, "location": "", "body": "", "error": str(exc)}
    if not request.secure:
        # http.client does without ssl where Python has none, and loading it is an eighth of the start.
        sys.modules["ssl"] = None  # type: ignore[assignment]
    post = _Post(request)
    news: SimpleQueue[str] = SimpleQueue()  # the one kind of queue that a signal may be put into
    signal.signal(signal.SIGTERM, lambda *_: news.put("before it was ended"))
    threading.Thread(target=post.run, args=(news.put,), daemon=True).start()
    try:
        late = news.get(timeout=request.limit_s)
    except Empty:
        late = f"within {request.limit_s:g} s"
    return post.report(late)


class _Post:
    """One POST, done in a thread of its own; at the limit, how far it is can be told from outside."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self._first = threading.Lock()  # held, for ever, by who came first: the first byte, or the report
        self._status: int | None = None
        self._location = ""
        self._body = bytearray()
        self._error: str | None = None

    def run(self, tell: Callable[[str], None]) -> None:
        """Do it, and tell "" when it is over."""
        try:
            connection = self._reach()
            if connection is not None:
                if self._first.acquire(blocking=False):
                    self._exchange(connection)
                connection.close()
        finally:
            tell("")

    def report(self, late: str) -> dict[str, object]:
        """Tell how it stands, and by when it was to be over, if it is not; nothing is sent after this."""
        sent = not self._first.acquire(blocking=False)
        if late:
            late = (
                f"there was no whole answer {late}" if sent else f"{self.request.to} was not reached {late}"
            )
        return {
            "sent": sent,
            "to": self.request.to,
            "status": self._status,
            "location": self._location,
            "body": bytes(self._body[:BODY_MAX]).decode("utf-8", "replace"),
            "error": late or self._error,
        }

    def _exchange(self, connection: HTTPConnection) -> None:
        import http.client

        try:
            self._send(connection)
            self._take(connection.getresponse())
        except (OSError, http.client.IncompleteRead):
            self._error = self._broke()
        except http.client.HTTPException:
            self._error = "what it answered is not HTTP"

    def _reach(self) -> HTTPConnection | None:
        """Connect, with TLS where it is asked for; no byte of the request is sent by that."""
        to = self.request.to
        try:
            connection = _connection(self.request)
            connection.connect()
        except UnicodeError:
            self._error = f"{to} is no name of a host"
        except OSError as exc:
            self._error = _unreached(to, exc)
        else:
            return connection
        return None

    def _send(self, connection: HTTPConnection) -> None:
        request = self.request
        given = {name.lower() for name in request.headers}
        ours = {"Content-Type": "application/json", "User-Agent": f"fleet/{__version__}"}
        connection.putrequest("POST", request.path, skip_host="host" in given)
        for name, value in ours.items():
            if name.lower() not in given:
                connection.putheader(name, value)
        for name, value in request.headers.items():
            connection.putheader(name, value)
        connection.putheader("Content-Length", str(len(request.body)))
        connection.putheader("Connection", "close")
        # A server may answer 413 and close before it has read the whole of it; what it said can be read yet.
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.endheaders(request.body)

    def _take(self, response: HTTPResponse) -> None:
        self._location = _shown(response.headers.get("Location", ""))
        self._status = response.status
        length = response.length
        wanted = BODY_MAX + 1 if length is None else min(length, BODY_MAX + 1)
        while len(self._body) < wanted and (block := response.read1(wanted - len(self._body))):
            self._body += block
        if length is not None and len(self._body) < wanted:
            self._error = self._broke()

    def _broke(self) -> str:
        if self._status is None:
            return "the connection broke after the request was sent"
        return "the connection broke in the middle of the answer"


def _connection(request: Request) -> HTTPConnection:
    import http.client

    if not request.secure:
        return http.client.HTTPConnection(request.host, request.port)
    import ssl

    context = ssl.create_default_context()
    return http.client.HTTPSConnection(request.host, request.port, context=context)


def _unreached(to: str, exc: OSError) -> str:
    """Say why nobody could be spoken to."""
    name = type(exc).__name__
    if name == "SSLCertVerificationError":
        return f"the certificate of {to} is not trusted: {getattr(exc, 'verify_message', '')}"
    if name.startswith("SSL"):
        return f"{to} does not speak TLS as fleet does: {getattr(exc, 'reason', None) or exc.strerror}"
    if name == "gaierror":
        return f"the name of {to} was not found: {exc.strerror}"
    if isinstance(exc, ConnectionRefusedError):
        return f"{to} refused the connection"
    return f"{to} could not be reached: {exc.strerror or exc}"


def _headers(given: Mapping[object, object]) -> dict[str, str]:
    headers: dict[str, str] = {}
    seen: set[str] = set()
    for name, value in given.items():
        if not isinstance(name, str) or _NAME.fullmatch(name) is None:
            raise ValueError(f"{_shown(str(name))!r} cannot be an HTTP header")
        if not isinstance(value, str) or _VALUE.fullmatch(value) is None:
            raise ValueError(
                f"the header {name} takes printable ASCII on one line, and it has something else"
            )
        if name.lower() in _FRAMING:
            raise ValueError(f"the header {name} is not an action's to set")
        if name.lower() in seen:
            raise ValueError(f"the header {name} is given twice")
        seen.add(name.lower())
        headers[name] = value
    return headers


def _encoded(body: str) -> bytes:
    try:
        return body.encode()
    except UnicodeEncodeError as exc:
        raise ValueError("the body has half a character in it") from exc


def _shown(text: str) -> str:
    """Give a stranger's text as it can stand in a sentence."""
    short = text if len(text) <= SHOWN_MAX else text[:SHOWN_MAX] + "..."
    return short if short.isprintable() else ascii(short)[1:-1]


if __name__ == "__main__":
    main()
