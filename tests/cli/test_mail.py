"""Mail and people: send, list, read, retry, publish."""

from __future__ import annotations

import re


def test_a_message_is_sent_listed_and_read(hello):
    said = hello(
        *("inbox", "send", "greeter", "-m", "Please greet Acme.\nToday.", "--type", "request"),
        *("--about", "account:Acme", "--subject", "Acme", "--answer-by", "4h", "--as", "you"),
    )
    assert (said.code, said.out) == (0, "m-1 to greeter from you\n")
    (mail,) = hello("inbox", "greeter", "--json").data["messages"]
    found = {key: mail[key] for key in ("id", "seat", "box", "type", "from", "subject")}
    assert found == {
        "id": "m-1",
        "seat": "greeter",
        "box": "new",
        "type": "REQUEST",
        "from": "you",
        "subject": "Acme",
    }
    text = hello("inbox", "read", "m-1").out
    assert text.startswith("---\nid: m-1\ntype: REQUEST\nfrom: you\nto: greeter\nabout: account:acme\n")
    assert text.endswith("---\nPlease greet Acme.\nToday.\n")
    assert hello("inbox", "you", "--json").data["messages"] == []
    assert hello("inbox", "you").out == "No mail.\n"


def test_a_message_is_read_after_its_turn_and_even_after_its_file_is_gone(hello):
    assert hello("inbox", "send", "greeter", "-m", "hello").code == 0
    assert hello("up", "--once", "-q").code == 0
    there = hello("inbox", "read", "m-1", "--json").data
    assert there["path"].startswith("inbox/greeter/done/")
    (hello.folder / there["path"]).unlink()
    gone = hello("inbox", "read", "m-1", "--json").data
    assert gone == {"message": there["message"], "path": "ledger"}


def test_text_comes_from_stdin_too(hello):
    assert hello("inbox", "send", "you", "-m", "-", text="from a pipe\n").code == 0
    assert "from a pipe" in hello("inbox", "read", "m-1").out


def test_mail_that_was_set_aside_is_shown_with_why_and_tried_again(hello):
    hello.write("seats/greeter/greet.sh", "exit 1\n")
    assert hello("inbox", "send", "greeter", "-m", "poison").code == 0
    assert hello("up", "--once", "-q").code == 0
    (mail,) = hello("inbox", "greeter", "--json").data["messages"]
    assert (mail["box"], mail["id"], mail["from"]) == ("dead", "m-1", "you")
    assert "the turns that read it failed" in mail["why"]
    assert "dead" in hello("inbox", "greeter").out
    said = hello("inbox", "retry", "m-1")
    assert (said.code, said.out) == (0, "m-1: back in inbox/greeter/new\n")
    (mail,) = hello("inbox", "greeter", "--json").data["messages"]
    assert mail["box"] == "new"


def test_putting_the_letter_of_an_open_matter_away_says_that_it_stays_open_and_what_settles_it(desk):
    desk.offers("dirk", escalate=[{"because": "Who pays?"}])
    (mail,) = desk("inbox", "founder", "--json").data["messages"]
    text = desk("inbox", "read", mail["id"]).out
    assert desk("inbox", mail["id"]).out == text  # the id alone is enough
    assert "\nWho pays?\nSettle it: fleet inbox send dirk --reply-to m-1 -m " in text
    said = desk("inbox", "done", "m-1")
    assert (said.code, said.out) == (0, "m-1: in inbox/founder/done\n")
    assert said.err.startswith("i-1 stays open. If nothing happens, bogdan is told ")
    assert 'Settle it: fleet inbox send dirk --reply-to m-1 -m "..."\n' in said.err
    assert desk("inbox", "send", "dirk", "--reply-to", "m-1", "-m", "We do.").code == 0
    assert desk("why", "i-1").out.splitlines()[0].endswith("settled")


def test_what_was_dropped_by_hand_and_cannot_be_read_is_listed(served):
    box = served.folder / "inbox" / "greeter" / "new"
    box.mkdir(parents=True, exist_ok=True)
    (box / "junk.md").write_bytes(b"---\ntype: [\n---\n")
    dead = served.until(
        lambda: served("inbox", "greeter", "--json").data["messages"], "the file was set aside"
    )
    assert (dead[0]["box"], dead[0]["id"]) == ("dead", None)
    assert "junk.md" in dead[0]["why"]


def test_a_person_publishes_a_state(hello):
    said = hello("publish", "you", "--until", "2h", text="---\nheadline: Away today\n---\nBack tomorrow.\n")
    assert said.code == 0, said.err
    assert re.fullmatch(r"you: published t-1, good until (tomorrow )?\d\d:\d\d\n", said.out)
    state = (hello.folder / "state" / "you.md").read_text()
    assert "headline: Away today\n" in state
    hello.write("note.md", "Back.\n")
    assert hello("publish", "you", "note.md").code == 0
    assert "Back." in (hello.folder / "state" / "you.md").read_text()


def test_nobody_publishes_for_an_agent(hello):
    said = hello("publish", "greeter", text="x")
    assert said.code == 1
    assert "only its own turn publishes its state" in said.err


def test_nothing_is_no_state(hello):
    assert hello("publish", "you", text="").code == 1
