"""Answer: the parts of what a holder gives back, each checked to the last key."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Self, TypeVar, cast

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from fleet.core.canonical import SAFE_INTEGER
from fleet.core.codec import Json
from fleet.core.frozen import dataclass
from fleet.core.message import MESSAGE_LIMIT, TYPES, MessageType, read_deadline, settle
from fleet.core.names import check_id, check_seat_id
from fleet.core.prose import nearest, one_line, read_time, say_bytes, say_kind
from fleet.core.read.key import close
from fleet.core.subject import fold_subject
from fleet.errors import Unreadable

AHEAD = timedelta(seconds=60)
"""How far the clock of another machine may be before ours."""
_VALUE = re.compile(r"(-?[0-9]{1,15}(?:\.[0-9]{1,10})?)%?")

RUNTIME_KEYS = frozenset({"seat", "turn", "written", "good_until", "stale", "outside", "claims_added"})
STAMPED_KEYS = frozenset({"id", "from", "sent", "thread", "hop", "verified", "outside"})

T = TypeVar("T")
G = TypeVar("G", bound="Given")


@dataclass(frozen=True, slots=True)
class Reading:
    """When something is read, in the zone its mistakes are told in, and how its times are judged.

    `trusted` is what fleet itself wrote: judged before. `late` was emitted while the turn ran, so
    that a deadline in it may have passed since.
    """

    now: datetime
    trusted: bool = False
    late: bool = False


def _wrong(why: str) -> PydanticCustomError:
    return PydanticCustomError("unreadable", "{why}", {"why": why})


def _told(read: Callable[[str], T], text: str) -> T:
    try:
        return read(text)
    except Unreadable as exc:
        raise _wrong(exc.why) from exc


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise _wrong(f"must be text, not {say_kind(value)}")


def _line(value: object) -> str:
    return one_line(_text(value))


def _needed(value: object) -> str:
    line = _line(value)
    if not line:
        raise _wrong("must not be empty")
    return line


def _body(value: object) -> str:
    text = _text(value)
    return (text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text).strip("\n")


def _subject(value: object) -> str:
    if isinstance(value, list):
        raise _wrong("takes one subject; write one entry for each")
    return _told(fold_subject, _text(value))


def _subjects(value: object) -> tuple[str, ...]:
    several = value if isinstance(value, list | tuple) else () if value is None else (value,)
    return tuple(dict.fromkeys(_subject(one) for one in several))


def _seat(value: object) -> str:
    return _told(check_seat_id, _text(value))


def _type(value: object) -> MessageType:
    if value is None:
        return "INFORM"
    if value in TYPES:
        return value
    tries = nearest(str(value), TYPES)
    hint = f"did you mean {tries[0]}?" if tries else f"it is one of {', '.join(TYPES)}"
    raise _wrong(f"{say_kind(value)} is no type of message; {hint}")


def _id(kind: str) -> Callable[[object], str]:
    return lambda value: _told(lambda text: check_id(text, kind), _text(value))


def _reply_to(value: object) -> str | None:
    return None if value in (None, "") else _id("m")(value)


def _time(value: object, info: ValidationInfo, read: Callable[[str, datetime], datetime]) -> datetime | None:
    if value is None or (isinstance(value, datetime) and value.tzinfo):
        return value
    if not isinstance(value, str) or not isinstance(info.context, Reading):
        raise _wrong(f"must be a time with an offset, as text, not {say_kind(value)}")
    now = info.context.now
    return _told(lambda text: read(text, now), value)


def _until(value: object, info: ValidationInfo) -> datetime | None:
    return _time(value, info, read_time)


def _as_of(value: object, info: ValidationInfo) -> datetime | None:
    at = _time(value, info, read_time)
    if at and isinstance(info.context, Reading) and not info.context.trusted:
        now = info.context.now
        if at.astimezone(UTC) > now.astimezone(UTC) + AHEAD:
            raise _wrong(f"{at.isoformat()} is after now, {now.isoformat(timespec='seconds')}")
    return at


def _answer_by(value: object, info: ValidationInfo) -> datetime | None:
    at = _time(value, info, read_deadline)
    reading = info.context
    if not at or not isinstance(reading, Reading) or reading.trusted or reading.late:
        return at
    if at <= reading.now:
        raise _wrong(f"{at.isoformat()} is already past; give a later time, or a span like 4h")
    return at


def _with(value: object) -> dict[str, Json]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _wrong(f"must be a mapping, not {say_kind(value)}")
    return cast(dict[str, Json], settle(value))


def _number(value: object, most: float) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong(f"must be a number, not {say_kind(value)}")
    if not 0 <= value <= most:
        raise _wrong(f"{value} is not between 0 and {most:g}" if most < 2 else f"{value} is less than 0")
    return value


def _confidence(value: object) -> float | None:
    return _number(value, 1)


def _usd(value: object) -> float | None:
    return _number(value, SAFE_INTEGER)


def _tokens(value: object) -> int | None:
    if isinstance(value, float) and not value.is_integer():
        raise _wrong(f"must be a whole number, not {value}")
    number = _number(value, SAFE_INTEGER)
    return None if number is None else int(number)


def _value(value: object) -> Decimal:
    if isinstance(value, Decimal):
        return value
    if isinstance(value, str) and (match := _VALUE.fullmatch(value)):
        return Decimal(match[1])
    if isinstance(value, int | float) and not isinstance(value, bool):
        if abs(value) < 10**15:
            return Decimal(str(value))
        raise _wrong(f"{value:g} has more than 15 digits")
    raise _wrong(f"{say_kind(value)} is not a number; leave a metric out if its value is not known")


def _several(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise _wrong(f"must be a list, not {say_kind(value)}")
    return tuple(_line(one) for one in value)


Text = Annotated[str, PlainValidator(_text)]
Line = Annotated[str, PlainValidator(_line)]
Needed = Annotated[str, PlainValidator(_needed)]
Body = Annotated[str, PlainValidator(_body)]
Subject = Annotated[str, PlainValidator(_subject)]
Subjects = Annotated[tuple[str, ...], PlainValidator(_subjects)]
ActionId = Annotated[str, PlainValidator(_id("a"))]
AsOf = Annotated[datetime | None, PlainValidator(_as_of)]
Confidence = Annotated[float | None, PlainValidator(_confidence)]
With = Annotated[dict[str, Json], PlainValidator(_with)]
Tokens = Annotated[int | None, PlainValidator(_tokens)]


class Given(BaseModel):
    """Something that came from outside: no key more than those it has."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_by_name=True, validate_by_alias=True)


