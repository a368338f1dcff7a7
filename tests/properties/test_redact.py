"""Nothing is hidden that is no secret: a morning of the example, against secrets of every usual kind."""

from __future__ import annotations

import random
import subprocess
import sys
import uuid
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest

from fleet.core.redact import Redactor

ROOT = Path(__file__).parents[2]
PAGES = [*ROOT.glob("docs/**/*.md"), *ROOT.glob("seats/*/SEAT.md"), ROOT / "fleet.yaml"]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """What the example's holders and fleet wrote in three hours of a Monday, and the pages beside it."""
    kept = tmp_path_factory.mktemp("morning") / "kept"
    words = [
        "-C",
        str(ROOT),
        "rehearse",
        "--for",
        "3h",
        "--from",
        "2026-11-23 07:00",
        "--keep",
        str(kept),
        "-q",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "fleet", *words], capture_output=True, text=True, timeout=300
    )
    assert kept.exists(), done.stderr
    found = [path.read_bytes() for path in [*kept.rglob("*"), *PAGES] if path.is_file()]
    assert sum(map(len, found)) > 1_000_000
    return found


def values(chance: random.Random) -> list[str]:
    """Secrets as they are made: tokens, hex, ids, numbers, short ones, and keys with a maker's beginning."""
    made = [urlsafe_b64encode(chance.randbytes(size)).decode().rstrip("=") for size in (6, 8, 12, 24, 48) * 5]
    made += [chance.randbytes(size).hex() for size in (8, 16, 32) * 5]
    made += [str(uuid.UUID(int=chance.getrandbits(128))) for _ in range(10)]
    made += [str(chance.randrange(10 ** (size - 1), 10**size)) for size in (8, 10, 12, 16) * 5]
    return made + [f"sk-ant-api03-{chance.randbytes(24).hex()}", f"ghp_{chance.randbytes(18).hex()}"]


@pytest.mark.parametrize("seed", range(5))
def test_nothing_of_a_mornings_texts_is_taken_for_a_secret(written: list[bytes], seed: int) -> None:
    redactor = Redactor((f"S{at}", value) for at, value in enumerate(values(random.Random(seed))))
    assert [raw[a:b] for raw in written for a, b, _ in redactor.spans(raw)] == []
