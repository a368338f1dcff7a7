"""What a seat can do inside its sandbox, what it is told when it may not start, and what the daemon keeps."""

from __future__ import annotations

import asyncio
import getpass
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from fleet.edge import kernel, landlock, process, seccomp, tree
from fleet.edge.bounds import Bounds, _above
from fleet.edge.landlock import Reach
from fleet.edge.sandbox import Walls, user_named

HERE = Path(__file__).parent
CHART = """\
fleet: den
timezone: UTC
seats:
  ann: {{title: Boss, person: Ann, reads: [desk]}}
  desk:
    title: Desk
    run: {run}
    answers_to: ann
    owns: [work]
    limit: 2m
    retries: 0
    reads: [other, {{path: data/*.csv}}]
    scorecard: {{calls: at least 1}}
    {more}
  other: {{title: Other, run: echo all is well, answers_to: ann, owns: [x], scorecard: {{a: all}}}}
"""
needs_landlock = pytest.mark.skipif(
    landlock.version() < landlock.OLDEST_WHOLE,
    reason=f"this kernel has Landlock v{landlock.version()}, not v6",
)
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may switch users")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A fleet's folder that every user may come through."""
    with tempfile.TemporaryDirectory(prefix="walls-", ignore_cleanup_errors=True) as root:
        Path(root).chmod(0o755)
        (Path(root) / "data").mkdir()
        (Path(root) / "data/a.csv").write_text("a,b\n")
        yield Path(os.path.realpath(root))


def turn(
    root: Path,
    script: str,
    more: str = "sandbox: on",
    *,
    run: str = "sh agent.sh",
    before: str = "",
    chart: str = CHART,
) -> Any:
    """Let the desk have one turn; gives its row of the status."""
    (root / "fleet.yaml").write_text(chart.format(run=run, more=more))
    (root / "seats/desk").mkdir(parents=True, exist_ok=True)
    (root / "seats/desk" / run.split()[-1]).write_text(script)
    words = [sys.executable, "-c", before, "-m"] if before else [sys.executable, "-m"]
    words += ["fleet", "-C", str(root)]
    subprocess.run([*words, "up", "--once"], capture_output=True, text=True, timeout=120)
    shown = subprocess.run([*words, "status", "--json"], capture_output=True, text=True, timeout=60)
    data = json.loads(shown.stdout)["data"]
    return next(row for row in data["seats"] if row["seat"] == "desk")


def published(root: Path) -> str:
    path = root / "state/desk.md"
    return path.read_text().partition("---\n")[2].partition("---\n")[2] if path.exists() else ""


@needs_landlock
def test_a_holder_reads_its_brief_its_inputs_and_its_program_and_writes_its_work_and_what_it_sends(
    folder: Path,
) -> None:
    row = turn(
        folder,
        'test -s "$FLEET_BRIEF" && cat >/dev/null && cat ../../data/*.csv && head -2 ../../state/other.md | tail -1\n'
        'echo 1 >work/kept && chmod 600 work/kept && touch -d 2001-01-01 work/kept && stat -c "%a %y" work/kept\n'
        'echo x >"$FLEET_OUT/sent" && mktemp -d >/dev/null && cp -p work/kept work/copy && mv work/copy work/moved\n'
        'fleet emit metric calls 3 && echo "$HOME" && exec 3<<EOF && cat <&3\nhere\nEOF\n',
    )
    assert row["health"] == "fine", row
    home = folder / "seats/desk"
    assert published(folder).split("\n") == [
        *("a,b", "seat: other", "600 2001-01-01 00:00:00.000000000 +0000", str(home), "here", "")
    ]
    assert "calls: 3" in (folder / "state/desk.md").read_text()
    assert row["isolation"] == f"landlock v{landlock.version()} + seccomp"


