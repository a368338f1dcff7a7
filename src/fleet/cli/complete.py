"""Complete: what a shell offers for a word that is half typed: verbs, flags, names and ids, found in the files alone.

What may stand in a place is told by its metavar, which help shows too: `SEAT|ID` is a seat or an id, and a
part in small letters is a word to be typed as it is. Nothing is ever said but what is offered.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from fleet.cli.flags import COLORS, Flags
from fleet.cli.verbs import VERBS, Verb
from fleet.errors import FleetError

if TYPE_CHECKING:
    from fleet.store.files import Files
    from fleet.store.skim import Names
    from fleet.store.spot import Open

Offer = tuple[str, str]
"""A word, and what it means where that is known."""
MOST_TURNS = 200
"""Turns that are offered: of each seat the last ones, newest first."""
LOG_END = 1024
"""Bytes of a seat's log that are looked through for its last turns: a dozen lines."""
MARK = re.compile(r"-(m-[0-9]+)\.md$")


def complete(instruction: str) -> int:
    """Answer a shell: `source_SHELL` with what it has to load, `complete_SHELL` with what it can offer."""
    what, _, shell = instruction.partition("_")
    if what == "source":
        from fleet.cli.shells import script

        print(script(shell))
        return 0
    sys.stderr = open(os.devnull, "w")  # noqa: PTH123, SIM115 - it shows in the middle of what is being typed
    before, half = _typed(shell)
    try:
        found = [offer for offer in offers(before, half) if offer[0].startswith(half)]
    except (FleetError, OSError, ValueError):
        found = []
    if os.environ.get("_TYPER_COMPLETE_FISH_ACTION") == "is-args":
        return 0 if found else 1
    lines = [_line(shell, word, means) for word, means in dict(found).items()]
    print("\n".join(lines), end="\n" if lines else "")
    return 0


def _line(shell: str, word: str, means: str) -> str:
    if shell == "zsh":
        name = word.replace("\\", "\\\\").replace(":", "\\:")
        return f"{name}:{means}" if means else name
    return f"{word}\t{means}" if shell == "fish" and means else word


def _typed(shell: str) -> tuple[list[str], str]:
    """Give the words before the one that is half typed, and that one."""
    line = os.environ.get("_TYPER_COMPLETE_ARGS")
    if line is not None:
        words = _split(line)
        return (words[1:], "") if not line or line[-1].isspace() else (words[1:-1], (words or [""])[-1])
    words = _split(os.environ.get("COMP_WORDS", ""))
    cword = os.environ.get("COMP_CWORD", "")
    at = int(cword) if cword.isdigit() else len(words)
    return words[1:at], words[at] if at < len(words) else ""


def _split(line: str) -> list[str]:
    """Split a line as a shell does; a quote that is still open ends with it."""
    import shlex

    for end in ("", '"', "'"):
        try:
            return shlex.split(line + end)
        except ValueError:
            continue
    return line.split()


def offers(before: Sequence[str], half: str) -> Iterable[Offer]:
    """Give what may stand behind these words, beginning with what is typed of it or not."""
    path, command, words = _parser(before)
    options = {name: param for param in command.params for name in param.opts if name.startswith("-")}
    folder = next((before[at + 1] for at, word in enumerate(before[:-1]) if word == "-C"), "")
    found = Found(folder, " ".join(verb.name for verb in path))
    last = before[-1] if before else ""
    name, equals, _ = half.partition("=")
    if last in options and not options[last].is_flag:
        return found.of(options[last].metavar)
    if equals and name in options:
        return ((f"{name}={word}", means) for word, means in found.of(options[name].metavar))
    if half.startswith("-") and "--" not in before:
        return _flags(command)
    verbs = [(verb.name, verb.help) for verb in (path[-1].verbs if path else VERBS)]
    places = [param for param in _own(path, command).params if param.param_type_name == "argument"]
    stand = [
        word for word, prior in zip(words, ["", *words], strict=False) if not _taken(word, prior, options)
    ]
    if path and path[-1].verbs and stand:
        return ()
    place = places[min(len(stand), len(places) - 1)] if places else None
    if place is None or (len(stand) >= len(places) and place.nargs != -1):
        return verbs
    return [*verbs, *found.of(place.metavar)]


def _parser(before: Sequence[str]) -> tuple[list[Verb], Any, list[str]]:
    """Find the verb, and its own, in these words; gives them, the parser, and the words behind."""
    from fleet.cli.parser import build, load

    path, words = list[Verb](), list(before)
    table: tuple[Verb, ...] = VERBS
    skip = False
    for at, word in enumerate(before):
        verb = next((verb for verb in table if verb.name == word), None)
        if verb is not None and not skip:
            path.append(verb)
            table, words = verb.verbs, list(before[at + 1 :])
        elif not skip and not word.startswith("-"):
            break
        skip = word in ("-C", "--as", "--color")
    return path, load(path[-1]) if path else build(), words


def _own(path: Sequence[Verb], command: Any) -> Any:
    """Give the parser that takes the words behind a verb: a verb that has verbs may take some alone."""
    from fleet.cli.parser import single

    return single(path[-1]) if path and path[-1].own and len(path) == 1 else command


def _taken(word: str, prior: str, options: Mapping[str, Any]) -> bool:
    """Say whether a word is a flag, or the value of the flag before it."""
    return (word.startswith("-") and word != "-") or (prior in options and not options[prior].is_flag)


