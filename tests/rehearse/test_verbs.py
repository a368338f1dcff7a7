"""Each verb of a script, through the real program: what it does, and what it says where it cannot."""

from __future__ import annotations

import pytest
from rehearse.stand import Stand

OFFER = '{kind: crm.offer, about: "account:acme", with: {deal: d1}, because: b}'
WRITE = '{kind: crm.write, about: "account:acme", because: b}'


def test_a_program_of_the_world_moves_files_at_its_instant_and_is_told_the_time(stand: Stand) -> None:
    came = stand.rehearse("""
- {at: mon 07:30, run: "sh -c 'echo $FLEET_NOW $FLEET_SEED $TZ $(pwd) > world'"}
- {at: mon 07:31, run: {program: [sh, -c, "echo more; exit 3"], exit: 3, says: more}}
""", "--seed", "s7")  # fmt: skip
    assert came.code == 0 and came.unmet == []
    wrote = stand.copy().read("world").split()
    assert wrote == ["2026-11-23T07:30:00-05:00", "s7", "America/New_York", str(stand.place / "copy")]


def test_a_program_that_fails_floods_or_hangs_is_told_and_ended(stand: Stand) -> None:
    came = stand.rehearse("""
- {at: mon 07:00, run: "sh -c 'echo so it is; exit 7'"}
- {at: mon 07:00, run: {program: "sh -c 'yes flood'", limit: 1s}}
- {at: mon 07:00, run: {program: "sh -c 'trap : TERM; sleep 60 & wait'", limit: 1s}}
- {at: mon 07:00, run: ./no-such-program}
- {at: mon 07:00, run: {program: "true", says: hello}}
- {at: mon 07:00, run: "sh -c 'kill -9 $$'"}
""", "--strict")  # fmt: skip
    assert came.code == 1
    assert came.unmet == [
        "exit 7, where 0 was wanted: so it is",
        "exit 124, where 0 was wanted: sh: it took over 1 s and was ended",
        "exit 124, where 0 was wanted: sh: it took over 1 s and was ended",
        "exit 127, where 0 was wanted: ./no-such-program: it cannot be started: No such file or directory",
        "it did not say 'hello', but: nothing",
        "exit 137, where 0 was wanted",
    ]


def test_what_a_program_leaves_running_is_ended_with_it(stand: Stand) -> None:
    stand.write(
        "leave", "#!/bin/sh\nsetsid sh -c 'while :; do sleep 0.05; echo >>alive; done' &\nsleep 0.2\n"
    ).chmod(0o755)
    came = stand.rehearse("""
- {at: mon 07:00, run: ./leave}
- {at: mon 07:00, run: "sh -c 'wc -l <alive >one; sleep 0.3; wc -l <alive >two'"}
""")  # fmt: skip
    assert came.unmet == []
    copy = stand.copy()
    assert int(copy.read("one")) > 0 and copy.read("one") == copy.read("two")


def test_a_program_of_the_world_may_ask_and_decide_as_a_person(stand: Stand) -> None:
    came = stand.rehearse(f"""
- {{at: mon 07:00, publish: {{seat: dirk, headline: x, actions: [{OFFER}]}}}}
- {{at: mon 07:10, run: {{program: fleet status --json, says: '"waiting": ["a-1"]'}}}}
- {{at: mon 07:10, run: fleet approve a-1 --as founder --yes}}
- {{at: mon 07:10, run: {{program: fleet wake nick --wait, says: done}}}}
- {{at: mon 07:10, expect: {{action: {{id: a-1, status: done}}}}}}
""")  # fmt: skip
    assert came.unmet == []


def test_a_dropped_file_is_mail_and_the_one_beside_the_script_is_taken(stand: Stand) -> None:
    (stand.place / "hello.md").write_text("---\nto: nick\nsubject: Hello\n---\nIs Acme well?\n")
    came = stand.rehearse("""
- {at: mon 07:00, drop: hello.md}
- {at: mon 07:00, drop: {to: dirk, text: Just a line.}}
- {at: mon 07:01, expect: {message: {to: nick, from: operator, subject: Hello, verified: no}}}
- {at: mon 07:01, expect: {message: {to: dirk, body: a line}}}
- {at: mon 07:02, drop: {to: nobody, text: x}}
- {at: mon 07:02, drop: no-such.md}
""")  # fmt: skip
    assert came.unmet == [
        "drop: whose inbox? Say `to: SEAT`; 'nobody' is no seat",
        "there is no file no-such.md, neither beside the script nor in the fleet",
    ]


