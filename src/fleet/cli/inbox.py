"""`fleet inbox`: mail as it lies in the boxes; read it, send it, try it again."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

from fleet.cli.answer import print_json
from fleet.cli.ask import carry_out, open_view, say_aside, seat_of, with_seat
from fleet.cli.card import subjects
from fleet.cli.flags import Flags
from fleet.cli.table import columns
from fleet.cli.takes import argument, option
from fleet.cli.terminal import width
from fleet.cli.times import ago, span, typed_time, when
from fleet.core.frozen import dataclass
from fleet.errors import Typed, Unreadable

if TYPE_CHECKING:
    from fleet.runtime.view import View

MESSAGE_MAX = 1024 * 1024
_NAMED = re.compile(r"-(m-[1-9][0-9]{0,14})\.md$")
ID = argument(metavar="ID", help="Which message, as m-2198.", show_default=False)


@dataclass(frozen=True, slots=True)
class Mail:
    """One message in a box; what cannot be read of a file that was set aside is empty."""

    seat: str
    box: str
    name: str
    id: str = ""
    sender: str = ""
    type: str = ""
    subject: str = ""
    sent: datetime | None = None
    why: str = ""


def inbox(
    flags: Flags,
    *,
    seat: Annotated[str, argument(metavar="SEAT", help="Whose; all if left out.", show_default=False)] = "",
) -> int:
    """List the mail that waits, is being read, or was set aside; of one seat or of all."""
    if _is_message(seat):
        return read(flags, id=seat)
    view = open_view(flags)
    names = [seat_of(view, seat)] if seat else [*view.chart.seats]
    found = [mail for name in names for mail in _mail(view, name)]
    now = flags.now()
    if flags.json:
        revision = view.account.revision.id if view.account.revision else None
        ids = list(dict.fromkeys(card["id"] for name in names for card in _to_decide(view, name, now)))
        data = {"messages": [_as_json(m, now) for m in found], "to_decide": ids}
        print_json("inbox", data, flags=flags, revision=revision)
        return 0
    rows = [["ID", "TO", "BOX", "TYPE", "FROM", "AGE", "SUBJECT"]]
    rows += [_row(mail, now) for mail in found]
    for line in columns(rows, limit=width()) if found else ["No mail."]:
        print(line)
    for name in names:
        for card in _to_decide(view, name, now):
            print(_decision(name, card, now))
    return 0


def _is_message(word: str) -> bool:
    """Whether a word is the id of a message: then that is what is wanted, not a seat's box."""
    from fleet.core.names import is_id

    return bool(word) and is_id(word, "m")


def _to_decide(view: View, name: str, now: datetime) -> list[dict[str, Any]]:
    """Give the cards of what waits for a person's word; of an agent nothing."""
    from fleet.core.card import card
    from fleet.core.health import asked_of

    seat = view.chart.seats.get(name)
    if seat is None or not seat.holder.is_person:
        return []
    return [card(view.chart, view.account, action, now) for action in asked_of(view.account, name)]


def _decision(name: str, card: dict[str, Any], now: datetime) -> str:
    about = ", ".join(subjects(card))
    what = f"{card['kind']} of {card['seat']}{f' to {about}' if about else ''}"
    waits = "may have happened or not" if card["status"] == "unknown" else f"waits for the yes of {name}"
    since = when(card["since"], UTC)
    return f"{card['id']} {waits}: {what}, {ago(since, now)} -> fleet approve {card['id']}"


def _row(mail: Mail, now: datetime) -> list[str]:
    says = f"{mail.subject or mail.name}{f'  ({mail.why})' if mail.why else ''}"
    return [mail.id or "-", mail.seat, mail.box, mail.type or "-", mail.sender or "-", _age(mail, now), says]


def _age(mail: Mail, now: datetime) -> str:
    return span((now - mail.sent).total_seconds()) if mail.sent else "-"


def _as_json(mail: Mail, now: datetime) -> dict[str, Any]:
    age = round((now - mail.sent).total_seconds(), 3) if mail.sent else None
    first = {"id": mail.id or None, "seat": mail.seat, "box": mail.box, "type": mail.type or None}
    more = {"from": mail.sender or None, "subject": mail.subject, "sent": mail.sent, "age_s": age}
    return {**first, **more, "name": mail.name, "why": mail.why}


def _mail(view: View, seat: str) -> Iterator[Mail]:
    for letter in [*view.account.waiting(seat, "cur"), *view.account.waiting(seat)]:
        why = f"and {letter.joined} more: fleet why {letter.id}" if letter.joined else ""
        told = letter.id, letter.sender, letter.type, letter.subject, letter.sent
        yield Mail(seat, letter.box, letter.name, *told, why)
    from fleet.core.names import inbox_path

    dead = inbox_path(seat, "dead")
    names = view.files.names(dead)
    whys = {
        name: _text(view, f"{dead}/{name}.why").strip() if f"{name}.why" in names else ""
        for name in names
        if not name.endswith(".why") and not name.startswith(".")
    }
    yield from _dead(view, seat, whys)


def _dead(view: View, seat: str, whys: Mapping[str, str]) -> Iterator[Mail]:
    """Tell what was set aside. Who wrote it is taken from the ledger: anybody can put a file there."""
    from fleet.store.spot import messages

    ids = {name: match[1] for name in whys if (match := _NAMED.search(name))}
    known = messages(view.files, (one for one in ids.values() if view.account.used(one)))
    for name, why in whys.items():
        data = known.get(ids.get(name, ""), {})
        if data.get("to") != seat or data.get("name") != name:
            yield Mail(seat, "dead", name, why=why)
            continue
        subject, sent = data.get("subject", ""), when(data["sent"], UTC)
        yield Mail(seat, "dead", name, data["id"], data["from"], data["type"], subject, sent, why)