class ClaimGiven(Given):
    """A subject that the seat says is its own for now."""

    about: Subject
    until: Annotated[datetime | None, PlainValidator(_until)] = None
    because: Text = ""


class Value(Given):
    """One measured value; a percentage stands in percent points."""

    value: Annotated[Decimal, PlainValidator(_value)]
    as_of: AsOf = None
    evidence: Text = ""

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, given: object) -> object:
        return given if isinstance(given, dict) else {"value": given}


class MessageGiven(Given):
    """A message to another seat, before the runtime stamps it."""

    to: Annotated[str, PlainValidator(_seat)]
    type: Annotated[MessageType, PlainValidator(_type)] = "INFORM"
    about: Subjects = ()
    subject: Line = ""
    body: Body = ""
    with_: With = Field(default={}, validation_alias="with", serialization_alias="with")
    answer_by: Annotated[datetime | None, PlainValidator(_answer_by)] = None
    reply_to: Annotated[str | None, PlainValidator(_reply_to)] = None

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if not (self.subject or self.body or self.with_):
            raise _wrong("says nothing: give it a subject, a body or `with`")
        size = len(self.body.encode()) + (
            len(json.dumps(self.with_, ensure_ascii=False).encode()) if self.with_ else 0
        )
        if size > MESSAGE_LIMIT:
            raise _wrong(f"has {size:,} bytes in body and with; a message takes {say_bytes(MESSAGE_LIMIT)}")
        return self


class ActionGiven(Given):
    """One thing that the turn asks to be done outside."""

    kind: Needed
    about: Subjects = ()
    with_: With = Field(default={}, validation_alias="with", serialization_alias="with")
    because: Text = ""
    confidence: Confidence = None
    lapses: Annotated[datetime | None, PlainValidator(_answer_by)] = None


class EscalateGiven(Given):
    """A matter that a person should decide."""

    about: Subjects = ()
    because: Needed
    options: Annotated[tuple[str, ...], PlainValidator(_several)] = ()