@needs_landlock
def test_a_verb_that_its_walls_keep_a_holder_from_says_so_and_which_ones_work(folder: Path) -> None:
    verbs = ("status", "brief desk", "rules", "why desk", "check", "wake desk")
    told = "; ".join(f"fleet {verb} 2>&1; echo $?" for verb in verbs)
    turn(
        folder,
        f"{told}\nfleet explain rules | head -1; ls work/tmp\nfleet check --json 2>/dev/null || true\n",
    )
    *said, explained, answer, _ = published(folder).split("\n")
    assert len(said) == 2 * len(verbs) and set(said[1::2]) == {"1"}, said
    assert set(said[::2]) == {
        "fleet: this runs in turn t-2, and the sandbox of desk shows it no more of the fleet than it was given; "
        "nothing was done. `fleet emit` and `fleet explain` work here; what the turn was given stands in $FLEET_BRIEF"
    }
    assert explained.startswith("A rule") and "sandbox of desk" in answer


@needs_landlock
def test_programs_do_without_attributes_of_files_as_where_a_disk_has_none(folder: Path) -> None:
    script = (
        "exec 2>&1; cd work; echo 1 >a; chmod 640 a; cp -a a b && cp --preserve=all a c && install -m 750 a d\n"
        "tar cf x.tar a b c && tar xpf x.tar && mv x.tar y.tar && ls -l | wc -l; stat -c %a a b c d\n"
        "mkdir s && cp -a a b s && python -c \"import shutil as s; s.copy2('a', 'e'); s.copytree('s', 'f')\"; ls f\n"
    )
    turn(folder, script)
    assert published(folder).split() == ["7", "640", "640", "640", "750", "a", "b"], published(folder)


@needs_landlock
def test_names_are_listed_where_a_pattern_looks_for_them_and_nowhere_for_a_path(folder: Path) -> None:
    (folder / "plain").mkdir()
    (folder / "plain/b.csv").write_text("b\n")
    more = "reads: [{path: data/*.csv}, {path: plain/b.csv}]\n    sandbox: on"
    reads = "reads: [other, {{path: data/*.csv}}]\n    "
    turn(
        folder,
        "cat ../../plain/b.csv; ls ../../data; ls ../../plain || echo no\n",
        more,
        chart=CHART.replace(reads, ""),
    )
    assert published(folder) == "b\na.csv\nno\n"


@needs_landlock
@pytest.mark.skipif(not shutil.which("git"), reason="git is not installed")
def test_git_works_in_work(folder: Path) -> None:
    script = (
        "cd work && git init -q r 2>/dev/null && cd r && echo 1 >f && git add f && "
        "git -c user.name=a -c user.email=a@b commit -qm first && git clone -q . ../s && git -C ../s log --format=%s\n"
    )
    turn(folder, script)
    assert published(folder) == "first\n"


@needs_landlock
@pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")
def test_node_works_with_its_children_and_threads(folder: Path) -> None:
    script = (
        "const fs = require('fs'), cp = require('child_process'), {Worker} = require('worker_threads');\n"
        "fs.writeFileSync('work/n', '1'); fs.chmodSync('work/n', 0o600); fs.utimesSync('work/n', 1, 2);\n"
        "const said = cp.execSync('echo child').toString().trim();\n"
        "new Worker('require(\"worker_threads\").parentPort.postMessage(7)', {eval: true}).on('message', (m) =>\n"
        "  console.log(said, m, fs.statSync('work/n').mtimeMs, (fs.statSync('work/n').mode & 0o777).toString(8)));\n"
    )
    turn(folder, script, run="node agent.js")
    assert published(folder) == "child 7 2000 600\n"


@needs_landlock
def test_python_works_with_its_library_its_threads_and_its_children(folder: Path) -> None:
    script = (
        "import concurrent.futures as c, json, os, shutil, sqlite3, ssl, subprocess, tempfile\n"
        "with c.ThreadPoolExecutor(4) as pool: n = sum(pool.map(int, '1234'))\n"
        "db = sqlite3.connect('work/x.db'); db.execute('create table t (a)'); db.commit()\n"
        "with tempfile.TemporaryDirectory() as d: shutil.copy2('agent.py', d); assert os.listdir(d) == ['agent.py']\n"
        "ssl.create_default_context(); subprocess.run(['true'], check=True)\n"
        "print(n, sorted(os.listdir('work')))\n"
    )
    turn(folder, script, run="python agent.py")
    assert published(folder) == "10 ['tmp', 'x.db']\n"