def _flags(command: Any) -> Iterator[Offer]:
    for param in command.params:
        if param.param_type_name == "option":
            yield from ((name, param.help or "") for name in sorted(param.opts, key=len, reverse=True)[:1])
    yield "--help", "What it does, with examples."


class Found:
    """Names and ids of a fleet, each looked up when it is first offered."""

    def __init__(self, folder: str, path: str) -> None:
        self._flags = Flags(directory=os.path.expanduser(folder))
        self._path = path

    def of(self, metavar: str | None) -> list[Offer]:
        """Give what may stand in a place."""
        found = list[Offer]()
        for part in (metavar or "").removesuffix("...").split("|"):
            if part.islower():
                found.append((part, ""))
            elif part in PLACES:
                found += [(word, "") for word in PLACES[part](self)]
        return found

    @cached_property
    def files(self) -> Files | None:
        """The fleet's folder; None where there is no fleet."""
        from fleet.store.files import Files

        root = self._flags.find()
        return Files(root) if root is not None else None

    @cached_property
    def names(self) -> Names:
        """What fleet.yaml names."""
        from fleet.store.skim import Names, names

        return names(self.files) if self.files is not None else Names()

    @cached_property
    def open(self) -> Open:
        """What the ledger has open."""
        from fleet.store.spot import Open, open_things

        return open_things(self.files) if self.files is not None else Open()

    def seats(self) -> Iterable[str]:
        """Seats; of those that can be woken or briefed only such as no person holds."""
        if self._path == "publish":
            return self.names.people
        if self._path in ("wake", "brief"):
            return [name for name in self.names.seats if name not in self.names.people]
        if self._path == "resume":
            return self.open.paused
        return self.names.seats

    def ids(self) -> Iterable[str]:
        """Ids: what the verb can do something with."""
        if self._path == "approve":
            return [name for name, status in self.open.actions.items() if status in ("asked", "unknown")]
        if self._path == "deny":
            return self.open.actions
        if self._path.startswith(("inbox", "emit")):
            return self.mail("dead" if self._path == "inbox retry" else "")
        return [*self.open.actions, *self.mail(), *self.turns()]

    def mail(self, only: str = "") -> Iterator[str]:
        """Ids of the messages that lie in a box, or in all but done/."""
        for seat in self.files.names("inbox") if self.files is not None else ():
            for box in (only,) if only else ("new", "cur", "dead"):
                for name in self.files.names(f"inbox/{seat}/{box}") if self.files is not None else ():
                    if match := MARK.search(name):
                        yield match[1]

    def turns(self) -> list[str]:
        """Ids of the last turns of each seat, newest first, out of the ends of their logs."""
        found = list[str]()
        for name in self.files.names("state") if self.files is not None else ():
            if self.files is not None and name.endswith(".log"):
                reading = self.files.reading(f"state/{name}")
                try:
                    text = reading.read_at(max(0, reading.size - LOG_END), LOG_END)
                finally:
                    reading.close()
                found += re.findall(r" (t-[0-9]+) ", text.decode("utf-8", "replace"))
        return sorted(dict.fromkeys(found), key=lambda turn: -int(turn[2:]))[:MOST_TURNS]

    def kinds(self) -> Iterable[str]:
        """Kinds of actions."""
        return [] if self._path == "resume" else self.names.actions

    def subjects(self) -> Iterable[str]:
        """Subjects of what is open, and those that are paused; only these can go on."""
        if self._path == "resume":
            return [name for name in self.open.paused if ":" in name]
        about = (subject for subjects in self.open.about.values() for subject in subjects)
        return dict.fromkeys((*about, *(name for name in self.open.paused if ":" in name)))

    def metrics(self) -> list[str]:
        """Metrics: inside of a turn those of its seat."""
        metrics = self.names.metrics
        mine = os.environ.get("FLEET_SEAT", "")
        return [name for seat, names in metrics.items() if seat == mine or not mine for name in names]

    def rows(self) -> list[str]:
        """Metrics with their seats, as `dirk.calls`."""
        return [f"{seat}.{name}" for seat, names in self.names.metrics.items() for name in names]

    def rules(self) -> Iterable[str]:
        """Names of rules."""
        return self.names.rules

    def explained(self) -> Iterable[str]:
        """What can be explained: the codes."""
        from fleet.core.read.codes import CODES

        return CODES

    def types(self) -> Iterable[str]:
        """Types of messages."""
        from fleet.core.message import TYPES

        return TYPES

    def people(self) -> Iterable[str]:
        """Seats that a person holds."""
        return self.names.people

    def colors(self) -> Iterable[str]:
        """When to use colour."""
        return COLORS


PLACES: Mapping[str, Callable[[Found], Iterable[str]]] = {
    "SEAT": Found.seats,
    "ID": Found.ids,
    "KIND": Found.kinds,
    "SUBJECT": Found.subjects,
    "NAME": Found.metrics,
    "RULE": Found.rules,
    "SEAT.METRIC": Found.rows,
    "WHAT": Found.explained,
    "TYPE": Found.types,
    "PERSON": Found.people,
    "WHEN": Found.colors,
}
"""What stands in a place of each name; for what is not here, as FILE and DIR, a shell offers files by itself."""
