"""`fleet simulate`: its page, line by line; its JSON; what it exits with; that it changes nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest

CLOCK = """\
fleet: agency
timezone: America/New_York
budget: $7 a day
limits: {turns_at_once: 1}
defaults: {budget: $4 a day, limit: 10m}
seats:
  founder: {title: Founder, person: David, reads: [radar, pulse, dirk], good_for: 30d}
  pulse:
    title: Client Retention
    run: sh agent.sh
    answers_to: founder
    owns: [client health]
    when: every 4h from 06:00 to 18:00 on weekdays
    reads: [dash]
    scorecard: {green: at least 80%}
  dash:
    title: Analytics
    run: sh agent.sh
    answers_to: founder
    owns: [numbers]
    when: [every day at 06:45, when ./ads.csv changes]
    reads: [{path: ads.csv}]
    scorecard: {flags: at least 1 a week}
  dirk:
    title: Sales
    run: sh agent.sh
    answers_to: founder
    owns: [pipeline]
    when: [weekdays at 10:00, when mail arrives]
    reads: [pulse]
    budget: $1 a day
    can: {ask: {crm.offer: founder}}
    scorecard: {meetings: at least 6 a week}
  radar:
    title: Chief of Staff
    run: sh agent.sh
    answers_to: founder
    owns: [briefing]
    when: [weekdays at 10:00, when pulse publishes]
    reads: [dash, pulse]
    scorecard: {briefing: every workday}
  quill: {title: Content, answers_to: founder, owns: [content]}
actions:
  crm.offer: {run: ./offer, about: account, outside: yes}
conflicts:
  - {about: account, rank: [pulse, dirk], then: hold, because: Retention outranks expansion.}
handoffs:
  anomaly: {from: dash, to: [radar], within: 4h}
"""
CALM = """\
fleet: calm
timezone: UTC
seats:
  ann: {title: Ann, person: Ann, reads: [one]}
  one:
    title: One
    run: sh agent.sh
    answers_to: ann
    owns: [work]
    when: every day at 07:15
    scorecard: {made: at least 1 a week}
"""
PAGE = """\
agency · Fri 30 Oct 2026 00:00 to Tue 3 Nov 00:00 EST · nothing runs
America/New_York, the clock is put back by 1h on Sun 1 Nov: 02:00 EDT becomes
01:00 EST

SEAT   WAKES  A WORKDAY       BUDGET    ALSO WHEN
pulse      9  4, 06:00-18:00  $4 a day
dash       5  1, 06:45        $4 a day  ./ads.csv changes
dirk       3  1, 10:00        $1 a day  mail arrives
radar     12  5, 06:00-18:00  $4 a day
Planned, never woken: quill

DAY          WAKES  00    03    06    09    12    15    18    21
Fri 30 Oct      16   5 · · · · · 3 · · · 4 · · · 2 · · · 2 · · · · ·
Sat 31 Oct       1   · · · · · · 1 · · · · · · · · · · · · · · · · ·
Sun 1 Nov        1   · · · · · · 1 · · · · · · · · · · · · · · · · ·  *
Mon 2 Nov       11   · · · · · · 3 · · · 4 · · · 2 · · · 2 · · · · ·
* the clock is changed on this day

SUPPOSED
  Mon 2 Nov 06:00  pulse claims account:acme
  Mon 2 Nov 10:00  dirk offers crm.offer on account:acme
    HOLD    fleet.yaml:46  account: pulse before dirk
            account:acme is claimed by pulse, and pulse goes before dirk.
            Retention outranks expansion.
    saw     pulse claims account:acme since 06:00, with no end
            the state of pulse of 10:00, fresh
    until   pulse gives up its claim on account:acme

HANDOFFS TOO SLOW
  anomaly from dash to radar within 4h: too late after 2 of 4 wakes of dash
    first Sat 31 Oct 06:45; radar then wakes Mon 2 Nov 06:00, 2d later
    try: radar also: when dash publishes

MONEY  4 seats with a budget may ask for $13 in a day, of the fleet's $7 a day
       more than the fleet has on 2 days, first Fri 30 Oct: $13
LOAD   1 turn may run at once; most due at once: 3, Fri 30 Oct 10:00 (pulse,
       dirk, radar)
       if every turn took its whole limit, radar of Fri 30 Oct 10:00 would wait
       longest, 20m
       2 wakes would begin later than late_after, first radar of Fri 30 Oct
       10:00
       busiest hour: Fri 30 Oct 06:00, 3 turns
       busiest day: Fri 30 Oct, 10 of 22 process starts in all
       beside these the first start of 4 seats