@needs_landlock
def test_named_places_and_ports_are_opened_and_no_others(folder: Path) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as two:
        ports = [one.getsockname()[1], two.getsockname()[1]]
        with tempfile.TemporaryDirectory() as more, tempfile.TemporaryDirectory() as only:
            Path(only, "x").write_text("read")
            script = (
                "import socket\nfrom pathlib import Path\n"
                "def tried(does):\n"
                "    try:\n        does(); return 'yes'\n"
                "    except PermissionError: return 'no'\n"
                f"print(*(tried(lambda p=p: socket.create_connection(('127.0.0.1', p))) for p in {ports}),\n"
                "      tried(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM)),\n"
                "      tried(lambda: socket.socket(socket.AF_UNIX)),\n"
                "      tried(lambda: socket.create_server(('127.0.0.1', 0))), tried(socket.socket().listen),\n"
                f"      tried(lambda: Path({more!r}, 'y').write_text('')),\n"
                f"      tried(lambda: Path({only!r}, 'y').write_text('')),\n"
                f"      Path({only!r}, 'x').read_text())\n"
            )
            walls = f"sandbox: {{network: {ports[0]}, write: {more}, read: {only}}}"
            turn(folder, script, walls, run="python agent.py")
    assert published(folder) == "yes no no no no no yes no read\n"


@needs_landlock
@pytest.mark.parametrize("network", ["none", "443", "[443, 53]"])
def test_what_talks_within_a_program_works_in_every_network(folder: Path, network: str) -> None:
    script = (
        "import asyncio, multiprocessing as m, socket, subprocess, sys\n"
        "async def asked():\n"
        "    child = await asyncio.create_subprocess_exec('cat', stdin=-1, stdout=-1)\n"
        "    return (await child.communicate(b'child'))[0].decode(), await asyncio.to_thread(str, 7)\n"
        "def said(end): end.send('other')\n"
        "if __name__ == '__main__':\n"
        "    mine, theirs = m.Pipe()\n"
        "    one = m.get_context('fork').Process(target=said, args=(theirs,)); one.start()\n"
        "    a, b = socket.socketpair(); a.send(b'pair')\n"
        "    print(*asyncio.run(asked()), mine.recv(), b.recv(9).decode())\n"
        "    one.join()\n"
    )
    turn(folder, script, f"sandbox: {{network: {network}}}", run="python agent.py")
    assert published(folder) == "child 7 other pair\n"


@needs_landlock
def test_too_much_memory_that_is_shared_ends_the_turn_by_name(folder: Path) -> None:
    script = (
        "import mmap, time\npages = mmap.mmap(-1, 400 << 20)\n"
        "for at in range(0, 400 << 20, 4096): pages[at] = 1\ntime.sleep(60)\n"
    )
    row = turn(folder, script, "sandbox: {memory: 128MB}", run="python agent.py")
    assert row["health"] == "failed"
    assert "of memory, and its sandbox allows 128 MB; it was ended" in row["why"]


LACKING = (
    "import runpy, sys\nsys.path[:0] = {path!r}\n"
    "from fleet.edge import kernel\n"
    "load, equal, back = 0x20, 0x15, 0x06\n"
    "lines = [(load, 0, 0, 0), (equal, 0, 1, 444), (back, 0, 0, 0x50026), (back, 0, 0, 0x7FFF0000)]\n"
    "kernel.no_new_privileges()\n"
    "kernel.install(kernel.packed_program(lines), 0)\n"
    "sys.argv = ['fleet', *sys.argv[2:]][:1] + sys.argv[3:]\n"
    "runpy.run_module('fleet', run_name='__main__')\n"
)
"""Runs fleet as on a kernel without Landlock: the call that makes a set of its rules is not there."""


@needs_landlock
@pytest.mark.skipif(bool(shutil.which("bwrap")), reason="bubblewrap would be taken")
def test_where_nothing_can_be_had_on_runs_and_says_so_and_required_does_not_start(folder: Path) -> None:
    before = LACKING.format(path=[one for one in sys.path if one])
    row = turn(folder, "echo ran; touch ../../data/ran\n", "sandbox: on", before=before)
    assert (published(folder), row["isolation"]) == ("ran\n", "none")
    assert (folder / "data/ran").exists()  # nothing kept it from there
    shutil.rmtree(folder)
    (folder / "data").mkdir(parents=True)
    row = turn(folder, "touch work/ran\n", "sandbox: required", before=before)
    assert row["health"] == "failed"
    assert row["why"].endswith(
        "its sandbox is required and cannot be had here: this kernel has no Landlock, and bwrap is not installed; "
        "no process was started"
    )
    assert not (folder / "seats/desk/work/ran").exists()


