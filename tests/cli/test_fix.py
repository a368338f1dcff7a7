"""`fleet check --fix`: what is certain is written down, byte for byte and no more; the rest is told."""

from __future__ import annotations

import os
import shlex
import stat

import pytest

from fleet.errors import GroundMoved
from fleet.store.files import Files

CHART = """\
# The fleet of an office.
fleet: acme
timezone: UTC
seats:
  ann: {title: Boss, person: Ann, good_for: 1d, reads: [dash]}
  dash:
    title: Analytics      # two blanks before a comment, and more
    run: "python agent.py"
    answers_to: 'ann'
    owns: [ads]
    when: weekdays at 06:00
    limit: 10m
    scorecard: {calls: at least 6 a week}
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        # a key with one slip, and one that is another program's word for the same
        ("answers_to: 'ann'", "manger: 'ann'"),
        ("answers_to: 'ann'", "manager: 'ann'"),
        ("when: weekdays", "schedule: weekdays"),
        ("limit: 10m", "timeout: 10m"),
        ("title: Analytics", '"titel": Analytics'),
        # phrases that say the same in other words
        ("at least 6 a week", "min 6 per week"),
        ("at least 6 a week", ">= 6 a week"),
        ("at least 6 a week", '">= 6 a week"'),
        ("limit: 10m", "limit: 10 min"),
        ("limit: 10m", "limitt: 10 min"),
        ("06:00", "6:00"),
        ("06:00", "6am"),
        ("weekdays at 06:00", "every weekday at 06:00"),
        ("weekdays at 06:00", "'at 6:00 on weekdays'"),
        ("timezone: UTC", "tz: UTC"),
        ("at least 6 a week", "at lest 6 a week"),
        ("at least 6 a week", "at least 6 weekly"),
        # blanks and tabs
        ("limit: 10m", "limit 10m"),
        ("limit: 10m", "limit:10m"),
        ("title: Boss", "title:Boss"),
        ("    limit: 10m", "\tlimit: 10m"),
        ("limit: 10m", "limit:\t10m"),
        ("limit: 10m", "limit: 10m\t"),
        ("  dash:\n", "  dash\n"),
        # who is read
        ("reads: [dash]", "reads: [dahs]"),
    ],
)
def test_what_can_mean_one_thing_only_is_mended_and_no_byte_beside_it(nowhere, old, new):
    file = nowhere.write("fleet.yaml", CHART.replace(old, new))
    said = nowhere("check", "--fix")
    assert said.code == 0, said.out
    assert " -> " in said.out.splitlines()[0]
    assert said.out.endswith("acme: 2 seats, no errors, no warnings.\n")
    stays = new[0] if new[0] in "'\"" and not new.startswith('"titel"') else ""  # the quotes of a value
    assert file.read_text() == CHART.replace(old, f"{stays}{old}{stays}")


def test_each_mending_is_one_line_and_what_remains_follows(nowhere):
    nowhere.write("fleet.yaml", CHART.replace("answers_to", "manger").replace("10m", "soon"))
    said = nowhere("check", "--fix")
    assert said.code == 1
    assert said.out.startswith("fleet.yaml:9:5  manger -> answers_to\nerror[F301]: cannot read this limit")
    assert said.out.endswith("1 error, 0 warnings.  fleet explain F301 says more.\n")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        # power is given by a person: these stay suggestions
        ("answers_to: 'ann'", "answers_to: 'anm'"),
        ("limit: 10m", "cna: {do: [x]}"),
        ("limit: 10m", "tools: {do: [x]}"),
        ("person: Ann", "persn: Ann"),
        # what is meant is not said
        ("weekdays at 06:00", "four times a day"),
        ("weekdays at 06:00", "daily"),
        ("weekdays at 06:00", "weekdays at 06:00 but fridays"),
        ("at least 6 a week", "'> 6 a week'"),
        ("at least 6 a week", "'6'"),
        ("limit: 10m", "limit: 10"),
        ("limit: 10m", "lorem 10m"),
        ("at least 6 a week", "at 6 a week"),
        ("limit: 10m", "timeout: forever"),
        ("limit: 10m", "limit: 10m\n    limitt: 5m"),
        ("[ads]", "[ads"),
    ],
)
def test_what_could_mean_something_else_is_told_and_left(nowhere, old, new):
    file = nowhere.write("fleet.yaml", CHART.replace(old, new))
    before, inode = file.read_bytes(), file.stat().st_ino
    said = nowhere("check", "--fix")
    assert said.code == 1
    assert " -> " not in said.out
    assert (file.read_bytes(), file.stat().st_ino) == (before, inode)


def test_a_phrase_that_a_comma_has_cut_is_quoted_as_it_was_written(nowhere):
    text = CHART.replace("when: weekdays at 06:00", "when: [weekdays at 06:00,  12:00, when mail arrives]")
    file = nowhere.write("fleet.yaml", text)
    assert nowhere("check", "--fix").code == 0
    assert file.read_text() == text.replace("weekdays at 06:00,  12:00", '"weekdays at 06:00,  12:00"')


def test_cron_stays_cron_and_five_fields_become_one(nowhere):
    file = nowhere.write("fleet.yaml", CHART.replace("weekdays at 06:00", '{cron: "0 6 * * 1-5"}'))
    assert nowhere("check", "--fix").code == 0
    cron = file.read_text()
    file.write_text(CHART.replace("weekdays at 06:00", "0 6 * * 1-5"))
    assert nowhere("check", "--fix").code == 0
    assert file.read_text() == cron


def test_line_ends_and_a_byte_order_mark_stay_as_they_are_elsewhere(nowhere):
    file = nowhere.folder / "fleet.yaml"
    file.write_bytes(CHART.replace("answers_to", "manger").replace("\n", "\r\n").encode())
    assert nowhere("check", "--fix").code == 0
    assert file.read_bytes() == CHART.replace("\n", "\r\n").encode()


def test_a_byte_order_mark_is_taken_away_and_what_else_is_certain_on_its_line(nowhere):
    file = nowhere.folder / "fleet.yaml"
    text = CHART.partition("\n")[2]
    file.write_bytes(b"\xef\xbb\xbf" + text.replace("fleet:", "flet:").encode())
    assert nowhere("check", "--format", "sarif").code == 1
    said = nowhere("check", "--fix")
    assert said.out.splitlines()[:2] == [
        "fleet.yaml:1:0  a byte order mark -> nothing",
        "fleet.yaml:1:1  flet -> fleet",
    ]
    assert (said.code, file.read_bytes()) == (0, text.encode())


def test_what_was_saved_meanwhile_is_not_written_over(nowhere):
    file = nowhere.write("fleet.yaml", CHART)
    files = Files(str(nowhere.folder))
    file.write_text(CHART + "# another thought\n")
    with pytest.raises(GroundMoved, match="it was saved meanwhile; nothing was written"):
        files.rewrite("fleet.yaml", b"x", was=CHART.encode())
    files.close()
    assert file.read_text() == CHART + "# another thought\n"


def test_a_sound_chart_is_not_written(nowhere):
    file = nowhere.write("fleet.yaml", CHART)
    before = file.stat()
    said = nowhere("check", "--fix")
    assert (said.code, said.out) == (0, "acme: 2 seats, no errors, no warnings.\n")
    assert (file.stat().st_ino, file.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_permissions_stay_and_nothing_is_left_beside_it(nowhere):
    file = nowhere.write("fleet.yaml", CHART.replace("answers_to", "manger"))
    file.chmod(0o664)
    assert nowhere("check", "--fix").code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o664
    assert os.listdir(nowhere.folder) == ["fleet.yaml"]


def test_an_included_file_is_mended_too_and_named(nowhere):
    head, seats = CHART.split("seats:\n")
    nowhere.write("team/fleet.yaml", head + "include: seats/*.yaml\n")
    file = nowhere.write("team/seats/all.yaml", "seats:\n" + seats.replace("answers_to", "manger"))
    said = nowhere("check", "team", "--fix")
    assert (said.code, said.out.splitlines()[0]) == (0, "team/seats/all.yaml:6:5  manger -> answers_to")
    assert file.read_text() == "seats:\n" + seats


def test_json_has_what_was_mended_and_what_could_be(nowhere):
    nowhere.write("fleet.yaml", CHART.replace("answers_to", "manger"))
    (told,) = nowhere("check", "--json").data["mistakes"]
    where = {"file": "fleet.yaml", "line": 9, "column": 5, "end_line": 9, "end_column": 11}
    assert told["mend"] == {**where, "text": "answers_to"}
    data = nowhere("check", "--fix", "--json").data
    assert data["mended"] == [{"code": "F401", **where, "old": "manger", "new": "answers_to"}]
    assert (data["errors"], data["mistakes"]) == (0, [])


def test_the_report_says_what_can_be_mended(nowhere):
    nowhere.write("fleet.yaml", CHART.replace("answers_to", "manger"))
    assert nowhere("check").out.endswith("says more.\nfleet check --fix can mend 1.\n")
    nowhere.write("my fleet/draft.yaml", CHART.replace("answers_to", "manger"))
    said = nowhere("-C", "my fleet", "check", "draft.yaml")
    words = shlex.split(said.out.splitlines()[-1].removesuffix(" can mend 1."))
    assert nowhere(*words[1:]).code == 0


@pytest.mark.parametrize(
    "words",
    [
        ("-", "--fix"),
        ("-", "--watch"),
        ("--fix", "--watch"),
        ("--fix", "--result", "x"),
        ("--watch", "--format", "sarif"),
    ],
)
def test_words_that_do_not_go_together_are_refused(nowhere, words):
    nowhere.write("fleet.yaml", CHART)
    said = nowhere("check", *words)
    assert (said.code, said.out) == (2, "")


def test_a_chart_is_read_from_stdin(nowhere):
    said = nowhere("check", "-", text=CHART.replace("06:00", "at dawn"))
    assert said.code == 1
    assert "  --> <stdin>:11:" in said.out


def test_what_is_no_file_is_refused_with_what_to_do(nowhere):
    nowhere.write("fleet.yaml", CHART)
    os.symlink("fleet.yaml", nowhere.folder / "link.yaml")
    os.symlink("loop.yaml", nowhere.folder / "loop.yaml")
    os.mkfifo(nowhere.folder / "pipe")
    (nowhere.folder / "empty").mkdir()
    nowhere.write("huge.yaml", "# " + "x" * 8_400_000)
    told = {
        "link.yaml": (1, "link.yaml: it is a link, and links are not followed. Try: fleet check fleet.yaml"),
        "loop.yaml": (1, "loop.yaml: it is a link that leads nowhere"),
        "pipe": (1, "pipe: it is no file but a link, pipe or device. Try: fleet check - < pipe"),
        "empty": (2, "empty/fleet.yaml: there is no such file"),
        "gone.yaml": (2, "gone.yaml: there is no such file"),
        "huge.yaml": (1, "huge.yaml: 8400002 bytes, more than the limit of 8388608; it was not read"),
    }
    for name, (code, why) in told.items():
        said = nowhere("check", name)
        assert (said.code, said.out, said.err) == (code, "", f"fleet: {why}\n"), name


def test_what_is_no_text_is_one_mistake(nowhere):
    for raw in (b"", b"\xff\xfe\x00", b"fleet: x\x00y\n"):
        (nowhere.folder / "fleet.yaml").write_bytes(raw)
        said = nowhere("check", "--json")
        assert (said.code, said.data["errors"]) == (1, 1), raw
