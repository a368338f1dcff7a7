"""What is published: mails as items, what is handed on, drafts of answers, and the page a person reads."""

from datetime import datetime

from mails import one_line
from triage import Box, Seen

ITEMS_AT_MOST = 60
BUCKETS = ("answer", "hand on", "read", "junk")
QUOTED = 1200  # characters of a mail that go with it
BY_HANDOFF = ("pulse", "dirk", "crystal")  # who acts on what it reads, so a stranger's words are kept from it
LONGEST_NAME = 110  # of a subject


def result_of(
    brief: dict,
    box: Box,
    now: datetime,
    *,
    sends: list[dict],
    answers: list[dict],
    keep: list[str],
    notes: list[str],
) -> dict:
    """Return the whole result. What a mail says is quoted as one line or behind `>`, and decides nothing."""
    shown = sorted(
        box.mails, key=lambda one: (BUCKETS.index(one.is_.bucket), -one.mail.at.timestamp(), one.mail.key)
    )
    new = [one for one in box.mails if one.new]
    taken = claims_of(brief)
    answers_due = [one for one in new if one.is_.bucket == "answer"]
    drafts = [draft_of(one, now) for one in answers_due if about(one) not in taken]
    left = [left_to(one, taken[about(one)]) for one in answers_due if about(one) in taken]
    items = [item_of(one) for one in shown[:ITEMS_AT_MOST]]
    if box.silent:
        items = [{"about": "source:mail", "kind": "stale-source", "because": box.silent, "confidence": 1}]
    result = {
        "headline": headline(box, new, sends),
        "as_of": now.isoformat(),
        "items": items,
        "messages": [*answers, *left, *(handed_on(one) for one in new if one.is_.bucket == "hand on")],
        "actions": [*sends, *drafts],
        "keep": keep,
        "body": body(brief, box, shown, now, sends, notes),
    }
    if box.silent:
        result["as_of"] = box.newest.astimezone(now.tzinfo).isoformat() if box.newest else None
        return {key: value for key, value in result.items() if value is not None}
    if box.in_time[1]:
        result["scorecard"] = {"triaged_in_1h": f"{100 * box.in_time[0] // box.in_time[1]}%"}
    return result


def about(one: Seen) -> str:
    """Return whom a mail concerns: the account, else its writer, else only the mail."""
    if one.account:
        return f"account:{one.account}"
    if one.mail.sender and len(one.mail.sender) <= LONGEST_NAME:
        return f"person:{one.mail.sender}"
    return f"mail:{one.mail.key}"


def brand(one: Seen) -> str:
    """Return the company a stranger writes from, or only the mail."""
    label = one.mail.sender.partition("@")[2].split(".")[0]
    return f"brand:{label}" if label and len(label) <= LONGEST_NAME else f"mail:{one.mail.key}"


def item_of(one: Seen) -> dict:
    """Return a mail as an item of the state."""
    told = {"message_id": one.mail.message_id, "from": one.mail.sender, "subject": one.mail.subject}
    return {
        "about": about(one),
        "kind": one.is_.bucket,
        "because": one_line(one.is_.because, 400),
        "confidence": one.is_.confidence,
        "with": {
            **told,
            "at": one.mail.at.isoformat(),
            **({"to_seat": one.is_.seat} if one.is_.seat else {}),
        },
    }


def claims_of(brief: dict) -> dict[str, str]:
    """Return which accounts a seat that goes before this one claims; a claim outlasts a stale state."""
    claimed = {}
    for seat, read in (brief.get("reads") or {}).items():
        state = read.get("state") if isinstance(read, dict) else None
        for claim in (state.get("claims") if isinstance(state, dict) else None) or []:
            if isinstance(claim, dict):
                claimed.setdefault(str(claim.get("about")), str(seat))
    return claimed


def handed_on(one: Seen) -> dict:
    """Return a mail for the seat it belongs to; a REQUEST where a client waits for an answer."""
    if one.is_.seat in BY_HANDOFF:
        return handoff_of(one, one.is_.seat, topic(one))
    due = bool(one.account) and one.is_.seat == "janine" and {"asks", "dispute"} <= set(one.is_.signs)
    return letter_of(
        one, one.is_.seat, f"It belongs to you: {one.is_.because}.", "REQUEST" if due else "INFORM"
    )


def left_to(one: Seen, seat: str) -> dict:
    """Return a mail that wants an answer for the seat that claims its account: a draft of others would only be held."""
    if seat in BY_HANDOFF:
        return handoff_of(one, seat, "answer")
    return letter_of(one, seat, f"An answer is due, and you claim {about(one)}: {one.is_.because}.", "INFORM")


def topic(one: Seen) -> str:
    """Return in one word of the handoff what a mail is about."""
    if one.is_.seat == "pulse":
        return "goodbye" if "goodbye" in one.is_.signs else "results"
    return {"dirk": "more", "crystal": "project"}[one.is_.seat]


