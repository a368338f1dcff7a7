"""Result: what a turn gives back, read from any of its forms, and as the ledger keeps it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Literal, get_args

from fleet.core.answer import (
    RUNTIME_KEYS,
    ActionGiven,
    ActionId,
    AsOf,
    Body,
    ClaimGiven,
    Cost,
    EscalateGiven,
    Given,
    Item,
    Line,
    MessageGiven,
    Reading,
    Value,
    checked,
)
from fleet.core.canonical import SAFE_INTEGER
from fleet.core.codec import Json
from fleet.core.message import one_or_list, settle
from fleet.core.prose import (
    DASHES,
    Found,
    ReadFront,
    check_characters,
    check_depth,
    decode,
    find_result,
    first_line,
    line_of,
    read_object,
    say_bytes,
    say_kind,
)
from fleet.errors import Unreadable

__all__ = [
    *("ActionGiven", "ClaimGiven", "Cost", "EmitKind", "EscalateGiven", "Item", "MessageGiven", "Result"),
    *("Value", "emit_line", "fingerprint", "from_json", "items_json", "last_checkpoint", "read_emitted"),
    *("read_result", "says_nothing", "scorecard_json", "to_json", "with_emitted"),
]

RESULT_LIMIT = 4 * 1024 * 1024
"""Bytes of one result, and of what a turn emitted."""
STATE_LIMIT = 1024 * 1024
"""Bytes of what a result publishes: its items, claims, scorecard and body."""

PROSE_LIMIT = STATE_LIMIT
"""Characters of an answer that is neither JSON nor front matter: all of it would be the body."""
ENTRIES_LIMIT = 10_000
"""Entries of one list of a result, and lines of one emit.jsonl: far more than any honest turn has."""

EmitKind = Literal["message", "claim", "action", "metric", "escalate", "checkpoint"]
_EMITTED: Mapping[str, type[Given]] = {
    "message": MessageGiven,
    "claim": ClaimGiven,
    "action": ActionGiven,
    "escalate": EscalateGiven,
}

Emitted = Sequence[tuple[str, object]]


class Result(Given):
    """What a turn gives back. `claims` is None where the key was absent, which changes no claim.

    With `claims_added` they were emitted while the result had no such key: they add to those standing.
    """

    headline: Line = ""
    as_of: AsOf = None
    items: tuple[Item, ...] = ()
    claims: tuple[ClaimGiven, ...] | None = None
    scorecard: dict[str, Value] = {}
    messages: tuple[MessageGiven, ...] = ()
    actions: tuple[ActionGiven, ...] = ()
    keep: tuple[ActionId, ...] = ()
    withdraw: tuple[ActionId, ...] = ()
    escalate: tuple[EscalateGiven, ...] = ()
    cost: Cost | None = None
    body: Body = ""
    claims_added: bool = False


def read_result(raw: bytes, *, now: datetime, read_front: ReadFront) -> Result | None:
    """Read what a holder wrote to stdout; None for no bytes, or blank ones.

    It is a JSON object, front matter with Markdown, or prose. Raises Unreadable that names the key,
    and for prose that holds a broken result: that is never published as prose.
    """
    text = decode(raw, RESULT_LIMIT, "a result")
    if not text.strip():
        return None
    result = checked(Result, _given_keys(_read_forms(text, read_front)), Reading(now))
    if len(raw) > STATE_LIMIT:
        _check_state(result)
    return result


def _given_keys(keys: dict[str, object]) -> dict[str, object]:
    """Leave out what is null, and refuse what no holder may give."""
    for key, value in keys.items():
        if key in RUNTIME_KEYS:
            raise Unreadable(f"{key}: belongs to the runtime; leave it out")
        if isinstance(value, dict | list) and len(value) > ENTRIES_LIMIT:
            raise Unreadable(f"{key}: {len(value):,} entries; a result takes {ENTRIES_LIMIT:,} of each")
    if "claims" in keys and keys["claims"] is None:
        raise Unreadable("claims: is empty; `[]` gives all claims up, without the key they stand")
    given = {key: value for key, value in keys.items() if value is not None}
    if not given.get("headline") and isinstance(given.get("body"), str):
        given["headline"] = first_line(str(given["body"]))
    if isinstance(scorecard := given.get("scorecard"), dict):
        given["scorecard"] = {name: value for name, value in scorecard.items() if value is not None}
    return given


def _read_forms(text: str, read_front: ReadFront) -> dict[str, object]:
    """Read the keys of a result out of any of its three forms; prose gives `body` alone.

    Raises Unreadable for a broken form, and for prose that holds a result which cannot be read.
    """
    start = text.lstrip()
    line = line_of(text, len(text) - len(start))
    if start.startswith("{"):
        return read_object(_placed(start, line))
    if DASHES.match(start):
        return _read_front_form(start, line, read_front)
    if len(text) > PROSE_LIMIT:
        most = say_bytes(PROSE_LIMIT)
        raise Unreadable(f"prose takes {most}, and this has {len(text):,} characters; give JSON for more")
    found = find_result(text)
    if found is None:
        return {"body": text}
    try:
        return _read_found(found, line_of(text, found.begins), read_front)
    except Unreadable as exc:
        place = f"the result that begins in line {line_of(text, found.start)}"
        raise Unreadable(f"{place}: {exc.why}", start=found.start, end=found.end) from exc


def _placed(text: str, line: int) -> str:
    """Put a text on the line where it was printed, so that what is wrong with it is found there."""
    return "\n" * (line - 1) + text


def _read_found(found: Found, line: int, read_front: ReadFront) -> dict[str, object]:
    if found.form == "json":
        return read_object(_placed(found.text, line))
    if found.form == "front":
        return _read_front_form(found.text, line, read_front)
    return _read_yaml(_placed(found.text, line), read_front)


def _read_front_form(text: str, line: int, read_front: ReadFront) -> dict[str, object]:
    opening = DASHES.match(text)
    closing = opening and DASHES.search(text, opening.end())
    if not opening or not closing:
        raise Unreadable("the front matter is not closed: a line `---` must end it", end=len(text))
    keys = _read_yaml(_placed(text[opening.end() : closing.start()], line), read_front)
    body = text[closing.end() + 1 :]
    if "body" in keys and body.strip():
        raise Unreadable("body: stands in the front matter and below it; keep one of them")
    return {"body": body, **keys}


def _read_yaml(text: str, read_front: ReadFront) -> dict[str, object]:
    try:
        value = read_front(text)
    except Unreadable as exc:
        raise Unreadable(f"front matter: {exc.why}", suggestions=exc.suggestions) from exc
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Unreadable(f"front matter: keys are wanted, as in `headline: ...`, not {say_kind(value)}")
    check_depth(value)
    check_characters(value)
    return value


def _check_state(result: Result) -> None:
    published = {key: value for key, value in to_json(result).items() if key in _PUBLISHED}
    size = len(_dump(published).encode())
    if size > STATE_LIMIT:
        most = say_bytes(STATE_LIMIT)
        raise Unreadable(f"body: items, claims, scorecard and body have {size:,} bytes; a state takes {most}")


_PUBLISHED = frozenset({"items", "claims", "scorecard", "body"})


def emit_line(kind: EmitKind, fields: Mapping[str, Json]) -> bytes:
    """Write one line of emit.jsonl: the kind under `emit`, then the fields.

    A metric has `metric`, `value`, `as_of`, `evidence`; a checkpoint `data`; the others the keys they
    have in a result.
    """
    return json.dumps({"emit": kind, **fields}, ensure_ascii=False).encode() + b"\n"


def read_emitted(raw: bytes, *, now: datetime) -> list[tuple[str, object]]:
    """Read emit.jsonl into kinds and what was emitted, in order.

    What stands behind the last newline and cannot be read is torn, and ignored. Raises Unreadable
    that names any other line which cannot be read.
    """
    lines = raw[: raw.rfind(b"\n") + 1].split(b"\n")
    if len(lines) > ENTRIES_LIMIT:
        raise Unreadable(f"line {ENTRIES_LIMIT + 1}: a turn emits at most {ENTRIES_LIMIT:,} lines")
    found = [_emitted(line, number, now) for number, line in enumerate(lines, 1) if line.strip()]
    torn = raw[raw.rfind(b"\n") + 1 :]
    try:
        last = read_object(decode(torn, RESULT_LIMIT, "an emitted line")) if torn.strip() else None
    except Unreadable:
        last = None
    return found if last is None else [*found, _emitted(torn, len(lines), now)]


def _emitted(line: bytes, number: int, now: datetime) -> tuple[str, object]:
    try:
        given = read_object(decode(line, RESULT_LIMIT, "an emitted line"))
        kind = given.pop("emit", None)
        if kind == "checkpoint":
            return kind, given.get("data", given)
        if kind == "metric":
            return kind, _metric(given, Reading(now, late=True))
        if isinstance(kind, str) and kind in _EMITTED:
            return kind, checked(_EMITTED[kind], given, Reading(now, late=True))
        raise Unreadable(f"emit: {say_kind(kind)} is none of {', '.join(get_args(EmitKind))}")
    except Unreadable as exc:
        raise Unreadable(f"line {number}: {exc.why}", suggestions=exc.suggestions) from exc


def _metric(given: dict[str, object], reading: Reading) -> tuple[str, Value]:
    name = given.pop("metric", None)
    if not isinstance(name, str) or not name:
        raise Unreadable("metric: is missing")
    return name, checked(Value, given, reading)


def with_emitted(result: Result | None, emitted: Emitted) -> Result | None:
    """Put what was emitted at the end of the result's lists; None if there is neither."""
    by_kind: dict[str, list[Json]] = {}
    for kind, what in emitted:
        by_kind.setdefault(kind, []).append(what)
    by_kind.pop("checkpoint", None)
    if not by_kind:
        return result
    base = result or Result()
    claims = tuple(by_kind.get("claim", ()))
    return base.model_copy(
        update={
            "messages": (*base.messages, *by_kind.get("message", ())),
            "actions": (*base.actions, *by_kind.get("action", ())),
            "escalate": (*base.escalate, *by_kind.get("escalate", ())),
            "scorecard": {**base.scorecard, **dict(by_kind.get("metric", ()))},
            "claims": (*(base.claims or ()), *claims) if claims else base.claims,
            "claims_added": bool(claims) and base.claims is None,
        }
    )


