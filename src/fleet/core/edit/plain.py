"""Plain: parts of a chart as fleet.yaml would say them, so that reading gives them back."""

from __future__ import annotations

from datetime import timedelta

from fleet.core.chart import (
    ActionKind,
    AtMost,
    Conflict,
    Handoff,
    Holder,
    Ladder,
    Metric,
    PathRead,
    Rule,
    Sandbox,
    Seat,
    Secret,
    SubjectKind,
)
from fleet.core.edit.wait import Plain
from fleet.core.size import say_size
from fleet.core.span import say_span
from fleet.core.target import Money

HOLDER_KEYS = ("run", "python", "llm", "coding_agent", "a2a", "person", "login", "reach")
RUNNER_KEYS = ("run", "http", "headers", "use", "about")

Map = dict[str, Plain]


def _filled(**given: Plain) -> Map:
    return {key.rstrip("_"): value for key, value in given.items() if value not in ("", [], {}, None)}


def span(value: timedelta | None) -> str | None:
    """Spell a span; None stays None."""
    return say_span(value) if value is not None else None


def money(value: Money | None) -> str | None:
    """Spell an amount: `$4 a day`; None stays None."""
    return f"${value.usd:f}{_per(value.per)}" if value is not None else None


def count(value: AtMost | None) -> str | None:
    """Spell `1 a day each`; None stays None."""
    return f"{value.count}{_per(value.per)}{' each' if value.each else ''}" if value is not None else None


def secret(value: Secret) -> Map:
    """Spell where the value of a secret is."""
    return {value.kind: list(value.argv) if value.kind == "run" else value.at}


def _per(period: str | None) -> str:
    return f" a {period}" if period else ""


def holder(value: Holder) -> Map:
    """Spell who holds a seat, key by key; a planned seat has none of them."""
    if value.is_person:
        reach = [{"run": list(run)} for run in value.reach]
        return _filled(person=value.person, login=value.login, reach=reach)
    if value.is_planned:
        return {}
    return {value.kind: list(value.argv) if value.kind == "run" else "".join(value.argv)}


def _path_read(value: PathRead) -> Map:
    """Spell one path that a seat reads."""
    flags = {"private": "yes" if value.private else "", "outside": "yes" if value.outside else ""}
    return _filled(path=value.path, fresh_within=span(value.fresh_within), **flags)


def reads(seats: tuple[str, ...], paths: tuple[PathRead, ...]) -> list[Plain]:
    """Spell all that a seat reads."""
    return [*seats, *(_path_read(p) for p in paths)]


def then(ruling: str, person: str) -> str:
    """Spell a ruling."""
    return f"ask {person}" if ruling == "ask" else ruling


def conflict(value: Conflict) -> Map:
    """Spell one conflict."""
    return _filled(
        about=value.about,
        rank=list(value.rank),
        within=span(value.within),
        then=then(value.then, value.ask),
        because=value.because,
    )


def rule(value: Rule) -> Map:
    """Spell one rule."""
    return _filled(
        name=value.name,
        seat=list(value.seats),
        action=list(value.actions),
        if_=value.condition,
        then=then(value.then, value.ask),
        because=value.because,
    )


def ladder(value: Ladder) -> list[Plain]:
    """Spell an escalation: its rungs, and the waits between them."""
    steps: list[Plain] = []
    after = timedelta()
    for rung in value.rungs:
        if rung.after > after:
            steps.append(f"wait {say_span(rung.after - after)}")
        steps.append(rung.to)
        after = rung.after
    return steps


def subject(value: SubjectKind) -> Map:
    """Spell to what a kind of subject belongs."""
    return {"of": value.of, "from": value.source}


def runner(value: ActionKind) -> Map:
    """Spell what an action runs, with what, and about what, key by key."""
    return _filled(
        run=list(value.run),
        http=value.http,
        headers=dict(value.headers),
        use=list(value.use),
        about=list(value.about),
    )


def handoff(value: Handoff) -> str:
    """Say a handoff in a few words."""
    fields = ", ".join(f"{name}: {kind}" for name, kind in value.fields.items())
    within = f" within {say_span(value.within)}" if value.within else ""
    return f"{value.source} to {', '.join(value.to)}{within}{f' with {fields}' if fields else ''}"


def handoff_map(value: Handoff) -> Map:
    """Spell a handoff."""
    return _filled(from_=value.source, to=list(value.to), within=span(value.within), with_=dict(value.fields))


def metric(value: Metric) -> Map:
    """Spell one row of a scorecard."""
    return _filled(
        target=value.target.text if value.target else None,
        plausible=value.plausible.text if value.plausible else None,
        by=value.by,
        from_=value.source,
    )


def sandbox(value: Sandbox | None) -> Plain:
    """Spell a sandbox, all of it; None stays None, and one that is off says no more."""
    if value is None or value.level == "off":
        return None if value is None else "off"
    network: Plain = "any" if value.ports is None else [str(port) for port in value.ports] or "none"
    return _filled(
        level=value.level,
        read=list(value.read),
        write=list(value.write),
        network=network,
        memory=say_size(value.memory),
        processes=str(value.processes),
        files=str(value.files),
    )


def gone_seat(seat: Seat) -> Map:
    """Spell what stays of a seat that left the file while something that waits still names it.

    It has every limit it had, those of `defaults` left to them, and nothing that wakes it or lets it act.
    """
    terms = _filled(
        budget=money(seat.own.budget),
        limit=span(seat.own.limit),
        late_after=span(seat.own.late_after),
        good_for=span(seat.own.good_for),
        sandbox=sandbox(seat.own.sandbox),
        user=seat.user,
    )
    said = _filled(title=seat.title, answers_to=seat.answers_to, never=list(seat.never))
    return {**holder(seat.holder), **said, **terms}
