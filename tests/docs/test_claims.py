"""What README and the other pages say that no table shows: held against the real program."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from docs.pages import ROOT, page, pages

from fleet.cli.verbs import VERBS
from fleet.testing import Rig, chart_text

READING: dict[str, tuple[str, ...]] = {
    "": ("", "--json"),
    "check": ("check", "check --json", "check --format sarif"),
    "status": ("status", "status dash", "status --json"),
    "tail": ("tail", "tail dash --kind all"),
    "approve": ("approve", "approve --json"),
    "inbox": ("inbox", "inbox dirk"),
    "inbox read": ("inbox read m-1",),
    "plan": ("plan",),
    "rehearse": ("rehearse --fresh --from 2026-11-23 --for 1h",),
    "simulate": ("simulate --for 2d",),
    "service": ("service",),
    "chart": ("chart", "chart --dot", "chart --json"),
    "why": ("why dash", "why t-1"),
    "trace": ("trace dash@first", "trace t-1"),
    "rules": ("rules", "rules --since 7d --json"),
    "rules show": ("rules show quiet",),
    "rules test": ("rules test", "rules test --mutants --json"),
    "rules backtest": ("rules backtest", "rules backtest --unchanged --json"),
    "audit": (),  # it has verbs of its own, and says so
    "audit verify": ("audit verify",),
    "explain": ("explain", "explain 'every 2h'", "explain F310", "explain good_for"),
    "brief": ("brief dash", "brief dash --json"),
}
"""Every verb that only reports, with calls that it takes. `approve` changes something only once it is given an id."""
CHANGING = {
    *("init", "up", "down", "apply", "wake", "pause", "resume", "deny", "publish", "emit", "audit erase"),
    *("inbox send", "inbox done", "inbox retry"),
}


def fleet(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-m", "fleet", "-C", str(root), *words]
    return subprocess.run(command, capture_output=True, text=True, env=env, timeout=60)


def contents(root: Path) -> dict[str, bytes]:
    files = (path for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {str(path.relative_to(root)): path.read_bytes() for path in files}


def test_what_is_not_allowed_does_not_run(tmp_path: Path) -> None:
    tail = "actions:\n  note.append: {run: ./note}\n  crm.offer: {run: ./offer, about: account}"
    seats = {"dash": "when: when asked\ncan: {do: [note.append], ask: {crm.offer: founder}}"}
    offers = '{"kind": "note.append"}, {"kind": "crm.offer", "about": "account:acme"}, {"kind": "crm.delete"}'
    with Rig(tmp_path, chart_text(seats, tail=tail)) as rig:
        rig.write("offer", "#!/bin/sh\ntouch ran\n").chmod(0o755)
        rig.write("note", "#!/bin/sh\ntouch noted\n").chmod(0o755)
        rig.does("dash", f'echo \'{{"headline": "h", "actions": [{offers}]}}\'')
        rig.start()
        verdicts = [record["data"] for record in rig.records("verdict")]
        assert sorted((one["kind"], one["verdict"]) for one in verdicts) == [
            ("crm.delete", "refuse"),
            ("crm.offer", "ask"),
            ("note.append", "allow"),
        ]
        assert [r["data"]["kind"] for r in rig.records("action_intent")] == ["note.append"]
        assert rig.path("noted").exists() and not rig.path("ran").exists()


def test_reading_verbs_change_nothing(tmp_path: Path) -> None:
    tail = "rules: [{name: quiet, seat: dirk, then: hold, examples: [{expect: hold}]}]"
    seats = {"dash": "when: every 2h", "dirk": "reads: [dash]"}
    with Rig(tmp_path, chart_text(seats, tail=tail)) as rig:
        rig.start().stop()
        assert fleet(tmp_path, "inbox", "send", "dirk", "-m", "hello").returncode == 0
        before = contents(tmp_path)
        for call in (call for calls in READING.values() for call in calls):
            said = fleet(tmp_path, *shlex.split(call))
            assert said.returncode in (0, 3), (call, said.stderr)
            assert contents(tmp_path) == before, call


def test_every_verb_either_only_reports_or_is_one_that_changes_something() -> None:
    names = {"", *(verb.name for verb in VERBS)}
    names |= {f"{verb.name} {inner.name}" for verb in VERBS if verb.name != "emit" for inner in verb.verbs}
    assert READING.keys() | CHANGING == names
    assert not READING.keys() & CHANGING


def test_a_coding_agents_command_line_is_a_seat_with_no_glue(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = tmp_path / "bin/claude"
    agent.parent.mkdir()
    agent.write_text(
        '#!/bin/sh\n[ "$1" = -p ] && grep -c "^# How to answer" | sed "s/^/Read, with sections: /"\n'
    )
    agent.chmod(0o755)
    monkeypatch.setenv("PATH", f"{agent.parent}{os.pathsep}{os.environ['PATH']}")
    with Rig(tmp_path / "fleet", chart_text({"dash": "run: claude -p\nwhen: when asked"})) as rig:
        rig.start()
        assert rig.outcomes("dash") == ["done"]
        assert rig.state("dash")["headline"] == "Read, with sections: 1"


@pytest.mark.parametrize("word", ["heartbeat", "swarm", "crew", "assignee", "scheduler job"])
def test_the_pages_keep_to_the_words_of_the_glossary(word: str) -> None:
    for path in (path for path in pages() if path.name != "glossary.md"):
        assert word not in path.read_text().replace("CrewAI", "").lower(), path.name


def test_the_schema_of_json_is_named_by_the_verb(tmp_path: Path) -> None:
    with Rig(tmp_path, chart_text({"dash": "when: every 2h"})) as rig:
        rig.start().stop()
    found = json.loads(fleet(tmp_path, "status", "--json").stdout)
    assert found["schema"] == "fleet.status/1" and set(found) == {"schema", "at", "revision", "data"}
    said = page("docs/files.md").split("`status --json`")[1].split("With a daemon")[0]
    for key in [*found["data"], *found["data"]["seats"][0]]:
        if key != "seats":
            assert f"`{key}`" in said, key


def test_the_bounds_of_the_example_are_those_of_its_tests() -> None:
    """Each bound that the table says of a seat is asserted in a test file that judges that seat."""
    files = sorted(path for path in (ROOT / "tests/sneeze").glob("test_*.py"))
    asserted = {path.name: set(re.findall(r"\b0\.\d\d\b", path.read_text())) for path in files}
    rows = re.findall(
        r"^\| (\w+) \| [^|]+ \| ([^|]+) \|", page("docs/sneeze-it.md").split("## How well")[1], re.MULTILINE
    )
    said = [(seat, percent) for seat, bound in rows for percent in re.findall(r"at least (\d+) %", bound)]
    assert len(said) > 15
    for seat, percent in said:
        judging = [asserted[path.name] for path in files if f"{seat}: " in path.read_text()]
        assert any(f"{int(percent) / 100:.2f}" in bounds for bounds in judging), (seat, percent)


def test_what_the_example_is_told_to_do_stands_in_its_programs() -> None:
    said = page("docs/sneeze-it.md")
    dash, pulse, dirk = (
        page(name) for name in ("seats/dash/judge.py", "seats/pulse/health.py", "seats/dirk/agent.py")
    )
    assert "OVER = 0.20" in dash and "OUTSIDE = 4.5" in dash and "LEAST_NOISE = 0.03" in dash
    assert "LEAST_LEADS = 50" in pulse and "FALL, RISE = 0.80, 1.20" in pulse and "STRETCH = 3" in pulse
    assert "UNTOUCHED_DAYS = 10" in dirk and "AT_MOST_OFFERS = 3" in dirk
    for figure in (
        "over 20 %",
        "over 4.5\ntimes",
        "under 3 %",
        "at least 50 leads",
        "over 10 days",
        "at most three",
    ):
        assert figure in said, figure
