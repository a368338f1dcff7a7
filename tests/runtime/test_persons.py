"""Persons: as whom a caller acts, how that is known, and who made an edit."""

from __future__ import annotations

import os
import pwd
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fleet.edge import git
from fleet.edge.socket import Caller, Peer
from fleet.errors import Refused, Typed
from fleet.runtime import command
from fleet.testing import Rig, chart_text

BOGDAN = "person: Bogdan\ntitle: COO\nanswers_to: founder"
SEATS = {"bogdan": f"{BOGDAN}\nlogin: bo", "dash": "when: [when asked]\nanswers_to: bogdan"}
NO_LOGINS = {**SEATS, "bogdan": BOGDAN}
MORE = "seats:\n  nick: {title: Later, answers_to: founder, owns: [leads], scorecard: {a: all}}\n"
ANN, BEN = "Ann Lee <ann@example.com>", "Ben Oh <ben@example.com>"


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with Rig(tmp_path, chart_text(SEATS, head="include: more/*.yaml")) as rig:
        rig.write("more/nick.yaml", MORE)
        yield rig


def asks(rig: Rig, verb: str, caller: Caller, **args: Any) -> dict[str, Any]:
    """Carry a command out for a caller; gives what the ledger then has last."""
    assert rig.daemon is not None
    command.run(rig.daemon.fleet, verb, args, caller, rig.clock.now())
    rig.settle()
    last = [r for r in rig.records() if "caller" in r["data"]][-1]["data"]
    return {key: last.get(key) for key in ("by", "caller")}


@pytest.mark.parametrize(
    ("caller", "by", "how"),
    [
        # --as goes first, for the user that fleet runs as
        (Caller("founder", "fleet", uid=900), "founder", "--as"),
        (Caller("bogdan", "fleet", uid=900), "bogdan", "--as"),
        # a user who is a person
        (Caller(None, "bo", uid=1000, stranger=True), "bogdan", "login"),
        (Caller("bogdan", "bo", uid=1000, stranger=True), "bogdan", "--as"),
        # a user who is nobody on the chart, where somebody is known by his login
        (Caller(None, "fleet", uid=900), "operator", "nobody"),
    ],
)
def test_who_acts_and_how_that_is_known_is_recorded(rig: Rig, caller: Caller, by: str, how: str) -> None:
    rig.start()
    told = asks(rig, "pause", caller, seat="dash")
    assert told == {"by": by, "caller": {"how": how, "user": caller.login, "uid": caller.uid}}


def test_where_nobody_has_a_login_it_is_the_person_concerned(tmp_path: Path) -> None:
    with Rig(tmp_path, chart_text(NO_LOGINS)) as rig:
        told = asks(rig.start(), "pause", Caller(None, "fleet", uid=900), seat="dash")
        assert told == {"by": "bogdan", "caller": {"how": "concerned", "user": "fleet", "uid": 900}}


@pytest.mark.parametrize(
    ("whom", "login", "says"),
    [
        # somebody with another login, and somebody with none
        (
            "bogdan",
            "eve",
            "--as bogdan: bogdan is the user bo, and you are the user eve; nothing was changed",
        ),
        (
            "founder",
            "bo",
            "--as founder: founder has no `login:`, and you are the user bo; nothing was changed",
        ),
    ],
)
def test_another_user_speaks_for_nobody_but_himself(rig: Rig, whom: str, login: str, says: str) -> None:
    rig.start()
    with pytest.raises(Refused) as refused:
        asks(rig, "pause", Caller(whom, login, uid=1001, stranger=True), seat="dash")
    assert str(refused.value) == says
    with pytest.raises(Typed, match="--as nobody: not a person on this chart"):
        asks(rig, "pause", Caller("nobody", login, uid=1001, stranger=True), seat="dash")
    assert rig.records("pause") == []


# Who connected.


def test_a_connection_whose_process_has_ended_is_nobodys(tmp_path: Path) -> None:
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(tmp_path / "s"))
    listening.listen()
    ours, theirs = socket.socketpair(socket.AF_UNIX)
    child = os.fork()
    if child == 0:
        line = socket.socket(socket.AF_UNIX)
        line.connect(str(tmp_path / "s"))
        socket.send_fds(theirs, [b"x"], [line.fileno()])
        os.read(theirs.fileno(), 1)
        os._exit(0)
    _, (handed,), _, _ = socket.recv_fds(ours, 1, 1)
    line, _ = listening.accept()
    peer = Peer(line)
    try:
        assert (peer.pid, peer.uid, peer.lives()) == (child, os.getuid(), True)
        ours.send(b"x")
        os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
        assert peer.lives() is False, "whoever has its connection now, or will have its number"
        os.waitpid(child, 0)
        late = Peer(line)
        assert late.lives() is False, "also where it was asked only after the end"
        late.close()
    finally:
        peer.close()
        for one in (ours, theirs, line, listening):
            one.close()
        os.close(handed)


