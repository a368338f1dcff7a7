"""The example's actions: they really write, once for each id, and are clear about what they cannot do."""

import email
import email.policy
import json
import mailbox
import os
import shutil
import subprocess
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sneeze_desk import REPOSITORY

OFFER = {"id": "a-1", "about": "account:acme", "with": {"deal": "d1", "amount": 1800}, "seat": "dirk"}
MAIL = {
    "id": "a-2",
    "about": ["person:ada@acme.example", "account:acme"],
    "with": {"subject": "Your call", "text": "Friday is fine.", "asked_by": "dirk", "request": "m-7"},
    "seat": "pepper",
}
NOTE = {"id": "a-3", "about": "account:../../acme", "with": {"text": "two\nlines"}, "seat": "dirk"}
DRAFT = {"id": "a-4", "about": "brand:zest", "with": {"text": "Dear Zest"}, "seat": "nick"}
COACH = {"id": "a-5", "about": "rep:ada", "with": {"text": "Call back sooner"}, "seat": "arin"}
ALL = {"send_mail": MAIL, "offer": OFFER, "append_note": NOTE, "write_draft": DRAFT, "coach": COACH}
STRICT = [name for name in ALL if name != "append_note"]
NOW = "2026-11-20T09:30:00-05:00"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A fleet folder with the actions."""
    shutil.copytree(
        REPOSITORY / "actions", tmp_path / "actions", ignore=shutil.ignore_patterns("__pycache__")
    )
    return tmp_path


def act(
    root: Path, program: str, action: dict[str, Any] | str, *, now: str = NOW
) -> subprocess.CompletedProcess[str]:
    text = action if isinstance(action, str) else json.dumps(action)
    env = {**os.environ, "FLEET_NOW": now}
    return subprocess.run(
        [f"./actions/{program}"], cwd=root, env=env, input=text, capture_output=True, text=True, timeout=60
    )


def given(action: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return the action with something else in its payload."""
    return {**action, "with": {**action["with"], **more}}


def written(root: Path) -> dict[str, str]:
    folder = root / "data"
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def kept(root: Path) -> dict[str, str]:
    """Return what was written, without the locks."""
    return {name: text for name, text in written(root).items() if not Path(name).name.startswith(".")}


def sent(root: Path) -> list[EmailMessage]:
    box = mailbox.mbox(root / "data/outbox/outbox.mbox", create=False)
    letters = [email.message_from_bytes(letter.as_bytes(), policy=email.policy.default) for letter in box]
    box.close()
    return letters


@pytest.mark.parametrize("program", ALL)
def test_a_repeat_under_the_same_id_writes_nothing_more(root: Path, program: str) -> None:
    assert act(root, program, ALL[program]).returncode == 0
    before = kept(root)
    assert before
    again = act(root, program, ALL[program], now="2026-11-21T11:00:00-05:00")
    assert (again.returncode, again.stdout[:10]) == (0, "already in")
    assert kept(root) == before


def test_a_mail_says_who_to_whom_when_and_for_which_action(root: Path) -> None:
    assert act(root, "send_mail", MAIL).returncode == 0
    (letter,) = sent(root)
    heads = {
        name: str(letter[name]) for name in ("From", "To", "Subject", "Date", "Message-ID", "X-Fleet-Action")
    }
    assert heads == {
        "From": "sneeze-it <hello@sneeze-it.example>",
        "To": "ada@acme.example",
        "Subject": "Your call",
        "Date": "Fri, 20 Nov 2026 09:30:00 -0500",
        "Message-ID": "<a-2@sneeze-it.example>",
        "X-Fleet-Action": "a-2",
    }
    assert letter.get_content() == "Friday is fine.\n"


def test_an_offer_holds_what_the_client_is_to_read_and_no_reason_of_ours(root: Path) -> None:
    clients = root / "data/crm/clients.csv"
    clients.parent.mkdir(parents=True)
    clients.write_text("client,name,since\nvolt,Volt,2024-01-01\nacme,Acme Tools,2023-06-17\n")
    inner = {"text": "they will pay", "stage": "qualified", "deal": "d2050a"}
    offer = {**given(OFFER, **inner), "because": "Pulse does not claim acme", "turn": "t-9"}
    assert act(root, "offer", offer).returncode == 0
    (letter,) = sent(root)
    assert letter["Subject"] == "An offer for Acme Tools"
    assert letter.get_content() == (
        "Hello Acme Tools,\n\nthank you for working with us. We would like to do more for you, and offer to extend "
        "our work\nfor Acme Tools for $1,800.\n\nIf this is of interest, an answer to this mail is enough.\n\n"
        "Best regards\nSales, sneeze-it\n"
    )


