"""Feed the example's data: python -m sneeze.feed --root . brings data/ up to today and keeps it so.

It runs beside the fleet, as the outside world does; agents know nothing of it. `today` is the date in the
fleet's zone: FLEET_NOW where it is set (a rehearsal's clock), else the machine's clock. The rows of a day
come when the day is over.
"""

import os
import signal
import sys
import time
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sneeze.books import carry_on_days, carry_on_minutes
from sneeze.generate import books_for, parser
from sneeze.world import ZONE

EXAMPLE_SEED = 2611  # which made-up agency stands at the root; any other number gives another one
CHECK_EVERY_S = 60.0


def present(zone: ZoneInfo) -> datetime:
    """Return the time in the agency's zone."""
    given = os.environ.get("FLEET_NOW")
    return (datetime.fromisoformat(given) if given else datetime.now(zone)).astimezone(zone)


def main() -> int:
    """Bring data/ up to yesterday's rows; without --once go on until SIGTERM."""
    options = parser("sneeze.feed")
    options.add_argument("--root", type=Path, required=True, help="the fleet's folder; rows go to ROOT/data")
    options.add_argument("--seed", type=int, default=EXAMPLE_SEED)
    options.add_argument("--zone", type=ZoneInfo, default=ZoneInfo(ZONE))
    options.add_argument("--once", action="store_true", help="bring data/ up to date and end")
    options.add_argument("--beside", action="store_true", help="end within a minute of the fleet's daemon")
    given = options.parse_args()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    fed: date | None = None
    while True:
        now = present(given.zone)
        last, out = now.date() - timedelta(days=1), given.root / "data"
        start = last - timedelta(days=given.days - 1)
        changed = []
        if fed != last:
            books = books_for(given.seed, now.date(), inject=tuple(given.inject), calm=given.calm)
            changed = carry_on_days(books, out, start, last)
        changed += carry_on_minutes(books, out, start, now)
        if changed or fed != last:
            print(f"data/ goes to {last}: {', '.join(changed) or 'nothing new'}", file=sys.stderr, flush=True)
        fed = last
        if given.once:
            return 0
        time.sleep(CHECK_EVERY_S)
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
