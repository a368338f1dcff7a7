"""What a mail is: which of four buckets, whose it is, how sure, and why, by weights that can be read.

Each sign of a mail speaks for or against ends a mail may have; the end with the highest sum wins. The signs are who
wrote it, how it was made, and what it speaks of (phrases.py). What a mail asks of its reader is never done.
"""

import re
from math import exp
from typing import NamedTuple

from mails import Mail
from phrases import found_in

OWN_HOUSE = "sneeze-it.example"
ENDS = (
    "answer",
    "janine",
    "nick",
    "pulse",
    "dirk",
    "crystal",
    "read",
    "junk",
)  # a seat's name: hand on to it
SEATS = ("janine", "nick", "pulse", "dirk", "crystal")
SUBJECT_COUNTS = 0.5  # what stands in the subject alone is half as telling

#                answer janine nick  pulse dirk crystal read  junk
WEIGHTS = {
    "contact":     (1.0,  0.6, -2.0,  0.8,  0.8,  0.8,  0.3, -3.0),
    "client house": (0.8,  0.5, -1.5,  0.6,  0.6,  0.6,  0.2, -1.5),
    "names client": (0.5,  0.3, -1.0,  0.4,  0.4,  0.4,  0.2, -0.5),
    "stranger":    (-0.6, -1.2, 0.9, -1.0, -1.0, -1.0,  0.0,  0.4),
    "staff":       (-1.0, -1.0, -2.0, -1.0, -1.0, -1.0, 4.0, -2.0),
    "robot":       (-2.0, -1.0, -2.0, -1.5, -1.5, -1.5, 1.5,  0.5),
    "numbered":    (-0.5, -0.5, -0.5, -0.5, -0.5, -0.5, -0.5, 1.0),
    "list":        (-2.0, -2.0, -2.0, -2.0, -2.0, -2.0, 1.5, 0.6),
    "thread":      (0.5,  0.2, -0.8,  0.2,  0.2,  0.3,  0.2, -0.5),
    "attached":    (0.0,  0.2, -0.2,  0.0,  0.0,  0.4, -0.2,  0.2),
    "asks":        (0.9,  0.2,  0.4,  0.2,  0.2,  0.2, -1.0,  0.0),
    "presses":     (0.2,  0.1,  0.1,  0.1,  0.1,  0.1, -0.6,  0.1),
    "shouts":      (0.0,  0.0,  0.2,  0.2,  0.0,  0.0, -0.3,  0.3),
    "access":      (2.6, -0.5, -0.5, -0.3, -0.3, -0.3, -0.3,  0.0),
    "meeting":     (2.4, -0.3,  0.0, -0.3, -0.3, -0.3, -0.3,  0.0),
    "manners": (2.2, -0.3, -0.5, 0.2, -0.5, -0.3, -0.8, -0.3),
    "question": (1.2, 0.0, 0.0, 0.0, 0.0, 0.0, -0.5, 0.0),
    "proposal":    (2.4, -0.5, -0.2, -0.5, -0.2, -0.5, -0.5,  0.0),
    "bill": (-1.2, 2.4, -0.3, -0.3, -0.3, -0.2, 0.2, 0.2),
    "dispute":     (0.0,  2.6, -0.5,  0.2, -0.5,  0.0, -0.8, -0.3),
    "results":     (-0.2, -0.3, -0.2, 2.4,  0.0, -0.3,  0.1,  0.2),
    "goodbye":     (0.2,  0.0, -0.5,  3.0, -0.3, -0.3, -0.3,  0.0),
    "more":        (-0.2, 0.0,  0.3, -0.2,  3.0,  0.2, -0.2,  0.0),
    "project":     (-0.2, 0.0, -0.3, -0.2,  0.2,  2.2,  0.0, -0.3),
    "new company": (0.2, -0.5,  3.0, -0.5,  0.0, -0.5, -0.5, -0.2),
    "automatic":   (-2.0, -1.5, -1.5, -1.5, -1.5, -1.5, 4.5, -0.5),
    "thanks":      (-0.8, -0.8, -0.3, -0.5, -0.5, -0.5,  2.4, -0.2),
    "machine":     (-1.5, -0.8, -1.0, -0.8, -1.0, -0.8, 2.4, -0.5),
    "newsletter": (-1.0, -0.8, -0.8, -0.8, -0.8, -0.8, 3.2, 0.0),
    "pitch":       (-1.0, -1.0, -0.5, -0.8, -0.8, -0.8, -0.5, 2.6),
    "fraud":       (-0.8, -0.6, -1.0, -0.8, -0.8, -0.8, -0.5, 3.2),
    "stop line":   (-1.5, -1.5, -1.5, -1.5, -1.5, -1.5, 0.3,  2.6),
}  # fmt: skip
SAYS = {
    "contact": "the sender is a contact of {house}",
    "client house": "the sender writes from {house}",
    "names client": "the address names {house}, but is no contact",
    "stranger": "nobody here knows the sender",
    "staff": "it comes from the agency itself",
    "robot": "a program's address",
    "numbered": "a numbered address",
    "list": "it was sent to a list",
    "thread": "it answers a mail",
    "attached": "it brings {attached}",
    "asks": "it asks",
    "presses": "it presses for time",
    "shouts": "it shouts",
}
ROBOT = re.compile(
    r"(no-?reply|status|reports?|billing|alerts?|notifications?|mailer|robot|system|updates?)[0-9]*@"
)
PRESSES = re.compile(r"\b(today|urgent|asap|as soon as|before \d|by \d|in advance|any news|let me know)\b")
ASKS = re.compile(r"[^.?!]*\?")