class Item(Given):
    """One thing that the seat found."""

    about: Annotated[str, PlainValidator(lambda given: _subject(given) if given else "")] = ""
    kind: Line = ""
    because: Text = ""
    confidence: Confidence = None
    with_: With = Field(default={}, validation_alias="with", serialization_alias="with")


class Cost(Given):
    """What the turn cost; a part that is not known is None."""

    usd: Annotated[float | None, PlainValidator(_usd)] = None
    input_tokens: Tokens = None
    output_tokens: Tokens = None
    model: Line = ""


def checked(model: type[G], given: Mapping[str, object], reading: Reading) -> G:
    """Check keys from outside against their model; raises Unreadable that names the first three mistakes."""
    try:
        return model.model_validate(given, context=reading, by_alias=True, by_name=False)
    except ValidationError as exc:
        # What nobody knows comes first: a key that was misspelled explains the one that is missing.
        found = sorted(exc.errors(include_url=False), key=lambda one: one["type"] != "extra_forbidden")
        told = [_tell(model, one) for one in found[:3]]
        more = [f"and {len(found) - 3} more"] if len(found) > 3 else []
        raise Unreadable("; ".join([why for why, _ in told] + more), suggestions=told[0][1]) from exc


def _tell(model: type[Given], error: ErrorDetails) -> tuple[str, tuple[str, ...]]:
    """Say one mistake, led by its key, and what would be taken instead of that key."""
    place, kind = _place(error["loc"], bare=error["type"] == "unreadable"), error["type"]
    head = f"{place}: " if place else ""
    if kind == "extra_forbidden":
        why, tries = _unknown(model, error["loc"])
        return head + why, tries
    if kind == "unreadable":
        return head + str(error["ctx"]["why"]), ()
    if kind == "missing":
        return f"{head}is missing", ()
    wanted = {"tuple_type": "a list", "model_type": "a mapping", "dict_type": "a mapping"}.get(kind)
    return head + (f"must be {wanted}, not {say_kind(error['input'])}" if wanted else error["msg"]), ()


def _unknown(model: type[Given], loc: tuple[int | str, ...]) -> tuple[str, tuple[str, ...]]:
    if len(loc) > 1:
        model = _PARTS.get(str(loc[0]), model)
    key = str(loc[-1])
    if model is MessageGiven and key in STAMPED_KEYS:
        return "belongs to the runtime; leave it out", ()
    known = tuple(name.removesuffix("_") for name in model.model_fields if name not in RUNTIME_KEYS)
    tries = tuple(one for one in _MEANT.get(key.lower(), ()) if one in known)[:1] or close(key, known)
    return "no such key; " + (
        f"did you mean {tries[0]}?" if tries else f"the keys are {', '.join(known)}"
    ), tries


_MEANT: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("summary", "title", "subject_line"), ("headline", "subject")),
    **dict.fromkeys(("metrics", "kpis", "scores", "measures"), ("scorecard",)),
    **dict.fromkeys(("findings", "results", "entries"), ("items",)),
    **dict.fromkeys(("params", "parameters", "args", "arguments", "payload", "data", "input"), ("with",)),
    **dict.fromkeys(("text", "content", "contents", "markdown", "message"), ("body",)),
    **dict.fromkeys(("reason", "why", "rationale"), ("because",)),
    **dict.fromkeys(("subject", "target", "entity"), ("about",)),
    **dict.fromkeys(("recipient", "receiver"), ("to",)),
    **dict.fromkeys(("deadline", "expires", "expires_at"), ("answer_by", "lapses", "until")),
    **dict.fromkeys(("date", "timestamp", "measured_at"), ("as_of",)),
    "escalation": ("escalate",),
    "type": ("kind",),
    "kind": ("type",),
    "action": ("kind",),
}
"""What holders call our keys; the first that may stand there is meant."""

_PARTS: Mapping[str, type[Given]] = {
    "items": Item,
    "claims": ClaimGiven,
    "scorecard": Value,
    "messages": MessageGiven,
    "actions": ActionGiven,
    "escalate": EscalateGiven,
    "cost": Cost,
}


def _place(loc: tuple[int | str, ...], *, bare: bool) -> str:
    """Name a key as the holder would: `actions[0].kind`; a value of the scorecard also stands bare."""
    if bare and loc[:1] == ("scorecard",) and loc[-1] == "value":
        loc = loc[:-1]
    said = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc)
    return said.removeprefix(".")
