"""Seat: one entry under `seats`, with the terms of `defaults` where an agent holds it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from fleet.core.cadence import read_missed
from fleet.core.chart import Holder, HolderKind, Metric, PathRead, Permission, Seat, Terms
from fleet.core.mistake import Place
from fleet.core.names import is_seat_id, slug
from fleet.core.node import Entries, Node, Scalar
from fleet.core.read import keys, phrases, values
from fleet.core.read.fields import Fields, entries, fields, wrong_shape
from fleet.core.read.found import Found, is_empty
from fleet.core.read.sandbox import read_sandbox, read_user
from fleet.core.read.when import cadences
from fleet.core.target import read_target

T = TypeVar("T")

KINDS: tuple[HolderKind, ...] = ("run", "python", "llm", "coding_agent", "a2a", "person")
RESERVED = frozenset(("operator", "fleet", "runtime", "answers_to"))
"""Names that fleet keeps: a seat of that name could be taken for it."""

_ENVIRONMENT = frozenset(("PATH", "HOME", "LANG", "TZ"))
"""What every holder gets: docs/files.md, "Environment"."""


NO_TERMS = Terms()


def read_terms(given: Fields, found: Found) -> Terms:
    """Read the terms among the keys of a seat or of `defaults`."""
    return Terms(
        budget=values.money(given.get("budget"), found, "this budget"),
        limit=values.span(given.get("limit"), found, "this limit"),
        skip_if=values.word(given.get("skip_if"), ("never", "nothing new"), found, "skip_if"),
        late_after=values.span(given.get("late_after"), found, "late_after"),
        missed=values.phrase(given.get("missed"), read_missed, found, "F304", "missed"),
        retries=values.whole(given.get("retries"), found, "retries", low=0, high=100),
        good_for=values.span(given.get("good_for"), found, "good_for"),
        input=values.word(given.get("input"), ("markdown", "json"), found, "input"),
        sandbox=read_sandbox(given.get("sandbox"), found),
    )


def read_seat(key: Scalar, node: Node, found: Found, *, defaults: Terms) -> Seat:
    """Read one seat; what was refused is left out of it, and noted."""
    _check_id(key, found)
    given = fields(node, keys.SEAT, found)
    holder = _read_holder(given, node, found)
    seats, paths = _read_reads(given.get("reads"), found)
    seat = Seat(
        id=key.text,
        title=values.text(given.get("title"), found, "title"),
        holder=holder,
        place=key.place,
        answers_to=values.seat_id(given.get("answers_to"), found, "answers_to"),
        owns=_owns(given.get("owns"), found),
        never=read_never(given.get("never"), found),
        when=cadences(given.get("when"), found),
        reads=seats,
        paths=paths,
        can=_read_can(given.get("can"), found),
        scorecard=_read_scorecard(given.get("scorecard"), found),
        user=read_user(given.get("user"), found),
        review=values.phrase(given.get("review"), phrases.read_date, found, "F306", "this date"),
        stand_in=values.text(given.get("stand_in"), found, "stand_in"),
        where=_where(given),
    )
    return _with_terms(seat, read_terms(given, found), defaults if holder.is_agent else NO_TERMS)


def _where(given: Fields) -> dict[str, Place]:
    """Note where stands what verdicts point at."""
    where: dict[str, Place] = {
        name: given[name].place for name in ("can", "never", "budget") if name in given
    }
    can = given.get("can")
    asks = [node for key, node in can.entries if key.text == "ask"] if isinstance(can, Entries) else []
    for ask in asks:
        if isinstance(ask, Entries):
            where |= {f"ask {key.text}": key.place for key, _ in ask.entries}
    return where


def _with_terms(seat: Seat, own: Terms, defaults: Terms) -> Seat:
    """What the seat says, else what `defaults` says, else what Seat says."""
    return replace(
        seat,
        own=own,
        budget=_first(own.budget, defaults.budget, seat.budget),
        limit=_first(own.limit, defaults.limit, seat.limit),
        skip_if=_first(own.skip_if, defaults.skip_if, seat.skip_if),
        late_after=_first(own.late_after, defaults.late_after, seat.late_after),
        missed=_first(own.missed, defaults.missed, seat.missed),
        retries=_first(own.retries, defaults.retries, seat.retries),
        good_for=_first(own.good_for, defaults.good_for, seat.good_for),
        input=_first(own.input, defaults.input, seat.input),
        sandbox=_first(own.sandbox, defaults.sandbox, seat.sandbox),
    )


def _first(own: T | None, default: T | None, left_out: T) -> T:
    if own is not None:
        return own
    return default if default is not None else left_out


def _check_id(key: Scalar, found: Found) -> None:
    if key.text in RESERVED:
        found.say("F411", key.place, f"{key.text!r} is a name that fleet keeps for itself")
    elif not is_seat_id(key.text):
        what = f"{key.text[:60]!r} is not a seat id: a small letter, then up to 39 of a-z, 0-9 and '-'"
        found.say("F406", key.place, f"cannot read a seat id: {what}", tries=_as_id(key.text, found))


def _as_id(name: str, found: Found) -> tuple[str, ...]:
    """A name in the letters of a seat id, if no other seat has it."""
    made = slug(name).lstrip("-0123456789")
    return (made,) if made and made not in (*found.seats, "message") else ()


def _owns(node: Node | None, found: Found) -> tuple[str, ...]:
    owned: dict[str, str] = {}
    places: dict[str, Scalar] = {}
    for item in values.scalars(node, found, "owns"):
        function = " ".join(item.text.split())
        if function.casefold() in owned:
            first = (places[function.casefold()].place, "first here")
            found.say("F412", item.place, f"{function!r} stands twice in owns", second=first)
        owned.setdefault(function.casefold(), function)
        places.setdefault(function.casefold(), item)
    if node is not None and not owned:
        values.say_empty_list(node, found, "owns")
    return tuple(owned.values())


def _read_holder(given: Fields, node: Node, found: Found) -> Holder:
    """Read who holds a seat: one of run, python, llm, coding_agent, a2a, person, or nobody yet."""
    kinds = [kind for kind in KINDS if kind in given]
    if len(kinds) > 1:
        first, other = sorted((given[k].place for k in kinds), key=lambda p: (p.line, p.column))[:2]
        what = f"a seat has one holder, not {' and '.join(kinds)}"
        found.say("F410", other, what, second=(first, "the other one"))
    if not kinds:
        unread = [k for k in KINDS if isinstance(node, Entries) and any(e.text == k for e, _ in node.entries)]
        return Holder(unread[0] if unread else "planned")
    kind = kinds[0]
    for name in ("login", "reach"):
        if kind != "person" and name in given:
            found.say("F219", given[name].place, f"only a person has {name!r}", level="warning")
    if kind == "run":
        return Holder("run", phrases.command(given["run"], found, "run"))
    told = values.text(given[kind], found, kind)
    if kind != "person":
        return Holder(kind, (told,))
    login = values.text(given.get("login"), found, "login")
    return Holder("person", (), told, login, _read_reach(given.get("reach"), found))


def _read_reach(node: Node | None, found: Found) -> tuple[tuple[str, ...], ...]:
    """Read the commands that tell a person something waits: a list of `{run: ...}`."""
    commands = []
    for item in values.items(node, found, "reach"):
        if not isinstance(item, Entries):
            wrong_shape(item, found, "a way to reach a person is {run: COMMAND}")
        elif run := phrases.command(fields(item, keys.REACH, found).get("run"), found, "run"):
            commands.append(run)
    return tuple(commands)


def _read_reads(node: Node | None, found: Found) -> tuple[tuple[str, ...], tuple[PathRead, ...]]:
    """Read what a seat reads: seats by their id, and paths as maps."""
    seats: dict[str, Scalar] = {}
    paths: list[PathRead] = []
    for item in values.items(node, found, "reads"):
        if isinstance(item, Entries):
            paths.extend(_path(item, found))
        elif not isinstance(item, Scalar):
            wrong_shape(item, found, "what is read is a seat or {path: ...}")
        elif not is_seat_id(item.text) and any(c in item.text for c in "/*."):
            _say_no_seat(item, found)
        elif values.seat_id(item, found) is not None:
            values.once(item, seats, found, "reads")
    return tuple(seats), tuple(paths)


def _say_no_seat(item: Scalar, found: Found) -> None:
    """Note a path that stands bare, or something of a seat, as `dash.state`, of which there is one state."""
    from fleet.core.read.foreign import as_text  # only a mistake needs it

    seat, _, part = item.text.partition(".")
    if seat in found.seats and part in ("state", "status", "output", "outputs", "result", "results"):
        what = f"{item.text!r} is no seat; the state of a seat is read by its name"
        found.say("F406", item.place, what, tries=(seat,))
        return
    what = f"{item.text!r} is no seat; a path is written as a map"
    found.say("F406", item.place, what, tries=(f"{{path: {as_text(item.text)}}}",))


def _path(node: Entries, found: Found) -> Sequence[PathRead]:
    given = fields(node, keys.READ, found)
    path = values.phrase(given.get("path"), phrases.read_path, found, "F408", "this path")
    fresh = values.span(given.get("fresh_within"), found, "fresh_within")
    private = values.yes_no(given.get("private"), found, "private")
    outside = values.yes_no(given.get("outside"), found, "outside")
    if "path" not in given:
        values.say_missing(node, found, "path", "a path read")
    return (PathRead(path, fresh, bool(private), bool(outside)),) if path else ()


def read_never(node: Node | None, found: Found) -> tuple[str, ...]:
    """Read the action kinds and subjects that are refused whatever `can` says."""
    items = values.scalars(node, found, "never")
    read = [found.phrase(item, phrases.read_never, "F406", "this", known=found.kinds) for item in items]
    return tuple(item for item in read if item is not None)


def _read_can(node: Node | None, found: Found) -> Permission:
    """Read what a seat may do, what a person must allow first, and its secrets."""
    if node is None:
        return Permission()
    if not isinstance(node, Entries):
        from fleet.core.read.foreign import as_can  # only a mistake needs it

        meant = as_can(node)
        wrong_shape(node, found, "can wants a map of do, ask and use", (meant,) if meant else ())
        return Permission()
    given = fields(node, keys.CAN, found)
    do = values.names(given.get("do"), values.ACTION_KIND, found, "do", values.LIKE_ACTION)
    return Permission(do, _read_ask(given.get("ask"), do, found), read_use(given.get("use"), found))


def _read_ask(node: Node | None, do: Sequence[str], found: Found) -> dict[str, str]:
    """Read which person is asked about which action kind."""
    if node is not None and not isinstance(node, Entries):
        from fleet.core.read.foreign import as_ask  # only a mistake needs it

        meant = as_ask(node, [seat for seat, _ in found.persons])
        wrong_shape(node, found, "ask wants a person for each action kind", (meant,) if meant else ())
        return {}
    ask: dict[str, str] = {}
    freely = frozenset(do)
    for key, person in entries(node, found, "ask") if node is not None else ():
        if values.ACTION_KIND.fullmatch(key.text) is None:
            tries = found.close(key.text, found.kinds)
            found.say("F406", key.place, f"{key.text!r} is not {values.LIKE_ACTION}", tries=tries)
        elif seat := values.seat_id(person, found, f"who is asked about {key.text}"):
            ask[key.text] = seat
        if key.text in freely:
            why = "without asking and after asking; fleet asks"
            found.say("F412", key.place, f"{key.text!r} stands in do and in ask", why=why, level="warning")
    return ask


def read_use(node: Node | None, found: Found) -> tuple[str, ...]:
    """Read the names of secrets."""
    for item in values.scalars(node, found, "use"):
        check_secret(item, found)
    return values.names(node, values.SECRET, found, "use", "the name of a secret, as CRM_TOKEN")


def check_secret(name: Scalar, found: Found) -> None:
    """Note a secret whose name fleet keeps for itself."""
    if name.text in _ENVIRONMENT or name.text.startswith("FLEET_"):
        found.say("F411", name.place, f"{name.text} is set by fleet itself and cannot be a secret")


def _read_scorecard(node: Node | None, found: Found) -> tuple[Metric, ...]:
    """Read the metrics of a seat: a target phrase for each, or a map."""
    if node is None:
        return ()
    metrics = []
    for key, value in entries(node, found, "scorecard"):
        if values.METRIC.fullmatch(key.text) is None:
            found.say("F406", key.place, f"{key.text!r} is not a metric: small letters, digits, '_' and '-'")
        metrics.append(_metric(key.text, value, found))
    if not metrics and not is_empty(node):
        values.say_empty_list(node, found, "scorecard")
    return tuple(metrics)


def _metric(name: str, node: Node, found: Found) -> Metric:
    if isinstance(node, Scalar):
        return Metric(name, found.phrase(node, read_target, "F303", "this target"))
    given = fields(node, keys.METRIC, found)
    return Metric(
        name,
        target=values.phrase(given.get("target"), read_target, found, "F303", "this target"),
        plausible=values.phrase(given.get("plausible"), read_target, found, "F303", "this range"),
        by=values.word(given.get("by"), ("seat", "ledger"), found, "by") or "seat",
        source=values.text(given.get("from"), found, "from"),
    )
