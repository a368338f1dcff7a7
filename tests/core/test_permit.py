"""Steps 2 to 5 of the gate: what a seat may do at all, whoever else is concerned."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from core.world import DAY, HOUR, World, of

ACME, VOLT, BOB = "account:acme", "account:volt", "person:bob"
NY_MIDNIGHT = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
NEXT_WEEK, NEXT_MONTH = datetime(2026, 11, 30, 5, tzinfo=UTC), datetime(2026, 12, 1, 5, tzinfo=UTC)


def world(seats: dict[str, str] | None = None, **parts: Any) -> World:
    """A world in which pulse's state is fresh, so that nothing but the step at hand speaks against anything."""
    return World(seats, **parts).publish("pulse", 60 * DAY).publish("dirk", 60 * DAY)


@pytest.mark.parametrize(
    ("seat", "what", "named"),
    [
        # everything
        (None, None, "the whole fleet"),
        # the seat that acts
        ("dirk", None, "dirk"),
        # what it wants to do
        (None, "mail.send", "mail.send"),
        # what it is about
        (None, BOB, BOB),
        # what that belongs to
        (None, ACME, ACME),
    ],
)
def test_what_is_paused_is_held(seat: str | None, what: str | None, named: str) -> None:
    w = world()
    more = {"what": what} if what else {}
    w.now("pause", seat, by="founder", because="the audit is on", **more)
    action = w.offer("dirk", "mail.send", BOB)
    verdict = w.judge(action, owned=[of(BOB, ACME)])
    assert (verdict.ruling, verdict.step, verdict.rule) == ("hold", 2, "pause")
    assert verdict.reason == f"{named} is paused by founder: the audit is on"
    assert f"pause {what or seat or ''}" in verdict.looked
    w.now("resume", seat, **more)
    assert w.judge(action, owned=[of(BOB, ACME)]).step == 11


@pytest.mark.parametrize("pause", [("nick", None), (None, "crm.write"), (None, VOLT)])
def test_what_else_is_paused_does_not_matter(pause: tuple[str | None, str | None]) -> None:
    w = world()
    w.now("pause", pause[0], by="founder", **({"what": pause[1]} if pause[1] else {}))
    assert w.judge(w.offer("dirk", "mail.send", ACME)).step == 11


@pytest.mark.parametrize(
    ("seat", "kind", "about", "rule", "line", "reason"),
    [
        # never goes before can
        ("dirk", "crm.delete", ACME, "seats.dirk.never", "never: [crm.delete, account:never]",
         "dirk may never do crm.delete"),
        # a subject
        ("dirk", "crm.write", "account:never", "seats.dirk.never", "never: [crm.delete, account:never]",
         "dirk may never touch account:never"),
        # by what it belongs to
        ("dirk", "mail.send", BOB, "seats.dirk.never", "never: [crm.delete, account:never]",
         "dirk may never touch account:never"),
        # a kind that nothing runs
        ("dirk", "crm.burn", ACME, "actions", "",
         "no action kind crm.burn is declared under `actions`, so nothing could run it"),
        # a kind that only others may
        ("nick", "note.append", "", "seats.nick.can", "can: {do: [crm.write, mail.send, draft.write]}",
         "nick may not do note.append: it stands neither in its `can: do` nor in `can: ask`"),
        # to name no subject would get it past every claim
        ("dirk", "crm.write", "", "actions.crm.write.about", "crm.write: {run: ./write, about: account, repeat: safe}",
         "crm.write is about a subject of kind account, and this one names none"),
        # and so would another kind
        ("dirk", "crm.write", "brand:zest", "actions.crm.write.about",
         "crm.write: {run: ./write, about: account, repeat: safe}",
         "crm.write is about a subject of kind account, and brand:zest is not"),
    ],
)  # fmt: skip
def test_what_a_seat_may_not_do_is_refused_where_that_is_written(
    seat: str, kind: str, about: str, rule: str, line: str, reason: str
) -> None:
    w = world()
    verdict = w.judge(w.offer(seat, kind, *([about] if about else [])), owned=[of(BOB, "account:never")])
    assert (verdict.ruling, verdict.step, verdict.rule, verdict.reason) == ("refuse", 3, rule, reason)
    assert (w.line(verdict.place) if verdict.place else "") == line


def test_all_its_subjects_must_be_of_its_kinds() -> None:
    w = world()
    assert w.judge(w.offer("dirk", "crm.write", ACME, "brand:zest")).step == 3
    assert w.judge(w.offer("dirk", "crm.write", ACME, VOLT)).step == 11


