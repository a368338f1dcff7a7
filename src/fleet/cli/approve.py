"""`fleet approve` and `fleet deny`: what waits for a person, the card he decides on, and the act, once."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

from fleet.cli.answer import print_json
from fleet.cli.ask import carry_out, is_inside, open_view
from fleet.cli.card import card_lines, queue_lines
from fleet.cli.flags import Flags
from fleet.cli.takes import argument, option
from fleet.cli.times import zone_of
from fleet.core.frozen import dataclass
from fleet.edge.clock import clock_of
from fleet.errors import FleetError, Refused, Typed

if TYPE_CHECKING:
    from fleet.runtime.view import View

IDS = argument(metavar="ID...", help="Which actions, as a-31.", show_default=False)
OPEN = argument(metavar="ID...", help="Which actions, as a-31.", show_default=False)
BECAUSE = option("--because", metavar="TEXT", help="Why; it is recorded, and its seat is told.")
LOOKED_AT = 20_000
"""Records that are looked at for an earlier no to the same: a month of a small fleet, in a moment."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a person says of one action; `answer` is empty as long as he has said nothing."""

    answer: str = ""
    because: str = ""
    payload: dict[str, Any] | None = None
    hash: str = ""


def approve(
    flags: Flags,
    *,
    ids: Annotated[list[str] | None, IDS] = None,
    because: Annotated[str, BECAUSE] = "",
    with_: Annotated[str, option("--with", metavar="FILE|-", help="Approve this payload in its place.")] = "",
    hash: Annotated[str, option("--hash", metavar="HASH", help="Exit 6 unless it is this one.")] = "",
    yes: Annotated[bool, option("--yes", "-y", help="Do not ask on a terminal.")] = False,
    again: Annotated[bool, option("--again", help="Of an unknown one: run it again.")] = False,
    happened: Annotated[bool, option("--happened", help="Of an unknown one: it was done.")] = False,
) -> int:
    """List what waits for a yes; with an id show it, then say yes to exactly that, once.

    On a terminal it asks before. Where stdin is no terminal, naming the id is the yes.
    """
    given = {"--because": because, "--with": with_, "--hash": hash, "--yes": yes}
    given |= {"--again": again, "--happened": happened}
    typed = [name for name, value in given.items() if value]
    _check(ids or [], typed)
    if not ids:
        return _queue(flags)
    answer = "again" if again else "happened" if happened else "yes" if yes or with_ else ""
    payload = None
    if with_:
        from fleet.cli.payload import payload_from

        payload = payload_from(with_)
    return _each(flags, "approve", ids, Said(answer, because, payload, hash))


def deny(
    flags: Flags,
    *,
    ids: Annotated[list[str], OPEN],
    because: Annotated[str, BECAUSE] = "",
) -> int:
    """Say no to actions that wait or are held, with a reason; leave unknown ones as they are."""
    return _each(flags, "deny", ids, Said("no", because))


def _check(ids: Sequence[str], typed: Sequence[str]) -> None:
    """Refuse flags that do not go together."""
    one = [name for name in typed if name in ("--with", "--hash")]
    if typed and not ids:
        raise Typed(f"{typed[0]} goes with an id: fleet approve ID {typed[0]}; `fleet approve` lists them")
    if one and len(ids) > 1:
        raise Typed(f"{one[0]} is for one action, and {len(ids)} are named; nothing was changed")
    if sum(name in ("--with", "--again", "--happened") for name in typed) > 1:
        raise Typed(
            f"{' and '.join(t for t in typed if t not in one[1:])} do not go together; nothing was changed"
        )


def _queue(flags: Flags) -> int:
    view = open_view(flags)
    cards, unknown = _cards_of(view)
    if flags.json:
        revision = view.account.revision.id if view.account.revision else None
        print_json("approve", {"approvals": cards, "unknown": unknown}, flags=flags, revision=revision)
        return 0
    for line in queue_lines(cards, unknown, _now(view, flags)):
        print(line)
    for one in [*cards, *unknown] if flags.verbose else ():
        now = _now(view, flags)
        print("\n".join(["", *card_lines(_judged(view, one, now), now)]))
    first = [*cards, *unknown][:1]
    for one in first:
        print(f"Next: fleet approve {one['id']}")
    return 0


