"""Running the project's own test command: in a copy of one commit, within its time, with its own interpreter."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from time import monotonic
from typing import Any

from git import GitTrouble
from junit import Test, Unreadable, read_report
from project import CONF, Head, Project
from turn import Trouble, clean

COPY = Path("work/copy")
OUTPUT = "output.txt"
INTERNAL = "pytest::internal"
REPORT = "fleet-junit.xml"
KEPT_LINES = 40  # of what the command printed, for the log
GRACE_S = 5.0
AGAIN_SHARE = 3  # failing tests are tried again if the first run took under a third of the time there is
NOT_INSTALLED = "No module named pytest"


@dataclass(frozen=True)
class Run:
    """What came of one run. `fault` says why it proves nothing; then `tests` may be empty."""

    tests: dict[str, Test]
    fault: str
    took_s: float

    @property
    def bad(self) -> dict[str, Test]:
        """The tests that failed or broke."""
        return {name: test for name, test in self.tests.items() if test.outcome in ("failed", "error")}


@dataclass(frozen=True)
class Order:
    """What is run, and in which surroundings."""

    command: list[str]
    setup: list[str]
    report: str
    environment: dict[str, str]
    limit_s: float
    imports: list[str]
    python: str


def order_of(project: Project, left: timedelta) -> Order:
    """Read from project.conf what to run; raises Trouble where it cannot be read."""
    python = project.python()
    report = project.settings["test_report"]
    command = split(project, "test_command", python)
    if not report and any("pytest" in word for word in command):
        # Without these pytest may take a folder above the copy for the project's, and its conftest.py too.
        command += [f"--junitxml={REPORT}", "--rootdir=.", "--confcutdir=."]
    limit = min(project.span("test_limit"), max(timedelta(seconds=10), left - timedelta(seconds=60)))
    environment = {key: os.environ[key] for key in ("HOME", "LANG", "TZ") if key in os.environ}
    environment["PATH"] = f"{Path(python).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    for pair in shlex.split(project.settings["test_env"]):
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise Trouble(f"{CONF}: test_env takes NAME=VALUE pairs, not {pair!r}")
        environment[key] = value
    setup = split(project, "test_setup", python)
    imports = project.words("import_from")
    return Order(command, setup, report or REPORT, environment, limit.total_seconds(), imports, python)


def split(project: Project, key: str, python: str) -> list[str]:
    """Return a command as words; {python} is the project's interpreter."""
    try:
        words = shlex.split(project.settings[key])
    except ValueError as error:
        raise Trouble(f"{CONF}: {key} cannot be split into words: {error}") from error
    return [word.replace("{python}", python) for word in words]


def print_of(order: Order) -> str:
    """Return a mark that changes with the command, its surroundings, and what is installed."""
    told = [
        order.command,
        order.setup,
        order.imports,
        sorted(order.environment.items()),
        installed(order.python),
    ]
    return sha256(repr(told).encode()).hexdigest()[:16]