def _text(view: View, path: str) -> str:
    try:
        return view.files.read(path, limit=MESSAGE_MAX).decode("utf-8", "replace")
    except Unreadable:
        return ""


def read(flags: Flags, *, id: Annotated[str, ID]) -> int:
    """Print one message as it was delivered, and say where its file is if that is another by now."""
    view = open_view(flags)
    _check_id(view, id)
    where, text = _find(flags, view, id)
    if flags.json:
        from fleet.core.message import read_message, to_json
        from fleet.store.yaml import read_plain, split_front

        revision = view.account.revision.id if view.account.revision else None
        found = read_message(text, read_front=read_plain, split_front=split_front)
        print_json("inbox", {"message": to_json(found), "path": where}, flags=flags, revision=revision)
        return 0
    if sys.stdout.isatty():
        text = "".join(c if c.isprintable() or c in "\n\t" else " " for c in text)
    print(text, end="" if text.endswith("\n") else "\n")
    return 0


def _check_id(view: View, id: str) -> None:
    from fleet.cli.meant import no_id
    from fleet.core.names import is_id

    if not is_id(id, "m") or not view.account.used(id):
        raise no_id(view, id, "m")


def _find(flags: Flags, view: View, id: str) -> tuple[str, str]:
    """Give a message by the ledger, and the path of the file that holds it; "ledger" where none does."""
    from fleet.runtime.render import message_bytes
    from fleet.store.spot import messages

    data = messages(view.files, [id]).get(id)
    if data is None:
        raise Typed(f"{id} is in no box and not in the ledger, or its text was erased")
    text = message_bytes(data, view.chart.calendar.tz).decode()
    lies = [f"{folder}/{data['name']}" for folder in _boxes(view, data["to"])]
    there = {path: _text(view, path) for path in lies if view.files.stat(path) is not None}
    same = next((path for path, said in there.items() if said == text), "")
    if there and not same:
        say_aside(
            flags, f"{next(iter(there))} was changed after it was delivered; this is what was delivered"
        )
    return same or "ledger", text


def _boxes(view: View, seat: str) -> Iterator[str]:
    yield from (f"inbox/{seat}/{box}" for box in ("new", "cur", "dead"))
    yield from (f"inbox/{seat}/done/{month}" for month in view.files.names(f"inbox/{seat}/done"))


def send(
    flags: Flags,
    *,
    seat: Annotated[str, argument(metavar="SEAT", help="Who gets it.", show_default=False)],
    text: Annotated[str, option("-m", metavar="TEXT|-", help="What to say; - reads stdin.")],
    type: Annotated[
        str,
        option("--type", metavar="TYPE", help="INFORM if not said; REQUEST and others want an answer."),
    ] = "INFORM",
    about: Annotated[
        list[str] | None, option("--about", metavar="SUBJECT", help="What it is about; again for more.")
    ] = None,
    subject: Annotated[
        str, option("--subject", metavar="TEXT", help="Its line in a list; else the first of the text.")
    ] = "",
    reply_to: Annotated[str, option("--reply-to", metavar="ID", help="Which message it answers.")] = "",
    answer_by: Annotated[
        str, option("--answer-by", metavar="TIME|SPAN", help="Until when an answer is wanted, as 4h.")
    ] = "",
) -> int:
    """Send a message as a person."""
    now = flags.now().astimezone()
    args = {
        "to": seat,
        "type": _type(type),
        "about": [_subject(one) for one in about or ()],
        "subject": subject,
        "reply_to": reply_to or None,
        "answer_by": typed_time(answer_by, "--answer-by", now).isoformat() if answer_by else None,
        "body": sys.stdin.read() if text == "-" else text,
    }
    answer = with_seat(flags, "send", seat, args)
    if flags.json:
        print_json("inbox", answer, flags=flags)
    else:
        print(f"{answer['id']} to {answer['to']} from {answer['from']}")
    return 0


def _type(text: str) -> str:
    from fleet.core.message import TYPES

    if text.upper() in TYPES:
        return text.upper()
    from fleet.cli.nearest import nearest

    found = nearest(text.lower(), [t.lower() for t in TYPES]).upper()
    raise Typed(
        f"--type {text[:60]}: it is one of {', '.join(TYPES)}{f'; did you mean {found}?' if found else ''}"
    )


def _subject(text: str) -> str:
    from fleet.core.subject import fold_subject

    try:
        return fold_subject(text)
    except Unreadable as exc:
        raise Typed(f"--about: {exc.why}") from exc


def done(flags: Flags, *, id: Annotated[str, ID]) -> int:
    """Put a message that a person has read into done/."""
    _check_id(open_view(flags), id)
    answer = carry_out(flags, "done", {"id": id})
    if flags.json:
        print_json("inbox", answer, flags=flags)
    else:
        print(f"{id}: in inbox/{answer['to']}/done")
        for line in answer.get("open", ()):
            print(line, file=sys.stderr)
    return 0


def retry(flags: Flags, *, id: Annotated[str, ID]) -> int:
    """Put a message that was set aside back into new/."""
    _check_id(open_view(flags), id)
    answer = carry_out(flags, "retry", {"id": id})
    if flags.json:
        print_json("inbox", answer, flags=flags)
    else:
        print(f"{id}: back in inbox/{answer['to']}/new")
    return 0
