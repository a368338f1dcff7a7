"""Keys: which may stand where in a script, and what people write instead of them."""

from __future__ import annotations

from collections.abc import Mapping

from fleet.core.message import TYPES
from fleet.core.read.keys import Keys
from fleet.core.record import KINDS


def _keys(where: str, names: str, **meanings: str) -> Keys:
    words = {word: ours for ours, others in meanings.items() for word in others.split()}
    return Keys(where, frozenset(names.split()), words)


SCRIPT = _keys(
    "a script",
    "scene from for seed act fresh leave_out serve steps",
    **{"from": "start begin since date", "for": "span during length days", "steps": "do script play events"},
    scene="title name",
    leave_out="exclude skip without",
    serve="servers server",
)

VERBS: Mapping[str, Keys] = {
    "run": _keys(
        "`run`",
        "program exit says limit",
        program="command argv cmd run",
        says="has prints output",
        limit="timeout",
    ),
    "drop": _keys("`drop`", "file to name text", to="seat into", text="body"),
    "publish": _keys(
        "`publish`",
        "seat until file text headline as_of items claims scorecard messages actions escalate body",
        seat="as who",
    ),
    "wake": _keys("`wake`", "seat because as", **{"as": "by"}),
    "send": _keys(
        "`send`",
        "to as type about subject body reply_to answer_by",
        body="text message",
        **{"as": "from person by"},
    ),
    "approve": _keys("`approve`", "id seat kind about as with because answer", kind="action", **{"as": "by"}),
    "deny": _keys("`deny`", "id seat kind about as because", kind="action", **{"as": "by"}),
    "pause": _keys("`pause`", "what for as because", what="seat subject kind", **{"as": "by"}),
    "resume": _keys("`resume`", "what as because", what="seat subject kind", **{"as": "by"}),
    "edit": _keys("`edit`", "file replace with text", file="path in", replace="find old", text="content"),
    "apply": _keys("`apply`", "as because", **{"as": "by"}),
    "kill": _keys("`kill`", "during for what", during="while when in", what="who"),
    "say": _keys("`say`", "text"),
}
"""What each verb of a step may be given."""

FIRST: Mapping[str, str] = {
    "run": "program",
    "drop": "file",
    "publish": "seat",
    "wake": "seat",
    "send": "to",
    "approve": "id",
    "deny": "id",
    "pause": "what",
    "resume": "what",
    "edit": "file",
    "apply": "because",
    "kill": "what",
    "say": "text",
}
"""What a verb's value is where it is one text and no map: `wake: dirk`."""

MUST: Mapping[str, tuple[str, ...]] = {
    "run": ("program",),
    "publish": ("seat",),
    "wake": ("seat",),
    "send": ("to",),
    "deny": ("because",),
    "say": ("text",),
}

FACTS: Mapping[str, Keys] = {
    "state": _keys(
        "an expected state",
        "seat turn headline body as_of written good_until fresh items claims scorecard outside stale missing",
    ),
    "message": _keys(
        "an expected message",
        "id from to type about subject body thread reply_to hop outside verified box with",
        to="seat",
        **{"from": "sender"},
    ),
    "escalation": _keys(
        "an expected escalation", "id from to seat matter about subject body box", to="person"
    ),
    "verdict": _keys(
        "an expected verdict",
        "action seat kind about verdict rule place reason evidence person",
        verdict="is ruling then decision outcome",
        action="id",
        reason="because why",
        person="asks",
    ),
    "action": _keys(
        "an expected action",
        "id seat kind about status reason output exit with",
        status="is outcome",
        reason="because why",
    ),
    "turn": _keys(
        "an expected turn",
        "turn seat outcome why headline woken_by attempt resumed exit",
        outcome="is status",
        turn="id",
    ),
    "wake": _keys("an expected wake", "seat slot is reason cause", **{"is": "outcome status"}, slot="at"),
    "claim": _keys("an expected claim", "seat about until because", about="subject"),
    "scorecard": _keys(
        "an expected value", "seat metric value met target as_of held week evidence", metric="name"
    ),
    "approval": _keys("an expected approval", "id seat kind about person", person="to as"),
    "trouble": _keys("an expected trouble", "kind seat says", says="what has"),
    "file": _keys("an expected file", "path text lines missing", path="name"),
    "run": _keys("an expected run", "program exit", program="command"),
    "record": Keys("an expected record", frozenset()),
}
"""What may be expected, and by what it may be described; of a record any key of its data."""

FACT_FIRST: Mapping[str, str] = {
    "state": "seat",
    "message": "to",
    "escalation": "to",
    "verdict": "verdict",
    "action": "status",
    "turn": "seat",
    "wake": "seat",
    "claim": "about",
    "scorecard": "metric",
    "approval": "id",
    "trouble": "kind",
    "file": "path",
    "run": "program",
    "record": "what",
}
_BOX = ("new", "cur", "done", "dead")
_ENDS = ("withdrawn", "lapsed")
WORDS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("message", "box"): _BOX,
    ("message", "type"): TYPES,
    ("escalation", "box"): _BOX,
    ("verdict", "verdict"): ("allow", "hold", "refuse", "ask", "joined", "kept", *_ENDS),
    ("action", "status"): (
        *("offered", "asked", "held", "running", "done", "failed", "unknown", "refused", "denied"),
        *_ENDS,
    ),
    ("turn", "outcome"): ("done", "empty", "failed", "timed out", "deferred", "lost"),
    ("wake", "is"): ("due", "skipped", "missed"),
    ("record", "what"): tuple(sorted(KINDS)),
}
"""The only words that a key of a kind can have: of any other there are none, however many are wanted."""
ANY_SHAPE: Mapping[str, frozenset[str]] = {
    "publish": frozenset(("items", "claims", "scorecard", "messages", "actions", "escalate")),
    "approve": frozenset(("with",)),
}
"""Values of a verb that may be a list or a map; every other is one text, but for those in LISTS."""
LISTS = frozenset(("program", "says", "about"))
"""Values that may be one text, or a list of them."""
ANSWERS = ("again", "happened")
"""What may be said of an action of which nobody knows whether it happened, beside a no."""
SPANS = frozenset(("for", "limit"))
"""Values that are spans of time."""
AROUND = ("count", "since", "has", "because")
"""Keys of an expectation that describe no fact."""
AROUND_TOO = {"contains": "has", "includes": "has", "times": "count"}
"""What people write instead of them."""
STEP = _keys(
    "a step",
    " ".join(("at do note expect", *VERBS)),
    at="when time on sleep wait delay after",
    send="message mail",
    note="because comment why",
    expect="assert check then",
    run="exec command world",
)
