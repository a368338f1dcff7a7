"""`fleet audit`: who did and overrode what; and does every line of the ledger hold?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime, timedelta, tzinfo
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

from fleet.cli.answer import clean, print_json
from fleet.cli.ask import open_view, say_aside
from fleet.cli.flags import Flags
from fleet.cli.page import plural
from fleet.cli.progress import Progress
from fleet.cli.table import columns
from fleet.cli.takes import option
from fleet.cli.terminal import width
from fleet.cli.times import exact, typed_time, zone_of
from fleet.core.frozen import dataclass
from fleet.errors import Typed

if TYPE_CHECKING:
    from fleet.core.audit import Entry
    from fleet.runtime.view import View

SHOWN = 20
"""Entries that are shown if nothing narrows them."""
OVERRIDES = {
    "payload": "what was offered",
    "outcome": "that nobody knew what became of it",
    "edit": "what fleet.yaml had said",
}
"""What a person's word overrode, where that is no rule."""
FEW = 5
ELSEWHERE = (
    "What was woken or saved without --as stands under operator, or the user or author: "
    "fleet audit --by operator"
)
"""Said where little is found of a person who has no `login:`."""
PARTIES = ("operator", "fleet", "gate")
"""Who stands in the ledger beside seats."""
_MANY = frozenset({b"turn_ended", b"message_done", b"wake_due"})
"""Kinds of which few records are a person's; those say `by`."""


def audit(
    flags: Flags,
    *,
    by: Annotated[
        str, option("--by", metavar="WHO", help="A seat, a person, a user or an author, and all he did.")
    ] = "",
    since: Annotated[
        str, option("--since", metavar="TIME|SPAN", help="Nothing before this, as 06:00, 2026-11-23 or 30d.")
    ] = "",
    overrides: Annotated[
        bool, option("--overrides", help="Only words that go against or beyond fleet.yaml.")
    ] = False,
    rule: Annotated[
        str, option("--rule", metavar="RULE", help="What that rule decided, and what people answered.")
    ] = "",
    number: Annotated[
        int | None,
        option("-n", metavar="N", min=0, help="How many, the newest; 20, or all with a flag above."),
    ] = None,
) -> int:
    """Show what people decided, sent, applied and saved, and which rules they overrode; or all that one of them did."""
    view = open_view(flags)
    zone = zone_of(view.chart.calendar.zone, flags.utc)
    now = flags.now().astimezone(zone)
    start = typed_time(since, "--since", now, past=True) if since else None
    who = _who(view, by, now) if by else None
    most = number if number is not None else None if by or since or overrides or rule else SHOWN
    found = _found(view, who, now, Wanted(start, rule, overrides=overrides))
    entries = list(islice(found, most))[::-1]
    if rule and not entries:
        _check_rule(view, rule, now)
    if flags.json:
        revision = view.account.revision.id if view.account.revision else None
        data = {"by": sorted(who) if who is not None else None, "entries": [_as_json(e) for e in entries]}
        print_json("audit", data, flags=flags, revision=revision)
        return 0
    for line in columns([_row(one, now, zone) for one in entries], limit=width()):
        print(line)
    if not entries and number != 0:
        _say_nothing(flags, by, rule, since, overrides=overrides)
    narrowed = overrides or since or rule or number is not None
    if who is not None and len(entries) < FEW and not narrowed and _is_unnamed(view, who):
        say_aside(flags, ELSEWHERE)
    return 0


def _say_nothing(flags: Flags, by: str, rule: str, since: str, *, overrides: bool) -> None:
    when = " since then" if since else ""
    whom = f"{by} on {rule}" if by and rule else by or rule or "anybody"
    if overrides:
        of = f" of {rule}" if rule else ""
        says = (
            f"{by or 'Nobody'} overrode {'nothing' if by else 'anything'}{of}{when}, as far as is recorded."
        )
    else:
        says = f"Nothing of {whom}{when} is recorded."
    say_aside(flags, says)


def _is_unnamed(view: View, who: frozenset[str]) -> bool:
    """Say whether somebody is a person whom fleet does not know by his user on the machine."""
    return any(
        name in who and seat.holder.is_person and not seat.holder.login
        for name, seat in view.chart.seats.items()
    )


