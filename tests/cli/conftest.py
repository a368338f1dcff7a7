"""A fleet in a temporary folder, driven through the real program, with no daemon left behind."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

PATIENCE_S = 30.0
SAY_OF_TERMINALS = ("COLUMNS", "LINES", "TERM", "NO_COLOR", "FORCE_COLOR", "CI")
"""What of the environment says how a terminal is to be used."""
HELLO = """\
fleet: hello
timezone: UTC
seats:
  you: {title: Operator, person: You, reads: [greeter], good_for: 1d}
  greeter:
    title: Greeter
    run: sh greet.sh
    answers_to: you
    owns: [greetings]
    when: when mail arrives
    scorecard: {greetings: at least 1 a day}
"""
DESK = """\
fleet: desk
timezone: UTC
seats:
  founder: {title: Founder, person: David, good_for: 30d, reads: [dirk, pulse]}
  bogdan: {title: COO, person: Bogdan, answers_to: founder}
  pulse:
    title: Client Retention
    run: sh agent.sh
    answers_to: bogdan
    owns: [client health]
    when: when asked
    good_for: 24h
    scorecard: {work: at least 1 a week}
  dirk:
    title: Sales
    run: sh agent.sh
    answers_to: founder
    owns: [pipeline]
    when: when asked
    good_for: 24h
    reads: [pulse]
    scorecard: {work: at least 1 a week}
    can: {do: [note.append], ask: {crm.offer: founder, mail.send: founder}}
actions:
  crm.offer: {run: ./offer, about: account, outside: yes}
  mail.send: {run: ./mail, about: account}
  note.append: {run: ./note, about: account, repeat: safe}
conflicts:
  - {about: account, rank: [pulse, dirk], then: hold, because: Retention outranks expansion.}
escalation:
  usual: [founder, wait 2h, bogdan]
