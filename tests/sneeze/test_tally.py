"""Tally: values move untouched with their own time and place; what is missing, odd or old stays an empty row."""

import csv
import json
import random
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from sneeze_desk import REPOSITORY, Desk, read

from fleet.store.chart import load
from fleet.store.files import Files

LAST = date(2026, 11, 22)  # a Sunday
TRUE_AT = "2026-11-23T00:00:00-05:00"
VALUES: dict[str, dict[str, Any]] = {
    "pulse": {"clients_green": 73},
    "dirk": {"qualified_meetings": 4},
    "nick": {"drafts_a_week": 12},
    "crystal": {"projects_on_time": "91.5%"},
    "pepper": {"triaged_in_1h": {"value": 97, "as_of": "2026-11-23T08:00:00-05:00", "evidence": "41 of 42"}},
    "arin": {"appointment_rate": 31.25, "speed_to_lead_min": 4.5},
    "janine": {"overdue_usd": 1200},
    "kristen": {"right_first_time": 84},
}
SOURCES = ["dash", *VALUES]
PEOPLE = ("janine", "kristen")
METRICS = {name for values in VALUES.values() for name in values} | {"ad_spend_usd"}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A desk whose Tally moves ten metrics from nine seats."""
    desk = Desk(tmp_path, 11, LAST, calm=True)
    rows = [
        f"{name},{seat},scorecard.{name},{'written' if seat in PEOPLE else 'as_of'}\n"
        for seat, values in VALUES.items()
        for name in values
    ]
    table = ["metric,seat,key,time\n", "ad_spend_usd,dash,total.ad_spend_usd,as_of\n", *rows]
    (tmp_path / "seats/tally/sources.csv").write_text("".join(table))
    return desk


def state(seat: str, values: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return the state of a seat as a brief holds it."""
    return {
        "seat": seat,
        "turn": f"t-{len(seat)}0",
        "as_of": TRUE_AT,
        "scorecard": values,
        "items": [],
        **more,
    }


def total(**given: Any) -> dict[str, Any]:
    known = {"ad_spend_usd": 6012.35, "leads": 640, "day": "2026-11-22", **given}
    return {"about": "source:ads", "kind": "total", "because": "all accounts", "with": known}


def all_well() -> dict[str, Any]:
    """Return fresh reads of all nine sources."""
    reads = {seat: read(state(seat, values)) for seat, values in VALUES.items()}
    return {"dash": read(state("dash", {"anomalies_by_0930": 2}, items=[total()])), **reads}


def after(result: dict[str, Any], turn: str = "t-99") -> dict[str, Any]:
    """Return tally's own read in its next turn."""
    kept = {"seat": "tally", "turn": turn, "items": result["items"], "scorecard": result["scorecard"]}
    return read({**kept, "as_of": result.get("as_of")})


def tally(
    desk: Desk, reads: dict[str, Any], *, at: tuple[int, int] = (10, 15), days: int = 1, **also: Any
) -> dict[str, Any]:
    return desk.result("tally", reads=reads, now=desk.now(*at, days=days), also=also)


def kinds(result: dict[str, Any]) -> dict[str, str]:
    return {item["about"].removeprefix("metric:"): item["kind"] for item in result["items"]}


def why(result: dict[str, Any], metric: str) -> str:
    return str(next(i["because"] for i in result["items"] if i["about"] == f"metric:{metric}"))


def test_every_value_moves_untouched_with_its_own_time_and_place(desk: Desk) -> None:
    result = tally(desk, all_well())
    assert set(result["scorecard"]) == METRICS
    assert result["scorecard"]["ad_spend_usd"] == {
        "value": 6012.35,
        "as_of": TRUE_AT,
        "evidence": "dash t-40",
    }
    assert result["scorecard"]["projects_on_time"]["value"] == "91.5%"
    assert result["scorecard"]["triaged_in_1h"] == {
        "value": 97,
        "as_of": "2026-11-23T08:00:00-05:00",
        "evidence": "pepper t-60: 41 of 42",
    }
    assert result["escalate"] == []
    assert result["headline"] == "10 of 10 rows filled, 10 of them new"
    assert result["as_of"] == "2026-11-23T08:00:00-05:00"


