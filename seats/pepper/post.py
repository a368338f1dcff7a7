"""The post: requests of other seats become mails that the gate judges, and who asked is told what came of it."""

import re
from typing import NamedTuple

from mails import ADDRESS, one_line

LONGEST_SUBJECT = 200
LONGEST_TEXT = 20_000
NO_SEATS = ("operator", "fleet")
NEWS = re.compile(r"mail\.send about ([^()]*) \((a-\d+)\)")  # how fleet names an action to its seat


class Asked(NamedTuple):
    """What became of the turn's mail: the mails to send, the answers, and the requests that stay open."""

    actions: list[dict]
    messages: list[dict]
    pending: list[dict]
    understood: set[str]  # ids of letters that need nobody's judgement


def take(brief: dict, account_of: dict[str, str]) -> Asked:
    """Turn each REQUEST to send a mail into an action, or answer why not."""
    asked = Asked([], [], [], set())
    for letter in brief.get("mail") or []:
        if letter.get("type") == "RESPONSE":
            asked.understood.add(str(letter.get("id")))
        if letter.get("type") != "REQUEST":
            continue
        wrong = wrong_with(letter, account_of)
        if wrong:
            asked.messages.append(answer(letter, f"No mail was sent: {wrong}", wrong, sent="no"))
            continue
        asked.understood.add(str(letter["id"]))
        asked.actions.append(mail_of(letter))
        asked.pending.append(
            {key: letter[key] for key in ("id", "from", "subject") if key in letter}
            | {"to": letter["with"]["to"].lower(), "about": letter.get("about")}
        )
    return asked


def wrong_with(letter: dict, account_of: dict[str, str]) -> str:
    """Say why a request cannot be offered as it stands; nothing is mended, for then it would not be what was asked."""
    given = letter.get("with") if isinstance(letter.get("with"), dict) else {}
    to, subject, text = given.get("to"), given.get("subject"), given.get("text")
    if letter.get("from") in NO_SEATS or letter.get("verified") in (False, "no"):
        return "it does not come from a seat"
    if not isinstance(to, str) or len(to) > 110 or not ADDRESS.fullmatch(to.lower()):
        return "`with.to` is not one mail address"
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT or not subject.isprintable():
        return f"`with.subject` is not one line of 1 to {LONGEST_SUBJECT} characters"
    if not isinstance(text, str) or not text.strip() or len(text) > LONGEST_TEXT or "\0" in text:
        return f"`with.text` is not a text of 1 to {LONGEST_TEXT} characters"
    about, account = subjects(letter.get("about")), account_of.get(to.lower())
    accounts = {one for one in about if one.startswith("account:")}
    if account and accounts - {f"account:{account}"}:
        return f"{to} belongs to account:{account}, and the request is about {', '.join(sorted(accounts))}"
    if not {f"person:{to.lower()}", f"account:{account}"} & about:
        return f"its `about` names neither person:{to.lower()} nor the account that the person belongs to"
    return ""


def subjects(about: object) -> set[str]:
    """Return one subject or several as a set."""
    return {str(one).lower() for one in (about if isinstance(about, list) else [about]) if one}


def mail_of(letter: dict) -> dict:
    """Return a request as the action that it asks for; to whom it goes is what it is about.

    It is about the person alone: the gate knows whose person that is, and a mail a day is for each person.
    """
    given = letter["with"]
    return {
        "kind": "mail.send",
        "about": f"person:{given['to'].lower()}",
        "with": {
            "subject": given["subject"],
            "text": given["text"],
            "asked_by": letter["from"],
            "request": letter["id"],
        },
        "because": str(letter.get("subject") or ""),  # nothing in it is pepper's own
    }