"""
"""Two agents over one kind of subject, two people; what each turn says stands in its work/next."""
AGENT = "cat work/next 2>/dev/null || echo 'all well'; rm -f work/next\n"
OFFER = '#!/bin/sh\ncat >>offers.log; echo >>offers.log; echo "offer sent"\n'
DIES = "#!/bin/sh\ncat >/dev/null; [ -e mended ] || kill -9 $$; echo sent\n"
FAILS = "#!/bin/sh\necho no room >&2; exit 3\n"
GREET = """\
echo "a note for the log" >&2
printf -- '---\\nheadline: Good day, turn %s\\nscorecard: {greetings: 1}\\n---\\nHello.\\n' "$FLEET_TURN"
"""


@dataclass(frozen=True)
class Said:
    """What one call of the program said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one object on stdout."""
        assert self.out.count("\n") == 1, self.out
        return json.loads(self.out)

    @property
    def data(self) -> Any:
        """What the object holds."""
        return self.json["data"]


class Place:
    """A folder in which the program is called."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def env(self, **more: str) -> dict[str, str]:
        """The environment of a call: no turn around it, whatever runs the tests."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith("FLEET_")}
        return {**kept, "COLUMNS": "80", **more}

    def __call__(self, *words: str, text: str | None = None, env: dict[str, str] | None = None) -> Said:
        """Call the program and wait for its end."""
        done = subprocess.run(
            [sys.executable, "-m", "fleet", *words],
            cwd=self.folder,
            input=text if text is not None else "",
            capture_output=True,
            env=self.env(**(env or {})),
            timeout=60,
            encoding="utf-8",
        )
        assert "Traceback" not in done.stderr, done.stderr
        return Said(done.returncode, done.stdout, done.stderr)

    def at_terminal(self, *words: str, keys: str, env: dict[str, str] | None = None) -> Said:
        """Call the program with a terminal as its stdin, on which these keys are typed."""
        ours, theirs = os.openpty()
        try:
            os.write(ours, keys.encode())
            done = subprocess.run(
                [sys.executable, "-m", "fleet", *words],
                cwd=self.folder,
                stdin=theirs,
                capture_output=True,
                env=self.env(**(env or {})),
                timeout=60,
                encoding="utf-8",
            )
        finally:
            os.close(ours)
            os.close(theirs)
        assert "Traceback" not in done.stderr, done.stderr
        return Said(done.returncode, done.stdout, done.stderr)

    def on_screen(
        self,
        *words: str,
        columns: int = 80,
        rows: int = 40,
        keys: str = "",
        env: dict[str, str] | None = None,
    ) -> Said:
        """Call the program with stdout and stderr on one terminal; `out` is all that came to it.

        Where there are keys, stdin is that terminal too, and they are typed when something is asked.
        """
        ours, theirs = os.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        around = {k: v for k, v in self.env().items() if k not in SAY_OF_TERMINALS}
        program = subprocess.Popen(
            [sys.executable, "-m", "fleet", *words],
            cwd=self.folder,
            stdin=theirs if keys else subprocess.DEVNULL,
            stdout=theirs,
            stderr=theirs,
            env={**around, "TERM": "xterm-256color", **(env or {})},
        )
        os.close(theirs)
        out = b""
        with contextlib.suppress(OSError):  # that the other end is closed is said so
            while part := os.read(ours, 65536):
                out += part
                if keys and out.endswith(b"> "):
                    os.write(ours, keys.encode())
        os.close(ours)
        text = re.sub(
            "[^\n]*\r\x1b\\[K", "", out.decode("utf-8").replace("\r\n", "\n")
        )  # as it is in the end
        assert "Traceback" not in text, text
        return Said(program.wait(timeout=60), text, "")

    def offers(self, seat: str, *actions: dict[str, Any], **keys: Any) -> None:
        """Have a seat's turn ask for actions, and wait until they were judged."""
        self.write(f"seats/{seat}/work/next", json.dumps({"headline": "plans", "actions": actions, **keys}))
        assert self("wake", seat, "--wait").code == 0

    def program(self, name: str, text: str) -> None:
        """Put an action's program there."""
        self.write(name, text).chmod(0o755)

    def start(self, *words: str, **options: Any) -> subprocess.Popen[str]:
        """Call the program and go on at once."""
        return subprocess.Popen(
            [sys.executable, "-m", "fleet", *words],
            cwd=self.folder,
            env=self.env(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # Where the tests run in the background of a shell, a child would ignore Ctrl-C as they do.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            **options,
        )

    def write(self, path: str, text: str) -> Path:
        """Put a file there, with its folders."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
        return file

    @staticmethod
    def until(found: Callable[[], Any], what: str) -> Any:
        """Ask again until there is an answer; fails after a deadline."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            answer = found()
            if answer:
                return answer
            time.sleep(0.05)
        raise AssertionError(f"not within {PATIENCE_S:g} s: {what}")

    def kill(self) -> None:
        """End the daemon of this folder, if there is one, by the id in its lock."""
        lock = self.folder / ".fleet" / "lock"
        words = lock.read_text().split() if lock.exists() else []
        if len(words) < 2 or not words[1].isdigit():
            return
        pid = int(words[1])
        cmdline = Path(f"/proc/{pid}/cmdline")
        if cmdline.exists() and os.fsencode(self.folder) in cmdline.read_bytes():
            os.kill(pid, signal.SIGKILL)


@pytest.fixture
def nowhere(tmp_path: Path) -> Place:
    """A folder without a fleet."""
    return Place(Path(os.path.realpath(tmp_path)))


@pytest.fixture
def hello(nowhere: Place) -> Iterator[Place]:
    """A fleet of one person and a greeter in shell."""
    nowhere.write("fleet.yaml", HELLO)
    nowhere.write("seats/greeter/greet.sh", GREET)
    yield nowhere
    nowhere.kill()


ODD = """\
fleet: bürö-東京
timezone: America/New_York
seats:
  you: {title: Chéf 👩‍💻, person: Zoë Łukasz, reads: [greeter], good_for: 1d}
  greeter:
    title: Grüßer für 東京 und Umgebung — “quoted” 🇩🇪
    run: sh greet.sh
    answers_to: you
    owns: [grüße, 挨拶]
    when: when mail arrives
    scorecard: {greetings: at least 1 a day}
    can: {ask: {note.append: you}}
actions:
  note.append: {run: ./note, repeat: safe}
"""
"""Letters of two columns, of none, of more than one code point, in every place where a person may write."""
ODD_GREET = """\
printf 'bad \\377 byte é 🎉 \\033[31m\\n' >&2
printf -- '---\\nheadline: Grüße 🎉 an 東京, Ame\u0301lie → “so” %s\\n' "$FLEET_TURN"
printf -- 'actions: [{kind: note.append, with: {text: "é 東京 und noch viel mehr davon, was eine Zeile füllt"}, '
printf -- 'because: weil ≥ 3}]\\n---\\nHello.\\n'
"""


def begin_odd(place: Place) -> None:
    """Lay out a fleet with odd text, whose one turn is over and whose one action waits for a yes."""
    place.write("fleet.yaml", ODD)
    place.write("seats/greeter/greet.sh", ODD_GREET)
    assert place("up", "--once", "-q").code == 0
    assert place("inbox", "send", "greeter", "-m", "schöne Grüße 🎉 nach 東京").code == 0


def begin_desk(place: Place, chart: str = DESK) -> None:
    """Lay out a fleet with actions, and let its first turns be over."""
    place.write("fleet.yaml", chart)
    for seat in ("pulse", "dirk"):
        place.write(f"seats/{seat}/agent.sh", AGENT)
        place.write(f"seats/{seat}/work/.keep", "")
    for name, text in (("offer", OFFER), ("mail", DIES), ("note", FAILS)):
        place.program(name, text)
    assert place("up", "--once", "-q").code == 0


@pytest.fixture
def desk(nowhere: Place) -> Iterator[Place]:
    """A fleet with actions, and a daemon in the background; first turns are over."""
    begin_desk(nowhere)
    assert nowhere("up", "-d").code == 0
    yield nowhere
    nowhere.kill()


@pytest.fixture
def served(hello: Place) -> Place:
    """The same fleet with a daemon in the background, its first turn over."""
    said = hello("up", "-d")
    assert said.code == 0, said.err
    hello.until(lambda: _greeted(hello), "the first turn")
    return hello


def _greeted(place: Place) -> bool:
    log = place.folder / "state" / "greeter.log"
    return log.exists() and " t-1 done " in log.read_text()
