"""The bench of `fleet simulate` works, at a tiny size; no time is asserted."""

from pathlib import Path

from bench import simulate
from bench.sizes import TINY


def test_a_simulation_is_measured_beside_its_floor(tmp_path: Path) -> None:
    part = simulate.measure(tmp_path, TINY)
    assert (part.key, len(part.lines)) == ("l", 13)
    assert all(value > 0 for line in part.lines if line.unit == "wakes/s" for value in line.series.values)
    assert [line.what for line in part.lines if "20 seats, 30 days" in line.what]