def settle(brief: dict, pending: list[dict]) -> tuple[list[dict], list[dict]]:
    """Return the answers to who asked earlier, and the requests that are still open."""
    waiting = {str((one.get("with") or {}).get("request")): one for one in brief.get("holds") or []}
    news = news_of(brief)
    named = {one["id"]: waiting[one["id"]]["id"] for one in pending if one["id"] in waiting}
    named |= {one["id"]: one["action"] for one in pending if one.get("action")}
    named |= matched([one for one in pending if one["id"] not in named], news, set(named.values()))
    messages, still = [], []
    for one in pending:
        hold, action = waiting.get(one["id"]), named.get(one["id"])
        if hold is None:
            messages.append(outcome(one, action, news.get(action or "", ("", False))))
            continue
        if hold.get("status") in ("held", "asked", "unknown") and not one.get("told"):
            messages.append(waits(one, hold))
            one = {**one, "told": hold["status"]}
        still.append({**one, "action": hold["id"]})
    return messages, still


def news_of(brief: dict) -> dict[str, tuple[str, bool]]:
    """Return the last word on each mail that was offered, and whether it was sent."""
    found = {}
    notes = [(note, True) for note in brief.get("answers") or []]
    notes += [(note, False) for note in brief.get("corrections") or []]
    for note, good in sorted(notes, key=lambda pair: str(pair[0].get("at"))):
        says = str(note.get("says"))
        if match := NEWS.search(says):
            sent = (good and says.endswith("was done.")) or "did happen" in says
            found[match[2]] = (says, sent)
    return found


def matched(pending: list[dict], news: dict[str, tuple[str, bool]], taken: set[str]) -> dict[str, str]:
    """Give each request without a known action the one it became: of one person's, in the order of offering.

    If the oldest news is lost, the newest fit.
    """
    found = {}
    for to in sorted({one["to"] for one in pending}):
        mine = [one["id"] for one in pending if one["to"] == to]
        told = [a for a, (says, _) in news.items() if a not in taken and f"person:{to} (" in says]
        told.sort(key=lambda action: int(action.partition("-")[2]))
        count = min(len(mine), len(told))
        found |= dict(zip(mine[len(mine) - count :], told[len(told) - count :], strict=True))
    return found


def outcome(one: dict, action: str | None, news: tuple[str, bool]) -> dict:
    """Tell who asked what came of it, in fleet's own words."""
    says, sent = news
    if not says:
        says = "It is over, but what came of it did not reach me; `fleet tail --kind action` tells."
    head = f"Sent: {one['to']}" if sent else f"Not sent: {one['to']}"
    return answer(one, says, head, sent="yes" if sent else "no", action=action)


def waits(one: dict, hold: dict) -> dict:
    """Tell who asked, once, that it has not happened yet."""
    reason = one_line(str(hold.get("reason") or ""), 600)
    how = {"asked": "waits for a person's yes", "held": "is held"}.get(
        hold["status"], "may have happened or not"
    )
    return answer(one, f"It {how}: {reason}", f"Not yet: {one['to']}", sent="not yet", action=hold["id"])


def answer(letter: dict, body: str, subject: str, **told: object) -> dict:
    """Return a RESPONSE to a request."""
    return {
        "to": letter["from"],
        "type": "RESPONSE",
        "reply_to": letter["id"],
        **({"about": letter["about"]} if letter.get("about") else {}),
        "subject": one_line(subject, 160),
        "body": body,
        "with": {key: value for key, value in told.items() if value},
    }


def kept(brief: dict, understood: set[str], account_of: dict[str, str]) -> list[str]:
    """Return which actions that unread mail held may go on: those on which nothing came in that a person must judge."""
    strange = [m for m in brief.get("mail") or [] if str(m.get("id")) not in understood]
    going = []
    for hold in brief.get("holds") or []:
        own = subjects(hold.get("about"))
        own |= {f"account:{account_of[p]}" for one in own if (p := one.partition(":")[2]) in account_of}
        if hold.get("must_keep") and not any(concerns(letter, own) for letter in strange):
            going.append(hold["id"])
    return going


def concerns(letter: dict, own: set[str]) -> bool:
    """Say whether a letter speaks of one of these subjects, or does not say of what it speaks."""
    about = subjects(letter.get("about"))
    return not about or bool(about & own)
