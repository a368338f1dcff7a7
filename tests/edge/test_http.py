"""Posting for an action: what is certain, what is not, and that nothing waits for ever."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from fleet import __version__
from fleet.edge import http, process, tree

Talk = Callable[[socket.socket], object]
SHORT_S = 0.5
"""A limit for what never ends."""
KEY = {"Idempotency-Key": "a-31"}


class Server:
    """A server of one's own: each connection is given to `talk`, then closed."""

    def __init__(self, talk: Talk, family: socket.AddressFamily) -> None:
        self.talk = talk
        self.raw: list[bytes] = []
        """What arrived, a request each."""
        self.stop = threading.Event()
        self.listening = socket.create_server(
            ("::1" if family == socket.AF_INET6 else "127.0.0.1", 0), family=family
        )
        self.port = self.listening.getsockname()[1]
        self.to = f"[::1]:{self.port}" if family == socket.AF_INET6 else f"127.0.0.1:{self.port}"
        self.url = f"http://{self.to}/touch?by=fleet"

    def serve(self) -> None:
        with suppress(OSError):  # the listening socket was shut
            while True:
                connection = self.listening.accept()[0]
                with connection, suppress(OSError):
                    self.talk(connection)

    def read(self, connection: socket.socket) -> bytes:
        """Read one whole request."""
        raw = b""
        while b"\r\n\r\n" not in raw:
            raw += connection.recv(65536)
        head, _, body = raw.partition(b"\r\n\r\n")
        length = int(
            next(line for line in head.split(b"\r\n") if line.startswith(b"Content-Length")).split()[1]
        )
        while len(body) < length:
            body += connection.recv(65536)
        self.raw.append(head + b"\r\n\r\n" + body)
        return body

    @property
    def heads(self) -> dict[str, str]:
        """The header lines of the last request."""
        lines = self.raw[-1].partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:]
        return {name: value for name, _, value in (line.partition(": ") for line in lines)}


Serve = Callable[..., Server]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start servers that read a request and answer with these bytes, or do what a function does."""
    servers: list[tuple[Server, threading.Thread]] = []

    def start(
        answer: bytes | Callable[[Server, socket.socket], object], *, family: int = socket.AF_INET
    ) -> Server:
        def talk(connection: socket.socket) -> None:
            if callable(answer):
                answer(server, connection)
            else:
                server.read(connection)
                connection.sendall(answer)

        server = Server(talk, socket.AddressFamily(family))
        thread = threading.Thread(target=server.serve)
        thread.start()
        servers.append((server, thread))
        return server

    yield start
    for server, thread in servers:
        server.stop.set()
        server.listening.shutdown(socket.SHUT_RDWR)
        server.listening.close()
        thread.join()


def command(url: str, **given: object) -> bytes:
    values: dict[str, object] = {"url": url, "headers": KEY, "body": '{"id": "a-31"}', "limit_s": 20.0}
    return json.dumps({**values, **given}).encode()


def run(raw: bytes, *argv: str, **env: str) -> dict[str, Any]:
    told = subprocess.run(argv or http.COMMAND, input=raw, capture_output=True, env=env)
    assert (told.returncode, told.stderr) == (0, b"")
    report = dict(http.read_report(told.stdout))
    assert report.keys() == {"sent", "to", "status", "location", "body", "error"}
    return report


def ask(url: str, **given: object) -> dict[str, Any]:
    return run(command(url, **given))


def answer(status: int, body: bytes = b"", *heads: str) -> bytes:
    lines = [f"HTTP/1.1 {status} So", f"Content-Length: {len(body)}", *heads]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def reset(connection: socket.socket) -> None:
    """Close so that the other side gets a reset, not an end."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


# What arrives