# Who made an edit.


def commit(rig: Rig, author: str, *paths: str) -> None:
    name, _, mail = author.removesuffix(">").partition(" <")
    words = ["git", "-c", f"user.name={name}", "-c", f"user.email={mail}"]
    for verb in (["add", "--", *paths], ["commit", "-qm", "an edit", "--", *paths]):
        subprocess.run([*words, *verb], cwd=rig.root, check=True, capture_output=True)


def kept(rig: Rig) -> Rig:
    """Start it in a repository with all of it committed by Ann."""
    subprocess.run(["git", "init", "-q"], cwd=rig.root, check=True, capture_output=True)
    commit(rig, ANN, "fleet.yaml", "more")
    return rig.start()


def saved(rig: Rig, path: str, old: str, new: str) -> None:
    """Edit a file in place, as its owner's editor would, without letting it be seen."""
    file = rig.path(path)
    file.write_text(file.read_text().replace(old, new))


def who(rig: Rig) -> str:
    rig.sweep().sweep().sweep()
    return str(rig.records("revision")[-1]["data"]["who"])


def test_of_a_committed_edit_its_authors_are_named_and_nobody_elses(rig: Rig) -> None:
    kept(rig)
    assert who(rig) == ANN
    saved(rig, "fleet.yaml", "The dash", "Numbers")
    commit(rig, BEN, "fleet.yaml")
    assert who(rig) == BEN
    saved(rig, "fleet.yaml", "Numbers", "Figures")
    commit(rig, BEN, "fleet.yaml")
    saved(rig, "fleet.yaml", "Figures", "Counts")
    commit(rig, ANN, "fleet.yaml")
    assert who(rig) == f"{ANN}, {BEN}", "both made what was other since the last revision"


def test_a_file_that_is_not_as_it_was_committed_is_its_owners_and_each_file_counts_alone(rig: Rig) -> None:
    kept(rig)
    owner = f"user {pwd.getpwuid(os.getuid()).pw_name}"
    saved(rig, "fleet.yaml", "The dash", "Numbers")
    assert who(rig) == owner
    saved(rig, "fleet.yaml", "Numbers", "Figures")
    saved(rig, "more/nick.yaml", "Later", "Soon")
    commit(rig, BEN, "more/nick.yaml")
    assert who(rig) == f"{owner}, {BEN}"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another user")
def test_without_git_it_is_the_owner_of_each_file_by_his_number_if_he_has_no_name(rig: Rig) -> None:
    rig.start()
    saved(rig, "more/nick.yaml", "Later", "Soon")
    os.chown(rig.path("more/nick.yaml"), 4242, -1)
    assert who(rig) == "user 4242"
    saved(rig, "more/nick.yaml", "Soon", "Now")
    saved(rig, "fleet.yaml", "The dash", "Numbers")
    assert who(rig) == "user root, user 4242"


def test_who_took_a_file_away_is_not_guessed(rig: Rig) -> None:
    rig.write("more/quill.yaml", MORE.replace("nick", "quill").replace("leads", "words"))
    rig.start()
    rig.path("more/nick.yaml").unlink()
    assert who(rig) == "unknown"


def test_the_person_who_applied_is_named_and_who_saved_it_beside_him(rig: Rig) -> None:
    kept(rig)
    saved(rig, "fleet.yaml", "when: [when asked]", "when: [when asked]\n    good_for: 30d")
    commit(rig, BEN, "fleet.yaml")
    rig.sweep().sweep().sweep()
    rig.ask("apply", person="founder", because="so be it")
    data = rig.records("revision")[-1]["data"]
    assert (data["who"], data["saved_by"]) == ("founder", BEN)
    assert data["caller"]["how"] == "--as"
    assert "30d" in data["loosens"][0]


def test_what_a_repository_has_git_run_decides_for_nobody(rig: Rig) -> None:
    kept(rig)
    rig.write(
        "evil", '#!/bin/sh\ncat; { echo "$FLEET_TURN $FLEET_ROOT"; ps -o sid= -p $$; } >evil.saw 2>&1\n'
    )
    rig.path("evil").chmod(0o755)
    rig.write(".gitattributes", "fleet.yaml filter=evil\n")
    with rig.path(".git/config").open("a") as file:
        file.write('[filter "evil"]\n\tclean = ./evil\n')
    saved(rig, "fleet.yaml", "The dash", "Figures!")  # as long as before, or git needs no filter
    assert git.authors(str(rig.root), {"fleet.yaml": ""}) == {}
    turn, *session = rig.read("evil.saw").split()
    assert turn == "git", "it is marked as inside of the fleet"
    assert not session[1:] or int(session[-1]) != os.getsid(0), "and is in a session of its own"
