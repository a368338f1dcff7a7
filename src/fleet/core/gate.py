"""The gate's records: what is drafted when an action was judged, begins, ends, or is answered by a person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

from fleet.core.account import Account
from fleet.core.action import Action, Status
from fleet.core.canonical import canonical
from fleet.core.chain import person_above
from fleet.core.chart import ActionKind, Chart
from fleet.core.codec import Json
from fleet.core.ladder import open_matter
from fleet.core.message import one_or_list
from fleet.core.past import Matter
from fleet.core.planner import paced_wake
from fleet.core.record import Draft, Record
from fleet.core.verdict import Step, Verdict, sentence

Outcome = Literal["done", "failed", "unknown"]

TRIES_AT_MOST = 5
"""How often an action that is safe to repeat is begun before a person is asked."""
AGAIN_AFTER = (timedelta(seconds=1), timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=5))
_STANDS: dict[str, Status] = {"hold": "held", "ask": "asked"}


def changes(action: Action, verdict: Verdict) -> bool:
    """Say whether a verdict is news: the same one again is not recorded.

    A rule that asks for the time is asked again each minute, which alone is no news.
    """
    before = (action.status, action.step, action.rule, action.place, action.reason, action.person)
    after = (
        _STANDS.get(verdict.ruling),
        *(verdict.step, verdict.rule, verdict.place, verdict.reason, verdict.person),
    )
    moved = action.again_at != verdict.again_at
    if moved and verdict.step == Step.RULES and action.again_at is not None:
        moved = verdict.again_at is None
    return before != after or action.looked != verdict.looked or moved


def judged(account: Account, action: Action, verdict: Verdict) -> Draft:
    """Draft the record of a verdict; `after_verdict` gives what follows from it."""
    data: dict[str, Any] = {
        "id": action.id,
        "kind": action.kind,
        "about": list(action.about),
        "sha256": action.sha256,
        **verdict.data(),
    }
    if verdict.ruling == "refuse":
        data["correction"] = sentence(f"{say(action)} was refused: {verdict.reason}")
    if verdict.ruling in ("refuse", "allow"):
        data |= settles(account, action.id)
    return Draft("verdict", seat=action.seat, turn=action.turn, data=data)


def unmoved(chart: Chart, action: Action, verdict: Verdict) -> Draft:
    """Draft that an action which may have happened does not begin again: it stays unknown, and a person is asked."""
    data: dict[str, Any] = {
        "id": action.id,
        "kind": action.kind,
        "about": list(action.about),
        "sha256": action.sha256,
        **{key: value for key, value in verdict.data().items() if key != "again_at"},
        "person": verdict.person or _nearest_person(chart, action.seat),
        "correction": f"{say(action)} may have happened or not, and is not tried again: {verdict.reason}; "
        "a person is asked what became of it.",
    }
    return Draft("verdict", seat=action.seat, turn=action.turn, data=data)


def after_verdict(chart: Chart, account: Account, record: Record) -> Iterator[Draft]:
    """Draft what follows from a verdict: a question to a person, a wake, an alert."""
    data = record.data
    yield from after_settling(account, record)
    yield from _unjudged(data)
    action = account.docket.actions.get(data.get("id", ""))
    if action is None:
        return
    if action.status == "unknown":
        yield from _alerts(chart, account, data, record.at)
    elif data["verdict"] == "ask":
        yield _question(action, data["person"])
    elif data["verdict"] == "hold":
        if action.must_keep:
            yield from _wake(chart, account, action)
        yield from _alerts(chart, account, data, record.at)


def after_settling(account: Account, record: Record) -> Iterator[Draft]:
    """Put the messages that told people of a matter into done/, because it is settled."""
    yield from put_away(account, record.data.get("id", ""), record.data.get("settles", ()))


def put_away(account: Account, identity: str, messages: Iterable[str]) -> Iterator[Draft]:
    """Put those of these messages that still wait into done/."""
    for message in messages:
        letter = account.mail.get(message)
        if letter is not None and letter.box == "new":
            why = f"{identity} is settled"
            data = {"id": message, "box": "done", "to": letter.to, "name": letter.name, "why": why}
            yield Draft("message_done", seat=letter.to, data=data)


def settles(account: Account, identity: str) -> dict[str, list[str]]:
    """Name the waiting messages that told people of an action's matter, and of no other that is open."""
    matter = account.matters.get(identity)
    told = [message for message in (matter.told if matter is not None else ()) if message in account.mail]
    others = [m.told for m in account.matters.values() if told and m.id != identity]
    told = [message for message in told if not any(message in other for other in others)]
    return {"settles": told} if told else {}