def _check_rule(view: View, rule: str, now: datetime) -> None:
    """Raise Typed for a rule that the chart has not, and of which the ledger has nothing of any time."""
    known = [one.name for one in view.chart.rules]
    ever = Wanted(None, rule, overrides=False)
    if rule in known or next(_found(view, None, now, ever), None) is not None:
        return
    from fleet.cli.meant import hint

    says = "no rule of that name is on the chart or in the ledger"
    raise Typed(f"--rule {rule[:60]}: {says}. {hint(rule, known)}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What narrows an account: from when on, by which rule, and overrides alone."""

    start: datetime | None
    rule: str
    overrides: bool


def _found(view: View, who: frozenset[str] | None, now: datetime, wants: Wanted) -> Iterator[Entry]:
    """Yield what was done, the newest first."""
    from fleet.core.audit import GATE, PEOPLES, RULED, SEATS, entry
    from fleet.store.spot import told, written

    of = RULED if wants.rule else PEOPLES if who is None else PEOPLES | SEATS
    kinds, start = frozenset(kind.encode() for kind in of), wants.start
    names = [written(name) for name in who or () if name != GATE]

    def wanted(kind: bytes, raw: bytes) -> bool:
        if kind not in kinds or (who is None and kind in _MANY and b'"by":"' not in raw):
            return False
        if who is None or (kind == b"verdict" and GATE in who):  # of a verdict no line says whose it is
            return True
        return any(name in raw for name in names)

    for record in told(view.files, wanted):
        if start is not None and record.at < start:
            if record.at < start - timedelta(days=1):  # a clock may have been put back meanwhile
                return
            continue
        one = entry(record, now, rule=wants.rule)
        if one is None or (wants.overrides and one.override is None):
            continue
        if (wants.rule or one.is_persons) if who is None else _is_of(one, who):
            yield one


def _is_of(one: Entry, who: frozenset[str]) -> bool:
    if not who.isdisjoint((*one.by, one.user)):
        return True
    return one.what == "verdict" and one.seat in who


def _who(view: View, word: str, now: datetime) -> frozenset[str]:
    """Give all names under which somebody stands in the ledger; raises Typed with the nearest for nobody's."""
    from fleet.cli.meant import seats_of

    people = {n: s.holder for n, s in view.chart.seats.items() if s.holder.is_person}
    for name, holder in people.items():
        if word.lower() in {name, (holder.person or "").lower(), holder.login or name}:
            return frozenset({name, *([holder.login, f"user {holder.login}"] if holder.login else [])})
    known = [*seats_of(view), *PARTIES]
    if word in known:
        return frozenset({word})
    stand = _names_written(view, now)
    same = {name for name in stand if word.lower() in _parts(name)}
    if same:
        return frozenset(same)
    from fleet.cli.meant import hint

    others = [*(h.person for h in people.values() if h.person), *stand]
    says = "nobody of that name is on the chart or in the ledger"
    raise Typed(f"--by {word[:60]}: {says}. {hint(word, known, *others)}")


def _names_written(view: View, now: datetime) -> list[str]:
    """List who stands in the ledger without being a seat: authors of edits, users of the machine."""
    from fleet.core.audit import PEOPLES, entry
    from fleet.store.spot import told

    kinds = frozenset(kind.encode() for kind in PEOPLES)
    many = frozenset({b"turn_ended", b"wake_due", b"value", b"message"})

    def wanted(kind: bytes, raw: bytes) -> bool:
        return kind in kinds and (kind not in many or b'"caller":{' in raw)

    found: dict[str, None] = {}
    for record in told(view.files, wanted):
        one = entry(record, now)
        if one is not None:
            found |= dict.fromkeys(filter(None, (*one.by, one.user)))
    return list(found)


def _parts(name: str) -> set[str]:
    """Say by which words somebody is found: `Ann Lee <ann@example.com>` by all of it, the name and the address."""
    bare, _, mail = name.lower().partition(" <")
    return {name.lower(), bare, mail.removesuffix(">"), bare.removeprefix("user ")} - {""}


def _as_json(one: Entry) -> dict[str, Any]:
    over = one.override
    return {
        "n": one.n,
        "at": one.at,
        "by": list(one.by),
        "what": one.what,
        "did": one.did,
        "id": one.id or None,
        "seat": one.seat or None,
        "because": one.because,
        "how": one.how or None,
        "user": one.user or None,
        "uid": one.uid,
        "rule": one.rule or None,
        "place": one.place or None,
        "override": asdict(over) if over is not None else None,
    }


def _row(one: Entry, now: datetime, zone: tzinfo) -> list[str]:
    why = f', because "{one.because}"' if one.because else ""
    over = one.override
    said = ""
    if over is not None and over.sort == "rule":
        place = f" ({over.place})" if over.place else ""
        said = f"; overrides {over.rule}{place}: {over.against}".rstrip(": ")
    elif over is not None and over.sort == "permission":
        said = f"; {over.rule}{f' ({over.place})' if over.place else ''} leaves that to a person"
    elif over is not None:
        said = f"; overrides {OVERRIDES[over.sort]}"
    elif one.what == "approval_answered" and one.rule:
        said = f"; asked by {one.rule}{f' ({one.place})' if one.place else ''}"
    return [exact(one.at.astimezone(zone), now), f"{', '.join(one.by)}{_known(one)}", f"{one.did}{why}{said}"]


def _known(one: Entry) -> str:
    """Say how it is known who it was, where that is not plain."""
    user = f"user {one.user}" if one.user else ""
    said = [word for word in ({"--as": "--as", "script": "script"}.get(one.how, ""), user) if word]
    return f" ({', '.join(said)})" if said else ""


def verify(flags: Flags) -> int:
    """Check every line of the ledger against the chain; exits 1 and names the first that is wrong."""
    from fleet.store.files import Files
    from fleet.store.verify import verify as walk

    files = Files(flags.root())
    with Progress(flags, "checking the ledger") as progress:
        found = walk(files, lambda share: progress.far(f"{share:.0%}"))
    files.close()
    if flags.json:
        print_json("audit", {**asdict(found), "holds": found.broken is None}, flags=flags)
    elif found.broken is not None:
        print(clean(found.broken))
        print(f"Before it {plural(found.lines, 'line')} hold. Last hash of these {found.last_hash}")
    else:
        print(f"{plural(found.lines, 'line')} of {plural(found.days, 'day')} hold.")
        print(f"Last hash {found.last_hash}")
        if found.erased:
            print(f"Erased: the data of {', '.join(map(str, found.erased))}")
        if found.torn:
            print(f"The last {found.torn} bytes are an unfinished line, which is being written or was torn.")
    return 0 if found.broken is None else 1
