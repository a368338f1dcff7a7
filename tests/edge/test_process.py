"""Starting real programs, and ending all that they leave."""

from __future__ import annotations

import asyncio
import errno
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fleet.edge import process, tree
from fleet.edge.process import Ended, Launch

GRACE_S = 0.2
LIMIT_S = 0.3
MiB = 1024 * 1024


@pytest.fixture(autouse=True)
def subreaper() -> Iterator[None]:
    tree.become_subreaper()
    yield
    assert others() == []


def others() -> list[tree.Stat]:
    """List the children of ours that are in a session of their own: what programs have left."""
    mine = map(tree.stat_of, tree.children_of(os.getpid()))
    return [s for s in mine if s and s.session != os.getsid(0)]


@pytest.fixture
def launch(tmp_path: Path) -> Callable[..., Launch]:
    def make(*argv: str, **given: object) -> Launch:
        values: dict[str, object] = {
            "argv": argv,
            "cwd": str(tmp_path),
            "env": {"PATH": os.environ["PATH"], "FLEET_ROOT": str(tmp_path)},
            "stdin": b"",
            "mark": "t-1",
            "limit_s": 20.0,
            "grace_s": GRACE_S,
        }
        return Launch(**{**values, **given})  # type: ignore[arg-type]

    return make


def ended(*launches: Launch) -> Ended:
    async def run() -> list[Ended]:
        return await asyncio.gather(*(process.start(one).wait() for one in launches))

    return asyncio.run(run())[0]


def until(holds: Callable[[], bool], within_s: float = 10.0) -> bool:
    """Wait for what another process does; the bound is generous because machines are slow."""
    end = time.monotonic() + within_s
    while not holds() and time.monotonic() < end:
        time.sleep(0.002)
    return holds()


async def appears(path: Path) -> int:
    """Wait for a program to write its pid into a file."""
    while not (path.exists() and path.read_text().endswith("\n")):
        await asyncio.sleep(0.002)
    return int(path.read_text())


def is_gone(pid: int) -> bool:
    return tree.stat_of(pid) is None


def pid_in(path: Path) -> int:
    assert until(lambda: path.exists() and path.read_text().endswith("\n"))
    return int(path.read_text())


# How it ends


def test_gives_output_exit_code_and_the_end_of_stderr(launch):
    got = ended(launch("sh", "-c", "cat; echo oops >&2; exit 75", stdin=b"brief"))
    assert (got.exit_code, got.signal, got.stdout, got.stderr_tail) == (75, None, b"brief", "oops\n")
    assert (got.timed_out, got.overflowed, got.stragglers, got.fault) == (False, False, 0, None)


def test_is_given_its_environment_and_nothing_else(launch, tmp_path):
    got = ended(launch("env", mark="a-31"))
    names = {line.split("=")[0] for line in got.stdout.decode().splitlines()}
    assert b"FLEET_TURN=a-31" in got.stdout
    assert names == {"PATH", "FLEET_ROOT", "FLEET_TURN"}


def test_leads_a_session_in_its_folder_with_only_three_descriptors(launch, tmp_path):
    code = "os.getsid(0) == os.getpgid(0) == os.getpid(), os.getcwd(), os.listdir('/proc/self/fd')"
    got = ended(launch(sys.executable, "-c", f"import os; print(*({code}))"))
    assert got.stdout.decode() == f"True {tmp_path} ['0', '1', '2', '3']\n"  # 3 is the listing itself


def test_tells_the_signal_that_ended_it(launch):
    got = ended(launch("sh", "-c", "kill -SEGV $$"))
    assert (got.exit_code, got.signal) == (None, 11)


def test_names_the_main_process_by_pid_and_start_time(launch):
    async def run() -> None:
        running = process.start(launch("sleep", "30"))
        stat = tree.stat_of(running.pid)
        assert stat is not None and stat.start_ticks == running.started_ticks > 0
        running.stop("seen enough")
        await running.wait()

    asyncio.run(run())