def handoff_of(one: Seen, to: str, what: str) -> dict:
    """Return a mail without a word of it: whose it is, what about, and when it came, as `handoffs` has it.

    What a stranger wrote would stamp who reads it, and then all that he asks for. It stands in this seat's own state.
    """
    client = {"client": f"account:{one.account}"} if one.account else {}
    return {"to": to, "type": "INFORM", "with": {**client, "topic": what, "at": one.mail.at.isoformat()}}


def letter_of(one: Seen, to: str, why: str, kind: str) -> dict:
    """Return a message that brings a mail."""
    mail = one.mail
    quoted = "\n".join(f"> {line}" for line in mail.text[:QUOTED].split("\n"))
    return {
        "to": to,
        "type": kind,
        "about": about(one) if one.account else brand(one),
        "subject": one_line(f"Mail of {mail.sender or 'somebody'}: {mail.subject}", 160),
        "body": f"{why}\n\n{quoted}\n",
        "with": {
            "message_id": mail.message_id,
            "from": mail.sender,
            "summary": one_line(f"{mail.subject}: {mail.text}", 240),
        },
    }


def draft_of(one: Seen, now: datetime) -> dict:
    """Return the draft of an answer, made of the mail's own facts; a person fills in the rest and sends it."""
    mail = one.mail
    question = next((part for part in sentences(mail.text) if part.endswith("?")), "")
    name = one_line(mail.name.partition("(")[0], 40) or "there"
    asked = f'You ask: "{one_line(question, 300)}"' if question else f'You write about "{mail.subject}".'
    text = (
        f"Hello {name},\n\nthank you for your mail of {mail.at.astimezone(now.tzinfo):%A %d %B}. {asked}\n\n"
        "[the answer]\n\nBest regards\nsneeze-it\n"
    )
    person = f"person:{mail.sender}" if one.known == "contact" else ""
    return {
        "kind": "draft.write",
        "about": person or (about(one) if one.account else brand(one)),
        "with": {
            "subject": one_line(
                mail.subject if mail.subject.lower().startswith("re:") else f"Re: {mail.subject}", 160
            ),
            "to": mail.sender,
            "in_reply_to": mail.message_id,
            "text": text,
        },
        "because": f"an answer is due: {one_line(one.is_.because, 300)}",
        "confidence": one.is_.confidence,
    }


def sentences(text: str) -> list[str]:
    """Return a text's sentences, each with its mark."""
    marked = text.replace("\n", " ").replace("?", "?\n").replace("!", "!\n").replace(". ", ".\n")
    return [part.strip() for part in marked.split("\n") if part.strip()]


def headline(box: Box, new: list[Seen], sends: list[dict]) -> str:
    """Return the one line that others quote."""
    offered = f"; {len(sends)} to send for others" if sends else ""
    if box.silent:
        return f"{box.silent[0].upper()}{box.silent[1:]}{offered}"
    counts = ", ".join(f"{sum(one.is_.bucket == b for one in new)} {b}" for b in BUCKETS)
    more = f"; {box.left} wait for the next turn" if box.left else ""
    return f"{len(new)} new mail{'' if len(new) == 1 else 's'}: {counts}{more}{offered}"


def body(brief: dict, box: Box, shown: list[Seen], now: datetime, sends: list[dict], notes: list[str]) -> str:
    """Return the page a person reads."""
    lines = (
        [f"{box.silent[0].upper()}{box.silent[1:]}. Nothing is said of today's mail."] if box.silent else []
    )
    if not box.silent:
        lines += [
            f"Mail since the last day of work began; {box.in_time[0]} of today's {box.in_time[1]} were triaged "
            "within the hour.",
            "",
            "| bucket | new | in all | to |",
            "|---|--:|--:|---|",
        ]
        for bucket in BUCKETS:
            mine = [one for one in shown if one.is_.bucket == bucket]
            seats = sorted({one.is_.seat for one in mine if one.is_.seat})
            lines.append(f"| {bucket} | {sum(one.new for one in mine)} | {len(mine)} | {', '.join(seats)} |")
        lines.append("")
    if len(shown) > ITEMS_AT_MOST and not box.silent:
        lines.append(f"- {len(shown) - ITEMS_AT_MOST} more mails are not listed: the junk and the oldest.")
    if box.left:
        lines.append(f"- {box.left} new mails wait for the next turn.")
    if box.unreadable:
        lines.append(f"- {box.unreadable} mails of the file cannot be read and are left out.")
    if box.ahead:
        lines.append(f"- {box.ahead} mails are dated after now; they are left until then.")
    lines += [
        f"- Offered to the gate: a mail to {s['about'][7:]} for {s['with']['asked_by']}." for s in sends
    ]
    lines += [
        f"- Read {m.get('id')} from {m.get('from')}: {one_line(str(m.get('subject')), 160)}."
        for m in brief.get("mail") or []
    ]
    lines += [f"- {one_line(str(note.get('says')), 400)}" for note in brief.get("corrections") or []]
    lines += [f"- {note}." for note in notes]
    return "\n".join(lines) + "\n"
