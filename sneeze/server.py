"""The CRM's door: python -m sneeze.server --root . answers where the chart's crm.write is posted to.

POST /touch    an action as JSON; one row in data/crm/writes.csv, also if the same Idempotency-Key comes again
POST /delete   403: nobody deletes over this door
GET  /health   200 while it answers, and for which folder

The port is --port, else $PORT, else what ROOT/fleet.yaml says of crm.write, else 8085.
"""

import argparse
import csv
import http.client
import io
import json
import os
import re
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from errno import EADDRINUSE
from fcntl import LOCK_EX, flock
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from zoneinfo import ZoneInfo

from sneeze.world import ZONE

COLUMNS = ["action", "day", "subject", "deal", "field", "value", "by"]
OLD_COLUMNS = ["action", "day", "client", "deal", "field", "value", "by"]
SUBJECT = re.compile(r"(account|brand):[a-z0-9][a-z0-9._@+-]{0,119}")
KEY = re.compile(r"[\x21-\x7e]{1,200}")
BODY_MAX = 256 * 1024
HOST, PORT = "127.0.0.1", 8085
POSTED = re.compile(r"^ *crm\.write:.*http://127\.0\.0\.1:([0-9]{1,5})/", re.MULTILINE)  # in fleet.yaml
PATIENCE_S = 10.0  # for a caller that stops in the middle of its request

Row = list[str]


class Unfit(ValueError):
    """What was posted is no write; the sentence says why."""


def row_of(key: str, action: object, day: date) -> Row:
    """Return an action as a row of the log: whom it concerns stands in `about`, whatever its payload says."""
    if not isinstance(action, dict):
        raise Unfit("the body is no action")
    given = action.get("with")
    if not isinstance(given, dict):
        raise Unfit("the action has no `with`")
    key = key or _text(action.get("id"))
    if not KEY.fullmatch(key):
        raise Unfit("there is neither an Idempotency-Key nor an id")
    field = _text(given.get("field"))
    if not field:
        raise Unfit("the action has no with.field")
    rest = [_text(given.get("deal")), field, _text(given.get("value")), _text(action.get("seat"))]
    return [key, day.isoformat(), _subject(action.get("about")), *rest]


def _subject(about: object) -> str:
    """Return the one account or brand that the action is about."""
    listed = about if isinstance(about, list) else [about]
    found = [one for one in listed if isinstance(one, str) and SUBJECT.fullmatch(one)]
    if len(found) != 1:
        raise Unfit("the action is not about one account or brand")
    return str(found[0])


def _text(value: object) -> str:
    """Return a value as one line; what is no plain value is refused."""
    if value is None:
        return ""
    if not isinstance(value, str | int | float):
        raise Unfit("the action has a value that is no text and no number")
    text = " ".join(str(value).split())
    if "\0" in text or not text.isprintable():
        raise Unfit("the action has a value that cannot be printed")
    return text


class Log:
    """data/crm/writes.csv: one row an accepted write, whoever writes and however often it is asked."""

    def __init__(self, root: Path) -> None:
        self.path = root / "data/crm/writes.csv"

    def append(self, row: Row) -> int:
        """Put the row under the others, unless its key is there; returns the number of the row with that key."""
        with self._locked():
            rows = self._whole_rows()
            for number, known in enumerate(rows, 1):
                if known[0] == row[0]:
                    return number
            with self.path.open("a", newline="", encoding="utf-8") as file:
                file.write(_line(row))
                file.flush()
                os.fsync(file.fileno())
            return len(rows) + 1

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with (self.path.parent / ".writes.lock").open("a") as lock:
            flock(lock, LOCK_EX)
            yield

    def _whole_rows(self) -> list[Row]:
        """Return what is logged; half a line was never confirmed and goes, and an older head is made new."""
        text = self.path.read_text(encoding="utf-8") if self.path.exists() else ""
        whole = text[: text.rfind("\n") + 1]
        head, *rows = list(csv.reader(io.StringIO(whole))) or [[]]
        rows = [row for row in rows if len(row) == len(COLUMNS)]
        if head == OLD_COLUMNS:
            rows = [[*row[:2], f"account:{row[2]}", *row[3:]] for row in rows]
        if head != COLUMNS or whole != text:
            staged = self.path.with_name(".writes.csv.new")
            staged.write_text("".join(map(_line, [COLUMNS, *rows])), encoding="utf-8")
            staged.replace(self.path)
        return rows


def _line(row: Row) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(row)
    return text.getvalue()


