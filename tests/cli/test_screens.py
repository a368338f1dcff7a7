"""What a person sees: a screen of eighty columns for each reading verb, letter by letter.

The fleet is `screens/fleet`, played by its script up to 08:25 on a Monday; its clock stands there. What is
meant to look otherwise is written again by

    SCREENS=write .venv/bin/python -m pytest tests/cli/test_screens.py

and read, line by line, before it is committed.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
from pathlib import Path

import pytest
from cli.conftest import Place

SCREENS = Path(__file__).parent / "screens"
HASH, TOOK = re.compile("[0-9a-f]{64}"), re.compile(r" in [0-9.]+ s\.")
"""What is another one after every change of a record, and on every machine."""
SHOWN: dict[str, tuple[str, ...]] = {
    "bare": ("fleet",),
    "status": ("fleet status",),
    "status-seat": ("fleet status dirk", "fleet status dash"),
    "chart": ("fleet chart", "fleet chart --kind account", "fleet chart --reads"),
    "tail": ("fleet tail -n 12", "fleet tail dash --kind log"),
    "trace": ("fleet trace a-1", "fleet trace m-2"),
    "why": ("fleet why a-1", "fleet why dash"),
    "approve": ("fleet approve",),
    "approve-card": ("fleet approve a-2",),
    "inbox": ("fleet inbox", "fleet inbox founder"),
    "inbox-read": ("fleet inbox read m-3",),
    "plan": ("fleet -C edited plan",),
    "simulate": ("fleet simulate --from 2026-11-23 --for 3d",),
    "rehearse": ("fleet -C agency rehearse --script script.yaml",),
    "explain": (
        "fleet explain 'every 4h from 06:30 to 18:30 on weekdays' -n 3",
        "fleet explain F201",
    ),
    "audit": ("fleet audit -n 3", "fleet audit --by founder --overrides"),
    "audit-verify": ("fleet audit verify",),
    "check": ("fleet check wrong.yaml",),
    "init": ("fleet", "fleet init"),
    "help": ("fleet --help",),
    "help-verbs": ("fleet status --help", "fleet approve --help", "fleet tail --help"),
}
"""Screens by the name of their file, and what is typed on each."""
TYPED = {"fleet approve a-2": "l\n"}
"""What a person types when he is asked."""
EDITS = (
    ("{do: [crm.write], ask: {crm.offer: founder}}", "{do: [crm.write, crm.offer]}"),
    ("weekdays at 06:30 and 13:00", "weekdays at 06:30"),
    ("budget: $4 a day", "budget: $3 a day"),
    ("  quill: {title: Content, answers_to: bogdan, owns: [articles]}\n", ""),
    (
        "\nactions:",
        "  tally:\n    title: Scorekeeping\n    run: sh ../agent.sh\n    answers_to: bogdan\n    owns: [scores]\n"
        "    when: mondays at 08:00\n    scorecard: {scores_kept: all}\n\nactions:",
    ),
)
MISTAKES = (
    ("when: weekdays at 07:15", "when: weekdays at 7.15"),
    ("owns: [project plans]", "owns: [project plans, ad analytics]"),
    ("reads: [dash, pulse, dirk]", "reads: [dash, puls, dirk]"),
    ("    never: [crm.delete]", "    nevr: [crm.delete]"),
)


@pytest.fixture(scope="module")
def agency(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A kept copy of a rehearsal, in which its clock stands."""
    folder = tmp_path_factory.mktemp("screens").resolve()
    shutil.copytree(SCREENS / "fleet", folder / "agency")
    assert (
        Place(folder)("-C", "agency", "rehearse", "--script", "agency/script.yaml", "--keep", "kept").code
        == 0
    )
    kept = Place(folder / "kept")
    shutil.copytree(folder / "kept", folder / "edited", ignore=shutil.ignore_patterns("sock"))
    shutil.move(folder / "edited", kept.folder / "edited")
    shutil.move(folder / "agency", kept.folder / "agency")
    (folder / "empty").mkdir()
    text = (kept.folder / "fleet.yaml").read_text("utf-8")
    kept.write("edited/fleet.yaml", replaced(text, EDITS))
    kept.write("wrong.yaml", replaced(text, MISTAKES))
    kept.write("script.yaml", (kept.folder / "agency/script.yaml").read_text("utf-8"))
    return kept