class Judgement(NamedTuple):
    """What a mail is, why, and how sure."""

    bucket: str  # answer, hand on, read or junk
    seat: str  # to which it is handed on, or empty
    because: str
    confidence: float
    signs: dict[str, float]


class Contacts(NamedTuple):
    """Who is known: addresses with their account, and the accounts themselves."""

    account_of: dict[str, str]
    accounts: frozenset[str]

    def house(self, mail: Mail) -> tuple[str, str]:
        """Return how a sender is known and of which account: by address, by house, by a name in it, or not."""
        box, _, host = mail.sender.partition("@")
        if account := self.account_of.get(mail.sender):
            return "contact", account
        if host == OWN_HOUSE:
            return "staff", ""
        label = host.split(".")[0]
        if label in self.accounts:
            return "client house", label
        named = next((part for part in re.split(r"[._+-]", box) if part in self.accounts), "")
        return ("names client", named) if named else ("stranger", "")


def judge(mail: Mail, contacts: Contacts) -> Judgement:
    """Return what one mail is."""
    known, house = contacts.house(mail)
    signs, words = signs_of(mail, known)
    sums = [sum(WEIGHTS[sign][end] * much for sign, much in signs.items()) for end in range(len(ENDS))]
    best = max(range(len(ENDS)), key=lambda end: sums[end])
    shares = [exp(one - sums[best]) for one in sums]
    bucket = bucket_of(ENDS[best])
    same = sum(share for end, share in zip(ENDS, shares, strict=True) if bucket_of(end) == bucket)
    rival = max(
        (end for end in range(len(ENDS)) if bucket_of(ENDS[end]) != bucket), key=lambda end: sums[end]
    )
    because = because_of(signs, words, best, rival, house=house, attached=", ".join(mail.attached[:2]))
    seat = ENDS[best] if ENDS[best] in SEATS else ""
    return Judgement(bucket, seat, because, round(min(0.99, same / sum(shares)), 2), signs)


def bucket_of(end: str) -> str:
    """Return the bucket of an end."""
    return "hand on" if end in SEATS else end


def signs_of(mail: Mail, known: str) -> tuple[dict[str, float], dict[str, str]]:
    """Return the signs of a mail with how much each counts, and its own words for what it speaks of."""
    body, subject = found_in(mail.text), found_in(mail.subject)
    signs = dict.fromkeys(body, 1.0) | {topic: SUBJECT_COUNTS for topic in subject if topic not in body}
    own = f"{mail.subject}\n{mail.text}".lower()
    shape = {
        known: True,
        "robot": ROBOT.match(mail.sender),
        "numbered": re.search(r"\d@", mail.sender),
        "list": mail.listed,
        "thread": mail.answers,
        "attached": mail.attached,
        "asks": any(not PRESSES.search(one.lower()) for one in ASKS.findall(mail.text)),
        "presses": PRESSES.search(own),
        "shouts": "!!" in own,
    }
    return {**{sign: 1.0 for sign, there in shape.items() if there}, **signs}, {**subject, **body}


def because_of(
    signs: dict[str, float], words: dict[str, str], best: int, rival: int, *, house: str, attached: str
) -> str:
    """Say what spoke most for this end and against the next best one; quotes are of the mail."""
    weight = {sign: (WEIGHTS[sign][best] - WEIGHTS[sign][rival]) * much for sign, much in signs.items()}
    heavy = [sign for sign in sorted(weight, key=lambda sign: (-weight[sign], sign)) if weight[sign] > 0][:3]
    said = [
        SAYS[sign].format(house=house, attached=attached)
        if sign in SAYS
        else f'it says "{words[sign]}" ({sign})'
        for sign in heavy
    ]
    return "; ".join(said) or "nothing in it speaks clearly"
