"""Programs that are to be run and are not there: told by `fleet check`, where it can be told."""

from __future__ import annotations

import pytest

from fleet.store.chart import load

CHART = """\
fleet: acme
timezone: UTC
seats:
  ann: {{title: Founder, person: Ann, reads: [dash]}}
  dash:
    title: Analytics
    run: {run}
    answers_to: ann
    owns: [numbers]
    when: every 2h
    can: {{do: [note]}}
    scorecard: {{anomalies: at least 5 a week}}
actions:
  note: {{run: {act}, repeat: safe}}
"""
FOLDERS = {"seats/dash": ["SEAT.md", "agent.py", "lib"], "seats/dash/lib": ["run.sh"], "actions": ["note.sh"]}


def told(run: str = "python agent.py", act: str = "./actions/note.sh", folders=FOLDERS) -> list[str]:
    text = CHART.format(run=run, act=act).encode()
    _, mistakes = load(lambda name: text, lambda pattern: [], lambda folder: folders.get(folder, []))
    return [m.line() for m in mistakes]


@pytest.mark.parametrize(
    "run",
    [
        "python agent.py",
        "python -B -u agent.py --fast",
        "sh lib/run.sh",
        "./agent.py",
        "python -m agents.dash",  # a module is looked for elsewhere
        "python -W error gone.py",  # `error` is no file
        "sh -c gone.sh",
        "claude -p",
        "/usr/bin/env gone.py",
        "python ../shared/gone.py",  # out of its folder: fleet says nothing of what lies there
        "[python, agent.py]",
    ],
)
def test_what_is_there_or_cannot_be_told_is_not_told(run: str) -> None:
    assert told(run) == []


@pytest.mark.parametrize(
    ("run", "column", "file", "near"),
    [
        ("python agnet.py", 17, "agnet.py", "agent.py"),
        ("sh -eu lib/rnu.sh", 17, "lib/rnu.sh", "lib/run.sh"),
        ("./agnt.py", 10, "agnt.py", "./agent.py"),
        ("[python, agnet.py]", 10, "agnet.py", "agent.py"),
    ],
)
def test_a_seat_s_program_that_is_not_there_is_told_at_its_word(
    run: str, column: int, file: str, near: str
) -> None:
    what = f"the program of dash is not there: seats/dash/{file}"
    assert told(run) == [f"fleet.yaml:7:{column}: warning[F254]: {what}  try: {near}"]


def test_an_action_s_program_is_looked_for_in_the_fleet_s_folder() -> None:
    what = "the program of note is not there: actions/nte.sh"
    assert told(act="./actions/nte.sh") == [
        f"fleet.yaml:14:15: warning[F254]: {what}  try: ./actions/note.sh"
    ]


def test_a_chart_that_is_written_before_its_folders_is_told_nothing() -> None:
    assert told("python gone.py", "./gone/act", folders={}) == []


def test_who_does_not_list_folders_is_told_nothing() -> None:
    text = CHART.format(run="sh gone.sh", act="./actions/gone").encode()
    assert load(lambda name: text, lambda pattern: [])[1] == ()