@needs_landlock
@pytest.mark.skipif(not shutil.which("bwrap"), reason="bubblewrap is not installed")
@pytest.mark.parametrize("user", ["", pytest.param("nobody", marks=as_root)])
def test_where_there_is_no_landlock_bubblewrap_holds(folder: Path, user: str) -> None:
    script = (
        'cat "$FLEET_BRIEF" >/dev/null; cat ../../data/*.csv; echo 1 >work/kept; chmod 600 work/kept\n'
        "mktemp >/dev/null; for one in x /x /tmp/x /dev/x /dev/shm/x; do echo x >$one; done 2>/dev/null\n"
        "cat /etc/shadow || ls ../other || python -c 'import socket; socket.socket()' || echo held\n"
        "echo /proc/[0-9]*; id -un; ls -A work/tmp | wc -l\n"
    )
    more = f"sandbox: required\n    user: {user}" if user else "sandbox: required"
    row = turn(folder, script, more, before=LACKING.format(path=[one for one in sys.path if one]))
    assert row["isolation"] == (f"bubblewrap, user {user}" if user else "bubblewrap"), row
    assert "/proc/1 " in published(folder) and len(published(folder).split("/proc/")) < 9
    assert published(folder).startswith("a,b\nheld\n/proc/")
    assert published(folder).endswith(f"\n{user or getpass.getuser()}\n1\n")
    assert not (folder / "seats/desk/x").exists()


FALSE_BWRAP = """\
#!/bin/sh
{ id -un; id -Gn; echo "$@"; } >work/words
while [ "$1" != -- ]; do shift; done
shift && exec "$@"
"""
"""Keeps nothing out, and says as whom it was started, and with which words."""


@as_root
@needs_landlock
@pytest.mark.parametrize("more", ["", ", network: [443]"])
def test_bubblewrap_is_started_as_the_seats_user_and_told_what_may_be_reached(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: str
) -> None:
    tmp_path.chmod(0o700)  # nobody may come to what lies in it
    (tmp_path / "x").touch()
    more += f", read: [{tmp_path}/x]"
    (folder / "bin").mkdir()
    (folder / "bin/bwrap").write_text(FALSE_BWRAP)
    (folder / "bin/bwrap").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}/bin:{os.environ['PATH']}")
    before = LACKING.format(path=[one for one in sys.path if one])
    row = turn(folder, "id -un\n", f"user: nobody\n    sandbox: {{level: on{more}}}", before=before)
    assert (published(folder), row["isolation"]) == ("nobody\n", "bubblewrap, user nobody"), row
    user, groups, said = (folder / "seats/desk/work/words").read_text().splitlines()
    assert (user, groups) == ("nobody", "nogroup")
    home = folder / "seats/desk"
    for words in (f"--ro-bind-try {home} {home}", f"--bind-try {home}/work {home}/work", f"--chdir {home}"):
        assert words in said
    assert said.index("--bind-try") < said.index("--remount-ro / --remount-ro /dev --seccomp")
    assert ("--share-net" in said) is ("network" in more)
    assert "/bin/sh" not in said.partition(" -- ")[0]  # it lies in what is bound
    assert str(tmp_path) not in said
    assert str(folder / "seats/other") not in said and "--tmpfs" not in said