def test_a_cancelled_wait_stops_nothing(launch):
    async def run() -> Ended:
        running = process.start(launch("sh", "-c", "read x; echo $x", stdin=b"y\n"))
        waiting = asyncio.ensure_future(running.wait())
        await asyncio.sleep(0)
        waiting.cancel()
        return await running.wait()

    assert asyncio.run(run()).stdout == b"y\n"


# What it reads and writes


def test_stdin_of_5_mb_that_is_not_read_fails_nothing(launch):
    got = ended(launch("sh", "-c", "exec 0<&-; echo done", stdin=b"x" * 5 * MiB))
    assert (got.exit_code, got.stdout) == (0, b"done\n")


def test_stdin_of_5_mb_kept_open_and_unread_fails_nothing(launch):
    got = ended(launch("sh", "-c", "echo done", stdin=b"x" * 5 * MiB))
    assert (got.exit_code, got.stdout) == (0, b"done\n")


def test_stdin_of_5_mb_arrives_whole(launch):
    assert ended(launch("wc", "-c", stdin=b"x" * 5 * MiB)).stdout.strip() == b"5242880"


def test_without_stdin_reads_the_end_at_once(launch):
    assert ended(launch("wc", "-c")).stdout.strip() == b"0"


def test_stdout_past_its_limit_kills_the_tree_and_keeps_the_beginning(launch):
    got = ended(launch("sh", "-c", "yes | head -c 1000000000", stdout_max=100_000))
    assert got.overflowed and got.signal == 9
    assert got.stdout == b"y\n" * 50_000


def test_stdout_of_just_its_limit_is_whole(launch):
    got = ended(launch("head", "-c", "100000", "/dev/zero", stdout_max=100_000))
    assert (got.overflowed, got.exit_code, len(got.stdout)) == (False, 0, 100_000)


def test_stdout_one_byte_past_its_limit_overflows(launch):
    got = ended(launch("head", "-c", "100001", "/dev/zero", stdout_max=100_000))
    assert (got.overflowed, len(got.stdout)) == (True, 100_000)


