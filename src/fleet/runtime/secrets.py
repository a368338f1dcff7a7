"""Secrets: their values, read when a turn or an action needs them, held in memory only, and hidden in all else.

Variables, files and credentials are read anew at each start of a turn or an action, so that a value can be
changed without a restart. A command is asked once at each start of what uses it, beside the loop. A value
that was known once is hidden until the daemon ends.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from fleet.core.chart import Chart, Secret
from fleet.core.codec import Json
from fleet.core.frozen import dataclass
from fleet.core.mistake import START, Mistake, Place
from fleet.errors import Unreadable

if TYPE_CHECKING:
    from fleet.core.redact import Redactor
    from fleet.edge.program import Launch, Program

SHORTEST = 6
"""Characters a secret has at least: what is shorter would be found in text that has nothing to do with it."""
SPREAD_MAX = 1024 * 1024
"""Bytes of a text in which values are looked for that are spread over JSON: that takes up to a second."""
ASKED_FOR_S = 10.0
"""How long a command may take that prints a secret."""
VALUES_KEPT = 32
"""Values of one secret that are hidden: a running holder may know the one before, and the one before that."""
_VARIABLE = re.compile(r"\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))")

WRITTEN = (
    "the value of the secret {} stands here, where everybody who reads it has it; take it out, and change it"
)
INSIDE = "the file of the secret {} lies in the fleet's folder, and from there none is taken"
SHARED = "the folder is shown, copied and backed up, and holders may read it"
ELSEWHERE = "move it elsewhere, as to /run/secrets/crm, and name it there"

Values = tuple[tuple[str, str], ...]
"""Names and values."""


@dataclass(frozen=True, slots=True)
class Given:
    """What a turn or an action gets: values, the secrets that a command prints, or why it cannot start."""

    values: Values = ()
    asks: tuple[Secret, ...] = ()
    fault: str = ""
    of: Secrets | None = None

    def start(self, launch: Launch) -> Program:
        """Start a program once its secrets are there."""
        from fleet.edge import process

        if not self.asks or self.of is None:
            return process.start(launch)
        from fleet.runtime.unlock import Unlocking

        return Unlocking(self, launch, self.of)


class Secrets:
    """The secrets of one fleet, as far as they are known."""

    def __init__(self, root: str, environ: Mapping[str, str]) -> None:
        self._root = root
        self._environ = environ
        self._chart: Chart | None = None
        self._texts = b""
        self._known: dict[str, dict[str, None]] = {}
        self._redactor: Redactor | None = None
        self._known_more = False  # than the redactor looks for
        self._names: dict[str, Secret] = {}

    def use(self, chart: Chart) -> None:
        """Take a chart as the one in force: its secrets are those that are hidden from now on."""
        self._names = _named(chart)
        self._chart = chart
        self.look()

    def written_down(
        self, chart: Chart, before: Chart | None = None, texts: Mapping[str, str] | None = None
    ) -> tuple[Mistake, ...]:
        """Find what a chart that is not in force yet does wrong with secrets: F225 and F408, each where it stands.

        The values are those that are known, and what can be read at once of all that it or the chart `before` it
        names: an edit may take the secret out whose value it writes down. No command is asked.
        """
        values = dict.fromkeys((name, value) for name, known in self._known.items() for value in known)
        named = [*self._names.values(), *(_named(before).values() if before is not None else ())]
        for secret in dict.fromkeys((*named, *_named(chart).values())):
            with suppress(Unreadable):
                if secret.kind != "run" and len(value := self._read(secret)) >= SHORTEST:
                    values[secret.name, value] = None
        texts = chart.texts if texts is None else texts
        places = (
            [one for file, text in texts.items() for one in _places(file, text, values)] if values else []
        )
        found = [Mistake("F225", place, WRITTEN.format(name)) for name, place in places]
        return (*found, *self._lying_inside(chart))

    def is_sure_of(self, chart: Chart) -> bool:
        """Say whether the values of all secrets that a chart names are known."""
        for secret in _named(chart).values():
            if secret.name in self._known:
                continue
            try:
                if secret.kind == "run" or not self._read(secret):
                    return False
            except Unreadable:
                return False
        return True

    def _lying_inside(self, chart: Chart) -> Iterable[Mistake]:
        """Note the files of secrets that lie in the fleet's folder, of which no value is taken."""
        for secret in chart.secrets.values():
            if secret.kind == "file":
                from fleet.edge.secret import is_inside

                if is_inside(secret.at, self._root):
                    place = chart.places.get(("secrets", secret.name, "file"), secret.place)
                    yield Mistake("F408", place, INSIDE.format(secret.name), why=SHARED, tries=(ELSEWHERE,))

    def look(self) -> None:
        """Read again all that can be read at once; what cannot is told to whom it is to be given."""
        for secret in self._names.values():
            if secret.kind != "run":
                try:
                    self.learn(secret.name, self._read(secret))
                except Unreadable:
                    continue

    def given(self, names: Iterable[str], what: str) -> Given:
        """Read what a turn or an action is to get; `what` says what does not start without it."""
        names = tuple(names)
        if self._names:
            self.look()
        values, asks, faults = list[tuple[str, str]](), list[Secret](), list[str]()
        for name in names:
            secret = self._names.get(name) or Secret(name, "env", START, at=name)
            if secret.kind == "run":
                asks.append(secret)
                continue
            try:
                value = self._read(secret)
                self.check(value)
                values.append((name, value))
            except Unreadable as exc:
                faults.append(_fault(secret, exc.why))
        fault = f"{_joined(faults)}; {what}" if faults else ""
        return Given(tuple(values), tuple(asks), fault, self)

    def learn(self, name: str, value: str) -> None:
        """Take note of a value, so that it is hidden."""
        known = self._known.setdefault(name, {})
        if value in known or self._weak(value):
            return
        known[value] = None
        while len(known) > VALUES_KEPT:
            del known[next(iter(known))]
        self._known_more = True

    def check(self, value: str) -> None:
        """Refuse a value that cannot be kept; raises Unreadable, which says nothing of what it is."""
        why = self._weak(value)
        if why:
            raise Unreadable(why)

    def _weak(self, value: str) -> str:
        if not value:
            return "is empty"
        if "\0" in value:
            return "holds a NUL, which no environment can"
        if len(value) < SHORTEST:
            return f"has under {SHORTEST} characters: too few to be hidden wherever they stand; take a longer one"
        places = _standing(self._chart, value) if self._chart is not None else []
        if places:
            return f"stands in {places[0].short}; take it out there, and change it: it was written down"
        return ""

    def _read(self, secret: Secret) -> str:
        if secret.kind in ("file", "credential"):
            from fleet.edge import secret as edge

            if secret.kind == "file":
                return edge.read_file(secret.at, self._root)
            return edge.read_credential(secret.at, self._environ)
        value = self._environ.get(secret.at)
        if value is None:
            at = "" if secret.at == secret.name else f" as {secret.at}"
            raise Unreadable(f"is not in the daemon's environment{at}")
        return value

    def value_now(self, name: str) -> str:
        """Read one value for a person who looks for it, asking a command if need be. Raises Unreadable."""
        secret = self._names.get(name)
        if secret is None:
            raise Unreadable("no `use` and no `secrets` of this chart names it")
        if secret.kind != "run":
            return self._read(secret)
        from fleet.edge import secret as edge

        return edge.ask_now(secret.argv, self._root, ASKED_FOR_S)

    # Hiding.

    def redactor(self) -> Redactor | None:
        """Give what finds all values that are known; None where there are none."""
        if self._known_more:
            from fleet.core.redact import Redactor

            self._redactor = Redactor((name, value) for name, known in self._known.items() for value in known)
            self._known_more = False
        return self._redactor

    def hide(self, raw: bytes) -> bytes:
        """Give bytes with names where values stood."""
        return raw if (found := self.redactor()) is None else found.hide(raw)

    def spread(self, raw: bytes) -> bytes:
        """Give bytes, also where values are spread over JSON in them; of what is large only as `hide` does."""
        if len(raw) > SPREAD_MAX:
            return self.hide(raw)
        return raw if (found := self.redactor()) is None else found.jsonl(raw)

    def text(self, text: str) -> str:
        """Give a text with names where values stood."""
        return text if (found := self.redactor()) is None else found.text(text)

    def json(self, value: Json, leave: tuple[str, ...] = ()) -> Json:
        """Give a JSON value with names where values stood."""
        return value if (found := self.redactor()) is None else found.json(value, leave)

    def names_in(self, raw: bytes) -> tuple[str, ...]:
        """Name the secrets that stand in bytes."""
        return () if (found := self.redactor()) is None else found.names(raw)


