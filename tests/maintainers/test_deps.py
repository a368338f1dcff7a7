"""The Dependency Watcher: declared against installed, and what nobody was asked is not known."""

from __future__ import annotations

import json
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from maintainers.checkout import EXAMPLE, Checkout, Desk, kinds

PYPROJECT = """\
[project]
name = "thing"
dependencies = ["Here_Is>=1,<2", "absent>=2", "old~=1.4.2", 'other; sys_platform == "win32"', "free"]
[project.optional-dependencies]
docs = ["sphinx>=7"]
[dependency-groups]
tests = ["pytest", {include-group = "lint"}]
lint = ["ruff==0.1", {include-group = "tests"}]
"""
ENVIRONMENT = {
    "os_name": "posix",
    "sys_platform": "linux",
    "platform_machine": "x86_64",
    "platform_release": "6.1-x",
    "platform_python_implementation": "CPython",
    "platform_system": "Linux",
    "platform_version": "#1",
    "python_version": "3.11",
    "python_full_version": "3.11.7",
    "implementation_name": "cpython",
    "implementation_version": "3.11.7",
}
PACKAGES = {"here-is": "1.5", "old": "1.3.9", "free": "3", "pip": "24.0"}


def interpreter(
    folder: Path,
    packages: dict[str, str],
    *,
    requires: dict[str, list[str]] | None = None,
    pip: str = "exit 1",
) -> str:
    """Make a program that answers as an interpreter with these packages would; `pip` is what its pip does, in sh."""
    listed = [{"name": n, "version": v, "requires": (requires or {}).get(n, [])} for n, v in packages.items()]
    folder.mkdir(exist_ok=True)
    (folder / "answer.json").write_text(json.dumps({"distributions": listed, "environment": ENVIRONMENT}))
    program = folder / "python"
    program.write_text(f'#!/bin/sh\n[ "$1" = -B ] && exec cat {folder}/answer.json\n{pip}\n')
    program.chmod(0o755)
    return str(program)


@pytest.fixture
def declared(project: Checkout, desk: Desk, tmp_path: Path) -> Desk:
    """A project that declares more than is installed."""
    project.commit("begin", files={"pyproject.toml": PYPROJECT})
    desk.set(python=interpreter(tmp_path / "env", PACKAGES))
    return desk


def test_missing_and_contradicting_packages_are_named_with_what_requires_them(declared: Desk) -> None:
    result = declared.result("deps")
    assert kinds(result) == [
        ("missing", "package:absent"),
        ("conflict", "package:old"),
        ("not-known", "source:advisories"),
    ]
    assert result["items"][0]["because"] == "pyproject.toml requires absent>=2, and it is not installed"
    assert result["items"][1]["because"] == "pyproject.toml requires old~=1.4.2, and 1.3.9 is installed"
    assert result["headline"].startswith("1 missing (absent); 1 in conflict (old); vulnerabilities not known")


def test_what_is_not_known_has_no_value_on_the_scorecard(declared: Desk) -> None:
    result = declared.result("deps")
    assert result["scorecard"] == {"unmet_requirements": 2}
    assert (
        "Vulnerabilities: not known: project.conf names no advisories and says index = no." in result["body"]
    )
    assert "Newer versions: not known: project.conf says index = no." in result["body"]


def test_groups_are_judged_only_where_they_are_named(declared: Desk) -> None:
    assert "package:sphinx" not in str(declared.result("deps")["items"])
    declared.set(groups="docs tests nosuch")
    result = declared.result("deps")
    assert {about for kind, about in kinds(result) if kind == "missing"} == {
        *("package:absent", "package:sphinx", "package:pytest", "package:ruff")
    }
    assert "groups that the project does not declare: nosuch" in result["body"]


def test_what_installed_packages_require_of_each_other_is_a_conflict(
    project: Checkout, desk: Desk, tmp_path: Path
) -> None:
    requires = {"a": ["b>=2", "c; extra == 'more'", "d; python_version < '3'", "!!broken"]}
    project.commit("begin", files={"setup.cfg": "[options]\ninstall_requires =\n  a\n  # a remark\n  b\n"})
    desk.set(python=interpreter(tmp_path / "env", {"a": "1", "b": "1"}, requires=requires))
    result = desk.result("deps")
    assert kinds(result)[:1] == [("conflict", "package:b")]
    assert result["items"][0]["because"] == "a 1 requires b>=2, and 1 is installed"
    assert len(result["items"]) == 2
    assert "begins with no name" in result["body"]