Taken for granted: a turn ends at once and publishes. Wakes by mail, by changed
files and by people come on top.
1 reader uses an older state, which still holds; -v lists it.
3 findings: 1 slow handoff, 1 budget that may not do, 1 seat that may fall
behind.
Next: fleet simulate --seat dash
"""
SPAN = ("--from", "2026-10-30", "--for", "4d")
SCENE = (
    *("--inject", "pulse claims account:acme at mon 06:00"),
    *("--inject", "dirk offers crm.offer on account:acme at mon 10:00"),
)


@pytest.fixture
def agency(nowhere):
    """A fleet with something wrong in each part, as a fresh clone has it: no ledger, no programs."""
    nowhere.write("fleet.yaml", CLOCK)
    return nowhere


@pytest.fixture
def calm(nowhere):
    """A fleet with nothing wrong."""
    nowhere.write("fleet.yaml", CALM)
    return nowhere


def test_the_page_says_all_of_it_in_eighty_columns_and_nothing_is_written(agency):
    said = agency("simulate", *SPAN, *SCENE)
    assert (said.code, said.err) == (0, "")
    assert said.out == PAGE
    assert max(map(len, said.out.splitlines())) <= 80
    assert [path.name for path in agency.folder.rglob("*")] == ["fleet.yaml"]


def test_a_reader_that_is_too_early_of_what_still_holds_is_listed_with_v_only(agency):
    assert "READERS TOO EARLY" not in agency("simulate", *SPAN).out
    page = agency("simulate", *SPAN, "-v").out
    assert "READERS TOO EARLY\n  pulse wakes before dash, which it reads: 2 of its 8 wakes\n" in page
    assert "\n1 reader uses an older state, which still holds.\n" in page


def test_a_fleet_with_nothing_wrong_says_so(calm):
    said = calm("simulate", "--strict", "--from", "2026-11-23", "--for", "1d")
    assert said.code == 0
    assert said.out.splitlines()[-1] == "No findings.  Next: fleet rehearse --for 1d"
    assert "MONEY  no seat that wakes has a budget, nor has the fleet\n" in said.out
    assert "       without a budget: one; nothing bounds them\n" in said.out


def test_a_longer_span_has_a_line_for_each_week(agency):
    lines = agency("simulate", "--from", "2026-11-23", "--for", "3w").out.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("WEEK"))
    assert lines[at : at + 5] == [
        "WEEK    FROM  WAKES  Mon  Tue  Wed  Thu  Fri  Sat  Sun",
        "48    23 Nov     62   16   11   11   11   11    1    1",
        "49    30 Nov     57   11   11   11   11   11    1    1",
        "50     7 Dec     57   11   11   11   11   11    1    1",
        "",
    ]


@pytest.mark.parametrize(
    ("minutes", "head", "row"),
    [
        (7, "00    03    06", "Mon 23 Nov     206   9 9 8 9 8"),  # an hour a cell
        (6, "00  02  04  06", "Mon 23 Nov     240    20  20  20  20"),  # two, where ten would touch
    ],
)
def test_many_wakes_are_counted_by_more_than_an_hour(calm, minutes, head, row):
    calm.write("fleet.yaml", CALM.replace("every day at 07:15", f"every {minutes}m\n    limit: 1m"))
    lines = calm("simulate", "--from", "2026-11-22", "--for", "2d").out.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("DAY"))
    assert head in lines[at]
    assert lines[at + 2].startswith(row), lines[at + 2]


def test_a_seats_every_wake_is_one_line(agency):
    said = agency(
        "simulate", "--from", "2026-11-23 06:00", "--for", "6h", "--seat", "pulse", "--seat", "dirk"
    )
    assert (said.code, said.err) == (0, "")
    assert said.out == (
        "agency · Mon 23 Nov 2026 06:00 to Mon 23 Nov 12:00 EST · nothing runs\n"
        "America/New_York, no change of the clock\n\n"
        "Mon 23 Nov 06:00  pulse  first start\n"
        "Mon 23 Nov 06:00  dirk   first start\n"
        "Mon 23 Nov 10:00  pulse  every 4h from 06:00 to 18:00 on weekdays\n"
        "Mon 23 Nov 10:00  dirk   weekdays at 10:00\n\n"
        "dirk also wakes when mail arrives.\n"
    )


def test_json_has_every_wake_in_the_fleets_zone(agency):
    said = agency("simulate", *SPAN, *SCENE, "--json")
    data = said.data
    assert (said.json["schema"], said.json["revision"]) == ("fleet.simulate/1", None)
    assert (data["from"], data["to"]) == ("2026-10-30T00:00:00-04:00", "2026-11-03T00:00:00-05:00")
    assert data["clock_changes"] == [{"at": "2026-11-01T01:00:00-05:00", "by_s": -3600}]
    assert len(data["wakes"]) == 29
    assert data["wakes"][5] == {
        "seat": "pulse", "at": "2026-10-30T06:00:00-04:00", "cause": "clock",
        "reason": "every 4h from 06:00 to 18:00 on weekdays",
    }  # fmt: skip
    assert data["wakes"][-1]["reason"] == "pulse published"
    pulse = next(row for row in data["seats"] if row["seat"] == "pulse")
    assert pulse["usual"] == {"wakes": 4, "first": "06:00", "last": "18:00"}
    assert (pulse["first_at"], pulse["last_at"]) == ("2026-10-30T00:00:00-04:00", "2026-11-02T18:00:00-05:00")
    (pair,) = data["order"]
    assert (pair["reader"], pair["reads"], pair["wakes"], pair["of"], pair["age_s"]) == (
        "pulse",
        "dash",
        2,
        8,
        21600,
    )
    assert data["money"]["over"] == [{"from": "2026-10-30", "usd": 13.0}, {"from": "2026-11-02", "usd": 13.0}]
    assert data["load"]["longest_wait"] == {
        "seat": "radar",
        "at": "2026-10-30T10:00:00-04:00",
        "waits_s": 1200.0,
    }
    claim, offer = data["verdicts"]
    assert (claim["does"], claim["verdict"]) == ("claims", None)
    assert (offer["verdict"], offer["place"], offer["at"]) == (
        "hold",
        "fleet.yaml:46",
        "2026-11-02T10:00:00-05:00",
    )
    assert [f["kind"] for f in data["findings"]] == ["handoff", "money", "load"]


def test_json_of_one_seat_has_only_its_wakes(agency):
    data = agency("simulate", *SPAN, "--json", "--seat", "dash").data
    assert {wake["seat"] for wake in data["wakes"]} == {"dash"} and len(data["wakes"]) == 5


@pytest.mark.parametrize(("words", "code"), [((), 0), (("--strict",), 1), (("--strict", "--json"), 1)])
def test_findings_fail_only_when_that_is_asked(agency, words, code):
    assert agency("simulate", *SPAN, *words).code == code


def test_times_can_be_told_in_utc(agency):
    out = agency("simulate", "--from", "2026-11-23", "--for", "12h", "--seat", "dash", "--utc").out
    assert out.splitlines()[0] == "agency · Mon 23 Nov 2026 05:00 to Mon 23 Nov 17:00 UTC · nothing runs"
    assert "Mon 23 Nov 11:45  dash  every day at 06:45" in out


def test_without_more_than_ascii_the_page_is_plain(agency):
    said = agency("simulate", *SPAN, env={"PYTHONIOENCODING": "ascii"})
    assert said.out.splitlines()[0] == "agency - Fri 30 Oct 2026 00:00 to Tue 3 Nov 00:00 EST - nothing runs"
    assert "Sat 31 Oct       1   - - - - - - 1 -" in said.out


# What cannot be used.


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--from", "monn 06:00"), "fleet: --from 'monn 06:00': not a time: 'monn 06:00'; try: --from 'mon 06:00'"),
        (("--for", "7"), "fleet: --for '7': a number without a unit: s, m, h, d or w; try: --for 7s (or 7m, 7h)"),
        (("--seat", "dsh"), "fleet: there is no seat 'dsh'. Did you mean dash?"),
        (("--inject", "puls claims account:acme"),
         "fleet: --inject 'puls claims account:acme': there is no seat 'puls'\n  try: pulse claims account:acme"),
        (("--inject", "dirk offer crm.offer on account:acme"),
         "fleet: --inject 'dirk offer crm.offer on account:acme': "
         "it is written: SEAT offers KIND on SUBJECT [at TIME]\n"
         "  try: dirk offers crm.offer on account:acme"),
        (("--frm", "mon"), "fleet: simulate takes no --frm. Did you mean: fleet simulate --from mon"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_exits_2_with_what_to_try(agency, words, says):
    said = agency("simulate", *words)
    assert (said.code, said.out, said.err) == (2, "", f"{says}\n")


def test_a_broken_chart_is_told_as_check_tells_it(agency):
    text = CLOCK.replace("every day at 06:45", "four times a day")
    agency.write("fleet.yaml", text)
    said, checked = agency("simulate", *SPAN), agency("check")
    assert said.code == 1 and said.out == checked.out and "error[F310]" in said.out
    as_json = agency("simulate", "--json")
    assert as_json.code == 1 and {m["code"] for m in as_json.data["mistakes"]} == {"F235", "F310"}


def test_where_there_is_no_chart_it_says_how_to_begin(nowhere):
    said = nowhere("simulate")
    assert said.code == 2 and said.err.endswith("Begin with: fleet init\n")


def test_too_many_wakes_are_refused_with_what_to_try(calm):
    seats = "".join(
        CALM[CALM.index("  one:") :].replace("one:", f"s{i}:").replace("[work]", f"[w{i}]") for i in range(8)
    )
    text = CALM[: CALM.index("  one:")] + seats.replace("every day at 07:15", "every 1m")
    calm.write("fleet.yaml", text.replace("reads: [one]", "reads: [s1]"))
    said = calm("simulate", "--for", "366d")
    assert (said.code, said.out) == (2, "")
    assert said.err == "fleet: --for: over 2,000,000 wakes are promised in that time; try: --for 1d\n"


# What a ledger knows.


def test_a_fleet_that_has_run_is_played_on_from_there_with_a_daemon_and_without(hello):
    hello.write(
        "fleet.yaml",
        (hello.folder / "fleet.yaml").read_text().replace("when: when mail arrives", "when: every 1h"),
    )
    assert [w["cause"] for w in hello("simulate", "--for", "2h", "--json").data["wakes"]][0] == "first start"
    assert hello("up", "-d").code == 0
    hello.until(lambda: "done" in hello("tail").out, "the first turn")
    hours = ("--from", "mon 00:00", "--for", "3h")  # three wakes, at whatever minute this runs
    running = hello("simulate", *hours, "--json")
    assert hello("pause", "greeter", "--because", "a test").code == 0
    paused = hello("simulate", *hours)
    assert hello("down").code == 0
    before = {p: p.read_bytes() for p in hello.folder.rglob("*") if p.is_file()}
    stopped = hello("simulate", *hours, "--json")
    assert {p: p.read_bytes() for p in hello.folder.rglob("*") if p.is_file()} == before
    assert running.json["revision"] == 1 and len(running.data["wakes"]) == 3
    assert {w["cause"] for w in running.data["wakes"]} == {"clock"}
    assert "paused by you until it is lifted" in paused.out
    assert stopped.data["wakes"] == [] and stopped.data["seats"][0]["paused"]["because"] == "a test"


def test_what_was_saved_is_played_and_it_says_when_that_is_not_in_force(hello):
    assert hello("up", "--once", "-q").code == 0
    assert "in force is revision" not in hello("simulate").out
    chart = hello.folder / "fleet.yaml"
    chart.write_text(chart.read_text().replace("when: when mail arrives", "when: every day at 05:00"))
    said = hello("simulate", "--from", "2026-11-23", "--for", "1d")
    assert "fleet.yaml as it was saved; in force is revision 1\n" in said.out
    assert "greeter      1  1, 05:00   unbounded" in said.out


def test_days_behind_the_ledger_are_played_as_if_they_were_to_come(hello):
    chart = hello.folder / "fleet.yaml"
    chart.write_text(chart.read_text().replace("when: when mail arrives", "when: every day at 05:00"))
    assert hello("up", "--once", "-q").code == 0
    wakes = hello("simulate", "--from", "2020-02-28", "--for", "2d", "--json").data["wakes"]
    assert [w["at"] for w in wakes] == ["2020-02-28T05:00:00+00:00", "2020-02-29T05:00:00+00:00"]


def test_it_loads_nothing_that_it_does_not_need():
    heavy = "('rich', 'asyncio', 'watchdog')"
    words = f"import sys, fleet.cli.simulate; print(sorted(m for m in sys.modules if m in {heavy}))"
    said = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    assert said.stdout == "[]\n"
