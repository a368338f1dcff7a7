"""The tree of processes, read from real ones."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fleet.edge import tree

SLEEP = "echo on; exec sleep 30"
UNTIL_TOLD = "import sys; print('on', flush=True); sys.stdin.read()"


@contextmanager
def running(
    *argv: str, env: dict[str, str] | None = None, session: bool = False
) -> Iterator[subprocess.Popen]:
    """Run a program that says a line once it stands; its whole tree is ended with it."""
    given = {"PATH": os.environ["PATH"], **(env or {})}
    pipe = subprocess.PIPE
    with subprocess.Popen(argv, env=given, stdin=pipe, stdout=pipe, start_new_session=session) as child:
        child.first_line = child.stdout.readline()
        try:
            yield child
        finally:
            for one in [*tree.descendants([child.pid]), tree.stat_of(child.pid)]:
                if one is not None:
                    tree.send(one, signal.SIGKILL)


def gone_pid() -> int:
    child = subprocess.Popen(["true"])
    child.wait()
    return child.pid


def test_reads_a_process_whose_name_has_blanks_and_parentheses(tmp_path):
    (tmp_path / "a) (b").symlink_to("/bin/sleep")
    child = subprocess.Popen([str(tmp_path / "a) (b"), "30"])
    stat = tree.stat_of(child.pid)
    child.kill()
    child.wait()
    assert stat is not None and (stat.pid, stat.parent, stat.group) == (child.pid, os.getpid(), os.getpgid(0))
    assert tree.stat_of(child.pid) is None


def test_own_children_are_listed_whichever_thread_started_them():
    with running("sh", "-c", SLEEP) as child:
        assert child.pid in tree.children_of(os.getpid())
        assert child.pid in tree.adopted_children()
        assert child.pid in tree._scanned_children(os.getpid())


def test_descendants_are_found_in_other_sessions_too():
    with running("sh", "-c", "setsid sleep 30 & echo $!; wait") as child:
        inner = int(child.first_line)
        assert inner in [one.pid for one in tree.descendants([child.pid])]
        assert inner in [one.pid for one in tree.descendants([os.getpid()])]
        assert tree.descendants([inner]) == []


def test_finds_what_carries_the_mark_of_this_root_and_nothing_else(tmp_path):
    root = str(tmp_path)
    with (
        running("sh", "-c", SLEEP, env={"FLEET_ROOT": root, "FLEET_TURN": "t-1"}) as marked,
        running("sh", "-c", SLEEP, env={"FLEET_ROOT": root + "/other", "FLEET_TURN": "t-1"}),
        running("sh", "-c", SLEEP, env={"FLEET_ROOT": root}),
    ):
        assert tree.find_marked(root) == [(marked.pid, "t-1")]


def test_who_looks_for_marks_finds_neither_itself_nor_its_ancestors(tmp_path):
    code = "from fleet.edge import tree; print(tree.find_marked(__import__('sys').argv[1]))"
    env = {"FLEET_ROOT": str(tmp_path), "FLEET_TURN": "t-1", "PYTHONPATH": os.pathsep.join(sys.path)}
    asked = ["sh", "-c", '"$0" -c "$1" "$2"; true', sys.executable, code, str(tmp_path)]
    assert subprocess.run(asked, env=env, capture_output=True, check=True).stdout == b"[]\n"


# Who is inside: (environment of the ancestor, environment of the caller, inside?)
CALLERS = {
    "an operator": ({}, {}, False),
    "a holder": ({}, {"FLEET_ROOT": "{root}", "FLEET_TURN": "t-1"}, True),
    "a holder that hid its root": ({}, {"FLEET_TURN": "t-1"}, True),
    "the child of a holder": ({"FLEET_ROOT": "{root}", "FLEET_TURN": "t-1"}, {}, True),
    "an operator with the root set": ({}, {"FLEET_ROOT": "{root}"}, False),
    "a holder of another fleet": ({}, {"FLEET_ROOT": "{root}/other", "FLEET_TURN": "t-1"}, False),
}


@pytest.mark.parametrize(("above", "own", "inside"), CALLERS.values(), ids=CALLERS)
def test_says_whether_a_caller_is_inside(tmp_path, above, own, inside):
    settings = [f"{key}={value}".format(root=tmp_path) for key, value in own.items()]
    code = f"env -i /usr/bin/env {' '.join(settings)} sleep 30 & echo $!; wait"
    with running("sh", "-c", code, env={k: v.format(root=tmp_path) for k, v in above.items()}) as child:
        pid = int(child.first_line)
        while b"sleep" not in Path(f"/proc/{pid}/comm").read_bytes():
            pass
        while own and not Path(f"/proc/{pid}/environ").read_bytes():
            pass  # a program gets its name a moment before its environment
        assert tree.caller_is_inside(pid, str(tmp_path)) is inside


def test_a_descendant_of_ours_in_another_session_is_inside_whatever_it_carries(tmp_path):
    with running("sh", "-c", SLEEP, session=True) as child:
        assert tree.caller_is_inside(child.pid, str(tmp_path))


@pytest.mark.parametrize("pid", [0, -1, 2**31 - 1])
def test_a_caller_that_cannot_be_told_is_inside(tmp_path, pid):
    assert tree.caller_is_inside(pid, str(tmp_path))
    assert tree.caller_is_inside(gone_pid(), str(tmp_path))


def test_kill_all_asks_before_it_kills():
    with running("sh", "-c", "trap 'exit 3' TERM; echo on; while :; do sleep 0.01; done") as child:
        assert tree.kill_all([child.pid, gone_pid()], 10.0) == []
        assert child.wait() == 3


def test_kill_all_kills_what_ignores_it_or_is_stopped():
    deaf = "trap '' TERM; echo on; while :; do kill -STOP $$; done"
    with running("sh", "-c", deaf) as child, running("sh", "-c", SLEEP) as other:
        assert tree.kill_all([child.pid, other.pid], 0.2) == []
        assert (child.wait(), other.wait()) == (-9, -15)


def test_a_signal_never_hits_another_process_with_the_same_pid():
    with running(sys.executable, "-c", UNTIL_TOLD) as child:
        stat = tree.stat_of(child.pid)
        assert stat is not None
        assert not tree.send(stat._replace(start_ticks=stat.start_ticks - 1), signal.SIGKILL)
        assert child.poll() is None
        assert tree.send(stat, signal.SIGKILL)
        assert child.wait() == -9
        assert not tree.send(stat, signal.SIGKILL)
