"""The week that must come out right: each script is a scene, played with the example's real agents."""

import subprocess
import sys
from pathlib import Path

import pytest

WEEK = Path(__file__).parent
ROOT = WEEK.parents[1]
FLEET = Path(sys.executable).with_name("fleet")
SCENES = sorted(WEEK.glob("*.yaml"))
RANK = "rank: [pulse, dirk, nick]"


def rehearsed(scene: Path, root: Path = ROOT) -> subprocess.CompletedProcess[str]:
    command = [str(FLEET), "-C", str(root), "rehearse", "--script", str(scene), "--strict"]
    return subprocess.run(command, capture_output=True, text=True, timeout=100)


@pytest.mark.parametrize("scene", SCENES, ids=lambda path: path.stem)
def test_the_scene_comes_out_as_its_script_says(scene: Path) -> None:
    played = rehearsed(scene)
    assert played.returncode == 0, played.stdout + played.stderr


def test_there_is_a_script_for_each_scene_that_can_be_played_now() -> None:
    assert [int(path.name[:2]) for path in SCENES] == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 16]


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example as a newcomer has it, after he put Dirk before Pulse."""
    root = tmp_path_factory.mktemp("broken")
    subprocess.run([str(FLEET), "init", "--from", "sneeze-it", str(root)], check=True, capture_output=True)
    chart = root / "fleet.yaml"
    text = chart.read_text()
    assert text.count(RANK) == 1
    chart.write_text(text.replace(RANK, "rank: [dirk, pulse, nick]"))
    return root


@pytest.mark.parametrize(
    ("number", "says"),
    [
        ("01", "account:acme"),  # it asks the founder, where it must be held
        ("02", "does not go first"),  # the yes is enough, and the offer goes out
    ],
)
def test_without_the_rank_of_pulse_over_dirk_the_scene_fails_and_says_why(
    broken: Path, number: str, says: str
) -> None:
    scene = next(path for path in SCENES if path.name.startswith(number))
    played = rehearsed(scene, broken)
    assert played.returncode == 1
    failed = [line for line in played.stdout.splitlines() if line.startswith("✗")]
    assert failed and f"{scene.name}:" in played.stdout and "wanted" in played.stdout
    assert says in played.stdout.split("✗", 1)[1]
