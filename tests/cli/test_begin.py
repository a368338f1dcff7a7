"""How somebody begins: with nothing, with init, with help."""

from __future__ import annotations

import pytest

from fleet import __version__


def test_bare_fleet_outside_of_any_says_how_to_begin(nowhere):
    said = nowhere()
    assert said.code == 0
    assert said.out.splitlines() == [
        "fleet runs a team of agents and people from one file, fleet.yaml.",
        "There is none here or in any folder above.",
        "  fleet init                      a small working fleet, explained",
        "  fleet init --from sneeze-it     a whole agency to read and change",
        "  fleet init --from maintainers   seats that look after a git checkout",
    ]


def test_the_version_is_told(nowhere):
    assert nowhere("--version").out == f"fleet {__version__}\n"


def test_help_shows_a_normal_week_first(nowhere):
    said = nowhere("-h")
    assert said.code == 0
    first = said.out.partition("A normal week:\n")[2].partition("\n\n")[0]
    assert [line.split()[0] for line in first.splitlines()] == [
        *("init", "check", "up", "status", "tail", "approve", "inbox")
    ]


@pytest.mark.parametrize("verb", ["wake", "inbox", "emit", "check"])
def test_every_verb_has_help(nowhere, verb):
    said = nowhere(verb, "--help")
    assert said.code == 0
    assert "Usage: fleet " + verb in said.out
    assert "--as PERSON" in said.out


def test_init_writes_a_fleet_that_checks_and_runs_without_an_edit(nowhere):
    said = nowhere("init")
    assert said.code == 0
    assert "no errors" in said.out
    assert nowhere("check").code == 0
    assert nowhere("up", "--once").code == 0
    status = nowhere("status", "--json")
    rows = {row["seat"]: row for row in status.data["seats"]}
    assert rows["greeter"]["health"] == "fine"
    assert rows["greeter"]["last"] == "done"
    assert (nowhere.folder / ".gitignore").exists()


def test_init_into_another_folder_makes_it_and_names_the_fleet_after_it(nowhere):
    said = nowhere("init", "Night Shift", "--json")
    assert said.data["seats"] == 2
    assert "fleet: night-shift\n" in (nowhere.folder / "Night Shift" / "fleet.yaml").read_text()


def test_init_never_overwrites_a_fleet(hello):
    before = (hello.folder / "fleet.yaml").read_text()
    said = hello("init")
    assert said.code == 1
    assert said.err == f"fleet: {hello.folder}/fleet.yaml is there already; nothing was written\n"
    assert (hello.folder / "fleet.yaml").read_text() == before


def test_init_keeps_a_file_that_is_in_its_way(nowhere):
    nowhere.write(".gitignore", "mine\n")
    assert nowhere("init").code == 0
    assert (nowhere.folder / ".gitignore").read_text() == "mine\n"


def test_init_from_the_agency_gives_a_fleet_without_errors(nowhere):
    said = nowhere("init", "agency", "--from", "sneeze-it", "--json")
    assert said.code == 0, said.err
    assert said.data["errors"] == 0
    assert (nowhere.folder / "agency" / "seats" / "dash").is_dir()
    assert not (nowhere.folder / "agency" / "pyproject.toml").exists()


def test_init_from_the_agency_says_that_its_world_is_a_program_of_its_own(nowhere):
    said = nowhere("init", "agency", "--from", "sneeze-it")
    assert said.code == 0, said.err
    assert f"First  cd {nowhere.folder}/agency; python -m sneeze.feed --root .    makes its data" in said.out
    assert (nowhere.folder / "agency" / "sneeze" / "feed.py").is_file()


def test_init_from_an_unknown_example_names_those_there_are(nowhere):
    said = nowhere("init", "--from", "acme")
    assert (said.code, said.err) == (2, "fleet: --from acme: it is one of minimal, sneeze-it, maintainers\n")


def test_bare_fleet_in_a_fleet_says_in_four_lines_how_things_are(hello):
    assert hello("up", "--once", "-q").code == 0
    said = hello()
    lines = said.out.splitlines()
    assert len(lines) == 4
    assert lines[0].startswith("hello · rev 1 · ")
    assert lines[1] == "2 seats: 2 fine"
    assert lines[2] == "Nothing needs you."
    assert lines[3].startswith("Next: fleet up -d")