def last_checkpoint(emitted: Emitted) -> Json:
    """Return the checkpoint emitted last; None if there was none."""
    return next((what for kind, what in reversed(emitted) if kind == "checkpoint"), None)


def says_nothing(result: Result) -> bool:
    """Say whether a result has no key that says anything, as `{}`: published, it would wipe what stands."""
    return to_json(result).keys() <= {"as_of", "cost"}


def fingerprint(result: Result) -> str:
    """Hash what a result says, whenever it says it: without `as_of`, `cost` and deadlines.

    A deadline counted from now (`answer_by: 4h`) would make every turn's result a new one.
    """
    said = {key: value for key, value in to_json(result).items() if key not in ("as_of", "cost")}
    messages = said.get("messages", ())
    said["messages"] = [{k: v for k, v in one.items() if k != "answer_by"} for one in messages]
    said["actions"] = [{k: v for k, v in one.items() if k != "lapses"} for one in said.get("actions", ())]
    return hashlib.sha256(_dump(said).encode()).hexdigest()


def _dump(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def to_json(result: Result) -> dict[str, Json]:
    """Return the whole result as JSON, with the keys that a holder may give and only those it gave."""
    kept: dict[str, Json] = {
        "headline": result.headline,
        "as_of": _time(result.as_of),
        "items": items_json(result.items),
        "scorecard": scorecard_json(result.scorecard),
        "messages": [_message(one) for one in result.messages],
        "actions": [
            {**_part(one, {"kind": one.kind, "about": one_or_list(one.about)}), **_lapses(one)}
            for one in result.actions
        ],
        "keep": list(result.keep),
        "withdraw": list(result.withdraw),
        "escalate": [_escalate(one) for one in result.escalate],
        "body": result.body,
        "claims_added": result.claims_added,
    }
    said = {key: value for key, value in kept.items() if value not in _NOTHING}
    if result.claims is not None:
        said["claims"] = [_claim(one) for one in result.claims]
    if result.cost is not None:
        said["cost"] = _given(settle(result.cost.model_dump()))
    return said


_NOTHING: tuple[Json, ...] = (None, "", [], {}, False)


def _given(values: Mapping[str, Json]) -> dict[str, Json]:
    # By identity and type, since 0 == False: a confidence of 0 and a cost of 0 were given.
    return {
        key: value for key, value in values.items() if type(value) in (int, float) or value not in _NOTHING
    }


def items_json(items: Sequence[Item]) -> list[Json]:
    """Return items as they stand in a state."""
    return [_part(one, {"about": one.about, "kind": one.kind}) for one in items]


def scorecard_json(scorecard: Mapping[str, Value]) -> dict[str, Json]:
    """Return values as they stand in a state: a number, or a mapping where there is more to say."""
    return {name: _value(scorecard[name]) for name in sorted(scorecard)}


def _value(value: Value) -> Json:
    number = _plain_number(value.value)
    more = _given({"as_of": _time(value.as_of), "evidence": value.evidence})
    return {"value": number, **more} if more else number


def _plain_number(value: Decimal) -> int | float | str:
    """The number as JSON has it exactly; a text where JSON has no such number."""
    if abs(value) <= SAFE_INTEGER:
        if value == value.to_integral_value():
            return int(value)
        if Decimal(repr(float(value))) == value:
            return float(value)
    return format(value, "f")


def _part(part: Item | ActionGiven, first: dict[str, Json]) -> dict[str, Json]:
    more = {"because": part.because, "confidence": settle(part.confidence), "with": part.with_}
    return _given({**first, **more})


def _lapses(one: ActionGiven) -> dict[str, Json]:
    return {"lapses": _time(one.lapses)} if one.lapses else {}


def _message(one: MessageGiven) -> dict[str, Json]:
    last = {"answer_by": _time(one.answer_by), "reply_to": one.reply_to, "with": one.with_, "body": one.body}
    about = one_or_list(one.about)
    return _given({"to": one.to, "type": one.type, "about": about, "subject": one.subject, **last})


def _claim(one: ClaimGiven) -> dict[str, Json]:
    return _given({"about": one.about, "until": _time(one.until), "because": one.because})


def _escalate(one: EscalateGiven) -> dict[str, Json]:
    about = one_or_list(one.about)
    return _given({"about": about, "because": one.because, "options": list(one.options)})


def _time(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def from_json(value: Mapping[str, Json], now: datetime) -> Result:
    """Make a result of what `to_json` gave; its times are not judged again. Raises Unreadable."""
    return checked(Result, value, Reading(now, trusted=True))
