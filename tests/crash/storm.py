"""A storm: a daemon under load is killed again and again at random moments, and started anew.

    python storm.py FLEET SEED SECONDS

Then it runs on until nothing is due. Prints how often it was killed and what was dropped.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
import time
import traceback
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from crash.reference import drop
from crash.trial import run_once

from fleet.edge.clock import SystemClock
from fleet.runtime.recover import open_fleet
from fleet.runtime.serve import serve

LIFE_S = (0.05, 0.5)
"""How long a daemon lives, at least and at most."""


def main(root: Path, seed: int, lasts_s: float) -> None:
    """Let the storm pass over a fleet."""
    fate, dropped, killed = random.Random(seed), 0, 0
    end_s = time.monotonic() + lasts_s
    while time.monotonic() < end_s:
        pid = begin(root)
        dies_s = time.monotonic() + fate.uniform(*LIFE_S)
        while (left_s := dies_s - time.monotonic()) > 0:
            dropped += 1
            drop(root, fate.choice(("worker", "other")), f"d{dropped}.md", f"Drop {dropped}.\n".encode())
            time.sleep(min(left_s, fate.uniform(0.01, 0.1)))
        os.kill(pid, signal.SIGKILL)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        assert status == -signal.SIGKILL, f"it ended by itself with {status}"
        killed += 1
    for seat in ("worker", "other"):  # one that was lost twice is woken by nothing else
        dropped += 1
        drop(root, seat, f"d{dropped}.md", f"Drop {dropped}.\n".encode())
    ended = run_once(root)
    print(json.dumps({"killed": killed, "dropped": dropped, "ended": ended}))


def begin(root: Path) -> int:
    """Start a daemon in a child and give its number."""
    pid = os.fork()
    if pid:
        return pid
    try:
        clock = SystemClock()
        fleet = open_fleet(str(root.resolve()), clock)
        asyncio.run(serve(fleet, clock))
    except BaseException:  # noqa: BLE001 - the child must never return into the parent's code
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(1)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
