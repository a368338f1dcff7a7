"""Worries: what `fleet simulate` found wrong, and what money and load come to at worst, as lines of its page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from fleet.cli.page import ROWS_SHOWN, Page, more, named, plural, say_day, say_money, say_usd, text
from fleet.core.reading import Early
from fleet.core.simulate import Slow
from fleet.core.span import round_span, say_span

GAP = " " * 7
ASSUMES = (
    "Taken for granted: a turn ends at once and publishes. "
    "Wakes by mail, by changed files and by people come on top."
)
NAMES = {
    "order": ("reader too early", "readers too early"),
    "stale": ("stale input", "stale inputs"),
    "handoff": ("slow handoff", "slow handoffs"),
    "circle": ("circle of publishes", "circles of publishes"),
    "money": ("budget that may not do", ""),
    "load": ("seat that may fall behind", "seats that may fall behind"),
}


def early(page: Page) -> Iterator[str]:
    """Name each reader that finds its input stale; with -v each that wakes before what it reads, too."""
    listed = [one for one in page.told.early if page.verbose or not _holds(one)]
    if not listed:
        return
    yield "READERS TOO EARLY"
    for one in listed[:ROWS_SHOWN]:
        yield from _pair(page, one)
    yield from more(len(listed))


def _holds(one: Early) -> bool:
    """Whether what the reader finds is older than it could be, and holds all the same: that is no finding."""
    return one.kind == "before" and one.fresh


def _pair(page: Page, one: Early) -> Iterator[str]:
    what = {
        "before": f"wakes before {one.peer}, which it reads",
        "stale": f"finds that the state of {one.peer} has run out",
        "missing": f"reads {one.peer}, which has published nothing by then",
    }[one.kind]
    yield from text(f"{one.reader} {what}: {one.count} of its {plural(one.of, 'wake')}", "  ", " " * 4)
    first = f"first {page.when(one.first)}"
    if one.sees is not None:
        age = round_span(one.first - one.sees)
        how = "still fresh" if one.fresh else "stale"
        first += f": it then reads {one.peer} of {page.when(one.sees)}, {age} old, {how}"
    yield from text(first, " " * 4)
    if one.tries:
        yield from text(f"try: {'   |   '.join(one.tries)}", " " * 4)


def handoffs(page: Page) -> Iterator[str]:
    """Name each handoff whose receiver is promised its next wake too late."""
    if not page.told.slow:
        return
    yield "HANDOFFS TOO SLOW"
    for late in page.told.slow[:ROWS_SHOWN]:
        yield from _slow(page, late)
    yield from more(len(page.told.slow))


def _slow(page: Page, late: Slow) -> Iterator[str]:
    what = f"{late.handoff} from {late.sender} to {late.receiver} within {say_span(late.within)}"
    yield from text(
        f"{what}: too late after {late.count} of {plural(late.of, 'wake')} of {late.sender}", "  ", " " * 4
    )
    wakes = "is promised no wake after it"
    if late.next_at is not None:
        wakes = f"wakes {page.when(late.next_at)}, {round_span(late.next_at - late.first)} later"
    yield from text(f"first {page.when(late.first)}; {late.receiver} then {wakes}", " " * 4)
    yield from text(f"try: {late.receiver} also: when {late.sender} publishes", " " * 4)


def money(page: Page) -> Iterator[str]:
    """Say the most that the seats could ask for, beside what the fleet has."""
    worst = page.told.money
    per = f" in a {worst.per}" if worst.per else " in all"
    fleet = f"of the fleet's {say_money(worst.budget)}" if worst.budget else "and the fleet has no budget"
    said = f"{plural(len(worst.seats), 'seat')} with a budget may ask for {say_usd(worst.most)}{per}, {fleet}"
    if not worst.seats:
        has = f"the fleet has {say_money(worst.budget)}" if worst.budget else "nor has the fleet"
        said = f"no seat that wakes has a budget, {has}"
    yield from text(f"{'MONEY':<7}{said}", "", GAP)
    if worst.unbounded:
        bound = "the fleet's budget alone bounds them" if worst.budget else "nothing bounds them"
        yield from text(f"without a budget: {named(worst.unbounded)}; {bound}", GAP)
    if worst.over:
        first = worst.over[0]
        when = plural(len(worst.over), worst.per or "time")
        yield from text(
            f"more than the fleet has on {when}, first {say_day(first.begins)}: {say_usd(first.asked)}", GAP
        )


def load(page: Page) -> Iterator[str]:
    """Say how much is due at once, and what waits for what."""
    found = page.told.load
    if found.crowd is None or found.busiest is None:
        yield f"{'LOAD':<7}no wake is promised"
        return
    crowd = found.crowd
    most = f"{len(crowd.seats)}, {page.when(crowd.at)} ({named(crowd.seats)})"
    yield from text(
        f"{'LOAD':<7}{plural(found.at_once, 'turn')} may run at once; most due at once: {most}", "", GAP
    )
    for line in _waits(page):
        yield from text(line, GAP)
    hour, count = found.busiest
    day, turns = max(found.a_day, key=lambda pair: pair[1])
    total = f"{sum(n for _, n in found.a_day):,}"
    yield from text(f"busiest hour: {page.when(hour)}, {plural(count, 'turn')}", GAP)
    yield from text(f"busiest day: {say_day(day)}, {turns:,} of {total} process starts in all", GAP)
    if found.first_starts:
        yield f"{GAP}beside these the first start of {plural(found.first_starts, 'seat')}"


def _waits(page: Page) -> Iterator[str]:
    found = page.told.load
    if found.longest is not None:
        wait = found.longest
        says = f"{wait.seat} of {page.when(wait.at)} would wait longest, {round_span(wait.waits)}"
        yield f"if every turn took its whole limit, {says}"
    else:
        yield "no wake would wait, even if every turn took its whole limit"
    if found.late and found.late_first is not None:
        first = found.late_first
        late = f"{plural(found.late, 'wake')} would begin later than late_after"
        yield f"{late}, first {first.seat} of {page.when(first.at)}"
    for merge in found.merges[:ROWS_SHOWN]:
        again = f"{merge.seat} is woken again after {say_span(merge.gap)}, within its limit of "
        yield f"{again}{say_span(merge.limit)}: {plural(merge.count, 'wake')} may merge into one turn"
    yield from more(len(found.merges))
    for circle in page.told.sight.circles[:ROWS_SHOWN]:
        yield (
            f"{' and '.join(circle)} wake each other by publishing, without end; each is counted once"
            if len(circle) > 1
            else f"{circle[0]} wakes itself by publishing, without end; it is counted once"
        )


def close(page: Page) -> Iterator[str]:
    """Say what was taken for granted, how many findings there are, and what to type next."""
    yield from text(ASSUMES)
    findings = page.told.findings
    fine = [one for one in page.told.early if _holds(one)]
    if fine:
        one = len(fine) == 1
        lists = "" if page.verbose else f"; -v lists {'it' if one else 'them'}"
        yield from text(
            f"{plural(len(fine), 'reader')} {'uses' if one else 'use'} an older state, which still holds{lists}."
        )
    if not findings:
        yield "No findings.  Next: fleet rehearse --for 1d"
        return
    counts = Counter(finding.kind for finding in findings)
    listed = ", ".join(plural(n, *NAMES[kind]) for kind, n in counts.items())
    following = f"Next: fleet simulate --seat {findings[0].seats[0]}"
    yield from text(f"{plural(len(findings), 'finding')}: {listed}.")
    yield following
