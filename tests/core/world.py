"""A world in memory for the gate: a chart, what has happened under it, and verdicts on what a seat offers."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from core.history import NOW, History, chart_of, letter

from fleet.core.action import Action, offer_hash
from fleet.core.case import Case, Owned, Sight
from fleet.core.chart import Chart
from fleet.core.consequence import of_done
from fleet.core.gate import after_verdict, answered, ended, intent, judged
from fleet.core.judge import judge
from fleet.core.law import Law
from fleet.core.past import Matter, Running
from fleet.core.post import post
from fleet.core.record import Draft, Record
from fleet.core.result import read_result
from fleet.core.saw import noted
from fleet.core.verdict import Verdict
from fleet.store.yaml import read_plain

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
SEATS = {
    "bogdan": "person: Bogdan\nanswers_to: founder",
    "pulse": "answers_to: bogdan",
    "dirk": "never: [crm.delete, account:never]\n"
    "can: {do: [crm.write, note.append, mail.send, crm.delete], ask: {crm.offer: founder}}",
    "nick": "can: {do: [crm.write, mail.send, draft.write]}",
    "pepper": "can: {do: [mail.send, crm.write]}",
    "crystal": "title: Projects",  # nobody holds it: planned
}
ACTIONS = """
actions:
  crm.write: {run: ./write, about: account, repeat: safe}
  crm.offer: {run: ./offer, about: account, outside: yes}
  crm.delete: {run: ./delete, about: account}
  mail.send: {run: ./mail, about: [account, person], outside: yes, at_most: 1 a day each}
  draft.write: {run: ./draft, about: brand}
  note.append: {run: ./note}
subjects:
  person: {of: account, from: data/contacts.csv}
conflicts:
  - {about: account, rank: [pulse, dirk, nick], then: hold, because: Retention outranks expansion.}
  - {about: brand, rank: [dirk, nick], within: 30 days, then: refuse}