def test_of_1_gb_of_stderr_only_the_log_s_share_is_kept(launch, tmp_path):
    log = tmp_path / "log"
    got = ended(launch("sh", "-c", "yes | head -c 1000000000 >&2; echo end >&2", log_path=str(log)))
    assert got.exit_code == 0
    assert log.read_bytes()[:MiB] == b"y\n" * (MiB // 2)
    assert log.read_bytes()[MiB:] == b"\n[cut by fleet: a log holds at most 1048576 bytes]\n"
    assert got.stderr_tail.endswith("y\nend\n") and len(got.stderr_tail) == 2048


def test_a_log_is_appended_to(launch, tmp_path):
    log = tmp_path / "log"
    for _ in range(2):
        ended(launch("sh", "-c", "echo line >&2", log_path=str(log)))
    assert log.read_text() == "line\nline\n"
    assert log.stat().st_mode & 0o777 == 0o600


def test_a_log_that_cannot_be_written_is_told_and_fails_nothing(launch, tmp_path):
    got = ended(launch("sh", "-c", "echo line >&2; echo done", log_path=str(tmp_path / "no" / "log")))
    assert (got.exit_code, got.stdout, got.stderr_tail) == (0, b"done\n", "line\n")
    assert got.log_fault == f"{tmp_path}/no/log: No such file or directory; the log of this turn is not whole"


def test_a_log_is_never_written_through_a_link(launch, tmp_path):
    (tmp_path / "log").symlink_to(tmp_path / "victim")
    got = ended(launch("sh", "-c", "echo line >&2", log_path=str(tmp_path / "log")))
    assert got.log_fault and not (tmp_path / "victim").exists()


def test_stderr_that_is_no_text_is_shown_all_the_same(launch):
    assert ended(launch("sh", "-c", r"printf 'a\377b' >&2")).stderr_tail == "a\ufffdb"


# What cannot be started


def fault(one: Launch) -> str:
    got = ended(one)
    assert got == Ended(fault=got.fault)
    assert got.fault is not None
    return got.fault


def test_a_program_that_is_not_there(launch, tmp_path):
    (tmp_path / "seats" / "dash").mkdir(parents=True)
    cwd = str(tmp_path / "seats" / "dash")
    assert (
        fault(launch("./agent.py", "-v", cwd=cwd))
        == "./agent.py: not found in seats/dash (run: ./agent.py -v)"
    )
    assert (
        fault(launch("nonesuch", cwd=cwd)) == "nonesuch: not found in PATH or in seats/dash (run: nonesuch)"
    )


def test_a_program_that_is_in_its_folder_but_was_sought_in_path(launch, tmp_path):
    (tmp_path / "agent").write_text("#!/bin/sh\n")
    assert (
        fault(launch("agent"))
        == "agent: not found in PATH, but in the fleet's folder; write ./agent (run: agent)"
    )


def test_a_program_that_may_not_be_executed(launch, tmp_path):
    (tmp_path / "agent.py").write_text("#!/bin/sh\n")
    assert (
        fault(launch("./agent.py"))
        == "./agent.py: not executable in the fleet's folder; chmod +x it (run: ./agent.py)"
    )


def test_a_program_without_its_first_line(launch, tmp_path):
    (tmp_path / "agent.py").write_text("print('hello')\n")
    (tmp_path / "agent.py").chmod(0o755)
    assert (
        fault(launch("./agent.py"))
        == "./agent.py: exec format error in the fleet's folder: add a #! line (run: ./agent.py)"
    )


def test_a_program_whose_interpreter_is_not_there(launch, tmp_path):
    (tmp_path / "agent.py").write_text("#!/usr/bin/nonesuch\n")
    (tmp_path / "agent.py").chmod(0o755)
    assert "the interpreter its #! line names does not exist" in fault(launch("./agent.py"))


def test_a_folder_is_no_program(launch, tmp_path):
    (tmp_path / "agent").mkdir()
    assert fault(launch("./agent")) == "./agent: is a folder in the fleet's folder (run: ./agent)"


def test_a_folder_to_start_in_that_is_not_there(launch, tmp_path):
    assert fault(launch("true", cwd=str(tmp_path / "seats" / "dash"))) == (
        "true: there is no folder seats/dash to start it in (run: true)"
    )


@pytest.mark.parametrize("argv", [(), ("",), ("a\0b",), ("\udcff\ud800",)])
def test_a_command_that_is_none(launch, argv):
    assert fault(launch(*argv))


def test_arguments_too_long_for_the_system(launch):
    assert "too long" in fault(launch("true", "x" * 10 * MiB))


def test_no_descriptor_left_is_a_fault_that_leaks_none(launch):
    before = open_descriptors()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)

    async def run(limit: int) -> Ended:
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
        try:
            running = process.start(launch("true", stdin=b"x"))
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        return await running.wait()

    # From no descriptor at all to enough of them: each place that may fail does.
    highest = max(int(name) for name in os.listdir("/proc/self/fd"))
    faults = [asyncio.run(run(limit)).fault for limit in range(3, highest + 24)]
    assert "no file descriptor left" in (faults[0] or "")
    assert faults[-1] is None
    assert open_descriptors() == before


def test_no_process_left_is_a_fault(launch, monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EAGAIN, "Resource temporarily unavailable")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    assert "no process or memory left" in fault(launch("true"))


# The limit


def test_a_shell_that_ignores_term_is_killed_after_the_grace(launch):
    got = ended(launch("sh", "-c", "trap '' TERM; echo on; while :; do sleep 1; done", limit_s=LIMIT_S))
    assert (got.timed_out, got.signal, got.stdout) == (True, 9, b"on\n")
    assert got.elapsed_s >= LIMIT_S + GRACE_S


