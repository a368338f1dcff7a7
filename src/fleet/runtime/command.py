"""Commands: what a person or program asks of a fleet, the same with a daemon and without one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from fleet.core.chart import Seat
from fleet.core.codec import to_plain
from fleet.core.folder import FILE_MAX
from fleet.core.health import health
from fleet.core.message import ANSWER_DEFAULT, MUST_ANSWER, Message, message_type
from fleet.core.overview import overview
from fleet.core.planner import paced_wake
from fleet.core.post import after_retry, post
from fleet.core.prose import read_time
from fleet.core.reason import stays_open
from fleet.core.record import Draft, Record
from fleet.core.result import read_result, says_nothing, to_json
from fleet.core.subject import fold_subject
from fleet.edge.socket import REFUSED_INSIDE, Caller
from fleet.errors import Refused, Typed, Undecided, Unreadable
from fleet.runtime.applying import apply
from fleet.runtime.brief import brief
from fleet.runtime.deciding import approve, deny
from fleet.runtime.ending import consequences, state_data
from fleet.runtime.erase import erase
from fleet.runtime.hide import hidden_result
from fleet.runtime.pausing import pause, resume
from fleet.runtime.persons import acting, concerned, known, you
from fleet.runtime.recover import find_message, letter_of
from fleet.runtime.view import say_isolation
from fleet.store.ledger import records
from fleet.store.yaml import read_plain

if TYPE_CHECKING:
    from fleet.runtime.fleet import Fleet

Args = Mapping[str, Any]


def run(fleet: Fleet, verb: str, args: Args, caller: Caller, now: datetime) -> dict[str, Any]:
    """Carry out a command; stages its records and gives its answer as JSON. Raises FleetErrors."""
    command = COMMANDS.get(verb)
    if command is None:
        raise Typed(f"this fleet does not know {verb!r}; its daemon may be of another version")
    refuse_inside(verb, caller)
    return command(fleet, fleet.secrets.json(dict(args)), caller, now)


def refuse_inside(verb: str, caller: Caller) -> None:
    """Refuse what decides for a person to a holder or an action; raises Refused."""
    if verb in DECIDING and caller.inside:
        raise Refused(REFUSED_INSIDE.format(verb=verb))


def _refuse_stamped(fleet: Fleet, seat: str, caller: Caller) -> None:
    """Refuse a turn that has read strangers' text to meddle with when other seats are woken; raises Refused."""
    if caller.inside and not _is_its_own(fleet, seat, caller.turn):
        raise Refused(
            f"what asks is inside of a turn that has read text which strangers can write, so it wakes nobody else; "
            f"{seat} was not woken. It may write to it"
        )


def _is_its_own(fleet: Fleet, seat: str, turn: str) -> bool:
    """Say whether a turn or action is not stamped, or of this very seat; where it cannot be told, whether none is."""
    account = fleet.account
    inside = {p.running.turn: (name, p.running.outside) for name, p in account.seats.items() if p.running}
    busy = (account.docket.actions[identity] for identity in account.docket.busy)
    inside |= {action.id: (action.seat, action.outside) for action in busy}
    if turn in inside:
        whose, outside = inside[turn]
        return whose == seat or not outside
    return not any(outside for _, outside in inside.values())


def _seat(fleet: Fleet, name: str) -> Seat:
    seat, past = fleet.chart.seats.get(name), fleet.account.seats.get(name)
    if seat is not None and not (past is not None and past.gone):
        return seat
    if name in fleet.chart.retired:
        raise Typed(f"{name} is retired; see {fleet.chart.retired[name].record or 'fleet.yaml'}")
    if name in fleet.account.seats:
        raise Refused(f"{name} is gone from fleet.yaml; nothing was done. Put it back, or retire it")
    raise Typed(f"there is no seat {name!r}; there are: {', '.join(fleet.chart.seats)}")


def _status(fleet: Fleet, args: Args, caller: Caller, now: datetime) -> dict[str, Any]:
    view = overview(fleet.chart, fleet.account, now)
    view["problems"] = [m.line() for m in fleet.problems]
    view["you"] = you(fleet.chart, caller)
    say_isolation(view, fleet.chart)
    return view