def test_a_seat_that_left_the_chart_does_nothing_more() -> None:
    w = world()
    action = w.offer("dirk", "note.append")
    w.now("revision", id="r-2", texts={}, gone=["dirk"])
    verdict = w.judge(action)
    assert (verdict.ruling, verdict.step) == ("refuse", 3)
    assert verdict.reason == "dirk is gone from fleet.yaml, so it may do nothing"


@pytest.mark.parametrize(
    ("now", "ruling", "reason"),
    [
        # as it was offered
        ({"out/dirk/t-5/a.pdf": "11"}, "allow", ""),
        # edited meanwhile
        ({"out/dirk/t-5/a.pdf": "22"}, "refuse", "out/dirk/t-5/a.pdf is not the one that was offered"),
        # removed
        ({}, "refuse", "out/dirk/t-5/a.pdf is no longer there to be read"),
    ],
)
def test_its_files_are_those_that_were_offered(now: dict[str, str], ruling: str, reason: str) -> None:
    w = world()
    verdict = w.judge(w.offer("dirk", "note.append", files={"out/dirk/t-5/a.pdf": "11"}), files=now)
    assert verdict.ruling == ruling
    if reason:
        assert (verdict.step, verdict.reason) == (3, reason)


def test_what_lapses_is_not_begun_any_more() -> None:
    w = world()
    action = w.offer("dirk", "note.append", lapses=HOUR)
    assert w.later(HOUR - timedelta(seconds=1)).judge(action).ruling == "allow"
    verdict = w.later(timedelta(seconds=1)).judge(action)
    assert (verdict.ruling, verdict.step, verdict.reason) == ("hold", 4, "its time is over, so it lapses")


def spend(w: World, seat: str, usd: float) -> None:
    """Have a seat's turn cost something today."""
    day = f"{w.at.astimezone(w.chart.calendar.tz):%Y-%m-%d}"
    w.publish(seat, 60 * DAY, day=day, result={"cost": {"usd": usd}})


@pytest.mark.parametrize(
    ("budget", "fleet", "spent", "says", "again"),
    [
        # below
        ("$4 a day", "$9 a day", [("dirk", 3.99)], "", None),
        # all of it
        ("$4 a day", "$9 a day", [("dirk", 4)], "dirk has spent $4.00 of $4 a day", NY_MIDNIGHT),
        # what others spend is theirs
        ("$4 a day", "$9 a day", [("nick", 8.5)], "", None),
        # but counts for the fleet
        ("$4 a day", "$9 a day", [("nick", 6), ("dirk", 3)], "the fleet has spent $9.00 of $9 a day", NY_MIDNIGHT),
        # until the week is over, which begins on a Monday
        ("$4 a week", "$9 a day", [("dirk", 5)], "dirk has spent $5.00 of $4 a week", NEXT_WEEK),
        ("$4 a month", "$9 a day", [("dirk", 5)], "dirk has spent $5.00 of $4 a month", NEXT_MONTH),
        # for good
        ("$4", "$9 a day", [("dirk", 5)], "dirk has spent $5.00 of $4", None),
        # nothing may be spent
        ("$0 a day", "$9 a day", [], "dirk has spent $0.00 of $0 a day", NY_MIDNIGHT),
    ],
)  # fmt: skip
def test_without_money_it_waits_for_the_next_period(
    budget: str, fleet: str, spent: list[tuple[str, float]], says: str, again: datetime | None
) -> None:
    w = world({"dirk": f"can: {{do: [note.append]}}\nbudget: {budget}"}, head=f"budget: {fleet}")
    for seat, usd in spent:
        spend(w, seat, usd)
    verdict = w.judge(w.offer("dirk", "note.append"))
    if not says:
        assert verdict.step == 11
        return
    assert (verdict.ruling, verdict.step, verdict.reason) == ("hold", 4, says)
    assert verdict.again_at == again


def test_yesterdays_money_is_yesterdays() -> None:
    w = world({"dirk": "can: {do: [note.append]}\nbudget: $4 a day"})
    spend(w, "dirk", 5)
    action = w.offer("dirk", "note.append", lapses=3 * DAY)
    assert w.judge(action).step == 4
    assert w.later(16 * HOUR).judge(action).step == 4  # 23:00 in New York
    assert w.later(HOUR).judge(action).step == 11


def test_money_for_good_is_counted_over_more_than_a_month() -> None:
    w = world({"dirk": "can: {do: [note.append]}\nbudget: $40"})
    for _ in range(41):
        spend(w, "dirk", 1)
        w.later(DAY)
    assert w.judge(w.offer("dirk", "note.append")).reason == "dirk has spent $41.00 of $40"


# Step 5.


