"""Random edits of a fleet.yaml, and an oracle that says whether one chart is looser than another.

A fleet is a model of dicts and lists, written as JSON, which is YAML. The oracle knows nothing of how
fleet compares charts: it asks of each guard and each power of one whether the other has it too.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from fleet.core.chart import Chart, Conflict, Rule, Seat
from fleet.core.target import Money

Model = dict[str, Any]
Draw = Callable[[Any], Any]

KINDS = ("crm.write", "crm.offer", "mail.send", "note.add")
PEOPLE = ("ann", "bob")
SEATS = ("dash", "dirk", "pulse", "quill", "nick")
SPANS = ("1m", "5m", "10m", "20m", "2h", "1d")
MONEY = ("$1 a day", "$4 a day", "$9 a day", "$9 a week", "$40 a month", "$5")
COUNTS = ("1 a day", "1 a day each", "3 a week", "2", "1 a month")
PATHS = ("data/a.csv", "data/b.csv", "data/*.csv", "mail/x.mbox")
NEVER = ("crm.delete", "mail.send", "account:acme")
SECRETS = ("ONE", "TWO", "THREE")


def base() -> Model:
    """A fleet with a bit of everything."""
    return {
        "fleet": "test",
        "timezone": "UTC",
        "budget": "$40 a day",
        "limits": {"turns_at_once": "4"},
        "defaults": {"budget": "$4 a day", "limit": "5m"},
        "seats": {
            "ann": {"title": "Boss", "person": "Ann", "login": "ann"},
            "bob": {"title": "Chief", "person": "Bob", "answers_to": "ann"},
            "dash": agent("dash", reads=["pulse", {"path": "data/*.csv", "private": "yes"}]),
            "dirk": agent(
                "dirk",
                can={"do": ["crm.write"], "ask": {"crm.offer": "ann"}, "use": ["ONE"]},
                never=["crm.delete"],
                reads=["dash", {"path": "mail/x.mbox", "outside": "yes", "fresh_within": "1d"}],
                when=["every 2h", "when mail/x.mbox changes"],
            ),
            "pulse": agent("pulse", good_for="1d", can={"do": ["note.add"]}),
        },
        "actions": {
            "crm.write": {"run": "./write", "about": "account", "repeat": "safe"},
            "crm.offer": {"run": "./offer", "about": "account", "outside": "yes", "at_most": "1 a day each"},
            "mail.send": {
                "http": "http://127.0.0.1/x",
                "headers": {"A": "b"},
                "outside": "yes",
                "use": ["TWO"],
            },
            "note.add": {"run": "./note"},
        },
        "subjects": {"person": {"of": "account", "from": "data/people.csv"}},
        "conflicts": [{"about": "account", "rank": ["pulse", "dirk"], "then": "hold", "within": "1d"}],
        "rules": [
            {
                "name": "calm",
                "seat": "dirk",
                "action": "crm.offer",
                "if": "action.tries == 1",
                "then": "hold",
            },
            {"name": "free", "seat": "pulse", "if": "action.tries == 2", "then": "allow"},
        ],
        "escalation": {"usual": ["answers_to", "wait 2h", "ann"]},
    }


def agent(name: str, **more: Any) -> Model:
    """An agent's seat."""
    held = {"title": f"The {name}", "run": "sh agent.sh", "answers_to": "ann", "owns": [f"work of {name}"]}
    return {**held, "scorecard": {"work": "at least 1 a week"}, **more}


def text_of(model: Model) -> str:
    """Write a model as a fleet.yaml."""
    return json.dumps(model, indent=1)


@st.composite
def edits(draw: Draw, model: Model, *, most: int = 4) -> Model:
    """Change a model in one to `most` places. What comes out need not be a valid fleet."""
    changed = copy.deepcopy(model)
    for _ in range(draw(st.integers(1, most))):
        draw(st.sampled_from(CHANGES))(draw, changed)
    return changed


def _one(draw: Draw, of: Any) -> Any:
    return draw(st.sampled_from(list(of)))


def _seat(draw: Draw, model: Model) -> Model:
    return model["seats"][_one(draw, model["seats"])]  # type: ignore[no-any-return]


def _set(draw: Draw, held: Model, key: str, values: Any) -> None:
    """Set a key to one of some values, or take it out."""
    value = draw(st.one_of(st.none(), st.sampled_from(list(values))))
    if value is None:
        held.pop(key, None)
    else:
        held[key] = value