def test_whose_inbox_a_file_is_for_may_stand_in_its_path_or_in_itself(stand: Stand) -> None:
    came = stand.rehearse("""
- {at: mon 07:00, drop: inbox/nick/new/one.md, text: By its path}
- {at: mon 07:00, drop: {text: "---\\nto: dirk\\n---\\nBy its front."}}
- {at: mon 07:01, expect: {message: {to: nick, body: By its path, box: new}}}
- {at: mon 07:01, expect: {message: {to: dirk, body: By its front, box: new}}}
- {at: mon 09:01, expect: {message: {to: nick, body: By its path, box: done}}}
- {at: mon 09:01, expect: {message: {to: dirk, body: By its front, box: done}}}
""")  # fmt: skip
    assert came.unmet == []


def test_of_a_seat_that_there_never_was_nothing_can_be_expected(stand: Stand) -> None:
    came = stand.rehearse("""
- {at: mon 07:00, expect: {turn: {seat: dirkk, outcome: failed}}, count: 0}
- {at: mon 07:00, expect: {message: dirkk}, count: 0}
- {at: mon 07:00, expect: {state: {seat: dirkk, missing: yes}}}
- {at: mon 07:00, expect: {message: {from: operator, to: dirk}}, count: 0}
""")  # fmt: skip
    assert came.unmet == ["there is no seat 'dirkk'; there are: founder, pulse, dirk, nick"] * 3


def test_a_person_publishes_and_an_agents_seat_does_in_a_turn_of_its_own(stand: Stand) -> None:
    came = stand.rehearse("""
- {at: mon 07:00, publish: {seat: founder, headline: in the office, until: "2026-11-23T18:00:00-05:00"}}
- {at: mon 07:00, publish: {seat: nick, headline: from the script, scorecard: {work: "3"}}}
- {at: mon 07:01, expect: {state: {seat: founder, headline: in the office, fresh: yes}}}
- {at: mon 07:01, expect: {turn: {seat: nick, headline: from the script}, count: 1}}
- {at: mon 07:01, expect: {scorecard: nick.work, value: 3}}
- {at: mon 07:02, publish: {seat: nick, headline: x, claims: nonsense}}
""")  # fmt: skip
    (wrong,) = came.unmet
    assert wrong.startswith("turn t-") and "nick failed" in wrong and "claims" in wrong


def test_a_wake_and_a_message_do_what_a_person_would(stand: Stand) -> None:
    came = stand.rehearse("""
- {at: mon 07:00, wake: nick, as: founder, because: to see}
- {at: mon 07:00, send: {as: founder, to: dirk, type: REQUEST, about: "account:acme", subject: Acme, body: How is it?}}
- {at: mon 07:01, expect: {turn: {seat: nick, woken_by: {has: founder}}}}
- {at: mon 07:01, expect: {turn: {seat: dirk, woken_by: REQUEST m-1 from founder}}}
- {at: mon 07:01, wake: {seat: nobody}}
""")  # fmt: skip
    assert len(came.unmet) == 1 and "nobody" in came.unmet[0]


@pytest.mark.parametrize("named", ["a-1", '{kind: crm.offer, about: "account:acme"}', "{seat: dirk}", "all"])
def test_a_yes_is_given_by_id_and_by_what_the_action_is(stand: Stand, named: str) -> None:
    came = stand.rehearse(f"""
- {{at: mon 07:00, publish: {{seat: dirk, headline: x, actions: [{OFFER}]}}}}
- {{at: mon 07:10, approve: {named}}}
- {{at: mon 07:10, expect: {{action: {{kind: crm.offer, status: done, output: "recorded, and not carried out"}}}}}}
- {{at: mon 07:11, approve: {{id: a-1}}}}
- {{at: mon 07:11, approve: {{kind: crm.write}}}}
""")  # fmt: skip
    assert came.unmet == [
        "a-1 is not open; open are: none",
        "no such action waits for a person; waiting: none",
    ]
    assert not (stand.place / "copy/did").exists()


def test_a_no_needs_a_reason_and_ends_the_action(stand: Stand) -> None:
    came = stand.rehearse(f"""
- {{at: mon 07:00, publish: {{seat: dirk, headline: x, actions: [{OFFER}]}}}}
- {{at: mon 07:10, deny: {{seat: dirk, because: not this quarter}}}}
- {{at: mon 07:10, expect: {{action: {{id: a-1, status: denied, reason: this quarter}}}}}}
""")  # fmt: skip
    assert came.unmet == []
    assert stand.rehearse("- {deny: a-1}", keep="").code == 2


