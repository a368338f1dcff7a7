"""Storm: seats that write to each other or wake each other without end: told once, counted, and over by itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from fleet.core.account import Account
from fleet.core.chart import Chart
from fleet.core.codec import Json
from fleet.core.gust import OPENS_AT, RETOLD_AFTER
from fleet.core.ladder import open_matter
from fleet.core.moment import near
from fleet.core.pace import share
from fleet.core.past import Matter, Storm
from fleet.core.record import Draft, Record

QUIET = timedelta(minutes=30)
"""How long no bound is met before a storm is over; each time it comes back, twice as long."""
SHARES = 20
"""How many shares of an hour it is at least: more than the longest wait between two wakes."""
NAMED_AT_MOST = 3


def due(chart: Chart, account: Account, now: datetime) -> Draft | None:
    """Draft that a storm begins, or that it is over, if that is due; `after` gives what follows."""
    storm = account.storm
    if storm is None or storm.over_at is not None:
        return None
    if storm.opened_at is None:
        return _opening(chart, account, storm, now) if storm.weight >= OPENS_AT else None
    return _ending(chart, storm, now) if over_at(chart, storm) <= now else None


def next_at(chart: Chart, account: Account) -> datetime | None:
    """Give when an open storm is over if no bound is met until then."""
    storm = account.storm
    if storm is None or storm.opened_at is None or storm.over_at is not None:
        return None
    return over_at(chart, storm)


def over_at(chart: Chart, storm: Storm) -> datetime:
    """Give when a storm is over if no bound is met until then."""
    quiet: timedelta = max(QUIET, SHARES * share(chart)) * (1 << min(storm.times, 5))
    return storm.last + min(quiet, RETOLD_AFTER)


def _opening(chart: Chart, account: Account, storm: Storm, now: datetime) -> Draft:
    """Draft that a storm begins. The letters of single quarrels in it are put away: its own tells of all."""
    data = {
        "kind": "storm",
        "says": says(chart, storm, now),
        "since": storm.since,
        "seats": dict(sorted(storm.seats.items())),
        "settles": [letter for letter in storm.quarrels if letter in account.mail],
        **({} if _is_told(storm, now) else {"opens": account.next_id("i")}),
    }
    return Draft("trouble", data=data)


def _ending(chart: Chart, storm: Storm, now: datetime) -> Draft:
    data = {
        "kind": "storm",
        "says": says(chart, storm, now, ended=True),
        "since": storm.since,
        "over": storm.last,
        "seats": dict(sorted(storm.seats.items())),
    }
    counts = {"refused": storm.refused, "held": storm.held, "unheard": storm.unheard}
    return Draft("trouble", data={**data, **{key: count for key, count in counts.items() if count}})


def _is_told(storm: Storm, now: datetime) -> bool:
    """Say whether somebody was told of this storm lately, before it came back."""
    return storm.told_at is not None and now - storm.told_at < RETOLD_AFTER


def after(chart: Chart, account: Account, record: Record) -> Iterator[Draft]:
    """Draft what follows from the record of a storm: one letter, to a person, in place of many."""
    data, storm = record.data, account.storm
    if storm is None:
        return
    for message in data.get("settles", ()):
        letter = account.mail.get(message)
        if letter is not None and letter.box == "new":
            why = "it is part of a storm, of which one letter tells"
            put = {"id": message, "box": "done", "to": letter.to, "name": letter.name, "why": why}
            yield Draft("message_done", seat=letter.to, data=put)
    if data.get("opens"):
        matter = Matter(
            id=data["opens"],
            kind="storm",
            seat=_most(storm),
            ladder="usual",
            base_at=record.at,
            subject=_subject(storm),
            because=_letter(chart, account, storm, record.at),
        )
        yield from open_matter(chart, account, matter, record.at)


def standing(chart: Chart, account: Account, now: datetime) -> Json:
    """Give an open storm as the status shows it, and the command that stops it; None where there is none."""
    storm = account.storm
    if storm is None or storm.opened_at is None or storm.over_at is not None:
        return None
    told: dict[str, Any] = {"at": storm.since.isoformat(), "seat": None, "kind": "storm"}
    told |= {"says": says(chart, storm, now), "last": storm.last.isoformat()}
    return told | {"next": remedy(account, storm)}


def remedy(account: Account, storm: Storm) -> str:
    """Name the command that stops a storm: nothing where it was given."""
    if storm.refused and len(storm.seats) > 1:
        return "" if "message" in account.pauses else "fleet pause message"
    seat = _most(storm)
    past = account.seats.get(seat)
    return "" if past is None or past.paused is not None else f"fleet pause {seat}"


def says(chart: Chart, storm: Storm, now: datetime, *, ended: bool = False) -> str:
    """Say a storm in one line: who, how much was held off, since when."""
    zone = chart.calendar.tz
    here = now.astimezone(zone)
    parts = [seats_of(list(storm.seats))]
    parts += [f"{_many(storm.refused, 'message')} refused"] if storm.refused else []
    parts += [f"{_many(storm.held, 'wake')} held back"] if storm.held else []
    parts += [f"{_many(storm.unheard, 'wake')} not made"] if storm.unheard else []
    parts.append(f"since {near(storm.since.astimezone(zone), here)}")
    parts += [f"over at {near(storm.last.astimezone(zone), here)}"] if ended else []
    return ", ".join(parts)


def seats_of(names: Sequence[str]) -> str:
    """Name a few seats, or say how many there are."""
    named = sorted(names)
    if len(named) > NAMED_AT_MOST:
        return f"{len(named)} seats"
    return " and ".join(filter(None, (", ".join(named[:-1]), named[-1]))) if named else "no seat"


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _most(storm: Storm) -> str:
    """Name the seat that met bounds most often."""
    return min(storm.seats, key=lambda name: (-storm.seats[name], name), default="")


def _subject(storm: Storm) -> str:
    does = "write to each other" if storm.refused and len(storm.seats) > 1 else "wake each other"
    if len(storm.seats) < 2:
        does = "writes" if storm.refused else "is woken"
    return f"{seats_of(list(storm.seats))} {does} without end"


def _letter(chart: Chart, account: Account, storm: Storm, now: datetime) -> str:
    stop = remedy(account, storm)
    lines = [
        f"{says(chart, storm, now)}; most by {_most(storm)}.",
        "fleet refuses and holds back what is too much, and promised wakes go on. Of this storm nothing more is sent "
        "to you: its count and its end stand in `fleet status`.",
        "Questions of these seats that nobody answers are not passed up one by one; a CHALLENGE among them "
        "still holds actions until it is answered, or until you answer this letter.",
        f"Look: fleet status, fleet tail --kind all. {f'Stop it: {stop}' if stop else ''}".strip(),
    ]
    return "\n".join(lines)
