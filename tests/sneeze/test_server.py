"""The CRM's door, over real HTTP on a free port: one row a write, whose subject the gate has judged."""

import csv
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sneeze_desk import REPOSITORY

from sneeze.server import Door, port_of

WRITE = {
    "id": "a-31",
    "kind": "crm.write",
    "about": "account:acme",
    "with": {"deal": "d1", "field": "stalled", "value": "next step or lost"},
    "seat": "dirk",
}
HEAD = "action,day,subject,deal,field,value,by\n"
ROW = "a-31,2026-11-20,account:acme,d1,stalled,next step or lost,dirk\n"


@pytest.fixture
def door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    """The server, on a port that was free."""
    monkeypatch.setenv("FLEET_NOW", "2026-11-21T02:00:00+00:00")
    with Door(tmp_path, 0, ZoneInfo("America/New_York")) as door:
        door.beside()
        yield door
        door.shutdown()


def call(
    door: Door, path: str, body: object = None, *, key: str = "", method: str = "POST"
) -> tuple[int, dict[str, Any]]:
    connection = http.client.HTTPConnection("127.0.0.1", door.port, timeout=20)
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    connection.request(method, path, data, {"Idempotency-Key": key} if key else {})
    answer = connection.getresponse()
    said = json.loads(answer.read())
    connection.close()
    return answer.status, said


def log(door: Door) -> str:
    return door.log.path.read_text() if door.log.path.exists() else ""


def test_a_write_is_one_row_and_its_repeat_is_the_same_row(door: Door) -> None:
    assert call(door, "/touch", WRITE, key="a-31") == (200, {"ok": True, "row": 1})
    assert call(door, "/touch", {**WRITE, "id": "a-32"}, key="a-32") == (200, {"ok": True, "row": 2})
    assert call(door, "/touch", WRITE, key="a-31") == (200, {"ok": True, "row": 1})
    assert log(door) == HEAD + ROW + ROW.replace("a-31", "a-32")


def test_the_key_counts_and_without_one_the_id(door: Door) -> None:
    assert call(door, "/touch", WRITE, key="k-1")[1]["row"] == 1
    assert call(door, "/touch", {**WRITE, "id": "a-99"}, key="k-1")[1]["row"] == 1
    assert call(door, "/touch", WRITE)[1]["row"] == 2


def test_whom_it_concerns_is_not_the_payload_s_to_say(door: Door) -> None:
    wild = {
        **WRITE,
        "about": ["brand:zest"],
        "with": {**WRITE["with"], "subject": "account:volt", "about": "account:volt"},
    }
    assert call(door, "/touch", wild)[0] == 200
    assert list(csv.DictReader(log(door).splitlines()))[0]["subject"] == "brand:zest"
    assert "volt" not in log(door)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "the body is no JSON"),
        (b"{", "the body is no JSON"),
        (b"\xff", "the body is no JSON"),
        (b"[" * 100_000, "the body is no JSON"),
        ([], "the body is no action"),
        ({**WRITE, "with": None}, "the action has no `with`"),
        ({**WRITE, "with": {"deal": "d1"}}, "the action has no with.field"),
        (
            {**WRITE, "with": {"deal": ["d1"], "field": "x"}},
            "the action has a value that is no text and no number",
        ),
        ({**WRITE, "with": {"deal": "d1", "field": "\x00"}}, "the action has a value that cannot be printed"),
        ({**WRITE, "about": None}, "the action is not about one account or brand"),
        ({**WRITE, "about": "person:ada@acme.example"}, "the action is not about one account or brand"),
        (
            {**WRITE, "about": ["account:acme", "account:volt"]},
            "the action is not about one account or brand",
        ),
        ({**WRITE, "about": "account:a,b\n"}, "the action is not about one account or brand"),
        ({**WRITE, "id": ""}, "there is neither an Idempotency-Key nor an id"),
    ],
)
def test_what_is_no_write_is_refused_and_leaves_nothing(door: Door, body: object, why: str) -> None:
    assert call(door, "/touch", body) == (400, {"ok": False, "error": why})
    assert not door.log.path.parent.exists()