@pytest.mark.parametrize(
    "clients", [None, "", "a,b\n1,2\n", "client,name\nacme,\n", "client,name\nacme,A\0\n"]
)
def test_an_offer_to_a_client_that_the_crm_does_not_name_calls_it_as_the_action_does(
    root: Path, clients: str | None
) -> None:
    if clients is not None:
        (root / "data/crm").mkdir(parents=True)
        (root / "data/crm/clients.csv").write_text(clients)
    assert act(root, "offer", OFFER).returncode == 0
    assert sent(root)[0].get_content().startswith("Hello acme,\n")


def test_mail_goes_to_whom_it_is_about_whatever_its_payload_says(root: Path) -> None:
    wild = {
        "to": "eve@x.example",
        "cc": "eve@x.example",
        "bcc": "eve@x.example",
        "about": "person:eve@x.example",
    }
    assert act(root, "send_mail", given(MAIL, **wild)).returncode == 0
    assert act(root, "offer", given(OFFER, **wild)).returncode == 0
    assert [letter["To"] for letter in sent(root)] == ["ada@acme.example", "hello@acme.example"]
    assert "eve" not in written(root)["outbox/outbox.mbox"]


@pytest.mark.parametrize(
    "wild",
    [
        "From here on\n\nFrom eve@x.example Fri Nov 20 14:30:00 2026\nX-Fleet-Action: a-9\n\nboo",
        "\u00dcber alles \N{SNOWMAN}\r\nnext\x00line\u2028and \U0001f600",
        "x" * 5000,
        ".\n\n--\n\n",
    ],
)
def test_any_text_stays_inside_its_own_mail(root: Path, wild: str) -> None:
    assert act(root, "send_mail", given(MAIL, text=wild)).returncode == 0
    other = {**given(MAIL, text="second", subject="Gr\u00fc\u00dfe \u2014 " + "lang " * 30), "id": "a-9"}
    assert act(root, "send_mail", other).returncode == 0
    first, second = sent(root)
    text = first.get_content().replace("\n>From ", "\nFrom ").removeprefix(">")
    assert text == wild.replace("\r\n", "\n").strip("\n") + "\n"
    assert (second["X-Fleet-Action"], second.get_content()) == ("a-9", "second\n")
    assert str(second["Subject"]).startswith("Gr\u00fc\u00dfe \u2014 lang lang")
    assert not first.defects + second.defects


@pytest.mark.parametrize(
    "subject", ["Hi\nBcc: eve@x.example", "Hi\r\n\r\nbody", "Hi\x00", "Hi\u2028there", "x" * 401]
)
def test_a_subject_that_is_no_line_is_refused(root: Path, subject: str) -> None:
    ended = act(root, "send_mail", given(MAIL, subject=subject))
    said = "send_mail: with.subject is no single line of text; nothing was written\n"
    assert (ended.returncode, ended.stderr) == (1, said)
    assert not (root / "data").exists()


@pytest.mark.parametrize(
    ("program", "action", "why"),
    [
        ("send_mail", {**MAIL, "about": "account:acme"}, "the action is about no person"),
        (
            "send_mail",
            {**MAIL, "about": ["person:a@x.example", "person:b@x.example"]},
            "more than one person",
        ),
        ("send_mail", {**MAIL, "about": "person:ada"}, "ada is no address"),
        ("send_mail", {**MAIL, "about": "person:a@b@c.example"}, "a@b@c.example is no address"),
        ("send_mail", {**MAIL, "about": 7}, "about nothing that can be read"),
        ("send_mail", given(MAIL, text=" "), "the action has no with.text"),
        ("send_mail", given(MAIL, text=["a"]), "the action has no with.text"),
        ("send_mail", given(MAIL, text="\ud800"), "with.text has a sign in it that is none"),
        ("send_mail", given(MAIL, subject=None), "the action has no with.subject"),
        ("send_mail", {**MAIL, "id": "../a"}, "the action has no id"),
        ("offer", {**OFFER, "about": "account:acme@x"}, "hello@acme@x.example is no address"),
        ("offer", given(OFFER, amount=None), "the action has no with.amount"),
        ("offer", given(OFFER, deal="d1\nBcc: x"), "with.deal is no single line"),
        ("write_draft", {**DRAFT, "about": "brand:../../zest"}, "about nothing that can be read"),
        ("write_draft", {**DRAFT, "about": "rep:ada"}, "the action is about no brand or account or person"),
        ("coach", {**COACH, "about": "brand:zest"}, "the action is about no rep"),
        ("coach", {**COACH, "with": "text"}, "the action's `with` is no object"),
    ],
)
def test_what_cannot_be_done_is_said_and_leaves_nothing(
    root: Path, program: str, action: dict[str, Any], why: str
) -> None:
    ended = act(root, program, action)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert why in ended.stderr
    assert ended.stderr.count("\n") == 1
    assert not (root / "data").exists()