def test_requirements_files_are_read_line_by_line(project: Checkout, desk: Desk, tmp_path: Path) -> None:
    lines = "one==1.0 \\\n  --hash=sha256:aa\n-r other.txt\ntwo[x]>=1  # why\nhttps://example.com/a.whl\n\n./here\n"
    project.commit(
        "begin", files={"requirements.txt": lines, "requirements/dev.txt": b"three\n\xff\xfe broken\n"}
    )
    desk.set(python=interpreter(tmp_path / "env", {"one": "1.0.0"}))
    result = desk.result("deps")
    assert kinds(result)[:1] == [("missing", "package:two")]
    assert "https://example.com/a.whl is no named requirement" in result["body"]
    assert "- core: 1 of 2 installed, 1 pinned" in result["body"]
    assert "- requirements-dev: 0 of 1 installed, 0 pinned, any version of three" in result["body"]


@pytest.mark.parametrize("text", ["[project", "[project]\ndependencies = 4\n", "project = 3\n", ""])
def test_a_broken_pyproject_leaves_a_note_and_no_crash(
    project: Checkout, desk: Desk, text: str, tmp_path: Path
) -> None:
    project.commit("begin", files={"pyproject.toml": text})
    desk.set(python=interpreter(tmp_path / "env", {}))
    result = desk.result("deps")
    assert result["headline"].startswith("No dependency is declared")
    assert ("cannot be read" in result["body"]) == (text == "[project")


def test_newer_versions_are_known_only_if_the_index_answers(declared: Desk, tmp_path: Path) -> None:
    listed = '[{"name": "old", "version": "1.3.9", "latest_version": "1.4.8"}, {"name": "pip", "latest_version": "99"}]'
    pip = f"""case "$3" in index) exit 0 ;; list) echo '{listed}' ;; esac"""
    declared.set(index="yes", python=interpreter(tmp_path / "env", PACKAGES, pip=pip))
    result = declared.result("deps")
    assert ("outdated", "package:old") in kinds(result)
    assert "package:pip" not in str(result["items"])  # it is there, but the project does not ask for it
    assert result["scorecard"]["outdated"] == 1


def test_an_index_that_knows_nothing_makes_nothing_up_to_date(declared: Desk, tmp_path: Path) -> None:
    pip = "case $3 in index) exit 1 ;; list) echo '[]' ;; esac"
    declared.set(index="yes", python=interpreter(tmp_path / "env", PACKAGES, pip=pip))
    result = declared.result("deps")
    assert "outdated" not in result["scorecard"]
    assert "so it was probably not reached" in result["body"]
    assert "pip-audit is not installed there" in result["body"]


def test_pip_audit_is_asked_where_it_is_installed(declared: Desk, tmp_path: Path) -> None:
    found = {"dependencies": [{"name": "old", "version": "1.3.9", "vulns": [
        {"id": "PYSEC-1", "fix_versions": ["1.4"], "description": "bad"}]}]}  # fmt: skip
    pip = f"""[ "$2" = pip_audit ] && {{ echo '{json.dumps(found)}'; exit 1; }}; exit 1"""
    python = interpreter(tmp_path / "env", {**PACKAGES, "pip-audit": "2"}, pip=pip)
    declared.set(index="yes", python=python)
    result = declared.result("deps")
    assert kinds(result)[0] == ("vulnerable", "package:old")
    assert result["items"][0]["because"] == "PYSEC-1: bad; mended in 1.4"
    assert result["scorecard"]["vulnerable"] == 1
    declared.set(
        python=interpreter(tmp_path / "env", {**PACKAGES, "pip-audit": "2"}, pip="echo offline >&2; exit 1")
    )
    result = declared.result("deps")
    assert "vulnerable" not in result["scorecard"]
    assert "pip-audit gave no answer: offline" in result["body"]


def advisory(number: int, events: list[dict[str, str]], **more: object) -> dict[str, object]:
    """Return an advisory in OSV's form about the package `old`."""
    affected = {
        "package": {"ecosystem": "PyPI", "name": "Old"},
        "ranges": [{"type": "ECOSYSTEM", "events": events}],
    }
    return {"id": f"PYSEC-{number}", "summary": "it leaks", "affected": [affected], **more}


