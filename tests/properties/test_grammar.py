"""What an editor is told of a text against what the reader takes, and the lines of cron against the cadence."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from properties.test_cadence import AT, CALENDARS, CRON, HOLIDAYS, ZONES, instants, intervals, steady

from fleet.core import missed, span, target
from fleet.core.cadence import At, Every, read_cadence
from fleet.core.calendar import Calendar, read_workdays
from fleet.core.crontab import cron_lines
from fleet.core.names import is_seat_id
from fleet.core.read import phrases
from fleet.core.read.grammar import GRAMMARS
from fleet.core.season import LOOKED, changes, next_change, say_change
from fleet.core.slots import Cron, slots
from fleet.errors import Unreadable

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
YEAR = 366 * DAY


def takes(grammar: str, text: str) -> bool:
    """Say whether an editor takes a text of that kind."""
    return re.search(GRAMMARS[grammar].schema["pattern"], text) is not None


PHRASES = st.one_of(
    AT,
    intervals("m"),
    intervals("h"),
    CRON.map(lambda fields: "cron: " + " ".join(f[0] for f in fields)),
    st.sampled_from(["when mail arrives", "when asked", "when an escalation arrives"]),
    st.sampled_from(
        ["when dash publishes", "when data/a b.csv changes", "mondays, tuesdays,and fridays at 10:00"]
    ),
)


@steady(300)
@given(PHRASES)
def test_an_editor_takes_every_cadence_that_is_read(phrase: str) -> None:
    read_cadence(phrase)
    assert takes("cadence", phrase)


@pytest.mark.parametrize(
    ("grammar", "pattern", "read"),
    [
        ("span", span._SPAN, span.read_span),
        ("money", target._MONEY, target.read_money),
        ("target", target._TARGET, target.read_target),
        ("count", target._COUNT, target.read_count),
        ("missed", re.compile(f"skip|run once|run all|run once if under {span._SPAN.pattern} late"),
         missed.read_missed),
        ("ruling", re.compile("allow|hold|refuse|ask [a-z][a-z0-9-]{0,39}"), phrases.read_then),
        ("date", re.compile("20[0-9][0-9]-(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])"), phrases.read_date),
    ],
)  # fmt: skip
def test_an_editor_takes_every_phrase_that_is_read_and_hardly_another(grammar, pattern, read) -> None:
    @steady(150)
    @given(st.from_regex(pattern, fullmatch=True))
    def taken(text: str) -> None:
        try:
            read(text)
        except Unreadable:
            assume(False)
        assert takes(grammar, text)

    @steady(100)
    @given(st.text(st.sampled_from("0123456789 $%abdeklmnoprst-,."), max_size=12))
    def refused(text: str) -> None:
        try:
            read(text)
        except Unreadable:
            if grammar not in ("target", "date"):  # their numbers must be in order, and their days exist
                assert not takes(grammar, text)

    taken()
    refused()


@steady(100)
@given(st.text(st.sampled_from("abz09-_A"), max_size=45))
def test_an_editor_takes_the_seats_that_can_be_seats(text: str) -> None:
    assert takes("seat", text) == is_seat_id(text)


@steady(120)
@given(st.data(), CALENDARS, st.one_of(AT, intervals("h"), intervals("m")), st.booleans())
@example(None, Calendar("America/New_York", read_workdays("mon-fri"), frozenset()), "every 1h", False)
@example(None, Calendar("Australia/Lord_Howe", read_workdays("mon-fri"), frozenset()), "every 20m", False)
@example(None, Calendar("America/New_York", read_workdays("sun-thu"), frozenset()), "every 90m", False)
def test_the_lines_of_cron_give_the_same_wakes_over_a_year_and_its_clock_changes(
    data: st.DataObject | None, cal: Calendar, phrase: str, has_holidays: bool
) -> None:
    cal = Calendar(cal.zone, cal.workdays, HOLIDAYS if has_holidays else frozenset())
    now = data.draw(instants(cal.zone)) if data else datetime(2026, 11, 23, tzinfo=UTC)
    cadence = read_cadence(phrase)
    assert isinstance(cadence, At | Every)
    lines = cron_lines(cadence, cal, now)
    moments = [change.at for change in changes(cal.tz, now, YEAR)]
    often = isinstance(cadence, Every) and cadence.span < timedelta(hours=1)
    # What goes every few minutes is compared for a week, and around each change of the clock.
    stretches = [(at - 2 * DAY, at + 2 * DAY) for at in moments[:3]] if often else []
    for start, end in [(now, now + (7 * DAY if often else YEAR)), *stretches]:
        crons = {slot for line in lines for slot in slots(Cron(line), cal, max(start, now), end)}
        assert not lines or crons == set(slots(cadence, cal, max(start, now), end)), lines


@steady(80)
@given(st.data(), st.sampled_from(ZONES), st.one_of(AT, intervals("h"), intervals("m")))
def test_what_is_said_of_a_clock_change_is_what_happens_then(
    data: st.DataObject, zone: str, phrase: str
) -> None:
    cal = Calendar(zone, read_workdays("mon-fri"), frozenset())
    now = data.draw(instants(zone))
    cadence = read_cadence(phrase)
    assert isinstance(cadence, At | Every)
    change = next_change(cal.tz, now)
    if change is None:
        assert not list(changes(cal.tz, now, LOOKED))
        return
    before, after = now.astimezone(cal.tz).utcoffset(), change.at.astimezone(cal.tz).utcoffset()
    assert (change.before, change.after) == (before, after) and before != after
    said = say_change(cadence, cal, change)
    old, new = change.shown
    local = [s.astimezone(cal.tz) for s in slots(cadence, cal, change.at - DAY, change.at + DAY)]
    around = [s for s in local if min(old, new) <= s.replace(tzinfo=None) < max(old, new)]
    if said == "no wake moves":
        assert not around  # nothing in an hour that is skipped, or comes twice
    if "both times" in said:
        assert len(around) >= 2 and len({s.replace(tzinfo=None, fold=0) for s in around}) < len(around)
    if "the first time" in said:
        assert around and all(s.fold == 0 for s in around)
    if "not exist" in said and "go" in said:
        assert change.at in [s.astimezone(UTC) for s in local]
    if "no wake then" in said:
        assert not around
