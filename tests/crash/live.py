"""A live daemon: started, asked, hurt and ended by a test, which waits by polling with a deadline."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

from crash.outcome import Ledger
from crash.shim import Fault

from fleet.edge import socket
from fleet.errors import Broken, NotRunning

DRIVE = Path(__file__).with_name("drive.py")
PATIENCE_S = 20.0
"""Until a test gives up. What is promised within 10 s is measured apart: the machine may be busy."""
LOOK_S = 0.02


class Live:
    """A daemon over a folder. What it says goes to a file beside that."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.faults = root.parent / f"{root.name}.faults"
        self.said = root.parent / f"{root.name}.said"
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def start(self) -> Self:
        """Start it and wait until it answers."""
        self.launch()
        self.until(lambda: self.status()["pid"] == self.pid, "the daemon answers")
        return self

    def launch(self, *before: str) -> None:
        """Start it, by way of another command if one is given."""
        command = [*before, sys.executable, str(DRIVE), str(self.root), str(self.faults)]
        with self.said.open("ab") as said:
            self.process = subprocess.Popen(command, stdout=said, stderr=said, start_new_session=True)

    @property
    def pid(self) -> int:
        """The daemon's process."""
        assert self.process is not None
        return self.process.pid

    @property
    def ledger(self) -> Ledger:
        """The whole lines of the ledger as it is now."""
        return Ledger.read(self.root)

    @property
    def text(self) -> str:
        """All that the daemons of this folder have said."""
        return self.said.read_text()

    def ask(self, verb: str, **args: Any) -> Any:
        """Ask it, as the boss."""
        return socket.ask(str(self.root), verb, args, person="boss")

    def status(self) -> dict[str, Any]:
        """Give its status; a pid of 0 while there is none."""
        try:
            view: dict[str, Any] = self.ask("status")
        except (NotRunning, FileNotFoundError, ConnectionError):
            return {"pid": 0, "stuck": None}
        return view

    def try_to(self, verb: str, **args: Any) -> str:
        """Ask for something that may be refused; gives the refusal."""
        try:
            self.ask(verb, **args)
        except Broken as exc:
            return str(exc)
        return ""

    def hurt(self, fault: Fault) -> None:
        """Let the disk refuse from now on."""
        staged = self.faults.with_suffix(".staged")
        staged.write_text(json.dumps(asdict(fault)))
        staged.rename(self.faults)

    def mend(self) -> None:
        """Let the disk work again."""
        self.faults.unlink()

    def until(self, holds: Callable[[], bool], what: str) -> float:
        """Wait until something holds; gives the seconds it took. Fails with what the daemon said."""
        begun = time.monotonic()
        while not holds():
            if time.monotonic() - begun > PATIENCE_S:
                raise AssertionError(f"waited {PATIENCE_S:g} s in vain until {what}\n{self.text}")
            time.sleep(LOOK_S)
        return time.monotonic() - begun

    def rests_after(self, turns: int) -> None:
        """Wait until so many turns were done and none runs, and until their files are written, too."""
        self.until(lambda: self._over(turns), f"{turns} turns are over")
        self.until(lambda: not self.status()["stuck"], "it is not stuck")  # it answers between two passes

    def _over(self, turns: int) -> bool:
        ledger = self.ledger
        return len(ledger.ended("done")) >= turns and len(ledger.ended()) == len(ledger.of("turn_started"))

    def kill(self) -> None:
        """Crash it."""
        self.end(signal.SIGKILL)

    def stop(self) -> None:
        """Ask it to drain; it must end well and say nothing of a bug."""
        assert self.end(signal.SIGTERM) == 0, self.text
        assert "Traceback" not in self.text, self.text

    def end(self, number: int) -> int:
        """Send a signal and wait for the end."""
        os.kill(self.pid, number)
        return self.gone()

    @property
    def ended(self) -> bool:
        """Say whether it has ended."""
        return self.process is not None and self.process.poll() is not None

    def quit(self) -> None:
        """See to it that it has ended, however."""
        if not self.ended:
            self.kill()

    def gone(self) -> int:
        """Wait for the end, and give how it ended."""
        assert self.process is not None
        return self.process.wait(PATIENCE_S)
