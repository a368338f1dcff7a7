"""docs/dependencies.md against pyproject.toml and the imports in the code."""

from __future__ import annotations

import ast
import re
import tomllib
from functools import cache

from docs.pages import ROOT, codes, page, rows

PROJECT = tomllib.loads(page("pyproject.toml"))["project"]
MODULES = {
    "pyyaml": ("yaml",),
    "pydantic": ("pydantic", "pydantic_core"),
    "cel-expr-python": ("cel_expr_python",),
    "protobuf": ("google",),
}


def name_of(requirement: str) -> str:
    match = re.match(r"[A-Za-z0-9_.-]+", requirement)
    assert match
    return match[0].lower()


def part(head: str) -> list[list[str]]:
    return rows(page("docs/dependencies.md").split(f"## {head}\n")[1].split("\n## ")[0])


@cache
def imports() -> dict[str, set[str]]:
    """Return what each module of fleet imports from outside of it, as `edge.timer`: {`watchdog`}."""
    found = {}
    for path in (ROOT / "src/fleet").rglob("*.py"):
        nodes = list(ast.walk(ast.parse(path.read_text())))
        names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
        names += [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom) and not node.level]
        module = ".".join(path.relative_to(ROOT / "src/fleet").with_suffix("").parts)
        found[module] = {name.split(".")[0] for name in names}
    return found


def importers(library: str) -> set[str]:
    """Return the modules of fleet that import a library."""
    wanted = MODULES.get(library, (library,))
    return {module for module, names in imports().items() if not names.isdisjoint(wanted)}


def test_every_library_has_its_line_and_no_other_has_one() -> None:
    assert [codes(cells[0])[0] for cells in part("To run")] == sorted(map(name_of, PROJECT["dependencies"]))
    extras = PROJECT["optional-dependencies"]
    assert {tuple(codes(" ".join(cells[:2]))) for cells in part("Extras")} == {
        (name_of(one), extra) for extra in extras if extra not in ("dev", "bench") for one in extras[extra]
    }
    shown = {name.lower() for cells in part("To test, check and measure") for name in codes(cells[0])}
    wanted = {name_of(one) for extra in ("dev", "bench") for one in extras[extra]} | {"hatchling"}
    assert shown == wanted - {"holidays"}


def test_each_library_is_imported_where_its_line_says() -> None:
    for cells in part("To run"):
        library, said = codes(cells[0])[0], codes(cells[3])
        actual = importers(library)
        if said == ["cli"]:
            assert actual and all(module.startswith("cli.") for module in actual), library
        else:
            assert actual == set(said), library
    for cells in part("Extras"):
        assert importers(codes(cells[0])[0]) == set(codes(cells[4]))


def test_each_line_argues() -> None:
    for cells in part("To run") + part("Extras"):
        assert cells[1 if len(cells) == 5 and cells[1][0] != "`" else 2], cells
