"""The service: the unit that is printed, what the service manager is told, and the signals it sends."""

from __future__ import annotations

import json
import os
import pty
import shutil
import signal
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PATIENCE_S = 30.0
VERIFY = shutil.which("systemd-analyze")
UNSHARE = shutil.which("unshare")
SETPRIV = shutil.which("setpriv")


def can_unshare() -> bool:
    done = subprocess.run([str(UNSHARE), "-m", "true"], capture_output=True) if UNSHARE else None
    return done is not None and done.returncode == 0


def last_record(place) -> dict:
    file = sorted((place.folder / "ledger").glob("*.jsonl"))[-1]
    return json.loads(file.read_text().splitlines()[-1])


# The unit.


@pytest.mark.skipif(VERIFY is None, reason="there is no systemd-analyze")
@pytest.mark.parametrize("name", ["plain", "two words", "ten%", "a'b\"c\\d", "$HOME", "größe"])
@pytest.mark.parametrize("user", [(), ("--user",)])
def test_systemd_accepts_the_unit_wherever_the_fleet_lies(hello, name, user, tmp_path):
    folder = hello.folder / name
    folder.mkdir()
    hello.write(f"{name}/fleet.yaml", (hello.folder / "fleet.yaml").read_text())
    said = hello("-C", str(folder), "service", *user)
    assert said.code == 0
    unit = tmp_path / "units" / "fleet-x.service"
    unit.parent.mkdir()
    unit.write_text(said.out)
    (tmp_path / "run").mkdir(mode=0o700)
    done = subprocess.run(
        [str(VERIFY), "verify", *user, str(unit)],
        capture_output=True,
        text=True,
        env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path / "run"), "HOME": str(tmp_path)},
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_unit_starts_this_fleet_and_gives_the_longest_turn_time_to_end(hello):
    chart = (
        (hello.folder / "fleet.yaml")
        .read_text()
        .replace("owns: [greetings]", "owns: [greetings]\n    limit: 2h")
    )
    hello.write("fleet.yaml", chart)
    said = hello("service", "--json")
    text = said.data["text"]
    assert f"ExecStart={sys.executable} -P -m fleet -C {hello.folder} up\n" in text
    assert "TimeoutStopSec=7230s\n" in text
    assert f"ReadWritePaths={hello.folder}\n" in text
    for line in ("Type=notify", "WatchdogSec=1min", "ProtectSystem=strict", "NoNewPrivileges=yes"):
        assert f"{line}\n" in text
    assert said.data["unit"] == "fleet-hello"  # as the fleet, wherever it lies


def test_a_chart_with_mistakes_has_a_unit_all_the_same(hello):
    hello.write("fleet.yaml", "fleet: hello\nseats: {you: {\n")
    said = hello("service")
    assert (said.code, "TimeoutStopSec=630s" in said.out) == (0, True)


def test_a_folder_that_systemd_cannot_be_told_is_refused(nowhere):
    nowhere.write("two\nlines/fleet.yaml", "fleet: x\n")
    said = nowhere("-C", "two\nlines", "service")
    assert said.code != 0
    assert "systemd cannot be given this path" in said.err


@pytest.mark.skipif(not can_unshare() or SETPRIV is None, reason="no /proc of its own can be mounted here")
def test_where_proc_may_not_be_read_nothing_starts_and_it_says_what_to_do(hello):
    script = 'chmod 000 /proc && exec setpriv --bounding-set=-dac_override,-dac_read_search "$@"'
    words = [sys.executable, "-m", "fleet", "-C", str(hello.folder), "up", "--once"]
    done = subprocess.run(
        [str(UNSHARE), "--mount", "--pid", "--fork", "--mount-proc", "sh", "-c", script, "sh", *words],
        capture_output=True,
        text=True,
        env=hello.env(),
    )
    assert done.returncode == 1
    assert done.stderr.startswith("fleet: /proc may not be read by this user")
    assert "chmod 555 /proc" in done.stderr
    assert not (hello.folder / "state").exists()


