"""The outbox: data/outbox/outbox.mbox, a mailbox of all mail that the agency sends; nothing in the example sends it."""

import re
from datetime import UTC
from email.message import EmailMessage
from email.policy import default
from email.utils import format_datetime
from pathlib import Path

from deed import Bad, locked, now, replace

OUTBOX = Path("data/outbox/outbox.mbox")
FROM = re.compile(rb"^(>*From )", re.MULTILINE)
ADDRESS = re.compile(r"[a-z0-9][a-z0-9._+-]*@[a-z0-9-]+(\.[a-z0-9-]+)+")


def send(action: dict, *, sender: str, to: str, subject: str, text: str) -> str:
    """Put a mail into the outbox, once for each action id, also after a crash in the middle.

    The mailbox is written anew beside the old one and renamed over it, under a lock, so that a mail is in it whole
    or not at all, and its head tells which action it belongs to.
    """
    letter = mail(action, sender=sender, to=to, subject=subject, text=text)
    envelope = f"From {sender} {now().astimezone(UTC):%a %b %d %H:%M:%S %Y}\n"
    with locked(OUTBOX.parent):
        before = OUTBOX.read_bytes() if OUTBOX.exists() else b""
        if sent(before, action["id"]):
            return f"already in {OUTBOX}"
        replace(OUTBOX, before + envelope.encode() + FROM.sub(rb">\1", letter) + b"\n")
    return f"wrote to {to} in {OUTBOX}"


def mail(action: dict, *, sender: str, to: str, subject: str, text: str) -> bytes:
    """Return the mail as MIME."""
    if not ADDRESS.fullmatch(to):
        raise Bad(f"{to} is no address")
    letter = EmailMessage(default)
    letter["From"] = f"sneeze-it <{sender}>"
    letter["To"] = to
    letter["Subject"] = subject
    letter["Date"] = format_datetime(now())
    letter["Message-ID"] = f"<{action['id']}@sneeze-it.example>"
    letter["X-Fleet-Action"] = action["id"]
    letter.set_content(text, cte="7bit" if plain(text) else "quoted-printable")
    return letter.as_bytes()


def plain(text: str) -> bool:
    """Say whether a text can go as it is."""
    return text.isascii() and "\0" not in text and all(len(line) < 900 for line in text.split("\n"))


def sent(mailbox: bytes, action: str) -> bool:
    """Say whether a mail of this action is there; what a mail's text says does not count, only its head."""
    letters = re.split(rb"^From .*\n", mailbox, flags=re.MULTILINE)
    return any(
        f"\nX-Fleet-Action: {action}\n".encode() in letter.partition(b"\n\n")[0] + b"\n" for letter in letters
    )
