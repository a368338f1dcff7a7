"""Action: what an edit changes of kinds of actions, and of what subjects belong to."""

from __future__ import annotations

from fleet.core.chart import ActionKind
from fleet.core.edit import plain
from fleet.core.edit.change import ACTS, GUARDS, MEANS
from fleet.core.edit.looser import ONCE, looser_count
from fleet.core.edit.told import Told, drop, put
from fleet.core.span import say_span


def compare_actions(told: Told) -> None:
    """Compare every kind of action. A new one waits for nobody: nobody may do it yet."""
    old, new = told.old.actions, told.new.actions
    for name, kind in new.items():
        if name not in old:
            told.adds(name, f"a kind of action: {runs(kind)}", ("actions", name), kind.place)
        else:
            _runner(told, old[name], kind)
            _bounds(told, old[name], kind)
    for name in old:
        if name not in new:
            told.at_once("tightens", name, "can no longer be done", ("actions", name))


def compare_subjects(told: Told) -> None:
    """Compare what subjects belong to. Without it, conflicts over the owner would not be seen."""
    old, new = told.old.subjects, told.new.subjects
    for name, kind in new.items():
        path = ("subjects", name)
        if name not in old:
            told.adds(f"subject {name}", f"belongs to {kind.of}, by {kind.source}", path, kind.place)
        elif (kind.of, kind.source) != (old[name].of, old[name].source):
            was = old[name]
            does = f"belongs to {kind.of}, by {kind.source}, not to {was.of}, by {was.source}"
            told.loosens(f"subject {name}", does, path, put(*path, value=plain.subject(was)))
    for name, was in old.items():
        if name not in new:
            does = f"belongs to no {was.of} any more"
            path = ("subjects", name)
            told.loosens(f"subject {name}", does, path, put(*path, value=plain.subject(was)))


def compare_secrets(told: Told) -> None:
    """Compare where the values of secrets are. Each change waits: who says where one is can swap it."""
    old, new = told.old.secrets, told.new.secrets
    for name in {**old, **new}:
        was, now = (plain.secret(each[name]) if name in each else {} for each in (old, new))
        if was != now:
            does = f"is read from {_source(now)}, not from {_source(was)}"
            path = ("secrets", name)
            told.loosens(f"secret {name}", does, path, put(*path, value=was), risk=ACTS)


def _source(said: plain.Map) -> str:
    for kind, where in said.items():
        return f"{kind}: {' '.join(map(str, where)) if isinstance(where, list) else where}"
    return "the daemon's environment"


def runs(kind: ActionKind) -> str:
    """Say what an action runs."""
    return " ".join(kind.run) or kind.http


def _runner(told: Told, old: ActionKind, new: ActionKind) -> None:
    """Compare what is run, with what, and about what: one whole, for each part means little alone."""
    was, now = plain.runner(old), plain.runner(new)
    changed = [key for key in plain.RUNNER_KEYS if was.get(key) != now.get(key)]
    if not changed:
        return
    path = ("actions", new.name)
    if changed == ["use"] and set(new.use) < set(old.use):
        told.at_once("tightens", new.name, "is given fewer secrets", (*path, "use"))
        return
    edits = [put(*path, key, value=was.get(key)) for key in changed]
    told.loosens(new.name, _runner_words(old, new, changed), (*path, changed[0]), *edits, risk=ACTS)


def _runner_words(old: ActionKind, new: ActionKind, changed: list[str]) -> str:
    said = []
    if "run" in changed or "http" in changed:
        said.append(f"runs {runs(new)}, not {runs(old)}")
    if "headers" in changed:
        said.append("sends other headers")
    if "use" in changed:
        more = [secret for secret in new.use if secret not in old.use]
        said.append(f"is given the secret {', '.join(more)}" if more else "is given fewer secrets")
    if "about" in changed:
        said.append(f"is about {', '.join(new.about) or 'nothing'}, not {', '.join(old.about) or 'nothing'}")
    return " and ".join(said)


def _bounds(told: Told, old: ActionKind, new: ActionKind) -> None:
    name, path = new.name, ("actions", new.name)
    if old.outside and not new.outside:
        does = "does not count as acting outside any more"
        told.loosens(name, does, (*path, "outside"), put(*path, "outside", value="yes"), risk=GUARDS)
    elif new.outside and not old.outside:
        told.at_once("tightens", name, "counts as acting outside", (*path, "outside"))
    if looser_count(old.at_most, new.at_most):
        does = f"may be done {plain.count(new.at_most) or 'without limit'}, not {plain.count(old.at_most)}"
        told.loosens(
            name, does, (*path, "at_most"), put(*path, "at_most", value=plain.count(old.at_most)), risk=GUARDS
        )
    else:
        was, now = plain.count(old.at_most) or "", plain.count(new.at_most) or ""
        told.differs(name, (*path, "at_most"), was, now, kind="tightens")
    if new.repeat == "safe" and old.repeat != "safe":
        does = "is repeated by itself when nobody knows whether it happened"
        told.loosens(name, does, (*path, "repeat"), drop(*path, "repeat"), risk=GUARDS)
    else:
        told.differs(name, (*path, "repeat"), old.repeat, new.repeat, kind="tightens")
    if ONCE[new.once] < ONCE[old.once]:
        does = f"may be done again: once {new.once}, not once {old.once}"
        told.loosens(name, does, (*path, "once"), put(*path, "once", value=old.once), risk=GUARDS)
    else:
        told.differs(name, (*path, "once"), old.once, new.once, kind="tightens")
    if new.limit > old.limit:
        does = f"may take {say_span(new.limit)}, not {say_span(old.limit)}"
        told.loosens(
            name, does, (*path, "limit"), put(*path, "limit", value=plain.span(old.limit)), risk=MEANS
        )
    else:
        told.differs(name, (*path, "limit"), say_span(old.limit), say_span(new.limit), kind="tightens")
