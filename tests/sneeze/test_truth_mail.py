"""Pepper against the hidden truth over twenty seeds that nothing was tuned on, and over mails worded by hand."""

from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from mail_desk import ANN, NOON, VIC, mail
from seat_modules import modules
from sneeze_desk import Desk

from sneeze.crm import contacts
from sneeze.generate import books_for
from sneeze.mail import truth

SEEDS = range(1000, 1020)
LAST = date(2026, 11, 20)
DAYS = 6  # of mail a seed
BUCKETS = ("answer", "hand on", "read", "junk")

# Worded unlike any letter of the generator: sender, subject, text, and the bucket, or the seat that it is handed on to.
BY_HAND = [
    (ANN, "can't get in", "The login page just spins. Could somebody reset my account please?", "answer"),
    (ANN, "Tomorrow", "I am stuck in traffic on Tuesdays, could we shift the call to 3 pm?", "answer"),
    (VIC, "Your colleague", "I have left three messages and nobody has called back. This is rude.", "answer"),
    (VIC, "opening times", "Are you open between the years? We need to know by tomorrow.", "answer"),
    ("zed@pomfrith.example", "Re: proposal",
     "We like the proposal. One thing: what happens if we end it early?", "answer"),
    (ANN, "VAT", "The invoice of October has no tax number on it, can you issue a new one?", "janine"),
    (VIC, "Charged twice", "We were charged twice for September and want a refund.", "janine"),
    (ANN, "", "Your reminder crossed our payment, the bank says it went out on Monday.", "janine"),
    (ANN, "Numbers", "Leads have halved since the first, and each one costs us more. Why?", "pulse"),
    (VIC, "Thinking about it", "We may move to another agency in spring; the results disappoint.", "pulse"),
    (ANN, "Good month!", "So good that we want to double our budget. What do you suggest?", "dirk"),
    (VIC, "Next shop", "In May we open another shop in Hudson. Could you do ads for that too?", "dirk"),
    (ANN, "landing page", "The header of the landing page is the wrong green, see the file.", "crystal"),
    (VIC, "when?", "When will the new website go live? The launch was to be in October.", "crystal"),
    ("jo@bakery.example", "Advertising",
     "I own a bakery and would like to advertise. Do you take small clients?", "nick"),
    ("kim@garage.example", "Hi", "A friend gave me your name. What would local ads cost for a garage?", "nick"),
    (ANN, "Out of office", "I am back on the 3rd and read mails then.", "read"),
    (VIC, "Re: files", "Got them, perfect, thanks a lot!", "read"),
    ("bogdan@sneeze-it.example", "Friday", "The heating is off on Friday, dress warm.", "read"),
    ("no-reply@addesk.example", "Invoice settled",
     "Your card was charged $40. Keep this receipt for your records.", "read"),
    ("alerts@metrics.example", "Weekly summary", "3 of 3 exports finished. You do not have to do anything.", "read"),
    ("lee@fastlinks.example", "Re: your site", "We guarantee first place in search in 30 days. Interested?", "junk"),
    ("pat77@x.example", "Invoice", "See the attached invoice and pay within 24 hours to avoid a fine.", "junk"),
    ("help@mail-team.example", "Verify", "Unusual sign-in. Verify your account now or it will be suspended.", "junk"),
]  # fmt: skip


def judged(seed: int) -> list[tuple[dict[str, Any], Any]]:
    """Return the truth of each mail of a seed and what pepper's judge says of it."""
    mails, judge = modules("pepper", "mails", "judge")
    books = books_for(seed, LAST)
    found = books.mails(LAST - timedelta(days=DAYS - 1), LAST)
    rows = contacts(books.world)
    known = judge.Contacts({row[0]: row[1] for row in rows}, frozenset(row[1] for row in rows))
    raws = [letter.text.encode().partition(b"\n")[2] for letter in found]
    return [(told, judge.judge(mails.read(raw), known)) for told, raw in zip(truth(found), raws, strict=True)]


def test_pepper_puts_mails_into_their_buckets_and_hands_them_to_their_seats() -> None:
    pairs = Counter[tuple[str, str]]()
    seats = Counter[bool]()
    hard = Counter[bool]()
    for seed in SEEDS:
        for told, found in judged(seed):
            pairs[str(told["bucket"]), found.bucket] += 1
            if told["bucket"] == found.bucket == "hand on":
                seats[told["to"] == found.seat] += 1
            if told["hard"]:
                hard[told["bucket"] == found.bucket] += 1
    right = sum(count for (true, said), count in pairs.items() if true == said)
    print(f"pepper: {right}/{pairs.total()} right, hard ones {hard[True]}/{hard.total()}")
    print(f"pepper: to the right seat {seats[True]}/{seats.total()}")
    for bucket in BUCKETS:
        hits = pairs[bucket, bucket]
        said = sum(count for (_, what), count in pairs.items() if what == bucket)
        true = sum(count for (what, _), count in pairs.items() if what == bucket)
        print(f"pepper: {bucket}: precision {hits}/{said}, recall {hits}/{true}")
        assert hits / said >= 0.95
        assert hits / true >= 0.95
    assert right / pairs.total() >= 0.97
    assert hard[True] / hard.total() >= 0.93
    assert seats[True] / seats.total() >= 0.95


def test_pepper_judges_mails_that_were_worded_by_hand() -> None:
    mails, judge = modules("pepper", "mails", "judge")
    known = judge.Contacts(
        {"ann@acme.example": "acme", "vic@volt.example": "volt"}, frozenset({"acme", "volt"})
    )
    wrong = []
    for sender, subject, text, end in BY_HAND:
        found = judge.judge(mails.read(mail("x", sender=sender, subject=subject, text=text)), known)
        if (found.seat or found.bucket) != end:
            wrong.append((subject, end, found.seat or found.bucket, found.because))
    print(f"pepper: worded by hand {len(BY_HAND) - len(wrong)}/{len(BY_HAND)}", *wrong, sep="\n  ")
    assert 1 - len(wrong) / len(BY_HAND) >= 0.80


@pytest.mark.parametrize("seed", [1000, 1009])
def test_the_program_says_of_each_mail_what_its_judge_says(tmp_path: Path, seed: int) -> None:
    desk = Desk(tmp_path, seed, LAST, mail_days=2)
    result = desk.result("pepper", now=datetime(2026, 11, 20, 23, 59, tzinfo=NOON.tzinfo))
    said = {item["with"]["message_id"]: item["kind"] for item in result["items"]}
    assert set(said) == {one["message_id"] for one in desk.truth["mails"]}
    told = {one["message_id"]: found.bucket for one, found in judged(seed)}
    assert said == {message: told[message] for message in said}
