"""The made-up mailbox and lead list: real MIME, minute by minute, and a truth that stays out of them."""

import email
import email.policy
import mailbox
import re
import subprocess
import sys
import tempfile
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from typing import IO, Any

import pytest
from sneeze_desk import REPOSITORY, Desk

from sneeze.books import Books, carry_on, write_span
from sneeze.generate import books_for, truth
from sneeze.letters import HARD, KINDS
from sneeze.world import at

LAST = date(2026, 11, 20)
FIRST = LAST - timedelta(days=119)
SEEDS = [2611, 1, 1003]
BUCKETS = {"answer", "hand on", "read", "junk"}


@cache
def world(seed: int) -> tuple[Books, dict[str, Any], bytes, list[EmailMessage]]:
    """Return the books of a seed, its truth, its mailbox of 120 days, and what Python reads in it."""
    books = books_for(seed, LAST)
    text = "".join(letter.text for letter in books.mails(FIRST, LAST)).encode()
    return books, truth(books, FIRST, LAST), text, letters(text)


def read(file: IO[bytes]) -> Any:
    """Read one mail, with today's policy of Python's email."""
    return email.message_from_binary_file(file, policy=email.policy.default)


def letters(mbox: bytes) -> list[EmailMessage]:
    """Return what Python's own mailbox makes of the bytes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "inbox.mbox")
        path.write_bytes(mbox)
        box = mailbox.mbox(path, create=False, factory=read)
        found = [letter for letter in box if isinstance(letter, EmailMessage)]
        box.close()
    return found


def wrong(letter: EmailMessage) -> list[str]:
    """Return what is wrong with a mail's MIME; walking it never fails."""
    found = []
    for part in letter.walk():
        found += [type(defect).__name__ for defect in part.defects]
        try:
            part.is_multipart() or part.get_content()
        except (LookupError, ValueError) as error:
            found.append(repr(error))
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_every_mail_is_whole_but_one_a_month(seed: int) -> None:
    _, told, _, found = world(seed)
    assert len(found) == len(told["mails"])
    broken = {mail["message_id"] for mail in told["mails"] if mail["broken"]}
    assert {str(letter["Message-ID"]) for letter in found if wrong(letter)} == broken
    assert 3 <= len(broken) <= 5, "July has few of its days in it"


@pytest.mark.parametrize("seed", SEEDS)
def test_the_heads_are_those_of_real_mail_oldest_first(seed: int) -> None:
    found = world(seed)[3]
    times = [letter["Date"].datetime for letter in found]
    assert times == sorted(times)
    assert len({str(letter["Message-ID"]) for letter in found}) == len(found)
    for letter in found:
        assert re.fullmatch(r".*[^ ]@[a-z0-9.-]+\.example>", str(letter["From"])), letter["From"]
        assert "hello@sneeze-it.example" in str(letter["To"])
        assert str(letter["Subject"]).strip()
        assert letter["Date"].datetime.utcoffset() in (timedelta(hours=-4), timedelta(hours=-5))


def test_mail_comes_in_every_shape() -> None:
    seen = Counter[str]()
    for letter in world(2611)[3]:
        seen.update(f"{name}" for name in ("Cc", "In-Reply-To", "List-Unsubscribe") if letter[name])
        seen.update(part.get_content_type() for part in letter.walk())
        seen.update(str(part["Content-Transfer-Encoding"]) for part in letter.walk())
        seen.update(part.get_filename() for part in letter.walk() if part.get_filename())
    for shape in (
        "Cc", "In-Reply-To", "List-Unsubscribe", "multipart/alternative", "multipart/mixed", "text/html",
        "application/pdf", "quoted-printable", "base64", "7bit", "invoice.pdf",
    ):  # fmt: skip
        assert seen[shape] >= 5, shape
    mbox = world(2611)[2]
    assert mbox.count(b"\nSubject: =?utf-8?") >= 10
    assert mbox.count(b"\n>From ") >= 3, "a line of a text that begins with From is quoted"


@pytest.mark.parametrize("seed", SEEDS)
def test_it_is_as_much_mail_as_a_small_agency_gets(seed: int) -> None:
    days = Counter(letter.at.date() for letter in world(seed)[0].mails(FIRST, LAST))
    work = [count for day, count in days.items() if day.weekday() < 5]
    rest = [count for day, count in days.items() if day.weekday() >= 5]
    assert 12.5 < sum(work) / len(work) < 15.5
    assert 2 < sum(rest) / len(rest) < 4.5
    hours = [letter.at.hour for letter in world(seed)[0].mails(FIRST, LAST)]
    assert sum(7 <= hour < 20 for hour in hours) / len(hours) > 0.93


def test_the_buckets_are_mixed_and_some_mail_is_hard() -> None:
    told = [mail for seed in SEEDS for mail in world(seed)[1]["mails"]]
    share = {bucket: sum(mail["bucket"] == bucket for mail in told) / len(told) for bucket in BUCKETS}
    assert {mail["bucket"] for mail in told} == BUCKETS
    assert all(0.12 < part < 0.45 for part in share.values()), share
    assert 0.09 < sum(mail["hard"] for mail in told) / len(told) < 0.15
    assert {mail["to"] for mail in told if mail["bucket"] == "hand on"} == {
        "janine",
        "nick",
        "pulse",
        "dirk",
        "crystal",
    }
    assert all(mail["to"] == "" for mail in told if mail["bucket"] != "hand on")


