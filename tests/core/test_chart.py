"""Reading a whole chart: an example with every section and kind of value gives the expected model."""

# ruff: noqa: E501 - texts stand as a file has them

from __future__ import annotations

import pickle
from datetime import date, time, timedelta
from decimal import Decimal

from fleet.core.cadence import At, Cron, Every, Missed, OnEscalation, OnMail, OnPublish
from fleet.core.chart import AtMost, Chart, Holder, Metric, PathRead, Permission, Rung
from fleet.core.target import Money
from fleet.store.chart import read_text

EXAMPLE = """\
fleet: sneeze-it
timezone: America/New_York
workdays: mon-fri                      # what "weekdays" and "workday" mean
holidays: [2026-12-25, 2026-07-03]
mission: Let agents carry the operational work, so people are free for the work that matters.
budget: $45 a day                      # money, all seats together
limits: {turns_at_once: 6}
defaults:                              # for every seat that an agent holds
  budget: $4 a day
  limit: 12m
  skip_if: nothing new
  late_after: 20m
  missed: run once if under 3h late
  retries: 2

seats:
  founder: {title: Founder, person: David, login: david, reads: [radar]}
  bogdan:  {title: COO, person: Bogdan, answers_to: founder, reach: [{run: ./notify --to 'the COO'}]}
  janine:  {title: Accounting, person: Janine, answers_to: founder, owns: [invoices], good_for: 7d}
  radar:
    title: Chief of Staff
    run: python agent.py
    answers_to: founder
    owns: [morning briefing, escalation routing, stale-data watch]
    when: [weekdays at 07:15, when an escalation arrives]
    reads: [dash, tally, dirk, pulse, crystal, janine]
    can: {do: [note.append]}
    scorecard: {briefing_by_0800: every workday}
  dash:
    title: Analytics
    run: [python, agent.py, "two words"]
    answers_to: bogdan
    owns: [ad analytics, ad pacing]
    when: "weekdays at 06:45, 10:00 and 14:00"
    reads: [{path: ./data/ads/*.csv}]
    scorecard:
      anomalies_by_0930: {target: every workday, plausible: between 0 and 200, by: ledger, from: data/ads/daily.csv}
      spend_variance: at most 5%
    skip_if: never
    retries: 0
    input: json
    stand_in: python stand_in.py
  tally: {title: Scorecard, run: python agent.py, answers_to: bogdan, owns: [scorecard values], reads: [dash, pulse],
          when: [{cron: "15 10 * * 1-5"}, when dash publishes], scorecard: {values_moved: all}}
  pulse:
    title: Client Retention
    run: python agent.py
    answers_to: bogdan
    owns: [client health, watch list]
    when: every 4h from 06:00 to 18:00 on weekdays
    reads: [dash, {path: data/crm/*.csv, fresh_within: 26h, private: yes}]
    good_for: 24h                      # how long its state holds
    scorecard: {clients_green: at least 80%}
  dirk:
    title: Sales
    run: python agent.py
    answers_to: founder
    owns: [pipeline, expansion plays]
    never: [crm.delete, "account:Acme Corp"]
    when: [every 2h from 08:00 to 18:00 on weekdays, when mail arrives]
    reads: [pulse, dash, {path: data/mail/*.mbox, outside: yes}]
    can:
      do: [crm.write]                  # runs without asking
      ask: {crm.offer: founder}        # runs only after that person said yes to this very action
      use: [CRM_READ_TOKEN]
    scorecard: {qualified_meetings: at least 6 a week}
    budget: $0.50 a week
  nick: {title: Cold Prospecting, answers_to: founder, owns: [cold prospecting]}
  crystal: {title: Project Management, run: python agent.py, answers_to: bogdan, owns: [project reconciliation],
            when: weekdays at 09:00, reads: [dash], scorecard: {stale_projects: none}}

actions:
  mail.send:   {run: ./actions/send_mail, about: [account, person], outside: yes, limit: 2m, at_most: 1 a day each}
  crm.offer:   {run: ./actions/offer, about: account, outside: yes}
  crm.write:   {http: "http://127.0.0.1:8085/touch", about: account, outside: yes, repeat: safe, use: [CRM_TOKEN], headers: {Authorization: Bearer $CRM_TOKEN}}
  note.append: {run: ./actions/append_note, repeat: safe, once: a day}
subjects:
  person: {of: account, from: data/contacts.csv}

conflicts:
  - {about: account, rank: [pulse, dirk, nick], then: hold, because: Retention outranks expansion on an account at risk.}
  - {about: brand, rank: [dirk, nick], within: 30 days, then: refuse}
  - {about: brand, rank: [dirk, nick], then: ask founder}
rules:
  - name: no-expansion-in-dispute
    seat: dirk
    action: crm.offer
    if: state["janine"].items.exists(i, i.kind == "billing-dispute" && i.about == action.about)
    then: hold
    because: Nobody sells to a client who is arguing about an invoice.
  - if: |
      action.with.value > 1000
        && action.about != ""
    seat: [dirk, pulse]
    then: ask founder
  - then: allow

handoffs:
  anomaly: {from: dash, to: [radar, crystal], within: 1h, with: {client: subject, metric: text, change: number, colour: [red, amber]}}
escalation:
  usual:      [answers_to, wait 2h, bogdan, wait 4h, founder]
  unanswered: [founder, wait 24h, bogdan]
retired:
  jeff: {title: Data Integrity, date: 2026-04-13, record: retired/jeff/record.md, because: Its mandate overlapped dash and crystal.,
         gave: {ad pacing: dash, project reconciliation: crystal}}
"""


