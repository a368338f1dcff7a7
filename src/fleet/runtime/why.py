"""Why: why a thing did or did not run, wait, get refused; from the records of the ledger alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from fleet.core.evidence import concerned, payload_of, say_evidence
from fleet.core.frozen import dataclass
from fleet.core.moment import near, read_near, soon
from fleet.core.reason import next_of_action, next_rung, settled, why_action
from fleet.core.record import ERASED, Record
from fleet.core.remedy import of_action, of_turn, of_wake
from fleet.core.story import Step, came, step
from fleet.core.verdict import Step as Gate
from fleet.runtime.place import Places
from fleet.store.ledger import records

if TYPE_CHECKING:
    from fleet.runtime.view import View

SCAN_MAX = 200_000
"""Records looked at before what was asked about counts as too long ago; a year of a small fleet."""
CHAIN_MAX = 40
OF_SEAT = frozenset(
    {
        *("turn_started", "turn_ended", "wake_skipped", "wake_missed", "pause", "resume", "claim", "trouble"),
        *("verdict", "approval_answered", "action_outcome"),
    }
)
"""What is told of a seat's last hours."""
TOLD_TWICE = ("action",)
"""Kinds of trouble that an outcome tells as well."""
SEAT_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Why:
    """An answer: how the thing stands in a word and in a sentence, on what, what comes next, and how it came to it.

    `chain` is newest first.
    """

    id: str
    what: str
    title: str
    stands: str
    says: str
    place: str = ""
    because: tuple[str, ...] = ()
    next: tuple[str, ...] = ()
    chain: tuple[Step, ...] = ()
    payload: Any = None
    rule: str = ""
    """What of fleet.yaml decided, and `place` is where it stands."""


def why(view: View, wanted: str, now: datetime) -> Why | None:
    """Answer for a seat, or the id of anything; None if the ledger has nothing of it. `now` has the zone."""
    answer, places = _answer(view, wanted, now), Places(view)
    return answer and replace(answer, chain=tuple(places.step(one) for one in answer.chain))


def _answer(view: View, wanted: str, now: datetime) -> Why | None:
    if wanted in {*view.chart.seats, *view.account.seats, *view.chart.retired}:
        from fleet.runtime.whose import of_seat

        return of_seat(view, wanted, now)
    kind, _, number = wanted.partition("-")
    if "@" in wanted:
        return _of_wake(view, wanted, now)
    if not number.isdigit():
        return None
    tellers = {"a": _of_action, "t": _of_turn, "m": _of_message, "i": _of_matter, "r": _of_revision}
    teller = tellers.get(kind)
    return teller(view, wanted, now) if teller is not None else None


def found(
    view: View, wanted: Callable[[Record], bool], first: Callable[[Record], bool], *, most: int = CHAIN_MAX
) -> list[Record]:
    """Find the records of a thing, newest first, back to that with which it began."""
    kept: list[Record] = []
    for record in islice(records(view.files, newest_first=True), SCAN_MAX):
        begins = first(record)
        if begins or (len(kept) < most and wanted(record)):
            kept.append(record)
        if begins:
            break
    return kept


def told(chain: Iterable[Record], now: datetime, *, named: bool = False) -> tuple[Step, ...]:
    """Tell records, leaving out those that only repeat; `named` says of which action each speaks."""
    steps = ((record, step(record, now)) for record in chain)
    return tuple(_named(record, one) if named else one for record, one in steps if one is not None)


def _named(record: Record, one: Step) -> Step:
    data = record.data
    identity = data.get("id") or data.get("joins")
    if record.what not in ("offer", *_OF_ACTION) or not identity:
        return one
    return replace(one, says=f"{identity} {data.get('kind', '')}: {one.says}")


# Actions.