def test_no_word_of_a_subject_alone_tells_the_bucket() -> None:
    """A newsletter asks, a fraud speaks of an invoice, a complaint thanks: looking for words is not enough."""
    where: dict[str, set[str]] = {}
    for kind in [*KINDS, *HARD]:
        for text in [*kind.subjects, *kind.texts]:
            for word in re.findall(r"[a-z]{4,}", text.lower()):
                where.setdefault(word, set()).add(kind.bucket)
    for word in (
        "invoice",
        "question",
        "call",
        "agency",
        "leads",
        "clients",
        "unhappy",
        "thank",
        "project",
        "offer",
    ):
        assert len(where[word]) >= 2, word


def test_clients_write_from_the_addresses_of_the_contacts_and_now_and_then_from_others(
    tmp_path: Path,
) -> None:
    desk = Desk(tmp_path, 2611, LAST, mail_days=120)
    known = {line.split(",")[0] for line in (tmp_path / "data/contacts.csv").read_text().splitlines()}
    senders = [
        letter["From"].addresses[0].addr_spec
        for letter in letters((tmp_path / "data/mail/inbox.mbox").read_bytes())
    ]
    kinds = [
        next(kind for kind in [*KINDS, *HARD] if kind.name == mail["kind"]) for mail in desk.truth["mails"]
    ]
    clients = [sender for sender, kind in zip(senders, kinds, strict=True) if kind.sender == "client"]
    others = [sender for sender, kind in zip(senders, kinds, strict=True) if kind.sender != "client"]
    assert 0.90 < sum(sender in known for sender in clients) / len(clients) < 0.99
    assert all(sender.endswith("@postbox.example") for sender in clients if sender not in known)
    assert not set(others) & known


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_of_the_truth_stands_in_the_data(seed: int, tmp_path: Path) -> None:
    write_span(books_for(seed, LAST), tmp_path, FIRST, LAST)
    for path in tmp_path.rglob("*"):
        text = path.read_text() if path.is_file() else ""
        for word in ("bucket", "inject", "knob", "dispute:", "X-Truth", "duplicate", '"hard"', "hand on"):
            assert word not in text, (path, word)
    assert b"\nX-" not in (tmp_path / "mail/inbox.mbox").read_bytes()


