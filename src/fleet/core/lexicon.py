"""Lexicon: all that the condition of a rule can speak of, as one table, for the checker and the pages."""

from __future__ import annotations

from typing import Literal

from fleet.core.frozen import dataclass

TEXT_MAX = 2048
"""Characters in a condition."""
NO_JOINS = """\
name: fleet
stdlib:
  exclude_functions:
  - name: "_+_"
    overloads: [{id: add_string}, {id: add_bytes}]
"""
"""For CEL: texts are not joined; doubled often enough, they would fill any memory. Lists are, by its macros only."""

Sort = Literal[
    "text", "texts", "number", "yes or no", "instant", "map", "state", "items", "claims", "letters", "action",
    "states", "metrics",
]  # fmt: skip
"""What a word stands for. A `number` may be whole or not; a `map` holds whatever its writer put there."""


@dataclass(frozen=True, slots=True)
class Word:
    """One name, what it stands for, and what it says. `maybe` is not always there: `has(..)` tells."""

    name: str
    sort: Sort
    says: str
    maybe: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """One function: how it is called, and what it gives."""

    name: str
    shape: str
    says: str


ACTION = (
    Word("kind", "text", "the action kind, as `crm.offer`"),
    Word("seat", "text", "the seat that offered it"),
    Word("turn", "text", "the turn in which it did"),
    Word(
        "about",
        "text",
        'one subject, as `account:acme`; the rule is asked once for each, "" where there is none',
    ),
    Word("subjects", "texts", "all that it is about, and all to which that belongs"),
    Word("with", "map", "its payload"),
    Word("because", "text", 'the seat\'s reason; "" if it gave none'),
    Word("confidence", "number", "how sure the seat is, from 0 to 1", maybe=True),
    Word("outside", "yes or no", "its turn had read text that strangers can write"),
    Word(
        "as_asked",
        "yes or no",
        "it repeats word for word what a seat asked for in a message that no stranger can have written",
    ),
    Word("offered", "instant", "when it was offered"),
    Word("tries", "number", "how often it was begun already"),
)
ITEM = (
    Word("about", "text", 'its subject; "" where there is none'),
    Word("kind", "text", 'what it is, as `anomaly`; ""'),
    Word("because", "text", 'its reason; ""'),
    Word("confidence", "number", "how sure the seat is", maybe=True),
    Word("with", "map", "its further fields"),
)
CLAIM = (
    Word("seat", "text", "who claims it"),
    Word("about", "text", "the subject"),
    Word("since", "instant", "from when"),
    Word("until", "instant", "when it runs out", maybe=True),
    Word("because", "text", 'the reason; ""'),
)
STATE = (
    Word("seat", "text", "whose it is"),
    Word("turn", "text", "the turn that published it"),
    Word("headline", "text", 'its first line; ""'),
    Word("written", "instant", "when it was published"),
    Word("as_of", "instant", "when its data was true", maybe=True),
    Word("good_until", "instant", "how long it holds", maybe=True),
    Word(
        "fresh",
        "yes or no",
        "it still holds; a rule is asked only while it does, else the action is held",
    ),
    Word("outside", "yes or no", "it was made from text that strangers can write"),
    Word("stale", "texts", "which of its own inputs were stale or missing"),
    Word("items", "items", "its items"),
    Word("claims", "claims", "what it claimed when it was published"),
    Word("scorecard", "map", "the values it reported, by metric"),
)
LETTER = (
    Word("id", "text", "the message"),
    Word("type", "text", "REQUEST, INFORM, PROPOSAL, RESPONSE, CHALLENGE or ESCALATION"),
    Word("from", "text", "who wrote it, as the runtime stamped it"),
    Word("about", "text", 'one subject; a message about two stands here twice; ""'),
    Word("subject", "text", "its subject line"),
    Word("sent", "instant", "when it was sent"),
    Word("outside", "yes or no", "strangers may have written it"),
    Word("hop", "number", "how many messages led to it"),
)
VARIABLES = (
    Word("action", "action", "the action that is judged"),
    Word("seat", "text", "the seat that acts; the same as `action.seat`"),
    Word("state", "states", 'the published state of a seat, by its name in quotes: `state["pulse"]`'),
    Word("mail", "letters", "what the seat has not read, or is reading now"),
    Word("claims", "claims", "all claims that stand on the action's subjects, of whichever seat"),
    Word(
        "metric",
        "metrics",
        'the last value of a metric, of this week or the last: `metric["pulse.clients_green"]`',
    ),
    Word("now", "instant", "the moment of judging"),
)
CALLS = (
    Call("touches", 'touches(action.about, "pulse", "30 days")',
         "whether a seat has acted on a subject within a span, or may have: done, running or unknown"),
    Call("age", 'age(state["dash"])', "how long ago an instant was; of a state, since its data was true"),
    Call("span", 'span("26h")', "a span of time, in the words of fleet.yaml: `90m`, `26h`, `30 days`"),
)  # fmt: skip
SORTS: dict[str, tuple[Word, ...]] = {
    "action": ACTION, "state": STATE, "items": ITEM, "claims": CLAIM, "letters": LETTER,
}  # fmt: skip
"""The fields of what has fields: of a list, those of each entry."""