ONCE = """
actions:
  keep: {run: ./x, about: account}
  today: {run: ./x, about: account, once: a day}
  always: {run: ./x, about: account, once: ever}
  out: {run: ./x, about: account, outside: yes}
"""
MAY = {"dirk": "can: {do: [keep, today, always, out]}", "nick": "can: {do: [keep, today, always, out]}"}


def once(**parts: Any) -> World:
    return World(MAY, tail=ONCE, **parts)


@pytest.mark.parametrize(
    ("kind", "again_in", "ruling"),
    [
        # no bound
        ("keep", HOUR, "allow"),
        # the same day, the last hour of it, the next
        ("today", HOUR, "refuse"),
        ("today", 16 * HOUR, "refuse"),
        ("today", 17 * HOUR, "allow"),
        # for ever
        ("always", 80 * DAY, "refuse"),
        # for ever where it acts outside, unless it says otherwise
        ("out", 80 * DAY, "refuse"),
    ],
)
def test_what_was_done_is_not_done_again(kind: str, again_in: timedelta, ruling: str) -> None:
    w = once()
    first = w.did("dirk", kind, ACME, with_={"n": 1})
    w.later(again_in)
    w.did("nick", kind, VOLT)  # so that what is older than two months goes
    verdict = w.judge(w.offer("dirk", kind, ACME, with_={"n": 1}))
    assert verdict.ruling == ruling
    if ruling == "refuse":
        how = "once a day" if kind == "today" else "once"
        said = f"{first} has done this already, and {kind} is done {how} with the same content"
        assert (verdict.step, verdict.reason, verdict.rule) == (5, said, f"actions.{kind}.once")
        assert verdict.evidence == ({"action": first},)


@pytest.mark.parametrize(
    ("seat", "kind", "about", "payload"),
    [
        # another seat, kind, subject, payload is another action
        ("nick", "always", ACME, {"n": 1}),
        ("dirk", "out", ACME, {"n": 1}),
        ("dirk", "always", VOLT, {"n": 1}),
        ("dirk", "always", ACME, {"n": 2}),
    ],
)
def test_only_the_very_same_is_done_already(seat: str, kind: str, about: str, payload: Any) -> None:
    w = once()
    w.did("dirk", "always", ACME, with_={"n": 1})
    assert w.judge(w.offer(seat, kind, about, with_=payload)).step == 11


@pytest.mark.parametrize(
    ("payload", "about"), [({"n": 1.0}, (ACME, VOLT)), ({"n": 1}, (VOLT, ACME))], ids=["number", "order"]
)
def test_the_same_in_other_words_is_the_same(payload: Any, about: tuple[str, ...]) -> None:
    w = once()
    w.did("dirk", "always", ACME, VOLT, with_={"n": 1})
    assert w.judge(w.offer("dirk", "always", *about, with_=payload)).step == 5


def edited_to_equal(w: World, kind: str) -> str:
    """Have a person change an action to what another one is, which runs."""
    first = w.offer("dirk", kind, ACME, with_={"n": 1})
    second = w.offer("dirk", kind, ACME, with_={"n": 2})
    w.now("verdict", "dirk", id=second, verdict="ask", person="founder", asks=["x"], kind=kind)
    w.answer(second, "edited", payload={"n": 1})
    w.begin(first)
    return second


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        (None, "a-1 is the same and runs"),
        ("unknown", "a-1 is the same and may have been done"),
        ("done", "a-1 has done this already, and always is done once with the same content"),
    ],
)
def test_a_payload_that_a_person_changed_is_the_one_that_counts(outcome: str | None, reason: str) -> None:
    w = once()
    second = edited_to_equal(w, "always")
    if outcome:
        w.end("a-1", outcome, why="cut")
    verdict = w.judge(second)
    assert (verdict.ruling, verdict.step, verdict.reason) == ("refuse", 5, reason)


def test_what_it_was_before_a_person_changed_it_was_not_done() -> None:
    w = once()
    first = w.offer("dirk", "always", ACME, with_={"n": 1})
    w.now("verdict", "dirk", id=first, verdict="ask", person="founder", asks=["x"], kind="always")
    w.answer(first, "edited", payload={"n": 2})
    w.begin(first).end(first)
    assert w.judge(w.offer("dirk", "always", ACME, with_={"n": 1})).step == 11
    assert w.judge(w.offer("dirk", "always", ACME, with_={"n": 2})).step == 5


@pytest.mark.parametrize("answer", ["happened", "leave"])
def test_what_may_have_happened_is_done(answer: str) -> None:
    w = once()
    first = w.started("dirk", "always", ACME)
    w.end(first, "unknown", why="cut").answer(first, answer)
    assert w.judge(w.offer("dirk", "always", ACME)).step == 5