def _toggle(draw: Draw, held: Model, key: str, items: Any) -> None:
    """Put an item into a list or take it out."""
    item = _one(draw, items)
    there = list(held.get(key, []))
    there = [i for i in there if i != item] if item in there else [*there, item]
    held[key] = there
    if not there:
        del held[key]


def _can(draw: Draw, model: Model) -> None:
    seat = _seat(draw, model)
    can = copy.deepcopy(seat.get("can", {}))
    kind = _one(draw, KINDS)
    can["do"] = [k for k in can.get("do", []) if k != kind]
    can["ask"] = {k: p for k, p in can.get("ask", {}).items() if k != kind}
    how = _one(draw, ("do", "ask", "none", "both"))
    if how in ("do", "both"):
        can["do"].append(kind)
    if how in ("ask", "both"):
        can["ask"][kind] = _one(draw, PEOPLE)
    seat["can"] = {key: value for key, value in can.items() if value}
    if not seat["can"]:
        del seat["can"]


def _use(draw: Draw, model: Model) -> None:
    _toggle(draw, _seat(draw, model).setdefault("can", {"do": ["note.add"]}), "use", SECRETS)


def _never(draw: Draw, model: Model) -> None:
    _toggle(draw, _seat(draw, model), "never", NEVER)


def _path(draw: Draw, model: Model) -> None:
    seat, path = _seat(draw, model), _one(draw, PATHS)
    rest = [r for r in seat.get("reads", []) if not isinstance(r, dict) or r["path"] != path]
    if draw(st.booleans()):
        read = {"path": path}
        for key in ("private", "outside"):
            _set(draw, read, key, ("yes", "no"))
        _set(draw, read, "fresh_within", SPANS)
        rest.insert(draw(st.integers(0, len(rest))), read)
    seat["reads"] = rest
    if not rest:
        del seat["reads"]


def _reads(draw: Draw, model: Model) -> None:
    _toggle(draw, _seat(draw, model), "reads", model["seats"])


def _when(draw: Draw, model: Model) -> None:
    _toggle(draw, _seat(draw, model), "when", ("every 1h", "when mail arrives", "when data/a.csv changes"))


def _terms(draw: Draw, model: Model) -> None:
    held = draw(st.sampled_from([model.setdefault("defaults", {}), _seat(draw, model)]))
    key = _one(draw, ("budget", "limit", "late_after", "good_for", "skip_if", "retries"))
    values: Any = {"budget": MONEY, "skip_if": ("never", "nothing new"), "retries": ("0", "3")}.get(
        key, SPANS
    )
    _set(draw, held, key, values)
    if not model["defaults"]:
        del model["defaults"]


def _holder(draw: Draw, model: Model) -> None:
    seat = _seat(draw, model)
    for key in ("run", "person", "login", "reach"):
        if draw(st.booleans()):
            seat.pop(key, None)
    how = _one(draw, ("run", "person", "none"))
    if how == "run" and "person" not in seat:
        seat["run"] = _one(draw, ("sh agent.sh", "sh other.sh", "python 'a b.py'"))
    elif how == "person" and "run" not in seat:
        seat["person"] = _one(draw, ("Ann", "Carl"))
        _set(draw, seat, "login", ("ann", "carl"))
        if draw(st.booleans()):
            seat["reach"] = [{"run": "./notify 'me now'"}]


def _answers(draw: Draw, model: Model) -> None:
    _set(draw, _seat(draw, model), "answers_to", model["seats"])


def _add_seat(draw: Draw, model: Model) -> None:
    name = _one(draw, SEATS)
    if name not in model["seats"]:
        more: Model = {}
        _set(draw, more, "budget", MONEY)
        _set(draw, more, "limit", SPANS)
        model["seats"][name] = agent(name, **more)


def _remove_seat(draw: Draw, model: Model) -> None:
    """Take a seat out; half of the time also wherever it is named."""
    name = _one(draw, model["seats"])
    left = model["seats"].pop(name)
    if draw(st.booleans()):
        _forget(model, name, heir="ann" if name != "ann" else "bob")
    if draw(st.booleans()):
        gave = dict.fromkeys(left.get("owns", ["all"]), "ann")
        model.setdefault("retired", {})[name] = {
            "title": "Old", "date": "2026-01-01", "record": "r.md", "because": "over", "gave": gave
        }  # fmt: skip


