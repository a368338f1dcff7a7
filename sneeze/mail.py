"""The agency's mailbox: the letters of one day at their minutes, as real MIME in an mboxrd file."""

import base64
import quopri
import re
import textwrap
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from email.header import Header
from email.utils import format_datetime
from random import Random
from typing import NamedTuple

from sneeze.chance import poisson, rng
from sneeze.crm import contacts
from sneeze.invoices import Bill
from sneeze.knobs import Schedule
from sneeze.leads import HEADS, TAILS
from sneeze.letters import HARD, KINDS, Kind
from sneeze.phrases import ASIDES, CLOSINGS, FOOTERS, OPENINGS, PRESSING, SENDERS
from sneeze.projects import Project
from sneeze.world import PEOPLE, PROSPECTS, World, at

TO = "hello@sneeze-it.example"
HARD_SHARE = 0.12
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]
QUOTED = (
    "On {other_day} sneeze-it wrote:\n> Here is the summary of our call, the report and the\n"
    "> invoice follow. Is there anything else that you need from us?"
)
HUMAN = ("client", "prospect", "company", "staff")
DISPUTE = next(kind for kind in KINDS if kind.name == "dispute")
CHOICE = re.compile(r"\[([^\]]*)\]")
FROM = re.compile(r"^(>*From )", re.MULTILINE)


class Mail(NamedTuple):
    """One letter as it lies in the mailbox, and what it truly is."""

    at: datetime
    message_id: str
    kind: Kind
    broken: bool
    text: str  # with its `From ` line and the blank line after it


class Writer(NamedTuple):
    """Who writes: the name and address, and the words that stand for them in a letter."""

    name: str
    address: str
    brand: str
    colleague: str  # the address of somebody of the same house; empty if there is none


class Desk:
    """What letters are written about: who belongs to a client, its projects and its invoices, by client."""

    def __init__(self, world: World, schedule: Schedule, projects: list[Project], bills: list[Bill]) -> None:
        self.world, self.schedule = world, schedule
        self.people: dict[str, list[list[str]]] = defaultdict(list)
        self.projects: dict[str, list[Project]] = defaultdict(list)
        self.bills: dict[str, list[Bill]] = defaultdict(list)
        self.disputes: dict[date, list[Bill]] = defaultdict(list)
        for row in contacts(world):
            self.people[row[1]].append(row)
        for project in projects:
            self.projects[project.client].append(project)
        for bill in bills:
            self.bills[bill.client].append(bill)
            if bill.dispute:
                self.disputes[bill.dispute.first].append(bill)


def mails(desk: Desk, day: date) -> list[Mail]:
    """Return the letters of one day, oldest first."""
    if desk.schedule.dead("mail", day):
        return []
    draw = rng(desk.world.seed, "mail", day)
    count = poisson(draw, 14 if day.weekday() < 5 else 3)
    broken = count - 1 if day == _broken_day(desk.world.seed, day) else None
    found = [_mail(desk, day, str(number), _kind(draw), broken=number == broken) for number in range(count)]
    found += [_mail(desk, day, bill.number, DISPUTE, bill=bill) for bill in desk.disputes[day]]
    return sorted(found, key=lambda mail: (mail.at, mail.message_id))


def _broken_day(seed: int, day: date) -> date:
    """Return the weekday of this month on which one letter comes broken."""
    first = day.replace(day=1) + timedelta(days=rng(seed, "broken", day.year, day.month).randrange(20))
    return first + timedelta(days=(0, 0, 0, 0, 0, 2, 1)[first.weekday()])


def _kind(draw: Random) -> Kind:
    kinds = HARD if draw.random() < HARD_SHARE else KINDS
    return draw.choices(kinds, [kind.weight for kind in kinds])[0]


