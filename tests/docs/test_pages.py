"""The reference pages that are generated are as the code has them."""

from __future__ import annotations

import subprocess
import sys

from docs.pages import ROOT

from fleet.core.coded import every_code


def test_the_generated_pages_are_current() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "scripts/pages", "--check"], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_every_code_has_a_heading_to_link_to() -> None:
    page = (ROOT / "docs/reference/errors.md").read_text(encoding="utf-8")
    assert [line[4:] for line in page.split("\n") if line.startswith("### ")] == list(every_code())