def _forget(model: Model, name: str, heir: str) -> None:
    for seat in model["seats"].values():
        if seat.get("answers_to") == name:
            seat["answers_to"] = heir
        if "reads" in seat:
            seat["reads"] = [r for r in seat["reads"] if r != name]
        ask = seat.get("can", {}).get("ask", {})
        ask.update({kind: heir for kind, person in ask.items() if person == name})
    for conflict in model.get("conflicts", []):
        conflict["rank"] = [n for n in conflict["rank"] if n != name] or [heir]
        conflict["then"] = "hold" if conflict["then"] == f"ask {name}" else conflict["then"]
    model["rules"] = [
        r for r in model.get("rules", []) if r.get("seat") != name and r["then"] != f"ask {name}"
    ]
    for ladder in model.get("escalation", {}).values():
        ladder[:] = [heir if step == name else step for step in ladder]


def _action(draw: Draw, model: Model) -> None:
    name = _one(draw, (*KINDS, "crm.delete"))
    kind = model["actions"].setdefault(name, {"run": "./new"})
    key = _one(draw, ("outside", "at_most", "repeat", "once", "limit", "use", "about", "run", "http", "gone"))
    if key == "gone":
        del model["actions"][name]
        for seat in model["seats"].values():
            can = seat.get("can", {})
            can.get("ask", {}).pop(name, None)
            can["do"] = [k for k in can.get("do", []) if k != name]
        for rule in model.get("rules", []):
            if rule.get("action") == name:
                del rule["action"]
    elif key in ("run", "http"):
        for other in ("run", "http", "headers"):
            kind.pop(other, None)
        kind[key] = _one(draw, ("./offer", "./evil 'x y'")) if key == "run" else "http://127.0.0.1/y"
        if key == "http":
            _set(draw, kind, "headers", ({"A": "b"}, {"A": "c"}))
    elif key == "use":
        _toggle(draw, kind, "use", SECRETS)
    else:
        values = {
            "outside": ("yes", "no"), "at_most": COUNTS, "repeat": ("safe", "ask"),
            "once": ("ever", "a day", "no"), "limit": SPANS, "about": ("account", ["account", "person"]),
        }  # fmt: skip
        _set(draw, kind, key, values[key])


def _subject(draw: Draw, model: Model) -> None:
    subjects = model.setdefault("subjects", {})
    _set(draw, subjects, _one(draw, ("person", "deal")), ({"of": "account", "from": "data/p.csv"},))
    if not subjects:
        del model["subjects"]


def _conflict(draw: Draw, model: Model) -> None:
    conflicts = model.setdefault("conflicts", [])
    ranks = [
        r
        for r in (["pulse", "dirk"], ["dirk", "pulse"], ["dash", "dirk", "pulse"])
        if set(r) <= set(model["seats"])
    ]
    if conflicts and draw(st.booleans()):
        conflict = _one(draw, range(len(conflicts)))
        if draw(st.booleans()):
            del conflicts[conflict]
        else:
            _set(draw, conflicts[conflict], "within", SPANS)
            conflicts[conflict]["then"] = _one(draw, ("allow", "hold", "refuse", "ask ann"))
    elif ranks:
        conflicts.append(
            {"about": _one(draw, ("account", "brand")), "rank": _one(draw, ranks), "then": "hold"}
        )
    if not conflicts:
        del model["conflicts"]


def _rule(draw: Draw, model: Model) -> None:
    rules = model.setdefault("rules", [])
    if rules and draw(st.booleans()):
        del rules[_one(draw, range(len(rules)))]
    else:
        rule: Model = {"then": _one(draw, ("allow", "hold", "refuse", "ask ann"))}
        _set(draw, rule, "name", ("calm", "free", "new"))
        _set(draw, rule, "if", ("action.tries == 1", "action.tries == 2", 'state["pulse"].fresh'))
        _set(draw, rule, "seat", ("dirk", ["dirk", "pulse"]))
        _set(draw, rule, "action", ("crm.offer", ["crm.offer", "note.add", "message"]))
        rules.insert(draw(st.integers(0, len(rules))), rule)
    if not rules:
        del model["rules"]


def _ladder(draw: Draw, model: Model) -> None:
    ladders = model.setdefault("escalation", {})
    steps = (["answers_to", "wait 2h", "ann"], ["bob", "wait 1h", "ann"])
    _set(draw, ladders, _one(draw, ("usual", "unanswered")), steps)
    if not ladders:
        del model["escalation"]