def say(action: Action) -> str:
    """Name an action in a sentence to its seat."""
    about = f" about {', '.join(action.about)}" if action.about else ""
    return f"Your {action.kind}{about} ({action.id})"


def _question(action: Action, person: str) -> Draft:
    data = {
        "id": action.id,
        "person": person,
        "hash": action.seal,
        "kind": action.kind,
        "about": list(action.about),
        "files": dict(action.files),
        "expires_at": action.lapses_at.isoformat(),
    }
    return Draft("approval_asked", seat=action.seat, turn=action.turn, data=data)


def _unjudged(data: Mapping[str, Any]) -> Iterator[Draft]:
    """Tell of a rule that refused because it could not be judged: it may refuse all that it is asked."""
    if data.get("verdict") != "refuse" or data.get("step") != Step.RULES:
        return
    for seen in data.get("evidence", ()):
        if isinstance(seen, Mapping) and "rule" in seen and "error" in seen:
            name = seen["rule"]
            says = f"{name} refuses what it cannot judge: {seen['error']}; see fleet rules show {name}"
            yield Draft("trouble", data={"kind": "rule", "says": says, "rule": name, "if": seen["if"]})


def _wake(chart: Chart, account: Account, action: Action) -> Iterator[Draft]:
    """Wake a seat whose action waits for it to read and to say `keep`; one wake serves all of them."""
    seat = chart.seats[action.seat]
    if seat.holder.is_agent and not any(w.cause == "hold" for w in account.seats[seat.id].pending):
        wake = "hold", f"hold:{action.id}:{account.n}", f"{action.id} is held: {action.kind}"
        yield paced_wake(chart, seat, account.seats[seat.id], wake, account.at)


def _alerts(chart: Chart, account: Account, data: Mapping[str, Any], now: datetime) -> Iterator[Draft]:
    """Alert once for each seat that cannot be relied on, until it publishes again, and for each table."""
    action = account.docket.actions[data["id"]]
    lacking = [(name, "") for name in data.get("blind", ())]
    lacking += [(action.seat, data["lacks"])] if data.get("lacks") else []
    known = {(m.seat, m.subject) for m in account.matters.values() if m.kind == "blind"} if lacking else set()
    for name, table in lacking:
        if (name, table) in known:
            continue
        says = f"actions are held: {data['reason']}"
        whose = {"seat": name} if name in account.seats else {}
        yield Draft("trouble", **whose, data={"kind": "blind", "says": says})
        matter = Matter(
            id=account.next_id("i"),
            kind="blind",
            seat=name,
            ladder="usual",
            base_at=now,
            subject=table,
            because=says,
        )
        yield from open_matter(chart, account, matter, now)


def intent(action: Action, kind: ActionKind, verdict: Verdict) -> Draft:
    """Draft that an action is about to begin; nothing of it may happen before this is on disk."""
    data = {
        "id": action.id,
        "key": action.id,
        "try": action.tries + 1,
        "kind": action.kind,
        "about": list(action.about),
        "subjects": list(verdict.subjects),
        "with": action.payload,
        "sha256": action.sha256,
        "runs": " ".join(kind.run) or kind.http,
        "limit_s": int(kind.limit.total_seconds()),
        "once": kind.once,
        "yes": [yes.by for yes in action.answers if yes.seal == action.seal],
    }
    return Draft("action_intent", seat=action.seat, turn=action.turn, data=data)


def given(action: Action) -> dict[str, Any]:
    """Give what the program of an action, or the server it is posted to, is told."""
    return {
        "id": action.id,
        "kind": action.kind,
        "about": one_or_list(action.about),
        "with": action.payload,
        "seat": action.seat,
        "turn": action.turn,
        "because": action.because,
    }


