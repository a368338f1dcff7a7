"""Which of the woken seats start a turn now: fair, bounded, and after those they read."""

from __future__ import annotations

from datetime import timedelta

import pytest
from core.history import NOW, History, chart_of

from fleet.core.planner import Looked, event_wake
from fleet.core.queue import Start, first_turns, lacks_news, pick
from fleet.core.record import Draft


def woken(history: History, *names: str, cause: str = "person") -> None:
    """Wake seats one second after the other."""
    for i, name in enumerate(names):
        draft = event_wake(history.chart.seats[name], cause, f"{cause}:{i}", cause)
        history.take(draft, NOW + timedelta(seconds=i))


def picked(history: History) -> list[str]:
    firsts = first_turns(history.chart)
    return [start.seat for start in pick(history.chart, history.account, firsts, history.chart.seats)]


def veterans(*names: str, at_once: int = 2) -> History:
    """Begin a history in which these seats have had their first turn."""
    chart = chart_of(dict.fromkeys(names, "when: [when asked]"), head=f"limits: {{turns_at_once: {at_once}}}")
    history = History(chart)
    for i, name in enumerate(names, 1):
        history.turn(name, f"t-{i}")
    return history


def test_the_longest_due_starts_first_and_no_more_than_may() -> None:
    history = veterans("a", "b", "c")
    woken(history, "c", "a", "b")
    assert picked(history) == ["c", "a"]


def test_running_turns_take_up_places() -> None:
    history = veterans("a", "b", "c")
    woken(history, "a")
    history.take(Draft("turn_started", "a", "t-9", {"wakes": [], "deadline": NOW.isoformat(), "attempt": 0}))
    woken(history, "a", "b", "c")
    assert picked(history) == ["b"]


@pytest.mark.parametrize("who", [None, "a"])
def test_who_is_paused_starts_nothing(who: str | None) -> None:
    history = veterans("a", "b")
    woken(history, "a", "b")
    history.take(Draft("pause", who, data={"by": "founder"}))
    assert picked(history) == ([] if who is None else ["b"])
    history.take(Draft("resume", who, data={"by": "founder"}))
    assert picked(history) == ["a", "b"]


def test_a_wake_that_wants_a_turn_of_its_own_gets_one() -> None:
    history = veterans("a")
    seat = history.chart.seats["a"]
    for i, alone in enumerate((True, True, False)):
        history.take(event_wake(seat, "clock", str(i), "x", alone=alone))
    (start,) = pick(history.chart, history.account, {}, ["a"])
    assert [w.id for w in start.wakes] == ["a@0"]
    history = veterans("a")
    for i, alone in enumerate((False, True, False)):
        history.take(event_wake(seat, "clock", str(i), "x", alone=alone))
    (start,) = pick(history.chart, history.account, {}, ["a"])
    assert [w.id for w in start.wakes] == ["a@0", "a@2"]


@pytest.mark.parametrize(
    ("reads", "expected"),
    [
        # a chain
        ({"c": ["b"], "b": ["a"], "a": []}, {"c": ("b",), "b": ("a",), "a": ()}),
        # a pair: the first of the file does not wait
        ({"a": ["b"], "b": ["a"]}, {"a": (), "b": ("a",)}),
        # a circle of three, one hanging on it
        ({"a": ["c"], "b": ["a"], "c": ["b"], "d": ["c"]}, {"a": (), "b": ("a",), "c": ("b",), "d": ("c",)}),
        # two circles, one behind the other
        (
            {"a": ["b", "c"], "b": ["a"], "c": ["d"], "d": ["c"]},
            {"a": ("c",), "b": ("a",), "c": (), "d": ("c",)},
        ),
        # a person is no obstacle, and has no order of its own
        ({"a": ["founder"]}, {"a": ("founder",)}),
    ],
)
def test_first_turns_wait_for_those_they_read(
    reads: dict[str, list[str]], expected: dict[str, tuple[str, ...]]
) -> None:
    chart = chart_of({name: f"reads: [{', '.join(read)}]" if read else "" for name, read in reads.items()})
    firsts = first_turns(chart)
    assert {name: firsts[name] for name in reads} == expected


@pytest.mark.parametrize(
    ("rule", "waits"),
    [
        ("seat: dirk, action: note, if: 'state[\"watch\"].outside'", ("watch",)),
        # for every seat, for every kind
        ("if: 'state[\"watch\"].outside'", ("watch",)),
        # for another seat; for a kind that it may not do; without a state
        ("seat: watch, if: 'state[\"dirk\"].outside'", ()),
        ("seat: dirk, action: other, if: 'state[\"watch\"].outside'", ()),
        ("seat: dirk, if: action.outside", ()),
    ],
)
def test_a_first_turn_waits_for_those_at_whose_states_rules_look_when_it_acts(
    rule: str, waits: tuple[str, ...]
) -> None:
    head = "actions: {note: {run: ./note}, other: {run: ./other}}\nrules: [{" + rule + ", then: hold}]"
    chart = chart_of({"dirk": "can: {do: [note]}", "watch": ""}, head=head)
    assert first_turns(chart)["dirk"] == waits
    assert first_turns(chart)["watch"] == ()  # it does nothing at which a rule could look


