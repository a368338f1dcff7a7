"""The lead list made clean: what can be read, which rows are one company, and which company is best to write to."""

import csv
import re
import unicodedata
from datetime import date, datetime
from difflib import SequenceMatcher
from pathlib import Path
from typing import NamedTuple

ADDRESS = re.compile(r"[a-z0-9][a-z0-9._+-]{0,63}@[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9-]+)+")
LEGAL = {"ltd", "limited", "llc", "inc", "incorporated", "corp", "co", "company", "gmbh", "plc", "llp"}
EVERYBODYS = {"gmail", "outlook", "hotmail", "yahoo", "icloud", "aol", "proton", "gmx", "postbox", "mail"}
ALIKE = 0.85  # share of letters two names have in common to be one, where the phone is one too
SOURCES = {
    "referral": 3.0,
    "web form": 2.5,
    "event": 1.5,
    "list": 0.5,
}  # who came by themselves or by a friend
WARM = re.compile(r"\b(call back|costs?|budget|told|friend|knows us|sent by|asked|no agency|slides)\b")
FRESH_DAYS = 14  # a lead's worth halves in so many days
LEAST_LETTERS = 2
LEAST_BEGINNING = 4  # letters of a name that the beginning of a longer one may be


class Lead(NamedTuple):
    """One row; what is missing is empty."""

    number: str
    at: datetime
    brand: str
    contact: str
    email: str
    phone: str
    source: str
    note: str


class Company(NamedTuple):
    """All rows of one company, the first one first."""

    rows: list[Lead]

    @property
    def newest(self) -> Lead:
        """Return its latest row."""
        return self.rows[-1]

    @property
    def key(self) -> str:
        """Return its short name: that of its mail where its typed name begins so, else the typed name."""
        typed = key_of(self.rows[0].brand)
        short = [label for lead in self.rows if (label := key_of(house(lead.email).split(".")[0]))]
        return next((label for label in short if typed.startswith(label)), typed)

    def is_one_of(self, names: set[str]) -> bool:
        """Say whether any of these names may be its own; to hold back a draft in doubt costs little."""
        own = {key_of(lead.brand) for lead in self.rows} | {self.key}
        own |= {key_of(house(lead.email).split(".")[0]) for lead in self.rows} - {""}
        return any(begins(one, name) or begins(name, one) for one in own for name in names)


def begins(name: str, short: str) -> bool:
    """Say whether a name is a shorter one or begins with it."""
    return name == short or (len(short) >= LEAST_BEGINNING and name.startswith(short))


def read_leads(path: Path, now: datetime) -> tuple[list[Lead], int]:
    """Return the leads up to now, oldest first, and how many rows cannot be read."""
    leads: dict[str, Lead] = {}
    broken = 0
    with path.open(newline="", encoding="utf-8", errors="replace") as file:
        rows = csv.DictReader(line.replace("\0", "\ufffd") for line in file)
        try:
            for row in rows:
                try:
                    lead = lead_of(row)
                except (KeyError, TypeError, ValueError, AttributeError):
                    broken += 1
                    continue
                if lead.at <= now:
                    leads.setdefault(lead.number, lead)
        except csv.Error:
            broken += 1
    return sorted(leads.values(), key=lambda lead: (lead.at, lead.number)), broken


def lead_of(row: dict[str, str]) -> Lead:
    """Return one row; an address that is none is left out, a row without a name or a time is garbage."""
    at = datetime.fromisoformat(row["at"])
    if at.tzinfo is None or not re.fullmatch(r"l-\d{1,9}", row["lead"]) or not key_of(row["brand"]):
        raise ValueError(row)
    email = row["email"].strip().lower()
    texts = [one_line(row[name], 80) for name in ("brand", "contact")]
    return Lead(
        row["lead"],
        at,
        *texts,
        email if ADDRESS.fullmatch(email) else "",
        digits(row["phone"]),
        one_line(row["source"], 40).lower(),
        one_line(row["note"], 200),
    )


def key_of(brand: str) -> str:
    """Return a company's name without case, accents, legal form, article and signs; empty if nothing is left."""
    plain = unicodedata.normalize("NFKD", brand[:200]).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", plain.replace("&", " and ").replace("'", ""))
    if len(words) > 1 and words[0] == "the":
        words = words[1:]
    while len(words) > 1 and words[-1] in LEGAL | {"and"}:
        words.pop()
    key = "".join(words)[:80]
    return key if len(key) >= LEAST_LETTERS else ""


def digits(phone: str) -> str:
    """Return a phone number's last ten digits; empty if there are fewer."""
    found = re.sub(r"\D", "", phone[:60])
    return found[-10:] if len(found) >= 10 else ""


def house(email: str) -> str:
    """Return the company's own part of an address; empty where everybody can have one."""
    host = email.partition("@")[2]
    return "" if host.split(".")[0] in EVERYBODYS else host


def mailbox(email: str) -> str:
    """Return an address without what follows a plus sign."""
    box, _, host = email.partition("@")
    return f"{box.partition('+')[0]}@{host}" if host else ""


def companies(leads: list[Lead]) -> list[Company]:
    """Put the rows of one company together: by its name, its mail, or its phone where the names are alike.

    A phone alone proves nothing: offices share one.
    """
    group: dict[str, list[Lead]] = {}  # by the number of the first row
    first: dict[str, str] = {}  # a name, house, address -> that number
    phones: dict[str, list[Lead]] = {}
    for lead in leads:
        signs = [f"brand {key_of(lead.brand)}", f"house {house(lead.email)}", f"mail {mailbox(lead.email)}"]
        signs = [sign for sign in signs if not sign.endswith(" ")]
        known = [first[sign] for sign in signs if sign in first]
        known += [first[f"lead {o.number}"] for o in phones.get(lead.phone, []) if alike(o.brand, lead.brand)]
        into = min(known, key=lambda number: (group[number][0].at, number)) if known else lead.number
        for other in sorted(set(known) - {into}):  # two that were apart turn out to be one
            group[into] = sorted(group[into] + group.pop(other), key=lambda one: (one.at, one.number))
            first |= {sign: into for sign, number in first.items() if number == other}
        group.setdefault(into, []).append(lead)
        first |= dict.fromkeys([*signs, f"lead {lead.number}"], into)
        if lead.phone:
            phones.setdefault(lead.phone, []).append(lead)
    return [Company(rows) for rows in group.values()]


def alike(one: str, other: str) -> bool:
    """Say whether two names may be spellings of one."""
    return SequenceMatcher(None, key_of(one), key_of(other)).ratio() >= ALIKE


def worth(company: Company, today: date) -> float:
    """Return how promising a company is: how it came, how lately, whether it can be reached, and what it said."""
    best = max(SOURCES.get(lead.source, 0.0) for lead in company.rows)
    said = sum(bool(WARM.search(lead.note.lower())) for lead in company.rows)
    reach = 1.0 * any(lead.email for lead in company.rows) + 0.5 * any(lead.phone for lead in company.rows)
    age = (today - company.newest.at.date()).days
    return round((best + min(said, 2) + reach + 0.5 * (len(company.rows) > 1)) * 0.5 ** (age / FRESH_DAYS), 4)


def one_line(text: str, most: int) -> str:
    """Return a text as one line of printable characters."""
    seen = "".join(c if c.isprintable() else " " for c in text[: 4 * most])
    line = " ".join(seen.encode("utf-8", "replace").decode().split())
    return line if len(line) <= most else line[: most - 1] + "…"