def installed(python: str) -> str:
    """Return names and versions of what the interpreter can import; its complaint if it does not start."""
    ask = "import importlib.metadata as m;print(sorted({(d.name or '',d.version or '') for d in m.distributions()}))"
    try:
        done = subprocess.run(
            [python, "-c", ask], capture_output=True, timeout=60, env={"PYTHONDONTWRITEBYTECODE": "1"}
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"does not start: {error.__class__.__name__}"
    return done.stdout.decode("utf-8", "replace")


def run_suite(project: Project, head: Head, order: Order) -> tuple[Run, Run | None]:
    """Run the command in a fresh copy of the commit, and once more if tests fail and there is time."""
    ends = monotonic() + order.limit_s
    try:
        copy_out(project, head)
        surroundings = with_imports(order)
        if order.setup and (fault := quiet(order.setup, surroundings, ends)):
            return Run({}, f"test_setup {fault}", 0.0), None
        first = once(order, surroundings, ends)
        again = first.bad and not first.fault and first.took_s * AGAIN_SHARE < order.limit_s
        return first, once(order, surroundings, ends) if again else None
    finally:
        clear(COPY)


def copy_out(project: Project, head: Head) -> None:
    """Make work/copy a checkout of the commit that shares its objects and touches nothing of the maintainer's."""
    clear(COPY)
    COPY.parent.mkdir(parents=True, exist_ok=True)
    try:
        top, copy = str(project.top), str(COPY.resolve())
        project.git.ask("clone", "--quiet", "--shared", "--no-checkout", "--template=", "--", top, copy)
        project.git.ask("-C", copy, "checkout", "--quiet", "--detach", head.sha)
    except GitTrouble as error:
        raise Trouble(f"no copy of {head.short} could be made: {error}") from error


def clear(folder: Path) -> None:
    """Remove a folder, also where a test left it unwritable."""

    def again(remove: Callable[..., Any], path: str, _: object) -> None:
        for one in (Path(path).parent, Path(path)):
            if one.exists() and not one.is_symlink():
                one.chmod(stat.S_IRWXU)
        remove(path)

    if folder.exists():
        shutil.rmtree(folder, onerror=again)


def with_imports(order: Order) -> dict[str, str]:
    """Return the surroundings in which the copy is imported before an installed project is."""
    folders = order.imports or [*(["src"] if (COPY / "src").is_dir() else []), "."]
    paths = [str((COPY / folder).resolve()) for folder in folders]
    given = order.environment.get("PYTHONPATH")
    return {**order.environment, "PYTHONPATH": os.pathsep.join([*paths, *([given] if given else [])])}


def once(order: Order, surroundings: dict[str, str], ends: float) -> Run:
    """Run the command once and read its report."""
    report = COPY / order.report
    report.unlink(missing_ok=True)
    began = monotonic()
    fault = quiet(order.command, surroundings, ends)
    took = monotonic() - began
    if fault.startswith("did not end"):  # a report of an earlier part must not pass for the whole
        return Run({}, f"the test command {fault}", took)
    try:
        tests = read_report(report)
    except Unreadable as error:
        return Run({}, f"the test command {fault or 'exited with 0'}, and {error}", took)
    if tests.pop(INTERNAL, None):  # pytest writes its own breakdown down as if it were a test
        return Run({}, f"the test command broke down: {broken_why()}", took)
    run = Run(tests, "", took)
    if fault and not run.bad:
        why = "found no test" if not tests else "no test failed"
        return Run(tests, f"the test command {fault}, though {why}" if tests else f"it {why} ({fault})", took)
    return run if tests else Run({}, "the report names no test", took)


def broken_why() -> str:
    """Return the last line of what pytest said of its own breakdown."""
    said = [line for line in last_lines(COPY.parent / OUTPUT) if line.startswith("INTERNALERROR>")]
    last = said[-1].removeprefix("INTERNALERROR>").replace(f"{COPY.resolve()}{os.sep}", "") if said else ""
    return clean(last, 160) or "it gave no reason"


def quiet(command: list[str], surroundings: dict[str, str], ends: float) -> str:
    """Run a command in the copy with nothing on stdin; return what went wrong, "" if nothing did."""
    log = COPY.parent / OUTPUT
    try:
        with log.open("wb") as out:
            child = subprocess.Popen(
                command,
                cwd=COPY,
                env=surroundings,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            code = wait(child, ends)
    except OSError as error:
        return f"cannot be started: {command[0]}: {error.strerror or error}"
    tail = last_lines(log)
    print("\n".join(tail), file=sys.stderr)
    if code is None:
        return "did not end in its time and was ended"
    if code < 0:
        return f"was killed by {signal.Signals(-code).name}"
    missing = next((line for line in tail if line.endswith(NOT_INSTALLED)), "")
    return f"exited with {code}" + (f" ({clean(missing)})" if missing else "") if code else ""


def wait(child: subprocess.Popen[bytes], ends: float) -> int | None:
    """Wait for the end of a command; past its time end its whole group and return None."""
    try:
        return child.wait(timeout=max(1.0, ends - monotonic()))
    except subprocess.TimeoutExpired:
        return None
    finally:
        for sign in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(child.pid, sign)
                child.wait(timeout=GRACE_S)
            except (ProcessLookupError, PermissionError):
                break
            except subprocess.TimeoutExpired:
                continue


def last_lines(path: Path) -> list[str]:
    """Return the end of what the command printed."""
    with path.open("rb") as out:
        out.seek(max(0, path.stat().st_size - 16384))
        return out.read().decode("utf-8", "replace").splitlines()[-KEPT_LINES:]
