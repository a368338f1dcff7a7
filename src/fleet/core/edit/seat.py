"""Seat: what an edit changes of one seat, what a new one may do, and what it leaves of one that is gone."""

from __future__ import annotations

from collections.abc import Iterable

from fleet.core.cadence import OnChange
from fleet.core.chart import Chart, PathRead, Seat, Terms
from fleet.core.edit import plain
from fleet.core.edit.change import ACTS, GUARDS, PEOPLE, READS
from fleet.core.edit.looser import looser_path
from fleet.core.edit.terms import add_terms, compare_person, compare_terms, word
from fleet.core.edit.told import Told, drop, put
from fleet.core.edit.wait import Edit
from fleet.core.pattern import is_covered, meet

PLAIN_KEYS = ("skip_if", "missed", "retries", "input", "stand_in", "review", "title")


def compare_seat(told: Told, old: Seat, new: Seat, defaults: Terms) -> None:
    """Compare a seat that is there before and after."""
    _holder(told, old, new)
    _answers_to(told, old, new)
    _never(told, old, new)
    _can(told, old, new)
    _reads(told, old, new)
    if old.holder.is_person and new.holder.is_person:
        compare_person(told, old, new)
    else:
        compare_terms(told, old, new, defaults)
    name = new.id
    for key in PLAIN_KEYS:
        if getattr(old, key) != getattr(new, key) and getattr(old.own, key, 0) != getattr(new.own, key, 1):
            told.differs(name, ("seats", name, key), word(getattr(old, key)), word(getattr(new, key)))
    told.differs(name, ("seats", name, "owns"), listed(old.owns), listed(new.owns))
    told.differs(name, ("seats", name, "when"), cadences(old), cadences(new))
    if old.scorecard != new.scorecard:
        told.differs(name, ("seats", name, "scorecard"), _metrics(old), _metrics(new))
        _believed(told, old, new)


def add_seat(told: Told, new: Seat, defaults: Terms) -> None:
    """Add a new seat: it wakes, reads states and publishes; all power waits."""
    name = new.id
    answers = f", answers to {new.answers_to}" if new.answers_to else ""
    who = new.title or name
    when = f", {cadences(new)}" if new.when else ""
    if not told.adds(name, f"{who}{answers}{when}", ("seats", name), new.place):
        return
    _can(told, None, new)
    _reads(told, None, new)
    if new.holder.login:
        path = ("seats", name, "login")
        told.loosens(name, f"is whoever logs in as {new.holder.login}", path, drop(*path), risk=PEOPLE)
    if not new.holder.is_person:
        add_terms(told, new, defaults)


def leave_seat(told: Told, old: Seat) -> None:
    """Note a seat that is not in the file any more. It stops at once."""
    does = "retired in the file" if old.id in told.new.retired else "gone from the file"
    told.at_once("gone", old.id, does, ("seats", old.id))


def kept_seats(old: Chart, new: Chart, names: Iterable[str]) -> tuple[Edit, ...]:
    """Keep those of these seats that left the file, and whom they answered to: something in force names them."""
    todo, kept = list(names), dict[str, Edit]()
    while todo:
        name = todo.pop()
        if name in kept or name in new.seats or name not in old.seats:
            continue
        kept[name] = put("seats", name, value=plain.gone_seat(old.seats[name]))
        todo.append(old.seats[name].answers_to or "")
    retired = tuple(drop("retired", name) for name in kept if name in new.retired)
    return (*kept.values(), *retired)


def _holder(told: Told, old: Seat, new: Seat) -> None:
    """Compare who holds a seat."""
    if old.holder == new.holder:
        return
    name, was, now = new.id, plain.holder(old.holder), plain.holder(new.holder)
    if old.holder.is_agent and new.holder.is_planned and not is_ranked(told.old, name):
        told.at_once("tightens", name, "has no holder any more", ("seats", name))
        return
    if old.holder.kind == new.holder.kind:
        changed = [key for key in plain.HOLDER_KEYS if was.get(key) != now.get(key)]
    else:
        changed = [key for key in plain.HOLDER_KEYS if key in was or key in now]
    edits = [put("seats", name, key, value=was.get(key)) for key in changed]
    does = _held(old, new, changed)
    people = old.holder.is_person or new.holder.is_person
    told.loosens(name, does, ("seats", name, changed[0]), *edits, risk=PEOPLE if people else ACTS)


