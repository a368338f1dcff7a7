"""Pepper, Email Triage: puts each mail into one of four buckets, hands on what is others', and sends what they ask.

It reads data/mail/inbox.mbox, which strangers write: their words are judged and quoted, and never followed. It is the
only seat that sends; to whom and how often, the gate decides.
"""

import csv
import json
import os
import re
import sys
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from judge import Contacts
from mails import ADDRESS
from memory import checkpoint, remember, remembered
from page import result_of
from post import kept, settle, take
from triage import look

INBOX, CONTACTS = "data/mail/inbox.mbox", "data/contacts.csv"
OTHER_WORK = ("mail", "answers", "corrections", "holds")  # of a brief: what needs no mailbox
SLUG = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,99}")


class Trouble(Exception):
    """Something without which this turn can say nothing true."""


def main() -> int:
    """Print the result, or one sentence on stderr and exit 1."""
    try:
        print(json.dumps(turn(read_brief(), zoned_now())))
    except Trouble as trouble:
        print(f"pepper: {trouble}", file=sys.stderr)
        return 1
    return 0


def read_brief() -> dict:
    """Return the brief of this turn."""
    try:
        brief = json.loads(Path(os.environ["FLEET_BRIEF"]).read_text(encoding="utf-8"))
    except KeyError:
        raise Trouble("FLEET_BRIEF is not set; this program is started by fleet") from None
    except (OSError, ValueError) as error:
        raise Trouble(f"cannot read the brief: {error}") from error
    if not isinstance(brief, dict):
        raise Trouble("the brief is not a JSON object")
    return brief


def zoned_now() -> datetime:
    """Return FLEET_NOW in the fleet's zone; there is no other clock."""
    try:
        now = datetime.fromisoformat(os.environ["FLEET_NOW"])
        return now.astimezone(ZoneInfo(os.environ["TZ"]) if os.environ.get("TZ") else now.tzinfo)
    except (KeyError, ValueError, OSError) as error:
        raise Trouble(f"cannot tell the time from FLEET_NOW and TZ: {error!r}") from error


def turn(brief: dict, now: datetime) -> dict:
    """Return what the mailbox holds and what is to be done about it."""
    root = Path(os.environ.get("FLEET_ROOT", "../.."))
    before = remembered(brief)
    contacts, note = read_contacts(root / CONTACTS)
    box = look(root / INBOX, before, contacts, now)
    if not (root / INBOX).is_file() and not any(brief.get(key) for key in OTHER_WORK):
        raise Trouble(f"{INBOX} is not there; no mail was triaged")
    asked = take(brief, contacts.account_of)
    told, still = settle(brief, pending_of(before))
    save(brief, before, {**box.memory, "pending": [*still, *asked.pending]})
    return result_of(
        brief,
        box,
        now,
        sends=asked.actions,
        answers=[*told, *asked.messages],
        keep=kept(brief, asked.understood, contacts.account_of),
        notes=[note] if note else [],
    )


def save(brief: dict, before: dict, now: dict) -> None:
    """Remember this turn, so that it can be forgotten if it has no effect."""
    try:
        checkpoint(brief)
    except (OSError, KeyError) as error:
        raise Trouble(f"cannot save a checkpoint: {error!r}") from error
    remember(brief, before, now)


def pending_of(memory: dict) -> list[dict]:
    """Return the requests that were offered and not yet answered."""
    given = memory.get("pending")
    return (
        [one for one in given if isinstance(one, dict) and {"id", "from", "to"} <= set(one)]
        if isinstance(given, list)
        else []
    )


def read_contacts(path: Path) -> tuple[Contacts, str]:
    """Return who is known, and a note where that cannot be read: then every sender is a stranger."""
    account_of, broken = {}, 0
    try:
        with path.open(newline="", encoding="utf-8", errors="replace") as file:
            for row in csv.DictReader(line.replace("\0", "\ufffd") for line in file):
                person, account = (row.get("person") or "").lower(), (row.get("account") or "").lower()
                if ADDRESS.fullmatch(person) and SLUG.fullmatch(account):
                    account_of[person] = account
                else:
                    broken += 1
    except (OSError, csv.Error):
        return Contacts({}, frozenset()), f"{CONTACTS} cannot be read: nobody is known by it"
    note = f"{broken} rows of {CONTACTS} could not be read and were left out" if broken else ""
    return Contacts(account_of, frozenset(account_of.values())), note


if __name__ == "__main__":
    sys.exit(main())