def _written_down(fleet: Fleet, args: Args, caller: Caller, now: datetime) -> dict[str, Any]:
    """Say where in files that lie there the values stand which this daemon knows; none is told."""
    texts = {
        name: fleet.files.read(name, limit=FILE_MAX).decode("utf-8", "replace")
        for name in map(str, args["files"])
    }
    found = fleet.secrets.written_down(fleet.chart, texts=texts)
    return {"mistakes": [{"what": m.what, "place": to_plain(m.place)} for m in found if m.code == "F225"]}


def _wake(fleet: Fleet, args: Args, caller: Caller, now: datetime) -> dict[str, Any]:
    seat = _seat(fleet, args["seat"])
    word, why = health(fleet.chart, fleet.account, seat.id, now)
    if word == "paused":
        alone = fleet.account.seats[seat.id].paused is not None
        whom, lift = (seat.id, f"fleet resume {seat.id}") if alone else ("the whole fleet", "fleet resume")
        raise Undecided(f"{whom} is paused ({why}); {seat.id} was not woken. Go on with: {lift}")
    if not seat.holder.is_agent:
        raise Typed(f"{seat.id} has no agent to wake: {seat.holder.person or 'it is a planned seat'}")
    _refuse_stamped(fleet, seat.id, caller)
    by = "a turn" if caller.inside else acting(fleet, caller)
    who = {"by": by} if caller.inside else known(fleet, caller, by)
    mark = f"person:{fleet.book.ledger.next_n + fleet.book.staged}"
    because = f": {args['because']}" if args.get("because") and not caller.inside else ""
    wake = "turn" if caller.inside else "person", mark, f"woken by {by}{because}"
    at = now if caller.inside else None  # a person never waits
    draft = paced_wake(fleet.chart, seat, fleet.account.seats[seat.id], wake, at, **who)
    fleet.stage(draft, now)
    return {"wake": draft.data["wake"], "seat": seat.id}


def _send(fleet: Fleet, args: Args, caller: Caller, now: datetime) -> dict[str, Any]:
    """A person's own message: not outside text; what it replies to is answered, and done in that person's inbox."""
    to, kind = args["to"], message_type(args.get("type"))
    answered = fleet.account.mail.get(args.get("reply_to") or "")
    sender = acting(fleet, caller, answered.to if answered else concerned(fleet, to))
    identity = fleet.account.next_id("m")
    span = args.get("answer_by")
    answer_by = read_time(span, now) if span else now + ANSWER_DEFAULT if kind in MUST_ANSWER else None
    message = Message(
        id=identity,
        type=kind,
        sender=sender,
        to=to,
        about=tuple(fold_subject(a) for a in args.get("about") or ()),
        subject=args.get("subject") or _first_line(args.get("body", "")),
        sent=now.replace(microsecond=0),
        answer_by=answer_by.replace(microsecond=0) if answer_by else None,
        reply_to=args.get("reply_to"),
        thread=identity,
        hop=0,
        with_={},
        body=args.get("body", ""),
    )
    _seat(fleet, to)
    caller_ = known(fleet, caller, sender)["caller"]
    drafts = post(fleet.chart, fleet.account, message, now, caller=caller_)
    first = next(drafts)
    if first.what == "verdict":
        raise Refused(f"not sent: {first.data['reason']}")
    fleet.book.follow(first, now, lambda account, record: drafts)
    if answered is not None and answered.to == sender:
        data = {
            "id": answered.id,
            "box": "done",
            "to": sender,
            "name": answered.name,
            "why": f"answered by {identity}",
            **known(fleet, caller, sender),
        }
        fleet.stage(Draft("message_done", seat=sender, data=data), now)
    return {"id": identity, "to": to, "from": sender, "name": first.data["name"]}


def _first_line(text: str) -> str:
    return next(iter(text.strip().splitlines()), "")[:80]


def _retry(fleet: Fleet, args: Args, caller: Caller, now: datetime) -> dict[str, Any]:
    """Put a message that was set aside back into new/, as it was delivered; a file in dead/ alone says nothing."""
    identity = str(args["id"])
    last = next((r for r in records(fleet.files, newest_first=True) if _ends(r, identity)), None)
    if last is None or last.what != "message_done" or last.data["box"] != "dead":
        raise Typed(f"{identity} was not set aside; `fleet inbox` lists what was")
    return _revive(fleet, caller, last.data["to"], identity, last.data["name"], now)


