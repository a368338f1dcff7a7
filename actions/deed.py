"""What the programs of this folder share: reading an action, and writing once."""

import json
import os
import re
import sys
from collections.abc import Callable
from contextlib import contextmanager
from datetime import datetime
from fcntl import LOCK_EX, flock
from pathlib import Path

SUBJECT = re.compile(r"[a-z][a-z0-9-]{0,39}:[a-z0-9][a-z0-9._@+-]{0,119}")


class Bad(Exception):
    """Why an action cannot be carried out, in a sentence; nothing was written."""


def carry_out(name: str, deed: Callable[[dict], str]) -> int:
    """Do what the action on stdin asks and say so; or one sentence on stderr and exit 1."""
    try:
        print(deed(read_action()))
    except Bad as bad:
        print(f"{name}: {bad}; nothing was written", file=sys.stderr)
        return 1
    return 0


def read_action() -> dict:
    """Return the action that came on stdin, with an id and a payload that can be relied on."""
    try:
        action = json.loads(sys.stdin.buffer.read().decode())
    except (ValueError, RecursionError) as error:
        raise Bad(f"what came on stdin is not an action: {error}") from error
    if not isinstance(action, dict):
        raise Bad("what came on stdin is not an action: it is no JSON object")
    number = action.get("id") or os.environ.get("FLEET_ACTION_ID")
    if not isinstance(number, str) or not re.fullmatch(r"[A-Za-z0-9-]{1,60}", number):
        raise Bad("the action has no id")
    given = action.get("with") or {}
    if not isinstance(given, dict):
        raise Bad("the action's `with` is no object")
    seat = str(action.get("seat") or "")
    return {
        **action,
        "id": number,
        "with": given,
        "seat": seat if re.fullmatch("[a-z][a-z0-9-]*", seat) else "?",
    }


def subject(action: dict, *kinds: str) -> str:
    """Return the name of the action's one subject of the first of these kinds that it has."""
    about = action.get("about")
    listed = about if isinstance(about, list) else [about]
    if not all(isinstance(one, str) and SUBJECT.fullmatch(one) for one in listed):
        raise Bad("the action is about nothing that can be read")
    for kind in kinds:
        names = {one.partition(":")[2] for one in listed if one.startswith(f"{kind}:")}
        if len(names) > 1:
            raise Bad(f"the action is about more than one {kind}")
        if names:
            return names.pop()
    raise Bad(f"the action is about no {' or '.join(kinds)}")


def line(action: dict, key: str) -> str:
    """Return a line of the payload; one with a line break or another control sign in it is refused."""
    value = action["with"].get(key)
    text = f"{value}".strip() if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
    if not text:
        raise Bad(f"the action has no with.{key}")
    if len(text) > 400 or any(ord(sign) < 32 or ord(sign) in (127, 0x85, 0x2028, 0x2029) for sign in text):
        raise Bad(f"with.{key} is no single line of text")
    return encodable(text, key)


def words(action: dict, key: str = "text") -> str:
    """Return a text of the payload with an end of line."""
    text = action["with"].get(key)
    if not isinstance(text, str) or not text.strip():
        raise Bad(f"the action has no with.{key}")
    return encodable(text.replace("\r\n", "\n").replace("\r", "\n").strip("\n"), key) + "\n"


def encodable(text: str, key: str) -> str:
    """Return the text if it can be written at all: half a sign of UTF-16 cannot."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise Bad(f"with.{key} has a sign in it that is none") from error
    return text


def now() -> datetime:
    """Return FLEET_NOW, the only clock."""
    try:
        moment = datetime.fromisoformat(os.environ["FLEET_NOW"])
    except (KeyError, ValueError) as error:
        raise Bad("FLEET_NOW does not tell the time") from error
    if moment.tzinfo is None:
        raise Bad("FLEET_NOW has no offset")
    return moment


@contextmanager
def locked(folder: Path):
    """Let nobody else write into the folder for a while; the lock goes with the process that has it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("a") as lock:
        flock(lock, LOCK_EX)
        yield


def replace(path: Path, content: bytes) -> None:
    """Write the whole file beside the old one and rename it over: after a crash it is the old or the new one."""
    staged = path.with_name(f".{path.name}.new")
    with staged.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    staged.replace(path)


def write_note(folder: Path, action: dict, *kinds: str) -> str:
    """Write the action's text with a head that says what it belongs to, once for each action id."""
    about = subject(action, *kinds)
    head = [f"action: {action['id']}", f"about: {json.dumps(action['about'])}", f"by: {action['seat']}"]
    head.append(f"day: {now().date().isoformat()}")
    if action["with"].get("subject"):
        head.append(f"subject: {json.dumps(line(action, 'subject'), ensure_ascii=False)}")
    text = "\n".join(["---", *head, "---", "", words(action)])
    path = folder / f"{action['id']}-{about}.md"
    with locked(folder):
        if path.exists():
            return f"already in {path}"
        replace(path, text.encode())
    return f"wrote {path}"