@needs_landlock
def test_every_seat_of_sneeze_it_has_its_first_turn_inside_walls(folder: Path) -> None:
    root = HERE.parents[1]
    for name in ("seats", "actions", "sneeze", "retired"):
        shutil.copytree(root / name, folder / name, dirs_exist_ok=True, ignore=shutil.ignore_patterns("work"))
    chart = (root / "fleet.yaml").read_text().replace("\ndefaults:", "\ndefaults:\n  sandbox: required #", 1)
    (folder / "fleet.yaml").write_text(chart)
    made = [
        sys.executable,
        "-m",
        "sneeze.generate",
        "--seed",
        "7",
        "--to",
        "2026-11-20",
        "--out",
        "data",
        "--calm",
    ]
    subprocess.run(made, cwd=folder, check=True, timeout=120)
    words = [sys.executable, "-m", "fleet", "-C", str(folder)]
    subprocess.run([*words, "up", "--once"], capture_output=True, timeout=300)
    told = json.loads(subprocess.run([*words, "status", "--json"], capture_output=True, text=True).stdout)[
        "data"
    ]
    agents = {row["seat"]: (row["last"], row["isolation"]) for row in told["seats"] if row["isolation"]}
    assert len(agents) == 9
    assert set(agents.values()) == {("done", f"landlock v{landlock.version()} + seccomp")}
    assert told["isolation"] == f"landlock v{landlock.version()} + seccomp"


@as_root
@pytest.mark.parametrize("sandbox", ["off", pytest.param("required", marks=needs_landlock)])
def test_a_seat_with_a_user_runs_as_him_and_what_it_writes_is_his(folder: Path, sandbox: str) -> None:
    script = 'id -un; id -Gn; cat "$FLEET_BRIEF" >/dev/null && echo x >work/x && echo y >"$FLEET_OUT/y"\n'
    script += 'stat -c "%U %a" "$FLEET_BRIEF"\n'
    row = turn(folder, script, f"user: nobody\n    sandbox: {sandbox}")
    assert published(folder) == "nobody\nnogroup\nnobody 600\n", row
    assert (folder / "seats/desk/work/x").owner() == "nobody"
    assert row["isolation"].endswith("user nobody")


@as_root
def test_a_user_who_is_nobody_of_this_machine_is_refused_by_name_before_a_process_starts(
    folder: Path,
) -> None:
    row = turn(folder, "touch ran\n", "user: no-such-user-here")
    assert row["why"].endswith(
        "its `user: no-such-user-here` is no user of this machine; no process was started"
    )
    assert not (folder / "seats/desk/ran").exists()


@needs_landlock
def test_a_place_that_holds_the_fleet_itself_is_refused(folder: Path) -> None:
    row = turn(folder, "touch work/ran\n", f"sandbox: {{read: {folder.parent}}}")
    says = (
        f"its sandbox's {folder.parent} holds the fleet's own folder, or lies in it; no process was started"
    )
    assert row["why"].endswith(says)


@needs_landlock
def test_of_chains_inside_walls_that_fork_and_die_at_once_none_outlives_the_turn(folder: Path) -> None:
    chains = (
        "import os, time\n"
        "read, write = os.pipe()\n"
        "for _ in range(14):\n"
        "    if os.fork() == 0: break\n"
        "else:\n    os.close(write)  # all begin at once\n    time.sleep(.2); print('left', flush=True); os._exit(0)\n"
        "[os.close(fd) for fd in (0, 1, 2, write)]\n"
        "os.read(read, 1)\n"
        "end = time.monotonic() + 20\n"
        "while time.monotonic() < end:\n"
        "    try:\n"
        "        if os.fork(): os._exit(0)\n"
        "        os.setsid()\n"
        "        open('work/beat', 'w').close()\n"
        "    except OSError: pass\n"
    )
    row = turn(folder, chains, "sandbox: {level: on, processes: 64}", run="python -S -B agent.py")
    beat = (folder / "seats/desk/work/beat").stat().st_mtime_ns
    assert published(folder) == "left\n", row
    # The daemon is gone by now, and with it all that would still be killed; what lives on would beat.
    ends = [one["at"] for one in _records(folder) if one["what"] == "turn_ended" and one["seat"] == "desk"]
    assert beat / 1e9 < datetime.fromisoformat(ends[-1]).timestamp() + 0.01


def _records(root: Path) -> list[dict[str, Any]]:
    return [
        json.loads(line) for path in root.glob("ledger/*.jsonl") for line in path.read_text().splitlines()
    ]


HOARD = """\
import os
try:
    for _ in range(4):
        fd = os.memfd_create("x")
        for _ in range(100): os.write(fd, b"x" * (1 << 20))
    print("held")
except OSError as exc:
    print(exc.strerror)
"""