def _mail(
    desk: Desk, day: date, number: str, kind: Kind, *, broken: bool = False, bill: Bill | None = None
) -> Mail:
    draw = rng(desk.world.seed, "letter", day, number)
    when = _minute(draw, day)
    writer, client = _writer(desk, draw, kind, bill.client if bill else "")
    words = _words(desk, draw, day, client, bill)
    others = [name for name in PEOPLE if not writer.name.startswith(name)]
    words = {**words, "brand": writer.brand or words["brand"], "name": draw.choice(others)}
    core = draw.choice(kind.texts)
    subjects = [kind.subjects[kind.texts.index(core)]] if kind.sender == "machine" else kind.subjects
    subject = draw.choice(subjects).format_map(words)
    text = _text(draw, kind, writer, core, words)
    host = writer.address.rpartition("@")[2]
    message_id = f"<{when:%Y%m%d.%H%M}.{number}.{draw.randrange(16**8):08x}@{host}>"
    heads = [
        ("From", f"{_quoted(writer.name)} <{writer.address}>"),
        ("To", f"sneeze-it <{TO}>" if draw.random() < 0.3 else TO),
        *([("Cc", writer.colleague)] if writer.colleague and draw.random() < 0.15 else []),
        ("Date", format_datetime(when)),
        ("Message-ID", message_id),
        *_thread(draw, kind, day),
        ("Subject", _word(_decorated(draw, kind, subject))),
        *([("List-Unsubscribe", f"<mailto:leave@{host}>")] if _is_mass(draw, kind) else []),
        ("MIME-Version", "1.0"),
    ]
    mime = _mime(draw, kind, text, words)
    if broken:
        mime = draw.choice([_cut, _no_boundary, _wrong_charset])(text)
    whole = "".join(f"{name}: {value}\n" for name, value in heads) + mime.rstrip("\n") + "\n"
    envelope = f"From {writer.address} {when.astimezone(UTC):%a %b %d %H:%M:%S %Y}\n"
    return Mail(when, message_id, kind, broken, envelope + FROM.sub(r">\1", whole) + "\n")