def test_the_same_seed_gives_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    for name in ("one", "two"):
        subprocess.run(
            [sys.executable, "-m", "sneeze.generate", "--seed", "42", "--to", "2026-11-20", "--days", "40",
             "--out", str(tmp_path / name), "--truth", str(tmp_path / f"{name}.json")],
            cwd=REPOSITORY, check=True, timeout=60, env={"PYTHONHASHSEED": str(len(name) + len(str(name))), "PATH": ""},
        )  # fmt: skip
    names = [path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*") if path.is_file()]
    assert len(names) == 11
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()


@pytest.mark.parametrize("step", [timedelta(hours=5, minutes=13), timedelta(hours=31)])
def test_minute_by_minute_gives_what_all_at_once_gives(tmp_path: Path, step: timedelta) -> None:
    """Over the end of summer time, and over the night, each time only what is new is put under what is there."""
    days, end = 25, at(LAST, 23, 59)
    knobs = ("dispute:acme@2026-11-17", "dup:nobbleford@2026-11-18")
    write_span(books_for(7, LAST, inject=knobs), tmp_path / "whole", LAST - timedelta(days=days - 1), LAST)
    now = at(LAST - timedelta(days=3), 0, 5)
    before = {"leads/leads.csv": "", "mail/inbox.mbox": ""}
    while True:
        books = books_for(7, now.date(), inject=knobs)
        last = now.date() - timedelta(days=1)
        carry_on(books, tmp_path / "fed", (last - (LAST - timedelta(days=days - 1))).days + 1, last, now)
        for name, old in before.items():
            before[name] = (tmp_path / "fed" / name).read_text()
            assert before[name].startswith(old)
        if now == end:
            break
        now = min(now + step, end)
    for name, text in before.items():
        assert text == (tmp_path / "whole" / name).read_text(), name


def test_nothing_comes_before_its_minute(tmp_path: Path) -> None:
    now = at(LAST, 10, 30)
    carry_on(books_for(2611, LAST), tmp_path, 20, LAST - timedelta(days=1), now)
    times = [letter["Date"].datetime for letter in letters((tmp_path / "mail/inbox.mbox").read_bytes())]
    whole = [letter.at for letter in books_for(2611, LAST).mails(LAST, LAST)]
    assert max(times) == max(one for one in whole if one <= now)
    assert any(one > now for one in whole)
    ends = [
        datetime.fromisoformat(line.split(",")[0])
        for line in (tmp_path / "leads/leads.csv").read_text().splitlines()[1:]
    ]
    assert max(ends) <= now
    assert (tmp_path / "ads/daily.csv").read_text().splitlines()[-1].startswith("2026-11-19")
    assert (tmp_path / "projects/projects.csv").read_text().splitlines()[-1].startswith("2026-11-19")


def test_a_lead_has_a_way_to_answer_and_a_time_with_its_offset() -> None:
    rows = [lead.row for lead in world(2611)[0].leads(FIRST, LAST)]
    assert 250 < len(rows) < 420
    assert len({row[1] for row in rows}) == len(rows)
    for row in rows:
        assert datetime.fromisoformat(row[0]).tzinfo, row
        assert row[4] or row[5], row
        assert re.fullmatch(r"l-\d+", row[1])
        if row[5]:
            digits = re.sub(r"\D", "", row[5])
            assert re.fullmatch(r"1?\d{3}55501\d\d", digits), row


def key(brand: str) -> str:
    """Return what names a company, however it was typed."""
    return re.sub(r"^the ", "", brand.lower().strip()).split()[0]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_duplicate_is_the_same_company_in_another_spelling(seed: int) -> None:
    rows = {lead.row[1]: lead.row for lead in world(seed)[0].leads(FIRST, LAST)}
    again = world(seed)[1]["duplicate_leads"]
    assert 0.02 < len(again) / len(rows) < 0.11
    for pair in again:
        second, first = rows[pair["lead"]], rows[pair["of"]]
        assert key(second[2]) == key(first[2])
        assert first[0] < second[0]
    assert len({key(row[2]) for row in rows.values()}) == len(rows) - len(again)
    spelled = [rows[pair["lead"]][2:6] != rows[pair["of"]][2:6] for pair in again]
    assert sum(spelled) / len(spelled) > 0.8


@pytest.mark.parametrize(("brand", "rows"), [("nobbleford", 2), ("zibberly", 2)])
def test_an_injected_duplicate_is_on_the_list_and_in_the_truth(tmp_path: Path, brand: str, rows: int) -> None:
    desk = Desk(tmp_path, 8, LAST, inject=(f"dup:{brand}@2026-11-18",), calm=True)
    found = [
        line for line in (tmp_path / "data/leads/leads.csv").read_text().splitlines() if brand in line.lower()
    ]
    assert len(found) == rows
    (pair,) = desk.truth["duplicate_leads"]
    assert [pair["of"], pair["lead"]] == [line.split(",")[1] for line in found]
    assert found[-1].startswith("2026-11-18T09:")


def test_a_company_of_the_last_weeks_gets_one_lead_more() -> None:
    plain = books_for(8, LAST, calm=True).leads(FIRST, LAST)
    first = next(lead for lead in reversed(plain) if lead.at < at(LAST - timedelta(days=20), 0, 0))
    made = books_for(8, LAST, inject=(f"dup:{first.company}@2026-11-18",), calm=True)
    assert len(made.leads(FIRST, LAST)) == len(plain) + 1
    (pair,) = truth(made, FIRST, LAST, mail_from=LAST)["duplicate_leads"]
    assert pair["of"] == first.row[1]


def test_a_dead_mailbox_and_a_dead_list_bring_nothing(tmp_path: Path) -> None:
    Desk(
        tmp_path,
        8,
        LAST,
        inject=("dead:mail@2026-11-18+2", "dead:leads@2026-11-19+2"),
        calm=True,
        mail_days=10,
    )
    days = Counter(
        letter["Date"].datetime.date() for letter in letters((tmp_path / "data/mail/inbox.mbox").read_bytes())
    )
    assert days[date(2026, 11, 17)] > 3 and days[date(2026, 11, 20)] > 3
    assert not days[date(2026, 11, 18)] + days[date(2026, 11, 19)]
    leads = (tmp_path / "data/leads/leads.csv").read_text()
    assert "2026-11-18T" in leads and "2026-11-19T" not in leads and "2026-11-20T" not in leads


def test_a_disputing_client_writes_on_the_first_day(tmp_path: Path) -> None:
    desk = Desk(tmp_path, 8, LAST, inject=("dispute:acme@2026-11-18+9",), calm=True, mail_days=5)
    (dispute,) = desk.truth["disputes"]
    told = [mail for mail in desk.truth["mails"] if mail["kind"] == "dispute"]
    (letter,) = [
        letter
        for letter in letters((tmp_path / "data/mail/inbox.mbox").read_bytes())
        if str(letter["Message-ID"]) == told[0]["message_id"]
    ]
    assert len(told) == 1 and told[0]["to"] == "janine"
    body = letter.get_body(("plain",))
    assert body and dispute["invoice"] in str(letter["Subject"]) + body.get_content()
    assert letter["From"].addresses[0].domain == "acme.example"
    assert letter["Date"].datetime.astimezone(UTC).date() == date(2026, 11, 18)


def test_texts_that_come_in_base64_say_what_the_plain_ones_say() -> None:
    parts = [
        part
        for letter in world(1)[3]
        for part in letter.walk()
        if part["Content-Transfer-Encoding"] == "base64"
    ]
    texts = [part.get_content() for part in parts if part.get_content_charset() == "utf-8"]
    assert len(texts) > 20
    assert all("\n\n" in text and text.isascii() for text in texts)