def test_a_post_arrives_as_it_was_given_with_what_fleet_adds(serve):
    server = serve(answer(200, b'{"ok": true}'))
    report = ask(server.url, headers={**KEY, "Authorization": "Bearer s3cr:et\tx"}, body='{"with": "Söhne"}')
    head, _, body = server.raw[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /touch?by=fleet HTTP/1.1\r\n")
    assert server.heads == {
        "Host": server.to,
        "Accept-Encoding": "identity",
        "Content-Type": "application/json",
        "User-Agent": f"fleet/{__version__}",
        "Idempotency-Key": "a-31",
        "Authorization": "Bearer s3cr:et\tx",
        "Content-Length": str(len(body)),
        "Connection": "close",
    }
    assert body.decode() == '{"with": "Söhne"}'
    assert report == {
        "sent": True, "to": server.to, "status": 200, "location": "", "body": '{"ok": true}', "error": None,
    }  # fmt: skip
    assert http.outcome(report) == ("done", f"{server.to} answered 200")


def test_a_limit_of_any_length_is_one(serve):
    assert ask(serve(answer(200)).url, limit_s=10**12)["status"] == 200


def test_a_header_of_the_chart_stands_in_for_ours(serve):
    server = serve(answer(200))
    ask(server.url, headers={"content-type": "application/x", "USER-AGENT": "us", "host": "crm"})
    names = [name.lower() for name in server.heads]
    assert len(names) == len(set(names))
    assert (server.heads["content-type"], server.heads["USER-AGENT"], server.heads["host"]) == (
        "application/x", "us", "crm",
    )  # fmt: skip


def test_an_address_without_a_path_and_one_of_other_letters(serve):
    server = serve(answer(200))
    ask(f"http://{server.to}")
    ask(f"http://{server.to}/Söhne/a%20b?q=ä#part")
    assert [raw.split(b" ")[1] for raw in server.raw] == [b"/", b"/S%C3%B6hne/a%20b?q=%C3%A4"]


@pytest.mark.skipif(not Path("/proc/net/if_inet6").exists(), reason="this machine has no IPv6")
def test_an_ipv6_address(serve):
    server = serve(answer(200), family=socket.AF_INET6)
    assert http.outcome(ask(server.url)) == ("done", f"[::1]:{server.port} answered 200")
    assert server.heads["Host"] == f"[::1]:{server.port}"


def test_a_proxy_of_the_environment_is_not_used(serve):
    server = serve(answer(200))
    dead = "http://127.0.0.1:9"
    report = run(command(server.url), http_proxy=dead, HTTP_PROXY=dead, ALL_PROXY=dead)
    assert report["status"] == 200


def test_it_is_a_program_like_any_other(serve, tmp_path):
    server = serve(answer(200, b"x"))
    tree.become_subreaper()

    async def start() -> process.Ended:
        launch = process.Launch(http.COMMAND, str(tmp_path), {}, command(server.url), "a-31", limit_s=20)
        return await process.start(launch).wait()

    ended = asyncio.run(start())
    assert (ended.exit_code, ended.stderr_tail, ended.stragglers) == (0, "", 0)
    assert http.read_report(ended.stdout)["status"] == 200


# What it answers


@pytest.mark.parametrize(
    ("status", "came", "why"),
    [
        (201, "done", "TO answered 201"),
        (204, "done", "TO answered 204"),
        (304, "failed", "TO answered 304; fleet follows no redirect"),
        (303, "unknown", "TO answered 303, so whether it happened is not known"),
        (404, "failed", "TO answered 404"),
        (500, "unknown", "TO answered 500, so whether it happened is not known"),
        (503, "unknown", "TO answered 503, so whether it happened is not known"),
        (103, "unknown", "TO answered 103, so whether it happened is not known"),
        (700, "unknown", "TO answered 700, so whether it happened is not known"),
    ],
)
def test_a_status_is_judged(serve, status, came, why):
    server = serve(answer(status))
    assert http.outcome(ask(server.url)) == (came, why.replace("TO", server.to))


def test_a_redirect_is_told_and_not_followed(serve):
    elsewhere = serve(answer(200))
    server = serve(answer(302, b"", f"Location: {elsewhere.url}"))
    why = f"{server.to} answered 302 to {elsewhere.url}; fleet follows no redirect"
    assert http.outcome(ask(server.url)) == ("failed", why)
    assert elsewhere.raw == []


def test_a_redirect_of_a_stranger_stays_in_its_sentence(serve):
    server = serve(answer(302, b"", "Location: /a\x1b[2J" + "x" * 500))
    location = ask(server.url)["location"]
    assert location.startswith("/a\\x1b[2Jx") and location.endswith("x...") and len(location) < 220


HUGE = b"x" * 1_000_000


def lengthy(server: Server, connection: socket.socket) -> None:
    server.read(connection)
    connection.sendall(answer(200, HUGE))


def endless(server: Server, connection: socket.socket) -> None:
    server.read(connection)
    connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n")
    while not server.stop.is_set():
        connection.sendall(HUGE)


def vast(server: Server, connection: socket.socket) -> None:
    server.read(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n")
    while not server.stop.is_set():
        connection.sendall(HUGE)


def chunked(server: Server, connection: socket.socket) -> None:
    server.read(connection)
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    connection.sendall(head + b"".join(b"400\r\n" + b"x" * 1024 + b"\r\n" for _ in range(100)) + b"0\r\n\r\n")


@pytest.mark.parametrize("talk", [lengthy, endless, vast, chunked])
def test_a_long_answer_is_cut_and_counts(serve, talk):
    report = ask(serve(talk).url)
    assert report["body"] == "x" * http.BODY_MAX
    assert http.outcome(report)[0] == "done"


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nyes\r\n0\r\n\r\n",
        b"HTTP/1.0 200 OK\r\n\r\nyes",  # its end is that of the connection
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nyes and more",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nyes",
        answer(200, b"yes") * 2,  # answered twice
    ],
)
def test_a_body_ends_where_its_answer_says(serve, raw):
    report = ask(serve(raw).url)
    assert (report["status"], report["body"], report["error"]) == (200, "yes", None)