def is_ranked(chart: Chart, name: str) -> bool:
    """Say whether a seat stands in the rank of a conflict that binds: were it passed over, others were freed."""
    return any(name in c.rank for c in chart.conflicts if c.then != "allow")


def _held(old: Seat, new: Seat, changed: list[str]) -> str:
    if changed == ["login"]:
        was = f", not {old.holder.login}" if old.holder.login else ""
        return f"is whoever logs in as {new.holder.login}{was}" if new.holder.login else f"has no login{was}"
    if changed == ["reach"]:
        return f"is reached by {_commands(new)}, not by {_commands(old)}"
    return f"is held by {_holder_words(new)}, not by {_holder_words(old)}"


def _holder_words(seat: Seat) -> str:
    """Say who holds a seat."""
    holder = seat.holder
    if holder.is_person:
        login = f" (login {holder.login})" if holder.login else ""
        return f"{holder.person}{login}"
    if holder.is_planned:
        return "nobody"
    return f"{holder.kind}: {' '.join(holder.argv)}"


def _commands(seat: Seat) -> str:
    return " and ".join(" ".join(run) for run in seat.holder.reach) or "nothing"


def _answers_to(told: Told, old: Seat, new: Seat) -> None:
    if old.answers_to == new.answers_to:
        return
    path = ("seats", new.id, "answers_to")
    does = f"answers to {new.answers_to or 'nobody'}, not to {old.answers_to or 'nobody'}"
    names = (old.answers_to,) if old.answers_to else ()
    told.loosens(new.id, does, path, put(*path, value=old.answers_to), risk=PEOPLE, names=names)


def _never(told: Told, old: Seat, new: Seat) -> None:
    path = ("seats", new.id, "never")
    for item in old.never:
        if item not in new.never:
            verb = "touch" if ":" in item else "do"
            told.loosens(
                new.id, f"is no longer forbidden to {verb} {item}", path, Edit(path, "add", item), risk=GUARDS
            )
    for item in new.never:
        if item not in old.never:
            told.at_once("tightens", new.id, f"may never {'touch' if ':' in item else 'do'} {item}", path)


def _may(seat: Seat | None, kind: str) -> str | None:
    """Say what a seat may do of a kind: nothing (None), after a person's yes (that person), or freely ("")."""
    if seat is None:
        return None
    if kind in seat.can.ask:
        return seat.can.ask[kind]
    return "" if kind in seat.can.do else None


def _can(told: Told, old: Seat | None, new: Seat) -> None:
    """Compare what a seat may do; `old` is None for a new seat, which may do nothing."""
    name, before = new.id, old.can if old else None
    can = ("seats", name, "can")
    kinds = dict.fromkeys(
        (*new.can.do, *new.can.ask, *(before.do if before else ()), *(before.ask if before else ()))
    )
    for kind in kinds:
        was, now = _may(old, kind), _may(new, kind)
        if was == now:
            continue
        if now is None or (was == "" and now):
            does = f"may not do {kind} any more" if now is None else f"must ask {now} before {kind}"
            told.at_once("tightens", name, does, (*can, "do" if was == "" else "ask", kind))
            continue
        how = "do" if now == "" else "ask"
        verb = "send" if told.new.actions[kind].outside else "do"
        does = f"may {verb} {kind} {f'when {now} says yes' if now else 'without asking'}"
        does += f", not when {was} does" if was and now else f" {was}" if was else ""
        edits = [drop(*can, "do", kind)] if kind in new.can.do else []
        edits += [put(*can, "ask", kind, value=was)] if was or kind in new.can.ask else []
        names = (was,) if was else ()
        told.loosens(name, does, (*can, how, kind), *edits, risk=ACTS, names=names)
    for secret in new.can.use:
        if before is None or secret not in before.use:
            path = (*can, "use", secret)
            told.loosens(name, f"is given the secret {secret}", path, drop(*path), risk=ACTS)
    for secret in before.use if before else ():
        if secret not in new.can.use:
            told.at_once("tightens", name, f"is not given the secret {secret} any more", (*can, "use"))