def test_what_failed_may_be_done() -> None:
    w = once()
    w.end(w.started("dirk", "always", ACME), "failed", why="exit 1")
    assert w.judge(w.offer("dirk", "always", ACME)).step == 11


MOST = """
actions:
  mail: {run: ./x, about: [account, person], at_most: %s}
"""
MAILS = {"dirk": "can: {do: [mail]}", "nick": "can: {do: [mail]}"}


def most(at_most: str, **parts: Any) -> World:
    return World(MAILS, tail=MOST % at_most, **parts)


@pytest.mark.parametrize(
    ("at_most", "before", "about", "ruling"),
    [
        # over all seats and subjects
        ("2 a day", [("dirk", (ACME,))], (VOLT,), "allow"),
        ("2 a day", [("dirk", (ACME,)), ("nick", (VOLT,))], (BOB,), "refuse"),
        # none at all
        ("0 a day", [], (ACME,), "refuse"),
        # each subject for itself
        ("1 a day each", [("nick", (VOLT,))], (ACME,), "allow"),
        ("1 a day each", [("nick", (ACME,))], (ACME,), "refuse"),
        # any of several
        ("1 a day each", [("nick", (VOLT,))], (ACME, VOLT), "refuse"),
        ("1 a day each", [("nick", (ACME, VOLT))], (VOLT,), "refuse"),
        # without a subject it counts as one
        ("1 a day each", [("nick", ())], (), "refuse"),
        # for ever
        ("1 each", [("nick", (ACME,))], (ACME,), "refuse"),
        ("2", [("nick", (ACME,)), ("dirk", (BOB,))], (VOLT,), "refuse"),
        ("3", [("nick", (ACME,)), ("dirk", (BOB,))], (VOLT,), "allow"),
    ],
)
def test_at_most(
    at_most: str, before: list[tuple[str, tuple[str, ...]]], about: tuple[str, ...], ruling: str
) -> None:
    w = World(MAILS, tail=f"actions:\n  mail: {{run: ./x, at_most: {at_most}}}")
    for number, (seat, subjects) in enumerate(before):
        w.did(seat, "mail", *subjects, with_={"n": number})
    verdict = w.judge(w.offer("dirk", "mail", *about, with_={"n": "new"}))
    assert verdict.ruling == ruling, verdict.reason
    if ruling == "refuse":
        assert (verdict.step, verdict.rule) == (5, "actions.mail.at_most")


def test_the_refusal_names_who_came_first_and_who_asked_for_it() -> None:
    w = most("1 a day each")
    w.did("nick", "mail", ACME, asked_for={"m-3": "founder", "m-4": "dirk"})
    verdict = w.later(HOUR).judge(w.offer("dirk", "mail", ACME))
    assert verdict.reason == (
        "mail is done at most once a day for account:acme: a-1 by nick did it on 2026-11-23 at 07:00, "
        "which founder (m-3) and dirk (m-4) asked for"
    )
    assert w.line(verdict.place) == "mail: {run: ./x, about: [account, person], at_most: 1 a day each}"
    (saw,) = verdict.evidence
    assert saw == {
        "action": "a-1",
        "seat": "nick",
        "at": "2026-11-23T12:00:00+00:00",
        "asked_for": {"m-3": "founder", "m-4": "dirk"},
    }


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        (None, "mail is done at most once a day: a-1 by nick is doing it now"),
        ("unknown", "mail is done at most once a day: a-1 by nick may have done it"),
        ("done", "mail is done at most once a day: a-1 by nick did it on 2026-11-23 at 07:00"),
        ("failed", ""),
    ],
)
def test_what_runs_or_may_have_happened_counts(outcome: str | None, reason: str) -> None:
    w = most("1 a day")
    first = w.started("nick", "mail", ACME)
    if outcome:
        w.end(first, outcome, why="cut")
    verdict = w.judge(w.offer("dirk", "mail", VOLT))
    assert (verdict.reason if verdict.ruling == "refuse" else "") == reason


def test_what_was_left_unknown_counts_as_perhaps() -> None:
    w = most("2")
    first = w.started("nick", "mail", ACME)
    w.end(first, "unknown", why="cut").answer(first, "leave")
    w.did("nick", "mail", ACME)
    said = w.judge(w.offer("dirk", "mail", VOLT)).reason
    assert said == (
        "mail is done at most twice: a-2 by nick did it on 2026-11-23 at 07:00; "
        "a-1 by nick may have done it on 2026-11-23 at 07:00"
    )


