"""`fleet explain`: keys, formats, cadences, the schema, and what is near to a word that is none of them."""

from __future__ import annotations

import json
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from fleet.cli.timed import page
from fleet.core.read.keys import walk

NEW_YORK = ("--timezone", "America/New_York")
AT = ("--from", "2026-11-23T08:24:00-05:00")


def test_alone_it_says_on_one_screen_what_can_be_explained(nowhere):
    said = nowhere("explain")
    lines = said.out.splitlines()
    assert said.code == 0
    assert len(lines) <= 40 and max(map(len, lines)) <= 80
    words = set(said.out.split())
    assert {"state", "span", "seats", "fresh_within", "F310", "schema"} <= words
    assert {key.name for _, key in walk()} <= words


def test_a_key_is_told_with_its_kind_meaning_default_example_places_and_other_names(nowhere):
    assert nowhere("explain", "good_for").out == (
        "good_for: a span of time (15m or 24h)\n"
        "  How long a state holds once it is published; past that it is stale.\n"
        "  left out  until the next promised wake and late_after; without a clock cadence\n"
        "            it never ends\n"
        "  example   good_for: 24h\n"
        "  stands in defaults, seats.SEAT\n"
        "  waits     for fleet apply: longer; given where there was none, or taken out\n"
        "  called    ttl, valid_for, fresh_for, expires, expiry\n"
        "  more      fleet explain span\n"
    )


@pytest.mark.parametrize(
    ("word", "places"),
    [
        ("reads", ["seats.SEAT.reads"]),
        ("seats.reads", ["seats.SEAT.reads"]),
        ("seats.dash.reads", ["seats.SEAT.reads"]),  # as it stands in somebody's file
        ("seats.reads.fresh_within", ["seats.SEAT.reads.fresh_within"]),
        ("reads.path", ["seats.SEAT.reads.path"]),
        ("actions.at_most", ["actions.KIND.at_most"]),
        ("good for", ["defaults.good_for", "seats.SEAT.good_for"]),
        ("skip-if", ["defaults.skip_if", "seats.SEAT.skip_if"]),
    ],
)
def test_a_key_is_found_by_its_name_and_by_its_path(nowhere, word, places):
    (key,) = nowhere("explain", word, "--json").data["keys"]
    assert key["places"] == places


def test_a_key_of_several_maps_is_told_for_each(nowhere):
    said = nowhere("explain", "about", "--json")
    assert [key["places"] for key in said.data["keys"]] == [["actions.KIND.about"], ["conflicts.about"]]
    assert nowhere("explain", "about").out.count("\n  stands in ") == 2


def test_what_is_a_format_and_a_key_is_told_as_both(nowhere):
    said = nowhere("explain", "scorecard").out
    assert said.startswith("scorecard/YEAR-WWEEK.csv, the scorecard:")
    assert "\nAs a key of fleet.yaml:\nscorecard: a map of METRIC to" in said
    assert len(said.splitlines()) <= 40


@pytest.mark.parametrize(("word", "begins"), [
    ("state", "state/SEAT.md, a state:"),
    ("EXIT codes", "Exit codes,"),
    ("mail", "inbox/SEAT/new/*.md, a message:"),
    ("span", "A span of time:"),
    ("rehearsal", "A script for fleet rehearse:"),
])  # fmt: skip
def test_a_format_is_told_under_its_name_and_what_people_call_it(nowhere, word, begins):
    said = nowhere("explain", word)
    assert said.code == 0 and said.out.startswith(begins)


def test_the_schema_is_the_file_that_init_writes_and_says_so(nowhere):
    said = nowhere("init")
    assert "fleet.schema.json" in said.out.splitlines()[0]
    written = (nowhere.folder / "fleet.schema.json").read_text("utf-8")
    assert nowhere("explain", "schema").out == written
    assert nowhere("explain", "schema", "--json").data == json.loads(written)
    first = (nowhere.folder / "fleet.yaml").read_text("utf-8").split("\n")[0]
    assert first == "# yaml-language-server: $schema=fleet.schema.json"