def test_what_it_says_on_being_told_to_end_is_kept(launch):
    code = "trap 'echo bye; exit 3' TERM; while :; do sleep 0.01; done"
    got = ended(launch("sh", "-c", code, limit_s=LIMIT_S))
    assert (got.timed_out, got.exit_code, got.stdout) == (True, 3, b"bye\n")


def test_a_stopped_program_dies_too(launch):
    got = ended(launch("sh", "-c", "kill -STOP $$", limit_s=LIMIT_S))
    assert (got.timed_out, got.signal) == (True, 15)


def test_a_stopped_program_that_ignores_term_dies_too(launch):
    got = ended(launch("sh", "-c", "trap '' TERM; while :; do kill -STOP $$; done", limit_s=LIMIT_S))
    assert (got.timed_out, got.signal) == (True, 9)


def test_a_child_in_a_session_of_its_own_dies_at_the_limit(launch, tmp_path):
    code = "trap '' TERM; setsid sh -c 'trap \"\" TERM; echo $$ > pid; while :; do sleep 1; done' & wait"
    got = ended(launch("sh", "-c", code, limit_s=LIMIT_S))
    assert got.timed_out and is_gone(pid_in(tmp_path / "pid"))


def test_a_child_has_the_whole_grace_though_its_shell_dies_at_once(launch, tmp_path):
    # The usual wrapper: a shell around a holder that saves its work when told to end.
    inner = "trap 'sleep 0.1; echo saved > saved; exit' TERM; while :; do sleep 0.01; done"
    got = ended(launch("sh", "-c", f'sh -c "{inner}"; true', limit_s=LIMIT_S, grace_s=2.0))
    assert got.timed_out and (tmp_path / "saved").read_text() == "saved\n"
    assert got.elapsed_s < 2.0


def test_a_fork_bomb_is_over_at_the_limit(launch):
    code = (
        "b() { b | b & }; ulimit -u 400; for i in 1 2 3 4 5 6 7 8; do (while :; do (:) & done) & done; wait"
    )

    async def run() -> Ended:
        got = await process.start(launch("sh", "-c", code, limit_s=LIMIT_S)).wait()
        while others():  # so many take a while to die, and the loop goes on reaping them
            await asyncio.sleep(0.01)
        return got

    assert asyncio.run(run()).timed_out


def test_stop_ends_it_and_keeps_why(launch):
    async def run() -> Ended:
        running = process.start(launch("sleep", "30"))
        running.stop("the seat was retired")
        running.stop("again")
        return await running.wait()

    got = asyncio.run(run())
    assert (got.signal, got.timed_out, got.stopped) == (15, False, "the seat was retired")


def test_stop_kills_what_ignores_it(launch, tmp_path):
    async def run() -> Ended:
        code = "trap '' TERM; echo $$ > pid; while :; do sleep 1; done"
        running = process.start(launch("sh", "-c", code))
        await appears(tmp_path / "pid")
        running.stop("enough")
        return await running.wait()

    got = asyncio.run(run())
    assert got.signal == 9 and GRACE_S < got.elapsed_s < GRACE_S + 2


def test_stop_after_the_end_does_nothing(launch):
    async def run() -> Ended:
        running = process.start(launch("true"))
        await running.wait()
        running.stop("late")
        return await running.wait()

    assert asyncio.run(run()).stopped is None


def test_stop_of_what_did_not_start_does_nothing(launch):
    async def run() -> Ended:
        running = process.start(launch("nonesuch"))
        running.stop("never mind")
        return await running.wait()

    assert asyncio.run(run()).stopped is None


# What it leaves

DETACHED = {
    "a grandchild that holds stdout": "sh -c 'echo $$ > pid; exec sleep 30' & ",
    "one that ignores TERM": "sh -c 'trap \"\" TERM; echo $$ > pid; while :; do sleep 1; done' & ",
    "double fork and setsid": "(setsid sh -c 'echo $$ > pid; exec sleep 30' &) ",
    "and a clean environment": "(setsid env -i sh -c 'echo $$ > pid; exec sleep 30' >/dev/null 2>&1 &) ",
    "and itself stopped": "(setsid env -i /bin/sh -c 'echo $$ > pid; kill -STOP $$; sleep 30' &) ",
    "and its own children": "(setsid env -i sh -c '(setsid sleep 30 &); sleep 30 & echo $$ > pid; wait' &) ",
}


