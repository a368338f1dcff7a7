"""docs/reference/rules.md: every condition on it is taken, and the rule on it comes as its examples say."""

from __future__ import annotations

import re
import textwrap

import pytest
from docs.pages import codes, page, rows

from fleet.core.law import Law
from fleet.core.lexicon import CALLS, SORTS, VARIABLES
from fleet.core.read.whole import read_draft
from fleet.core.trial import try_examples
from fleet.core.typed import tree
from fleet.store.yaml import read_nodes

PAGE = page("docs/reference/rules.md")
SHOWN = [codes(cells[-1])[0].replace(r"\|", "|") for cells in rows(PAGE) if codes(cells[-1])]


@pytest.mark.parametrize("condition", SHOWN)
def test_a_condition_of_the_page_is_sound(condition: str) -> None:
    assert tree(condition)


def test_the_page_has_every_word_and_function_of_the_lexicon() -> None:
    said = [codes(cells[0])[0] for cells in rows(PAGE) if codes(cells[0])]
    assert len(SHOWN) > 50
    assert {word.name for words in (VARIABLES, *SORTS.values()) for word in words} <= set(said)
    assert {call.shape for call in CALLS} <= set(said)


def test_the_rule_on_the_page_comes_as_its_examples_expect() -> None:
    found = re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert found
    root, mistakes = read_nodes(textwrap.dedent(found[1]), "fleet.yaml")
    assert root is not None and not mistakes
    chart, _ = read_draft([("fleet.yaml", root)], {"fleet.yaml": found[1]})
    (rule,) = chart.rules
    assert len(rule.examples) == 2 and not try_examples(Law(chart), rule).failed
