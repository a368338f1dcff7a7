"""The mailbox: an mbox of real mail, read one mail at a time, so that no mail can spoil another.

Strangers write every byte of it. What cannot be read is counted; what is read is text to judge and never followed.
"""

import hashlib
import re
from datetime import UTC, datetime
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses, parseaddr, parsedate_to_datetime
from html import unescape
from pathlib import Path
from typing import NamedTuple

BYTES_READ = 64 * 1024 * 1024  # of the file's end: years of mail
BYTES_A_MAIL = 256 * 1024  # the rest of a mail is attachments
TEXT_READ = 20_000  # characters of a mail's text that are judged
ADDRESS = re.compile(r"[a-z0-9][a-z0-9._+-]{0,63}@[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9-]+)+")
QUOTED = re.compile(rb"(?m)^>(>*From )")
QUOTE_LINE = re.compile(r"(on|am) .{5,120}(wrote|schrieb):")
DATE = re.compile(rb"(?im)^date:[ \t]*([^\r\n]{0,200})")


class Mail(NamedTuple):
    """One mail, as far as it could be read; texts are one-line or plain, and harmless to quote."""

    key: str  # short, made of the Message-ID
    message_id: str
    at: datetime
    sender: str  # address; empty if there is none
    name: str
    reply_to: str
    subject: str
    text: str  # without what it quotes
    answers: bool  # it says which mail it answers
    listed: bool  # a list or a machine sent it
    attached: tuple[str, ...]
    html_only: bool
    broken: bool  # its MIME does not hold together


class Unreadable(Exception):
    """A mail without what it takes to speak of it at all."""


def raw_mails(path: Path) -> list[bytes]:
    """Return the mails of an mbox as bytes, oldest first; raises OSError where the file cannot be read."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - BYTES_READ))
        raw = b"\n" + file.read()
    parts = raw.replace(b"\r\n", b"\n").split(b"\nFrom ")
    return [part.partition(b"\n")[2] for part in parts[1:]]


def date_of(raw: bytes) -> datetime | None:
    """Return when a mail says that it was sent, from its head alone."""
    head = raw[:BYTES_A_MAIL].partition(b"\n\n")[0]
    found = DATE.search(head)
    try:
        at = parsedate_to_datetime(found[1].decode("ascii", "replace")) if found else None
        if at is not None and at.tzinfo is None:
            at = at.replace(tzinfo=UTC)
        return at.astimezone(UTC) if at else None
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def read(raw: bytes) -> Mail:
    """Return one mail; raises Unreadable where it has no sender, no date or no Message-ID."""
    at = date_of(raw)
    message = message_from_bytes(QUOTED.sub(rb"\1", raw[:BYTES_A_MAIL]))
    message_id = one_line(header(message, "Message-ID"), 200)
    name, sender = parseaddr(header(message, "From"))
    if at is None or not message_id:
        raise Unreadable
    text, html_only, attached = text_of(message)
    return Mail(
        key=hashlib.sha256(message_id.encode()).hexdigest()[:12],
        message_id=message_id,
        at=at,
        sender=sender.lower() if ADDRESS.fullmatch(sender.lower()) else "",
        name=one_line(name, 80),
        reply_to="".join(address.lower() for _, address in getaddresses([header(message, "Reply-To")])[:1]),
        subject=one_line(header(message, "Subject"), 160),
        text=text,
        answers=bool(message.get("In-Reply-To") or message.get("References")),
        listed=any(
            message.get(key) for key in ("List-Unsubscribe", "List-Id", "Precedence", "Auto-Submitted")
        ),
        attached=attached,
        html_only=html_only,
        broken=any(part.defects for part in message.walk()),
    )


def header(message: Message, key: str) -> str:
    """Return a header's text, decoded where it can be."""
    value = str(message.get(key) or "")[:2000]
    try:
        return str(make_header(decode_header(value)))
    except (MessageError, ValueError, LookupError):
        return value


def text_of(message: Message) -> tuple[str, bool, tuple[str, ...]]:
    """Return what a reader would see, whether that is HTML alone, and the names of what is attached."""
    plain, html, attached = "", "", []
    for part in message.walk():
        if part.is_multipart():
            continue
        kind, name = part.get_content_type(), file_name(part)
        if name or not kind.startswith(("text/", "multipart/")):
            attached.append(one_line(name or kind, 80))
        elif kind == "text/html":
            html = html or decoded(part)
        else:
            plain = plain or decoded(part)
    text = own_words(plain) if plain.strip() else own_words(without_tags(html))
    return text, bool(html and not plain.strip()), tuple(attached[:20])


def file_name(part: Message) -> str:
    """Return the name of an attachment, if it is one that can be named."""
    try:
        return str(part.get_filename() or "")
    except (ValueError, LookupError, TypeError):
        return "unnamed"


def decoded(part: Message) -> str:
    """Return a part's text, whatever its encoding claims to be."""
    try:
        payload = part.get_payload(decode=True)
    except (ValueError, LookupError, MessageError):
        payload = None
    raw = payload if isinstance(payload, bytes) else str(part.get_payload()).encode("utf-8", "replace")
    wide = raw[:200].count(0) > len(raw[:200]) // 4  # two bytes a letter, whatever charset it names
    try:
        charset = "utf-16" if wide else part.get_content_charset() or "utf-8"
        return raw[: 4 * TEXT_READ].decode(charset, "replace")
    except (LookupError, ValueError):
        return raw[: 4 * TEXT_READ].decode("utf-8", "replace")


def without_tags(html: str) -> str:
    """Return the words between tags."""
    pieces = []
    for piece in html[: 4 * TEXT_READ].split("<"):
        tag, closed, words = piece.partition(">")
        if not tag.lower().startswith(("style", "script")):
            pieces.append(words if closed else tag)
    return unescape(" ".join(pieces))


def own_words(text: str) -> str:
    """Return a mail's text without what it quotes, line by line, without control characters."""
    lines = []
    for line in text[:TEXT_READ].replace("\r", "\n").split("\n"):
        if QUOTE_LINE.fullmatch(line.strip().lower()):
            break
        if not line.lstrip().startswith(">"):
            lines.append(one_line(line, 2000))
    return "\n".join(lines).strip()


def one_line(text: str, most: int) -> str:
    """Return a text as one line of printable characters."""
    seen = "".join(c if c.isprintable() else " " for c in text[: 4 * most])
    line = " ".join(seen.encode("utf-8", "replace").decode().split())
    return line if len(line) <= most else line[: most - 1] + "…"
