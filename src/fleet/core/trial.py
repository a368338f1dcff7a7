"""Trial: an example of a rule as a case of the gate, and what the rule says of it.

Nothing is judged here: step 6 and step 9 are those of the gate, of a law that has this one rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from fleet.core.account import Account
from fleet.core.action import Action, Touch, offer_hash
from fleet.core.case import Case, Owned, Sight
from fleet.core.cel import Conditions, Testimony, Unjudged
from fleet.core.chart import Chart, Rule
from fleet.core.codec import Json
from fleet.core.contest import known
from fleet.core.example import ClaimGiven, Example, Moment, StateGiven
from fleet.core.frozen import dataclass
from fleet.core.hearing import Hearing
from fleet.core.law import Law
from fleet.core.mutant import Mutant, mutants
from fleet.core.past import Claim, Letter, Past, Published, Value
from fleet.core.ruling import asked_of, rulings, speaks
from fleet.core.testimony import asked_about, state_told, testify
from fleet.core.verdict import Verdict

MONDAY = datetime(2026, 1, 5, 10, 0)
"""When an example is judged that does not say when: a Monday at 10:00 in the fleet's zone."""
WAITS = timedelta(hours=24)
TURN, ASKED = "t-1", "m-1"


@dataclass(frozen=True, slots=True)
class Came:
    """What came of an example: the rule's own ruling, `passes`, `held` before it was asked, or `error`."""

    says: str
    verdict: Verdict | None = None

    @property
    def why(self) -> str:
        """Give the reason of what did not come from the condition alone."""
        return self.verdict.reason if self.verdict is not None else ""


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a rule's examples, in their order; and its mutants, each with whether none of them told it.

    Mutants are made only where every example came as it was expected, and there is one.
    """

    rule: Rule
    came: tuple[tuple[Example, Came], ...]
    mutants: tuple[tuple[Mutant, bool], ...] = ()

    @property
    def failed(self) -> tuple[tuple[Example, Came], ...]:
        """Those that came otherwise."""
        return tuple((example, came) for example, came in self.came if came.says != example.says)

    @property
    def survived(self) -> tuple[Mutant, ...]:
        """The mutants that every example takes for the rule."""
        return tuple(mutant for mutant, survives in self.mutants if survives)


def try_examples(law: Law, rule: Rule) -> Tried:
    """Try a rule on its examples, and then whether these hold it fast."""
    alone = law.alone(rule)
    cases = [(example, case_of(law, rule, example)) for example in rule.examples]
    tried = Tried(rule, tuple((example, try_rule(alone, case)) for example, case in cases))
    if tried.failed or not cases:
        return tried
    made = tuple(mutants(rule))
    alive = list(made)
    for (example, came), (_, case) in zip(tried.came, cases, strict=True):
        asked = _asked(alone, rule, case) if came.says != "held" else ()
        alive = [one for one in alive if _same(one, rule, example, (law.conditions, asked))]
    return replace(tried, mutants=tuple((one, one in alive) for one in made))


def failing(law: Law, rule: Rule) -> int:
    """Count the examples of a rule that come otherwise than they expect."""
    alone = law.alone(rule)
    came = ((one, try_rule(alone, case_of(law, rule, one))) for one in rule.examples)
    return sum(one.says != said.says for one, said in came)


def _asked(alone: Law, rule: Rule, case: Case) -> tuple[Testimony, ...]:
    """Give what a rule is told, for each subject about which it is asked; nothing if it does not speak of the case."""
    if not alone.rules(case.action.seat, case.action.kind):
        return ()
    told = testify(case, (rule,))
    return tuple(asked_about(told, subject) for subject in asked_of(rule, case))


def _same(
    mutant: Mutant, rule: Rule, example: Example, before: tuple[Conditions, tuple[Testimony, ...]]
) -> bool:
    """Say whether a mutant comes as an example expects of its rule."""
    conditions, asked = before
    fires = example.expect != "passes"
    changed = mutant.rule
    if changed is None or changed.then != rule.then:
        return not fires
    if mutant.turned and len(asked) < 2:  # what says the opposite need not be asked
        return not asked and not fires
    conditions.lend(changed.condition, like=rule.condition)
    try:
        met = sum(conditions.holds(changed.condition, one) for one in asked)
    except Unjudged:
        return False
    return speaks(rule, met, len(asked)) == fires


def try_rule(law: Law, case: Case) -> Came:
    """Ask the one rule of a law about a case, as the gate does: step 6, then step 9."""
    hearing = Hearing(replace(case, law=law))
    blind = known(hearing)
    if blind is not None:
        return Came("held", blind)
    verdict = next((verdict for _, verdict in rulings(hearing)), None)
    if verdict is None:
        return Came("passes")
    if any(isinstance(one, dict) and "error" in one for one in verdict.evidence[:1]):
        return Came("error", verdict)
    return Came(f"ask {verdict.person}" if verdict.ruling == "ask" else verdict.ruling, verdict)


def case_of(law: Law, rule: Rule, example: Example) -> Case:
    """Make the case that an example tells of."""
    chart = law.chart
    now = _at(chart, example.now or MONDAY, MONDAY)
    seat, kind = who(chart, rule, example)
    action = Action(
        id="a-1",
        seat=seat,
        turn=example.turn or TURN,
        kind=kind,
        sha256=offer_hash(seat, kind, example.about, dict(example.payload)),
        offered_at=_at(chart, example.offered, now),
        lapses_at=now + WAITS,
        about=example.about,
        payload=dict(example.payload),
        because=example.because,
        confidence=example.confidence,
        outside=example.outside,
        as_asked=ASKED if example.as_asked else "",
        tries=example.tries,
    )
    owned = {one: Owned(one, example.subjects) for one in example.about} if example.subjects else {}
    states = {name: _state(chart, name, given, now) for name, given in example.states.items()}
    sight = Sight(owned=owned, states={name: state_told(state) for name, state in states.items()})
    return Case(law, _account(chart, example, action, states, now), action, sight, now)


def who(chart: Chart, rule: Rule, example: Example) -> tuple[str, str]:
    """Say who acts in an example, and with what kind: where it does not say, the first of the rule, or who may."""
    kind = example.kind or next(iter(rule.actions), "")
    seat = example.seat or next(iter(rule.seats), "")
    able = {name: (*one.can.do, *one.can.ask) for name, one in chart.seats.items()}
    seat = seat or next((n for n, kinds in able.items() if kind in kinds or (kinds and not kind)), "")
    seat = seat or next(iter(chart.seats), "")
    return seat, kind or next(iter((*able.get(seat, ()), *chart.actions)), "")


def _account(
    chart: Chart, example: Example, action: Action, states: Mapping[str, Mapping[str, Json]], now: datetime
) -> Account:
    account = Account(n=0, at=now)
    for name in dict.fromkeys((*chart.seats, action.seat, *states)):
        account.seats[name] = Past(since=now, fixed_until=now, interval_until=now)
    for name, state in states.items():
        account.change(name, state=_published(state, now))
    for name, value in example.metrics.items():
        account.values[name] = Value(value, now, TURN)
    for claim in example.claims:
        stands = _claim(chart, claim, now)
        account.claimed.setdefault(claim.about, {})[claim.seat] = stands
    for number, mail in enumerate(example.mail, 1):
        identity = mail.id or f"m-{number}"
        sent = _at(chart, mail.sent, now)
        letter = Letter(
            identity, action.seat, mail.sender, mail.type, f"{identity}.md", number, sent, identity
        )
        told = {"about": mail.about, "subject": mail.subject, "outside": mail.outside, "hop": mail.hop}
        account.open_letter(replace(letter, **told))  # type: ignore[arg-type]
    for number, touch in enumerate(example.touched, 2):
        lately = Touch(f"a-{number}", action.kind, now - touch.ago)
        account.docket.touches.setdefault(touch.about, {})[touch.seat] = lately
    return account


def _claim(chart: Chart, given: ClaimGiven, now: datetime) -> Claim:
    until = _at(chart, given.until, now, ahead=True) if given.until is not None else None
    return Claim(given.about, _at(chart, given.since, now), TURN, until, given.because)


def _state(chart: Chart, name: str, given: StateGiven, now: datetime) -> dict[str, Json]:
    """Write a state as its file would be read."""
    times = {"written": _at(chart, given.written, now)}
    if given.as_of is not None:
        times["as_of"] = _at(chart, given.as_of, now)
    if given.good_until is not None:
        times["good_until"] = _at(chart, given.good_until, now, ahead=True)
    return {
        "seat": name,
        "turn": given.turn or TURN,
        "headline": given.headline,
        "outside": "yes" if given.outside else "no",
        "stale": list(given.stale),
        "items": list(given.items),
        "claims": [_as_written(_claim(chart, one, now)) for one in given.claims],
        "scorecard": dict(given.scorecard),
        **{key: at.isoformat() for key, at in times.items()},
    }


def _as_written(claim: Claim) -> Json:
    told = {"about": claim.about, "because": claim.because}
    return told | ({"until": claim.until.isoformat()} if claim.until is not None else {})


def _published(state: Mapping[str, Json], now: datetime) -> Published:
    at = {
        key: datetime.fromisoformat(state[key]) for key in ("written", "as_of", "good_until") if key in state
    }
    return Published(
        turn=state["turn"],
        n=0,
        sha256="",
        written=at.get("written", now),
        fingerprint="",
        as_of=at.get("as_of"),
        good_until=at.get("good_until"),
        headline=state["headline"],
        outside=state["outside"] == "yes",
    )


def _at(chart: Chart, given: Moment | None, now: datetime, *, ahead: bool = False) -> datetime:
    """Give the instant that was meant, in UTC: a span counts backwards, with `ahead` forwards."""
    if given is None:
        return now
    if isinstance(given, timedelta):
        return now + given if ahead else now - given
    aware = given if given.tzinfo is not None else given.replace(tzinfo=chart.calendar.tz)
    return aware.astimezone(UTC)