def _of_action(view: View, identity: str, now: datetime) -> Why | None:
    chain = _chain_of_action(view, identity)
    if not chain:
        return None
    offer = chain[-1]
    action = view.account.docket.actions.get(identity)
    title, given = _wanted_of(offer), payload_of(chain)
    verdict = next((r for r in chain if r.what == "verdict" and "step" in r.data), None)
    data = {**verdict.data, "since": _held_since(chain)} if verdict is not None else {}
    evidence = tuple(say_evidence(item, now) for item in data.get("evidence", ()))
    if verdict is not None and data["step"] == Gate.RULES:
        from fleet.core.exhibit import offered  # the parser of conditions is large

        evidence += tuple(offered(chain, verdict, view.chart.calendar.tz))
    if action is None:
        last = next((r for r in chain if r.what != "escalation_step"), offer)
        says = f"{came(last, now)}{_yes(chain, last)}"
        place = Places(view).of(str(last.data.get("place", "")), last.n) if last.what == "verdict" else ""
        shown = evidence if last is verdict else ()
        following = tuple(of_action(last))
        rule = str(last.data.get("rule") or "") if place else ""
        way = told(chain, now)
        return Why(identity, "action", title, end_of(last), says, place, shown, following, way, given, rule)
    says = why_action(action, data, now)
    following = tuple(next_of_action(view.chart, view.account, action, data, now))
    waits = action.status in ("held", "asked")
    place = Places(view).of(action.place, action.judged_n) if waits else ""
    shown, rule = (evidence, action.rule) if waits else ((), "")
    way = told(chain, now)
    return Why(identity, "action", title, action.status, says, place, shown, following, way, given, rule)


def _chain_of_action(view: View, identity: str) -> list[Record]:
    """Find all records of one action, newest first; the last one is its offer."""

    def of_it(record: Record) -> bool:
        data = record.data
        if record.what == "escalation_step":
            return data.get("matter") == identity
        return record.what in _OF_ACTION and identity in (data.get("id"), data.get("joins"))

    chain = found(view, of_it, lambda r: r.what == "offer" and r.data.get("id") == identity)
    return chain if chain and chain[-1].what == "offer" else []


_OF_ACTION = ("verdict", "approval_answered", "action_intent", "action_outcome")


def _wanted_of(offer: Record) -> str:
    """Say in a few words what was offered: `crm.offer of dirk to account:acme`."""
    about = ", ".join(offer.data.get("about", ()))
    return f"{offer.data['kind']} of {offer.seat}{f' to {about}' if about else ''}"


def _held_since(chain: list[Record]) -> str:
    """Give since when an action is held without a break."""
    since = ""
    for record in chain:
        if record.what in ("approval_answered", "action_outcome") or record.data.get("verdict") == "kept":
            break
        if record.what == "verdict" and "step" in record.data:
            if record.data["verdict"] != "hold":
                break
            since = record.at.isoformat()
    return since


def _yes(chain: list[Record], last: Record) -> str:
    """Name who had said yes to what was done."""
    if last.what != "action_outcome":
        return ""
    names = [r.data["by"] for r in chain if r.what == "approval_answered" and r.data["answer"] != "no"]
    return f". {' and '.join(dict.fromkeys(reversed(names)))} had said yes." if names else ""


def end_of(last: Record) -> str:
    """Give in a word how an action ended, by the last record of it."""
    if last.what == "approval_answered":
        answers = {"no": "denied", "leave": "left", "happened": "done"}
        return answers.get(last.data["answer"], str(last.data["answer"]))
    if last.what == "action_outcome":
        return str(last.data["outcome"])
    return {"refuse": "refused"}.get(last.data.get("verdict", ""), str(last.data.get("verdict", "over")))


def held_by(view: View, seats: Iterable[str]) -> dict[str, list[tuple[str, str]]]:
    """Find which open actions a claim, touch, letter or state of these seats holds: (action, why), by seat."""
    actions = {a.judged_n: a for a in view.account.docket.actions.values() if a.status == "held"}
    wanted, holders = set(seats), dict[str, list[tuple[str, str]]]()
    oldest = min(actions, default=0)
    for record in records(view.files, newest_first=True) if actions else ():
        if record.n < oldest:
            break
        action = actions.get(record.n)
        for name in concerned(record.data) if action is not None else ():
            if name in wanted and action is not None and name != action.seat:
                holders.setdefault(name, []).append((action.id, action.reason))
    return {name: held[::-1] for name, held in holders.items()}


# Turns and wakes.