def _reads(told: Told, old: Seat | None, new: Seat) -> None:
    """Compare what a seat reads. States are free; paths that are new, or read with less care, wait."""
    name, before = new.id, old.paths if old else ()
    path = ("seats", name, "reads")
    looser = [p for p in new.paths if looser_path(before, p)]
    altered = {p.path for p in looser}
    rest = [p for p in before if p not in new.paths and p.path not in altered]
    relied = [p for p in rest if _relied(told.new, new, p)]
    kept = [p for p in new.paths if p not in looser] + [p for p in before if p.path in altered] + relied
    edits = [put(*path, value=plain.reads(new.reads, tuple(dict.fromkeys(kept)))), *_cut_wakes(new, kept)]
    for one in looser:
        told.loosens(name, _read_words(before, one), path, *edits, risk=READS)
        edits = []  # one edit puts all of them back
    for one in relied:
        does = f"does not read {one.path} any more, and others read what only that marks"
        told.loosens(name, does, path, *edits, risk=READS)
        edits = []
    for one in (p for p in rest if p not in relied):
        now = next((p for p in new.paths if p.path == one.path), None)
        does = f"does not read {one.path} any more" if now is None else f"reads {one.path} with more care"
        told.at_once("tightens", name, does, path)
    covered = [p for p in new.paths if p not in before and p not in looser]
    for one in covered:
        if all(one.path != p.path for p in rest):
            told.at_once("changes", name, f"reads {one.path}, which it could read before", path)
    if old is not None:
        told.differs(name, path, listed(old.reads), listed(new.reads))


def _relied(chart: Chart, new: Seat, gone: PathRead) -> bool:
    """Say whether a mark on a path that is not read any more held for what others read without one of their own."""
    if any(p.path == gone.path for p in new.paths):
        return False
    others = [p for seat in chart.seats.values() for p in seat.paths if meet(p.path, gone.path)]
    return any((gone.outside and not p.outside) or (gone.private and not p.private) for p in others)


def _cut_wakes(seat: Seat, kept: list[PathRead]) -> list[Edit]:
    """Take out the wakes by a path that is not read yet."""
    return [
        drop("seats", seat.id, "when", index)
        for index, cadence in enumerate(seat.when)
        if isinstance(cadence, OnChange) and not any(is_covered(cadence.path, p.path) for p in kept)
    ]


def _read_words(before: tuple[PathRead, ...], new: PathRead) -> str:
    old = next((p for p in before if p.path == new.path), None)
    if old is None:
        marks = [word for word, is_set in (("private", new.private), ("outside", new.outside)) if is_set]
        return f"may read {new.path}{f' ({listed(tuple(marks))})' if marks else ''}"
    less = []
    if old.private and not new.private:
        less.append("as if it were not private")
    if old.outside and not new.outside:
        less.append("as if no stranger could write it")
    if not less:
        now = plain.span(new.fresh_within)
        less.append(f"when it is {now} old" if now else "however old it is")
    return f"may read {new.path} {' and '.join(less)}"


def listed(items: tuple[str, ...]) -> str:
    """Say a list in words."""
    return ", ".join(items)


def cadences(seat: Seat) -> str:
    """Say when a seat wakes."""
    return ", ".join(cadence.text for cadence in seat.when)


def _believed(told: Told, old: Seat, new: Seat) -> None:
    """Note the values that would be believed and were not: rules look at them."""
    before = {one.name: one for one in old.scorecard}
    for now in new.scorecard:
        was = before.get(now.name)
        if was is None:
            continue
        path = ("seats", new.id, "scorecard", now.name)
        edit = put(*path, value=plain.metric(was))
        if was.plausible is not None and now.plausible != was.plausible:
            is_now = now.plausible.text if now.plausible is not None else "anything"
            does = f"may report {is_now} for {now.name}, not {was.plausible.text} alone"
            told.loosens(new.id, does, path, edit)
        elif was.by == "ledger" and now.by != "ledger":
            told.loosens(new.id, f"reports {now.name} itself, which the ledger told", path, edit)


def _metrics(seat: Seat) -> str:
    said = (
        f"{m.name} {m.target.text if m.target else ''}{f' ({m.by})' if m.by != 'seat' else ''}"
        for m in seat.scorecard
    )
    return ", ".join(text.strip() for text in said)
