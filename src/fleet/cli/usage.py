"""Usage: the help of a verb, of a verb that has verbs, and of the whole program, each to fit a screen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from textwrap import wrap
from typing import Any

from fleet.cli.examples import EXAMPLES
from fleet.cli.takes import ALSO, COMMON
from fleet.cli.verbs import FIRST, Verb

WIDE = 80
HALF = 39
"""Columns of the left one of two flags that stand side by side."""
NAMES = 24
"""Columns of a name before its sentence; a longer one has the line for itself."""


def usage(path: str, command: Any) -> str:
    """Say in one line what may stand behind a verb."""
    words = [path, *(_argument(param) for param in _arguments(command))]
    if any(not param.hidden for param in _options(command)):
        words.append("[FLAGS]")
    return f"Usage: {' '.join(words)}"


def of_verb(path: str, command: Any) -> str:
    """Give the help of one verb."""
    parts = [
        [usage(path, command)],
        [*_text(command.help or "")],
        [*_rows((param.metavar, param.help or "") for param in _arguments(command))],
        [*_rows((_flag(param), param.help or "") for param in _options(command) if not param.hidden)],
        [f"  {call}" for call in EXAMPLES.get(path.partition(" ")[2], ())],
        [ALSO],
    ]
    return _joined(parts)


def of_group(path: str, verb: Verb, own: Any) -> str:
    """Give the help of a verb that has verbs of its own; `own` is its parser if it does something alone."""
    heads = [usage(path, own)] if own is not None else []
    heads.append(f"{'      ' if heads else 'Usage:'} {path} VERB [FLAGS]")
    parts = [
        heads,
        [*_text(verb.help)],
        [*_rows((param.metavar, param.help or "") for param in _arguments(own))] if own is not None else [],
        [*_rows((inner.name, inner.help) for inner in verb.verbs)],
        [*_rows((_flag(param), param.help or "") for param in _options(own) if not param.hidden)]
        if own is not None
        else [],
        [f"  {call}" for call in (*EXAMPLES.get(verb.name, ()), f"{path} VERB --help")],
        [ALSO],
    ]
    return _joined(parts)


def of_all(table: Sequence[Verb], command: Any) -> str:
    """Give the help of the program: a normal week first, the other verbs by what they are for, the flags."""
    first = [f"{FIRST}:", *_rows((verb.name, verb.help) for verb in table if verb.group == FIRST)]
    groups = {verb.group: [v.name for v in table if v.group == verb.group] for verb in table}
    rest = [*_rows(((name, ", ".join(names)) for name, names in groups.items() if name != FIRST), lead="")]
    flags = [(_flag(param), param.help or "") for param in _options(command) if param.name in COMMON]
    half = (len(flags) + 1) // 2
    left, right = ([*_rows(part, wide=WIDE)] for part in (flags[:half], flags[half:]))
    parts = [
        ["Usage: fleet [VERB] [WORDS] [FLAGS]      a verb's own help: fleet VERB --help"],
        first,
        rest,
        [
            "Flags, before or after the verb, and --version, --install-completion:",
            *(f"{one:<{HALF}}{other}".rstrip() for one, other in zip_longest(left, right, fillvalue="")),
        ],
    ]
    return _joined(parts)


def _arguments(command: Any) -> list[Any]:
    return [param for param in command.params if param.param_type_name == "argument"]


def _options(command: Any) -> list[Any]:
    return [param for param in command.params if param.param_type_name == "option"]


def _argument(param: Any) -> str:
    return str(param.metavar) if param.required else f"[{param.metavar}]"


def _flag(param: Any) -> str:
    names = ", ".join(param.opts)
    return names if param.is_flag or param.metavar is None else f"{names} {param.metavar}"


def _text(text: str) -> Iterator[str]:
    """Yield a docstring's paragraphs, each wrapped."""
    for number, paragraph in enumerate(text.strip().split("\n\n")):
        if number:
            yield ""
        yield from wrap(" ".join(paragraph.split()), WIDE)


def _rows(rows: Iterable[tuple[str, str]], lead: str = "  ", wide: int = NAMES) -> Iterator[str]:
    """Yield names with what they mean beside them."""
    told = list(rows)
    wide = max((len(name) for name, _ in told if len(name) <= wide), default=0)
    for name, text in told:
        indent = " " * (len(lead) + wide + 2)
        lines = wrap(text, WIDE - len(indent)) or [""]
        if len(name) > wide:
            yield f"{lead}{name}"
        else:
            yield f"{lead}{name:<{wide}}  {lines.pop(0)}".rstrip()
        for line in lines:
            yield indent + line


def _joined(parts: Iterable[Sequence[str]]) -> str:
    return "\n\n".join("\n".join(part) for part in parts if part)