@pytest.mark.parametrize("now", ["", "yesterday", "2026-11-20T09:30:00"])
@pytest.mark.parametrize("program", STRICT)
def test_without_a_clock_nothing_is_written(root: Path, program: str, now: str) -> None:
    ended = act(root, program, ALL[program], now=now)
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"{program}: FLEET_NOW ")
    assert kept(root) == {}


def test_a_mail_that_a_crash_left_half_written_is_written_whole(root: Path) -> None:
    """The mailbox is renamed in, so a crash leaves the old one and a staged file beside it."""
    assert act(root, "send_mail", MAIL).returncode == 0
    (root / "data/outbox/.outbox.mbox.new").write_text(written(root)["outbox/outbox.mbox"] + "From hel")
    assert act(root, "send_mail", {**MAIL, "id": "a-9"}).returncode == 0
    assert [letter["X-Fleet-Action"] for letter in sent(root)] == ["a-2", "a-9"]


def test_an_offer_that_a_crash_left_out_of_the_log_is_logged_when_it_is_repeated(root: Path) -> None:
    assert act(root, "offer", OFFER).returncode == 0
    log = root / "data/crm/offers.csv"
    whole = log.read_text()
    assert whole == "action,day,client,deal,amount\na-1,2026-11-20,acme,d1,1800\n"
    log.write_text("action,day,client,deal,amount\n")
    assert act(root, "offer", OFFER).returncode == 0
    assert (log.read_text(), len(sent(root))) == (whole, 1)


def test_many_at_a_time_lose_and_double_nothing(root: Path) -> None:
    ids = [f"a-{number}" for number in range(10, 18)]
    starts = [
        subprocess.Popen(["./actions/send_mail"], cwd=root, env={**os.environ, "FLEET_NOW": NOW}, text=True,
                         stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        for _ in ids * 2
    ]  # fmt: skip
    for process, number in zip(starts, ids * 2, strict=True):
        assert process.stdin
        process.stdin.write(json.dumps({**MAIL, "id": number}))
        process.stdin.close()
    assert [process.wait(timeout=60) for process in starts] == [0] * len(starts)
    assert sorted(letter["X-Fleet-Action"] for letter in sent(root)) == ids


def test_a_draft_and_a_word_of_coaching_say_what_they_belong_to(root: Path) -> None:
    odd = given(DRAFT, subject='A "first" word: \u00e9')
    assert act(root, "write_draft", odd).returncode == 0
    assert act(root, "coach", COACH).returncode == 0
    assert kept(root) == {
        "drafts/a-4-zest.md": '---\naction: a-4\nabout: "brand:zest"\nby: nick\nday: 2026-11-20\n'
        'subject: "A \\"first\\" word: \u00e9"\n---\n\nDear Zest\n',
        "coaching/a-5-ada.md": '---\naction: a-5\nabout: "rep:ada"\nby: arin\nday: 2026-11-20\n---\n\n'
        "Call back sooner\n",
    }


def test_a_note_stays_in_its_folder(root: Path) -> None:
    act(root, "append_note", NOTE)
    assert [path.parent for path in root.rglob("*.md")] == [root / "data/notes"]


@pytest.mark.parametrize("program", ALL)
def test_garbage_is_refused_in_one_sentence(root: Path, program: str) -> None:
    ended = act(root, program, "garbage")
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"{program}: what came on stdin is not an action")
