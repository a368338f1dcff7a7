"""An action of `http:`, against a server that fleet knows nothing of and that counts what really happened."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from runtime.acting import SEAT, came, offer, outcomes, said
from runtime.conftest import Build
from witness import Witness

from fleet.testing import Rig

ACME = {"about": "account:acme", "with": {"n": 1}, "because": "it is due"}
SECRET = "s3cr3t-of-the-crm"


@pytest.fixture
def witness(tmp_path: Path) -> Iterator[Witness]:
    with Witness(tmp_path / "outside") as witness:
        yield witness


def posts(build: Build, url: str, more: str = "") -> Rig:
    """Lay out a fleet of which one kind of action is a POST."""
    return build({"dirk": SEAT}, tail=f'actions:\n  act: {{http: "{url}", about: account{more}}}\n')


@pytest.mark.parametrize(
    ("plan", "outcome", "status", "done"),
    [
        ("200", "done", 200, 1),
        ("204", "done", 204, 1),
        ("twice", "done", 200, 1),
        ("400", "failed", 400, 1),
        ("undone 409", "failed", 409, 0),
        ("302", "failed", 302, 1),
        ("303", "unknown", 303, 1),
        ("500", "unknown", 500, 1),
        ("undone 503", "unknown", 503, 0),
        ("reset", "unknown", None, 1),
        ("unread", "unknown", None, 0),
        ("undone reset", "unknown", None, 0),
        ("cut", "unknown", 200, 1),
    ],
)
def test_an_answer_is_judged_and_never_asked_for_twice(
    build: Build, witness: Witness, plan: str, outcome: str, status: int | None, done: int
) -> None:
    witness.plan(plan)
    rig = offer(posts(build, witness.url), ACME)
    rig.advance(hours=1)
    assert (came(rig)["outcome"], came(rig).get("status")) == (outcome, status), came(rig)
    assert "exit" not in came(rig)
    assert sum(witness.counts().values()) == done
    assert len(witness.arrived()) == 1
    assert (came(rig).get("why") is None) == (outcome == "done")


def test_it_carries_the_action_the_key_and_the_headers_with_their_secrets(
    build: Build, witness: Witness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRM_TOKEN", SECRET)
    monkeypatch.setenv("OTHER", "not its own")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/touch?x=1"
        more = (
            ", use: [CRM_TOKEN], headers: {Authorization: Bearer $CRM_TOKEN, X-Two: '${CRM_TOKEN} $OTHER $'}"
        )
        rig = posts(build, f"{url}", more)
        raw = answer_once(
            listening, rig, b"HTTP/1.1 200 OK\r\nContent-Length: 24\r\n\r\nyour %b.." % SECRET.encode()
        )
    head, _, body = raw.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == "POST /touch?x=1 HTTP/1.1"
    assert {
        "Idempotency-Key: a-1",
        f"Authorization: Bearer {SECRET}",
        f"X-Two: {SECRET} $OTHER $",
        "Content-Type: application/json",
    } <= set(lines)
    assert json.loads(body) == {"id": "a-1", "kind": "act", "seat": "dirk", "turn": "t-1", **ACME}
    assert came(rig)["output"] == "your [secret CRM_TOKEN].."
    rig.stop()
    for path in rig.root.rglob("*"):
        assert not path.is_file() or SECRET.encode() not in path.read_bytes(), path


def answer_once(listening: socket.socket, rig: Rig, answer: bytes) -> bytes:
    """Let a fleet post, read all that it posts, and answer that."""

    def serve() -> bytes:
        connection = listening.accept()[0]
        with connection:
            raw = connection.recv(65536)
            while b"\r\n\r\n" not in raw or not raw.endswith(b"}"):
                raw += connection.recv(65536)
            connection.sendall(answer)
        return raw

    with ThreadPoolExecutor(1) as pool:
        got = pool.submit(serve)
        offer(rig, ACME)
        return got.result(20)


@pytest.mark.parametrize("cut", [1, 8, len(SECRET) - 1])
def test_a_secret_at_the_end_of_what_is_kept_is_blanked_out(
    build: Build, monkeypatch: pytest.MonkeyPatch, cut: int
) -> None:
    monkeypatch.setenv("CRM_TOKEN", SECRET)
    body = b"." * (4096 - cut) + SECRET.encode()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        rig = posts(build, f"http://127.0.0.1:{listening.getsockname()[1]}/", ", use: [CRM_TOKEN]")
        answer_once(listening, rig, b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    assert came(rig)["output"] == "." * (4096 - cut)


def test_a_missing_secret_posts_nothing(
    build: Build, witness: Witness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CRM_TOKEN", raising=False)
    rig = offer(posts(build, witness.url, ", use: [CRM_TOKEN]"), ACME)
    assert (came(rig)["outcome"], witness.arrived()) == ("failed", [])


def test_a_refused_connection_failed_for_nothing_was_sent(build: Build, witness: Witness) -> None:
    witness.stop()
    rig = offer(posts(build, witness.url, ", repeat: safe"), ACME)
    rig.advance(hours=1)
    assert outcomes(rig) == ["failed"]
    assert came(rig)["why"] == f"nothing was sent: {witness.to} refused the connection"


@pytest.mark.parametrize(("plan", "done"), [("hang", 1), ("undone hang", 0)])
def test_a_server_that_hangs_is_given_up_at_the_limit(
    build: Build, witness: Witness, plan: str, done: int
) -> None:
    witness.plan(plan)
    rig = offer(posts(build, witness.url, ", limit: 1s"), ACME)
    assert came(rig)["outcome"] == "unknown"
    assert came(rig)["why"].endswith(
        "there was no whole answer within 1 s, so whether it happened is not known"
    )
    assert sum(witness.counts().values()) == done


def test_where_it_is_safe_it_is_posted_again_under_the_same_key_until_it_is_answered(
    build: Build, witness: Witness
) -> None:
    witness.plan("503", "undone reset", "cut", "500")
    rig = offer(posts(build, witness.url, ", repeat: safe"), ACME)
    rig.advance(hours=1)
    assert outcomes(rig) == ["unknown"] * 4 + ["done"]
    assert {line["key"] for line in witness.arrived()} == {"a-1"}
    assert len({line["body"] for line in witness.arrived()}) == 1
    assert [one["try"] for one in said(rig, "a-1", "action_intent")] == [1, 2, 3, 4, 5]


def test_where_it_is_safe_it_is_posted_five_times_at_most(build: Build, witness: Witness) -> None:
    witness.plan(*["503"] * 10)
    rig = offer(posts(build, witness.url, ", repeat: safe"), ACME)
    rig.advance(hours=20)
    assert (outcomes(rig), len(witness.arrived())) == (["unknown"] * 5, 5)
    assert [letter["subject"] for letter in rig.mail("founder")] == [
        "a-1 may have happened or not: act of dirk about account:acme"
    ]


def test_down_now_leaves_what_was_sent_unknown(build: Build, witness: Witness) -> None:
    witness.plan("hang")
    rig = posts(build, witness.url).hold("a-1")  # the rig goes on while it runs
    offer(rig, ACME)
    witness.until(1)
    rig._open_gate("a-1")
    rig.ask("down", now=True)
    assert came(rig)["outcome"] == "unknown"
    assert "there was no whole answer before it was ended" in came(rig)["why"]
    assert sum(witness.counts().values()) == 1


def test_a_daemon_that_dies_while_it_is_answered_leaves_it_unknown_and_does_not_post_again(
    build: Build, witness: Witness
) -> None:
    witness.plan("wait")
    rig = posts(build, witness.url).hold("a-1")
    offer(rig, ACME)
    witness.until(1)
    rig.kill()
    witness.release()
    rig.start()
    rig.advance(hours=30)
    assert outcomes(rig) == ["unknown"]
    assert witness.counts() == {"a-1": 1}
