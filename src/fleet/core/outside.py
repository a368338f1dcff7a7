"""Outside: what counts as text that strangers can have written, and which of a turn's words carry it on.

A turn is stamped by what it is given: docs/files.md, "Outside text". What it gives back is stamped with it, but
for messages that hold nothing except the fields of a declared handoff which cannot carry words.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from fleet.core.account import Account
from fleet.core.brief import Brief
from fleet.core.canonical import canonical
from fleet.core.chart import Chart, PathRead
from fleet.core.codec import Json
from fleet.core.frozen import dataclass
from fleet.core.message import Message
from fleet.core.past import Letter, Past
from fleet.core.pattern import beginning, meet

ASKING = ("REQUEST", "PROPOSAL")
ASKS_FOR = "action"
"""The field of a request that names the kind of action that it asks for."""
TICK = timedelta(milliseconds=20)
"""Twice the longest step in which a kernel counts the times of files."""
Known = Callable[[str], bool]
"""Whether a subject is known other than by a stranger's word."""


TURNS_WRITE = ("inbox/**", "out/**", "retired/**", "reviews/**", "scorecard/**", "seats/**", "state/**")
"""Places in a fleet folder that hold what turns wrote, or what fleet wrote of them: a stamped one's words, too.

Into retired/ a person moves all that a seat left, its work/ with it.
"""


@dataclass(frozen=True, slots=True)
class Marks:
    """The paths of a chart that are outside or private, whichever seat says so.

    A file is what it is: marked in the `reads` of one seat, it is marked for all who read it. Outside is also,
    whatever the chart says of it, where a turn may have written what strangers told it.
    """

    outside: Mapping[str, str]
    private: Mapping[str, str]
    """Each with what all paths that it takes in begin with."""

    def is_outside(self, path: str) -> bool:
        """Say whether strangers can write some file that a path or pattern takes in."""
        return _meets(path, self.outside)

    def is_private(self, path: str) -> bool:
        """Say whether some file that a path or pattern takes in must not leave."""
        return _meets(path, self.private)


def _meets(path: str, marked: Mapping[str, str]) -> bool:
    if path in marked:
        return True
    begins = beginning(path)
    return any(
        (begins.startswith(other) or other.startswith(begins)) and meet(path, one)
        for one, other in marked.items()
    )


def leaves(chart: Chart) -> Iterator[tuple[str, str]]:
    """Give who may read, by a path or by a place of its sandbox, what which seat leaves: the giver, and the reader."""
    writers = [seat for seat in chart.seats.values() if seat.sandbox.write]
    for seat in chart.seats.values():
        reads = [path.path for path in seat.paths if any(meet(path.path, place) for place in TURNS_WRITE)]
        if reads:
            yield from ((name, seat.id) for name in chart.seats if name != seat.id and _left(name, reads))
        places = (*seat.sandbox.read, *seat.sandbox.write)
        for other in writers if places else ():
            if other.id != seat.id and any(within(one, a) for one in places for a in other.sandbox.write):
                yield other.id, seat.id


def _left(name: str, reads: Iterable[str]) -> bool:
    own = (f"out/{name}/**", f"seats/{name}/**", f"state/*/{name}/**", f"state/{name}.*")
    return any(meet(path, place) for path in reads for place in own)


def within(one: str, other: str) -> bool:
    """Say whether one of two places lies in the other.

    >>> within("/srv/a/b", "/srv/a/"), within("/srv/a", "/srv/ab")
    (True, False)
    """
    one, other = posixpath.normpath(one).rstrip("/") + "/", posixpath.normpath(other).rstrip("/") + "/"
    return one.startswith(other) or other.startswith(one)


def marks_of(chart: Chart) -> Marks:
    """Gather the marked paths of all seats, and the places that turns write."""
    paths: list[PathRead] = [path for seat in chart.seats.values() for path in seat.paths]
    return Marks(
        {place: beginning(place) for place in TURNS_WRITE}
        | {path.path: beginning(path.path) for path in paths if path.outside},
        {path.path: beginning(path.path) for path in paths if path.private},
    )


