"""The pages: what the documents of this repository say, in parts that a test can hold against the code."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
FIRST = ("README.md", "ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md")
CODE = re.compile(r"`([^`]+)`")


def page(name: str) -> str:
    """Return the text of a page."""
    return (ROOT / name).read_text(encoding="utf-8")


def pages() -> list[Path]:
    """List all pages that are there."""
    return [*(ROOT / name for name in FIRST), *sorted((ROOT / "docs").rglob("*.md"))]


def marked(text: str, name: str) -> str:
    """Return what stands between <!-- name --> and <!-- /name -->."""
    found = re.search(rf"<!-- {name} -->\n(.*?)<!-- /{name} -->", text, re.DOTALL)
    assert found, f"there is no part {name}"
    return found[1]


def rows(text: str) -> list[list[str]]:
    """Return the cells of the tables in a text, without their heads."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    dashes = [i for i, row in enumerate(cells) if all(re.fullmatch(":?-+:?", cell) for cell in row)]
    heads = {*dashes, *(i - 1 for i in dashes)}
    return [row for i, row in enumerate(cells) if i not in heads]


def codes(text: str) -> list[str]:
    """Return what stands in backticks."""
    return CODE.findall(text)