def test_init_keeps_a_schema_that_is_there(nowhere):
    nowhere.write("fleet.schema.json", "{}\n")
    assert "fleet.schema.json" not in nowhere("init").out
    assert (nowhere.folder / "fleet.schema.json").read_text("utf-8") == "{}\n"


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("good_fro", "Did you mean: fleet explain good_for"),
        ("schedule", "Did you mean: fleet explain when or fleet explain cron"),  # by meaning
        ("ttl", "Did you mean: fleet explain good_for or fleet explain fresh_within"),
        ("mesage", "Did you mean: fleet explain message"),
        ("headlines", "Did you mean: fleet explain result"),  # and not the key that others call deadline
        ("cwd", "What there is: fleet explain"),  # and not what is near in spelling to others' words
        ("qqqq", "What there is: fleet explain"),
    ],
)
def test_an_unknown_word_exits_2_with_what_is_near(nowhere, word, hint):
    said = nowhere("explain", word)
    assert (said.code, said.out) == (2, "")
    assert said.err == f"fleet: there is nothing called {word!r} to explain. {hint}\n"


def test_what_is_no_matter_of_the_language_leads_to_why(hello):
    assert hello("explain", "greeter").err == "fleet: greeter is explained by: fleet why greeter\n"
    assert hello("explain", "a-31").err == "fleet: a-31 is explained by: fleet why a-31\n"


def test_a_word_on_the_screens_is_told_in_a_sentence_and_before_a_page_that_it_leads_to(nowhere):
    said = nowhere("explain", "stale")
    assert (said.code, said.out.split(".")[0]) == (
        0,
        "stale: A state or a file that is too old to be relied on",
    )
    assert nowhere("explain", "unmetered").out.startswith("unmetered: Turns that told no cost.")
    hold = nowhere("explain", "hold").out
    assert hold.startswith("hold: An action that waits at the gate") and "\n\nA verdict: " in hold
    assert "\n\nAs a key of fleet.yaml:\nrank: " in nowhere("explain", "rank").out
    data = nowhere("explain", "isolation", "--json").data
    assert (data["meaning"].partition(":")[0], data["topic"], data["keys"]) == ("isolation", None, [])


def test_a_verb_and_a_key_of_a_later_version_are_told_apart(nowhere):
    assert nowhere("explain", "simulate").err == "fleet: simulate is explained by: fleet simulate --help\n"
    later = "'runner' belongs to a later version of fleet; take it out of fleet.yaml for now"
    assert (nowhere("explain", "runner").code, nowhere("explain", "runner").err) == (2, f"fleet: {later}\n")


def test_a_cadence_is_told_in_words_with_its_wakes_its_cron_and_the_next_clock_change(nowhere):
    said = nowhere("explain", "every 4h from 06:30 to 18:30 on weekdays", *AT, *NEW_YORK)
    assert said.out == (
        "Wakes 06:30 10:30 14:30 18:30, Monday to Friday, America/New_York\n"
        "Next  mon 23 Nov 2026 10:30, 14:30, 18:30\n"
        "Clock change 14 Mar 2027: no wake moves\n"
        "Cron  30 6-18/4 * * 1-5\n"
    )


def test_a_screen_says_today_and_tomorrow_and_puts_the_clock_change_beside_it():
    zone = ZoneInfo("America/New_York")
    now = datetime(2026, 11, 23, 8, 24, tzinfo=zone)
    found = [datetime(2026, 11, 23, hour, 30, tzinfo=zone) for hour in (10, 14, 18)]
    words = "06:30 10:30 14:30 18:30, Monday to Friday, America/New_York"
    assert page(words, found, ["30 6-18/4 * * 1-5"], "clock change 14 Mar 2027: no wake moves", now)[1] == (
        "Next  today 10:30, 14:30, 18:30      clock change 14 Mar 2027: no wake moves"
    )
    later = [datetime(2026, 11, 24, 6, 30, tzinfo=zone), datetime(2026, 11, 27, 6, 30, tzinfo=zone)]
    assert page(words, later, [], "clock change: none in UTC", now)[1:] == [
        "Next  tomorrow 06:30; fri 27 Nov 06:30      clock change: none in UTC",
        "Cron  no cron line says this",
    ]