def test_it_does_not_count_itself_when_it_is_tried_again() -> None:
    w = most("1 a day")
    first = w.started("dirk", "mail", ACME)
    w.end(first, "unknown", why="cut").answer(first, "again")
    assert w.judge(first).ruling == "allow"


def test_what_runs_on_another_subject_does_not_count_for_each() -> None:
    w = most("1 a day each")
    w.started("nick", "mail", ACME)
    assert w.judge(w.offer("dirk", "mail", VOLT)).ruling == "allow"


def test_for_good_is_longer_than_deeds_are_remembered() -> None:
    w = most("7")
    for number in range(7):
        w.did("nick", "mail", ACME, with_={"n": number})
        w.later(20 * DAY)
    assert w.judge(w.offer("dirk", "mail", VOLT)).ruling == "refuse"


def test_a_thousand_and_more_are_counted() -> None:
    w = most("1200 a day")
    for number in range(1199):
        w.did("nick", "mail", ACME, with_={"n": number})
    assert w.judge(w.offer("dirk", "mail", ACME)).ruling == "allow"
    w.did("nick", "mail", ACME)
    assert w.judge(w.offer("dirk", "mail", ACME)).ruling == "refuse"


@pytest.mark.parametrize(
    ("per", "zone", "done", "now", "ruling"),
    [
        # a local day ends at local midnight, not 24 h later and not in UTC
        ("day", "America/New_York", "2026-11-23T23:59:59-05:00", "2026-11-24T00:00:00-05:00", "allow"),
        ("day", "America/New_York", "2026-11-23T00:00:00-05:00", "2026-11-23T23:59:59-05:00", "refuse"),
        ("day", "Asia/Kathmandu", "2026-11-23T23:50:00+05:45", "2026-11-24T00:01:00+05:45", "allow"),
        # a day of 25 hours, and one of 23
        ("day", "America/New_York", "2026-11-01T00:10:00-04:00", "2026-11-01T23:50:00-05:00", "refuse"),
        ("day", "America/New_York", "2026-03-08T00:10:00-05:00", "2026-03-09T00:00:00-04:00", "allow"),
        # a day with two midnights: what was done after the first counts after the second
        ("day", "America/Havana", "2026-11-01T00:10:00-04:00", "2026-11-01T00:20:00-05:00", "refuse"),
        ("day", "America/Havana", "2026-10-31T23:50:00-04:00", "2026-11-01T00:20:00-05:00", "allow"),
        # a day that begins at 01:00
        ("day", "Africa/Cairo", "2026-04-23T23:59:00+02:00", "2026-04-24T01:00:00+03:00", "allow"),
        ("day", "Africa/Cairo", "2026-04-24T01:00:00+03:00", "2026-04-24T23:00:00+03:00", "refuse"),
        # weeks begin on Monday
        ("week", "America/New_York", "2026-11-22T23:59:00-05:00", "2026-11-23T00:00:00-05:00", "allow"),
        ("week", "America/New_York", "2026-11-23T00:00:00-05:00", "2026-11-29T23:59:00-05:00", "refuse"),
        # months on the first
        ("month", "America/New_York", "2026-11-30T23:59:00-05:00", "2026-12-01T00:00:00-05:00", "allow"),
        ("month", "America/New_York", "2026-12-01T00:00:00-05:00", "2026-12-31T23:59:00-05:00", "refuse"),
    ],
)
def test_periods_are_local(per: str, zone: str, done: str, now: str, ruling: str) -> None:
    w = World(
        MAILS,
        tail=MOST % f"1 a {per}",
        head=f"timezone: {zone}",
        at=datetime.fromisoformat(done).astimezone(UTC),
    )
    w.did("nick", "mail", ACME)
    w.at = datetime.fromisoformat(now).astimezone(UTC)
    assert w.judge(w.offer("dirk", "mail", VOLT)).ruling == ruling


def test_an_unknown_of_yesterday_is_of_yesterday() -> None:
    w = most("1 a day")
    w.end(w.started("nick", "mail", ACME), "unknown", why="cut")
    assert w.later(DAY).judge(w.offer("dirk", "mail", VOLT)).ruling == "allow"


@pytest.mark.parametrize("at_most", ["1 a day", "1 a day each"])
def test_what_uses_it_up_is_looked_at(at_most: str) -> None:
    w = most(at_most)
    action = w.offer("dirk", "mail", ACME, BOB)
    looked = w.judge(action).looked
    w.account.stirred.clear()
    w.did("nick", "mail", BOB)
    assert set(looked) & set(w.account.stirred)
    assert w.judge(action).ruling == "refuse"
