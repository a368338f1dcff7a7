"""F3xx: phrases: time, money, targets and other texts with a grammar of their own."""

from __future__ import annotations

from fleet.core.coded.code import Code

CODES = (
    Code(
        "F301",
        "error",
        "A span is a whole number above 0 and one unit: 90s, 10m, 2h, 3d, 1w, or in words as 30 days. fleet "
        "does not guess whether 60 means seconds or minutes. Two units are said as one: 90m, not 1h 30m. "
        "Months are no unit, because they differ in length.",
        before="""\
seats:
  dash:
    limit: »60«
""",
        after="""\
seats:
  dash:
    limit: 60s
""",
    ),
    Code(
        "F302",
        "error",
        "Money is in US dollars: $ and a number without a thousands comma, k for thousands, and a period where "
        "there is one: $40, $0.50, $4 a day, $1.5k a month. fleet stops seats at a budget, so it does not guess "
        "what one means.",
        before="""\
defaults:
  budget: »4 dollars a day«
""",
        after="""\
defaults:
  budget: $4 a day
""",
    ),
    Code(
        "F303",
        "error",
        "A target says which side is good: `at least 6`, `at most 5%`, `at least 3 a week`, `at most $5k`, "
        "`between 5 and 10`, `every workday`, `all`, `none`. fleet scores each week by it and shows it to "
        "people as it stands, so it is said in words and not with signs.",
        before="""\
seats:
  dash:
    scorecard: {anomalies: »more than 5 a week«}
""",
        after="""\
seats:
  dash:
    scorecard: {anomalies: at least 5 a week}
""",
    ),
    Code(
        "F304",
        "error",
        "`missed` says what becomes of wakes that came due while fleet was down: `skip`, `run once`, "
        "`run once if under 2h late`, or `run all`. Left out, it is `run once if under 2h late`. How often a "
        "failed turn is tried again is another matter and stands under `retries`.",
        before="""\
seats:
  dash:
    missed: »retry«
""",
        after="""\
seats:
  dash:
    missed: run once if under 2h late
""",
    ),
    Code(
        "F305",
        "error",
        "`workdays` says what `weekdays` and `every workday` mean in this fleet: days by their first three "
        "letters, as a range (mon-fri) or a list (sun, mon, tue, wed, thu). Days on which nobody works stand "
        "under `holidays`.",
        before="""\
workdays: »monday to friday«
""",
        after="""\
workdays: mon-fri
""",
    ),
    Code(
        "F306",
        "error",
        "A date is year-month-day, as 2026-12-25: four, two and two digits. In other orders 4.3. and 3/4 mean "
        "two days, depending on who reads them. A day that no calendar has is told here too.",
        before="""\
holidays: [»25.12.2026«]
""",
        after="""\
holidays: [2026-12-25]
""",
    ),
    Code(
        "F307",
        "error",
        "A time zone is named as the world's own table names it: an area, a '/', and a city, as "
        "America/New_York or Europe/Berlin. Short names such as EST do not say when the clocks change. A city "
        "that is not in the table takes the nearest one in its country.",
        before="""\
timezone: »New York«
""",
        after="""\
timezone: America/New_York
""",
    ),
    Code(
        "F308",
        "error",
        "Inside [ ] and { } a comma ends an item, so YAML has cut this text in two and fleet sees only a piece "
        "of it. Put the whole text in quotes, or say it without a comma: `10:00 and 12:00`; $1000, not $1,000.",
        before="""\
seats:
  dash:
    when: [weekdays at 10:00, »12:00«]
""",
        after="""\
seats:
  dash:
    when: [weekdays at 10:00 and 12:00]
""",
    ),
    Code(
        "F309",
        "error",
        "`http:` wants the whole address to which an allowed action is sent: http:// or https://, a host, and "
        "a path. A password has no place in it, because the file is shown and kept; give a header and name "
        "the secret under `use`.",
        before="""\
actions:
  crm.write: {http: »crm.example.com/touch«, about: account}
""",
        after="""\
actions:
  crm.write: {http: "https://crm.example.com/touch", about: account}
""",
    ),
    Code(
        "F310",
        "error",
        "fleet does not know when this would wake the seat, and it never guesses. A cadence is days and clock "
        "times (`weekdays at 07:15`), a steady step (`every 2h from 08:00 to 18:00 on weekdays`), or something "
        "that happens (`when mail arrives`, `when dash publishes`). Times have four digits, 07:15 and 16:00. "
        'Try one with fleet explain "weekdays at 07:15": it prints the next wakes.',
        before="""\
seats:
  dash:
    when: »four times a day«
""",
        after="""\
seats:
  dash:
    when: weekdays at 10:00, 12:00, 14:00 and 16:00
""",
    ),
    Code(
        "F311",
        "error",
        "A cron expression has five fields: minute, hour, day of the month, month, day of the week. It is "
        "there for those who bring one along; words say the same and are easier to check: `weekdays at 07:15`.",
        before="""\
seats:
  dash:
    when: {cron: »15 7 * *«}
""",
        after="""\
seats:
  dash:
    when: {cron: "15 7 * * 1-5"}
""",
    ),
    Code(
        "F312",
        "error",
        "`at_most` bounds how often an action runs, over all seats together: a whole number, then `a day`, "
        "`a week` or `a month`, then `each` if it holds for every subject by itself: 3, 20 a day, "
        "1 a week each.",
        before="""\
actions:
  crm.offer: {run: ./actions/offer, about: account, at_most: »once a day«}
""",
        after="""\
actions:
  crm.offer: {run: ./actions/offer, about: account, at_most: 1 a day}
""",
    ),
    Code(
        "F313",
        "error",
        "An escalation is a list of steps: a seat, `answers_to` (whom the seat answers to), or `wait` and a "
        "span. It is followed while nobody acts, so it ends with somebody who is told and not with a wait.",
        before="""\
escalation:
  usual: [answers_to, wait »a while«, ann]
""",
        after="""\
escalation:
  usual: [answers_to, wait 2h, ann]
""",
    ),
    Code(
        "F314",
        "error",
        "`then` says what becomes of an action that a conflict or rule matches: `allow` (it runs), `hold` (it "
        "waits until the ground has changed), `refuse` (it does not run), or `ask` and the seat of a person "
        "(it runs after a yes).",
        before="""\
rules:
  - {seat: dirk, action: crm.offer, then: »deny«}
""",
        after="""\
rules:
  - {seat: dirk, action: crm.offer, then: refuse}
""",
    ),
    Code(
        "F315",
        "error or warning",
        "`run:` is split into words as a shell would, quotes and all, and then started without a shell. So a "
        "quote must close (else an error), and |, > or && would reach the program as plain words (a warning). "
        "Put such a line into a script and run that; a list of words is taken as it is.",
        before="""\
seats:
  dash:
    run: »python agent.py --say 'good morning«
""",
        after="""\
seats:
  dash:
    run: python agent.py --say 'good morning'
""",
    ),
    Code(
        "F316",
        "error",
        "`holidays: US-NY` looks up the holidays of a country or a part of it. Either the table has no such "
        "region, or the table itself is not installed: pip install 'fleet[holidays]'. A list of dates always "
        "works.",
        before="""\
holidays: »US-NYC«
""",
        after="""\
holidays: [2026-12-25, 2027-01-01]
""",
    ),
    Code(
        "F317",
        "error",
        "The `if` of a rule is an expression in CEL that says yes or no of an action. It is checked before it "
        "governs: every word must be known (action, seat, state, mail, claims, metric, now), every field must be "
        "there, and what is compared must be of one sort. docs/reference/rules.md has them all. It is `==`, `&&`, "
        "`||` and `!`, not `=`, `and`, `or` and `not`; text stands in quotes, a number without; texts are not joined.",
        before="""\
rules:
  - name: late
    seat: dirk
    action: crm.offer
    if: action.»abuot« == "account:acme"
    then: hold
""",
        after="""\
rules:
  - name: late
    seat: dirk
    action: crm.offer
    if: action.about == "account:acme"
    then: hold
""",
    ),
    Code(
        "F321",
        "error",
        "How much memory a seat's sandbox gives each process: a whole number with MB or GB, 16MB or more.",
        before="""\
seats:
  dash:
    sandbox: {memory: »2 gigs«}
""",
        after="""\
seats:
  dash:
    sandbox: {memory: 2GB}
""",
    ),
    Code(
        "F322",
        "error",
        "An example of a rule says when something was: an instant, as 2026-11-23T10:00, in the fleet's zone where it "
        "has no offset; or a span, as 3h, which counts from the example's `now`. `now` itself, and `as_of`, are "
        "instants; how old a state's data is can be said as `age: 3h`.",
        before="""\
rules:
  - name: late
    seat: dirk
    action: crm.offer
    if: now.getHours("America/New_York") > 17
    then: hold
    examples:
      - {about: account:acme, now: »6pm«, expect: hold}
""",
        after="""\
rules:
  - name: late
    seat: dirk
    action: crm.offer
    if: now.getHours("America/New_York") > 17
    then: hold
    examples:
      - {about: account:acme, now: 2026-11-23T18:00, expect: hold}
""",
    ),
)