def test_its_table_fits_its_scorecard_and_what_it_reads_on_the_chart_at_the_root() -> None:
    there = Files(str(REPOSITORY))
    chart, _ = load(lambda path: there.read(path, limit=10**6), there.glob)
    there.close()
    assert chart is not None
    with (REPOSITORY / "seats/tally/sources.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["metric"] for row in rows] == [metric.name for metric in chart.seats["tally"].scorecard]
    assert {row["seat"] for row in rows} | {"tally"} == set(chart.seats["tally"].reads)
    people = {name for name, seat in chart.seats.items() if seat.holder.kind == "person"}
    assert {row["seat"] for row in rows if row["time"] == "written"} <= people


def test_what_was_moved_is_no_news_but_a_corrected_value_and_a_newer_time_are(desk: Desk) -> None:
    first = tally(desk, all_well())
    reads = {**all_well(), "tally": after(first)}
    again = tally(desk, reads, at=(12, 15))
    assert again["scorecard"] == {}
    assert again["headline"] == "10 of 10 rows filled, 0 of them new"
    assert again["as_of"] == first["as_of"]
    reads["pulse"]["state"]["scorecard"]["clients_green"] = 75
    reads["dirk"] = read(state("dirk", {"qualified_meetings": 4}, as_of="2026-11-23T12:00:00-05:00"))
    assert set(tally(desk, reads, at=(12, 15))["scorecard"]) == {"clients_green", "qualified_meetings"}


def test_a_value_is_no_news_after_its_source_failed_in_between(desk: Desk) -> None:
    first = tally(desk, all_well())
    gone = {**all_well(), "pulse": read(None, fresh=False), "tally": after(first)}
    second = tally(desk, gone, at=(12, 15))
    assert kinds(second)["clients_green"] == "empty"
    assert "73" not in json.dumps([i for i in second["items"] if i["about"] == "metric:clients_green"])
    third = tally(desk, {**all_well(), "tally": after(second)}, at=(15, 15))
    assert (kinds(third)["clients_green"], third["scorecard"]) == ("value", {})


STOPPED = {"kind": "stale-source", "about": "source:ads", "because": "data/ads/daily.csv ends on 2026-11-20"}
FAILS: list[tuple[str, dict[str, Any] | None, str]] = [
    # what the brief gives of pulse; what is said of it
    ("not read", None, "the chart does not let tally read it"),
    ("never published", {"fresh": False, "state": None, "note": "nothing published yet"},
     "there is no state to read: nothing published yet"),
    ("edited", {"fresh": False, "state": None, "note": "edited outside the fleet, so it is not shown"},
     "there is no state to read: edited outside the fleet, so it is not shown"),
    ("stale", {**read(state("pulse", {"clients_green": 73}), fresh=False), "note": "held until 06:00"},
     "its state is too old: held until 06:00"),
    ("fresh is text", {**read(state("pulse", {"clients_green": 73})), "fresh": "yes"}, "its state is too old"),
    ("source stopped", read(state("pulse", {"clients_green": 73}, items=[STOPPED])),
     "it says that its own source stopped: data/ads/daily.csv ends on 2026-11-20"),
    ("no such metric", read(state("pulse", {"clients": 73})), "its state gives no value for clients_green"),
    ("scorecard a list", read(state("pulse", [73])), "its state gives no value for clients_green"),  # type: ignore[arg-type]
    ("no time", read({**state("pulse", {"clients_green": 73}), "as_of": None}),
     "its state does not say when its value was true"),
    ("no zone", read({**state("pulse", {"clients_green": 73}), "as_of": "2026-11-23T00:00:00"}),
     "its state does not say when its value was true"),
    ("year one", read({**state("pulse", {"clients_green": 73}), "as_of": "0001-01-01T00:00:00+00:00"}),
     "its state does not say when its value was true"),
    ("tomorrow", read({**state("pulse", {"clients_green": 73}), "as_of": "2026-11-24T00:00:00-05:00"}),
     "its state says that it was true at 2026-11-24T00:00:00-05:00, and that has not come yet"),
    ("no turn", read({**state("pulse", {"clients_green": 73}), "turn": 12}),
     "its state does not say which turn wrote it"),
    ("a list", {"fresh": True, "state": [1]}, "its state has another form than a state has"),
    ("read is text", "pulse", "there is no state to read"),  # type: ignore[list-item]
]  # fmt: skip


@pytest.mark.parametrize(("given", "said"), [row[1:] for row in FAILS], ids=[row[0] for row in FAILS])
def test_a_source_that_fails_gives_no_value_and_one_escalation(
    desk: Desk, given: dict[str, Any] | None, said: str
) -> None:
    reads = all_well()
    if given is None:
        del reads["pulse"]
    else:
        reads["pulse"] = given
    result = tally(desk, reads)
    assert set(result["scorecard"]) == METRICS - {"clients_green"}
    assert why(result, "clients_green") == f"pulse: {said}"
    assert result["escalate"] == [
        {"about": "seat:pulse", "because": f"pulse leaves clients_green empty: {said}"}
    ]
    assert result["headline"] == "9 of 10 rows filled, 9 of them new; empty: clients_green"


@pytest.mark.parametrize(
    "value",
    ["n/a", "", "12,5", "1e3", "NaN", float("nan"), float("inf"), -float("inf"), True, False, [7], {}, {"value": None},
     {"value": "many"}, 10**15, 10**400, "1" * 16, " 7"],
)  # fmt: skip
def test_what_is_no_number_is_never_made_one(desk: Desk, value: Any) -> None:
    reads = {**all_well(), "pulse": read(state("pulse", {"clients_green": value}))}
    result = tally(desk, reads)
    assert set(result["scorecard"]) == METRICS - {"clients_green"}
    assert len(result["escalate"]) == 1


@pytest.mark.parametrize("seat", ["janine", "arin"])
def test_a_persons_word_without_a_time_is_true_when_it_was_given_and_an_agents_is_not(
    desk: Desk, seat: str
) -> None:
    given = state(seat, VALUES[seat], as_of=None, written="2026-11-23T08:50:00-05:00")
    result = tally(desk, {**all_well(), seat: read(given)})
    times = {result["scorecard"][name]["as_of"] for name in VALUES[seat] if name in result["scorecard"]}
    assert times == ({"2026-11-23T08:50:00-05:00"} if seat in PEOPLE else set())
    named = tally(desk, {**all_well(), seat: read({**given, "as_of": TRUE_AT})})
    assert {named["scorecard"][name]["as_of"] for name in VALUES[seat]} == {TRUE_AT}


def test_a_number_below_zero_moves_as_it_stands_for_the_runtime_holds_it(desk: Desk) -> None:
    result = tally(desk, {**all_well(), "pulse": read(state("pulse", {"clients_green": -5}))})
    assert result["scorecard"]["clients_green"]["value"] == -5


@pytest.mark.parametrize(
    "items",
    [
        [],
        "total",
        [total(), total(ad_spend_usd=1.0)],
        [{"kind": "total"}],
        [{"kind": "total", "with": 7}],
        [7, None],
    ],
)
def test_a_total_that_is_missing_or_given_twice_is_no_value(desk: Desk, items: Any) -> None:
    result = tally(desk, {**all_well(), "dash": read(state("dash", {}, items=items))})
    assert kinds(result)["ad_spend_usd"] == "empty"
    assert [one["about"] for one in result["escalate"]] == ["seat:dash"]


def test_a_source_is_escalated_once_a_day_and_again_on_the_next(desk: Desk) -> None:
    reads = {**all_well(), "arin": read(None, fresh=False)}
    first = tally(desk, reads)
    assert [one["because"] for one in first["escalate"]] == [
        "arin leaves appointment_rate and speed_to_lead_min empty: there is no state to read"
    ]
    second = tally(desk, {**reads, "tally": after(first)}, at=(12, 15))
    well = tally(desk, {**all_well(), "tally": after(second)}, at=(15, 15))
    fourth = tally(desk, {**reads, "tally": after(well)}, at=(18, 0))
    assert [len(one["escalate"]) for one in (second, well, fourth)] == [0, 0, 0]
    tuesday = tally(desk, {**reads, "tally": after(fourth)}, days=2)
    assert len(tuesday["escalate"]) == 1


def test_a_turn_that_was_killed_neither_loses_nor_doubles_an_alert(desk: Desk) -> None:
    reads = {**all_well(), "arin": read(None, fresh=False)}
    killed = tally(desk, reads)  # it took no effect: no state of its own came of it
    again = tally(desk, reads)
    assert killed == again
    assert list((desk.root / "seats/tally").glob("work/*")) == []


def failing(*seats: str) -> dict[str, Any]:
    return {**all_well(), **{seat: read(None, fresh=False) for seat in seats}}


def test_four_of_nine_are_four_alerts_and_five_of_nine_are_one(desk: Desk) -> None:
    four = tally(desk, failing(*SOURCES[:4]))
    assert [one["about"] for one in four["escalate"]] == [f"seat:{seat}" for seat in SOURCES[:4]]
    five = tally(desk, failing(*SOURCES[:5]))
    (alert,) = five["escalate"]
    assert alert["because"].startswith(
        "HIGH PRIORITY: 5 of 9 sources of the scorecard fail at once. dash leaves"
    )
    assert alert["about"] == [f"seat:{seat}" for seat in SOURCES[:5]]
    assert set(five["scorecard"]) == METRICS - {
        "ad_spend_usd",
        "clients_green",
        "qualified_meetings",
        "drafts_a_week",
        "projects_on_time",
    }


def test_over_half_is_said_once_and_again_only_when_more_fail(desk: Desk) -> None:
    first = tally(desk, failing(*SOURCES[:5]))
    same = tally(desk, {**failing(*SOURCES[:5]), "tally": after(first)}, at=(12, 15))
    more = tally(desk, {**failing(*SOURCES[:6]), "tally": after(same)}, at=(15, 15))
    assert (len(same["escalate"]), len(more["escalate"])) == (0, 1)
    assert more["escalate"][0]["because"].startswith("HIGH PRIORITY: 6 of 9")


def test_all_gone_leaves_every_row_empty_and_no_time(desk: Desk) -> None:
    result = tally(desk, failing(*SOURCES))
    assert result["scorecard"] == {}
    assert "as_of" not in result
    assert len(result["escalate"]) == 1
    assert result["headline"].startswith("0 of 10 rows filled, 0 of them new; empty: ad_spend_usd, ")


def test_what_the_runtime_held_stays_marked_until_its_source_says_otherwise(desk: Desk) -> None:
    reads = {**all_well(), "dash": read(state("dash", {}, items=[total(ad_spend_usd=40.0)]))}
    first = tally(desk, reads)
    says = "scorecard.ad_spend_usd: 40 was not written: 40 is outside its plausible range, between 500 and 20000."
    second = tally(desk, {**reads, "tally": after(first)}, at=(12, 15), corrections=[{"says": says}, 7])
    third = tally(desk, {**reads, "tally": after(second)}, at=(15, 15))
    for result in (second, third):
        assert result["scorecard"] == {}
        assert why(result, "ad_spend_usd") == says
        assert result["headline"] == "9 of 10 rows filled, 0 of them new; held: ad_spend_usd"
    right = tally(desk, {**all_well(), "tally": after(third)}, at=(18, 0))
    assert right["scorecard"]["ad_spend_usd"]["value"] == 6012.35
    assert kinds(right)["ad_spend_usd"] == "value"


@pytest.mark.parametrize(
    "own",
    [None, "x", {"fresh": True, "state": "x"}, read({"items": [7, {"with": 7}, {"about": 7, "with": {}}]})],
)
def test_a_memory_of_odd_shape_is_none(desk: Desk, own: Any) -> None:
    assert tally(desk, {**all_well(), "tally": own}) == tally(desk, all_well())


def test_a_huge_state_is_read_and_what_it_says_is_quoted_short(desk: Desk) -> None:
    words = [{"kind": "stale-source", "because": "x|y\n" * 100_000}]
    reads = {
        **all_well(),
        "pulse": read(state("pulse", {"clients_green": 73}, items=words, body="z" * 900_000)),
    }
    result = tally(desk, reads)
    assert len(json.dumps(result)) < 10_000
    assert "\n" not in result["escalate"][0]["because"]


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (None, "cannot read sources.csv"),
        ("metric,seat,key\na,b\n", "sources.csv: the first line must be metric,seat,key,time"),
        ("metric,seat,key,time\na,b\n", "sources.csv: line 2 is not a metric, a seat, a key"),
        ("metric,seat,key,time\na,b,c,as_of\n", "sources.csv: line 2 is not a metric, a seat, a key"),
        (
            "metric,seat,key,time\na,,scorecard.a,as_of\n",
            "sources.csv: line 2 is not a metric, a seat, a key",
        ),
        ("metric,seat,key,time\na,b,scorecard.a,now\n", "sources.csv: line 2 is not a metric, a seat, a key"),
    ],
)
def test_a_table_that_cannot_be_read_fails_the_turn_by_name(desk: Desk, table: str | None, said: str) -> None:
    path = desk.root / "seats/tally/sources.csv"
    path.unlink()
    if table is not None:
        path.write_text(table)
    ended = desk.start("tally", reads=all_well())
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith(f"tally: {said}")


