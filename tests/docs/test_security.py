"""docs/security.md: every test that it cites is there; every row of the two lists is held or says that it is not."""

from __future__ import annotations

import ast
import re
from functools import cache

from docs.pages import ROOT, codes, marked, page, rows

SECURITY = page("docs/security.md")
CITED = re.compile(r"tests/[\w/]+\.py(?:::\w+)?")
LAYERS = (
    "1 Foundation models",
    "2 Data operations",
    "3 Agent frameworks",
    "4 Deployment and infrastructure",
    "5 Evaluation and observability",
    "6 Security and compliance",
    "7 Agent ecosystem",
)


@cache
def found_in(file: str) -> frozenset[str]:
    """Name the tests of a file; none if there is no such file."""
    path = ROOT / file
    tree = ast.parse(path.read_text("utf-8")) if path.exists() else ast.Module([], [])
    found = (n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))
    return frozenset(name for name in found if name.startswith("test_"))


def test_every_test_that_is_cited_is_there() -> None:
    cited = [one for one in codes(SECURITY) if one.startswith("tests/") and one != "tests/hostile"]
    assert len(cited) > 60
    assert [one for one in cited if not CITED.fullmatch(one)] == []
    lacks = []
    for one in cited:
        file, _, name = one.partition("::")
        known = found_in(file)
        if not known or (name and name not in known):
            lacks.append(one)
    assert lacks == []


def test_each_layer_of_maestro_has_a_row_that_is_held_or_says_that_it_is_not() -> None:
    table = rows(marked(SECURITY, "maestro"))
    assert tuple(cells[0] for cells in table) == LAYERS
    for _, says, held in table:
        assert codes(held) or "**Not held**" in says


def test_each_risk_of_the_owasp_list_has_a_row_that_is_held_or_says_that_it_is_not() -> None:
    table = rows(marked(SECURITY, "owasp"))
    assert [cells[0][:5] for cells in table] == [f"ASI{number:02}" for number in range(1, 11)]
    for _, says, held in table:
        assert codes(held) or "**Not held**" in says