@needs_landlock
@pytest.mark.parametrize("group", ["with a group", "without a group"])
def test_memory_that_no_process_maps_is_bound_or_cannot_be_had(
    monkeypatch: pytest.MonkeyPatch, group: str
) -> None:
    if group == "without a group":
        monkeypatch.setattr("fleet.edge.bounds.Group.make", classmethod(lambda kind, name: None))
    elif not _above("memory"):
        pytest.skip("no group that bounds memory can be made here")
    places = ("/usr", "/bin", "/lib", "/lib64", "/etc/ld.so.cache", sys.base_prefix, sys.prefix)
    system = tuple(Reach(one, landlock.SEEN) for one in places)
    walls = Walls("landlock", system, (), (), None, Bounds(64 << 20, 16, 64))

    async def tried() -> process.Ended:
        words = (sys.executable, "-I", "-S", "-c", HOARD)
        launch = process.Launch(words, "/", {"PATH": "/usr/bin:/bin"}, b"", "t-1", 60, walls=walls)
        return await process.start(launch).wait()

    tree.become_subreaper()
    ended = asyncio.run(tried())
    if group == "without a group":
        assert ended.stdout == b"Function not implemented\n"
    else:
        assert (ended.stdout, ended.signal) == (b"", 9)
        assert ended.excess == "more than 64 MB of memory, and its sandbox allows 64 MB"


OWNED = """\
import fcntl, os, socket, struct, sys, time
def told(fd, how):
    try:
        how(fd)
        fcntl.fcntl(fd, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
    except PermissionError:
        return "no"
    return "yes"
def by_signal(fd):
    fcntl.fcntl(fd, 10, 9)
def by_ioctl(number):
    return lambda fd: fcntl.ioctl(fd, number, struct.pack("i", {victim}))
ways = [lambda fd: fcntl.fcntl(fd, fcntl.F_SETOWN, {victim}), by_signal, by_ioctl(0x8901), by_ioctl(0x8902)]
ways.append(lambda fd: fcntl.fcntl(fd, 15, struct.pack("ii", 1, {victim})))
for way in ways:
    one, other = socket.socketpair()
    print(told(one.fileno(), way))
    other.send(b"x")
print(fcntl.fcntl(one, fcntl.F_GETFD), fcntl.fcntl(one, fcntl.F_GETFL) >= 0)
"""


@needs_landlock
@pytest.mark.parametrize("abi", [3, 5, 7])
def test_nobody_outside_can_be_made_the_owner_of_a_descriptor_and_so_be_signalled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, abi: int
) -> None:
    monkeypatch.setattr("fleet.edge.landlock.version", lambda: abi)
    places = ("/usr", "/bin", "/lib", "/lib64", "/etc/ld.so.cache", sys.base_prefix, sys.prefix)
    system = tuple(Reach(one, landlock.SEEN) for one in places)
    walls = Walls("landlock", system, (), (), None, Bounds(1 << 30, 16, 64))
    with subprocess.Popen(["sleep", "60"]) as victim:
        words = (sys.executable, "-I", "-S", "-c", OWNED.format(victim=victim.pid))

        async def tried() -> process.Ended:
            launch = process.Launch(words, "/", {"PATH": "/usr/bin:/bin"}, b"", "t-1", 20, walls=walls)
            return await process.start(launch).wait()

        tree.become_subreaper()
        ended = asyncio.run(tried())
        lives = victim.poll() is None
        victim.kill()
    assert (ended.stdout.split(), lives) == ([b"no"] * 5 + [b"1", b"True"], True), ended.stderr_tail