def _ends(record: Record, identity: str) -> bool:
    """Say whether a record tells where a message came to lie."""
    if record.what == "turn_ended" and record.data.get("outcome") == "done":
        return identity in record.data.get("mail", ())
    return record.what in ("message", "message_done") and record.data.get("id") == identity


def _file_away(fleet: Fleet, args: Args, caller: Caller, now: datetime) -> dict[str, Any]:
    """Put a message that a person has read into done/ of his inbox."""
    letter = fleet.account.mail.get(args["id"])
    if letter is None:
        raise Typed(f"{args['id']} is not waiting in any inbox; `fleet inbox` lists what is")
    if not _seat(fleet, letter.to).holder.is_person:
        raise Refused(f"{args['id']} is for {letter.to}, and its own turn will read it; nothing was moved")
    by = acting(fleet, caller, letter.to)
    data = {"id": letter.id, "box": "done", "to": letter.to, "name": letter.name, "why": f"read by {by}"}
    fleet.stage(Draft("message_done", seat=letter.to, data={**data, **known(fleet, caller, by)}), now)
    local = now.astimezone(fleet.chart.calendar.tz)
    return {
        "id": letter.id,
        "to": letter.to,
        "open": [*stays_open(fleet.chart, fleet.account, letter, local)],
    }


def _revive(
    fleet: Fleet, caller: Caller, name: str, identity: str, file: str, now: datetime
) -> dict[str, Any]:
    _refuse_stamped(fleet, name, caller)
    record = find_message(fleet.files, identity)
    if record is None:
        raise Typed(f"{identity} is not in the ledger, so it cannot be put back")
    seat = _seat(fleet, name)
    letter = letter_of(record)
    data = {"id": identity, "box": "new", "to": name, "name": file, "letter": to_plain(letter)}
    data |= known(fleet, caller, acting(fleet, caller, concerned(fleet, name)))
    done = Draft("message_done", seat=name, data=data)
    fleet.book.follow(done, now, lambda account, record: [after_retry(seat, record)])
    return {"id": identity, "to": name}


def _publish(fleet: Fleet, args: Args, caller: Caller, now: datetime) -> dict[str, Any]:
    """Publish a person's state, given in one of the result's three forms."""
    seat = _seat(fleet, args["seat"])
    if not seat.holder.is_person:
        whose = "is held by an agent; only its own turn publishes its state"
        raise Refused(
            f"{seat.id} {whose if seat.holder.is_agent else 'is a planned seat: nobody holds it yet'}"
        )
    by = acting(fleet, caller, seat.id)
    if by not in (seat.id, "operator"):
        raise Refused(f"{by} cannot publish for {seat.id}")
    here = now.astimezone(fleet.chart.calendar.tz)
    result = read_result(args["text"].encode(), now=here, read_front=read_plain)
    if result is not None:
        result = hidden_result(fleet, result, args["text"].encode(), here)
    if result is None or says_nothing(result):
        raise Unreadable("there is nothing to publish: give Markdown, front matter or JSON on stdin")
    until = (
        read_time(args["until"], here)
        if args.get("until")
        else now + seat.good_for
        if seat.good_for
        else None
    )
    turn, past = fleet.account.next_id("t"), fleet.account.past(seat.id)
    data: dict[str, Any] = {"outcome": "done", **known(fleet, caller, by), "took_s": 0}
    data |= {"mail": [], "letters": []}
    data |= {"result": to_json(result), "headline": result.headline or ""}
    data["state"] = state_data(fleet, seat, past, result, data, now, turn=turn, good_until=until)
    draft = Draft("turn_ended", seat=seat.id, turn=turn, data=data)
    fleet.book.follow(draft, now, lambda account, record: consequences(fleet, seat, record, None))
    return {"seat": seat.id, "turn": turn, "good_until": until.isoformat() if until else None}


COMMANDS: Mapping[str, Callable[[Fleet, Args, Caller, datetime], dict[str, Any]]] = {
    "status": _status,
    "written_down": _written_down,
    "brief": brief,
    "apply": apply,
    "wake": _wake,
    "pause": pause,
    "resume": resume,
    "send": _send,
    "retry": _retry,
    "done": _file_away,
    "publish": _publish,
    "approve": approve,
    "deny": deny,
    "erase": erase,
}
DECIDING = frozenset(
    {"down", "apply", "pause", "resume", "publish", "send", "done", "retry", "approve", "deny", "erase"}
)
"""Commands that act as a person."""
