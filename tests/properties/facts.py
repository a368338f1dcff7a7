"""Random facts for the gate, and the world of records that they make."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from core.history import chart_of, letter
from core.world import DAY, HOUR, World, of
from hypothesis import strategies as st
from properties.oracle import ANSWERS_TO, PEOPLE, Claim, Conflict, Facts, Kind, Mail, Offer, Past

from fleet.core.case import Owned
from fleet.core.chart import Chart
from fleet.core.ladder import message_record

ACTORS = ("dirk", "nick", "pulse")
AGENTS = ("pulse", "radar", "dirk", "nick")
KINDS = ("act", "send")
SUBJECTS = ("account:acme", "account:volt", "person:bob", "person:kim", "brand:zest")
NOW = datetime(2026, 11, 25, 15, 30, tzinfo=UTC)  # a Wednesday, 10:30 in New York
SEEN = 45 * DAY
"""How long before now the seats published and the action was offered."""

some = st.sampled_from
rare = st.integers(0, 5).map(lambda n: n == 0)
subject_lists = some([(s,) for s in SUBJECTS[:4]] * 3 + [(), SUBJECTS[:2], SUBJECTS[1:3]])


def mostly(usual: Any, *others: Any) -> Any:
    """Draw the usual value in four of five cases."""
    return some([usual] * 4 * len(others) + list(others))


kinds = st.builds(
    Kind,
    about=mostly((), ("account", "person")),
    outside=st.booleans(),
    once=mostly("", "no", "a day", "ever"),
    at_most=st.none()
    | st.none()
    | st.tuples(some([0, 1, 1, 2]), some(["", "day", "week", "month"]), st.booleans()),
)
conflicts = st.builds(
    Conflict,
    about=some(["account", "account", "person"]),
    rank=st.permutations(["pulse", "radar", "dirk", "nick", "founder", "crystal", "jeff"]).flatmap(
        lambda names: st.integers(2, 5).map(lambda count: tuple(names[:count]))
    ),
    then=some(["hold", "hold", "refuse", "ask founder", "ask bogdan", "allow"]),
    within=st.none() | some([24, 72, 720]),
)
HOURS = (0, 1, 9, 11, 23, 24, 25, 60, 71, 72, 73, 200, 700, 719, 720, 721, 900)


def offers(seats: Any) -> Any:
    return st.builds(Offer, seat=seats, kind=some(KINDS), about=subject_lists, payload=st.integers(0, 1))


pasts = st.builds(
    Past,
    offer=offers(some(AGENTS)),
    hours=some(HOURS),
    status=some(["done", "failed", "running", "unknown", "left"]),
)
mails = st.builds(
    Mail,
    sender=some([*AGENTS, *AGENTS, "founder", "bogdan", "operator"]),
    to=some(AGENTS),
    about=subject_lists,
    challenge=rare,
    read=some([True, True, False]),
    answered=st.booleans(),
)
claims = st.builds(
    Claim,
    seat=some([*AGENTS, "founder"]),
    about=some(SUBJECTS[:4]),
    hours=some([None, None, 5, 0, -3]),
    given_up=rare,
)
facts = st.builds(
    Facts,
    now=st.just(NOW),
    offer=st.builds(
        Offer,
        seat=some(ACTORS),
        kind=some(["act", "send", "send"]),
        about=subject_lists,
        payload=st.just(0),
        stamped=st.booleans(),
    ),
    kinds=st.fixed_dictionaries({"act": kinds, "send": kinds}),
    do=mostly(KINDS, ("act",)),
    ask=some([{}, {}, {"send": "founder"}, {"send": "bogdan"}]),
    never=mostly((), ("act",), ("account:volt",)),
    budget=mostly(None, (4, "day"), (4, "week"), (4, "")),
    spent=some([0, 3, 4]),
    conflicts=st.lists(conflicts, min_size=1, max_size=3).map(tuple),
    owners=st.fixed_dictionaries(
        {
            "person:bob": mostly(("account:acme",), ("account:acme", "account:volt"), None),
            "person:kim": mostly(("account:volt",), None),
        }
    ),
    states=st.fixed_dictionaries({name: mostly(24, 24, 24, 0, -1, "edited") for name in (*AGENTS, "founder")}),
    paused=mostly((), *[(name,) for name in ("", "dirk", "nick", "act", "send", "account:acme", "person:bob")]),
    gone=mostly((), (), (), ("dirk",), ("pulse",)),
    lapses=mostly(1, 1, 1, 0),
    past=st.lists(pasts, max_size=3).map(tuple),
    mail=st.lists(mails, max_size=2).map(tuple),
    claims=st.lists(claims, min_size=1, max_size=5).map(tuple),
    early=st.booleans(),
    late=some([(), (), ("founder",), ("bogdan",), PEOPLE]),
)  # fmt: skip


@lru_cache(maxsize=4096)
def _chart(seats: tuple[tuple[str, str], ...], tail: str) -> Chart:
    return chart_of(dict(seats), tail=tail)


def chart(f: Facts) -> Chart:
    """Write the chart of these facts as a person would, and read it."""
    seats = {name: f"answers_to: {ANSWERS_TO[name]}" for name in AGENTS}
    seats["bogdan"] = "person: Bo\nanswers_to: founder"
    seats["crystal"] = "title: Projects"
    asks = ", ".join(f"{kind}: {person}" for kind, person in f.ask.items())
    can = f"do: [{', '.join(f.do)}]" + (f", ask: {{{asks}}}" if asks else "")
    mine = [seats[f.offer.seat], f"can: {{{can}}}"]
    mine += [f"never: [{', '.join(f.never)}]"] if f.never else []
    mine += [f"budget: ${f.budget[0]}{' a ' if f.budget[1] else ''}{f.budget[1]}"] if f.budget else []
    seats[f.offer.seat] = "\n".join(mine)
    lines = ["actions:", *(f"  {name}: {{run: ./x{_kind(kind)}}}" for name, kind in f.kinds.items())]
    lines += ["subjects:", "  person: {of: account, from: people.csv}"]
    lines += ["conflicts:"] if f.conflicts else []
    for one in f.conflicts:
        within = f", within: {one.within}h" if one.within is not None else ""
        lines.append(f"  - {{about: {one.about}, rank: [{', '.join(one.rank)}], then: {one.then}{within}}}")
    lines += ["retired:", "  jeff: {title: J, date: 2026-04-13, record: r.md, because: x}"]
    return _chart(tuple(seats.items()), "\n".join(lines))


def _kind(kind: Kind) -> str:
    said = f", about: [{', '.join(kind.about)}]" if kind.about else ""
    said += ", outside: yes" if kind.outside else ""
    said += f", once: {kind.once}" if kind.once else ""
    if kind.at_most is not None:
        count, per, each = kind.at_most
        said += f", at_most: {count}{' a ' if per else ''}{per}{' each' if each else ''}"
    return said


class Made(World):
    """The world that facts make, record by record, with the action that is to be judged."""

    def __init__(self, f: Facts) -> None:
        self.facts = f
        super().__init__(chart=chart(f), at=f.now - SEEN)
        for name, hours in f.states.items():
            span = SEEN + hours * HOUR if isinstance(hours, int) else None
            self.publish(name, span)
        offer = f.offer
        lapses = SEEN + (f.lapses - 1) * HOUR + (HOUR / 2 if f.lapses else HOUR)
        self.id = self.offer(
            offer.seat, offer.kind, *offer.about, with_=offer.payload, lapses=lapses, **_stamp(offer)
        )
        if f.early:
            self.agree(PEOPLE)
        self._happen(f)
        self.at = f.now

    @property
    def owned(self) -> list[Owned]:
        """What the table says."""
        known = {name: found for name, found in self.facts.owners.items() if found is not None}
        lost = [name for name, found in self.facts.owners.items() if found is None]
        return [of(name, *found) for name, found in known.items()] + [
            of(n, why=f"{n} is nobody's") for n in lost
        ]

    def agree(self, people: tuple[str, ...]) -> None:
        """Have these people say yes to whatever they are asked."""
        while (verdict := self.judge(self.id, owned=self.owned)).ruling == "ask" and verdict.person in people:
            self.hear(self.id, owned=self.owned)
            self.answer(self.id, "yes", verdict.person)

    def _happen(self, f: Facts) -> None:
        for one in sorted(f.past, key=lambda one: -one.hours):
            self.at = f.now - one.hours * HOUR
            self._past(one)
        self.at = f.now - timedelta(minutes=1)
        if f.spent:
            past = self.account.past(f.offer.seat).state
            assert past is not None
            good = past.good_until - self.at if past.good_until else None
            self.publish(f.offer.seat, good, day=f"{f.now:%Y-%m-%d}", result={"cost": {"usd": f.spent}})
        for one in f.claims:
            until = f.now + one.hours * HOUR if one.hours is not None else None
            self.claim(one.seat, one.about, until)
            if one.given_up:
                self.release(one.seat, one.about)
        for one in f.mail:
            self._mail(one)
        for name in f.paused:
            where = name if name in AGENTS else None
            self.now("pause", where, by="founder", **({"what": name} if name and where is None else {}))
        for name, hours in f.states.items():
            if hours == "edited":
                self.now("trouble", name, kind="tampered", says="x")
        if f.gone:
            self.now("revision", id="r-2", texts={}, gone=list(f.gone))

    def _past(self, one: Past) -> None:
        offer = one.offer
        belongs = (owner for subject in offer.about for owner in self.facts.owners.get(subject, ()) or ())
        subjects = (*offer.about, *belongs)
        identity = self.started(
            offer.seat, offer.kind, *offer.about, with_=offer.payload, subjects=subjects, lapses=SEEN
        )
        if one.status in ("done", "failed"):
            self.end(identity, one.status, why="exit 1")
        elif one.status != "running":
            self.end(identity, "unknown", why="cut")
        if one.status == "left":
            self.answer(identity, "leave")

    def mail(self, sender: str, to: str, *about: str, **keys: Any) -> str:
        """Have a message there, whatever the post would have said."""
        identity = self.account.next_id("m")
        message = letter(identity, sender, to, about=about, sent=self.at, **keys)
        self.take(message_record(self.chart, message), self.at)
        return identity

    def _mail(self, mail: Mail) -> None:
        challenge = {"type": "CHALLENGE", "answer_by": self.at + DAY} if mail.challenge else {}
        identity = self.mail(mail.sender, mail.to, *mail.about, **challenge)
        if mail.read:
            self.read(identity)
        if mail.challenge and mail.answered:
            self.read(self.mail(mail.to, mail.sender, reply_to=identity, type="RESPONSE"))


def _stamp(offer: Offer) -> dict[str, bool]:
    return {"outside": True} if offer.stamped else {}