def test_an_answer_that_is_no_text_is_kept_as_far_as_it_is_one(serve):
    assert ask(serve(answer(200, b"\xff\xfe ok \xc3")).url)["body"] == "\ufffd\ufffd ok \ufffd"


def early(server: Server, connection: socket.socket) -> None:
    connection.recv(65536)
    connection.sendall(answer(413))
    connection.shutdown(socket.SHUT_WR)
    while connection.recv(65536):
        pass


def early_and_gone(server: Server, connection: socket.socket) -> None:
    connection.recv(1)
    connection.sendall(answer(413))  # and closed with bytes unread, which is a reset


@pytest.mark.parametrize("talk", [early, early_and_gone])
def test_an_answer_before_the_whole_request_was_read_counts(serve, talk):
    server = serve(talk)
    assert http.outcome(ask(server.url, body="x" * 20_000_000)) == ("failed", f"{server.to} answered 413")


# What is certainly not done


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def test_a_refused_connection_has_sent_nothing():
    to = f"127.0.0.1:{free_port()}"
    report = ask(f"http://{to}/touch")
    assert (report["sent"], report["status"]) == (False, None)
    assert http.outcome(report) == ("failed", f"nothing was sent: {to} refused the connection")


def patched(code: str) -> tuple[str, ...]:
    """The same program with something replaced in it."""
    return (sys.executable, "-I", "-c", f"{code}\nfrom fleet.edge import http\nhttp.main()")


def test_a_name_that_is_not_found_has_sent_nothing():
    code = "import socket\ndef fail(*a): raise socket.gaierror(-2, 'Name or service not known')\n"
    code += "socket.getaddrinfo = fail"
    report = run(command("http://crm.example:8085/"), *patched(code))
    why = "nothing was sent: the name of crm.example:8085 was not found: Name or service not known"
    assert http.outcome(report) == ("failed", why)


@pytest.mark.parametrize("host", ["a..b", "ä" * 80])
def test_what_is_no_name_has_sent_nothing(host):
    report = ask(f"http://{host}/")
    assert (report["sent"], report["error"]) == (False, f"{host} is no name of a host")


def test_a_lookup_that_hangs_has_sent_nothing_and_ends_at_the_limit():
    code = "import socket, threading\nsocket.getaddrinfo = lambda *a: threading.Event().wait()"
    report = run(command("http://crm.example/", limit_s=SHORT_S), *patched(code))
    why = "nothing was sent: crm.example was not reached within 0.5 s"
    assert http.outcome(report) == ("failed", why)


def test_what_was_reported_as_not_sent_is_not_sent_later(serve):
    # The connection stands just when the limit has passed: one of the two comes first, for good.
    server = serve(lambda server, connection: server.raw.append(connection.recv(65536)))
    one = http._Post(http.Request(server.url, {}, "{}", 1.0))
    assert one.report("late")["sent"] is False
    over: list[str] = []
    one.run(over.append)
    assert over == [""]
    serve_end(server)
    assert set(server.raw) == {b""}  # connected to, and sent not a byte


def serve_end(server: Server) -> None:
    """Wait until every connection before this one was served."""
    with socket.create_connection(("127.0.0.1", server.port)) as last:
        last.shutdown(socket.SHUT_WR)
        last.recv(1)


