"""Asks: what the conditions of rules ask that is not there, that may be missing, or that never changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fleet.core.bounds import KIND
from fleet.core.expr import Expr
from fleet.core.lexicon import SORTS
from fleet.core.literal import Atom
from fleet.core.message import TYPES
from fleet.core.post import NO_SEATS
from fleet.core.read.found import Found
from fleet.core.read.looked import Looked
from fleet.core.subject import fold_subject
from fleet.core.truth import Unclear, alike, key_of, possible
from fleet.core.unsure import missing, unsure
from fleet.errors import Unreadable

_MAYBE = {(sort, word.name) for sort, words in SORTS.items() for word in words if word.maybe}
_SUBJECTS = (("action", "about"), ("items", "about"), ("claims", "about"), ("letters", "about"))
_NAMED = {
    ("action", "kind"): "action kind",
    ("action", "seat"): "seat",
    ("state", "seat"): "seat",
    ("claims", "seat"): "seat",
    ("letters", "from"): "sender",
    ("letters", "type"): "message type",
}


def asks(one: Looked, found: Found) -> None:
    """Note what a rule asks that its writer did not mean."""
    if one.tree is None:
        return
    told = set[str]()
    for part, const, starts in _compared(one.tree):
        value = str(const.value)
        if value not in told and (_name(one, part, const, found, starts=starts)):
            told.add(value)
    _missing(one, one.tree, found)
    _doubtful(one, one.tree, found)


def _compared(condition: Expr) -> Iterator[tuple[Expr, Expr, bool]]:
    """List what is compared with which texts, and whether it only begins so; of `touches` its two names."""
    for node in condition.walk():
        if node.kind != "call":
            continue
        pairs: list[tuple[Expr, Expr]] = []
        if node.name in ("_==_", "_!=_"):
            pairs = [(node.parts[0], node.parts[1]), (node.parts[1], node.parts[0])]
        elif node.name == "@in" and node.parts[1].kind == "list":
            pairs = [(node.parts[0], value) for value in node.parts[1].parts]
        elif node.name == "startsWith":
            pairs = [(node.parts[0], node.parts[1])]
        elif node.name == "touches":
            pairs = [
                (Expr("field", part.start, name, of=of), part)
                for part, (of, name) in zip(
                    node.parts, (("items", "about"), ("claims", "seat")), strict=False
                )
            ]
        for part, const in pairs:
            if const.kind == "const" and isinstance(const.value, str):
                yield part, const, node.name == "startsWith"


def _name(one: Looked, part: Expr, const: Expr, found: Found, *, starts: bool) -> bool:
    """Note a name that the chart does not have: of a kind, a seat, a sender, a type or a kind of subjects."""
    asked = ("action", "seat") if (part.kind, part.name) == ("name", "seat") else (part.of, part.name)
    if part.kind not in ("field", "name"):
        return False
    if asked in _SUBJECTS:
        return _subject(one, asked, const, found, starts=starts)
    if asked not in _NAMED or starts:
        return False
    value = str(const.value)
    known = tuple(one.chart.seats) if asked == ("action", "seat") else _known(one, _NAMED[asked])
    if value in known:
        return False
    what = f"the rule {one.rule.name} compares with {value!r}, and there is no such {_NAMED[asked]}"
    return _warn(one, const, found, what, tries=found.close(value, known))


def _known(one: Looked, what: str) -> tuple[str, ...]:
    chart = one.chart
    seats = (*chart.seats, *chart.retired)
    return {
        "action kind": (*chart.actions, KIND),
        "seat": seats,
        "sender": (*seats, *NO_SEATS),
        "message type": TYPES,
    }[what]


def _subject(one: Looked, asked: tuple[str, str], const: Expr, found: Found, *, starts: bool) -> bool:
    """Note a subject that no action of the rule is about, or that is none since it says no kind."""
    value = str(const.value)
    about = _about(one) if asked[0] == "action" else {}
    kind, colon, name = value.partition(":")
    if not colon:
        if not kind or (starts and (not about or any(known.startswith(kind) for known in about))):
            return False
        what = f"the rule {one.rule.name} compares a subject with {value!r}, and a subject is KIND:NAME"
        return _warn(
            one, const, found, what, tries=[f"{known}:{value}" for known in about or _kinds(one)][:3]
        )
    folded = _folded(value)
    if folded not in (value, "") and not starts:
        what = f"the rule {one.rule.name} compares a subject with {value!r}, which is never written so"
        return _warn(one, const, found, what, tries=[folded])
    if not about or kind in about:
        return False
    what = f"the rule {one.rule.name} compares a subject with {value!r}, and none is of that kind"
    why = f"what it is for is about {' or '.join(about)}"
    return _warn(one, const, found, what, why, [f"{known}:{name}" for known in found.close(kind, about)])


def _folded(value: str) -> str:
    """Write a subject as all of them are written; "" for what can be none."""
    try:
        return fold_subject(value)
    except Unreadable:
        return ""


def _kinds(one: Looked) -> dict[str, None]:
    return {about: None for kind in one.chart.actions.values() for about in kind.about}


def _about(one: Looked) -> dict[str, None]:
    """Name the kinds of subjects that a rule can be asked about; nothing where that is not known."""
    chart, about = one.chart, dict[str, None]()
    for kind in one.kinds:
        if kind not in chart.actions or not chart.actions[kind].about:
            return {}
        about |= dict.fromkeys(chart.actions[kind].about)
    for name in list(about):
        while name in chart.subjects and chart.subjects[name].of not in about:
            name = chart.subjects[name].of
            about[name] = None
    return about


def _warn(
    one: Looked, const: Expr, found: Found, what: str, why: str = "", tries: Iterable[str] = ()
) -> bool:
    place = one.spot(const.start, str(const.value))
    found.say("F266", place, what, why=why, tries=tuple(tries), level="warning")
    return True


def _missing(one: Looked, condition: Expr, found: Found) -> None:
    """Note what may be missing and is asked without a look whether it is there."""
    lacks, told = _lacks(condition), set[str]()
    for node, same in zip(condition.walk(), alike(condition).walk(), strict=True):
        if node.kind != "field" or (node.of, node.name) not in _MAYBE or key_of(node) in told:
            continue
        if missing(same) not in lacks:
            continue
        told.add(key_of(node))
        path = one.rule.condition[_base(node).start : node.start + 1 + len(node.name)]
        what = f"the rule {one.rule.name} asks for {path}, which is not always there"
        why = "where it is missing, the rule cannot be answered, and refuses"
        place = one.spot(node.start, node.name)
        found.say("F269", place, what, why=why, tries=(f"has({path}) && ..",), level="warning")


def _lacks(condition: Expr) -> set[Atom]:
    """Name what a condition may ask for while it is missing: what `has` asks of it, and no other part decides."""
    like = alike(condition)
    try:
        found = possible(unsure(like, of_entries=True))
    except Unclear:  # too long to say: what is asked about nowhere
        asked = {missing(node) for node in like.walk() if node.kind == "has"}
        return {missing(node) for node in like.walk() if node.kind == "field"} - asked
    return {atom for clause in found for atom, met in clause if not met}


_ANSWERED = ("_&&_", "_||_", "!_")


def _doubtful(one: Looked, condition: Expr, found: Found) -> None:
    """Note what must be yes or no, and may be anything that its writer put there."""
    for node in condition.walk():
        asked = node.parts if node.name in _ANSWERED else node.parts[:1] if node.name == "_?_:_" else ()
        for part in (*asked, *((node,) if node is condition else ())):
            if node.kind != "call" and node is not condition or not _is_free(part):
                continue
            path = one.rule.condition[_base(part).start : _end(one, part)]
            what = f"the rule {one.rule.name} takes {path} for yes or no, and it may be anything"
            why = "where it is something else, the rule cannot be answered, and refuses"
            place = one.spot(_base(part).start, path)
            found.say(
                "F272",
                place,
                what,
                why=why,
                tries=(f"{path} {'> 0' if path.startswith('metric') else '== true'}",),
                level="warning",
            )


def _end(one: Looked, node: Expr) -> int:
    if node.kind == "field":
        return node.start + 1 + len(node.name)
    return one.rule.condition.find("]", node.parts[1].start) + 1


def _base(node: Expr) -> Expr:
    while node.parts:
        node = node.parts[0]
    return node


def _is_free(node: Expr) -> bool:
    """Say whether a part is one value of a payload, of an item's further fields, of a scorecard, or of a metric."""
    indexed = node.kind == "call" and node.name == "_[_]" and node.parts[1].kind == "const"
    if not indexed and node.kind != "field":
        return False
    inner = node.parts[0]
    free = inner.kind == "field" and inner.name in ("with", "scorecard") and bool(inner.of)
    return free or (inner.kind, inner.name) == ("name", "metric") or _is_free(inner)


def unending(one: Looked, found: Found) -> None:
    """Note a hold that looks only at what the action is offered with, so that no later look says otherwise."""
    rule = one.rule
    if rule.then != "hold" or one.tree is None or not one.is_fixed:
        return
    always = one.tree.kind == "const"
    so = (
        "it has no condition, so nothing ends it"
        if always
        else "nothing that its condition looks at ever changes"
    )
    what = f"what {rule.name} holds stays held: {so}"
    why = "a hold ends once its rule is not met any more"
    person = next((seat.id for seat in one.chart.seats.values() if seat.holder.is_person), "PERSON")
    tries = ("then: refuse", f"then: ask {person}")
    found.say("F270", one.at("then"), what, why=why, tries=tries, level="warning")