class Door(ThreadingHTTPServer):
    """The CRM's server; it listens once it is made. Raises OSError if the port is taken."""

    daemon_threads = True

    def __init__(self, root: Path, port: int, zone: ZoneInfo) -> None:
        self.root, self.log, self.zone = root.resolve(), Log(root), zone
        super().__init__((HOST, port), Visit)

    @property
    def port(self) -> int:
        """The port it really got."""
        return int(self.server_address[1])

    def today(self) -> date:
        """Return the date in the agency's zone."""
        given = os.environ.get("FLEET_NOW")
        return (
            (datetime.fromisoformat(given) if given else datetime.now(self.zone)).astimezone(self.zone).date()
        )

    def beside(self) -> None:
        """Answer in a thread of its own until the process ends."""
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Visit(BaseHTTPRequestHandler):
    """One request."""

    server: Door
    timeout = PATIENCE_S

    def do_GET(self) -> None:  # noqa: N802 - the name http.server asks for
        """Say that it answers."""
        if self.path == "/health":
            self._answer(200, {"ok": True, "root": str(self.server.root)})
        else:
            self._answer(404, {"ok": False, "error": f"there is no {self.path[:60]}"})

    def do_POST(self) -> None:  # noqa: N802
        """Log a write; refuse the rest."""
        body = self._body()
        if self.path == "/delete":
            self._answer(403, {"ok": False, "error": "nobody deletes over this door"})
        elif self.path != "/touch":
            self._answer(404, {"ok": False, "error": f"there is no {self.path[:60]}"})
        elif body is None:
            self._answer(400, {"ok": False, "error": f"a body has a length of at most {BODY_MAX} bytes"})
        else:
            self._touch(body)

    def _body(self) -> bytes | None:
        length = self.headers.get("Content-Length") or ""
        if not re.fullmatch(r"[0-9]{1,9}", length) or int(length) > BODY_MAX:
            self.close_connection = True
            return None
        return self.rfile.read(int(length))

    def _touch(self, body: bytes) -> None:
        try:
            action = json.loads(body.decode())
            row = row_of(self.headers.get("Idempotency-Key") or "", action, self.server.today())
        except (ValueError, RecursionError) as error:
            why = str(error) if isinstance(error, Unfit) else "the body is no JSON"
            return self._answer(400, {"ok": False, "error": why})
        try:
            number = self.server.log.append(row)
        except OSError as error:
            return self._answer(500, {"ok": False, "error": f"the log cannot be written: {error.strerror}"})
        return self._answer(200, {"ok": True, "row": number})

    def _answer(self, status: int, said: dict[str, object]) -> None:
        text = json.dumps(said).encode() + b"\n"
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as http.server names it
        """Say nothing: the log is data/crm/writes.csv."""


def add_port(options: argparse.ArgumentParser) -> None:
    """Add the option that says where it answers; without it, port_of tells."""
    options.add_argument(
        "--port", type=int, help="where the CRM answers ($PORT, else as fleet.yaml says; 0: a free one)"
    )


def port_of(root: Path, given: int | None) -> int:
    """Return the port that was given, else $PORT, else the one to which the fleet in this folder posts."""
    if given is not None:
        return given
    if os.environ.get("PORT"):
        return int(os.environ["PORT"])
    chart = root / "fleet.yaml"
    text = chart.read_text(encoding="utf-8", errors="replace") if chart.is_file() else ""
    found = POSTED.search(text)
    return int(found[1]) if found else PORT


def taken(root: Path, port: int) -> str:
    """Say what to do about a port that another program has, so that nobody's writes land there."""
    if is_own(root, port):
        return f"port {port} is taken by this fleet's own feed; nothing was started. Is it up already? fleet status"
    return (
        f"port {port} is taken by another program, and crm.write would go there; nothing was started. "
        "End that program, or change the port in fleet.yaml (actions: crm.write and crm.delete)"
    )


def is_own(root: Path, port: int) -> bool:
    """Say whether what answers on the port is the CRM of this folder."""
    line = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        line.request("GET", "/health")
        said = json.loads(line.getresponse().read(BODY_MAX))
        return isinstance(said, dict) and said.get("root") == str(root.resolve())
    except (OSError, http.client.HTTPException, ValueError, OverflowError):
        return False
    finally:
        line.close()


def main() -> int:
    """Answer until SIGTERM."""
    options = argparse.ArgumentParser(prog="python -m sneeze.server")
    options.add_argument("--root", type=Path, required=True, help="the fleet's folder")
    add_port(options)
    given = options.parse_args()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    port = port_of(given.root, given.port)
    try:
        door = Door(given.root, port, ZoneInfo(ZONE))
    except OSError as error:
        why = taken(given.root, port) if error.errno == EADDRINUSE else f"{HOST}:{port}: {error.strerror}"
        print(f"sneeze.server: {why}", file=sys.stderr)
        return 1
    with door:
        print(f"the CRM answers on http://{HOST}:{door.port}", file=sys.stderr, flush=True)
        door.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
