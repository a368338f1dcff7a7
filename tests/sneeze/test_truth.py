"""Agents against the hidden truth, over twenty seeds that nothing was tuned on."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sneeze_desk import Desk

SEEDS = range(1000, 1020)
LAST = date(2026, 11, 20)
OVER = 0.30  # events smaller than this are not asked for
SETTLED_DAYS = 9  # a risk builds up over three days; then a whole week shows it
LEAST_LEADS = 60  # a week; the charter judges no client with under 50
AFTER_DAYS = 10  # as long after its end nobody can know that a whole week was good


@pytest.fixture(scope="module")
def desks(tmp_path_factory: pytest.TempPathFactory) -> list[Desk]:
    """Two days of each seed."""
    where = tmp_path_factory.mktemp("desks")
    return [
        Desk(where / f"{seed}-{back}", seed, LAST - timedelta(days=back))
        for seed in SEEDS
        for back in (0, 24)
    ]


def results(desks: list[Desk], seat: str) -> list[dict[str, Any]]:
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda desk: desk.result(seat), desks))


def live(desk: Desk) -> dict[str, list[dict[str, Any]]]:
    """Return the events of the newest day by account, client or source."""
    found: dict[str, list[dict[str, Any]]] = {}
    for event in desk.truth["events"]:
        if event["first"] <= desk.last.isoformat() <= event["last"]:
            found.setdefault(event["name"], []).append(event)
    return found


def is_true(desk: Desk, item: dict[str, Any]) -> bool:
    """Say whether something that fits the item was put into the newest day."""
    kind, subject = item["about"].split(":")
    events = live(desk)
    if kind == "source":
        return any(event["knob"] == "dead" for event in events.get(subject, []))
    own = events.get(item["with"]["ad_account"], []) + events.get(subject, [])
    wanted = {"vanish"} if item["kind"] == "missing" else {"spend", "cpl", "risk", "recovery"}
    return any(event["knob"] in wanted for event in own)


def wanted(desk: Desk) -> list[tuple[str, str]]:
    """Return knob and ad account of each event that the newest day must show."""
    newest = {
        line.split(",")[3] for line in (desk.root / "data/ads/daily.csv").read_text().splitlines()
        if line.startswith(desk.last.isoformat())
    }  # fmt: skip
    events = live(desk)
    return [
        (event["knob"], name)
        for name, own in events.items()
        for event in own
        if (event["knob"] in ("spend", "cpl") and name in newest and abs(event["factor"] - 1) >= OVER)
        or (event["knob"] == "vanish" and not {"ads", name.rpartition("-")[2]} & set(events))
    ]


def test_dash_finds_what_was_put_in_and_little_else(desks: list[Desk]) -> None:
    true, false, asked, found = 0, 0, Counter[str](), Counter[str]()
    for desk, result in zip(desks, results(desks, "dash"), strict=True):
        if any(item["kind"] == "stale-source" for item in result["items"]):
            assert "ads" in live(desk)
            continue
        judged = [is_true(desk, item) for item in result["items"] if item["kind"] in ("anomaly", "missing")]
        true, false = true + sum(judged), false + len(judged) - sum(judged)
        named = {item["with"].get("ad_account") for item in result["items"]}
        for knob, account in wanted(desk):
            asked[knob] += 1
            found[knob] += account in named
    print(f"dash: precision {true}/{true + false}", {knob: f"{found[knob]}/{asked[knob]}" for knob in asked})
    assert true / (true + false) >= 0.88
    assert found["spend"] / asked["spend"] >= 0.88
    assert found["vanish"] == asked["vanish"]
    assert found["cpl"] / asked["cpl"] >= 0.40  # a small account's leads of one day are mostly chance


def test_pulse_lists_the_clients_at_risk_and_few_others(desks: list[Desk]) -> None:
    true = false = missed = 0
    for desk, result in zip(desks, results(desks, "pulse"), strict=True):
        if "claims" not in result:
            continue
        listed = {claim["about"].partition(":")[2] for claim in result["claims"]}
        must, may = at_risk(desk)
        true, missed, false = (
            true + len(must & listed),
            missed + len(must - listed),
            false + len(listed - must - may),
        )
    print(f"pulse: precision {true}/{true + false}, recall {true}/{true + missed}")
    assert true / (true + false) >= 0.80
    assert true / (true + missed) >= 0.85


def at_risk(desk: Desk) -> tuple[set[str], set[str]]:
    """Return the clients that must be on the list, and those that may be: just begun, or just over."""
    must, may, leads = set(), set(), leads_a_week(desk)
    for event in desk.truth["events"]:
        first, last = date.fromisoformat(event["first"]), date.fromisoformat(event["last"])
        if event["knob"] != "risk":
            continue
        if first + timedelta(days=SETTLED_DAYS) <= desk.last <= last and leads[event["name"]] >= LEAST_LEADS:
            must.add(event["name"])
        elif first <= desk.last <= last + timedelta(days=AFTER_DAYS):
            may.add(event["name"])
    return must, may - must


def leads_a_week(desk: Desk) -> Counter[str]:
    """Return how many leads each client has in an average week."""
    leads = Counter[str]()
    for line in (desk.root / "data/ads/daily.csv").read_text().splitlines()[1:]:
        leads[line.split(",")[1]] += int(line.split(",")[7])
    return Counter({client: count * 7 // 120 for client, count in leads.items()})


def test_dirk_names_the_stalled_deals_and_no_others(desks: list[Desk]) -> None:
    true = false = missed = 0
    for desk, result in zip(desks, results(desks, "dirk"), strict=True):
        if any(item["kind"] == "stale-source" for item in result["items"]):
            continue
        aged = {item["with"]["deal"] for item in result["items"]}
        ages = {
            deal["deal"]: (desk.last - date.fromisoformat(deal["since"])).days
            for deal in desk.truth["stalled_deals"]
        }
        must = {deal for deal, age in ages.items() if age > 10}
        true, missed, false = (
            true + len(must & aged),
            missed + len(must - aged),
            false + len(aged - set(ages)),
        )
    print(f"dirk: precision {true}/{true + false}, recall {true}/{true + missed}")
    assert true / (true + false) >= 0.95
    assert true / (true + missed) >= 0.95


def test_the_desk_uses_seeds_that_no_agent_file_names() -> None:
    seats = Path(__file__).resolve().parents[2] / "seats"
    text = " ".join(
        path.read_text() for path in seats.rglob("*") if path.suffix in (".py", ".sh", ".awk", ".md")
    )
    assert "2611" not in text
    assert "seed" not in text.lower()