@pytest.mark.parametrize("left", DETACHED.values(), ids=DETACHED)
def test_what_outlives_its_main_process_delays_nothing_and_dies(launch, tmp_path, left):
    got = ended(launch("sh", "-c", left + "\necho out; while ! [ -s pid ]; do sleep 0.01; done"))
    assert (got.exit_code, got.stdout, got.timed_out) == (0, b"out\n", False)
    assert got.stragglers >= 1
    assert got.elapsed_s < 5
    assert until(lambda: is_gone(pid_in(tmp_path / "pid")), within_s=1)


CHAINS = """\
import os, time
held = os.open("held", os.O_RDWR)
for _ in range(12):
    if os.fork() == 0:
        break
else:
    time.sleep(0.2)
    os._exit(0)
os.setsid()
for fd in (0, 1, 2):
    os.close(fd)
end = time.monotonic() + 10
while time.monotonic() < end:
    try:
        if os.fork():
            os._exit(0)
    except OSError:
        pass
"""
"""Twelve chains of processes: each forks and is gone, so that one which was listed is dead before it is signalled."""


def test_the_end_is_told_only_when_chains_whose_every_process_forks_and_dies_at_once_are_gone(
    launch, tmp_path
):
    os.mkfifo(tmp_path / "held")
    fd = os.open(tmp_path / "held", os.O_RDONLY | os.O_NONBLOCK)

    async def run() -> tuple[Ended, bytes | None]:
        got = await process.start(launch(sys.executable, "-S", "-c", CHAINS)).wait()
        try:
            return got, os.read(fd, 1)  # at once: nothing holds the other end
        except BlockingIOError:
            return got, None

    got, read = asyncio.run(run())
    os.close(fd)
    assert (got.exit_code, got.left, read) == (0, 0, b"")


def test_what_cannot_be_ended_is_told_with_the_end(launch, tmp_path, monkeypatch):
    group = process.tree.send_group
    with monkeypatch.context() as patch:
        patch.setattr("fleet.edge.process.PATIENCE_S", 0.1)
        patch.setattr("fleet.edge.tree.send", lambda target, *numbers: True)
        patch.setattr("fleet.edge.tree.send_group", lambda group, *numbers: None)
        got = ended(launch("sh", "-c", "setsid sleep 30 & echo out"))
    assert (got.exit_code, got.stragglers, got.left) == (0, 1, 1)
    for one in others():
        group(one.group, 9)
    assert until(lambda: all(one.state == "Z" for one in others()))
    for one in others():
        os.waitpid(one.pid, 0)


def test_a_main_process_that_forks_and_leaves_ends_the_turn(launch, tmp_path):
    code = "import os, time\nif os.fork():\n    os._exit(0)\ntime.sleep(30)"
    got = ended(launch(sys.executable, "-c", code))
    assert (got.exit_code, got.stragglers) == (0, 1)
    assert tree.children_of(os.getpid()) == []


def test_the_output_left_in_a_pipe_is_read_though_others_hold_it(launch):
    got = ended(launch("sh", "-c", "sleep 30 & head -c 60000 /dev/zero"))
    assert (len(got.stdout), got.stragglers) == (60000, 1)


def test_a_grandchild_that_writes_on_and_on_delays_nothing(launch):
    got = ended(launch("sh", "-c", "yes >&2 & echo out"))
    assert (got.exit_code, got.stdout) == (0, b"out\n")