@pytest.mark.skipif(not can_unshare(), reason="no file system of its own can be mounted here")
def test_a_folder_that_cannot_be_written_is_told_in_the_background_too(hello):
    script = 'cd "$1"; shift; mount --bind . . && mount -o remount,bind,ro . && cd "$PWD" && exec "$@"'
    words = [sys.executable, "-m", "fleet", "-C", str(hello.folder), "up", "-d"]
    done = subprocess.run(
        [str(UNSHARE), "-m", "sh", "-c", script, "sh", str(hello.folder), *words],
        capture_output=True,
        text=True,
        env=hello.env(),
    )
    assert done.returncode == 1
    assert done.stderr == (
        f"fleet: {hello.folder}/.fleet/daemon.log: Read-only file system, so nothing was started; "
        "chmod, chown or make room\n"
    )


# What the service manager is told.


@contextmanager
def listening(tmp_path: Path, watchdog_us: int = 0) -> Iterator[tuple[dict[str, str], socket.socket]]:
    path = str(tmp_path / "notify.sock")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(path)
        line.settimeout(PATIENCE_S)
        yield {"NOTIFY_SOCKET": path, "WATCHDOG_USEC": str(watchdog_us)}, line


def hear(line: socket.socket, wanted: str) -> list[str]:
    """Listen until a line is said; gives all up to it."""
    heard: list[str] = []
    while wanted not in heard:
        heard += line.recv(4096).decode().split("\n")
    return heard


