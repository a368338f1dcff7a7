"""CEL: conditions compiled once and asked of one case at a time, within bounds."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from cel_expr_python import cel
from google.protobuf.timestamp_pb2 import Timestamp

from fleet.core.frozen import dataclass
from fleet.core.lexicon import VARIABLES
from fleet.core.span import read_span
from fleet.errors import FleetError

WORK_MAX = 1 << 26
"""Bytes that one condition may have to look through, at worst: far below a second."""
ROUNDS_MAX = 10_000
"""Entries that CEL looks at in one condition; past that it gives up by itself."""
SAID_MAX = 200
"""Characters of what the library says that are told: it repeats values."""
_SCAN = re.compile(r"\b(?:matches|contains|startsWith|endsWith)\b|[=!<>]=|[<>]|\bin\b")
_EACH = re.compile(r"\.\s*(?:all|exists|exists_one|existsOne|map|filter)\s*\(")


def moment(at: datetime) -> Any:
    """Give an instant as CEL takes it inside a map."""
    told = Timestamp()
    told.FromDatetime(at)
    return told


class Unjudged(FleetError):
    """A condition that cannot be answered: it errs, something is missing, or it would take too long."""


@dataclass(frozen=True, slots=True)
class Testimony:
    """What a condition is told of one case.

    `values` has the variables of the lexicon, times as `moment` gives them. `touched` answers `touches(..)`.
    `longest` is the length of the longest text in it, `most` the entries of its longest list.
    """

    values: Mapping[str, Any]
    touched: Callable[[str, str, timedelta], bool]
    now: datetime
    longest: int = 0
    most: int = 0


class Conditions:
    """The conditions of one chart: each is compiled when it is first asked."""

    def __init__(self) -> None:
        self._environment: cel.Env | None = None
        self._compiled: dict[str, cel.Expression] = {}
        self._heard: Testimony | None = None

    def holds(self, condition: str, told: Testimony) -> bool:
        """Say whether a condition is met; raises Unjudged where that cannot be said."""
        _affordable(condition, told)
        self._heard = told
        try:
            compiled = self._compiled.get(condition)
            if compiled is None:
                compiled = self._compiled[condition] = self._env().compile(condition)
            found = compiled.eval(data=told.values)
            answer, sort = found.value(), found.type().name()
        except (RuntimeError, ValueError, TypeError, OverflowError) as exc:
            raise Unjudged(_worded(str(exc))) from exc
        finally:
            self._heard = None
        if sort == "ERROR":
            raise Unjudged(_worded(str(answer)))
        if answer is not True and answer is not False:
            raise Unjudged(f"it gave {str(answer)[:60]!r} and not yes or no")
        return answer

    def _env(self) -> cel.Env:
        if self._environment is None:
            one = cel.Type
            touches = [[one.STRING, one.STRING, one.STRING], [one.STRING, one.STRING, one.DURATION]]
            age = [[one.TIMESTAMP], [one.Map(one.STRING, one.DYN)]]
            self._environment = cel.NewEnv(
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


def _affordable(condition: str, told: Testimony) -> None:
    """Refuse what could stop the loop: CEL bounds how many entries it looks at, not how long their texts are."""
    if told.longest * (1 + told.most) <= WORK_MAX // 256:
        return
    rounds = min(ROUNDS_MAX, max(told.most, 1) ** min(len(_EACH.findall(condition)), 3))
    if len(_SCAN.findall(condition)) * rounds * told.longest > WORK_MAX:
        raise Unjudged(
            f"it could take too long: a text of {told.longest:,} characters, and a list of {told.most:,} entries"
        )


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
