"""Grammar: what each kind of text in fleet.yaml is, in words and as a pattern that editors can check.

A pattern takes all that the reader of its kind takes, and hardly more; `fleet check` has the last word.
They are written for ECMA 262, as JSON Schema wants them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from fleet.core.read import key
from fleet.core.read.values import ACTION_KIND, METRIC, SECRET, SUBJECT_KIND
from fleet.core.target import AMOUNT, USD

if TYPE_CHECKING:
    from fleet.core.codec import Json

AGENTS = ("run", "python", "llm", "coding_agent", "a2a")
"""The keys of a seat by which an outside program holds it: `read.seat.KINDS` but for `person`."""
TURNS = 10_000
"""`read.whole.MOST_TURNS`, which is not imported since it brings the whole reader along."""

# What an editor's YAML makes of a plain scalar that is a text to fleet: `yes`, `3` and `10:00` among them.
PLAIN = ("string", "number", "boolean")
NAMED = ("string", "boolean")  # `on` and `no` can be names, and are no texts to some readers of YAML

_SPAN = "[1-9][0-9]{0,9}(?:[smhdw]| [smhdw]| (?:second|minute|hour|day|week)s?)"
_PER = "(?: a (?:day|week|month))?"
_SEAT = "[a-z][a-z0-9-]{0,39}"
_TIME = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_AND = "(?: *, *(?:and +)?| +and +)"
_DAY = "(?:mon|tues|wednes|thurs|fri|satur|sun)days"
_NTH = "(?:[0-9]{1,2}(?:st|nd|rd|th)|last +day|last +workday|first +workday)"
_DAYS = f"(?:weekdays|weekends|every +day|{_DAY}(?:{_AND}{_DAY})*|the +{_NTH} +of +the +month)"
_CADENCE = "|".join(
    (
        f"{_DAYS} +at +{_TIME}(?:{_AND}{_TIME})*",
        f"every +[1-9][0-9]{{0,3}}[mh](?: +from +{_TIME} +to +{_TIME})?(?: +on +{_DAYS})?",
        "when +(?:mail +arrives|an +escalation +arrives|asked)",
        f"when +{_SEAT} +publishes",
        "when +\\S.* +changes",
        "cron: *\\S.*",
    )
)
_SHORT = "(?:mon|tue|wed|thu|fri|sat|sun)"
_WORKDAYS = f"{_SHORT}(?:-{_SHORT})?(?:{_AND}{_SHORT}(?:-{_SHORT})?)*"
_DATE = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_INSIDE = "(?![/~])(?!(?:.*/)?\\.\\.(?:/|$))"  # a path that stays in the fleet folder


class Grammar(NamedTuple):
    """One kind of text: in words, as a part of the JSON Schema, and what `fleet explain` has on it."""

    says: str
    schema: dict[str, Json]
    more: str = ""


def _text(pattern: str, says: str, more: str = "", types: tuple[str, ...] = ("string",)) -> Grammar:
    schema = {
        "type": list(types) if types[1:] else types[0],
        "pattern": f"^(?:{pattern})$",
        "errorMessage": f"not {says}",
    }
    return Grammar(says, schema, more)


def _number(pattern: str, says: str, **bounds: int) -> Grammar:
    schema: dict[str, Json] = {"type": ["integer", "string"], "pattern": f"^(?:{pattern})$", **bounds}
    return Grammar(says, {**schema, "errorMessage": f"not {says}"})


_ANY: dict[str, Json] = {"type": list(PLAIN), "pattern": "\\S"}
_DAYS_OF_WORK = _text(_WORKDAYS, "days from mon to sun (mon-fri)", "days")

GRAMMARS: dict[str, Grammar] = {
    "text": Grammar("a text", _ANY),
    "span": _text(_SPAN, "a span of time (15m or 24h)", "span"),
    "money": _text(f"{USD}{_PER}", "money ($4 a day)", "money"),
    "missed": _text(
        f"skip|run once|run all|run once if under {_SPAN} late",
        "skip, run once [if under SPAN late] or run all",
        "missed",
    ),
    "retries": _number("[0-9]{1,9}", "a whole number from 0 to 100", minimum=0, maximum=100),
    "turns": _number(
        "[0-9]{1,9}", f"a whole number from 1 to {TURNS}", minimum=1, maximum=TURNS
    ),
    "count": _number(
        f"(?:0|[1-9][0-9]{{0,8}}){_PER}(?: each)?", "a count (1 a day each)", minimum=0, maximum=999_999_999
    ),
    "target": _text(
        f"(?:at least|at most) {AMOUNT}{_PER}|between {AMOUNT} and {AMOUNT}|every workday|all|none",
        "a target (at least 80%)",
        "target",
    ),
    "cadence": _text(_CADENCE, "a cadence (weekdays at 07:15)", "cadence"),
    "cron": _text("[^ ]+(?: +[^ ]+){4}", "five cron fields"),
    "command": Grammar(
        "a command, or the list of its words",
        {"type": [*PLAIN, "array"], "pattern": "\\S", "items": {"type": list(PLAIN)}},
    ),
    "path": _text(f"{_INSIDE}.+", "a path in the fleet folder", types=PLAIN),
    "file": _text(f"{_INSIDE}[^*]+", "the path of one file in the fleet folder", types=PLAIN),
    "yaml": _text(f"{_INSIDE}.+\\.ya?ml", "the path of YAML files in the fleet folder"),
    "address": _text("https?://[^\\s/?#@]+(?:[/?#]\\S*)?", "an address (http://HOST/PATH)"),
    "seat": _text(_SEAT, "a seat", types=NAMED),
    "step": _text(f"{_SEAT}|answers_to|wait {_SPAN}", "a seat, answers_to, or wait SPAN", types=NAMED),
    "action": _text(ACTION_KIND.pattern, "an action kind (mail.send)", types=NAMED),
    "kind": _text(SUBJECT_KIND.pattern, "a kind of subject (account)", types=NAMED),
    "metric": _text(METRIC.pattern, "a metric (calls_a_day)", types=NAMED),
    "never": _text(
        f"{ACTION_KIND.pattern}|{SUBJECT_KIND.pattern}:\\S.*",
        "an action kind (crm.delete) or a subject (account:acme)",
        types=NAMED,
    ),
    "secret": _text(SECRET.pattern, "the name of a secret (CRM_TOKEN)", types=NAMED),
    "outer path": _text("/.+", "an absolute path (/run/secrets/crm)", types=PLAIN),
    "credential": _text("[A-Za-z0-9_.@-]{1,128}", "the name of a credential (crm-token)", types=NAMED),
    "header": _text("[A-Za-z0-9!#$%&'*+.^_`|~-]+", "a header of HTTP"),
    "header value": Grammar("a text", _ANY),
    "name": _text("[a-z][a-z0-9_-]{0,39}", "a name", types=NAMED),
    "field": _text("[A-Za-z][A-Za-z0-9_-]{0,39}", "the name of a field"),
    "field type": Grammar(
        "text, number, time, subject, or the list of its words",
        {"anyOf": [{"enum": ["text", "number", "time", "subject"]},
                   {"type": "array", "items": {"type": list(PLAIN)}, "minItems": 1}]},
    ),
    "subject": _text("[^\\s:]+:\\S.*", "a subject (account:acme)", "subject"),
    "expectation": _text(f"allow|hold|refuse|passes|ask {_SEAT}", "a ruling, or passes where the rule says nothing"),
    "moment": _text(
        f"{_DATE}(?:[T ]{_TIME}(?::[0-5][0-9])?(?:Z|[+-]{_TIME})?)?|{_SPAN}",
        "an instant (2026-11-23T10:00) or a span (3h)",
    ),
    "share": Grammar(
        "a number from 0 to 1",
        {"type": ["number", "string"], "pattern": "^(?:0?\\.[0-9]+|0|1(?:\\.0+)?)$", "minimum": 0, "maximum": 1,
         "errorMessage": "not a number from 0 to 1"},
    ),
    "measure": _text(f"{_SEAT}\\.{METRIC.pattern}", "a seat and its metric (tally.ad_spend_usd)"),
    "any name": _text("\\S.*", "a name", types=PLAIN),
    "anything": Grammar("any value, as JSON has it", {}),
    "condition": Grammar("a CEL expression", _ANY),
    "ruling": _text(f"allow|hold|refuse|ask {_SEAT}", "allow, hold, refuse or ask PERSON"),
    "place": _text("(?:/|~/)[^*]+", "a path outside the fleet (/opt/tools)"),
    "size": _text("[1-9][0-9]{0,5} ?[MG]B", "a size of memory (2GB)"),
    "port": _number("[1-9][0-9]{0,4}", "a port from 1 to 65535", minimum=1, maximum=65535),
    "processes": _number("[0-9]{1,9}", "a whole number from 1 to 100000", minimum=1, maximum=100_000),
    "files": _number("[0-9]{1,9}", "a whole number from 16 to 1000000", minimum=16, maximum=1_000_000),
    "user": _text("[a-z_][a-z0-9_-]{0,31}", "a user of this machine"),
    "date": _text(_DATE, "a date (2026-04-13)"),
    "holiday": _text(f"{_DATE}|[A-Za-z].*", "a date (2026-12-25) or a region (US-NY)", types=NAMED),
    "workdays": Grammar(
        _DAYS_OF_WORK.says,
        {"anyOf": [_DAYS_OF_WORK.schema, {"type": "array", "items": _DAYS_OF_WORK.schema}]},
        "days",
    ),
    "zone": _text("[A-Za-z0-9_+/-]+", "a time zone (America/New_York)"),
}  # fmt: skip


def say_kind(kind: key.Kind) -> str:
    """Say what may stand as a value: `a seat or a map; or a list of such`."""
    match kind:
        case key.Keys():
            return "a map"
        case key.Word(words):
            return " or ".join([", ".join(words[:-1]), words[-1]])
        case key.Some(item):
            return f"{say_kind(item)}; or a list of such"
        case key.Each(shown=shown, value=value):
            return f"a map of {shown} to {say_kind(value)}"
        case key.Either(kinds):
            return " or ".join(map(say_kind, kinds))
        case _:
            return GRAMMARS[kind].says