def test_what_is_paused_rests_until_it_is_resumed(stand: Stand) -> None:
    came = stand.rehearse("""
- {at: mon 05:00, pause: {what: pulse, for: 2h, because: travel}}
- {at: mon 06:01, expect: {wake: {seat: pulse, is: skipped, reason: paused}}}
- {at: mon 08:30, pause: nick}
- {at: mon 09:30, expect: {turn: {seat: nick}, since: "09:00", count: 0}}
- {at: mon 09:31, resume: nick}
- {at: mon 09:32, pause: all}
- {at: mon 09:33, resume: all}
""")  # fmt: skip
    assert came.unmet == []


def test_the_chart_is_edited_in_three_ways(stand: Stand) -> None:
    chart = stand.read("fleet.yaml")
    (stand.place / "new.yaml").write_text(chart.replace("every day at 06:00", "every day at 07:00"))
    whole = chart.replace("every day at 06:00", "every day at 08:30").replace("\n", "\n      ")
    came = stand.rehearse(f"""
- {{at: mon 05:00, edit: new.yaml}}
- {{at: mon 06:30, expect: {{turn: {{seat: pulse}}, since: "05:30", count: 0}}}}
- {{at: mon 07:01, expect: {{turn: {{seat: pulse}}, since: "07:00", count: 1}}}}
- {{at: mon 07:02, edit: {{replace: "every day at 07:00", with: "every day at 08:00"}}}}
- {{at: mon 08:01, expect: {{turn: {{seat: pulse}}, since: "08:00", count: 1}}}}
- at: mon 08:02
  edit:
    text: |
      {whole}
- {{at: mon 08:31, expect: {{turn: {{seat: pulse}}, since: "08:30", count: 1}}}}
- {{at: mon 08:40, edit: {{replace: no such text, with: x}}}}
""")  # fmt: skip
    assert came.unmet == ["edit: 'no such text' does not stand in fleet.yaml; it must stand there once"]


def test_an_edit_with_a_mistake_changes_nothing_and_names_the_line(stand: Stand) -> None:
    came = stand.rehearse("""
- {at: mon 05:00, edit: {replace: "every day at 06:00", with: "sometimes"}}
- {at: mon 06:01, expect: {turn: {seat: pulse}, since: "06:00", count: 1}}
- {at: mon 06:01, expect: {trouble: {kind: chart, says: cannot read this cadence}}}
""")  # fmt: skip
    assert came.unmet == []
    line = next(n for n, text in enumerate(stand.read("fleet.yaml").splitlines(), 1) if "06:00" in text)
    assert came.data["steps"][0]["says"].startswith(f"refused: fleet.yaml:{line}:")


def test_what_loosens_waits_for_a_person_who_applies_it(stand: Stand) -> None:
    came = stand.rehearse(f"""
- {{at: mon 05:00, edit: {{replace: "do: [crm.write]", with: "do: [crm.write, crm.offer]"}}}}
- {{at: mon 05:00, edit: {{replace: "ask: {{crm.offer: founder}}", with: ""}}}}
- {{at: mon 05:10, publish: {{seat: dirk, headline: x, actions: [{OFFER}]}}}}
- {{at: mon 05:10, expect: {{action: {{id: a-1, status: {{one_of: [asked, refused]}}}}}}}}
- {{at: mon 05:20, apply: {{as: founder, because: he may}}}}
- {{at: mon 05:30, publish: {{seat: dirk, headline: y, actions: [{OFFER.replace("acme", "volt")}]}}}}
- {{at: mon 05:30, expect: {{action: {{about: "account:volt", status: done}}}}}}
""")  # fmt: skip
    assert came.unmet == []


def test_a_daemon_that_is_down_for_hours_misses_wakes_as_the_chart_says(make) -> None:  # type: ignore[no-untyped-def]
    seats = {
        "early": "when: [every day at 06:00]",
        "skips": "when: [every day at 08:00]\nmissed: skip",
        "all": "when: [every 1h from 05:00 to 10:00]\nmissed: run all",
    }
    stand = make(seats, tail="")
    came = stand.rehearse("""
- {at: mon 05:30, kill: {for: 3h}}
- {at: mon 07:00, wake: early}
- {at: mon 07:00, expect: {turn: {seat: early}, since: "05:30", count: 0}}
- {at: mon 08:40, expect: {wake: {seat: skips, is: missed}, count: 1}}
- {at: mon 08:40, expect: {turn: {seat: all}, since: "08:00", count: 3}}
- {at: mon 08:40, expect: {wake: {seat: early, is: missed, slot: {has: "T11:00"}}, count: 1}}
- {at: mon 08:40, expect: {turn: {seat: early, woken_by: woken by operator}, since: "08:00", count: 1}}
- {at: mon 08:41, kill: daemon}
- {at: mon 08:42, expect: {record: {what: started}, count: 3}}
""", "--strict")  # fmt: skip
    assert (came.unmet, came.code) == ([], 0)