def test_who_no_rank_names_goes_first_where_a_rule_looks_at_it_for_one_that_is_named() -> None:
    head = (
        "actions: {note: {run: ./note, about: account}}\n"
        "conflicts: [{about: account, rank: [pulse, dirk], then: hold}]\n"
        "rules: [{seat: dirk, if: 'state[\"books\"].outside', then: hold}]"
    )
    acts = "can: {do: [note]}"
    chart = chart_of({"dirk": acts, "books": acts, "pulse": "", "other": acts}, head=head)
    firsts = first_turns(chart)
    assert set(firsts["dirk"]) == {"pulse", "books"} and firsts["books"] == ("pulse",)
    assert set(firsts["other"]) == {"pulse", "dirk"}


def test_a_deep_chain_of_readers_takes_no_stack() -> None:
    seats = {"s0": "", **{f"s{i}": f"reads: [s{i - 1}]" for i in range(1, 1500)}}
    assert first_turns(chart_of(seats))["s1499"] == ("s1498",)


@pytest.mark.parametrize("ranked", [(), (3, 9, 4), (17, 2, 11, 5, 8)])
def test_an_order_of_first_turns_never_waits_in_a_circle(ranked: tuple[int, ...]) -> None:
    looks = [(i, (i * 3 + 1) % 20) for i in range(0, 20, 3)]
    rules = ", ".join(
        f"{{seat: s{i}, if: 'state[\"s{j}\"].outside', then: hold}}" for i, j in looks if i != j
    )
    rank = ", ".join(f"s{i}" for i in ranked)
    head = f"actions: {{note: {{run: ./note, about: account}}}}\nrules: [{rules}]"
    head += f"\nconflicts: [{{about: account, rank: [{rank}], then: hold}}]" if ranked else ""
    chart = chart_of(
        {f"s{i}": f"reads: [s{(i * 7 + 3) % 20}, s{(i + 2) % 20}]\ncan: {{do: [note]}}" for i in range(20)},
        head=head,
    )
    history = History(chart)
    woken(history, *(f"s{i}" for i in range(20)), cause="first start")
    done = set[str]()
    while len(done) < 20:
        ready = picked(history)
        assert ready, f"stuck after {sorted(done)}"
        for name in ready:
            history.turn(name, f"t-{len(done) + 1}")
            done.add(name)


# Lack of news.

QUIET = "when: [every 1h]\nreads: [founder]\nskip_if: nothing new"


def quiet(text: str = QUIET, *, good_h: float = 5, inputs: str = "same") -> History:
    """Begin a history in which dash has read `inputs` and published a state that holds for some hours."""
    history = History(chart_of({"dash": text}))
    until = NOW + timedelta(hours=good_h)
    state = {"sha256": "a", "fingerprint": "b", "good_until": until.isoformat()}
    history.turn("dash", "t-1", state=state, inputs=inputs)
    return history


def lacks(history: History, cause: str = "clock", inputs: str = "same") -> bool:
    history.take(event_wake(history.chart.seats["dash"], cause, "x", "x"))
    start = Start("dash", history.account.past("dash").pending)
    return lacks_news(history.chart, history.account, start, Looked(inputs), NOW)


def test_a_wake_lacks_news_where_nothing_changed() -> None:
    assert lacks(quiet()) is True


@pytest.mark.parametrize(
    ("history", "cause", "inputs"),
    [
        # an input changed
        (quiet(), "clock", "other"),
        # its state would not hold past the next wake
        (quiet(good_h=1), "clock", "same"),
        # it declares no input
        (quiet("when: [every 1h]\nskip_if: nothing new"), "clock", "same"),
        # it does not want to be skipped
        (quiet("when: [every 1h]\nreads: [founder]"), "clock", "same"),
        # who insists is never skipped
        (quiet(), "person", "same"),
        (quiet(), "first start", "same"),
        (quiet(), "retry", "same"),
        (quiet(), "later", "same"),
        (quiet(), "lost", "same"),
    ],
)
def test_a_wake_with_any_news_is_not_skipped(history: History, cause: str, inputs: str) -> None:
    assert lacks(history, cause, inputs) is False


def test_a_seat_that_never_published_is_not_skipped() -> None:
    history = History(chart_of({"dash": QUIET}))
    assert lacks(history, inputs="") is False


def test_a_seat_that_acts_has_its_first_turn_after_those_that_go_before_it() -> None:
    can = "can: {do: [note]}"
    tail = """
actions: {note: {run: ./note, about: person}}
subjects: {person: {of: account, from: data/contacts.csv}}
conflicts:
  - {about: account, rank: [pulse, dirk], then: hold}
  - {about: brand, rank: [nick, dirk], then: hold}
"""
    firsts = first_turns(
        chart_of({"crystal": can, "dirk": can, "nick": can, "pulse": can, "dash": ""}, tail=tail)
    )
    assert firsts == {
        "founder": (),
        "crystal": ("pulse", "dirk"),  # it stands in no rank, so below all that do
        "dirk": ("pulse",),
        "nick": ("pulse", "dirk"),  # over an account; over a brand it does not act
        "pulse": (),
        "dash": (),  # it does not act
    }


def test_mail_makes_no_first_turn_come_sooner_and_a_person_does() -> None:
    history = History(chart_of({"dash": "", "radar": "reads: [dash]"}))
    woken(history, "dash", "radar", cause="first start")
    woken(history, "radar", cause="mail")
    assert picked(history) == ["dash"]
    woken(history, "radar")
    assert picked(history) == ["dash", "radar"]