def ended(
    chart: Chart, account: Account, action: Action, outcome: Outcome, facts: Mapping[str, Any], now: datetime
) -> Draft:
    """Draft what came of an action. An unknown one that is safe to repeat is judged again, at most 5 times."""
    kind = chart.actions.get(action.kind)
    why = str(facts.get("why", ""))
    data: dict[str, Any] = {
        "id": action.id,
        "outcome": outcome,
        "kind": action.kind,
        "about": list(action.about),
        "try": action.tries,
        **facts,
    }
    if outcome == "unknown":
        again = kind is not None and kind.repeat == "safe" and action.tries < TRIES_AT_MOST
        if again:
            wait = AGAIN_AFTER[min(action.tries, len(AGAIN_AFTER)) - 1]
            data["again_at"] = (now + wait).isoformat()
        else:
            data["person"] = _nearest_person(chart, action.seat)
        next_ = "it is tried again" if again else "a person is asked what became of it"
        data["correction"] = f"{say(action)} may have happened or not: {why}; {next_}."
    elif outcome == "failed":
        data["correction"] = sentence(f"{say(action)} failed: {why}" if why else f"{say(action)} failed")
    else:
        data["tells"] = f"{say(action)} was done."
    data |= settles(account, action.id)
    if why and (kind is None or kind.outside or kind.http):
        data["outside"] = True  # what it ran, or who answered it, may say what strangers wrote
    return Draft("action_outcome", seat=action.seat, turn=action.turn, data=data)


def after_outcome(account: Account, record: Record) -> Iterator[Draft]:
    """Draft what follows from an outcome."""
    yield from after_settling(account, record)
    data = record.data
    if data["outcome"] == "failed":
        says = f"{data['id']} failed: {data.get('why', '')}"
        yield Draft("trouble", seat=record.seat, data={"kind": "action", "says": says})


def _nearest_person(chart: Chart, seat: str) -> str:
    """Name the person who decides for a seat: the nearest one it answers to, else the first on the chart.

    A seat that has left the chart answers to nobody, and what it left behind must be decided too.
    """
    people = (name for name, one in chart.seats.items() if one.holder.is_person)
    return person_above(chart, seat) or next(people, "")


def answered(
    account: Account,
    action: Action,
    answer: str,
    who: Mapping[str, Any],
    *,
    because: str = "",
    payload: Mapping[str, Any] | None = None,
) -> Draft:
    """Draft a person's answer: yes, no, edited; of an unknown again, happened, leave. `who` has him as `by`.

    It names what stood against the action, so that an account of overrides needs no other record.
    """
    by = str(who["by"])
    data: dict[str, Any] = {
        "id": action.id,
        "answer": answer,
        **who,
        "asked": action.person,
        "because": because,
        "hash": action.seal,
        "kind": action.kind,
        "about": list(action.about),
    }
    if action.status in ("asked", "held"):
        against = {
            "rule": action.rule,
            "place": action.place,
            "against": action.reason,
            "asks": list(action.asks),
            "rules": [list(pair) for pair in action.rules],
        }
        data |= {key: value for key, value in against.items() if value}
    if answer == "edited":
        data |= {"with": dict(payload or {}), "before": action.payload}
    yours = _lower(action)
    said = {
        "no": f"{by} said no to {yours}",
        "edited": f"{by} said yes to {yours}, changed to {_shown(data.get('with'))}",
        "leave": f"{by} left {yours} at that: it may have happened or not",
        "happened": f"{by} found that {yours} did happen",
        "again": f"{by} said that {yours} is to be tried again",
        "yes": f"{by} said yes to {yours}",
    }[answer]
    key = "tells" if answer in ("yes", "again") else "correction"
    data[key] = sentence(f"{said}: {because.strip()}" if because.strip() else said)
    data |= settles(account, action.id)
    return Draft("approval_answered", seat=action.seat, turn=action.turn, data=data)


def _shown(payload: Json) -> str:
    return canonical(payload).decode()


def _lower(action: Action) -> str:
    return "y" + say(action)[1:]