def replaced(text: str, edits: tuple[tuple[str, str], ...]) -> str:
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def screen(place: Place, lines: tuple[str, ...]) -> str:
    """Type lines, and give all that came to the terminal."""
    parts = []
    for line in lines:
        said = place.on_screen(
            *shlex.split(line)[1:], rows=200, keys=TYPED.get(line, ""), env={"NO_COLOR": "1"}
        )
        ended = f"(exit {said.code})\n" if said.code else ""
        parts.append(f"$ {line}\n{said.out}{ended}")
    return TOOK.sub(" in 1.0 s.", HASH.sub("0123456789abcdef" * 4, "\n".join(parts)))


@pytest.mark.parametrize("name", SHOWN)
def test_a_screen_is_as_it_was_meant_to_be(agency: Place, name: str) -> None:
    place = Place(agency.folder.parent / "empty") if name == "init" else agency
    found, file = screen(place, SHOWN[name]), SCREENS / f"{name}.txt"
    assert all(len(line) <= 80 and line == line.rstrip() for line in found.splitlines())
    if os.environ.get("SCREENS") == "write":
        file.write_text(found, "utf-8")
    assert found == file.read_text("utf-8"), (
        "if it is meant so: SCREENS=write .venv/bin/python -m pytest " + __file__
    )


def test_no_screen_is_left_that_nobody_shows() -> None:
    assert {file.stem for file in SCREENS.glob("*.txt")} <= {*SHOWN, "chart"}


@pytest.mark.parametrize(
    ("words", "more"),
    [
        ("status", "  owns     pipeline, expansion plays\n"),  # every seat in full
        ("tail", "  wake due "),  # what leads to what is shown else
        ("approve", "\n      if yes       it is judged once more"),  # every card
    ],
)
def test_more_is_said_with_v_and_only_the_answer_with_q(agency: Place, words: str, more: str) -> None:
    usual, verbose, quiet = agency(words), agency(words, "-v"), agency(words, "-q")
    assert more in verbose.out and more not in usual.out
    assert (quiet.out, quiet.err) == (usual.out, "")


@pytest.mark.parametrize(
    ("words", "here", "there"),
    [
        ("", "08:24 EST", "13:24 UTC"),
        ("status", "radar    ● fine           07:15", "radar    ● fine           12:15"),
        ("status dirk", "t-12 at 07:30, good until 09:45", "t-12 at 12:30, good until 14:45"),
        ("tail --since 2h", "07:30:00  dirk", "12:30:00  dirk"),
        ("trace a-1", "07:30:00  dirk", "12:30:00  dirk"),
        ("why a-1", "held since 07:30", "held since 12:30"),
        ("why dash", "08:00:00  dash", "13:00:00  dash"),
        ("approve", "lapses tomorrow 07:30", "lapses tomorrow 12:30"),
        ("approve a-2 --as nobody", "bogdan is asked at 09:30", "bogdan is asked at 14:30"),
        ("simulate --from 2026-11-23 --for 1d -v", "Mon 23 Nov 07:15", "Mon 23 Nov 12:15"),
        ("-C agency rehearse --script script.yaml", "mon 07:31", "mon 12:31"),
    ],
)
def test_utc_is_heeded_by_every_verb_that_says_a_time(
    agency: Place, words: str, here: str, there: str
) -> None:
    assert here in agency(*words.split()).out
    out = agency("--utc", *words.split()).out
    assert there in out
    assert here not in out
