"""`fleet why` says what would change it: case by case, letter by letter, as a manager reads them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from fleet.cli.why import why_lines
from fleet.runtime.view import View
from fleet.runtime.why import why
from fleet.testing import Rig, chart_text

SEATS = {
    "coo": "title: COO\nperson: C\nanswers_to: founder",
    "dash": "when: [when asked, every day at 06:30]\nretries: 0\nlimit: 1m\ngood_for: 2h\nskip_if: nothing new\n"
    "reads: [founder]\nmissed: skip",
    "dirk": "when: when asked\nreads: [dash]\ngood_for: 24h\ncan: {do: [note.append]}\nnever: [crm.delete]",
    "plan": "title: Nobody yet",
}
TAIL = """
actions:
  note.append: {run: sh note, about: account, once: ever}
  crm.delete: {run: sh note, about: account}
retired:
  jeff: {title: Data, date: 2026-04-13, record: retired/jeff/record.md, because: b, gave: {ad pacing: dash}}
"""


def _offer(rig: Rig, kind: str) -> None:
    result = {"headline": "h", "as_of": rig.clock.now().isoformat()}
    rig.advance(seconds=1).does(
        "dirk", f"echo '{json.dumps({**result, 'actions': [{'kind': kind, 'about': 'account:acme'}]})}'"
    )
    rig.ask("wake", seat="dirk")


def _fail(rig: Rig, script: str = "echo meta says 429 >&2; exit 7") -> None:
    rig.advance(seconds=1).does("dash", script)
    rig.ask("wake", seat="dash")


def _follow(rig: Rig) -> None:
    _fail(rig)
    rig.always("dash", "echo meta says 429 >&2; exit 7")
    rig.advance(hours=3)
    _offer(rig, "note.append")


def _twice(rig: Rig) -> None:
    _offer(rig, "note.append")
    _offer(rig, "note.append")


def _empty(rig: Rig) -> None:
    rig.advance(seconds=1).does("dash", "exit 0")
    rig.ask("wake", seat="dash")


def _ask_person(rig: Rig) -> None:
    due = "2026-11-23T10:00:00-05:00"
    rig.ask("send", to="coo", body="is acme safe?", type="REQUEST", person="founder", answer_by=due)


def _nothing(rig: Rig) -> None:
    pass


def _missed(rig: Rig) -> None:
    rig.stop()
    rig.clock.step(timedelta(hours=2))
    rig.start()


CASES: list[tuple[str, Callable[[Rig], object], str, str]] = [
    (
        "a turn that failed, and is not tried again",
        _fail,
        "t-3",
        "t-3  turn of dash  failed\n"
        '  why       t-3 failed after 0s: exit 7; last words: "meta says 429"\n'
        "  woken by  woken by founder\n"
        "  next      It had no effect: only a done turn has. Its mail went back to new/.\n"
        "            What it said: fleet tail dash --kind log.\n"
        "            It is not tried again by itself; one more turn now: fleet wake dash.\n",
    ),
    (
        "a seat that failed",
        _fail,
        "dash",
        "dash  The dash  failed\n"
        '  why       dash is failed: t-3: exit 7; last words: "meta says 429"\n'
        "  next      What it said: fleet tail dash --kind log. One more turn now: fleet wake dash.\n"
        "            Its next promised wake is at 06:30.\n",
    ),
    (
        "a turn whose result was not accepted, and that had said nothing besides",
        lambda rig: _fail(rig, "echo '{\"seat\": 1}'"),
        "t-3",
        "t-3  turn of dash  failed\n"
        "  why       t-3 failed after 0s: its result was not accepted: seat: belongs to the runtime; leave it out\n"
        "  woken by  woken by founder\n"
        "  next      It had no effect: only a done turn has. Its mail went back to new/.\n"
        "            What it printed: state/turns/dash/t-3.out.\n"
        "            It is not tried again by itself; one more turn now: fleet wake dash.\n",
    ),
    (
        "a seat whose last turn said and printed something that is not accepted",
        lambda rig: _fail(rig, "echo oh >&2; echo '{\"seat\": 1}'"),
        "dash",
        "dash  The dash  failed\n"
        "  why       dash is failed: t-3: its result was not accepted: seat: belongs to the runtime; leave it out\n"
        "  next      What it said: fleet tail dash --kind log. What it printed: state/turns/dash/t-3.out. "
        "One more turn now: fleet wake dash.\n"
        "            Its next promised wake is at 06:30.\n",
    ),
    (
        "a turn that wrote nothing at all",
        lambda rig: _fail(rig, "exit 3"),
        "t-3",
        "t-3  turn of dash  failed\n"
        "  why       t-3 failed after 0s: exit 3\n"
        "  woken by  woken by founder\n"
        "  next      It had no effect: only a done turn has. Its mail went back to new/.\n"
        "            It wrote nothing to stderr; its program is `sh agent.sh` in seats/dash.\n"
        "            It is not tried again by itself; one more turn now: fleet wake dash.\n",
    ),
    (
        "a seat that follows from another's trouble",
        _follow,
        "dirk",
        "dirk  The dirk  stale\n"
        '  why       dirk is stale: waits for dash\'s trouble: dash failed (exit 7; last words: "meta says 429")\n'
        "  next      It began with dash: fleet why dash.\n"
        "            It is woken: when asked.\n",
    ),
    (
        "an action that is forbidden",
        lambda rig: _offer(rig, "crm.delete"),
        "a-1",
        "a-1  crm.delete of dirk to account:acme  refused\n"
        "  why       refused: dirk may never do crm.delete\n"
        "  rule      seats.dirk.never  fleet.yaml:32\n"
        "  next      Only fleet.yaml changes that: `never` of dirk.\n",
    ),
    (
        "an action that was done already",
        _twice,
        "a-2",
        "a-2  note.append of dirk to account:acme  refused\n"
        "  why       refused: a-1 has done this already, and note.append is done once with the same content\n"
        "  rule      actions.note.append.once  fleet.yaml:39\n"
        "  next      Another payload or subject is another action; `once` and `at_most` of note.append "
        "stand in fleet.yaml.\n",
    ),
    (
        "a turn that gave nothing",
        _empty,
        "t-3",
        "t-3  turn of dash  empty\n"
        "  why       t-3 empty after 0s: exit 0 but nothing written\n"
        "  woken by  woken by founder\n"
        "  next      It had no effect: only a done turn has. Its mail went back to new/.\n"
        "            Another result, or the same with a newer as_of, would renew the state of dash.\n",
    ),
    (
        "a wake that was missed",
        _missed,
        "dash@2026-11-23T11:30Z",
        "dash@2026-11-23T11:30Z  wake of dash  missed\n"
        "  why       wake of 06:30 missed: noticed late, and its seat says missed: skip\n"
        "  next      What is run late says `missed` of dash in fleet.yaml. A turn now: fleet wake dash.\n",
    ),
    (
        "a person who owes an answer",
        _ask_person,
        "coo",
        "coo  COO  waiting\n"
        "  why       coo is waiting: m-1 REQUEST from founder: is acme safe?, by 10:00\n"
        "  next      founder waits for an answer to m-1: fleet inbox send founder --reply-to m-1 -m ...\n",
    ),
    (
        "a seat that nobody holds",
        _nothing,
        "plan",
        "plan  Nobody yet  planned\n"
        "  why       plan is planned: no holder yet\n"
        "  next      It needs a holder in fleet.yaml: `run:`, or `person:`.\n",
    ),
    (
        "a seat that is retired",
        _nothing,
        "jeff",
        "jeff  Data  retired\n"
        "  why       jeff is retired: record retired/jeff/record.md\n"
        "  next      ad pacing is now dash's.\n",
    ),
]


@pytest.mark.parametrize(("happens", "what", "says"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_why_says_how_it_stands_and_what_would_change_it(
    tmp_path: Path, happens: Callable[[Rig], object], what: str, says: str
) -> None:
    with Rig(tmp_path, chart_text(SEATS, tail=TAIL)) as rig:
        rig.write("note", "cat >/dev/null\n")
        rig.start()
        happens(rig)
        view = View.open(str(rig.root))
        now = rig.clock.now().astimezone(view.chart.calendar.tz)
        found = why(view, what, now)
        assert found is not None
        lines = "\n".join(why_lines(found, now)) + "\n"
        told = lines.partition("so far, newest first\n")[0]
        assert "".join(line for line in told.splitlines(True) if not line.startswith("  seen")) == says