def _cards_of(view: View) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Give the cards of what waits for a yes, and of what is unknown."""
    from fleet.core import card

    now = clock_of(view.files.root).now()
    made = [
        [card.card(view.chart, view.account, action, now) for action in found]
        for found in (card.waiting(view.account), card.unknown(view.account))
    ]
    return made[0], made[1]


def _each(flags: Flags, verb: str, ids: Sequence[str], said: Said) -> int:
    """Deal with each on its own; the worst exit code wins."""
    cards: list[dict[str, Any]] = []
    answers: list[dict[str, Any]] = []
    worst = 0
    for identity in dict.fromkeys(ids):
        try:
            answers.append({**_one(flags, verb, identity, said, cards), "exit": 0, "error": None})
        except FleetError as exc:
            answers.append({"id": identity, "exit": exc.exit_code, "error": str(exc)})
            worst = max(worst, exc.exit_code)
            print(f"fleet: {exc}", file=sys.stderr)
    if flags.json:
        waiting = [card for card in cards if card["status"] != "unknown"]
        unknown = [card for card in cards if card["status"] == "unknown"]
        revision = open_view(flags).account.revision
        data = {"approvals": waiting, "unknown": unknown, "answers": answers}
        print_json(verb, data, flags=flags, revision=revision.id if revision else None)
    return worst


def _one(flags: Flags, verb: str, identity: str, said: Said, cards: list[dict[str, Any]]) -> dict[str, Any]:
    """Show one action if it waits for a person, take his word, and say what came of it."""
    from fleet.cli.tail import Follow
    from fleet.edge.socket import REFUSED_INSIDE

    if is_inside(flags.root()):  # before what is for a person's eyes is shown
        raise Refused(REFUSED_INSIDE.format(verb=verb))
    view = open_view(flags)
    shown = _card(view, identity, _now(view, flags), said.payload)
    if verb == "approve" and shown is not None:
        cards.append(shown)
        asks = _asks(flags, said, shown)
        if asks or not (flags.json or flags.quiet):
            _show(view, flags, shown, said)
        if asks:
            from fleet.cli.prompt import decide

            said = decide(shown, said)
    if said.answer == "later":
        print(f"{identity} waits on.")
        return {"id": identity, "answer": "later"}
    following = Follow(view.files)
    answer = carry_out(flags, *_command(verb, identity, said, shown))
    if not flags.json:
        from fleet.cli.sequel import came_of

        print(came_of(following, answer, _now(view, flags)))
    return answer


def _command(
    verb: str, identity: str, said: Said, shown: dict[str, Any] | None
) -> tuple[str, dict[str, Any]]:
    if said.answer in ("no", "leave") or verb == "deny":
        return "deny", {"id": identity, "because": said.because}
    args: dict[str, Any] = {"id": identity, "because": said.because}
    args["hash"] = said.hash or (shown["hash"] if shown is not None else "")
    if said.payload is not None:
        args["with"] = said.payload
    if said.answer in ("again", "happened"):
        args["answer"] = said.answer
    return "approve", args


def _card(view: View, identity: str, now: datetime, payload: dict[str, Any] | None) -> dict[str, Any] | None:
    """Give the card of an action that is open; raises Typed for what is no action at all."""
    from fleet.cli.meant import no_id
    from fleet.core.card import card
    from fleet.core.names import is_id

    action = view.account.docket.actions.get(identity)
    if action is None and not (is_id(identity, "a") and view.account.used(identity)):
        raise no_id(view, identity, "a")
    if action is None:
        return None
    return _judged(view, card(view.chart, view.account, action, now), now, payload)


def _judged(
    view: View, shown: dict[str, Any], now: datetime, payload: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Give a card with what a yes would come to."""
    if shown["status"] != "asked":
        return shown
    from fleet.runtime.yes import would_come

    return shown | {"if_yes": would_come(view, view.account.docket.actions[shown["id"]], now, payload)}


def _show(view: View, flags: Flags, shown: dict[str, Any], said: Said) -> None:
    for line in card_lines(shown | {"denied": _denied(view, shown)}, _now(view, flags), said.payload):
        print(line)
    sys.stdout.flush()


def _denied(view: View, shown: dict[str, Any]) -> dict[str, Any] | None:
    """Find the last answer to the same seat, kind and subjects, if that was a no; its `hash` says to which payload."""
    from fleet.cli.card import subjects
    from fleet.store.ledger import records

    same = (shown["seat"], shown["kind"], set(subjects(shown)))
    for record in islice(records(view.files, newest_first=True), LOOKED_AT):
        if record.what != "approval_answered" or record.data["id"] == shown["id"]:
            continue
        data = record.data
        about = data.get("about") or ()
        of = {about} if isinstance(about, str) else set(about)
        if (record.seat, data.get("kind"), of) == same:
            no = {key: data.get(key, "") for key in ("by", "because", "hash")} | {"at": record.at}
            return no if data["answer"] == "no" else None
    return None


def _now(view: View, flags: Flags) -> datetime:
    return flags.now().astimezone(zone_of(view.chart.calendar.zone, flags.utc))


def _asks(flags: Flags, said: Said, shown: dict[str, Any]) -> bool:
    """Say whether to ask: at a terminal, if nothing that was typed is an answer already."""
    open_ = shown["status"] == "asked" or (shown["status"] == "unknown" and not shown["again_at"])
    return open_ and not said.answer and not flags.json and sys.stdin is not None and sys.stdin.isatty()