def _named(chart: Chart) -> dict[str, Secret]:
    """Give the secrets that a chart names, each with where it is."""
    named = [*chart.secrets]
    named += [name for seat in chart.seats.values() for name in seat.can.use]
    named += [name for kind in chart.actions.values() for name in kind.use]
    return {name: chart.secrets.get(name) or Secret(name, "env", START, at=name) for name in named}


def _standing(chart: Chart, value: str) -> list[Place]:
    """Find a value in the texts of a chart, once in each file."""
    found = []
    for file, text in chart.texts.items():
        at = text.find(value)
        if at >= 0:
            line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
            found.append(Place(file, line, column, line, column + len(value)))
    return found


def _places(file: str, text: str, values: Iterable[tuple[str, str]]) -> list[tuple[str, Place]]:
    """Find values in a text, in whatever form is hidden elsewhere: each secret, and where."""
    from fleet.core.redact import Redactor

    raw = text.encode("utf-8", "surrogatepass")
    found = []
    for start, end, name in Redactor(values).spans(raw):
        before, inside = raw[:start].decode("utf-8", "replace"), raw[start:end].decode("utf-8", "replace")
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        lines = inside.count("\n")
        end_column = len(inside) - inside.rfind("\n") if lines else column + len(inside)
        found.append((name, Place(file, line, column, line + lines, end_column)))
    return found


def filled(text: str, values: Mapping[str, str]) -> str:
    """Put secrets in where a header names them; anything else with a $ stays as it is written."""
    return _VARIABLE.sub(lambda m: values.get(m[1] or m[2], m[0]), text)


def _fault(secret: Secret, why: str) -> str:
    if why.startswith(("is ", "has ", "holds ", "stands ")):
        return f"the secret {secret.name} {why}"
    return f"the secret {secret.name}: {why}"


def _joined(faults: list[str]) -> str:
    """Say several faults in one sentence; those that are missing together."""
    missing = " is not in the daemon's environment"
    absent = [
        one.removeprefix("the secret ").removesuffix(missing) for one in faults if one.endswith(missing)
    ]
    others = [one for one in faults if not one.endswith(missing)]
    return "; ".join([f"the secret {', '.join(absent)}{missing}", *others] if absent else others)