"""


class World(History):
    """What has happened to a fleet, one call a happening, each through the records that it leaves."""

    def __init__(
        self,
        seats: dict[str, str] | None = None,
        at: datetime = NOW,
        chart: Chart | None = None,
        **parts: str,
    ) -> None:
        usual = SEATS if "tail" not in parts else {}
        given = {**usual, **(seats or {})}
        super().__init__(chart or chart_of(given, **{"tail": ACTIONS, **parts}), at - 90 * DAY)
        self.at = at
        self.law = Law(self.chart)

    def line(self, place: str) -> str:
        """Give the line of the chart that a verdict points at."""
        file, _, number = place.rpartition(":")
        return self.chart.texts[file].splitlines()[int(number) - 1].strip()

    def now(self, what: str, seat: str | None = None, turn: str | None = None, /, **data: Any) -> Record:
        """Take in a record of this instant."""
        return self.take(Draft(what, seat, turn, data), self.at)

    def later(self, span: timedelta) -> World:
        """Let time pass."""
        self.at += span
        return self

    # What seats and people do.

    def publish(self, seat: str, until: timedelta | None = DAY, **more: Any) -> World:
        """Have a seat publish a state that holds for a while."""
        good = (self.at + until).isoformat() if until is not None else None
        state = {"sha256": f"{seat}{len(self.records)}", "fingerprint": "f", "good_until": good}
        self.turn(seat, self.account.next_id("t"), at=self.at, state=state, **more)
        return self

    def claim(self, seat: str, about: str, until: datetime | None = None, because: str = "") -> World:
        """Have a seat claim a subject."""
        end = until.isoformat() if until else None
        self.now("claim", seat, "t-1", about=about, until=end, because=because, on="taken")
        return self

    def release(self, seat: str, about: str) -> World:
        """Have a seat give a claim up."""
        self.now("claim", seat, "t-2", about=about, on="given up")
        return self

    def mail(self, sender: str, to: str, *about: str, **keys: Any) -> str:
        """Have somebody write to a seat; gives the message's id."""
        identity = self.account.next_id("m")
        message = letter(identity, sender, to, about=about, sent=self.at, **{"body": identity, **keys})
        self.take_all(post(self.chart, self.account, message, self.at), self.at)
        return identity

    def challenge(self, sender: str, to: str, *about: str) -> str:
        """Have somebody challenge a seat over subjects, and the seat read it without answering."""
        identity = self.mail(sender, to, *about, type="CHALLENGE", answer_by=self.at + DAY)
        self.read(identity)
        return identity

    def read(self, *messages: str) -> World:
        """Have messages read."""
        for identity in messages:
            self.now("message_done", id=identity, box="done", name="x", to=self.account.mail[identity].to)
        return self

    def offer(self, seat: str, kind: str, *about: str, **keys: Any) -> str:
        """Have a seat offer an action; gives its id."""
        payload = keys.pop("with_", None)
        identity = self.account.next_id("a")
        lapses = (self.at + keys.pop("lapses", DAY)).isoformat()
        sha256 = keys.pop("sha256", offer_hash(seat, kind, about, payload))
        data = {"id": identity, "kind": kind, "about": list(about), "with": payload, "sha256": sha256}
        self.now("offer", seat, keys.pop("turn", "t-5"), **data, lapses_at=lapses, **keys)
        return identity

    def result(self, seat: str = "dirk", holds: tuple[str, ...] = (), **given: Any) -> list[Record]:
        """Let a turn of a seat be done with a result, and give what followed; `holds` were put to it."""
        result = read_result(json.dumps(given).encode(), now=self.at, read_front=read_plain)
        assert result is not None
        identity = self.account.next_id("t")
        self.turn(seat, identity, at=self.at)
        past = Running(identity, self.at, self.at, 0, holds=holds)
        holder = self.chart.seats[seat]
        return self.take_all(
            of_done(self.chart, self.account, holder, identity, result, self.at, past=past), self.at
        )

    # What the gate does.

    def action(self, identity: str) -> Action:
        """Give an open action."""
        return self.account.docket.actions[identity]

    def case(self, identity: str, **sight: Any) -> Case:
        """Put the case of an action as it stands now."""
        owned = {one.subject: one for one in sight.pop("owned", ())}
        return Case(self.law, self.account, self.action(identity), Sight(owned=owned, **sight), self.at)

    def judge(self, identity: str, **sight: Any) -> Verdict:
        """Judge an action, and record nothing."""
        return judge(self.case(identity, **sight))

    def hear(self, identity: str, **sight: Any) -> Verdict:
        """Judge an action and record the verdict with what follows."""
        verdict = self.judge(identity, **sight)
        draft = noted(judged(self.account, self.action(identity), verdict), self.case(identity, **sight))
        record = self.take(draft, self.at)
        self.take_all(after_verdict(self.chart, self.account, record), self.at)
        return verdict

    def begin(self, identity: str, **sight: Any) -> World:
        """Let an action begin, which must be allowed."""
        verdict = self.hear(identity, **sight)
        assert verdict.ruling == "allow", verdict.reason
        return self._begin(identity, verdict)

    def _begin(self, identity: str, verdict: Verdict) -> World:
        action = self.action(identity)
        self.take(intent(action, self.chart.actions[action.kind], verdict), self.at)
        return self

    def end(self, identity: str, outcome: Any = "done", **facts: Any) -> World:
        """Let a running action end."""
        action = self.action(identity)
        self.take(ended(self.chart, self.account, action, outcome, facts, self.at), self.at)
        return self

    def did(self, seat: str, kind: str, *about: str, **keys: Any) -> str:
        """Have a seat have done something just now, whatever the gate would have said; gives its id."""
        identity = self.started(seat, kind, *about, **keys)
        self.end(identity)
        return identity

    def started(self, seat: str, kind: str, *about: str, **keys: Any) -> str:
        """Have an action of a seat run, whatever the gate would have said; gives its id."""
        subjects = keys.pop("subjects", about)
        identity = self.offer(seat, kind, *about, **keys)
        self._begin(identity, Verdict("allow", "", "", subjects=subjects))
        return identity

    def answer(self, identity: str, answer: str, by: str = "founder", **more: Any) -> Record:
        """Have a person answer."""
        return self.take(answered(self.account, self.action(identity), answer, {"by": by}, **more), self.at)

    def yes(self, identity: str, **sight: Any) -> Verdict:
        """Have the person who is asked say yes, and judge again."""
        assert self.hear(identity, **sight).ruling == "ask"
        self.answer(identity, "yes", self.action(identity).person)
        return self.judge(identity, **sight)

    def matters(self, kind: str) -> list[Matter]:
        """List the open matters of a kind."""
        return [matter for matter in self.account.matters.values() if matter.kind == kind]


def of(subject: str, *owner: str, why: str = "") -> Owned:
    """Say to what a subject belongs, as the table says it; `why` if that is not known."""
    return Owned(subject, owner, why, "data/contacts.csv", "5a")
