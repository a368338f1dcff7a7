"""The codes of all mistakes in a chart, each with its meaning in one line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from fleet.core.mistake import Mend, Mistake, Place

CODES = {
    "F101": "the file is not YAML",
    "F102": "a tab stands where only spaces may",
    "F103": "the file is too long, or nested too deep",
    "F104": "the file holds bytes or characters that are not text",
    "F105": "a YAML tag; every value is text and needs none",
    "F106": "a YAML anchor or alias; say it where it is meant",
    "F107": "a second YAML document in one file",
    "F108": "a key stands twice in one map",
    "F109": "the file holds no map of keys",
    "F110": "a key is not a text",
    "F111": "an include that cannot be followed",
    "F112": "an include that finds no file",
    "F201": "two seats own one function; one seat, one owner",
    "F202": "an agent without a title",
    "F203": "an agent that answers to nobody",
    "F204": "an agent that owns nothing",
    "F205": "an agent without a metric on the scorecard",
    "F206": "a chain of answers_to that loops",
    "F207": "a chain of answers_to that does not end at a person",
    "F208": "a seat is named that the chart does not have",
    "F209": "a retired seat is named",
    "F210": "a person is needed, and this seat is none",
    "F211": "a seat stands both in seats and in retired",
    "F212": "an action kind is named that is not declared",
    "F213": "an action kind without a runner",
    "F214": "a secret is given both to a seat and to an action",
    "F215": "an escalation that does not end at a person",
    "F216": "a seat with no metric but tokens, latency, uptime or turn counts",
    "F217": "a wake by a path that the seat does not read",
    "F218": "a subject kind that belongs to itself",
    "F219": "a field that only the other kind of holder has",
    "F230": "a state that nobody reads",
    "F231": "a handoff whose receiver does not read its source",
    "F232": "two seats act on one kind of subject and no conflict orders them",
    "F233": "a kind of holder that this version does not start",
    "F234": "a state that a conflict or rule looks at, and that never expires or never holds",
    "F235": "the budgets of the seats exceed the fleet's",
    "F236": "a planned seat with something still to settle",
    "F237": "private data, outside text and outside actions meet in one seat without an approval",
    "F238": "clock times without a timezone",
    "F301": "a span of time cannot be read",
    "F302": "an amount of money cannot be read",
    "F303": "a target cannot be read",
    "F304": "what to do about a missed wake cannot be read",
    "F305": "workdays cannot be read",
    "F306": "a date cannot be read",
    "F307": "no such time zone",
    "F308": "a comma has cut a phrase in two",
    "F309": "an address cannot be read",
    "F310": "a cadence cannot be read",
    "F311": "a cron expression cannot be read",
    "F312": "an at_most cannot be read",
    "F313": "a step of an escalation cannot be read",
    "F314": "a ruling cannot be read",
    "F315": "a command cannot be split into words",
    "F316": "holidays of a region cannot be looked up",
    "F401": "a key that fleet does not know",
    "F402": "a key of a later version of fleet",
    "F403": "a key or an item without a value",
    "F404": "a value of the wrong shape",
    "F405": "a value that is not one of the words possible here",
    "F406": "a name that cannot be one",
    "F407": "a key that must be there is not",
    "F408": "a path that may not be read",
    "F409": "a number out of its range",
    "F410": "two holders of one seat, or two runners of one action",
    "F411": "a name that fleet keeps for itself",
    "F412": "one thing listed twice",
}


def mistake(
    code: str,
    place: Place,
    what: str,
    *,
    why: str = "",
    tries: Sequence[str] = (),
    second: tuple[Place, str] | None = None,
    level: Literal["error", "warning"] = "error",
    mend: Mend | None = None,
) -> Mistake:
    """Make a mistake with a code of the table; `second` is the other place and what stands there."""
    if code not in CODES:
        raise KeyError(code)
    other, other_what = second or (None, "")
    return Mistake(code, place, what, why, tuple(tries), other, other_what, level, mend)