@pytest.mark.parametrize("brief", ["{}", '{"reads": []}', '{"reads": {}, "now": "noon"}', "[" * 100_000])
def test_a_brief_of_odd_shape_fails_the_turn_with_one_sentence(desk: Desk, brief: str) -> None:
    ended = desk.start("tally", brief=brief)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("tally: ")
    assert ended.stderr.count("\n") == 1


def test_the_brief_is_its_only_clock(desk: Desk) -> None:
    given = {"reads": all_well(), "now": "2026-11-23T10:15:00-05:00"}
    ended = desk.start(
        "tally", brief=json.dumps(given), now=datetime.fromisoformat("2031-01-01T00:00:00-05:00")
    )
    assert "Checked Mon 23 Nov 10:15" in json.loads(ended.stdout)["body"]


# Over seeds: nothing that no source says.


def faulty(draw: random.Random, seat: str, values: dict[str, Any]) -> Any:
    """Return one of the ways in which a source can fail."""
    well = read(state(seat, dict(values), items=[total()]))
    item = {"kind": "total", "with": {"ad_spend_usd": draw.choice(ODD)}}
    odd = state(seat, {name: draw.choice(ODD) for name in values}, items=[item])
    return draw.choice([
        None, 7, {}, read(None, fresh=False), {**well, "fresh": False}, {**well, "state": [well]},
        {**well, "state": None, "note": "edited outside the fleet, so it is not shown"},
        read({**well["state"], "items": [*well["state"]["items"], STOPPED]}),
        read({**state(seat, dict.fromkeys(values, 5), items=[total()]), "as_of": draw.choice(NO_TIMES)}),
        read({**well["state"], "turn": draw.choice([None, 7, ""])}),
        read(odd),
    ])  # fmt: skip


