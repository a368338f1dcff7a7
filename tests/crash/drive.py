"""The daemon as a process of its own, over a shim that a test turns on and off through a file.

python drive.py FLEET FAULTS
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from crash import shim

from fleet.edge.clock import SystemClock
from fleet.errors import FleetError
from fleet.runtime import daemon
from fleet.runtime.recover import open_fleet
from fleet.runtime.serve import serve

MEND_S = 0.05
"""In place of seconds, so that a mended disk is seen at once."""


def main(root: str, faults: Path) -> None:
    """Serve a fleet until told to stop."""
    vars(daemon)["MEND_S"] = MEND_S
    shim.install(shim.failing(faults), reads=True)
    clock = SystemClock()
    fleet = open_fleet(os.path.realpath(root), clock)
    asyncio.run(serve(fleet, clock))
    fleet.close()


if __name__ == "__main__":
    try:
        main(sys.argv[1], Path(sys.argv[2]))
    except FleetError as exc:
        print(exc, file=sys.stderr)
        sys.exit(exc.exit_code)