def test_a_body_that_is_too_large_is_not_read(door: Door) -> None:
    with socket.create_connection(("127.0.0.1", door.port), timeout=20) as line:
        line.sendall(b"POST /touch HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999\r\n\r\n")
        assert line.recv(100).startswith(b"HTTP/1.0 400 ")


def test_nobody_deletes_over_this_door(door: Door) -> None:
    call(door, "/touch", WRITE)
    assert call(door, "/delete", {**WRITE, "kind": "crm.delete"}) == (
        403,
        {"ok": False, "error": "nobody deletes over this door"},
    )
    assert log(door) == HEAD + ROW


def test_it_says_for_which_folder_it_answers_and_that_it_has_nothing_else(door: Door, tmp_path: Path) -> None:
    assert call(door, "/health", method="GET") == (200, {"ok": True, "root": str(tmp_path)})
    assert call(door, "/", method="GET")[0] == 404
    assert call(door, "/other", WRITE)[0] == 404
    assert door.server_address[0] == "127.0.0.1"


def test_a_value_with_commas_quotes_and_lines_is_one_row(door: Door) -> None:
    odd = {**WRITE, "with": {"deal": "d1", "field": "amount", "value": 'a, "b"\nc \u00e9'}}
    assert call(door, "/touch", odd)[0] == 200
    assert list(csv.DictReader(log(door).splitlines()))[0]["value"] == 'a, "b" c \u00e9'
    assert log(door).count("\n") == 2


def test_many_at_a_time_lose_and_double_nothing(door: Door) -> None:
    ids = [f"a-{number}" for number in range(30)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda one: call(door, "/touch", {**WRITE, "id": one}, key=one), ids * 2))
    assert {status for status, _ in found} == {200}
    rows = list(csv.DictReader(log(door).splitlines()))
    assert sorted(row["action"] for row in rows) == sorted(ids)
    for one, (_, said) in zip(ids * 2, found, strict=True):
        assert rows[said["row"] - 1]["action"] == one


def test_half_a_line_that_a_crash_left_counts_for_nothing(door: Door) -> None:
    call(door, "/touch", {**WRITE, "id": "a-30"})
    with door.log.path.open("a") as file:
        file.write("a-31,2026-11-2")
    assert call(door, "/touch", WRITE) == (200, {"ok": True, "row": 2})
    assert log(door) == HEAD + ROW.replace("a-31", "a-30") + ROW


def test_a_log_with_the_older_head_goes_on(door: Door) -> None:
    door.log.path.parent.mkdir(parents=True)
    door.log.path.write_text("action,day,client,deal,field,value,by\na-1,2026-11-19,acme,d1,amount,x,dirk\n")
    assert call(door, "/touch", {**WRITE, "id": "a-1"})[1]["row"] == 1
    assert call(door, "/touch", WRITE)[1]["row"] == 2
    assert log(door) == HEAD + "a-1,2026-11-19,account:acme,d1,amount,x,dirk\n" + ROW


