"""A desk with a mailbox made by hand: mails, requests, and turns of pepper."""

from datetime import date, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from sneeze_desk import ZONE, Desk

LAST = date(2026, 11, 19)  # a Thursday; the turns are on Friday
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=ZONE)
ANN, BOB, VIC = "ann@acme.example", "bob@acme.example", "vic@volt.example"
TEXT = "I cannot log in to the dashboard, can you send me the password again?"


def mail_desk(tmp_path: Path) -> Desk:
    """A desk with three contacts and an empty mailbox."""
    desk = Desk(tmp_path, 11, LAST, calm=True)
    (desk.root / "data/contacts.csv").write_text(
        f"person,account,name,role\n{ANN},acme,Ann,owner\n{BOB},acme,Bob,owner\n{VIC},volt,Vic,owner\n"
    )
    put(desk)
    return desk


def put(desk: Desk, *mails: bytes) -> None:
    """Make these the whole mailbox."""
    text = b"".join(b"From x@y.example Fri Nov 20 10:00:00 2026\n" + mail + b"\n\n" for mail in mails)
    (desk.root / "data/mail/inbox.mbox").write_bytes(text)


def mail(
    name: str,
    *,
    sender: str = ANN,
    text: str = TEXT,
    subject: str = "Login",
    at: datetime | None = None,
    **more: str,
) -> bytes:
    """Return a plain mail; `more` are further heads, with `_` for `-`."""
    when = format_datetime(at or NOON - timedelta(minutes=30))
    heads = {"From": f"Somebody <{sender}>", "Date": when, "Message-ID": f"<{name}@x>", "Subject": subject}
    heads |= {key.replace("_", "-"): value for key, value in more.items()}
    return ("".join(f"{key}: {value}\n" for key, value in heads.items()) + f"\n{text}\n").encode(
        "utf-8", "surrogateescape"
    )


def start(
    desk: Desk, turn: str = "t-1", *, now: datetime = NOON, mail: Any = None, **brief: Any
) -> dict[str, Any]:
    """Run a turn and return its result; `undone` are turns before it that had no effect."""
    resume = {"undone": brief.pop("undone")} if "undone" in brief else None
    return desk.result("pepper", now=now, mail=mail, also={"turn": turn, "resume": resume, **brief})


def request(number: str = "m-7", *, to: str = ANN, sender: str = "dirk", **given: Any) -> dict[str, Any]:
    """Return a REQUEST to send a mail."""
    return {
        "id": number,
        "type": "REQUEST",
        "from": sender,
        "subject": "Please send",
        "about": given.pop("about", f"person:{to}"),
        "with": {"to": to, "subject": "Your plan", "text": "Hello,\nhere it is.\n", **given},
    }
