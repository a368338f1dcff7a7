"""What comes to a terminal, to a pipe, and to streams that take little or nothing."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys

import pytest
from cli.conftest import ODD, begin_odd
from rich.cells import cell_len

from fleet.cli.flags import Flags
from fleet.cli.glyphs import ASCII, in_ascii
from fleet.cli.progress import ERASE, Progress
from fleet.cli.table import columns, fold, hung, measure, wrapped
from fleet.cli.terminal import prepare

PAINT = re.compile("\x1b\\[[0-9;?]*[A-Za-z]")
BROKEN = ODD.replace("when mail arrives", "wenn 東京 schreibt").replace("owns: [grüße", "ows: [grüße")
ASCII_ALONE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
READING = (
    (),
    ("status",),
    ("status", "greeter", "you"),
    ("tail", "--kind", "all"),
    ("tail", "--kind", "log"),
    ("trace", "t-1"),
    ("trace", "a-1"),
    ("why", "greeter"),
    ("why", "a-1"),
    ("approve",),
    ("approve", "--help"),
    ("inbox",),
    ("inbox", "read", "m-2"),
    ("brief", "greeter"),
    ("plan",),
    ("simulate", "--for", "2d"),
    ("rehearse", "--for", "1h"),
    ("check",),
    ("check", "wrong.yaml"),
    ("explain", "weekdays at 10:00"),
    ("explain", "wéekdays → 10:00"),
    ("explain", "F310"),
    ("audit", "verify"),
    ("wäke",),
    ("status", "grüßer"),
    ("--help",),
    ("status", "--help"),
)
"""A call of every verb that changes nothing, and some that cannot be used."""


@pytest.fixture(scope="module")
def odd(tmp_path_factory):
    from cli.conftest import Place

    place = Place(tmp_path_factory.mktemp("odd").resolve())
    begin_odd(place)
    place.write("wrong.yaml", BROKEN)
    return place


# Letters.


@pytest.mark.parametrize("words", READING, ids=" ".join)
def test_no_letter_stops_a_verb_where_only_ascii_is_taken(odd, words):
    plain = odd(*words, env=ASCII_ALONE)
    asked = odd("--ascii", *words)
    for said in (plain, asked, odd(*words, env={"PYTHONIOENCODING": "ascii"})):
        assert said.out.isascii() and said.err.isascii()
        assert "internal error" not in said.err
    assert plain.code == asked.code == odd(*words).code


@pytest.mark.parametrize("words", [("status",), ("trace", "t-1"), ("why", "greeter"), ("approve",)])
def test_json_in_ascii_holds_the_same_text(odd, words):
    here, plain = odd(*words, "--json"), odd(*words, "--json", "--ascii")
    assert plain.out.isascii() and not here.out.isascii()
    assert json.dumps(plain.data["seats" if words == ("status",) else next(iter(plain.data))]) == json.dumps(
        here.data["seats" if words == ("status",) else next(iter(here.data))]
    )


def test_what_is_typed_in_a_plain_locale_is_taken_as_utf8(odd):
    said = odd("inbox", "send", "greeter", "-m", "-", "--subject", "gruß", text="née", env=ASCII_ALONE)
    assert said.code == 0, said.err
    assert "née" in odd("inbox", "read", said.out.split()[0]).out
    assert "gruß" in odd("inbox", "read", said.out.split()[0]).out


def test_a_payload_loses_nothing_in_ascii(odd):
    assert r"\xe9 \u6771\u4eac und noch" in odd("approve", "a-1", "--ascii", "--as", "nobody").out


def test_every_mark_that_is_printed_has_its_like_in_ascii():
    assert all(like.isascii() and like for like in ASCII.values())
    assert all(cell_len(mark) == 1 for mark in ASCII)
    assert in_ascii("Zoë Łukasz 東京 Ame\u0301lie 🎉 \udcff") == "Zoe Lukasz ?? Amelie ? ?"


# Width.


@pytest.mark.parametrize("wide", [40, 80, 200])
@pytest.mark.parametrize("words", [w for w in READING if "--help" not in w], ids=" ".join)
def test_no_row_is_wider_than_the_terminal_nor_ends_in_blanks(odd, words, wide):
    rows = PAINT.sub("", odd.on_screen(*words, columns=wide).out).split("\n")
    data = "brief" in words or "read" in words or "log" in words  # somebody's text is left as it is
    assert [row for row in rows if cell_len(row) > wide or (row != row.rstrip() and not data)] == []


@pytest.mark.parametrize("words", [w for w in READING if "--help" in w], ids=" ".join)
def test_help_fits_eighty_columns(odd, words):
    for said in (odd.on_screen(*words), odd(*words, env={"COLUMNS": "300"})):
        assert max(map(cell_len, said.out.splitlines())) <= 80


def test_a_piped_table_is_never_cut(odd):
    said = odd("approve", "a-1", "--json", "--as", "nobody")
    assert said.code != 0
    for line in odd("status", env={"COLUMNS": "30"}).out.splitlines():
        if line.startswith("greeter "):
            assert "note.append" in line


def test_columns_align_where_letters_take_two():
    rows = columns([["NAME", "SAYS"], ["東京", "one"], ["Ame\u0301lie", "two"], ["👩‍💻", "three"]])
    assert [
        measure(row[: row.index(word)])
        for row, word in zip(rows, ("SAYS", "one", "two", "three"), strict=True)
    ] == [8] * 4


def test_a_narrow_table_wraps_its_last_column_then_its_widest_then_goes_below():
    rows = [["SEAT", "SAYS"], ["dash", "one two three four five six seven eight"]]
    assert columns(rows, limit=30) == ["SEAT  SAYS", "dash  one two three four five", "      six seven eight"]
    wide = [["a" * 30, "b" * 30, "c d e f g h i j k l m n"]]
    assert all(measure(row) <= 50 for row in columns(wide, limit=50))
    assert columns([["a" * 9, "b" * 9, "c" * 9]], limit=12) == [
        *("aaaaaaaaa", "  bbbbbbbbb", "  ccccccccc"),
    ]


def test_a_text_is_broken_at_blanks_and_a_long_word_where_it_must():
    assert fold("one two three", 7) == ["one two", "three"]
    assert fold("https://example.org/x", 8) == ["https://", "example.", "org/x"]
    assert fold("東京東京", 4) == ["東京", "東京"]
    assert fold("", 4) == [""]
    assert hung("  one two three", 9) == ["  one", "    two", "    three"]
    assert wrapped("head  ", "text", 80) == ["head  text"]
    assert wrapped("a long head of it  ", "some more words", 24) == [
        "a long head of it",
        "    some more words",
    ]


# Colour.


SHAPE = "\x1b[33m◇"


@pytest.mark.parametrize(
    ("words", "env", "coloured"),
    [
        ((), {}, True),
        ((), {"NO_COLOR": "1"}, False),
        ((), {"NO_COLOR": ""}, True),  # set to nothing is not set, as no-color.org has it
        ((), {"TERM": "dumb"}, False),
        ((), {"CI": "true"}, False),
        ((), {"CI": "false"}, True),
        ((), {"CI": "true", "FORCE_COLOR": "1"}, True),
        ((), {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        (("--color", "never"), {"FORCE_COLOR": "1"}, False),
        (("--color", "always"), {"NO_COLOR": "1"}, True),
    ],
)
def test_colour_on_a_terminal_is_as_typed_then_as_the_environment_says(odd, words, env, coloured):
    assert (SHAPE in odd.on_screen("status", *words, env=env).out) is coloured


@pytest.mark.parametrize(
    ("words", "env", "coloured"),
    [
        ((), {}, False),
        (("--color", "always"), {}, True),
        ((), {"FORCE_COLOR": "1"}, True),
        ((), {"FORCE_COLOR": "0"}, False),
    ],
)
def test_colour_in_a_pipe_only_where_it_was_asked_for(odd, words, env, coloured):
    assert (SHAPE in odd("status", *words, env={"NO_COLOR": "", "FORCE_COLOR": "", **env}).out) is coloured


def test_carets_are_coloured_and_stand_under_what_they_mean(odd):
    out = odd.on_screen("check", "wrong.yaml").out
    assert "\x1b[31merror[F" in out
    assert re.search("\x1b\\[31m\\^+\x1b\\[0m", out)
    assert "\x1b[2m" in out
    plain = odd("check", "wrong.yaml").out
    assert PAINT.sub("", out).split() == plain.split()  # but for the ends of its lines
    lines = plain.splitlines()
    at = next(i for i, line in enumerate(lines) if "wenn 東京" in line)
    assert cell_len(lines[at][: lines[at].index("wenn")]) == lines[at + 1].index("^")


def test_each_stream_has_its_own_colour(odd):
    """A broken chart is told on stderr by most verbs: in a pipe it stays plain though stdout is a terminal."""
    said = odd("-C", "nope", "status", "--color", "always")
    assert "\x1b" not in said.out


# Streams that take nothing.


def shell(place, line: str) -> subprocess.CompletedProcess[str]:
    words = ["bash", "-c", line.replace("fleet", f"{sys.executable} -m fleet")]
    return subprocess.run(
        words, cwd=place.folder, env=place.env(), capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize(
    "verb", ["tail --kind all -n 9999", "audit verify", "--help", "status", "brief greeter"]
)
def test_a_reader_that_goes_away_is_no_error(odd, verb):
    done = shell(odd, f"fleet {verb} | true; exit ${{PIPESTATUS[0]}}")
    assert (done.returncode in (0, 3), done.stderr.replace("No daemon serves", "")[:9]) in (
        (True, ""),
        (True, " this fle"),
    )


@pytest.mark.parametrize("verb", ["status", "tail", "--help", "check --json", "audit verify", "inbox"])
def test_a_full_stdout_is_told_in_one_line(odd, verb):
    done = shell(odd, f"fleet -q {verb} >/dev/full")
    assert done.returncode == 1
    assert done.stderr == (
        "fleet: stdout: No space left on device; the answer could not be printed whole. What was done stands\n"
    )


def test_a_closed_stdout_is_told_before_anything_is_done(odd):
    done = shell(odd, "fleet inbox send greeter -m x >&-")
    assert done.returncode == 1
    assert done.stderr == "fleet: stdout is closed, so an answer could be printed nowhere; nothing was done\n"


def test_what_is_said_aside_never_gets_into_the_answer(odd):
    """With stderr closed, Python would print to stdout instead, and a file of the fleet would get its number."""
    done = shell(odd, "fleet status 2>&-")
    assert "No daemon" not in done.stdout
    assert done.returncode == 3
    assert shell(odd, "fleet status gretter 2>&-").returncode == 2
    assert shell(odd, "fleet status gretter 2>/dev/full").returncode == 2


def test_closed_streams_are_held_so_that_no_file_gets_their_numbers():
    code = (
        "import os, sys; os.close(0); os.close(2); sys.stdin = sys.stderr = None\n"
        "from fleet.cli.terminal import prepare; prepare([])\n"
        "print(os.open('/dev/null', 0) > 2, file=sys.stdout)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout == "True\n"


# What takes long.


class Terminal(io.StringIO):
    """A terminal in memory."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def still(monkeypatch):
    for name in ("CI", "TERM", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)