def chart() -> Chart:
    read, mistakes = read_text({"fleet.yaml": EXAMPLE})
    assert [m.code for m in mistakes] == ["F252", "F237"]  # its last rule frees what strangers wrote
    assert read is not None
    return read


def test_the_head_of_the_fleet_is_read() -> None:
    fleet = chart()
    assert (fleet.name, fleet.calendar.zone, fleet.turns_at_once) == ("sneeze-it", "America/New_York", 6)
    assert fleet.calendar.workdays == {0, 1, 2, 3, 4}
    assert fleet.calendar.holidays == {date(2026, 12, 25), date(2026, 7, 3)}
    assert fleet.budget == Money(Decimal(45), "day")
    assert fleet.mission.startswith("Let agents carry") and fleet.mission.endswith("matters.")
    assert list(fleet.seats) == "founder bogdan janine radar dash tally pulse dirk nick crystal".split()  # noqa: SIM905
    assert fleet.texts == {"fleet.yaml": EXAMPLE}


def test_defaults_are_for_seats_that_an_agent_holds() -> None:
    seats = chart().seats
    assert seats["radar"].limit == timedelta(minutes=12)
    assert seats["radar"].missed == Missed("once", timedelta(hours=3))
    assert (seats["radar"].skip_if, seats["dash"].skip_if) == ("nothing new", "never")
    assert (seats["radar"].retries, seats["dash"].retries) == (2, 0)
    assert seats["dirk"].budget == Money(Decimal("0.50"), "week")
    for name in ("founder", "nick"):  # a person, and a seat that nobody holds yet: what is left out
        seat = seats[name]
        assert (seat.budget, seat.limit, seat.skip_if, seat.retries) == (
            None,
            timedelta(minutes=10),
            "never",
            0,
        )
        assert (seat.late_after, seat.missed) == (timedelta(minutes=15), Missed("once", timedelta(hours=2)))


def test_holders_are_programs_people_or_nobody_yet() -> None:
    seats = chart().seats
    assert seats["radar"].holder == Holder("run", ("python", "agent.py"))
    assert seats["dash"].holder == Holder("run", ("python", "agent.py", "two words"))
    assert seats["founder"].holder == Holder("person", person="David", login="david")
    assert seats["bogdan"].holder.reach == (("./notify", "--to", "the COO"),)
    assert seats["nick"].holder == Holder("planned")
    assert (seats["dash"].input, seats["dash"].stand_in) == ("json", "python stand_in.py")


def test_cadences_are_phrases_and_cron() -> None:
    seats = chart().seats
    morning, escalation = seats["radar"].when
    assert isinstance(morning, At) and morning.times == (time(7, 15),)
    assert escalation == OnEscalation()
    (thrice,) = seats["dash"].when
    assert isinstance(thrice, At) and thrice.times == (time(6, 45), time(10), time(14))
    cron, publish = seats["tally"].when
    assert cron == Cron("15 10 * * 1-5") and publish == OnPublish("dash")
    assert cron.text == 'cron: "15 10 * * 1-5"'
    every, mail = seats["dirk"].when
    assert isinstance(every, Every) and every.window == (time(8), time(18)) and mail == OnMail()
    assert seats["dirk"].clocks == (every,)