NO_TIMES = [None, 7, "soon", "2027-01-01T00:00:00+00:00", "2026-11-23T00:00:00"]
ODD = [
    "n/a",
    "",
    True,
    False,
    float("nan"),
    float("inf"),
    [],
    [1],
    {"value": None},
    {"value": True},
    None,
    "1e3",
]


@pytest.mark.parametrize("seed", range(1000, 1020))
def test_over_seeds_no_value_is_invented_none_lost_and_none_moved_twice(desk: Desk, seed: int) -> None:
    draw, own, moved, told = random.Random(seed), None, dict[str, Any](), set[str]()
    values: dict[str, dict[str, Any]] = {"dash": {"ad_spend_usd": 6012.35}, **VALUES}
    for hour, minute in ((10, 15), (12, 15), (15, 15), (18, 0)):
        share = draw.choice([0.0, 0.2, 0.7])
        failing = {seat for seat in SOURCES if draw.random() < share}
        reads = {seat: faulty(draw, seat, own_) for seat, own_ in values.items() if seat in failing}
        reads |= {seat: all_well()[seat] for seat in SOURCES if seat not in failing}
        result = tally(desk, {**reads, **({"tally": own} if own else {})}, at=(hour, minute))
        expected = {name for seat in SOURCES if seat not in failing for name in values[seat]} - set(moved)
        assert set(result["scorecard"]) == expected
        assert {name: kind for name, kind in kinds(result).items() if kind == "empty"} == {
            name: "empty" for seat in failing for name in values[seat]
        }
        truth = tally(desk, all_well())["scorecard"]
        assert all(result["scorecard"][name] == truth[name] for name in expected)
        count = 1 if len(failing) * 2 > 9 and failing - told else len(failing - told)
        assert len(result["escalate"]) == count
        moved |= result["scorecard"]
        told |= failing
        own = after(result)
        print(
            f"tally: {len(expected)} moved, 0 invented, {10 - len(expected)} not; {len(failing)} of 9 failed"
        )


def test_what_the_real_seats_publish_is_what_its_table_asks_for(tmp_path: Path) -> None:
    desk = Desk(tmp_path, 11, LAST, calm=True)
    desk.bring(desk.now(10, 0))
    with (REPOSITORY / "seats/tally/sources.csv").open() as file:
        metrics = {row["metric"]: row["seat"] for row in csv.DictReader(file)}
    at = desk.now(10, 0)
    reads: dict[str, Any] = {}
    for seat in ("dash", "pulse", "dirk", "nick", "crystal", "pepper", "arin"):
        result = desk.result(seat, reads=reads, now=at)
        reads[seat] = read({**result, "seat": seat, "turn": "t-1"})
    moved = tally(desk, reads)
    agents = {metric for metric, seat in metrics.items() if seat in reads}
    assert set(moved["scorecard"]) == agents
    for metric in agents:
        given = moved["scorecard"][metric]
        assert given["as_of"] == reads[metrics[metric]]["state"]["as_of"]
        assert given["evidence"] == f"{metrics[metric]} t-1"