def stamped_while(
    account: Account, since: datetime | None, saved_at: datetime | None, able: Callable[[str], bool]
) -> str:
    """Name a stamped turn that may have saved a file at a time later than `since`; "" where there is none.

    It runs, or it has ended since then and not before the file was saved, and its seat is `able` to save it.
    """
    for name, past in account.seats.items():
        running, last = past.running, past.last
        if running is not None and running.outside and able(name):
            return f"{running.turn} of {name}"
        if last is None or not last.outside or since is None or last.at < since:
            continue
        if (saved_at is None or saved_at <= last.at + TICK) and able(name):
            return f"{last.turn} of {name}"
    return ""


def origins(past: Past, brief: Brief, letters: Iterable[Letter], known: Known) -> Iterator[str]:
    """Name where a turn's outside text comes from, in words; nothing for one that is given none."""
    # A file may come, or grow, while the turn runs: it is the path that is outside, whatever lies there now.
    yield from (file.pattern for file in brief.files if file.outside)
    yield from (f"{letter.id} from {letter.sender}" for letter in letters if letter.outside)
    for peer in brief.reads:
        if peer.state is not None and peer.state.get("outside"):
            yield f"the state of {peer.seat} ({peer.state.get('turn')})"
        yield from (f"{action.id} of {peer.seat}" for action in peer.waits if action.outside)
    yield from (action.id for action in brief.holds if action.outside)
    for claim in brief.claims:
        if claim.outside and not known(claim.about):
            yield "a claim of its own on what nobody else knows"
    if any(note.get("outside") for note in (*brief.answers, *brief.corrections)):
        yield "what fleet tells it of a stamped turn, or of the world"
    if past.resume_outside and brief.resume is not None:
        yield "what its last attempt left as a checkpoint"


def plainly(answers: Iterable[Json], known: Known) -> tuple[Json, ...]:
    """Tell what became of a stamped turn's actions without the subjects that only a stranger may have named."""
    return tuple(
        {**note, "says": note["says"].replace(f" about {', '.join(note['about'])}", "", 1), "about": []}
        if not all(map(known, note.get("about", ())))
        else note
        for note in answers
    )


def subjects_of(brief: Brief) -> frozenset[str]:
    """Give the subjects that a turn was told of by anything that is not stamped."""
    found: set[str] = set()
    for message in brief.mail:
        if not message.outside:
            found.update(message.about)
    for peer in brief.reads:
        if peer.state is None or peer.state.get("outside"):
            continue
        entries = [*peer.state.get("items", ()), *peer.state.get("claims", ())]
        found.update(
            str(one.get("about")) for one in entries if isinstance(one, Mapping) and one.get("about")
        )
    found.update(claim.about for claim in brief.claims if not claim.outside)
    return frozenset(found)


def asked_by(mail: Iterable[Message], kind: str, about: Iterable[str], payload: Json, because: str) -> str:
    """Name the unstamped request of a seat that asks for this very action; empty if there is none.

    The message names the kind (`with: {action: KIND, ..}`) and every subject, and its fields are those of the
    payload, each under its own key and none left out. What strangers wrote may then have chosen when, and nothing
    of what.
    """
    for message in mail:
        if message.outside or not message.verified or message.type not in ASKING:
            continue
        fields = message.with_ if isinstance(message.with_, Mapping) else {}
        plain = ("", message.subject, message.body, fields.get("because"))
        own = fields.get(ASKS_FOR) == kind and set(about) <= set(message.about) and because in plain
        if own and _same_fields(message, fields, payload if isinstance(payload, Mapping) else {}):
            return message.id
    return ""


def _same_fields(message: Message, fields: Mapping[str, Json], payload: Mapping[str, Json]) -> bool:
    """Say whether a payload is what a message's fields say: those that it has itself may be said by it, too."""
    said = {
        "subject": message.subject, "text": message.body, "body": message.body,
        **fields, "request": message.id, "asked_by": message.sender,
    }  # fmt: skip
    names = {subject.partition(":")[2] for subject in message.about}
    wanted = {key for key, value in fields.items() if key != ASKS_FOR and _folded(value) not in names}
    same = (key in said and canonical(said[key]) == canonical(value) for key, value in payload.items())
    return wanted <= payload.keys() | {"because"} and all(same)


def _folded(value: Json) -> str:
    return value.strip().lower() if isinstance(value, str) else ""