def _minute(draw: Random, day: date) -> datetime:
    """Return a minute between 07:00 and 20:00 with most before noon, now and then another."""
    if draw.random() < 0.05:
        return at(day, draw.choice([4, 5, 6, 20, 21, 22, 23]), draw.randrange(60))
    minutes = int(draw.triangular(7 * 60, 20 * 60 - 1, 10.5 * 60))
    return at(day, minutes // 60, minutes % 60)


def _writer(desk: Desk, draw: Random, kind: Kind, client: str) -> tuple[Writer, str]:
    """Return who writes, and the client the letter is about."""
    slug = client or draw.choice(desk.world.clients).slug
    person = draw.choice(PEOPLE)
    if kind.sender == "client":
        people = desk.people[slug]
        address, _, name, _ = (own := draw.choice(people))
        other = next(row[0] for row in people if row is not own)
        if draw.random() < 0.04 and not client:  # from home: no table knows the address
            address = f"{name.lower()}.{slug}@postbox.example"
        return Writer(
            draw.choice([name, f"{name} ({slug.capitalize()})", name]), address, slug.capitalize(), other
        ), slug
    if kind.sender in ("prospect", "company"):
        brand = (
            draw.choice(PROSPECTS) if kind.sender == "prospect" else draw.choice(HEADS) + draw.choice(TAILS)
        )
        return Writer(person, f"{person.lower()}@{brand.lower()}.example", brand, ""), slug
    name, address = draw.choice(SENDERS[kind.sender])
    if kind.sender == "stranger" and draw.random() < 0.5:
        name, address = person, f"{person.lower()}{draw.randint(1, 99)}@{address.rpartition('@')[2]}"
    return Writer(name, address, "", ""), slug


def _words(desk: Desk, draw: Random, day: date, client: str, bill: Bill | None) -> dict[str, str]:
    """Return what is filled into the texts: a real invoice and a real project of the client where it has one."""
    own = [one for one in desk.bills[client] if one.issued < day]
    names = [project.name for project in desk.projects[client] if project.started < day < project.ends]
    bill = bill or (own[-1] if own else None)
    amount = f"{bill.amount:,}" if bill else f"{draw.randint(9, 60) * 100:,}"
    today, later = draw.sample(DAYS, 2)
    return {
        "brand": client.capitalize(), "invoice": bill.number if bill else "your last invoice", "amount": amount,
        "project": draw.choice(names).lower() if names else "website", "day": today, "other_day": later,
        "time": f"{draw.randint(8, 17)}:{draw.choice(['00', '15', '30', '45'])}", "n": str(draw.randint(3, 60)),
        "pct": str(draw.randint(15, 60)), "rep": draw.choice(desk.world.reps),
    }  # fmt: skip


def _text(draw: Random, kind: Kind, writer: Writer, core: str, words: dict[str, str]) -> str:
    """Return the letter: a greeting, asides around what it is about, and a name under it."""
    parts = [CHOICE.sub(lambda match: draw.choice(match[1].split("|")), core)]
    human = kind.sender in HUMAN
    if human and draw.random() < 0.4:
        parts.insert(draw.choice([0, 1]), draw.choice(ASIDES))
    if kind.bucket in ("answer", "hand on", "junk") and draw.random() < 0.25:
        parts.append(draw.choice(PRESSING))
    body = textwrap.fill(" ".join(parts).format_map(words), draw.choice([68, 72, 76]))
    if human and draw.random() < 0.3:
        body = _misspelled(draw, body)
    lines = [draw.choice(OPENINGS) if kind.sender != "machine" else "", body]
    lines += [f"{draw.choice(CLOSINGS)}\n{writer.name.partition(' (')[0]}" if human else FOOTERS[kind.sender]]
    if human and draw.random() < 0.08:
        lines.append(QUOTED.format_map(words))
    return "\n\n".join(line for line in lines if line.strip()) + "\n"


def _misspelled(draw: Random, text: str) -> str:
    """Swap two letters inside a few words."""
    words = text.split(" ")
    for place in draw.sample(range(len(words)), min(3, len(words))):
        if len(words[place]) > 4 and words[place].isalpha():
            cut = draw.randint(1, len(words[place]) - 3)
            word = words[place]
            words[place] = word[:cut] + word[cut + 1] + word[cut] + word[cut + 2 :]
    return " ".join(words)


def _decorated(draw: Random, kind: Kind, subject: str) -> str:
    how = draw.random()
    if how < 0.03 and kind.sender in HUMAN:
        return f"{subject} \N{EN DASH} d\N{LATIN SMALL LETTER E WITH ACUTE}j\N{LATIN SMALL LETTER A WITH GRAVE} vu"
    if how < 0.10 and kind.sender in ("news", "stranger"):
        return f"\N{HEAVY CHECK MARK} {subject}"
    if how < 0.06:
        return subject.lower()
    return f"Fwd: {subject}" if how > 0.985 else subject


def _thread(draw: Random, kind: Kind, day: date) -> list[tuple[str, str]]:
    """Return the heads of an answer to something the agency once wrote."""
    if kind.sender not in ("client", "prospect") or draw.random() > 0.2:
        return []
    earlier = day - timedelta(days=draw.randint(1, 9))
    return [("In-Reply-To", f"<{earlier:%Y%m%d}.{draw.randrange(16**6):06x}@sneeze-it.example>")]


def _is_mass(draw: Random, kind: Kind) -> bool:
    return kind.sender == "news" or (kind.sender == "stranger" and draw.random() < 0.35)


def _quoted(name: str) -> str:
    return f'"{name}"' if "(" in name else name


def _word(text: str) -> str:
    """Return a head's text, encoded where it is not plain."""
    if text.isascii():
        return text
    return Header(text, "utf-8", maxlinelen=200).encode()


def _mime(draw: Random, kind: Kind, text: str, words: dict[str, str]) -> str:
    """Return the content's own heads, a blank line, and the content."""
    edge = f"=_{draw.randrange(16**12):012x}"
    plain = _part("plain", text, draw.random())
    html, attached = draw.random(), draw.random()
    if kind.sender == "news" or html < 0.12:
        marked = "".join(f"<p>{_escaped(part)}</p>\n" for part in text.strip().split("\n\n"))
        page = _part("html", f"<html><body>\n{marked}</body></html>\n", 0.0)
        return _multipart("alternative", edge, [plain, page])
    if attached < (0.3 if kind.name in ("false invoice", "project", "jobs", "dispute") else 0.03):
        name = {"false invoice": "invoice.pdf", "jobs": "cv.pdf"}.get(
            kind.name, f"{words['project'].replace(' ', '-')}.pdf"
        )
        data = base64.encodebytes(f"%PDF-1.4\n% {name}, made up\n%%EOF\n".encode()).decode()
        heads = f'Content-Type: application/pdf; name="{name}"\nContent-Transfer-Encoding: base64\n'
        return _multipart(
            "mixed", edge, [plain, f'{heads}Content-Disposition: attachment; filename="{name}"\n\n{data}']
        )
    return plain


def _part(subtype: str, text: str, how: float) -> str:
    """Return a text part: plain, quoted-printable or base64."""
    head = f"Content-Type: text/{subtype}; charset="
    if how > 0.95:
        data = base64.encodebytes(text.encode()).decode()
        return f'{head}"utf-8"\nContent-Transfer-Encoding: base64\n\n{data}'
    if how > 0.80:
        accented = text.replace("quick", "qu\N{LATIN SMALL LETTER I WITH ACUTE}ck").replace(
            " - ", " \N{EN DASH} "
        )
        accented = accented.replace("\n\n", "\n\n\N{NO-BREAK SPACE}", 1)
        data = quopri.encodestring(accented.encode()).decode()
        return f'{head}"utf-8"\nContent-Transfer-Encoding: quoted-printable\n\n{data}'
    return f'{head}"us-ascii"\nContent-Transfer-Encoding: 7bit\n\n{text}'


def _multipart(subtype: str, edge: str, parts: list[str]) -> str:
    inside = "".join(f"--{edge}\n{part.rstrip()}\n\n" for part in parts)
    return f'Content-Type: multipart/{subtype}; boundary="{edge}"\n\n{inside}--{edge}--\n'


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\n", "<br>\n")


def _cut(text: str) -> str:
    """Return a multipart that ends in the middle of its first part."""
    half = text[: len(text) // 2]
    return f'Content-Type: multipart/mixed; boundary="=_cut"\n\n--=_cut\nContent-Type: text/plain\n\n{half}\n'


def _no_boundary(text: str) -> str:
    return f"Content-Type: multipart/alternative\n\n--lost\nContent-Type: text/plain\n\n{text}\n--lost--\n"


def _wrong_charset(text: str) -> str:
    data = base64.b64encode(text.encode("utf-16")).decode()[:-5]
    return f'Content-Type: text/plain; charset="x-unheard-of"\nContent-Transfer-Encoding: base64\n\n!{data}\n'


def last_minute(tail: bytes) -> datetime | None:
    """Return when the newest letter in the end of a mailbox came, or None where there is none."""
    start = max(tail.rfind(b"\n\nFrom ") + 2, 0)
    line = tail[start:].split(b"\n", 1)[0].decode("utf-8", "replace")
    match = re.fullmatch(r"From \S+ (\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4})", line)
    if match is None:
        return None
    return datetime.strptime(match[1], "%a %b %d %H:%M:%S %Y").replace(tzinfo=UTC)


def truth(found: list[Mail]) -> list[dict[str, object]]:
    """Return what each letter truly is."""
    return [
        {"message_id": mail.message_id, "bucket": mail.kind.bucket, "to": mail.kind.to, "kind": mail.kind.name,
         "hard": mail.kind.hard, "broken": mail.broken}
        for mail in found
    ]  # fmt: skip
