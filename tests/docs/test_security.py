"""docs/security.md: every row of the two lists is held by a test, or says that it is not held."""

from __future__ import annotations

from docs.pages import codes, marked, page, rows

SECURITY = page("docs/security.md")
LAYERS = (
    "1 Foundation models",
    "2 Data operations",
    "3 Agent frameworks",
    "4 Deployment and infrastructure",
    "5 Evaluation and observability",
    "6 Security and compliance",
    "7 Agent ecosystem",
)


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
