"""Situation: the keys of an example of a rule, and of what stands in it."""

from __future__ import annotations

from fleet.core.message import TYPES
from fleet.core.read.key import Each, Key, Some, Word, tabled

_YES_NO = Word(("yes", "no"))
_NOTHING = "nothing is said"

_WITH = Key("with", Each("any name", "FIELD", "anything"), "Its further fields; what is not in quotes is read as JSON.",
            "none", "with: {amount: 3000, currency: usd}", "payload data fields params args")  # fmt: skip
_BECAUSE = Key("because", "text", "The reason that is given.", _NOTHING, "because: spend fell", "reason why")
_CONFIDENCE = Key("confidence", "share", "How sure the seat is, from 0 to 1.", _NOTHING, "confidence: 0.9",
                  "certainty probability")  # fmt: skip
_OUTSIDE = Key("outside", _YES_NO, "Whether strangers' text went into it.", "no", "outside: yes",
               "untrusted external tainted")  # fmt: skip

STATE_ITEM = tabled(
    "an item of a state",
    Key("about", "subject", "Its subject.", _NOTHING, "about: account:acme", "on target"),
    Key("kind", "text", "What it is.", _NOTHING, "kind: billing-dispute", "type"),
    _BECAUSE, _CONFIDENCE, _WITH,
)  # fmt: skip

_ABOUT_CLAIM = Key("about", "subject", "The subject.", "the first that the action is about", "about: account:acme",
                   "subject on target")  # fmt: skip
_UNTIL = Key(
    "until", "moment", "When it runs out: an instant, or in how long.", "never", "until: 2h", "expires ends"
)

STATE_CLAIM = tabled("a claim of a state", _ABOUT_CLAIM, _UNTIL, _BECAUSE)

STATE = tabled(
    "a state of an example",
    Key("headline", "text", "Its first line.", _NOTHING, "headline: all is well", "title summary"),
    Key("turn", "text", "The turn that published it.", "t-1", "turn: t-8799"),
    Key("written", "moment", "When it was published: an instant, or how long ago.", "now", "written: 2h",
        "published at"),
    Key("as_of", "moment", "When its data was true: an instant.", _NOTHING, "as_of: 2026-11-23T06:00", "true_at"),
    Key("age", "span", "How long ago its data was true, in place of `as_of`.", _NOTHING, "age: 3h", "ago old"),
    Key("good_until", "moment", "How long it holds: an instant, or in how long.", "for ever", "good_until: 2h",
        "expires valid_until"),
    _OUTSIDE,
    Key("stale", Some("text"), "Which of its own inputs were stale or missing.", "none", "stale: [dash]", "missing"),
    Key("items", Some(STATE_ITEM), "Its items.", "none",
        "items: [{kind: billing-dispute, about: account:acme}]", "item list entries"),
    Key("claims", Some(STATE_CLAIM), "What it claimed when it was published.", "nothing",
        "claims: [{about: account:acme}]", "claim"),
    Key("scorecard", Each("metric", "METRIC", "anything"), "The values that it reported.", "none",
        "scorecard: {overdue_usd: 1200}", "metrics values"),
)  # fmt: skip

CLAIM = tabled(
    "a claim of an example",
    Key("seat", "seat", "Who claims it.", "", "seat: pulse", "by who", needed="always"),
    _ABOUT_CLAIM,
    Key("since", "moment", "From when: an instant, or how long ago.", "now", "since: 2h", "start begins"),
    _UNTIL, _BECAUSE,
)  # fmt: skip

MAIL = tabled(
    "a message of an example",
    Key("from", "seat", "Who wrote it; `operator` for one that was dropped by hand.", "", "from: pulse",
        "sender by", needed="always"),
    Key("type", Word(TYPES), "Its type.", "INFORM", "type: REQUEST", "kind"),
    Key("about", Some("subject"), "What it is about.", "nothing", "about: account:acme", "on target"),
    Key("subject", "text", "Its subject line.", _NOTHING, "subject: Acme called", "title"),
    Key("id", "text", "Its id.", "m- and its place in the list", "id: m-2198"),
    Key("sent", "moment", "When it was sent: an instant, or how long ago.", "now", "sent: 2h", "at date"),
    _OUTSIDE,
    Key("hop", "retries", "How many messages led to it.", "0", "hop: 2", "hops"),
)  # fmt: skip

TOUCHED = tabled(
    "a touch of an example",
    Key("seat", "seat", "Who acted.", "", "seat: pulse", "by who", needed="always"),
    _ABOUT_CLAIM,
    Key("ago", "span", "How long ago.", "just now", "ago: 3d", "age since at"),
)  # fmt: skip

EXAMPLE = tabled(
    "an example",
    Key("expect", "expectation", "What the rule says of it: its ruling, or `passes` where it says nothing.", "",
        "expect: hold", "expected verdict then result is", needed="always"),
    Key("about", Some("subject"), "What the action is about.", "nothing", "about: account:acme",
        "on target"),
    Key("subjects", Some("subject"), "To what that belongs.", "nothing else",
        "subjects: account:acme", "of belongs_to owner"),
    Key("seat", "seat", "Who acts.", "the rule's first seat; else the first that may do it", "seat: dirk",
        "agent who by"),
    Key("kind", "action", "The action kind.", "the rule's first; else the first that the seat may do",
        "kind: crm.offer", "action do"),
    Key("turn", "text", "The turn that offered it.", "t-1", "turn: t-8810"),
    _WITH, _BECAUSE, _CONFIDENCE,
    Key("outside", _YES_NO, "Whether its turn had read text that strangers can write.", "no", "outside: yes",
        "untrusted external tainted"),
    Key("as_asked", _YES_NO, "Whether it repeats word for word what a seat asked for in a message that no stranger "
        "can have written.", "no", "as_asked: yes", "asked verbatim"),
    Key("offered", "moment", "When it was offered: an instant, or how long ago.", "now", "offered: 2h"),
    Key("tries", "retries", "How often it was begun already.", "0", "tries: 1", "attempts"),
    Key("state", Each("seat", "SEAT", STATE), "The states of seats.", "none is published",
        "state: {janine: {items: [{kind: billing-dispute, about: account:acme}]}}", "states published"),
    Key("claims", Some(CLAIM), "The claims that stand.", "none", "claims: [{seat: pulse, about: account:acme}]",
        "claim claimed"),
    Key("mail", Some(MAIL), "What the seat has not read.", "none",
        "mail: [{from: pulse, type: INFORM, about: account:acme}]", "inbox messages message letters"),
    Key("metric", Each("measure", "SEAT.METRIC", "anything"), "The last values of metrics.",
        "none is told", "metric: {tally.ad_spend_usd: 3000}", "metrics scorecard values"),
    Key("touched", Some(TOUCHED), "Which seats acted on what, and when.", "none did",
        "touched: [{seat: pulse, about: account:acme, ago: 3d}]", "touches touch acted"),
    Key("now", "moment", "The moment of judging: an instant.", "a Monday at 10:00 in the fleet's zone",
        "now: 2026-11-23T10:00", "at time date"),
)  # fmt: skip