@needs_landlock
def test_the_daemon_itself_and_what_it_starts_without_walls_are_as_free_as_before(tmp_path: Path) -> None:
    system = tuple(
        Reach(one, landlock.SEEN) for one in ("/usr", "/bin", "/lib", "/lib64", "/etc/ld.so.cache")
    )
    walls = Walls("landlock", system, (), (), None, Bounds(1 << 30, 16, 64))

    async def said(held: Walls | None, script: str) -> process.Ended:
        launch = process.Launch(
            ("/bin/sh", "-c", script),
            str(tmp_path),
            {"PATH": "/usr/bin:/bin"},
            b"in\n",
            "t-1",
            20,
            walls=held,
        )
        return await process.start(launch).wait()

    async def both() -> tuple[process.Ended, process.Ended]:
        look = f"cat; grep -c . /proc/self/status; echo x >{tmp_path}/x; exit 0"
        return await said(walls, look), await said(None, look)

    before = Path("/proc/self/status").read_text().split("Cap")[1:]
    tree.become_subreaper()
    inside, outside = asyncio.run(both())
    after = Path("/proc/self/status").read_text().split("Cap")[1:]
    assert inside.stdout == b"in\n"
    assert "Permission denied" in inside.stderr_tail
    assert outside.stdout.startswith(b"in\n") and len(outside.stdout) > 4
    assert (tmp_path / "x").read_text() == "x\n"
    keys = ("NoNewPrivs", "Seccomp", "Eff", "Bnd")
    assert [line for line in "".join(before).splitlines() if line.startswith(keys)] == [
        line for line in "".join(after).splitlines() if line.startswith(keys)
    ]


@pytest.mark.parametrize("arch", ["x86_64", "aarch64"])
@pytest.mark.parametrize("net", ["none", "named", "named and dns", "any"])
@pytest.mark.parametrize("abi", [1, 7])
def test_every_jump_of_the_filter_ends_in_a_verdict(
    arch: str, net: seccomp.Net, abi: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernel, "machine", lambda: arch)
    seccomp.program.cache_clear()
    raw = seccomp.program(net, abi, marks="told")
    seccomp.program.cache_clear()
    lines = [
        (int.from_bytes(raw[i : i + 2], "little"), raw[i + 2], raw[i + 3]) for i in range(0, len(raw), 8)
    ]
    assert len(lines) < 4096
    for i, (code, yes, no) in enumerate(lines):
        if code in (seccomp.EQUAL, seccomp.AT_LEAST, seccomp.ANY_BIT):
            assert max(i + 1 + yes, i + 1 + no) < len(lines)
    assert lines[-1][0] == seccomp.RETURN


def test_numbers_of_calls_are_those_of_this_machines_headers() -> None:
    from fleet.edge import calls

    header = Path("/usr/include/asm-generic/unistd.h")
    if not header.exists():
        pytest.skip("the kernel's headers are not installed")
    words = [line.split() for line in header.read_text().splitlines() if line.startswith("#define __NR")]
    known = {
        word[1].partition("_NR")[2].split("_", 1)[1].removeprefix("3264_"): word[2]
        for word in words
        if len(word) == 3
    }
    known = {name.lstrip("_"): number for name, number in known.items()}
    tables = (
        calls.REFUSED,
        calls.ABSENT,
        calls.UNMARKED,
        calls.MEMORY_FILES,
        calls.SIGNALS,
        calls.TRUNCATES,
        calls.MARKS,
        calls.ARGUED,
    )
    ours = {name: numbers[1] for table in tables for name, numbers in table.items() if numbers[1] >= 0}
    checked = {
        name: (number, int(known[name])) for name, number in ours.items() if known.get(name, "").isdigit()
    }
    assert len(checked) > 70
    assert {name: pair for name, pair in checked.items() if pair[0] != pair[1]} == {}


@as_root
@needs_landlock
def test_where_no_group_can_be_made_a_users_own_limit_bounds_his_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fleet.edge.bounds.Group.make", classmethod(lambda kind, name: None))
    system = tuple(
        Reach(one, landlock.SEEN) for one in ("/usr", "/bin", "/lib", "/lib64", "/etc/ld.so.cache")
    )
    walls = Walls("landlock", system, (), (), user_named("nobody"), Bounds(1 << 30, 16, 64))
    running = int(Path("/proc/loadavg").read_text().split()[3].partition("/")[2])

    async def most() -> bytes:
        words = ("/bin/sh", "-c", "ulimit -u 2>/dev/null || ulimit -p")
        launch = process.Launch(words, "/", {"PATH": "/usr/bin:/bin"}, b"", "t-1", 20, walls=walls)
        return (await process.start(launch).wait()).stdout

    tree.become_subreaper()
    assert 16 < int(asyncio.run(most())) < running + 500
