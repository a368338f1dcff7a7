"""The Test Watcher: what fails, what is new, what is flaky, and what proves nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from maintainers.checkout import NOW, QUICK, RUNNER, Checkout, Desk, kinds, read

CASES = "a passed\nb passed\nc skipped\n"


@pytest.fixture
def quick(project: Checkout, desk: Desk) -> Desk:
    """A project whose test command says what cases.txt says, and its desk."""
    project.commit("begin", files={"run.py": RUNNER, "cases.txt": CASES})
    desk.set(**QUICK)
    return desk


def lines_of(desk: Desk) -> list[dict[str, object]]:
    """Return the runs that the seat remembers."""
    return list(json.loads((desk.root / "seats/tests/work/runs.json").read_text())["runs"])


def test_a_green_commit_is_green_and_claims_nothing(quick: Desk, project: Checkout) -> None:
    result = quick.result("tests")
    short = project.head()[:10]
    assert result["headline"] == f"All 2 tests pass on main at {short}, 1 skipped"
    assert kinds(result) == [("green", f"commit:{short}")]
    assert (result["claims"], result["scorecard"]) == ([], {"tests_failing": 0, "suite_green": 1})
    assert result["messages"] == []
    assert result["as_of"] == NOW.isoformat()


def test_a_failing_test_is_named_and_the_branch_is_claimed(quick: Desk, project: Checkout) -> None:
    quick.result("tests")
    commit = project.commit(
        "break b", files={"cases.txt": "a passed\nb failure wrong at 0x7f00aa12\nc skipped\n"}
    )
    result = quick.result("tests")
    assert result["headline"] == f"1 test of 3 fails on main at {commit[:10]}: suite::b"
    assert [item["kind"] for item in result["items"]] == ["failing", "newly-failing"]
    assert result["items"][1]["because"] == "wrong at 0x..."
    assert result["items"][1]["with"] == {"test": "suite::b", "since": commit[:10]}
    assert [claim["about"] for claim in result["claims"]] == ["branch:main"]
    assert result["scorecard"] == {"tests_failing": 1}
    assert [(m["to"], m["subject"], m["with"]["failing"]) for m in result["messages"]] == [
        ("chief", "main is broken", 1),
        ("notes", "main is broken", 1),
    ]


def test_one_commit_is_run_once_and_confirmed_with_the_same_words(quick: Desk) -> None:
    first = quick.result("tests")
    later = quick.result("tests", now=NOW + timedelta(hours=1), reads={"tests": read(first)})
    assert len(lines_of(quick)) == 1
    assert later["as_of"] > first["as_of"]
    assert {**later, "as_of": ""} == {**first, "as_of": ""}


def test_a_persons_wake_runs_it_again(quick: Desk) -> None:
    quick.result("tests")
    quick.result("tests", now=NOW + timedelta(hours=1), woken_by=["woken by maintainer"])
    assert [run["at"] for run in lines_of(quick)] == [NOW.isoformat(), (NOW + timedelta(hours=1)).isoformat()]


def test_another_command_or_surrounding_is_another_run(quick: Desk) -> None:
    quick.result("tests")
    quick.set(test_env="MODE=slow")
    quick.result("tests", now=NOW + timedelta(hours=1))
    assert len(lines_of(quick)) == 2


def test_what_is_mended_and_what_is_gone_are_told_apart(quick: Desk, project: Checkout) -> None:
    project.commit("break", files={"cases.txt": "a failure x\nb error y\n"})
    broken = quick.result("tests")
    project.commit("mend a, drop b", files={"cases.txt": "a passed\nd passed\n"})
    result = quick.result("tests", reads={"tests": read(broken)})
    assert [item["kind"] for item in result["items"]] == ["green", "mended", "gone"]
    assert result["claims"] == []
    assert [m["subject"] for m in result["messages"]] == ["main is mended", "main is mended"]


def test_since_names_the_first_commit_that_failed(quick: Desk, project: Checkout) -> None:
    quick.result("tests")
    first = project.commit("break", files={"cases.txt": "a failure x\n"})
    quick.result("tests")
    project.commit("more", files={"cases.txt": "a failure x\nb passed\n"})
    result = quick.result("tests")
    assert result["items"][1]["kind"] == "failing"
    assert result["items"][1]["with"]["since"] == first[:10]


def test_a_state_that_was_published_is_not_told_again(quick: Desk, project: Checkout) -> None:
    project.commit("break", files={"cases.txt": "a failure x\n"})
    broken = quick.result("tests")
    project.commit("something else", files={"other.txt": "1"})
    assert quick.result("tests", reads={"tests": read(broken)})["messages"] == []
    project.commit("break more", files={"cases.txt": "a failure x\nb failure y\n"})
    assert len(quick.result("tests", reads={"tests": read(broken)})["messages"]) == 2


def test_what_fails_only_once_is_flaky_and_the_branch_is_still_claimed(
    project: Checkout, desk: Desk, tmp_path: Path
) -> None:
    mark = tmp_path / "ran"
    once = f"import pathlib\nmark = pathlib.Path({str(mark)!r})\nbad = not mark.exists()\nmark.touch()\n"
    once += "pathlib.Path('cases.txt').write_text('a failure x' if bad else 'a passed')\n" + RUNNER
    project.commit("flaky", files={"run.py": once, "cases.txt": "a passed"})
    desk.set(**QUICK)
    result = desk.result("tests")
    assert [item["kind"] for item in result["items"]] == ["failing", "flaky"]
    assert "fail now and then" in result["headline"]
    assert result["claims"] and "suite_green" not in result["scorecard"]


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("no-such-program", "cannot be started: no-such-program: No such file or directory"),
        ("{python} -c 'raise SystemExit(0)'", "exited with 0, and no report was written"),
        ("{python} -c 'raise SystemExit(3)'", "exited with 3, and no report was written"),
        (
            "{python} -c 'import os;os.kill(os.getpid(),9)'",
            "was killed by SIGKILL, and no report was written",
        ),
        ('{python} -c \'open("report.xml","w").write("<a")\'', "the report is no XML"),
        ('{python} -c \'open("report.xml","w").write("<html/>")\'', "no JUnit XML: it begins with <html>"),
        ('{python} -c \'open("report.xml","w").write("<testsuite/>")\'', "the report names no test"),
    ],
)
def test_what_proves_nothing_is_never_green(quick: Desk, command: str, says: str) -> None:
    quick.set(test_command=command)
    result = quick.result("tests")
    assert says in result["headline"]
    assert [item["kind"] for item in result["items"]] == ["not-proven"]
    assert [claim["about"] for claim in result["claims"]] == ["branch:main"]
    assert "scorecard" not in result


def test_an_exit_that_no_failing_test_explains_is_not_green(quick: Desk, project: Checkout) -> None:
    project.commit("threshold", files={"run.py": RUNNER.replace("sys.exit(", "sys.exit(2 or ")})
    result = quick.result("tests")
    assert "exited with 2, though no test failed" in result["headline"]
    assert "scorecard" not in result


def test_a_command_that_hangs_is_ended_with_all_it_started(quick: Desk, tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    hang = f"import os,subprocess;p=subprocess.Popen(['sleep','600']);open('{pid}','w').write(str(p.pid));p.wait()"
    quick.set(test_command=f'{{python}} -c "{hang}"', test_limit="1s")
    result = quick.result("tests")
    assert "did not end in its time" in result["headline"]
    status = Path(f"/proc/{pid.read_text()}/status")
    assert not status.exists() or "State:\tZ" in status.read_text()
    assert len(lines_of(quick)) == 1
    quick.result("tests", now=NOW + timedelta(hours=1))  # and it is not hung on again at every wake
    assert len(lines_of(quick)) == 1


def test_the_report_of_a_command_that_was_ended_counts_for_nothing(quick: Desk) -> None:
    half = "open('report.xml', 'w').write('<testsuite><testcase><failure/></testcase></testsuite>')"
    quick.set(test_command=f'{{python}} -c "import time;{half};time.sleep(600)"', test_limit="1s")
    result = quick.result("tests")
    assert "did not end in its time" in result["headline"]
    assert "scorecard" not in result


def test_pytest_itself_is_run_and_the_checkout_stays_as_it_was(project: Checkout, desk: Desk) -> None:
    test = "from thing import one\ndef test_one():\n    assert one() == 1\n"
    test += "def test_two():\n    assert one() == 2, 'not two'\n"
    commit = project.commit(
        "begin",
        files={"src/thing.py": "def one():\n    return 1\n", "test_it.py": test, ".gitignore": "*.log\n"},
    )
    project.write({"src/thing.py": "raise RuntimeError('half an edit')\n", "x.log": "mine"})
    before = project.git("status", "--porcelain", "--ignored"), sorted(map(str, project.root.rglob("*")))
    desk.set(test_command="{python} -m pytest -q -p no:cacheprovider")
    result = desk.result("tests")
    assert result["headline"] == f"1 test of 2 fails on main at {commit[:10]}: test_it::test_two"
    assert "not two" in result["items"][1]["because"]
    after = project.git("status", "--porcelain", "--ignored"), sorted(map(str, project.root.rglob("*")))
    assert after == before
    assert not (desk.root / "seats/tests/work/copy").exists()


def test_a_pytest_that_breaks_down_is_not_a_failing_test(project: Checkout, desk: Desk) -> None:
    conftest = "def pytest_collection_modifyitems():\n    raise RuntimeError('boom')\n"
    project.commit("begin", files={"conftest.py": conftest, "test_a.py": "def test_a():\n    pass\n"})
    result = desk.result("tests")
    assert "broke down: RuntimeError: boom" in result["headline"]
    assert result["items"][0]["kind"] == "not-proven"


def test_setup_runs_first_and_its_failure_proves_nothing(quick: Desk) -> None:
    quick.set(test_setup="{python} -c \"open('cases.txt','a').write('made passed')\"")
    assert quick.result("tests")["headline"].startswith("All 3 tests pass")
    quick.set(test_setup="{python} -c 'raise SystemExit(4)'")
    assert "test_setup exited with 4" in quick.result("tests")["headline"]


def test_no_test_command_claims_nothing_and_calls_nothing_green(quick: Desk) -> None:
    quick.set(test_command="none")
    result = quick.result("tests")
    assert [item["kind"] for item in result["items"]] == ["not-run"]
    assert result["claims"] == [] and "scorecard" not in result


def test_the_branch_that_is_looked_after_is_run_not_the_one_checked_out(
    quick: Desk, project: Checkout
) -> None:
    main = project.head()
    project.git("checkout", "--quiet", "-b", "work")
    project.commit("half done", files={"cases.txt": "a failure x\n"})
    assert main[:10] in quick.result("tests")["headline"]
    quick.set(branch="work")
    assert "on work at" in quick.result("tests")["headline"]


def test_a_detached_head_is_claimed_as_a_commit(tmp_path: Path, desk_at: Callable[..., Desk]) -> None:
    project = Checkout(tmp_path / "other", branch="odd/name")
    commit = project.commit("begin", files={"run.py": RUNNER, "cases.txt": "a failure x\n"})
    desk = desk_at(project.root, **QUICK)
    assert desk.result("tests")["claims"][0]["about"].startswith("branch:odd-name.")
    project.git("checkout", "--quiet", "--detach")
    project.git("branch", "-D", "odd/name")
    result = desk.result("tests")
    assert result["claims"][0]["about"] == f"commit:{commit[:10]}"
    assert "detached" in result["body"]


def test_a_memory_that_is_broken_is_no_memory(quick: Desk) -> None:
    quick.result("tests")
    (quick.root / "seats/tests/work/runs.json").write_text('{"runs": [{"sha": 1}, 4]}')
    assert quick.result("tests")["headline"].startswith("All 2 tests pass")


def test_a_shallow_checkout_is_run_and_said_to_be_shallow(
    quick: Desk, project: Checkout, tmp_path: Path
) -> None:
    project.commit("second")
    project.git("clone", "--quiet", "--depth=1", f"file://{project.root}", str(tmp_path / "shallow"))
    quick.set(checkout=str(tmp_path / "shallow"))
    result = quick.result("tests")
    assert result["headline"].startswith("All 2 tests pass")
    assert "shallow" in result["body"]