def _whole(draw: Draw, model: Model) -> None:
    key = _one(draw, ("budget", "mission", "timezone", "workdays", "turns"))
    if key == "turns":
        model["limits"] = {"turns_at_once": _one(draw, ("2", "4", "8"))}
    else:
        values = {"budget": MONEY, "mission": ("Well.", "Better."), "workdays": ("mon-thu",)}
        _set(draw, model, key, values.get(key, ("UTC", "Europe/Berlin")))


CHANGES = [
    *(_can, _can, _can, _use, _never, _path, _path, _reads, _when, _terms, _terms, _holder, _answers),
    *(
        _add_seat,
        _remove_seat,
        _action,
        _action,
        _subject,
        _conflict,
        _conflict,
        _rule,
        _rule,
        _ladder,
        _whole,
    ),
]


# The oracle.

STRICT = {"allow": 0, "ask": 1, "hold": 2, "refuse": 3}
ONCE = {"no": 0, "a day": 1, "ever": 2}
ALLOWED_A_YEAR = {"day": 365, "week": 53, "month": 12, None: 1}


def loosened(old: Chart, new: Chart) -> list[str]:
    """List in which ways a chart gives more power, or has fewer guards, than another."""
    found = [
        *(f"{name}: {what}" for name, seat in new.seats.items() for what in _seat_loosened(old, new, seat)),
        *(f"{n}: {what}" for n in new.actions if n in old.actions for what in _action_loosened(old, new, n)),
        *(f"subject {n}" for n in old.subjects if _owner(new, n) != _owner(old, n)),
        *(f"conflict {c.about} {c.rank}" for c in old.conflicts if c.then != "allow" and not _held(c, new)),
        *(f"rule {r.name}" for r in old.rules if _matters(r, new) and not _ruled(r, new)),
        *(f"new rule {r.name}" for r in new.rules if r.then == "allow" and not _allowed(r, old)),
        *(f"ladder {n}" for n in old.ladders.keys() | new.ladders.keys() if _rungs(old, n) != _rungs(new, n)),
        *(f"retired {n}" for n in new.retired if n not in old.retired and _binds(old, n)),
    ]
    return found + [
        what
        for what, wrong in (
            ("turns", new.turns_at_once > old.turns_at_once),
            ("budget", _spends_more(old.budget, new.budget)),
            ("default budget", _spends_more(old.terms.budget, new.terms.budget)),
            ("include", not set(new.include) <= set(old.include)),
        )
        if wrong
    ]


def _owner(chart: Chart, kind: str) -> tuple[str, str] | None:
    found = chart.subjects.get(kind)
    return (found.of, found.source) if found else None


def _held(conflict: Conflict, new: Chart) -> bool:
    return any(_holds_as(one, conflict) for one in new.conflicts)


def _ruled(rule: Rule, new: Chart) -> bool:
    return any(_rules_as(one, rule, new) for one in new.rules)


def _allowed(rule: Rule, old: Chart) -> bool:
    return any(_allows_as(one, rule) for one in old.rules)


def _may(seat: Seat) -> set[tuple[str, str]]:
    """What a seat may do: kinds with the person who is asked, or nobody."""
    asked = {(kind, person) for kind, person in seat.can.ask.items()}
    return asked | {(kind, "") for kind in seat.can.do if kind not in seat.can.ask}


def _seat_loosened(old: Chart, new: Chart, seat: Seat) -> Iterator[str]:
    was = old.seats.get(seat.id)
    if was is None:
        agent = seat.holder.kind != "person"
        for what, wrong in (
            ("can", bool(seat.can.do or seat.can.ask or seat.can.use)),
            ("paths", bool(seat.paths)),
            ("login", bool(seat.holder.login)),
            ("limit", agent and _bound(new, seat, "limit") > (old.terms.limit or LEFT_OUT["limit"])),
            ("budget", agent and _spends_more(old.terms.budget, _bound(new, seat, "budget"))),
        ):
            if wrong:
                yield f"new seat with {what}"
        return
    before, freely = _may(was), {kind for kind, person in _may(was) if not person}
    for kind, person in _may(seat):
        if (kind, person) not in before and kind not in freely:
            yield f"can {kind} {person}"
    if not set(seat.can.use) <= set(was.can.use):
        yield "secrets"
    if not set(was.never) <= set(seat.never):
        yield "never"
    if seat.holder != was.holder and not (
        seat.holder.kind == "planned" and was.holder.is_agent and not _binds(old, seat.id)
    ):
        yield "holder"
    if seat.answers_to != was.answers_to:
        yield "answers_to"
    yield from _reads_more(was, seat)
    if "person" not in (seat.holder.kind, was.holder.kind):
        if any(_bound(new, seat, key) > _bound(old, was, key) for key in ("limit", "late_after")):
            yield "spans"
        if _spends_more(_bound(old, was, "budget"), _bound(new, seat, "budget")):
            yield "budget"
    if seat.good_for != was.good_for and (
        seat.good_for is None or was.good_for is None or seat.good_for > was.good_for
    ):
        yield "good_for"


