"""The judgement on random facts: as the contract has it, the same every time, and never freer for knowing of danger."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from core.world import DAY, HOUR, World, of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from properties.facts import AGENTS, SUBJECTS, Made, facts
from properties.oracle import Facts, above, judged, over

from fleet.core.account import from_checkpoint
from fleet.core.canonical import canonical, plain
from fleet.core.record import Record

OPTIONS: dict[str, Any] = {
    "deadline": None,
    "derandomize": True,
    "database": None,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large],
}


@settings(max_examples=550, **OPTIONS)
@given(facts)
def test_the_verdict_is_the_one_of_the_contract(f: Facts) -> None:
    w = Made(f)
    w.agree(f.late)
    verdict = w.judge(w.id, owned=w.owned)
    person = verdict.person if verdict.ruling == "ask" else ""
    assert (verdict.ruling, verdict.step, person) == judged(f), verdict.reason


@settings(max_examples=120, **OPTIONS)
@given(facts)
def test_the_same_facts_give_the_same_verdict_also_from_a_checkpoint(f: Facts) -> None:
    w = Made(f)
    w.agree(f.late)
    first = w.judge(w.id, owned=w.owned)
    assert w.judge(w.id, owned=w.owned) == first
    data = json.loads(canonical(plain(w.account.checkpoint())))
    again = from_checkpoint(Record(w.account.n, w.at, "checkpoint", None, None, data, "", "", ""))
    assert again.docket == w.account.docket
    w.account = again
    assert w.judge(w.id, owned=w.owned) == first


@settings(max_examples=120, **OPTIONS)
@given(facts)
def test_every_reason_can_be_read_aloud(f: Facts) -> None:
    verdict = (w := Made(f)).judge(w.id, owned=w.owned)
    assert verdict.reason
    for jargon in (
        "None",
        "  ",
        "..",
        ",,",
        ";;",
        ": :",
        " ,",
        "()",
        "{",
        "}",
        "could not judge",
        "datetime",
    ):
        assert jargon not in verdict.reason, verdict.reason
    if verdict.place:
        assert verdict.place.startswith("fleet.yaml:") and w.line(verdict.place)


# Danger.


def claims(w: Made, n: int) -> None:
    """A seat that stands above claims a subject; where none does, any seat."""
    found = [(name, subject) for subject, conflict in over(w.facts) for name in above(w.facts, conflict)]
    seat, subject = found[n % len(found)] if found else (AGENTS[n % 4], SUBJECTS[n % 4])
    w.claim(seat, subject)


def writes(w: Made, n: int) -> None:
    w.mail(("founder", "operator", "bogdan", *AGENTS)[n % 7], w.facts.offer.seat, SUBJECTS[n % 4])


def challenges(w: Made, n: int) -> None:
    keys = {"type": "CHALLENGE", "answer_by": w.at + DAY}
    w.read(w.mail(AGENTS[n % 4], AGENTS[(n + 1) % 4], SUBJECTS[n % 4], **keys))


def pauses(w: Made, n: int) -> None:
    what = ("", "act", "send", "account:acme", "dirk")[n % 5]
    where = what if what in AGENTS else None
    w.now("pause", where, by="founder", **({"what": what} if what and not where else {}))


def edits_a_state(w: Made, n: int) -> None:
    w.now("trouble", AGENTS[n % 4], kind="tampered", says="x")


def acts(w: Made, n: int) -> None:
    offer = w.facts.offer
    seat = (offer.seat, *AGENTS)[n % 5]
    about = (offer.about, (SUBJECTS[n % 4],))[n % 2]
    w.did(seat, offer.kind, *about, with_=offer.payload)


def begins(w: Made, n: int) -> None:
    w.started(AGENTS[n % 4], w.facts.offer.kind, SUBJECTS[n % 4], with_=n)


def spends(w: Made, n: int) -> None:
    w.turn(w.facts.offer.seat, "t-900", "empty", w.at, day=f"{w.at:%Y-%m-%d}", result={"cost": {"usd": n}})


DANGERS: tuple[Callable[[Made, int], None], ...] = (
    *(claims, writes, challenges, pauses, edits_a_state, acts, begins, spends),
)


@settings(max_examples=400, **OPTIONS)
@given(
    f=facts, happens=st.lists(st.tuples(st.sampled_from(DANGERS), st.integers(0, 30)), min_size=1, max_size=3)
)
def test_to_know_of_more_danger_never_frees(
    f: Facts, happens: list[tuple[Callable[[Made, int], None], int]]
) -> None:
    if judged(f)[0] == "allow":
        return
    w = Made(f)
    before = w.judge(w.id, owned=w.owned)
    for danger, number in happens:
        danger(w, number)
    after = w.judge(w.id, owned=w.owned)
    assert after.ruling != "allow", (before.reason, after.reason)


@settings(max_examples=150, **OPTIONS)
@given(f=facts, faults=st.lists(st.sampled_from(AGENTS), min_size=1), lost=st.sampled_from(SUBJECTS))
def test_what_the_disk_hides_never_frees(f: Facts, faults: list[str], lost: str) -> None:
    w = Made(f)
    before = w.judge(w.id, owned=w.owned)
    rest = [one for one in w.owned if one.subject != lost]
    hidden = [of(lost, why=f"{lost} is nobody's")] if lost.startswith("person") else []
    after = w.judge(w.id, owned=[*rest, *hidden], faults=dict.fromkeys(faults, "is missing"))
    assert after.ruling != "allow" or before.ruling == "allow"


@settings(max_examples=250, **OPTIONS)
@given(f=facts, number=st.integers(0, 30))
def test_a_stronger_claim_never_loses(f: Facts, number: int) -> None:
    """Whoever stands above and claims stops it; who is stopped by a claim stands below whose it is."""
    w = Made(f)
    found = [
        (name, subject, conflict.then)
        for subject, conflict in over(f)
        for name in above(f, conflict)
        if conflict.then in ("hold", "refuse")
    ]
    if found:
        name, subject, _ = found[number % len(found)]
        w.claim(name, subject)
        assert w.judge(w.id, owned=w.owned).ruling in ("hold", "refuse")
    verdict = w.judge(w.id, owned=w.owned)
    for item in verdict.evidence:
        if "claim" in item:
            ranks = [c.rank for c in f.conflicts if item["claim"].startswith(c.about)]
            mine = f.offer.seat
            assert any(
                item["by"] in r and (mine not in r or r.index(item["by"]) < r.index(mine)) for r in ranks
            )


# Holds.


def releases(w: Made, n: int) -> None:
    standing = [(seat, about) for about, by in w.account.claimed.items() for seat in by]
    if standing:
        w.release(*standing[n % len(standing)])


def resumes(w: Made, n: int) -> None:
    for name in w.facts.paused:
        where = name if name in AGENTS else None
        w.now("resume", where, **({"what": name} if name and not where else {}))


def publishes(w: Made, n: int) -> None:
    w.publish(AGENTS[n % 4], DAY)


def answers(w: Made, n: int) -> None:
    for matter in list(w.account.matters.values()):
        if matter.type == "CHALLENGE":
            w.read(w.mail(matter.seat, matter.sender, reply_to=matter.id, type="RESPONSE"))


def ends(w: Made, n: int) -> None:
    for action in list(w.account.docket.actions.values()):
        if action.status == "running":
            w.end(action.id, ("done", "failed", "unknown")[n % 3], why="cut")


def leaves(w: Made, n: int) -> None:
    w.now("revision", id="r-9", texts={}, gone=[AGENTS[n % 4]])


HAPPENINGS = (*DANGERS, releases, resumes, publishes, answers, ends, leaves)


SPANS = st.sampled_from([0, 0, 0, 1, 6, 15, 40])


def calm(f: Facts) -> Facts:
    """Leave only what other seats and people have to say."""
    kinds = {name: replace(kind, about=(), at_most=None, once="no") for name, kind in f.kinds.items()}
    conflicts = tuple(replace(one, then="hold") for one in f.conflicts)
    quiet = {"paused": (), "gone": (), "never": (), "budget": None, "mail": (), "do": ("act", "send")}
    return replace(f, kinds=kinds, conflicts=conflicts, **quiet)  # type: ignore[arg-type]


@settings(max_examples=300, **OPTIONS)
@given(f=st.one_of(facts, facts.map(calm)), number=st.integers(0, 30), hours=SPANS)
def test_what_changes_a_verdict_was_looked_at(f: Facts, number: int, hours: int) -> None:
    """A held action is judged again for what it looked at alone, so that must be all that can change the verdict."""
    if judged(f)[0] != "hold" or judged(f)[1] == 7:  # what step 7 holds waits for its seat
        return
    for happens in HAPPENINGS:
        w = Made(f)
        before = w.judge(w.id, owned=w.owned)
        w.account.stirred.clear()
        happens(w, number)
        ran_out = _runs_out(w, hours)
        w.later(timedelta(hours=hours))
        after = w.judge(w.id, owned=w.owned)
        # Its own budget is looked at whenever it is judged; that it is spent meanwhile cannot free it.
        if (after.ruling, after.step) == (before.ruling, before.step) or after.step == 4:
            continue
        due = before.again_at is not None and before.again_at <= w.at
        lapsed = w.action(w.id).lapses_at <= w.at
        assert due or lapsed or ran_out or set(before.looked) & set(w.account.stirred), (before, after)


def _runs_out(w: Made, hours: int) -> bool:
    """Whether a state comes to its end meanwhile: that is a record of its own, at that moment."""
    states = [past.state for past in w.account.seats.values() if past.state is not None]
    return any(s.good_until is not None and w.at <= s.good_until < w.at + hours * HOUR for s in states)


# Joining.

WHATS = ("offer", "offer", "hear", "yes", "begin", "end", "claim", "release", "cut")
STEPS = st.lists(st.tuples(st.sampled_from(WHATS), st.integers(0, 5)), min_size=3, max_size=25)


@settings(max_examples=80, **OPTIONS)
@given(steps=STEPS)
def test_equal_offers_join(steps: list[tuple[str, int]]) -> None:
    w = World().publish("pulse", 60 * DAY)
    for number, (what, n) in enumerate(steps):
        _step(w, what, n, number)
        hashes = [action.sha256 for action in w.account.docket.actions.values()]
        assert len(set(hashes)) == len(hashes)
        begun = [deed.sha256 for deed in w.account.docket.deeds.values() if deed.kind == "crm.offer"]
        assert len(set(begun)) == len(begun)


def _step(w: Any, what: str, n: int, number: int) -> None:
    found = list(w.account.docket.actions.values())
    action = found[n % len(found)] if found else None
    if what == "offer":
        one = {"kind": ("crm.offer", "crm.write")[n % 2], "about": "account:acme", "with": {"n": n // 2}}
        w.result(headline=str(number), actions=[one])
    elif what == "claim":
        w.claim("pulse", "account:acme")
    elif what == "release":
        w.release("pulse", "account:acme")
    elif action is None:
        return
    elif what == "hear" and action.status in ("offered", "held"):
        w.hear(action.id)
    elif what == "yes" and action.status == "asked":
        w.answer(action.id, "yes")
    elif what == "begin" and action.status in ("offered", "held") and w.judge(action.id).ruling == "allow":
        w.begin(action.id)
    elif what in ("end", "cut") and action.status == "running":
        w.end(action.id, "done" if what == "end" else "unknown", why="cut")