def test_what_is_over_at_once_is_not_spoken_of(still):
    at, out = [0.0], Terminal()
    progress = Progress(Flags(), "reading", stream=out, elapsed=lambda: at[0])
    for at[0] in (0.0, 0.1, 0.29):
        progress.draw()
    progress.clear()
    assert out.getvalue() == ""


def test_what_takes_long_says_what_how_far_and_for_how_long_and_is_erased(still):
    at, out = [0.0], Terminal()
    progress = Progress(Flags(), "checking the ledger", stream=out, elapsed=lambda: at[0])
    at[0] = 0.3
    progress.draw()
    progress.far("41%")
    for at[0] in (0.35, 0.6, 0.8, 1.2):  # too soon; new; the same; a second later
        progress.draw()
    progress.clear()
    assert out.getvalue().split(ERASE) == [
        *("", "checking the ledger  0s", "checking the ledger, 41%  0s", "checking the ledger, 41%  1s", "")
    ]


@pytest.mark.parametrize(
    ("flags", "env", "stream"),
    [
        (Flags(quiet=True), {}, Terminal()),
        (Flags(), {"CI": "1"}, Terminal()),
        (Flags(), {"TERM": "dumb"}, Terminal()),
        (Flags(), {}, io.StringIO()),  # a pipe
    ],
)
def test_nothing_moves_where_nobody_watches(still, monkeypatch, flags, env, stream):
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    at = [0.0]
    progress = Progress(flags, "reading", stream=stream, elapsed=lambda: at[0])
    at[0] = 5.0
    progress.draw()
    progress.clear()
    assert stream.getvalue() == ""


def test_a_line_of_progress_is_never_wider_than_the_terminal(still, monkeypatch):
    monkeypatch.setenv("COLUMNS", "30")
    at, out = [0.0], Terminal()
    progress = Progress(Flags(), "waiting " * 20, stream=out, elapsed=lambda: at[0])
    at[0] = 1.0
    progress.draw()
    assert len(out.getvalue().removeprefix(ERASE)) == 29


def test_preparing_streams_twice_changes_nothing(monkeypatch):
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), "utf-8"))
    monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(io.BytesIO(), "utf-8"))
    assert prepare([]) and prepare(["--ascii"])
    print("→", flush=True)
    assert sys.stdout.buffer.getvalue() == f"->{os.linesep}".encode()