def test_of_two_turns_only_the_ended_one_s_orphans_are_killed(launch, tmp_path):
    def leave(name: str) -> str:
        left = f"(setsid sh -c 'echo $$ > {name}; exec sleep 30' >/dev/null 2>&1 &)"
        return f"{left}; while ! [ -s {name} ]; do :; done; "

    async def run() -> None:
        long = process.start(launch("sh", "-c", leave("kept") + "sleep 30", mark="t-2"))
        kept = await appears(tmp_path / "kept")
        got = await process.start(launch("sh", "-c", leave("mine"), mark="t-1")).wait()
        assert got.stragglers == 1
        assert is_gone(pid_in(tmp_path / "mine")) and not is_gone(kept)
        long.stop("done")
        await long.wait()
        assert is_gone(kept)

    asyncio.run(run())


def test_an_orphan_nobody_can_be_told_to_own_dies_with_the_last_turn_that_may_own_it(launch, tmp_path):
    left = "(setsid env -i /bin/sh -c 'echo $$ > pid; exec sleep 30' >/dev/null 2>&1 &)"
    leave = f"{left}; while ! [ -s pid ]; do :; done"

    async def run() -> None:
        other = process.start(launch("sleep", "30", mark="t-2"))
        await process.start(launch("sh", "-c", leave, mark="t-1")).wait()
        pid = pid_in(tmp_path / "pid")
        assert not is_gone(pid)  # it might be the other one's
        other.stop("done")
        assert (await other.wait()).stragglers == 1
        assert is_gone(pid)

    asyncio.run(run())


def test_a_turn_that_started_after_an_orphan_does_not_keep_it_alive(launch, tmp_path):
    code = (
        "(setsid env -i /bin/sh -c 'echo $$ > pid; exec sleep 30' &); while ! [ -s go ]; do sleep 0.01; done"
    )

    async def run() -> None:
        first = process.start(launch("sh", "-c", code, mark="t-1"))
        pid = await appears(tmp_path / "pid")
        await asyncio.sleep(0.03)  # start times are told in hundredths of a second
        later = process.start(launch("sleep", "30", mark="t-2"))
        (tmp_path / "go").write_text("go\n")
        assert (await first.wait()).stragglers == 1
        assert is_gone(pid)
        later.stop("done")
        await later.wait()

    asyncio.run(run())


def test_children_of_ours_that_are_no_turn_are_left_alone(launch):
    with subprocess.Popen(["sleep", "30"]) as other:
        ended(launch("sh", "-c", "sleep 30 &"))
        assert other.poll() is None
        other.kill()
    with subprocess.Popen(["true"]) as dead:
        assert until(lambda: (tree.stat_of(dead.pid) or (0, "Z"))[1] == "Z")
        ended(launch("sh", "-c", "sleep 30 &"))
        assert dead.wait() == 0  # nobody else has reaped it


def test_dead_orphans_of_a_long_turn_do_not_pile_up(launch, tmp_path):
    async def run() -> None:
        code = "for i in 1 2 3 4 5 6 7 8; do (true &); done; echo $$ > pid; sleep 30"
        running = process.start(launch("sh", "-c", code))
        await appears(tmp_path / "pid")
        for _ in range(2000):
            if tree.children_of(os.getpid()) == [running.pid]:
                break
            await asyncio.sleep(0.005)
        assert tree.children_of(os.getpid()) == [running.pid]
        running.stop("done")
        await running.wait()

    asyncio.run(run())


# What we leave


def open_descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def test_200_starts_leak_no_descriptor_and_leave_no_zombie(launch):
    kinds = [
        launch("true"),
        launch("cat", stdin=b"x"),
        launch("true", stdin=b"x" * 200_000),
        launch("nonesuch"),
        launch("sh", "-c", "sleep 30 & echo x >&2"),
    ]

    async def run() -> tuple[int, int]:
        await process.start(kinds[0]).wait()
        before = open_descriptors()
        for _ in range(40):
            await asyncio.gather(*(process.start(kind).wait() for kind in kinds))
        return before, open_descriptors()

    before, after = asyncio.run(run())
    assert before == after
    assert tree.children_of(os.getpid()) == []
