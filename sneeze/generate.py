"""Generate the made-up data: python -m sneeze.generate --seed N --to DATE --out DIR [--truth FILE]."""

import argparse
import json
import sys
from datetime import date, timedelta
from pathlib import Path

from sneeze import invoices, knobs, leads, mail, projects
from sneeze.books import Books, replace, write_span
from sneeze.crm import LONGEST_LIFE, lives
from sneeze.world import make


def books_for(seed: int, last: date, *, inject: tuple[str, ...] = (), calm: bool = False) -> Books:
    """Return the books of a seed, good for any day up to `last`."""
    world = make(seed)
    books = Books(world, knobs.Schedule(world, last, inject=inject, calm=calm))
    for text in inject:
        _check(books, knobs.parse(text))
    return books


def _check(books: Books, event: knobs.Event) -> None:
    """Refuse trouble for what is not there: it would be put into nothing."""
    world = books.world
    known = {
        "dispute": lambda: [client.slug for client in world.clients],
        "slow": lambda: [rep.lower() for rep in world.reps],
        "stale": lambda: [project.number for project in books.projects],
        "miss": lambda: [project.number for project in books.projects],
        "dead": lambda: [*knobs.SOURCES, *knobs.MORE_SOURCES],
    }.get(event.knob)
    if known and event.name not in known():
        raise knobs.Unfit(f"{event.knob}:{event.name}: there is no such name, but {', '.join(known()[-20:])}")


def truth(books: Books, first: date, last: date, *, mail_from: date | None = None) -> dict[str, object]:
    """Return what was put into the data; it never goes into data/. Fewer days of mail are made sooner."""
    opened = lives(books.world, last - timedelta(days=LONGEST_LIFE), last)
    stalled = [
        {"deal": deal.number, "client": deal.client, "since": deal.stalled.isoformat()}
        for deal in opened
        if deal.stalled and deal.stalled <= last < deal.stages[-1][0]
    ]
    return {
        "seed": books.world.seed,
        "last": last.isoformat(),
        "events": knobs.truth(books.schedule, first, last),
        "stalled_deals": stalled,
        "mails": mail.truth(books.mails(mail_from or first, last)),
        "duplicate_leads": leads.truth(books.leads(first, last)),
        **projects.truth(books.world, books.projects, last),
        "disputes": invoices.truth(books.bills, last),
        "reps_slow": knobs.slow(books.schedule, last),
    }


def parser(prog: str) -> argparse.ArgumentParser:
    """Return the options that generate and feed share."""
    options = argparse.ArgumentParser(prog=f"python -m {prog}")
    options.add_argument("--days", type=int, default=120, help="how many days to make (120)")
    options.add_argument("--calm", action="store_true", help="no trouble but what --inject puts in")
    options.add_argument(
        "--inject",
        action="append",
        default=[],
        metavar="KNOB:NAME@DAY[+DAYS][*FACTOR]",
        help="spend:acme-meta@2026-11-20*0.4, cpl:.., vanish:acme-meta@..+3, risk:acme@..+21, dead:ads@..+2, "
        "dup:BRAND@.., dispute:acme@..+20, stale:p-123@..+25, miss:p-123@.., slow:REP@..+8",
    )
    return options


def main() -> int:
    """Write data for the days that end with --to, and the truth where it is asked for."""
    options = parser("sneeze.generate")
    options.add_argument("--seed", type=int, required=True)
    options.add_argument(
        "--to", type=date.fromisoformat, required=True, help="the last whole day in the data"
    )
    options.add_argument("--out", type=Path, required=True, help="the folder that becomes data/")
    options.add_argument("--truth", type=Path, help="where the hidden truth goes, outside of --out")
    given = options.parse_args()
    if given.truth and given.out.resolve() in given.truth.resolve().parents:
        options.error("--truth must lie outside --out: agents read what is in there")
    try:
        books = books_for(given.seed, given.to, inject=tuple(given.inject), calm=given.calm)
    except knobs.Unfit as error:
        options.error(str(error))
    first = given.to - timedelta(days=given.days - 1)
    write_span(books, given.out, first, given.to)
    if given.truth:
        replace(given.truth, json.dumps(truth(books, first, given.to), indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
