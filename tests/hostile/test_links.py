"""What a seat left in its work/ while it had no walls, and what of it leads out once it has them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from fleet.edge import landlock, links

CHART = """\
fleet: den
timezone: UTC
seats:
  ann: {{title: Boss, person: Ann, reads: [desk]}}
  desk: {{title: Desk, run: sh agent.sh, answers_to: ann, owns: [work], when: when asked, limit: 2m, retries: 0,
    scorecard: {{calls: at least 0}}, sandbox: {level}{user}}}
  eve: {{title: Eve, run: sh agent.sh, answers_to: ann, owns: [x], when: when asked, scorecard: {{a: all}}}}
"""
needs_landlock = pytest.mark.skipif(
    landlock.version() < landlock.OLDEST_WHOLE,
    reason=f"this kernel has Landlock v{landlock.version()}, not v6",
)
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount and make devices")


class Den:
    def __init__(self, root: Path) -> None:
        self.root, self.desk, self.work = root, root / "seats/desk", root / "seats/desk/work"
        self.eve = root / "seats/eve/agent.sh"
        for path in (self.work, self.eve.parent):
            path.mkdir(parents=True)
        self.eve.write_text("echo good\n")
        self.eve.chmod(0o640)

    def fleet(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "fleet", "-C", str(self.root), *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=120)

    def turn(self, script: str, level: str, user: str = "") -> str:
        """Let the desk have one turn of a daemon of its own; gives what status says of it."""
        (self.root / "fleet.yaml").write_text(CHART.format(level=level, user=user))
        (self.desk / "agent.sh").write_text(script)
        self.fleet("apply")
        up = self.fleet("up", "-d")
        assert up.returncode == 0, up.stderr
        self.fleet("wake", "desk", "--wait")
        self.fleet("down")
        rows = json.loads(self.fleet("status", "--json").stdout)["data"]["seats"]
        return str(next(row for row in rows if row["seat"] == "desk")["why"])

    def troubles(self) -> str:
        lines = "".join(path.read_text() for path in self.root.glob("ledger/*.jsonl")).splitlines()
        return "\n".join(one["data"]["says"] for one in map(json.loads, lines) if one["what"] == "trouble")


@pytest.fixture
def den() -> Iterator[Den]:
    with tempfile.TemporaryDirectory(prefix="links-", ignore_cleanup_errors=True) as root:
        Path(root).chmod(0o755)
        yield Den(Path(os.path.realpath(root)))


WRITES = "for one in work/e work/deep/er/e; do echo owned >>$one; chmod 777 $one; done; cat work/e; stat -c %a work/e\n"


@needs_landlock
def test_a_file_elsewhere_that_it_linked_into_work_before_it_had_walls_is_not_written_through_it(
    den: Den,
) -> None:
    plant = "mkdir -p work/deep/er; ln ../eve/agent.sh work/e; ln work/e work/deep/er/e\n"
    plant += "echo a >work/a; ln work/a work/b\n"
    den.turn(plant, "off")
    assert os.path.samefile(den.work / "e", den.eve)
    os.utime(den.eve, (1, 2))
    den.turn("cat work/e; stat -c '%Y %a' work/e\n", "required")
    body = (den.root / "state/desk.md").read_text()
    assert "echo good\n2 640\n" in body, body  # what it held, and its marks
    den.turn(WRITES, "required")
    assert (den.eve.read_text(), den.eve.stat().st_nlink) == ("echo good\n", 1)
    assert den.eve.stat().st_mode & 0o777 == 0o640
    assert (den.work / "e").read_text() == "echo good\nowned\n"
    assert os.path.samefile(den.work / "a", den.work / "b")  # both its own
    assert "and 1 more led out of the walls of desk" in den.troubles()


@needs_landlock
def test_a_link_that_waits_in_the_folder_of_a_turn_to_come_is_not_written_through(den: Den) -> None:
    plant = "for n in 3 4 5 6; do mkdir -p ../../out/desk/t-$n; ln -f ../eve/agent.sh ../../out/desk/t-$n/e; done\n"
    den.turn(plant, "off")
    assert den.eve.stat().st_nlink > 2
    den.turn('echo owned >>"$FLEET_OUT/e"\n', "required")
    assert den.eve.read_text() == "echo good\n"
    assert [path for path in den.root.glob("out/desk/*/e") if "owned" in path.read_text()]


@needs_landlock
def test_within_one_daemon_what_a_turn_without_walls_linked_is_cut_before_the_next_one_with_them(
    den: Den,
) -> None:
    link = 'if [ -e ../../go ]; then ln -f ../eve/agent.sh work/e; else echo owned >>work/e; fi; echo "$FLEET_TURN"\n'
    (den.desk / "agent.sh").write_text(link)
    (den.root / "fleet.yaml").write_text(CHART.format(level="required", user=""))
    assert den.fleet("up", "-d").returncode == 0
    try:
        den.fleet("wake", "desk", "--wait")
        (den.work / "e").unlink(missing_ok=True)
        for level in ("off", "required"):
            (den.root / "go").touch() if level == "off" else (den.root / "go").unlink()
            (den.root / "fleet.yaml").write_text(CHART.format(level=level, user=""))
            den.fleet("apply")
            den.fleet("wake", "desk", "--wait")
    finally:
        den.fleet("down")
    assert den.eve.read_text() == "echo good\n"
    assert (den.work / "e").read_text() == "echo good\nowned\n"


@as_root
@needs_landlock
def test_a_disk_and_anothers_pipe_that_stand_in_work_are_taken_away(den: Den) -> None:
    os.mkfifo(den.eve.parent / "pipe")
    os.link(den.eve.parent / "pipe", den.work / "pipe")
    os.mkfifo(den.work / "own")
    try:
        os.mknod(den.work / "disk", 0o60600, os.makedev(7, 77))
    except PermissionError:
        pytest.skip("no devices can be made here")
    den.turn("ls work\n", "required")
    assert set(os.listdir(den.work)) - {"tmp"} == {"own"}
    assert (den.eve.parent / "pipe").exists()


@as_root
@needs_landlock
def test_a_folder_that_is_mounted_behind_its_walls_is_refused_by_name(den: Den) -> None:
    there = den.work / "a b"
    there.mkdir()
    if subprocess.run(["mount", "--bind", den.eve.parent, there], capture_output=True).returncode:
        pytest.skip("nothing can be mounted here")
    try:
        why = den.turn("echo owned >'work/a b/agent.sh'\n", "required")
    finally:
        subprocess.run(["umount", there], check=True)
    assert why.endswith(
        "something is mounted at seats/desk/work/a b, behind its walls; no process was started"
    )
    assert den.eve.read_text() == "echo good\n"


@as_root
@needs_landlock
def test_a_link_to_a_file_that_is_not_his_is_no_copy_for_a_user_but_refused_by_name(den: Den) -> None:
    den.eve.chmod(0o600)
    os.link(den.eve, den.work / "e")
    why = den.turn("cat work/e\n", "required", ", user: nobody")
    assert "seats/desk/work/e is a second name of a file that is not its user's" in why
    assert den.eve.stat().st_uid == 0


def test_what_is_too_much_to_look_through_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / "work"
    for _ in range(links.DEEPEST):
        deep = deep / "d"
    deep.mkdir(parents=True)
    with pytest.raises(links.Kept, match="work has folders more than 100 deep"):
        links.cut(str(tmp_path), ["work"], None)
    (tmp_path / "many").mkdir()
    for name in ("a", "b", "c"):
        (tmp_path / "many" / name).touch()
    monkeypatch.setattr(links, "MOST_NAMES", 2)
    with pytest.raises(links.Kept, match="many holds more than 2 files and folders"):
        links.cut(str(tmp_path), ["many"], None)
    monkeypatch.undo()
    monkeypatch.setattr(links, "MOST_BYTES", 2)
    (tmp_path / "many/a").write_text("abc")
    os.link(tmp_path / "many/a", tmp_path / "a")
    with pytest.raises(links.Kept, match="files that have names elsewhere too"):
        links.cut(str(tmp_path), ["many"], None)
    assert os.path.samefile(tmp_path / "many/a", tmp_path / "a")  # nothing is lost, nothing was begun