def test_the_program_says_where_it_answers_and_ends_when_asked(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sneeze.server", "--root", str(tmp_path)]
    env = {**os.environ, "PORT": "0"}
    with subprocess.Popen(command, cwd=REPOSITORY, env=env, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr
        said = running.stderr.readline()
        port = int(said.removeprefix("the CRM answers on http://127.0.0.1:"))
        taken = subprocess.run(
            [*command, "--port", str(port)], cwd=REPOSITORY, capture_output=True, text=True
        )
        running.send_signal(signal.SIGTERM)
        assert running.wait(timeout=60) == 0
    assert taken.returncode == 1
    assert taken.stderr == (
        f"sneeze.server: port {port} is taken by this fleet's own feed; nothing was started. "
        "Is it up already? fleet status\n"
    )


TAKEN = (
    "sneeze.feed: port {} is taken by another program, and crm.write would go there; nothing was started. "
    "End that program, or change the port in fleet.yaml (actions: crm.write and crm.delete)\n"
)


def test_a_feed_whose_port_another_fleet_has_ends_and_says_what_to_do(door: Door, tmp_path: Path) -> None:
    folder = tmp_path / "another"
    command = [sys.executable, "-m", "sneeze.feed", "--root", str(folder), "--port", str(door.port)]
    ended = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True)
    assert (ended.returncode, ended.stdout, ended.stderr) == (1, "", TAKEN.format(door.port))
    assert not folder.exists()


def up(folder: Path, port: int, *flags: str) -> "subprocess.CompletedProcess[str]":
    """Start the fleet as a newcomer does, in a copy of the example that posts to a port."""
    for name in ("actions", "scripts", "seats", "sneeze"):
        shutil.copytree(
            REPOSITORY / name, folder / name, ignore=shutil.ignore_patterns("work", "__pycache__")
        )
    chart = (REPOSITORY / "fleet.yaml").read_text().replace("127.0.0.1:8085/", f"127.0.0.1:{port}/")
    (folder / "fleet.yaml").write_text(chart)
    (folder / "scripts/env").write_text("#!/bin/sh\n")
    tools = folder / ".venv/bin"
    tools.mkdir(parents=True)
    (tools / "fleet").write_text("#!/bin/sh\necho started >fleet-started\n")
    (tools / "fleet").chmod(0o755)
    (tools / "python").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    (tools / "python").chmod(0o755)
    env = {**os.environ, "PORT": "1"}  # what the machine sets is not where fleet.yaml posts
    return subprocess.run(
        [folder / "scripts/up", *flags], env=env, capture_output=True, text=True, timeout=120
    )


@pytest.mark.parametrize("flags", [[], ["-d"]])
def test_up_starts_no_fleet_whose_writes_would_go_to_another_one(
    door: Door, tmp_path: Path, flags: list[str]
) -> None:
    ended = up(tmp_path / "another", door.port, *flags)
    assert (ended.returncode, ended.stdout, ended.stderr) == (1, "", TAKEN.format(door.port))
    assert not (tmp_path / "another/fleet-started").exists()
    assert not (tmp_path / "another/data").exists()


def test_up_starts_the_fleet_once_the_data_is_there_and_the_crm_answers(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    ended = up(tmp_path / "agency", port)
    assert (ended.returncode, ended.stdout) == (0, "")
    assert ended.stderr.startswith("data/ goes to ")
    assert (tmp_path / "agency/fleet-started").exists()
    assert (tmp_path / "agency/data/crm/deals.csv").exists()


@pytest.mark.parametrize(
    ("given", "env", "port"), [(7, "8", 7), (0, "8", 0), (None, "8", 8), (None, "", 9), (None, None, 9)]
)
def test_the_port_is_what_was_given_else_where_the_fleet_posts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: int | None, env: str | None, port: int
) -> None:
    monkeypatch.delenv("PORT", raising=False)
    assert port_of(tmp_path, None) == 8085
    chart = (REPOSITORY / "fleet.yaml").read_text()
    (tmp_path / "fleet.yaml").write_text(chart)
    assert port_of(tmp_path, None) == 8085
    (tmp_path / "fleet.yaml").write_text(chart.replace("127.0.0.1:8085/touch", "127.0.0.1:9/touch"))
    if env is not None:
        monkeypatch.setenv("PORT", env)
    assert port_of(tmp_path, given) == port


def test_a_write_lands_while_the_feed_runs(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "sneeze.feed", "--root", str(tmp_path), "--port", str(port)]
    with subprocess.Popen(command, cwd=REPOSITORY, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr and "data/ goes to" in running.stderr.readline()
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        connection.request("POST", "/touch", json.dumps(WRITE))
        assert json.loads(connection.getresponse().read()) == {"ok": True, "row": 1}
        connection.close()
        running.send_signal(signal.SIGTERM)
        assert running.wait(timeout=60) == 0
    assert (tmp_path / "data/crm/writes.csv").read_text().splitlines()[1].startswith("a-31,")
