"""Drafts: a first mail made of what the lead list says and nothing else, and the count of the week."""

import re
from datetime import date, timedelta

from leads import Lead

CORRECTED = re.compile(r"draft\.write about brand:([^\s)]+)")  # how fleet names a draft to its seat
HOW = {
    "referral": "you were referred to us",
    "web form": "you wrote to us through the form on our pages",
    "event": "we met at an event",
    "list": "you stand in a list of companies of our area",
}


def draft_of(key: str, lead: Lead, rows: list[str]) -> dict:
    """Return a draft about a brand; a person reads it, and nobody sends it from here."""
    first = lead.contact.split()[0] if lead.contact else "there"
    how = HOW.get(lead.source, "your company came to our notice")
    noted = f' What we noted: "{lead.note}".' if lead.note else ""
    text = (
        f"Hello {first},\n\nI write to {lead.brand} because {how}.{noted}\n\n"
        "We are sneeze-it, a small agency for local ads with a call center of our own. Would a talk of a quarter of an "
        "hour be of use to you, and when would it suit?\n\nBest regards\nsneeze-it\n"
    )
    return {
        "kind": "draft.write",
        "about": f"brand:{key}",
        "with": {
            "subject": f"{lead.brand}: a short talk?",
            "to": lead.email,
            "lead": lead.number,
            "text": text,
        },
        "because": f"{lead.number} by {lead.source or 'unknown source'}, {len(rows)} row"
        f"{'' if len(rows) == 1 else 's'} on the list; nobody touched {key} within 30 days and Dirk does not name it",
        "confidence": 0.7,
    }


def forget_refused(memory: dict, brief: dict) -> dict[str, dict]:
    """Return what was drafted, with those marked that the gate did not let through; nobody is tried twice."""
    known = {
        str(key): {"day": str(one["day"]), **({"refused": True} if one.get("refused") else {})}
        for key, one in memory.items()
        if isinstance(one, dict) and one.get("day")
    }
    for note in brief.get("corrections") or []:
        says = str(note.get("says"))
        match = CORRECTED.search(says)
        if match and match[1] in known and " said yes to " not in says:
            known[match[1]]["refused"] = True
    return known


def week_of(today: date) -> tuple[str, str]:
    """Return the week's Monday and today."""
    return (today - timedelta(days=today.weekday())).isoformat(), today.isoformat()


def counted(memory: dict[str, dict], week: tuple[str, str]) -> int:
    """Return how many drafts of the week were not refused."""
    return sum(week[0] <= one["day"] <= week[1] and not one.get("refused") for one in memory.values())