@pytest.mark.parametrize(
    ("phrase", "words", "cron", "change"),
    [
        ("every day at 02:30", "02:30, every day", ["30 2 * * *"],
         "02:30 does not exist that day: goes at 03:00"),
        ("every 5m", "every 5m from 00:00 to 23:55, every day", ["*/5 * * * *"],
         "02:00 to 02:55, 12 times, do not exist that day: no wake then"),
        ("every 90m", "every 90m from 00:00 to 22:30, every day", [],
         "it counts on by elapsed time: 04:00 that day, not 03:00"),
        ("every 1h", "every 1h from 00:00 to 23:00, every day", ["0 0-23 * * *"],
         "02:00 does not exist that day: goes at 03:00"),
        ("every 15m from 09:00 to 17:00 on weekdays", "every 15m from 09:00 to 17:00, Monday to Friday",
         ["*/15 9-16 * * 1-5", "0 17 * * 1-5"], "no wake moves"),
        ("every 2h from 22:00 to 02:00 on mondays", "22:00, then 00:00 02:00 of the next day, Monday",
         ["0 22 * * 1", "0 0,2 * * 2"], "no wake moves"),
        ("the last workday of the month at 17:00", "17:00, the last workday of the month", [],
         "no wake moves"),
        ('cron: "15 7 * * 1-5"', "at 07:15 on Monday through Friday", ["15 7 * * 1-5"], "no wake moves"),
    ],
)  # fmt: skip
def test_words_cron_and_clock_change_stand_in_json(nowhere, phrase, words, cron, change):
    data = nowhere("explain", phrase, "--json", *AT, *NEW_YORK).data
    assert (data["words"], data["cron"]) == (words, cron)
    assert data["clock_change"] == {"at": "2027-03-14T03:00:00-04:00", "says": change}
    assert len(data["next"]) == 5


def test_workdays_and_holidays_are_those_of_the_fleet(nowhere):
    nowhere.write("fleet.yaml", "fleet: x\ntimezone: UTC\nworkdays: sun-thu\nholidays: [2026-12-25]\n"
                  "seats: {me: {title: Me, person: Me}}\n")  # fmt: skip
    data = nowhere("explain", "weekdays at 09:00", "--json", "--from", "2026-12-23T12:00:00Z").data
    assert data["words"] == "09:00, Sunday to Thursday, not on holidays"
    assert (data["cron"], data["clock_change"]) == ([], None)
    assert data["next"][:2] == ["2026-12-24T09:00:00+00:00", "2026-12-27T09:00:00+00:00"]


@pytest.mark.parametrize(
    ("phrase", "words"),
    [
        ("when mail arrives", "when a message arrives in its inbox, of any type"),
        ("when asked", "when a REQUEST, PROPOSAL or CHALLENGE arrives, or a person wakes it"),
        ("when dash publishes", "when a turn of dash is done, and so has published"),
        ("when data/*.csv changes", "when a file of data/*.csv is changed, comes or goes"),
    ],
)
def test_what_is_no_matter_of_the_clock_is_told_in_words(nowhere, phrase, words):
    said = nowhere("explain", phrase)
    assert said.out == f"Wakes {phrase}; the clock alone never does.\nThat is {words}.\n"
    data = nowhere("explain", phrase, "--json").data
    assert (data["next"], data["words"], data["cron"], data["clock_change"]) == ([], words, None, None)


def test_a_cadence_needs_no_quotes(nowhere):
    assert nowhere("explain", "every", "4h", "--utc").out.startswith("Wakes 00:00 04:00 08:00")


def test_a_word_that_is_nearly_a_cadence_gets_one_to_try(nowhere):
    said = nowhere("explain", "hourly")
    assert said.code == 2 and "try: every 1h" in said.err