REFUSED = [
    ({"url": "ftp://crm/x"}, "an address is http://HOST/PATH or https://HOST/PATH"),
    ({"url": "http://u:p@crm/x"}, "an address is http://HOST/PATH or https://HOST/PATH"),
    ({"url": "http:///x"}, "an address is http://HOST/PATH or https://HOST/PATH"),
    ({"url": "http://a b/x"}, "'a b' is no name of a host"),
    ({"url": "http://crm:http/x"}, "Port could not be cast to integer value as 'http'"),
    ({"limit_s": 0}, "limit_s is a number over 0"),
    ({"limit_s": float("nan")}, "limit_s is a number over 0"),
    ({"limit_s": float("inf")}, "limit_s is a number over 0"),
    ({"limit_s": "1m"}, "the request has url, headers, body and limit_s"),
    ({"body": {}}, "the request has url, headers, body and limit_s"),
    ({"body": "\ud800"}, "the body has half a character in it"),
    ({"headers": {"X": "secret\r\nY: 1"}}, "the header X takes printable ASCII on one line, and it has something else"),
    ({"headers": {"X": "secret\n"}}, "the header X takes printable ASCII on one line, and it has something else"),
    ({"headers": {"X": "secret\0"}}, "the header X takes printable ASCII on one line, and it has something else"),
    ({"headers": {"X": "sécret"}}, "the header X takes printable ASCII on one line, and it has something else"),
    ({"headers": {"X": 1}}, "the header X takes printable ASCII on one line, and it has something else"),
    ({"headers": {"X Y": "1"}}, "'X Y' cannot be an HTTP header"),
    ({"headers": {"X:": "1"}}, "'X:' cannot be an HTTP header"),
    ({"headers": {"": "1"}}, "'' cannot be an HTTP header"),
    ({"headers": {"X\n": "1"}}, "'X\\\\n' cannot be an HTTP header"),
    ({"headers": {"content-length": "1"}}, "the header content-length is not an action's to set"),
    ({"headers": {"Transfer-Encoding": "chunked"}}, "the header Transfer-Encoding is not an action's to set"),
    ({"headers": {"Idempotency-Key": "a-1", "idempotency-key": "a-2"}}, "the header idempotency-key is given twice"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "why"), REFUSED)
def test_a_request_that_cannot_be_made_is_refused_before_it_is_one(given, why):
    raw = command(**{"url": "http://127.0.0.1:9/", **given})
    with pytest.raises(ValueError) as told:
        http.read_request(raw)
    assert str(told.value) == why and "secret" not in why


@pytest.mark.parametrize("raw", [b"", b"[]", b"\xff", command("http://crm/", headers={"X": "secret\n"})])
def test_what_is_refused_is_reported_like_all_else(raw):
    report = run(raw)
    assert (report["sent"], report["to"]) == (False, "") and report["error"]
    assert "secret" not in report["error"]


# What nobody can know


def test_a_reset_before_the_answer_leaves_it_unknown(serve):
    server = serve(lambda server, connection: (server.read(connection), reset(connection)))
    report = ask(server.url)
    assert (report["sent"], report["status"]) == (True, None)
    assert http.outcome(report) == (
        "unknown",
        f"{server.to}: the connection broke after the request was sent, so whether it happened is not known",
    )


@pytest.mark.parametrize("raw", [b"", b"HTTP/1.1 20"])
def test_an_end_before_the_answer_leaves_it_unknown(serve, raw):
    report = ask(serve(raw).url)
    assert report["sent"] and http.outcome(report)[0] == "unknown"


def test_a_reset_before_the_request_was_read_leaves_it_unknown(serve):
    report = ask(serve(lambda server, connection: reset(connection)).url)
    assert http.outcome(report)[0] == "unknown"


def halved(server: Server, connection: socket.socket) -> None:
    server.read(connection)
    connection.sendall(answer(200, b"x" * 100)[:-50])


