"""The bench's own parts work, at a tiny size; no time is asserted, for machines are noisy."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench import (
    account,
    act,
    backtest,
    conflicts,
    fleets,
    flood,
    floors,
    held,
    idle,
    inside,
    many,
    measure,
    own,
    rehearse,
    reload,
    report,
    ruled,
    rules,
    turns,
    verdict,
)
from bench.__main__ import measured
from bench.facts import machine
from bench.floors import spawn
from bench.measure import Series
from bench.peers import Peers
from bench.sizes import TINY
from fleet.core.judge import judge


def test_a_ratio_is_taken_round_by_round():
    assert Series.of([2, 9, 4]).over(Series.of([1, 3, 4])).values == (2, 3, 1)
    assert Series.of([2, 9, 4]).median == 4


def test_candidates_take_turns_and_change_places():
    seen = []
    runs = {name: (lambda name=name: seen.append(name) or {"x": 1.0}) for name in "ab"}
    assert measure.interleave(3, runs)["a"]["x"].values == (1, 1, 1)
    assert "".join(seen) == "abbaab"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.0123, "0.012"), (1.5, "1.50"), (23.45, "23.4"), (999.4, "999.4"), (123456, "123,000")],
)
def test_a_number_is_written_with_the_digits_that_count(value, text):
    assert report.number(value) == text


def test_a_bar_says_whether_it_is_kept():
    assert report.Bar(8, ratio=True).text(9.0, "ms") == "≤ 8.00×: MISSED"
    assert report.Bar(100, at_least=True).text(120.0, "/s") == "≥ 100.0 /s: kept"


def test_the_page_has_a_row_for_every_line():
    part = report.Part("x", "Title", "How.", notes=["A note."])
    floor = part.add("floor", "ms", Series.of([1.0, 2.0]))
    part.add("ours", "ms", Series.of([2.0, 6.0]), report.Bar(5), beside=floor)
    page = report.markdown([part], ["two cores"], "python -m bench")
    assert "| ours | 4.00 ms | 2.00 – 6.00 | floor | 2.50× | ≤ 5.00 ms: kept |" in page
    assert "* A note." in page
    assert "ours" in report.plain([part], [])


def test_a_part_that_is_measured_again_replaces_its_own_section_only():
    page = report.markdown([report.Part("a", "A", "old"), report.Part("d", "D", "old")], ["when"], "x")
    again = report.merged(page, report.markdown([report.Part("d", "D", "new")], ["later"], "x"))
    assert again == page.replace("## d. D\n\nold", "## d. D\n\nnew")


def test_facts_name_neither_host_nor_folder(tmp_path):
    said = " ".join(machine(tmp_path))
    assert os.uname().nodename not in said
    assert str(tmp_path) not in said


def test_a_floor_starts_programs_and_adds_a_line_for_each(tmp_path):
    found = spawn(0.05, 2, str(tmp_path / "log"), 10, ["/bin/true"])
    assert (tmp_path / "log").stat().st_size == 10 * found["turns"] > 0


def test_a_floor_of_actions_adds_a_line_before_and_after_each(tmp_path):
    found = floors.act(3, 2, str(tmp_path / "log"), 10, ["date", "+%s.%N"])
    assert (tmp_path / "log").stat().st_size == 60
    assert 0 < found["started_s"] <= found["ended_s"]
    assert 0 < found["p50_s"] <= found["p99_s"] <= found["wall_s"]


def test_a_floor_reads_what_was_dropped_and_adds_a_line_for_each(tmp_path):
    for box in "ab":
        new = tmp_path / "inbox" / box / "new"
        new.mkdir(parents=True)
        for name in "xyz":
            (new / name).write_text(f"{box} {name}\n")
    floors.take(str(tmp_path / "inbox"), str(tmp_path / "log"), 4)
    said = [line.strip() for line in (tmp_path / "log").read_text().splitlines()]
    assert said == [f"{box} {name}" for box in "ab" for name in "xyz"]
    assert (tmp_path / "log").stat().st_size == 6 * floors.MESSAGE


def test_the_fleets_of_the_bench_are_valid(tmp_path):
    roots = [
        fleets.chains(tmp_path / "chains", fleets.PYTHON, at_once=2),
        fleets.table(tmp_path / "table", fleets.PRINTS),
        fleets.row(tmp_path / "row", fleets.PRINTS, "every day at 07:15, when mail arrives", size=3),
    ]
    for root in roots:
        words = [sys.executable, "-m", "fleet", "-C", str(root), "check"]
        assert subprocess.run(words, capture_output=True).returncode == 0


def test_turns_without_a_process_are_done_and_in_the_ledger(tmp_path):
    root = fleets.row(tmp_path / "row", fleets.PRINTS, "when asked", size=1)
    counted = fleets.Account(root)
    found = inside.steps(str(root), "s0", 3)
    assert set(found["wall"]) == set(inside.STEPS)
    assert fleets.only(counted.ended(), "done") == 6  # three to warm up


def test_the_whole_daemon_serves_canned_ends(tmp_path):
    root = fleets.table(tmp_path / "table", fleets.PRINTS, size=3)
    with fleets.served(root, canned=True) as daemon:
        counted = fleets.Account(root)
        assert own.through(daemon, ["s0", "s1", "s2"], 2)["wall"] > 0
        assert fleets.only(counted.ended(), "done") == 6


def test_turns_that_wake_each_other_are_counted_between_two_pauses(tmp_path):
    case = turns.Case("native", fleets.PRINTS, ("date",), 1)
    with fleets.served(fleets.chains(tmp_path / "chains", case.run)) as daemon:
        daemon.pause()
        assert turns._ours(daemon, case, TINY)["a_second"] > 0
        assert idle._window(daemon, os.getpid(), 0.05)["rss"] > 0


def test_the_ledger_is_written_verified_and_opened_again(tmp_path):
    drafts = account.drafts_of(70)
    account.write(tmp_path / "one", drafts)
    account.check(tmp_path / "one")
    assert account.reopen(tmp_path / "two", drafts) > 0


def test_the_backtest_finds_what_an_edit_changes_and_nothing_without_one(tmp_path):
    lines, actions = backtest.write(tmp_path, 60)
    assert (actions, lines > 4 * actions) == (60, True)
    then, edited = (
        backtest.ran(tmp_path, "--unchanged")["data"],
        backtest.ran(tmp_path, "edited.yaml")["data"],
    )
    assert then["exact"] == then["judged"] == 60
    assert 0 < edited["changed"] < 60


def test_the_questions_of_the_bench_are_answered_alike_however_long_the_table_is():
    asked = conflicts.questions(40)
    few, many = ([judge(case).ruling for case in conflicts.cases(count, asked)] for count in (10, 100))
    assert few == many
    assert set(few) == {"allow", "hold", "refuse"}


def test_verdicts_are_timed_with_and_without_files(tmp_path):
    assert verdict.pure(conflicts.cases(10, conflicts.questions(4)), 8)["us"] > 0
    with verdict.published(tmp_path / "fleet", 10) as fleet:
        assert verdict.seen(fleet, 8)["us"] > 0


def test_offers_are_acted_on_and_timed(tmp_path):
    case = act.cases(tmp_path / "tick.py", TINY)[2]
    with fleets.served(act.write(tmp_path / "acts", case)) as daemon:
        found = act.offer(daemon, case, 1)
        assert 0 < found["started"] <= found["ended"]


def test_actions_are_held_and_go_when_the_claim_clears(tmp_path):
    root = held.write(tmp_path / "held", 2, 5)
    with fleets.served(root, watched=True) as daemon:
        for _ in range(2):  # a second round is as the first
            assert held.clear(daemon, 2, 10)["wall"] > 0


def test_seats_that_wake_together_are_rehearsed_and_counted(tmp_path):
    assert rehearse.turns(rehearse.together(tmp_path / "eight", fleets.PRINTS), 0.1)["a_second"] > 0


def test_days_that_are_rehearsed_leave_a_ledger_that_holds(tmp_path):
    found = rehearse.year(tmp_path / "year", 2)
    assert found["verified"]
    assert found["turns"] == {"done": 19}  # six first ones, six on Thursday, six on Friday; mail at midnight
    assert (found["messages"], found["actions"]) == (3, 9)


@pytest.mark.parametrize("module", [reload, many, flood], ids=lambda module: module.__name__)
def test_a_part_about_a_big_fleet_measures_a_small_one(tmp_path, module):
    part = module.measure(tmp_path / "x", TINY)
    assert part.lines and not part.notes
    assert all(value >= 0 for line in part.lines for value in line.series.values)


def test_a_saved_edit_changes_one_seat_in_the_way_that_is_meant(tmp_path):
    root = fleets.row(tmp_path / "row", fleets.PRINTS, "when asked", size=3)
    before = (root / "fleet.yaml").read_text().splitlines()
    for kind, changed in (("tightens", "owns: [s1, work "), ("loosens", "run: date +1")):
        reload.save(root, kind, 1)
        after = (root / "fleet.yaml").read_text().splitlines()
        (line,) = (line for line in after if line not in before)
        assert line.startswith("  s1:") and changed in line
        before = after
    reload.save(root, "moves", 1)
    assert (root / "fleet.yaml").read_text().splitlines()[1:] == before


def test_a_part_that_cannot_be_measured_says_why_and_holds_up_none(tmp_path, monkeypatch):
    def fails(*args):
        raise RuntimeError("no disk")

    monkeypatch.setattr(account, "measure", fails)
    (part,) = measured(tmp_path, TINY, "h", peers=False)
    assert part.notes == ["This part could not be measured: no disk"]


def test_without_an_index_the_peers_are_left_out_and_it_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    peers = Peers(tmp_path / "venv")
    assert peers.why.startswith("the peers could not be installed (")


def test_the_command_prints_the_table_and_writes_every_value(tmp_path):
    raw = tmp_path / "raw.json"
    words = ["--size", "tiny", "--only", "h", "--no-peers", "--dir", str(tmp_path), "--json", str(raw)]
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-m", "bench", *words], capture_output=True, text=True, cwd=root)
    assert done.returncode == 0, done.stderr
    assert "ledger, written" in done.stdout
    assert json.loads(raw.read_text())[0]["lines"]


def test_verdicts_by_rules_are_timed_over_tables_that_answer_both_ways() -> None:
    asked = conflicts.questions(40)
    cases = ruled.cases(100, asked)
    assert {judge(case).ruling for case in cases} == {"allow", "refuse"}
    assert {judge(case).rule for case in cases} & {f"r{n}" for n in range(100)}
    assert verdict.pure(cases, 8)["us"] > 0
    assert rules.first(cases)["us"] > 0
