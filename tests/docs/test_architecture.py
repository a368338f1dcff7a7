"""ARCHITECTURE.md against the code: every module, every test it names, its length."""

from __future__ import annotations

import ast
import re

import pytest
from docs.pages import ROOT, codes, marked, page, pages, rows

PACKAGE = ROOT / "src/fleet"
TEST = re.compile(r"tests/[\w/]+\.py(?:::test_\w+)?|tests/\w+(?=[`,. ])")


def modules() -> dict[str, set[str]]:
    """Return the modules of each layer, those of core/read as `read.seat`."""
    found: dict[str, set[str]] = {}
    for path in PACKAGE.rglob("*.py"):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        if parts[-1] != "__init__" and parts[0] != "examples":
            layer = parts[0] if len(parts) > 1 else ""
            found.setdefault(layer, set()).add(".".join(parts[1:] or parts))
    return found


def listed() -> dict[str, set[str]]:
    """Return the modules that the table of layers names."""
    table = page("ARCHITECTURE.md").split("## Layers")[1].split("## Invariants")[0]
    found: dict[str, set[str]] = {"": set()}
    layer = ""
    for cells in rows(table):
        if cells[0].startswith("**"):
            layer = cells[0].strip("*")
            continue
        names = codes(cells[0])
        if "errors" in names:
            layer = ""
        found.setdefault(layer, set()).update(names)
    return found


def test_every_module_has_its_place_in_the_table_of_layers() -> None:
    assert listed() == modules()


def test_each_module_of_a_row_has_its_phrase_in_the_same_place() -> None:
    """A row says one phrase of each module; or one of all, which ends with "each"."""
    for cells in rows(page("ARCHITECTURE.md").split("## Layers")[1].split("## Invariants")[0]):
        names, phrases = codes(cells[0]), cells[1].split(";")
        assert len(phrases) == len(names) or cells[1].endswith(" each") or not names, cells


def test_a_look_goes_in_the_order_of_the_page() -> None:
    said = codes("".join(cells[0] for cells in rows(marked(page("ARCHITECTURE.md"), "look"))))
    tree = ast.parse((PACKAGE / "runtime/daemon.py").read_text())
    (look,) = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == "look"]
    calls = sorted((n.lineno, ast.unparse(n.func)) for n in ast.walk(look) if isinstance(n, ast.Call))
    done = [name.removeprefix("self.") for _, name in calls if name.startswith("self._")]
    aside = {"_bell.clear", "_check.now", "_touched.update", "_command"}
    assert said == [name for name in done if name not in aside]


def test_it_can_be_read_in_one_go() -> None:
    assert len(page("ARCHITECTURE.md").splitlines()) <= 150


def test_each_invariant_names_what_holds_it() -> None:
    table = rows(page("ARCHITECTURE.md").split("## Invariants")[1].split("## What is not")[0])
    assert [int(cells[0]) for cells in table] == list(range(1, 17))
    assert all(TEST.search(cells[2]) or "contract" in cells[2] for cells in table)


def named() -> list[tuple[str, str]]:
    return [(path.name, name) for path in pages() for name in sorted(set(TEST.findall(path.read_text())))]


@pytest.mark.parametrize(("where", "name"), named())
def test_a_test_that_a_page_names_is_there(where: str, name: str) -> None:
    file, _, function = name.partition("::")
    assert (ROOT / file).exists(), f"{where} names {file}"
    if function:
        tree = ast.parse((ROOT / file).read_text())
        assert function in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_a_contract_that_a_page_names_is_one_of_ours() -> None:
    contracts = set(re.findall(r'^name = "([^"]+)"$', page("pyproject.toml"), re.MULTILINE))
    for path in pages():
        for name in re.findall(r'contract "([^"]+)"', path.read_text()):
            assert name in contracts, f"{path.name}: {name}"


def test_each_decision_is_a_page_of_the_same_parts() -> None:
    decisions = sorted((ROOT / "docs/adr").glob("*.md"))
    assert [path.name[:4] for path in decisions] == [f"{n:04}" for n in range(1, len(decisions) + 1)]
    for path in decisions:
        text = path.read_text()
        parts = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
        assert parts[0].startswith(path.name[:4]), path.name
        assert parts[1:] == ["Context", "Decision", "Consequences", "A change violates this when it"], (
            path.name
        )
        assert len(text.splitlines()) <= 60, path.name
