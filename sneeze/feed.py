"""Feed the example's data: python -m sneeze.feed --root . brings data/ up to this minute and keeps it so.

It runs beside the fleet, as the outside world does; agents know nothing of it. Mail and leads come at their
minute, the rows of a day when the day is over. It answers as the CRM, too (sneeze.server). The time is FLEET_NOW
where it is set (a rehearsal's clock), else the machine's clock.
"""

import argparse
import os
import signal
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sneeze.books import carry_on_days, carry_on_minutes
from sneeze.generate import books_for, parser
from sneeze.knobs import Unfit
from sneeze.server import HOST, Door, add_port
from sneeze.world import ZONE

EXAMPLE_SEED = 2611  # which made-up agency stands at the root; any other number gives another one
MINUTE_S = 60.0


def present(zone: ZoneInfo) -> datetime:
    """Return the time in the agency's zone."""
    given = os.environ.get("FLEET_NOW")
    return (datetime.fromisoformat(given) if given else datetime.now(zone)).astimezone(zone)


def main() -> int:
    """Bring data/ up to now; without --once go on until SIGTERM."""
    options = parser("sneeze.feed")
    options.add_argument("--root", type=Path, required=True, help="the fleet's folder; rows go to ROOT/data")
    options.add_argument("--seed", type=int, default=int(os.environ.get("FLEET_SEED") or EXAMPLE_SEED))
    options.add_argument("--zone", type=ZoneInfo, default=ZoneInfo(ZONE))
    options.add_argument("--once", action="store_true", help="bring data/ up to date and end")
    options.add_argument("--beside", action="store_true", help="end within a minute of the fleet's daemon")
    options.add_argument("--no-crm", action="store_true", help="do not answer as the CRM")
    add_port(options)
    given = options.parse_args()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    if not given.once and not given.no_crm:
        answer(given)
    try:
        return feed(given)
    except Unfit as error:
        options.error(str(error))


def answer(given: argparse.Namespace) -> None:
    """Answer as the CRM in a thread; a port that is taken is said, and the feed goes on."""
    try:
        Door(given.root, given.port, given.zone).beside()
    except (OSError, OverflowError) as error:
        why = getattr(error, "strerror", None) or error
        print(f"sneeze.feed: no CRM here, {HOST}:{given.port}: {why}", file=sys.stderr, flush=True)


def feed(given: argparse.Namespace) -> int:
    """Let days and minutes come."""
    out, fed = given.root / "data", None
    while True:
        now = present(given.zone)
        last = now.date() - timedelta(days=1)
        start, changed = last - timedelta(days=given.days - 1), []
        if fed != last:
            books = books_for(given.seed, now.date(), inject=tuple(given.inject), calm=given.calm)
            changed = carry_on_days(books, out, start, last)
        changed += carry_on_minutes(books, out, start, now)
        if changed or fed != last:
            print(f"data/ goes to {last}: {', '.join(changed) or 'nothing new'}", file=sys.stderr, flush=True)
        fed = last
        if given.once:
            return 0
        time.sleep(MINUTE_S - present(given.zone).second)
        if given.beside and not has_daemon(given.root):
            return 0


def has_daemon(root: Path) -> bool:
    """Say whether the process that last took the fleet's lock lives."""
    try:
        os.kill(int((root / ".fleet" / "lock").read_text().split()[1]), 0)
    except (OSError, ValueError, IndexError):
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
