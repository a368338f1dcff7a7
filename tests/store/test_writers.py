"""Who writes to the disk, by the source: `store.files`, and the few others that write what no reader waits for."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "src/fleet"

WRITERS = {
    # A fleet's files, all but these; descriptors that it opened, and the one-step rename of it.
    "store.files": "everything under a fleet's folder",
    "store.handle": "the bytes that are appended, and what is cut off again",
    "store.rename": "a rename that overwrites nothing",
    # A copy, of which nobody reads before it is whole.
    "store.copying": "a rehearsal's copy of a folder",
    "runtime.rehearse": "the folder for that copy",
    # Inside of that copy: what people and the world do to its files.
    "runtime.steps": "a script's `drop` and `edit`: beside it, then renamed, as an editor saves",
    "runtime.apart": "in what a rehearsed program said and emitted, the copy's path by its name",
    "runtime.drive": ".fleet/clock: one write, always as long; by rename each jump would wait for the disk",
    "edge.world": ".fleet/serve-1.log, which only a person reads",
    # What belongs to a holder or the daemon, and is truth to nobody.
    "edge.process": "what a program says, as it says it",
    "edge.links": "a copy in the place of a second name, in what is a holder's own",
    "edge.bounds": "the kernel's own groups of processes (cgroup), which are no files",
    "edge.sandbox": "a filter for bubblewrap, in memory",
    "edge.socket": ".fleet/sock, which is no file",
    "cli.emit": "whole lines at the end of emit.jsonl, from inside a turn",
    "cli.up": ".fleet/daemon.log",
    # Outside of any fleet that runs.
    "cli.init": "a fleet that is not there yet; never over a file",
    "cli.shells": "the completion, in the user's own folders",
    "cli.payload": "a payload for $EDITOR, in a folder of its own",
    "cli.main": "the details of an error of ours, for whoever reports it",
    "cli.terminal": "/dev/null, for a stream that is closed",
    "cli.complete": "/dev/null, for what would show in the middle of a line",
}
"""The modules that write, and what. `testing` and the examples' own programs are no part of a fleet."""

SYSTEM = {
    *("rename", "replace", "link", "symlink", "unlink", "remove", "mkdir", "makedirs", "rmdir", "write"),
    *("truncate", "ftruncate"),
}
PATHS = {"write_text", "write_bytes", "touch", "symlink_to", "hardlink_to"}
OTHERS = {
    *("copyfile", "copytree", "copy", "copy2", "move", "rmtree", "mkdtemp", "TemporaryDirectory"),
    "NamedTemporaryFile",
}
TO_WRITE = ("O_WRONLY", "O_RDWR", "O_CREAT", "O_APPEND")


def writes(call: ast.Call) -> bool:
    """Whether a call changes something on the disk, or opens something to do so."""
    func = call.func
    if isinstance(func, ast.Name):
        return func.id == "open" and _mode(call, 1)
    if not isinstance(func, ast.Attribute):
        return False
    of = func.value.id if isinstance(func.value, ast.Name) else ""
    if of == "os":
        flags = ast.unparse(call.args[1]) if func.attr == "open" else ""
        named = flags.isidentifier() or any(flag in flags for flag in TO_WRITE)
        return func.attr in SYSTEM or (func.attr == "open" and named)
    if of in ("shutil", "tempfile"):
        return func.attr in OTHERS
    return func.attr in PATHS or (func.attr == "open" and _mode(call, 0))


def _mode(call: ast.Call, at: int) -> bool:
    given = [arg.value for arg in call.args[at:] if isinstance(arg, ast.Constant)]
    return any(isinstance(mode, str) and set(mode) & set("wax+") and len(mode) < 4 for mode in given)


def written(file: Path) -> list[str]:
    return [
        ast.unparse(n)
        for n in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(n, ast.Call) and writes(n)
    ]


def test_only_files_writes_what_others_read_and_each_other_writer_has_its_reason() -> None:
    found = {}
    for file in PACKAGE.rglob("*.py"):
        parts = file.relative_to(PACKAGE).with_suffix("").parts
        if parts[0] not in ("examples", "testing") and (calls := written(file)):
            found[".".join(parts)] = calls
    assert found.keys() == WRITERS.keys(), {name: found[name] for name in found.keys() - WRITERS.keys()}


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("open(name, 'w')", True), ("open(name)", False), ("path.open('ab')", True), ("path.open('rb')", False),
        ("os.open(p, os.O_RDWR | os.O_CREAT)", True), ("os.open(p, os.O_RDONLY | os.O_CLOEXEC)", False),
        ("os.open(p, flags)", True), ("os.replace(a, b)", True), ("shutil.copyfile(a, b)", True),
        ("path.write_text('x', 'utf-8')", True), ("docket.open(action)", False), ("path.read_text()", False),
    ],
)  # fmt: skip
def test_a_call_that_writes_is_told_from_one_that_reads(line: str, found: bool) -> None:
    (call,) = [node for node in ast.walk(ast.parse(line)) if isinstance(node, ast.Call)]
    assert writes(call) is found