def test_a_kill_during_a_turn_loses_it_and_its_checkpoint_comes_back(stand: Stand) -> None:
    stand.always(
        "nick",
        """cp "$FLEET_BRIEF" work/brief.json
grep -q page work/brief.json && echo "resumed, turn $FLEET_TURN" && exit
[ "$(printf %.13s "$FLEET_NOW")" != 2026-11-23T09 ] || { fleet emit checkpoint '{"page": 3}'; sleep 60; }
echo "turn $FLEET_TURN\"""",
    )
    came = stand.rehearse("""
- {at: mon 08:00, kill: {during: nick}}
- {at: mon 09:01, expect: {turn: {seat: nick, outcome: lost}, count: 1}}
- {at: mon 09:01, expect: {turn: {seat: nick, outcome: done, resumed: yes}, count: 1}}
""")  # fmt: skip
    assert came.unmet == []
    assert stand.copy().brief("nick")["resume"] == {"page": 3}


def test_a_kill_of_what_never_runs_is_told(stand: Stand) -> None:
    came = stand.rehearse("- {at: mon 10:00, kill: {during: nobody}}\n- {at: mon 12:00, say: noon}")
    assert came.unmet == ["no turn or action of nobody began after that, so nothing was killed"]


def test_a_kill_during_an_action_leaves_its_outcome_unknown_and_a_person_is_asked(stand: Stand) -> None:
    came = stand.rehearse(f"""
- {{at: mon 07:00, kill: {{during: crm.write}}}}
- {{at: mon 07:00, publish: {{seat: dirk, headline: x, actions: [{WRITE}]}}}}
- {{at: mon 07:01, expect: {{action: {{id: a-1, status: unknown}}}}}}
- {{at: mon 07:01, expect: {{message: {{to: founder, subject: a-1}}}}}}
- {{at: mon 07:02, approve: {{id: a-1, answer: happened}}}}
- {{at: mon 07:02, expect: {{action: {{id: a-1, status: done}}}}}}
""", "--act")  # fmt: skip
    assert came.unmet == []
    assert stand.copy().read("did/crm.write").count("a-1") == 1


def test_while_the_daemon_is_down_people_and_the_world_go_on_and_it_finds_what_they_did(stand: Stand) -> None:
    came = stand.rehearse(f"""
- {{at: mon 07:00, publish: {{seat: dirk, headline: x, actions: [{OFFER}]}}}}
- {{at: mon 07:30, kill: {{for: 3h}}}}
- {{at: mon 08:00, approve: a-1, as: founder}}
- {{at: mon 08:10, drop: {{to: nick, text: hello}}}}
- {{at: mon 08:20, edit: {{replace: "every day at 06:00", with: "every day at 11:00"}}}}
- {{at: mon 08:30, send: {{to: nick, as: founder, type: REQUEST, subject: s, body: b}}}}
- {{at: mon 08:35, run: fleet deny a-1 --as founder --because no, exit: 6}}
- {{at: mon 08:36, expect: {{state: {{seat: dirk, headline: x}}}}}}
- {{at: mon 08:38, kill: daemon}}
- at: mon 11:01
  expect:
  - {{action: {{id: a-1, status: done}}}}
  - {{message: {{to: nick, body: hello}}}}
  - {{message: {{to: nick, from: founder, subject: s}}}}
  - {{turn: {{seat: pulse}}, since: "11:00", count: 1}}
""")  # fmt: skip
    assert came.unmet == ["the daemon is down already"]
    assert stand.call("audit", "verify", folder=stand.place / "copy").code == 0


def test_a_note_stands_once_for_all_that_is_beside_it(stand: Stand) -> None:
    came = stand.rehearse("""
- at: mon 07:00
  note: a quiet morning
  do: [{say: a}, {say: b}]
  expect: [{turn: {seat: nick}}, {turn: {seat: nobody}}, {turn: {seat: dirk}}]
""", form="", keep="")  # fmt: skip
    lines = [line for line in came.out.splitlines() if "a quiet morning" in line]
    assert lines == ["  mon 07:00  a quiet morning", "✗ mon 07:00  a quiet morning"]