LEFT_OUT: dict[str, Any] = {"limit": timedelta(minutes=10), "late_after": timedelta(minutes=15)}


def _bound(chart: Chart, seat: Seat, key: str) -> Any:
    """What bounds a seat, as if an agent held it."""
    own = getattr(seat.own, key)
    return own if own is not None else getattr(chart.terms, key) or LEFT_OUT.get(key)


def _reads_more(was: Seat, seat: Seat) -> Iterator[str]:
    for path in seat.paths:
        guards = [
            o
            for o in was.paths
            if o.path == path.path or (o.path == "data/*.csv" and path.path in ("data/a.csv", "data/b.csv"))
        ]
        if not guards:
            yield f"path {path.path}"
        guards = [o for o in guards if o.path == path.path] or guards
        for guard in guards if path not in was.paths else ():
            longer = guard.fresh_within is not None and (
                path.fresh_within is None or path.fresh_within > guard.fresh_within
            )
            if longer or (guard.private and not path.private) or (guard.outside and not path.outside):
                yield f"care with {path.path}"


def _action_loosened(old: Chart, new: Chart, name: str) -> Iterator[str]:
    was, now = old.actions[name], new.actions[name]
    if (was.run, was.http, was.headers, was.about) != (now.run, now.http, now.headers, now.about):
        yield "runner"
    if not set(now.use) <= set(was.use):
        yield "secrets"
    if (was.outside and not now.outside) or now.limit > was.limit or ONCE[now.once] < ONCE[was.once]:
        yield "bounds"
    if now.repeat == "safe" and was.repeat == "ask":
        yield "repeat"
    if was.at_most is not None:
        at_most = now.at_most
        more = at_most is None or at_most.count > was.at_most.count or (at_most.each and not was.at_most.each)
        if more or ALLOWED_A_YEAR[at_most.per if at_most else None] > ALLOWED_A_YEAR[was.at_most.per]:
            yield "at_most"


def _spends_more(old: Money | None, new: Money | None) -> bool:
    if old is None:
        return False
    if new is None or new.usd > old.usd:
        return True
    return new.usd * Decimal(ALLOWED_A_YEAR[new.per]) > old.usd * Decimal(ALLOWED_A_YEAR[old.per])


def _binds(chart: Chart, name: str) -> bool:
    seat = chart.seats.get(name)
    return (
        seat is not None
        and seat.holder.kind != "planned"
        and any(name in c.rank for c in chart.conflicts if c.then != "allow")
    )


def _holds_as(new: Any, old: Any) -> bool:
    wide = old.within is None or (new.within is not None and new.within >= old.within)
    strict = STRICT[new.then] > STRICT[old.then] or (new.then, new.ask) == (old.then, old.ask)
    return bool(new.about == old.about and new.rank == old.rank and wide and strict)


def _matters(rule: Rule, new: Chart) -> bool:
    """Whether a rule guards anything that can still be done."""
    alive = not rule.actions or any(k == "message" or k in new.actions for k in rule.actions)
    return alive and (rule.then != "allow" or "state[" in rule.condition)


def _rules_as(new: Rule, old: Rule, chart: Chart) -> bool:
    kinds = {k for k in old.actions if k == "message" or k in chart.actions}
    wide = (not new.seats or (bool(old.seats) and set(new.seats) >= set(old.seats))) and (
        not new.actions or (bool(old.actions) and set(new.actions) >= kinds)
    )
    strict = STRICT[new.then] > STRICT[old.then] or (new.then, new.ask) == (old.then, old.ask)
    return wide and strict and new.condition == old.condition


def _allows_as(old: Rule, new: Rule) -> bool:
    wide = (not old.seats or (bool(new.seats) and set(old.seats) >= set(new.seats))) and (
        not old.actions or (bool(new.actions) and set(old.actions) >= set(new.actions))
    )
    return wide and old.then == "allow" and old.condition in (new.condition, "true")


def _rungs(chart: Chart, name: str) -> Any:
    return chart.ladders[name].rungs if name in chart.ladders else None