def test_local_advisories_need_no_network(declared: Desk) -> None:
    folder = declared.root / "advisories"
    folder.mkdir()
    entries = [
        advisory(1, [{"introduced": "0"}, {"fixed": "1.4"}]),
        advisory(2, [{"introduced": "0"}, {"fixed": "1.3.9"}]),
        advisory(3, [{"introduced": "1.4"}]),
        advisory(4, [{"introduced": "0"}, {"last_affected": "1.3.9"}]),
        advisory(5, [{"introduced": "0"}], withdrawn="2026-01-01T00:00:00Z"),
    ]
    for entry in entries:
        (folder / f"{entry['id']}.json").write_text(json.dumps(entry))
    (folder / "broken.json").write_text("{")
    declared.set(advisories="advisories")
    result = declared.result("deps")
    assert [item["with"]["advisory"] for item in result["items"] if item["kind"] == "vulnerable"] == [
        "PYSEC-1",
        "PYSEC-4",
    ]
    assert result["scorecard"]["vulnerable"] == 1
    assert (
        "5 advisories were read." in result["body"]
        and "1 files of advisories could not be read." in result["body"]
    )


def test_no_advisory_at_all_is_trouble_and_not_safety(declared: Desk) -> None:
    declared.set(advisories="nowhere")
    assert "there is no such folder" in declared.start("deps").err
    (declared.root / "nowhere").mkdir()
    assert "no advisory could be read there" in declared.start("deps").err


def test_an_interpreter_that_gives_no_answer_is_trouble(declared: Desk, tmp_path: Path) -> None:
    declared.set(python="/no/such/python")
    assert (
        declared.start("deps").err
        == "deps: project.conf: python = /no/such/python: there is no such program\n"
    )
    silent = tmp_path / "silent"
    silent.write_text("#!/bin/sh\necho no >&2; exit 3\n")
    silent.chmod(0o755)
    declared.set(python=str(silent))
    assert "cannot tell what is installed: no" in declared.start("deps").err


def test_a_real_interpreter_answers(project: Checkout, desk: Desk) -> None:
    project.commit(
        "begin",
        files={"pyproject.toml": '[project]\nname = "x"\ndependencies = ["pytest>=1", "nosuch-thing"]\n'},
    )
    assert kinds(desk.result("deps"))[0] == ("missing", "package:nosuch-thing")


@pytest.fixture(scope="module")
def versions() -> object:
    """The module that compares versions, as the agent imports it."""
    sys.path.insert(0, str(EXAMPLE / "seats/deps"))
    try:
        import versions
    finally:
        sys.path.pop(0)
    return versions


ASCENDING = (
    *("1.0.dev1", "1.0a1.dev2", "1.0a1", "1.0a2", "1.0b1", "1.0rc1", "1.0", "1.0+local.1"),
    *("1.0.post1.dev1", "1.0.post1", "1.0.1", "1.10", "1!0.1"),
)


def test_versions_are_ordered_as_they_should_be(versions: object) -> None:
    made = [versions.Version(text) for text in ASCENDING]  # type: ignore[attr-defined]
    assert all(early < late for early, late in pairwise(made))
    assert versions.Version("v1.0-RC_1") == versions.Version("1rc1")  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("bounds", "version", "is_in"),
    [
        ("", "1", True),
        (">=1,<2", "1.5", True),
        ("<2", "2.0rc1", False),
        ("<2.0rc2", "2.0rc1", True),
        (">1", "1.post1", False),
        (">1", "1.0.1", True),
        ("==1.4.*", "1.4.9", True),
        ("==1.4.*", "1.40", False),
        ("!=1.4.*", "1.5", True),
        ("~=1.4.2", "1.4.9", True),
        ("~=1.4.2", "1.5", False),
        ("~=1.4", "1.9", True),
        ("==1.0", "1.0+cpu", True),
        ("==1.0+cpu", "1.0", False),
        ("===1.0", "1.0.0", False),
        ("(>=1)", "2", True),
    ],
)
def test_ranges_hold_what_they_should(versions: object, bounds: str, version: str, is_in: bool) -> None:
    assert versions.holds(bounds, versions.Version(version)) is is_in  # type: ignore[attr-defined]
