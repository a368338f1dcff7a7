"""The glossary against the code, and the pages that comments speak of."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest
from docs.pages import ROOT, page, rows

PACKAGE = ROOT / "src/fleet"
MODULES = [path for path in sorted(PACKAGE.rglob("*.py")) if "examples" not in path.parts]

LET_PASS = {
    # The order of things in a file, of starts and the like: no rank of seats.
    "core.law:place_order": "order",
    # What a person is to say yes or no to; the gate's word on it is a verdict.
    "cli.inbox:_decision": "decision",
    # At a terminal; what a holder is told of its job is a charter.
    "cli.prompt:": "prompt",
    "cli.prompt:prompt": "prompt",
    # What `fleet explain` has a screen for.
    "cli.topics:": "topic",
    "cli.topics:topic": "topic",
    "cli.topics:topic_of": "topic",
    # What a person is told of, once, when a seat cannot be relied on.
    "core.gate:_alerts": "alert",
    # Cause and effect.
    "core.read.wakes:_without_effect": "effect",
    "runtime.trace:effect": "effect",
    # state/history/ is a folder of the format.
    "core.names:history_path": "history",
    "runtime.apply:keep_history": "history",
    # Asked for by the libraries that call it.
    "core.answer:info": "info",
    # The flags that all verbs have in common.
    "cli.options:_common": "common",
    "cli.takes:_common": "common",
}
"""Names that mean another thing: `module:name`, and the word. One that is gone is taken out here too."""


def tables() -> list[list[list[str]]]:
    return [rows(part) for part in page("docs/glossary.md").split("## Words with a meaning of their own")]


def forbidden() -> set[str]:
    concepts, own = tables()
    said = {word for cells in concepts for word in re.findall(r"\w+", cells[2])}
    sentence = re.search(
        r"Nothing is called ([^.]+), and nothing is done by the verb (\w+)\.", page("docs/glossary.md")
    )
    assert sentence
    return (said | set(re.findall(r"\w+", sentence[1]))) - {"or"} - {cells[0] for cells in own}


def names(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name
            yield from (arg.arg for arg in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs))


def words(name: str) -> set[str]:
    """The words of a name, each also without an s at its end.

    >>> sorted(words("_PromptOf_roles"))
    ['of', 'prompt', 'role', 'roles']
    """
    found = {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)}
    return found | {word.removesuffix("s") for word in found}


def offences() -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    bad = forbidden()
    for path in MODULES:
        module = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
        found |= {(f"{module}:", word) for word in words(module.split(".")[-1]) & bad}
        for name in names(ast.parse(path.read_text("utf-8"))):
            found |= {(f"{module}:{name}", word) for word in words(name) & bad}
    return found


def test_the_names_in_the_code_are_words_of_the_glossary() -> None:
    assert offences() == set(LET_PASS.items())


def test_each_concept_stands_once_and_no_word_is_both_ours_and_not() -> None:
    concepts, own = tables()
    ours = [word for cells in concepts for word in re.split(r", ", cells[0])]
    assert len(ours) == len(set(ours)) and len(concepts) > 30 and len(own) > 8
    assert not set(ours) & forbidden()


@pytest.mark.parametrize("name", ["RoleOf", "_the_roles", "agents_crew", "task_manager"])
def test_a_name_that_the_glossary_does_not_want_would_be_found(name: str) -> None:
    assert words(name) & forbidden()


def comments(path: Path) -> Iterator[str]:
    """The comments of a module and the lines of its docstrings, without their examples."""
    text = path.read_text("utf-8")
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.string
    for node in ast.walk(ast.parse(text)):
        if (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        ):
            example = False
            for line in node.value.value.splitlines():
                example = bool(line.strip()) and (example or line.lstrip().startswith(">>>"))
                if not example:
                    yield line


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_page_that_a_comment_speaks_of_is_there(path: Path) -> None:
    for line in comments(path):
        for name in re.findall(r"(?<![\w/.<>*-])[A-Za-z][\w/-]*(?:\.yaml)?\.md\b", line):
            assert name in ("SEAT.md", "state/SEAT.md") or (ROOT / name).exists(), (name, line)
        assert not re.search(r"\b(?:of|in|from|as) the contract\b", line), line
