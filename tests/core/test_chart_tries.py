"""What `check` tells to write instead: of other tools' keys, of persons, and of values in another form."""

from __future__ import annotations

import pytest

from fleet.core.mistake import Mistake
from fleet.store.chart import load

CHART = """\
fleet: shop
timezone: UTC
seats:
  chief: {title: Chief, person: Nora, reads: [desk]}
  desk:
    title: Desk
    run: ./desk
    answers_to: chief
    owns: [mail]
    scorecard: {answered: all}
    can: {do: [page.write]}
actions:
  page.write: {run: ./write, repeat: safe}
"""
CAN = "    can: {do: [page.write]}\n"


def told(text: str) -> list[Mistake]:
    return list(load(lambda name: text.encode(), lambda pattern: [])[1])


def only(text: str) -> Mistake:
    found = told(text)
    assert len(found) == 1, [one.line() for one in found]
    return found[0]


def with_key(line: str) -> str:
    return CHART.replace(CAN, f"{CAN}    {line}\n")


def test_the_chart_of_these_tests_is_sound() -> None:
    assert told(CHART) == []


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("description: Reads mail", "charter"),
        ("desc: Reads mail", "charter"),
        ("instructions: Read mail", "charter"),
        ("system_prompt: You read mail", "charter"),
        ("backstory: Born in a shop", "charter"),
        ("goal: Mail is read", "charter"),
        ("comment: mine", "behind a #"),
        ("cwd: /srv", "seats/<seat>/"),
        ("args: [x]", "behind the program"),
        ("tags: [x]", "no tags"),
        ("version: 2", "no version"),
        ("paused: yes", "fleet pause SEAT stops one"),
        ("enabled: no", "fleet pause SEAT stops one"),
        ("disabled: yes", "fleet pause SEAT stops one"),
        ("memory: long", "its keys are"),
        ("mdl: x", "its keys are"),
    ],
)
def test_a_key_that_stands_for_none_of_ours_gets_a_reason_and_no_guess(line: str, why: str) -> None:
    found = only(with_key(line))
    assert (found.code, found.tries, found.mend) == ("F401", (), None)
    assert why in found.why


@pytest.mark.parametrize(
    ("line", "tries"),
    [
        ("holder: Nora", ("run", "person")),
        ("agent: x", ("run", "person")),
        ("human_in_the_loop: yes", ("can: {ask: {KIND: PERSON}}",)),
        ("requires_approval: yes", ("can: {ask: {KIND: PERSON}}",)),
        ("after: [chief]", ("reads",)),
        ("secrets: [TOKEN]", ("can: {use: [TOKEN]}",)),
        ("env: {TOKEN: x, KEY: y}", ("can: {use: [TOKEN, KEY]}",)),
        ("tools: [page.write, search]", ("can: {do: [page.write, search]}",)),
        ("tools: {do: [page.write]}", ("can",)),
        ('cron: "15 7 * * 1-5"', ('when: {cron: "15 7 * * 1-5"}',)),
        ("responsibilites: [letters]", ("owns",)),
    ],
)
def test_a_key_of_another_tool_comes_with_what_stands_here(line: str, tries: tuple[str, ...]) -> None:
    found = [one for one in told(with_key(line)) if one.code == "F401"]
    assert [one.tries for one in found] == [tries]


def test_an_action_that_is_switched_off_is_paused_by_its_kind() -> None:
    found = only(CHART.replace("{run: ./write,", "{run: ./write, enabled: no,"))
    assert "fleet pause KIND stops one" in found.why


