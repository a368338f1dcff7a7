"""Several users of one machine: who is a person by his `login:` speaks for himself, and nobody else is heard."""

from __future__ import annotations

import ctypes
import json
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cli.conftest import DESK, Place, begin_desk

from fleet.edge.socket import ask
from fleet.errors import FleetError

LIBC = ctypes.CDLL(None)
PR_SET_DUMPABLE = 4  # linux/prctl.h
NOBODY, STRANGER = 65534, 54321
CHART = DESK.replace("person: Bogdan,", "person: Bogdan, login: nobody,")

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can ask as another user")


@pytest.fixture
def desk() -> Iterator[Place]:
    """A desk that all users of the machine may look at, served by root."""
    with tempfile.TemporaryDirectory(prefix="users-") as folder:
        os.chmod(folder, 0o755)
        place = Place(Path(os.path.realpath(folder)))
        begin_desk(place, CHART)
        assert place("up", "-d", "-q").code == 0
        place.until(lambda: place("status", "--json").data["running"], "it serves")
        yield place
        place("down")
        place.kill()


def as_user(uid: int, place: Place, verb: str, person: str | None = None, **args: Any) -> dict[str, Any]:
    """Ask the daemon from a process of another user."""
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setresgid(uid, uid, uid)
            os.setresuid(uid, uid, uid)
            LIBC.prctl(PR_SET_DUMPABLE, 1)  # as after exec: its own /proc is its own again
            said = {"data": ask(str(place.folder), verb, args, person=person)}
        except FleetError as exc:
            said = {"error": str(exc)}
        except BaseException as exc:  # noqa: BLE001 - it is told to the test, whatever it was
            said = {"error": repr(exc)}
        os.write(theirs, json.dumps(said).encode())
        os._exit(0)
    os.close(theirs)
    with os.fdopen(ours) as pipe:
        told: dict[str, Any] = json.loads(pipe.read())
    os.waitpid(child, 0)
    return told


def modes(place: Place) -> tuple[str, str]:
    found = [os.stat(place.folder / name).st_mode for name in (".fleet", ".fleet/sock")]
    return stat.filemode(found[0]), stat.filemode(found[1])


def test_a_user_who_is_a_person_by_his_login_decides_as_himself_and_as_nobody_else(desk: Place) -> None:
    assert as_user(NOBODY, desk, "pause", seat="pulse")["data"]["changed"] is True
    said = as_user(NOBODY, desk, "pause", person="founder", seat="dirk")
    assert said["error"] == (
        "--as founder: founder has no `login:`, and you are the user nobody; nothing was changed"
    )
    (entry,) = desk("audit", "--by", "bogdan", "--json").data["entries"]
    assert (entry["by"], entry["how"], entry["user"], entry["uid"]) == (["bogdan"], "login", "nobody", NOBODY)


def test_any_other_user_is_not_heard_whatever_he_asks(desk: Place) -> None:
    for verb, person in (("status", None), ("pause", None), ("pause", "bogdan"), ("wake", None)):
        said = as_user(STRANGER, desk, verb, person=person, seat="dirk")
        assert (
            said["error"] == f"you are the user {STRANGER}, who is nobody on this chart; nothing was changed"
        )
    assert desk("audit", "--json").data["entries"][-1]["what"] != "pause"


def test_the_socket_is_open_to_others_only_while_somebody_else_has_a_login(desk: Place) -> None:
    desk.until(lambda: modes(desk) == ("drwx--x--x", "srw-rw-rw-"), "it is open")
    desk.write("fleet.yaml", DESK)
    desk.until(lambda: desk("status", "--json").data["waits"], "who is whom is a person's to change")
    assert desk("apply", "--as", "founder").code == 0
    desk.until(lambda: modes(desk) == ("drwx------", "srw-------"), "it is its owner's alone")
    assert "another user" in as_user(NOBODY, desk, "pause", seat="pulse")["error"]
