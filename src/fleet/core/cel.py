"""CEL: conditions compiled once and asked of one case at a time, within bounds."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from cel_expr_python import cel
from google.protobuf.timestamp_pb2 import Timestamp

from fleet.core.effort import ROUNDS_MAX, WORK_MAX, Effort, Size
from fleet.core.frozen import dataclass
from fleet.core.lexicon import NO_JOINS, VARIABLES
from fleet.core.span import read_span
from fleet.errors import FleetError, Unreadable

SAID_MAX = 200
"""Characters of what the library says that are told: it repeats values."""


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment(at: datetime) -> Any:
    """Give an instant as CEL takes it inside a map."""
    since = at - _EPOCH
    return Timestamp(seconds=since.days * 86_400 + since.seconds, nanos=since.microseconds * 1000)


class Unjudged(FleetError):
    """A condition that cannot be answered: it errs, something is missing, or it would take too long."""


@dataclass(frozen=True, slots=True)
class Testimony:
    """What a condition is told of one case.

    `values` has the variables of the lexicon, times as `moment` gives them. `touched` answers `touches(..)`.
    `sizes` say how large they are, as `Effort.bound` asks it, and `whole` all of them together.
    """

    values: Mapping[str, Any]
    touched: Callable[[str, str, timedelta], bool]
    now: datetime
    sizes: Mapping[str, Size]
    whole: Size


class Conditions:
    """The conditions of one chart: each is compiled when it is first asked."""

    def __init__(self) -> None:
        self._environment: cel.Env | None = None
        self._compiled: dict[str, tuple[cel.Expression, Effort]] = {}
        self._told: Testimony | None = None
        self._activation: cel.Activation | None = None
        self._heard: Testimony | None = None

    def holds(self, condition: str, told: Testimony, *, times: int = 1) -> bool:
        """Say whether a condition is met; raises Unjudged where that cannot be said.

        `times` is how often it is asked for one verdict, about one subject after another: together they are bounded.
        """
        compiled, effort = self._compiled.get(condition) or self._compile(condition)
        if effort.bound(told.sizes, told.whole) * times > WORK_MAX:
            raise Unjudged(_too_long(told))
        self._heard = told
        try:
            if told is not self._told:
                self._told, self._activation = told, self._env().Activation(data=told.values)
            found = compiled.eval(self._activation)
            answer, sort = found.value(), found.type().name()
        except (RuntimeError, ValueError, TypeError, OverflowError) as exc:
            raise Unjudged(_worded(str(exc))) from exc
        finally:
            self._heard = None
        if sort == "ERROR":
            raise Unjudged(_worded(str(answer)))
        if sort != "BOOL" or (answer is not True and answer is not False):
            raise Unjudged(f"it gave {str(answer)[:60]!r} and not yes or no")
        return answer

    def lend(self, condition: str, like: str) -> None:
        """Compile a condition that was made by rote from one which was asked; it takes no longer than that one.

        It is for what only tries conditions: a condition of a chart is checked by itself.
        """
        if condition not in self._compiled and like in self._compiled:
            try:
                compiled = self._env().compile(condition)
            except RuntimeError:
                return  # it is told when it is asked
            self._compiled[condition] = compiled, self._compiled[like][1]

    def keep(self, conditions: Container[str]) -> None:
        """Forget all conditions but these."""
        self._compiled = {text: made for text, made in self._compiled.items() if text in conditions}
        self._told = self._activation = None

    def _compile(self, condition: str) -> tuple[cel.Expression, Effort]:
        """Check a condition and compile it once; nothing is ever asked that was not checked."""
        from fleet.core.typed import tree

        try:
            effort = Effort(tree(condition))  # first: what it refuses is not given to be compiled
            made = self._env().compile(condition), effort
        except (Unreadable, RuntimeError) as exc:
            raise Unjudged(exc.why if isinstance(exc, Unreadable) else _worded(str(exc))) from exc
        self._compiled[condition] = made
        return made

    def _env(self) -> cel.Env:
        if self._environment is None:
            one = cel.Type
            touches = [[one.STRING, one.STRING, one.STRING], [one.STRING, one.STRING, one.DURATION]]
            age = [[one.TIMESTAMP], [one.Map(one.STRING, one.DYN)]]
            self._environment = cel.NewEnv(
                config=cel.NewEnvConfigFromYaml(NO_JOINS),
                variables={
                    word.name: one.TIMESTAMP if word.sort == "instant" else one.DYN for word in VARIABLES
                },
                functions=[
                    _function("touches", one.BOOL, touches, self._touches),
                    _function("age", one.DURATION, age, self._age),
                    _function("span", one.DURATION, [[one.STRING]], read_span),
                ],
            )
        return self._environment

    def _touches(self, subject: str, seat: str, within: str | timedelta) -> bool:
        assert self._heard is not None
        return self._heard.touched(subject, seat, read_span(within) if isinstance(within, str) else within)

    def _age(self, of: Any) -> timedelta:
        assert self._heard is not None
        at = of if isinstance(of, datetime) else of["as_of"] if "as_of" in of else of["written"]
        at = at.ToDatetime(UTC) if isinstance(at, Timestamp) else at
        return self._heard.now - at


def _function(name: str, gives: Any, takes: list[list[Any]], does: Callable[..., Any]) -> Any:
    forms = [cel.Overload(f"{name}_{n}", gives, params, impl=does) for n, params in enumerate(takes)]
    return cel.FunctionDecl(name, forms)


def _too_long(told: Testimony) -> str:
    """Say by what a condition could stop the loop."""
    text, most = told.whole.text, told.whole.most
    return f"it could take too long: a text of {text:,} bytes, and a list of {most:,} entries"


_SAYS = re.compile(r"^(?:[A-Z_]+: )?(?:ERROR: <input>:\d+:\d+: )?")
_ENDS = re.compile(r" \[[A-Z_]+\]$")


def _worded(says: str) -> str:
    """Say what went wrong in plain words, on one line."""
    says = _ENDS.sub("", _SAYS.sub("", says.strip())).split("\n")[0]
    if match := re.match(r'Key not found in map : "?(.*?)"?$', says):
        return f"there is no {match[1]}"
    if match := re.match(r"No matching overloads found : (\S+?)\((.*)\)$", says):
        types = (
            match[2].replace("null_type", "nothing").replace("int64", "number").replace("double", "number")
        )
        return f"{match[1].strip('_@')} cannot be asked of {types}"
    if says.startswith(("Integer value", "Non-CEL value", "basic_string")):
        return "it is told something that is no value to it, as a whole number over 64 bits"
    if "budget exceeded" in says:
        return f"it looks at over {ROUNDS_MAX:,} entries"
    return says[:SAID_MAX] or "it gave no answer"
