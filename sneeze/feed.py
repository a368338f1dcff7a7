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
from errno import EADDRINUSE
from pathlib import Path
from zoneinfo import ZoneInfo

from sneeze.books import carry_on_days, carry_on_minutes
from sneeze.generate import books_for, parser
from sneeze.knobs import Unfit
from sneeze.server import HOST, Door, add_port, is_own, port_of, taken
from sneeze.world import ZONE

EXAMPLE_SEED = 2611  # which made-up agency stands at the root; any other number gives another one
MINUTE_S = 60.0
STEP_S = 1.0  # how often it looks whether the daemon is still there
COMES_S = 120.0  # how long the daemon may take to start
PATIENCE = 8  # looks at a port that the feed of the last run has


class Closed(Exception):
    """Why the CRM cannot answer here, in a sentence."""


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
    options.add_argument("--beside", action="store_true", help="end soon after the fleet's daemon")
    options.add_argument("--no-crm", action="store_true", help="do not answer as the CRM")
    add_port(options)
    given = options.parse_args()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    try:
        if not given.once and not given.no_crm:
            answer(given)
        return feed(given)
    except Closed as closed:
        print(f"sneeze.feed: {closed}", file=sys.stderr, flush=True)
        return 1
    except Unfit as error:
        options.error(str(error))


def answer(given: argparse.Namespace) -> None:
    """Answer as the CRM in a thread; where another program has the port, nothing may start that posts there.

    The feed of this folder's last run ends soon after its daemon, so it is waited for.
    """
    port = port_of(given.root, given.port)
    for left in range(PATIENCE, -1, -1):
        try:
            Door(given.root, port, given.zone).beside()
            return
        except OverflowError as error:
            raise Closed(f"no CRM here, {HOST}:{port}: {error}") from error
        except OSError as error:
            if error.errno != EADDRINUSE:
                raise Closed(f"no CRM here, {HOST}:{port}: {error.strerror}") from error
            if not left or has_daemon(given.root) or not is_own(given.root, port):
                raise Closed(taken(given.root, port)) from error
        time.sleep(STEP_S)


def feed(given: argparse.Namespace) -> int:
    """Let days and minutes come."""
    out, fed = given.root / "data", None
    beside = Beside(given.root) if given.beside else None
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
        minute = time.monotonic() + MINUTE_S - present(given.zone).second
        while (left := minute - time.monotonic()) > 0:
            time.sleep(min(left, STEP_S))
            if beside and beside.over():
                return 0


class Beside:
    """Watches the fleet's daemon: it is over when the daemon was there and went, or never came."""

    def __init__(self, root: Path) -> None:
        self.root, self.seen, self.until = root, False, time.monotonic() + COMES_S

    def over(self) -> bool:
        """Say whether there is no fleet left to feed."""
        there = has_daemon(self.root)
        self.seen = self.seen or there
        return not there and (self.seen or time.monotonic() > self.until)


def has_daemon(root: Path) -> bool:
    """Say whether the process that last took the fleet's lock lives."""
    try:
        os.kill(int((root / ".fleet" / "lock").read_text().split()[1]), 0)
    except (OSError, ValueError, IndexError):
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