def halved_chunks(server: Server, connection: socket.socket) -> None:
    server.read(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n" + b"x" * 50)


@pytest.mark.parametrize("talk", [halved, halved_chunks])
@pytest.mark.parametrize("hard", [False, True])
def test_an_answer_that_breaks_off_leaves_it_unknown(serve, talk, hard):
    server = serve(lambda server, connection: (talk(server, connection), reset(connection) if hard else None))
    report = ask(server.url)
    assert report["sent"] and http.outcome(report)[0] == "unknown"
    if not hard:  # a reset may overtake what was sent before it
        assert (report["status"], report["body"]) == (200, "x" * 50)
        assert report["error"] == "the connection broke in the middle of the answer"
        said = "answered 200, but the connection broke in the middle of the answer, so whether it happened is not known"
        assert http.outcome(report) == ("unknown", f"{server.to} {said}")


def test_an_answer_that_is_no_http_leaves_it_unknown(serve):
    report = ask(serve(b"220 mail ready\r\n" * 3).url)
    assert (report["sent"], report["error"]) == (True, "what it answered is not HTTP")
    assert http.outcome(report)[0] == "unknown"


def dribble(server: Server, connection: socket.socket) -> None:
    server.read(connection)
    while not server.stop.wait(0.01):
        connection.sendall(b"H")


def dribble_heads(server: Server, connection: socket.socket) -> None:
    server.read(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    while not server.stop.wait(0.01):
        connection.sendall(b"x")


def dribble_body(server: Server, connection: socket.socket) -> None:
    server.read(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\nhello")
    while not server.stop.wait(0.01):
        connection.sendall(b"x")


def silence(server: Server, connection: socket.socket) -> None:
    server.read(connection)
    server.stop.wait()


def unread(server: Server, connection: socket.socket) -> None:
    server.stop.wait()


@pytest.mark.parametrize("talk", [dribble, dribble_heads, silence, unread])
def test_a_server_that_never_comes_to_an_end_is_given_up_at_the_limit(serve, talk):
    server = serve(talk)
    report = ask(server.url, limit_s=SHORT_S, body="x" * 10_000_000)
    assert (report["sent"], report["status"]) == (True, None)
    why = "there was no whole answer within 0.5 s, so whether it happened is not known"
    assert http.outcome(report) == ("unknown", f"{server.to}: {why}")


def test_a_body_that_never_comes_to_an_end_is_given_up_at_the_limit(serve):
    server = serve(dribble_body)
    report = ask(server.url, limit_s=SHORT_S)
    assert report["status"] == 200 and report["body"].startswith("hello")
    why = "there was no whole answer within 0.5 s, so whether it happened is not known"
    assert http.outcome(report) == ("unknown", f"{server.to} answered 200, but {why}")


def test_one_that_is_told_to_end_says_how_far_it_was(serve):
    arrived = threading.Event()
    server = serve(lambda server, connection: (server.read(connection), arrived.set(), server.stop.wait()))
    with subprocess.Popen(http.COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdin is not None and child.stdout is not None
        child.stdin.write(command(server.url))
        child.stdin.close()
        assert arrived.wait(20)
        child.send_signal(signal.SIGTERM)
        report = http.read_report(child.stdout.read())
    assert child.returncode == 0
    why = "there was no whole answer before it was ended, so whether it happened is not known"
    assert http.outcome(report) == ("unknown", f"{server.to}: {why}")


@pytest.mark.parametrize("stdout", [b"", b"{", b"[1]", b"\xff", b"null", b'{"sent": 1}', b'{"status": 200}'])
def test_no_report_or_an_odd_one_leaves_it_unknown(stdout):
    why = "what posts it ended without a report, so whether it happened is not known"
    assert http.outcome(http.read_report(stdout)) == ("unknown", why)


@pytest.mark.parametrize("status", [None, "200", True, [200]])
def test_a_report_without_a_status_is_unknown(status):
    assert http.outcome({"sent": True, "status": status})[0] == "unknown"


# TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for 127.0.0.1 that nobody has signed but itself."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed")
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=crm"
    argv = [openssl, *words.split(), "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "-", "-out", "-"]
    path.write_bytes(subprocess.run(argv, check=True, capture_output=True).stdout)
    return path


@pytest.fixture
def secure(serve, certificate) -> Server:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def talk(server: Server, connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as wrapped:
            server.read(wrapped)
            wrapped.sendall(answer(200))

    server: Server = serve(talk)
    server.url = server.url.replace("http:", "https:")
    return server


def test_a_certificate_that_nobody_trusts_has_sent_nothing(secure):
    report = ask(secure.url)
    why = f"nothing was sent: the certificate of {secure.to} is not trusted: self-signed certificate"
    assert http.outcome(report) == ("failed", why)
    assert secure.raw == []


def test_a_certificate_that_is_trusted_is_posted_to(secure, certificate):
    report = run(command(secure.url), SSL_CERT_FILE=str(certificate))
    assert http.outcome(report) == ("done", f"{secure.to} answered 200")


def test_a_certificate_of_another_host_has_sent_nothing(secure, certificate):
    report = run(command(secure.url.replace("127.0.0.1", "localhost")), SSL_CERT_FILE=str(certificate))
    assert (report["sent"], secure.raw) == (False, [])
    assert "is not trusted: Hostname mismatch" in report["error"]


def plain(server: Server, connection: socket.socket) -> None:
    connection.recv(65536)
    connection.sendall(answer(400))


def hang_up(server: Server, connection: socket.socket) -> None:
    connection.recv(65536)
    reset(connection)


@pytest.mark.parametrize("talk", [plain, hang_up])
def test_tls_that_fails_before_the_request_has_sent_nothing(serve, talk):
    server = serve(talk)
    report = ask(server.url.replace("http:", "https:"))
    assert report["sent"] is False
    assert server.to in report["error"]


def test_the_pure_part_can_be_had_without_what_posts():
    code = "import fleet.edge.http, sys; print(*{'http.client', 'ssl', 'socket', 'asyncio'} & {*sys.modules})"
    told = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, env={**os.environ}
    )
    assert told.stdout == "\n"
