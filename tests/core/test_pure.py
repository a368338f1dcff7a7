"""Core asks for nothing: what it may import, and what it never calls, by its source."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

CORE = Path(__file__).parents[2] / "src/fleet/core"
MODULES = sorted(CORE.rglob("*.py"))
MAY_IMPORT = {
    # of the language
    *("__future__", "base64", "bisect", "collections", "csv", "dataclasses", "datetime", "decimal", "difflib", "enum"),
    *("functools", "hashlib", "heapq", "itertools", "json", "math", "operator", "re", "shlex", "textwrap", "types"),
    *("posixpath", "typing", "unicodedata"),
    # the zones' rules: they come from files, which say the same to everybody
    "zoneinfo",
    # libraries that compute
    *("cel_expr_python", "cronsim", "google", "pydantic", "pydantic_core", "rfc8785"),
    # ours: itself, the tree of errors, and which version of fleet this is
    *("fleet.core", "fleet.errors", "fleet.__version__"),
}  # fmt: skip
CLOCK = {"now", "today", "utcnow"}
"""Methods that ask what time it is: datetime.now, date.today."""
OUTSIDE = {"open", "print", "input", "breakpoint", "eval", "__import__"}


def parsed(file: Path) -> ast.Module:
    return ast.parse(file.read_text("utf-8"))


def imported(tree: ast.Module) -> set[str]:
    """The modules that are imported, ours by their layer."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names |= (
                {f"fleet.{alias.name}" for alias in node.names}
                if node.module == "fleet"
                else {node.module or "."}
            )
    return {".".join(name.split(".")[: 2 if name.startswith("fleet") else 1]) for name in names}


def asked(tree: ast.Module) -> set[str]:
    """The calls that would ask the clock, the disk, the terminal or whoever runs it."""
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    named = {func.id for func in calls if isinstance(func, ast.Name)} & OUTSIDE
    return named | {func.attr for func in calls if isinstance(func, ast.Attribute)} & CLOCK


@pytest.mark.parametrize("file", MODULES, ids=lambda file: str(file.relative_to(CORE)))
def test_core_imports_only_what_computes_and_asks_for_no_time_and_no_file(file: Path) -> None:
    tree = parsed(file)
    assert imported(tree) <= MAY_IMPORT
    assert asked(tree) == set()


@pytest.mark.parametrize(
    "line",
    ["datetime.now(UTC)", "x = date.today()", "datetime.utcnow()", "open('f')", "print('x')", "input()"],
)
def test_a_line_that_asks_would_be_found(line: str) -> None:
    assert asked(ast.parse(line))


@pytest.mark.parametrize(
    "line",
    [
        "import os",
        "import random",
        "from time import time",
        "from fleet.store import files",
        "from fleet import store",
    ],
)
def test_an_import_that_does_more_than_compute_would_be_found(line: str) -> None:
    assert not imported(ast.parse(line)) <= MAY_IMPORT
