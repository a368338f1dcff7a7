"""What somebody does to the files, while the fleet is down or under its feet."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from crash.live import Live
from crash.outcome import Ledger, account_of, contradictions, outcome
from crash.reference import HEAD, build, drop, make, seat_text
from crash.series import talk_of
from crash.trial import run_once

TWO = HEAD + seat_text("worker") + seat_text("other")
WORKS = {"worker": 'echo "Worked in $FLEET_TURN."', "other": 'echo "Here in $FLEET_TURN."'}


def rested(tmp_path: Path) -> Path:
    """Give a reference fleet that has run to its end."""
    root = build(tmp_path / "f")
    assert run_once(root) == 0, talk_of(root)
    return root


def troubles(root: Path, kind: str) -> list[str]:
    """List what was told of one kind of trouble."""
    return [r["data"]["says"] for r in Ledger.read(root).of("trouble") if r["data"]["kind"] == kind]


def test_a_state_removed_while_the_fleet_was_down_is_there_again_byte_for_byte(tmp_path: Path) -> None:
    root = rested(tmp_path)
    before = (root / "state/asker.md").read_bytes()
    (root / "state/asker.md").unlink()
    assert run_once(root) == 0, talk_of(root)
    assert (root / "state/asker.md").read_bytes() == before
    assert contradictions(root) == []


def test_a_state_edited_while_the_fleet_was_down_is_told_and_left_for_a_person_to_see(tmp_path: Path) -> None:
    root = rested(tmp_path)
    with (root / "state/asker.md").open("a") as state:
        state.write("All is well, trust me.\n")
    assert run_once(root) == 0, talk_of(root)
    assert "trust me" in (root / "state/asker.md").read_text()
    assert [says.split()[0] for says in troubles(root, "tampered")] == ["state/asker.md"]


@pytest.mark.parametrize("folder", ["state", "scorecard", "inbox", "out", "state/history"])
def test_a_folder_removed_while_the_fleet_was_down_keeps_nothing_from_going_on(
    folder: str, tmp_path: Path
) -> None:
    root = rested(tmp_path)
    before = outcome(root)
    shutil.rmtree(root / folder)
    drop(root, "asker", "again.md", b"Once more.\n")
    assert run_once(root) == 0, talk_of(root)
    after = outcome(root)
    assert len(Ledger.read(root).ended("done")) > len(before["turns"])
    for section in ("states", "log", "scorecard", "new"):
        assert folder == "inbox" or len(after[section]) >= len(before[section]), section


def test_a_waiting_message_removed_while_the_fleet_was_down_is_delivered_again(tmp_path: Path) -> None:
    root = rested(tmp_path)
    letters = sorted((root / "inbox/boss/new").iterdir())
    before = [path.read_bytes() for path in letters]
    letters[0].unlink()
    assert run_once(root) == 0, talk_of(root)
    assert [path.read_bytes() for path in letters] == before
    assert contradictions(root) == []


def test_mail_edited_before_its_turn_is_given_as_delivered_and_the_edit_set_aside(tmp_path: Path) -> None:
    root = make(tmp_path / "f", TWO, WORKS)
    with Live(root).start() as live:
        live.rests_after(2)
        live.ask("pause", seat="worker")
        drop(root, "worker", "pay.md", b"Pay 10\n")
        live.until(lambda: bool(live.ledger.of("message")), "the message is there")
        live.stop()
        (letter,) = (root / "inbox/worker/new").glob("*.md")
        letter.write_text(letter.read_text().replace("Pay 10", "Pay 10000"))
        live.start()
        live.ask("resume", seat="worker")
        live.rests_after(3)
        live.stop()
    why = root / f"inbox/worker/dead/{letter.name}.why"
    assert "edited after it was delivered" in why.read_text()
    assert account_of(root).waiting("worker") == []


Spoil = Callable[[Path], None]


def put_file(folder: str) -> Spoil:
    """Put a file where a folder should be; what is there goes beside the fleet."""

    def spoil(root: Path) -> None:
        if (root / folder).exists():
            shutil.move(root / folder, root.parent / "moved-away")
        (root / folder).parent.mkdir(parents=True, exist_ok=True)
        (root / folder).write_text("not a folder\n")

    return spoil


@pytest.mark.parametrize("folder", ["state", "ledger", "inbox", "inbox/worker", "out"])
def test_a_file_where_a_folder_should_be_is_named_at_the_start_and_put_right_all_goes_on(
    folder: str, tmp_path: Path
) -> None:
    root = make(tmp_path / "f", TWO, WORKS)
    assert run_once(root) == 0, talk_of(root)
    drop(root, "worker", "more.md", b"More.\n")
    put_file(folder)(root)
    with Live(root) as live:
        live.launch()
        live.until(lambda: live.ended or bool(live.status()["stuck"]) or told(live, folder), "it is told")
        assert "Traceback" not in live.text, live.text
        assert folder in live.text or folder in str(live.status()["stuck"]) or told(live, folder)
        live.quit()
        (root / folder).unlink()
        if (tmp_path / "moved-away").exists():
            shutil.move(tmp_path / "moved-away", root / folder)
        live.start()
        drop(root, "other", "more.md", b"More.\n")
        live.until(lambda: len(list(root.glob("inbox/*/done/*/*.md"))) == 2, "all mail is read")
        live.stop()
    assert contradictions(root) == []


@pytest.mark.parametrize("folder", ["state/turns/worker", "seats/worker"])
def test_mail_waits_while_a_folder_of_its_turn_is_a_file_and_is_read_once_that_is_put_right(
    folder: str, tmp_path: Path
) -> None:
    root = make(tmp_path / "f", TWO, WORKS)
    with Live(root).start() as live:
        live.rests_after(2)
        put_file(folder)(root)
        drop(root, "worker", "more.md", b"More.\n")
        live.until(lambda: told(live, folder), "it is told")
        assert [r for r in live.ledger.of("turn_ended") if r["data"]["outcome"] != "done"] == []
        (root / folder).unlink()
        shutil.move(tmp_path / "moved-away", root / folder)
        live.until(lambda: bool(list(root.glob("inbox/worker/done/*/*.md"))), "its mail is read")
        live.stop()
    assert contradictions(root) == []


def told(live: Live, folder: str) -> bool:
    """Say whether the ledger tells of a trouble with a folder."""
    return any(folder in r["data"]["says"] for r in live.ledger.of("trouble"))


@pytest.mark.parametrize("box", ["new", "cur", "dead"])
def test_a_file_where_one_seat_s_box_should_be_is_told_and_others_go_on(box: str, tmp_path: Path) -> None:
    root = make(tmp_path / "f", TWO, WORKS)
    assert run_once(root) == 0, talk_of(root)
    put_file(f"inbox/worker/{box}")(root)
    with Live(root).start() as live:
        drop(root, "other", "more.md", b"More.\n")
        live.rests_after(3)
        assert told(live, f"inbox/worker/{box}")
        live.stop()


@pytest.mark.parametrize("box", ["new", "cur", "dead"])
def test_a_file_put_where_a_running_fleet_has_a_box_is_told_and_others_go_on(
    box: str, tmp_path: Path
) -> None:
    root = make(tmp_path / "f", TWO, WORKS)
    with Live(root).start() as live:
        live.rests_after(2)
        put_file(f"inbox/worker/{box}")(root)
        if box != "new":
            drop(root, "worker", "odd.md", b"\xff\xfe" if box == "dead" else b"More.\n")
        live.until(lambda: told(live, f"inbox/worker/{box}") or bool(live.status()["stuck"]), "it is told")
        assert not live.status()["stuck"], "one seat's box holds up the whole fleet"
        drop(root, "other", "more.md", b"More.\n")
        live.rests_after(3)
        live.stop()
