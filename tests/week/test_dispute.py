"""The example's rule: nobody sells to a client that argues about an invoice."""

import subprocess
from pathlib import Path

import pytest
from week.test_week import FLEET, ROOT, rehearsed

SCENE = Path(__file__).parent / "rules/dispute.yaml"


def test_an_offer_to_a_client_in_dispute_is_held_and_one_to_another_is_not() -> None:
    played = rehearsed(SCENE)
    assert played.returncode == 0, played.stdout + played.stderr


def test_without_the_rule_the_scene_fails_and_the_examples_do(tmp_path: Path) -> None:
    root = tmp_path / "agency"
    subprocess.run([str(FLEET), "init", "--from", "sneeze-it", str(root)], check=True, capture_output=True)
    chart = root / "fleet.yaml"
    text = chart.read_text()
    assert text.count('i.kind == "dispute"') == 1
    chart.write_text(text.replace('i.kind == "dispute"', 'i.kind == "disputed"'))
    played = rehearsed(SCENE, root)
    assert played.returncode == 1 and "✗" in played.stdout
    tried = subprocess.run([str(FLEET), "-C", str(root), "rules", "test"], capture_output=True, text=True)
    assert tried.returncode == 1 and "expected hold, came passes" in tried.stdout


@pytest.mark.parametrize("options", [(), ("--strict",)])
def test_the_rules_of_the_example_come_as_their_examples_expect_and_no_change_goes_unnoticed(
    options: tuple[str, ...],
) -> None:
    call = [str(FLEET), "-C", str(ROOT), "rules", "test", *options]
    tried = subprocess.run(call, capture_output=True, text=True)
    assert tried.returncode == 0, tried.stdout
    assert "not noticed" not in tried.stdout