@contextmanager
def up(place, **env: str) -> Iterator[subprocess.Popen[str]]:
    """A daemon in the foreground, without a terminal."""
    daemon = subprocess.Popen(
        [sys.executable, "-m", "fleet", "-C", str(place.folder), "up"],
        cwd=place.folder,
        env=place.env(**env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield daemon
    finally:
        daemon.kill()
        daemon.wait()


def test_it_says_that_it_is_ready_once_it_answers_and_that_it_stops(hello, tmp_path):
    with listening(tmp_path, 1_000_000) as (env, line), up(hello, **env) as daemon:
        heard = hear(line, "READY=1")
        assert hello("status").code == 0
        hear(line, "STATUS=2 seats, r-1")
        hear(line, "WATCHDOG=1")
        hear(line, "WATCHDOG=1")
        daemon.send_signal(signal.SIGTERM)
        heard = hear(line, "STOPPING=1")
        assert "READY=1" not in heard
        assert daemon.wait(PATIENCE_S) == 0


def test_a_watchdog_meant_for_another_process_gets_no_sign_of_life(hello, tmp_path):
    with listening(tmp_path, 1_000_000) as (env, line), up(hello, **env, WATCHDOG_PID="1") as daemon:
        hear(line, "READY=1")
        hello("wake", "greeter", "--wait")
        daemon.send_signal(signal.SIGTERM)
        assert "WATCHDOG=1" not in hear(line, "STOPPING=1")


def test_a_service_manager_that_is_gone_stops_nothing(hello):
    with up(hello, NOTIFY_SOCKET="/nowhere/at/all", WATCHDOG_USEC="x") as daemon:
        hello.until(lambda: hello("status").code == 0, "it answers")
        daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(PATIENCE_S) == 0


def test_holders_are_not_told_where_the_service_manager_listens(hello, tmp_path):
    hello.write("seats/greeter/greet.sh", "env\n")
    with listening(tmp_path, 9_000_000) as (env, line), up(hello, **env):
        hear(line, "READY=1")
        hello("wake", "greeter", "--wait")
        assert "NOTIFY_SOCKET" not in (hello.folder / "state/greeter.md").read_text()


# Signals.


def test_a_hangup_without_a_terminal_ends_nothing(hello, tmp_path):
    with listening(tmp_path) as (env, line), up(hello, **env) as daemon:
        hear(line, "READY=1")
        daemon.send_signal(signal.SIGHUP)
        assert hello("wake", "greeter", "--wait").code == 0
        daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(PATIENCE_S) == 0


def test_a_terminal_that_goes_away_takes_the_daemon_in_the_foreground_with_it(hello):
    pid, terminal = pty.fork()
    if pid == 0:  # pragma: no cover - the child
        signal.signal(signal.SIGHUP, signal.SIG_DFL)  # which who runs the tests may ignore
        os.chdir(hello.folder)
        os.execve(sys.executable, [sys.executable, "-m", "fleet", "-C", str(hello.folder), "up"], hello.env())
    hello.until(lambda: hello("status").code == 0, "it answers")
    os.close(terminal)
    hello.until(lambda: os.waitpid(pid, os.WNOHANG)[0], "it has ended")
    ended = last_record(hello)
    assert (ended["what"], ended["data"]["because"]) == ("stopped", "its terminal is gone")


def test_what_was_told_to_ignore_a_hangup_ignores_it(hello, tmp_path):
    with listening(tmp_path) as (env, line):
        words = ["nohup", sys.executable, "-m", "fleet", "-C", str(hello.folder), "up"]
        pid, terminal = pty.fork()
        if pid == 0:  # pragma: no cover - the child
            os.chdir(hello.folder)
            os.execvpe("nohup", words, hello.env(**env))
        hear(line, "READY=1")
        os.close(terminal)
        os.kill(pid, signal.SIGHUP)
        assert hello("wake", "greeter", "--wait").code == 0
        os.kill(pid, signal.SIGTERM)
        hello.until(lambda: os.waitpid(pid, os.WNOHANG)[0], "it has ended")


# Folders that cannot be written.


READ_ONLY = """\
set -e
cd "$1"; shift
mkdir -p ledger state inbox out scorecard reviews retired .fleet seats/greeter/work
mount --bind . . && mount -o remount,bind,ro .
for one in ledger state inbox out scorecard reviews retired .fleet seats/greeter/work; do
  mount --bind "$one" "$one" && mount -o remount,bind,rw "$one"
done
cd "$PWD"
! touch fleet.yaml seats/greeter/greet.sh 2>/dev/null
exec "$@"
"""


@pytest.mark.skipif(not can_unshare(), reason="no file system of its own can be mounted here")
def test_a_fleet_works_whose_code_cannot_be_written(hello):
    words = [sys.executable, "-m", "fleet", "-C", str(hello.folder), "up", "--once"]
    done = subprocess.run(
        [str(UNSHARE), "-m", "sh", "-c", READ_ONLY, "sh", str(hello.folder), *words],
        capture_output=True,
        text=True,
        env=hello.env(),
    )
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    assert "Good day, turn t-1" in (hello.folder / "state/greeter.md").read_text()
    assert hello("audit", "verify").code == 0


# In a container.

ORPHAN = """\
sh -c 'sleep 0.3' &
echo "left one behind in $FLEET_TURN"
"""


@pytest.mark.skipif(not can_unshare(), reason="no process can be the first of its own here")
def test_as_the_first_process_of_a_container_it_reaps_what_is_left_and_heeds_a_stop(hello, tmp_path):
    hello.write("seats/greeter/greet.sh", ORPHAN)
    fleet = [sys.executable, "-m", "fleet", "-C", str(hello.folder), "up"]
    with listening(tmp_path) as (env, line):
        outer = subprocess.Popen(
            [str(UNSHARE), "--pid", "--fork", "--mount-proc", *fleet],
            env=hello.env(**env),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        hear(line, "READY=1")
        assert hello("wake", "greeter", "--wait").code == 0
        inner = int(Path(f"/proc/{outer.pid}/task/{outer.pid}/children").read_text())
        states = [
            Path(f"/proc/{pid}/stat")
            for pid in Path(f"/proc/{inner}/task/{inner}/children").read_text().split()
        ]
        assert all(stat.read_text().rpartition(")")[2].split()[0] != "Z" for stat in states if stat.exists())
        os.kill(inner, signal.SIGTERM)
        assert outer.wait(PATIENCE_S) == 0
    assert last_record(hello)["data"]["because"] == "signal SIGTERM"


def test_all_that_the_image_is_made_of_is_copied_into_it():
    root = Path(__file__).parents[2]
    copied = [
        source
        for line in (root / "Containerfile").read_text().splitlines()
        if line.startswith("COPY ") and "--from" not in line
        for source in line.split()[1:-1]
    ]
    assert [source for source in copied if not (root / source).exists()] == []
    project = tomllib.loads((root / "pyproject.toml").read_text())
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {*wheel["force-include"], project["project"]["readme"], "src", "scripts/pins"}
    assert needed - set(copied) == set()
    ignored = (root / ".dockerignore").read_text().split()
    assert not {f"{source}/" for source in copied} & set(ignored)