@pytest.mark.parametrize(
    ("old", "new", "tries"),
    [
        ("reads: [desk]", 'reads: [desk, "*"]', ('{path: "*"}',)),
        ("reads: [desk]", "reads: [desk, data/*.csv]", ("{path: data/*.csv}",)),
        ("reads: [desk]", "reads: [desk, desk.state]", ("desk",)),
        ("can: {do: [page.write]}", "can: [page.write]", ("can: {do: [page.write]}",)),
        (
            "can: {do: [page.write]}",
            "can: [page.write, RANK_TOKEN]",
            ("can: {do: [page.write], use: [RANK_TOKEN]}",),
        ),
        ("can: {do: [page.write]}", "can: [write it all]", ()),
        ("can: {do: [page.write]}", "can: {ask: [page.write]}", ("ask: {page.write: chief}",)),
        ("{run: ./write, repeat: safe}", "sh write.sh", ("{run: sh write.sh}",)),
        ("{run: ./write, repeat: safe}", "https://shop.example/w", ('{http: "https://shop.example/w"}',)),
        ("can: {do: [page.write]}", "can: {ask: {page.write: [chief, ops]}}", ("chief",)),
        ("answers_to: chief", "answers_to: [chief]", ("chief",)),
        ("    run: ./desk", "    run: ./desk\n    when: when *.csv changes", ('reads: [{path: "*.csv"}]',)),
        ("repeat: safe", "repeat: true", ("safe",)),
        ("repeat: safe", "repeat: off", ("ask",)),
        ("repeat: safe", "repeat: safe, once: true", ("ever",)),
        ("repeat: safe", "repeat: safe, once: false", ("no",)),
        (
            "actions:",
            "conflicts: {page: [chief, desk]}\nactions:",
            ("- {about: page, rank: [chief, desk]}",),
        ),
    ],
)
def test_a_value_in_another_form_comes_with_the_form_it_has_here_and_nothing_follows(
    old: str, new: str, tries: tuple[str, ...]
) -> None:
    found = only(CHART.replace(old, new, 1))
    assert (found.level, found.tries) == ("error", tries)


@pytest.mark.parametrize("asked", ["Nora", "[chief, chief]", "nobody", "{who: chief}"])
def test_a_kind_whose_asked_person_was_refused_is_not_told_to_be_done_by_no_seat(asked: str) -> None:
    found = only(CHART.replace("can: {do: [page.write]}", f"can: {{ask: {{page.write: {asked}}}}}"))
    assert found.level == "error"


def test_what_is_told_to_be_written_reads() -> None:
    for old, new in (
        ("reads: [desk]", 'reads: [desk, {path: "*"}]'),
        ("can: {do: [page.write]}", "can: {ask: {page.write: chief}}"),
        ("{run: ./write, repeat: safe}", "{run: sh write.sh}"),
    ):
        assert [one for one in told(CHART.replace(old, new)) if one.level == "error"] == []


NAMED = CHART.replace("person: Nora", "person: Nora Berg")
RANK = "conflicts: [{about: page, rank: [desk, chief], then: ask chief}]\nactions:"


@pytest.mark.parametrize("name", ["nora", "Nora", "Nora Berg", "berg"])
@pytest.mark.parametrize(
    ("old", "new", "tries"),
    [
        ("answers_to: chief", "answers_to: WHO", "chief"),
        ("{do: [page.write]}", "{ask: {page.write: WHO}}", "chief"),
        ("actions:", RANK.replace("rank: [desk, chief]", "rank: [desk, WHO]"), "chief"),
        ("actions:", "escalation: {usual: [answers_to, wait 2h, WHO]}\nactions:", "chief"),
    ],
)
def test_a_person_who_is_named_where_a_seat_stands_comes_with_the_seat(
    old: str, new: str, tries: str, name: str
) -> None:
    found = [one for one in told(NAMED.replace(old, new.replace("WHO", name))) if one.level == "error"]
    assert [(one.why, one.tries) for one in found] == [("Nora Berg holds chief", (tries,))]


def test_a_person_who_is_to_be_asked_by_a_ruling_comes_with_the_ruling_that_reads() -> None:
    (found,) = [
        one
        for one in told(NAMED.replace("actions:", RANK.replace("ask chief", "ask Nora")))
        if one.level == "error"
    ]
    assert (found.code, found.why, found.tries) == ("F314", "Nora Berg holds chief", ("ask chief",))


def test_where_two_persons_have_a_name_neither_is_guessed() -> None:
    text = NAMED.replace("  desk:", "  ops: {title: Ops, person: Nora Lind, reads: [desk]}\n  desk:")
    found = only(text.replace("answers_to: chief", "answers_to: nora"))
    assert (found.tries, found.why) == ((), "seats are: chief, ops, desk")


def test_where_no_seat_is_near_a_few_are_listed_and_only_persons_where_one_is_asked() -> None:
    more = "".join(f"  s{n}: {{title: S, answers_to: chief}}\n" for n in range(9))
    text = CHART.replace("  desk:", more + "  desk:")
    found = [
        one
        for one in told(text.replace("answers_to: chief\n", "answers_to: zorro\n"))
        if one.level == "error"
    ]
    assert [one.why for one in found] == ["seats are: chief, s0, s1, s2, s3 and 6 more"]
    found = told(CHART.replace("{do: [page.write]}", "{ask: {page.write: zorro}}"))
    assert [one.why for one in found] == ["seats of persons are: chief"]