def _of_turn(view: View, identity: str, now: datetime) -> Why | None:
    end = 0

    def of_it(record: Record) -> bool:
        nonlocal end
        if record.turn != identity:
            return False
        if record.what == ERASED_END:
            end = 1 << 62
        if record.what == "turn_ended":
            end = record.n + int(record.data.get("then", 0))
        return record.what in _OF_TURN

    begins = ("turn_started",)
    chain = found(view, of_it, lambda r: r.turn == identity and r.what in begins, most=SCAN_MAX)
    ended = next((r for r in chain if r.what == "turn_ended"), None)
    erased = next((r for r in chain if r.what == ERASED_END), None)
    if not chain or (chain[-1].what not in begins and ended is None):
        return None
    chain = [r for r in chain if r.what in ("turn_started", "turn_ended") or (r.n <= end and r is not erased)]
    first = chain[-1]
    title = f"turn of {first.seat}"
    if ended is None and erased is not None:
        says, stands = f"its end, record {erased.n}, was erased", "erased"
    elif ended is None:
        deadline = read_near(first.data.get("deadline"), now)
        says, stands = (
            f"runs since {near(first.at.astimezone(now.tzinfo), now)}, until {deadline} at most",
            "runs",
        )
    else:
        says, stands = came(ended, now), str(ended.data["outcome"])
    because = tuple(first.data.get("woken_by", ())) if first.what == "turn_started" else ()
    if origins := first.data.get("origins"):
        says += f"; it was given text that strangers can write: {'; '.join(origins)}"
    following = () if erased is not None else tuple(_after(view, ended, now))
    chain = _few(chain)
    return Why(identity, "turn", title, stands, says, "", because, following, told(chain, now, named=True))


ERASED_END = f"{ERASED}turn_ended"
_OF_TURN = ("turn_started", "turn_ended", ERASED_END, "claim", "value", "message", "offer", "escalation_step")


def _few(chain: list[Record]) -> list[Record]:
    """Keep the newest of a long chain, and how it began."""
    return chain if len(chain) <= CHAIN_MAX else [*chain[: CHAIN_MAX - 1], chain[-1]]


def _after(view: View, ended: Record | None, now: datetime) -> Iterator[str]:
    if ended is None:
        yield "It takes effect when it has ended well, whole."
    else:
        from fleet.runtime.whose import left_by

        yield from of_turn(ended, now, left_by(view, str(ended.seat), str(ended.turn)))


def _of_wake(view: View, identity: str, now: datetime) -> Why | None:
    chain = found(
        view,
        lambda r: r.data.get("wake") == identity or identity in r.data.get("wakes", ()),
        lambda r: r.what == "wake_due" and r.data.get("wake") == identity,
    )
    if not chain:
        return None
    seat = identity.partition("@")[0]
    last = chain[0]
    past = view.account.seats.get(seat)
    waits = past is not None and any(w.id == identity for w in past.pending)
    if waits:
        from fleet.runtime.whose import held_up

        says = f"it waits: {held_up(view, seat)}"
    else:
        says = came(last, now)
    ran = {"turn_started": "runs", "turn_ended": "ran", "wake_skipped": "skipped", "wake_missed": "missed"}
    stands = "waits" if waits else ran.get(last.what, "due")
    served = next((r for r in chain if r.what == "turn_started"), None)
    others = [wake for wake in served.data.get("wakes", ()) if wake != identity] if served is not None else []
    merged = (f"{served.turn} served it together with {', '.join(others)}",) if served and others else ()
    following = () if waits else tuple(of_wake(last))
    return Why(identity, "wake", f"wake of {seat}", stands, says, "", merged, following, told(chain, now))


# Messages, matters, revisions.