def test_reads_permissions_and_metrics_of_a_seat() -> None:
    seats = chart().seats
    assert seats["pulse"].reads == ("dash",)
    assert seats["pulse"].paths == (PathRead("data/crm/*.csv", timedelta(hours=26), private=True),)
    assert seats["dirk"].paths == (PathRead("data/mail/*.mbox", outside=True),)
    assert seats["dash"].paths == (PathRead("data/ads/*.csv"),)
    assert seats["dirk"].never == ("crm.delete", "account:acme-corp")
    assert seats["dirk"].can == Permission(("crm.write",), {"crm.offer": "founder"}, ("CRM_READ_TOKEN",))
    anomalies, variance = seats["dash"].scorecard
    assert (anomalies.by, anomalies.source) == ("ledger", "data/ads/daily.csv")
    assert anomalies.target is not None and anomalies.target.kind == "every workday"
    assert anomalies.plausible is not None and anomalies.plausible.high == 200
    assert isinstance(variance, Metric) and variance.target is not None and variance.target.percent


def test_actions_have_a_runner_and_what_is_left_out() -> None:
    actions = chart().actions
    assert actions["mail.send"].run == ("./actions/send_mail",)
    assert actions["mail.send"].about == ("account", "person")
    assert actions["mail.send"].at_most == AtMost(1, "day", each=True)
    assert (actions["mail.send"].limit, actions["crm.offer"].limit) == (
        timedelta(minutes=2),
        timedelta(minutes=1),
    )
    assert (actions["crm.offer"].once, actions["note.append"].once) == ("ever", "a day")
    assert (actions["crm.write"].repeat, actions["crm.offer"].repeat) == ("safe", "ask")
    assert actions["crm.write"].headers == {"Authorization": "Bearer $CRM_TOKEN"}
    assert chart().subjects["person"].source == "data/contacts.csv"


def test_conflicts_and_rules_in_the_order_of_the_file() -> None:
    fleet = chart()
    hold, refuse, ask = fleet.conflicts
    assert (hold.rank, hold.then, hold.within) == (("pulse", "dirk", "nick"), "hold", None)
    assert (refuse.then, refuse.within) == ("refuse", timedelta(days=30))
    assert (ask.then, ask.ask, ask.place.line) == ("ask", "founder", hold.place.line + 2)
    first, second, third = fleet.rules
    assert (first.name, first.seats, first.actions) == ("no-expansion-in-dispute", ("dirk",), ("crm.offer",))
    assert first.condition.startswith('state["janine"].items.exists(i, i.kind ==')
    assert second.condition == 'action.with.value > 1000\n  && action.about != ""'
    assert (second.seats, second.actions, second.name) == (("dirk", "pulse"), (), "rule-2")
    assert (third.condition, third.then) == ("true", "allow")


def test_handoffs_ladders_and_the_retired() -> None:
    fleet = chart()
    anomaly = fleet.handoffs["anomaly"]
    assert (anomaly.source, anomaly.to, anomaly.within) == ("dash", ("radar", "crystal"), timedelta(hours=1))
    assert dict(anomaly.fields) == {
        "client": "subject", "metric": "text", "change": "number", "colour": "one of: red | amber"
    }  # fmt: skip
    assert fleet.ladders["usual"].rungs == (
        Rung("answers_to", timedelta(0)), Rung("bogdan", timedelta(hours=2)), Rung("founder", timedelta(hours=6))
    )  # fmt: skip
    jeff = fleet.retired["jeff"]
    assert (jeff.date, jeff.record) == (date(2026, 4, 13), "retired/jeff/record.md")
    assert jeff.because == "Its mandate overlapped dash and crystal."
    assert jeff.gave == {"ad pacing": "dash", "project reconciliation": "crystal"}


def test_every_node_has_a_place_that_shows_its_text() -> None:
    fleet = chart()
    lines = EXAMPLE.split("\n")
    for path, text in (
        (("fleet",), "sneeze-it"),
        (("seats", "radar", "when", 0), "weekdays at 07:15"),
        (("seats", "dirk", "can", "ask", "crm.offer"), "founder"),
        (("seats", "dirk", "can", "ask", "crm.offer", ""), "crm.offer"),
        (("seats", "radar", ""), "radar"),
        (("seats", "radar", "reads", "pulse"), "pulse"),
        (("conflicts", 1, "rank", 0), "dirk"),
        (("escalation", "usual", 1), "wait 2h"),
    ):
        place = fleet.places[path]
        assert lines[place.line - 1][place.column - 1 : place.end_column - 1] == text
    assert ("seats", "nobody") not in fleet.places
    assert len(fleet.places) == len(set(fleet.places)) > 200
    assert all(fleet.places[path] for path in fleet.places)


def test_a_chart_survives_the_way_to_another_process() -> None:
    fleet = chart()
    copy = pickle.loads(pickle.dumps(fleet))
    assert copy == fleet
    assert copy.places["seats", "radar", "when", 0] == fleet.places["seats", "radar", "when", 0]