def _of_message(view: View, identity: str, now: datetime) -> Why | None:
    def of_it(record: Record) -> bool:
        data = record.data
        joined = data.get("message") if data.get("merged") else None
        named = identity in (data.get("id"), data.get("reply_to"), data.get("matter"), joined)
        by_turn = record.what in ("turn_started", "turn_ended") and identity in data.get("mail", ())
        return by_turn or (record.what in ("message", "message_done", "escalation_step", "told") and named)

    chain = found(view, of_it, lambda r: r.what == "message" and r.data.get("id") == identity)
    if not chain or chain[-1].data.get("id") != identity:
        return None
    data = chain[-1].data
    letter = view.account.mail.get(identity)
    title = f"{data['type']} from {data['from']} to {data['to']}: {data.get('subject', '')}".rstrip(": ")
    following = []
    if letter is None:
        stands, says = _put_away(chain, data["to"], now)
    elif letter.box == "cur":
        stands, says = "being read", f"{letter.to} is just reading it"
    else:
        from fleet.runtime.whose import unread

        stands, says = "unread", unread(view, letter, now)
    matter = view.account.matters.get(identity)
    if matter is not None:
        due = near(matter.base_at.astimezone(now.tzinfo), now)
        following.append(f"{matter.seat} is to answer it by {due}. {next_rung(view.chart, matter, now)}")
    open_ones = [m for m in view.account.matters.values() if identity in m.told]
    following += [f"{m.id} is open. {next_rung(view.chart, m, now)}" for m in open_ones]
    following += [how for m in open_ones for how in settled(view.chart, m)]
    return Why(identity, "message", title, stands, says, "", (), tuple(following), told(chain, now))


def _put_away(chain: list[Record], to: str, now: datetime) -> tuple[str, str]:
    """Say what became of a message that waits no more, and who answered it."""
    answers = [r.data["id"] for r in chain if r.what == "message" and r is not chain[-1]]
    answered = f"; answered by {', '.join(reversed(answers))}" if answers else ""
    last = next((r for r in chain if r.what in ("message_done", "turn_ended")), chain[-1])
    if last.what == "turn_ended":
        return "read", f"{to} read it in {last.turn}{answered}"
    dead = last.data.get("box") == "dead"
    return "set aside" if dead else "read", f"{came(last, now)}{answered}"


def _of_matter(view: View, identity: str, now: datetime) -> Why | None:
    chain = found(
        view,
        lambda r: r.what in ("escalation_step", "message") and r.data.get("matter") == identity,
        lambda r: r.what == "escalation_step" and r.data.get("matter") == identity and "opens" in r.data,
    )
    steps = [record for record in chain if record.what == "escalation_step"]
    if not steps:
        return None
    matter = view.account.matters.get(identity)
    first = steps[-1].data
    says = str((first.get("opens") or {}).get("because") or first.get("body") or first.get("subject", ""))
    following = (
        (next_rung(view.chart, matter, now), *settled(view.chart, matter)) if matter is not None else ()
    )
    stands = "open" if matter is not None else "settled"
    title = f"{first['kind']} of {first['concerns']}"
    return Why(identity, "matter", title, stands, says, "", (), following, told(steps, now))


def _of_revision(view: View, identity: str, now: datetime) -> Why | None:
    chain = found(
        view,
        lambda r: r.what == "revision",
        lambda r: r.what == "revision" and r.data.get("id") == identity,
        most=SCAN_MAX,
    )
    if not chain or chain[-1].data["id"] != identity:
        return None
    current: Any = view.account.revision
    stands = "in force" if current is not None and current.id == identity else "replaced"
    following = () if stands == "in force" else (f"{current.id} is in force.",)
    at = soon(chain[-1].at.astimezone(now.tzinfo), now)
    says, way = f"{came(chain[-1], now)} (at {at})", told(chain[-1:], now)
    became = tuple(_became(chain))
    return Why(identity, "revision", "revision of fleet.yaml", stands, says, "", became, following, way)


def _became(chain: list[Record]) -> Iterator[str]:
    """Say of each change that waited for a yes in the last of these revisions, newest first, what became of it."""
    *later, first = chain
    for says in (wait["says"] for wait in first.data.get("waits", ())):
        over = next((r.data for r in reversed(later) if says not in _waiting(r)), None)
        if over is None:
            yield f"it still waits for a yes: {says}"
        elif says in over["changes"]:
            yield f"it came into force with {over['id']}: {says}"
        else:
            yield f"it never came into force, for {over['id']} did without it: {says}"


def _waiting(revision: Record) -> set[str]:
    return {wait["says"] for wait in revision.data.get("waits", ())}
