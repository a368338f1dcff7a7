"""Dirk, Sales: how the pipeline ages, which records need care, and which expansion plays may be offered.

A client that Pulse claims is not pitched, and without a fresh word from Pulse nobody is. The gate judges every
offer again when it would run.
"""

import csv
import json
import os
import re
import sys
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

STAGE_DAYS = {"lead": 14, "qualified": 14, "proposal": 14, "negotiation": 21}  # longest stay in a stage
UNTOUCHED_DAYS = 10  # an open deal that nobody touched for so long has stalled
OFFER_STAGES = ("qualified", "proposal")
OFFER_AGAIN_DAYS = 30
DENIED = Path("work/denied.json")  # the day on which a person last said no to an offer, for each account
DENIAL = re.compile(
    r"\S+ said no to your crm\.offer about (account:[a-z0-9][a-z0-9._@+-]*) \("
)  # as fleet says it
REPEAT_NOTE_DAYS = 7
AT_MOST_OFFERS = 3  # a turn: each one costs a person a decision
FEED_HOUR = 6  # yesterday's export is due by six in the morning


class Trouble(Exception):
    """Something without which this turn can say nothing true."""


class Deal(NamedTuple):
    """One open deal; what the record does not hold is None or empty."""

    number: str
    client: str
    kind: str
    stage: str
    amount: float | None
    in_stage: int  # days
    untouched: int  # days
    next_step: str

    @property
    def aged(self) -> list[str]:
        """Return why the deal is too old, in words; empty if it is not."""
        reasons = []
        if self.untouched > UNTOUCHED_DAYS:
            reasons.append(f"untouched for {self.untouched} days")
        if self.in_stage > STAGE_DAYS[self.stage]:
            reasons.append(f"{self.in_stage} days in {self.stage}, the limit is {STAGE_DAYS[self.stage]}")
        return reasons


class Peer(NamedTuple):
    """What was read of another seat: its subjects, or why they cannot be relied on."""

    about: set[str]
    word: str
    usable: bool


def main() -> int:
    """Print the result, or one sentence on stderr and exit 1."""
    try:
        print(json.dumps(turn(read_brief(), zoned_now())))
    except Trouble as trouble:
        print(f"dirk: {trouble}", file=sys.stderr)
        return 1
    return 0


def read_brief() -> dict:
    """Return the brief of this turn."""
    try:
        brief = json.loads(Path(os.environ["FLEET_BRIEF"]).read_text(encoding="utf-8"))
    except KeyError:
        raise Trouble("FLEET_BRIEF is not set; this program is started by fleet") from None
    except (OSError, ValueError) as error:
        raise Trouble(f"cannot read the brief: {error}") from error
    if not isinstance(brief, dict):
        raise Trouble("the brief is not a JSON object")
    return brief


def zoned_now() -> datetime:
    """Return FLEET_NOW in the fleet's zone; there is no other clock."""
    try:
        now = datetime.fromisoformat(os.environ["FLEET_NOW"])
        return now.astimezone(ZoneInfo(os.environ["TZ"]) if os.environ.get("TZ") else now.tzinfo)
    except (KeyError, ValueError, OSError) as error:
        raise Trouble(f"cannot tell the time from FLEET_NOW and TZ: {error!r}") from error


def turn(brief: dict, now: datetime) -> dict:
    """Return the pipeline as it stood in the newest export."""
    crm = Path(os.environ.get("FLEET_ROOT", "../..")) / "data/crm"
    rows = [
        row for row in rows_of(crm / "deals.csv") if (row.get("exported") or "9") < now.date().isoformat()
    ]
    exported = max((row["exported"] for row in rows), default="")
    deals, broken = open_deals(rows, exported)
    if not deals and broken:
        raise Trouble("no row of data/crm/deals.csv can be read")
    if not exported:
        raise Trouble("data/crm/deals.csv has no export before today")
    day = date.fromisoformat(exported)
    stale = day < now.date() - timedelta(days=1 if now.hour >= FEED_HOUR else 2)
    pulse, dash = peer(brief, "pulse", claims=True), peer(brief, "dash", claims=False)
    denied = denied_lately(brief, now)
    offers, reasons = (
        ([], ["the CRM export is old"]) if stale else offers_of(deals, pulse, dash, crm, day, denied)
    )
    care = [] if stale else care_of(deals, crm, day)
    words = [
        pulse.word,
        dash.word,
        *([f"{broken} rows could not be read and were left out."] if broken else []),
        *(f"Read {m.get('id')} from {m.get('from')}: {m.get('subject')}." for m in brief.get("mail", [])),
    ]
    return {
        "headline": headline(deals, offers, reasons, day if stale else None),
        "as_of": datetime.combine(day + timedelta(days=1), time(), now.tzinfo).isoformat(),
        "items": items_of(deals, day if stale else None),
        "actions": offers + care,
        "scorecard": {} if stale else meetings(crm / "touches.csv", now.date()),
        "body": body(deals, offers, reasons, words, "" if stale else f"{now:%a %d %b %H:%M}", day),
    }


# Reading


def rows_of(path: Path, *, needed: bool = True) -> list[dict[str, str]]:
    """Return the rows of a CSV file as they are; a file that need not be there may be missing."""
    try:
        with path.open(newline="", encoding="utf-8", errors="replace") as file:
            return list(csv.DictReader(file))
    except FileNotFoundError:
        if needed:
            raise Trouble(f"data/crm/{path.name} is not there") from None
        return []
    except (OSError, csv.Error) as error:
        raise Trouble(f"cannot read data/crm/{path.name}: {error}") from error


def open_deals(rows: list[dict[str, str]], exported: str) -> tuple[list[Deal], int]:
    """Return the open deals and how many rows could not be read."""
    deals, broken = [], 0
    for row in rows:
        try:
            if row["stage"] not in ("won", "lost"):
                deals.append(deal_of(row, date.fromisoformat(exported)))
        except (KeyError, TypeError, ValueError):
            broken += 1
    return deals, broken


def deal_of(row: dict[str, str], day: date) -> Deal:
    """Return one row as a deal; an amount that is not given is None, never a guess."""
    if row["stage"] not in STAGE_DAYS or not row["deal"] or not row["client"]:
        raise ValueError(row)
    amount = float(row["amount"]) if row["amount"] else None
    if amount is not None and not 0 < amount < 1e9:
        raise ValueError(row)
    in_stage = (day - date.fromisoformat(row["stage_since"])).days
    untouched = (day - date.fromisoformat(row["last_touch"])).days
    step = row["next_step"] or ""
    return Deal(
        row["deal"], row["client"], row["kind"], row["stage"], amount, in_stage, untouched, step.strip()
    )


def peer(brief: dict, seat: str, *, claims: bool) -> Peer:
    """Return what a seat names: its claims, or its items; with its age in words."""
    read = (brief.get("reads") or {}).get(seat) or {}
    state, name = read.get("state"), seat.capitalize()
    if not isinstance(state, dict):
        return Peer(set(), f"{name}: MISSING, no state to read.", False)
    if not read.get("fresh"):
        return Peer(
            set(), f"{name}: STALE, data of {read.get('as_of') or 'unknown time'}; not relied on.", False
        )
    named = [entry for entry in state.get("claims" if claims else "items") or [] if isinstance(entry, dict)]
    if any(
        str(item.get("kind")) == "stale-source" for item in state.get("items") or [] if isinstance(item, dict)
    ):
        return Peer(
            set(), f"{name}: its own source is old, data of {read.get('as_of')}; not relied on.", False
        )
    return Peer(
        {str(entry.get("about")) for entry in named}, f"{name}: read with data of {read.get('as_of')}.", True
    )


def done_lately(path: Path, key: tuple[str, ...], day: date, days: int) -> set[tuple[str, ...]]:
    """Return what an action's own log says was done within some days."""
    since = (day - timedelta(days=days)).isoformat()
    rows = rows_of(path, needed=False)
    return {tuple(row.get(column) or "" for column in key) for row in rows if (row.get("day") or "") >= since}


def denied_lately(brief: dict, now: datetime) -> dict[str, str]:
    """Return to which accounts a person said no within 30 days, and when; the brief tells each no only once."""
    since, today = (now.date() - timedelta(days=OFFER_AGAIN_DAYS)).isoformat(), now.date().isoformat()
    kept = remembered()
    denied = dict(kept)
    for note in brief.get("corrections") or []:
        if match := DENIAL.match(str(note.get("says"))):
            denied[match[1]] = max(denied.get(match[1], ""), day_of(note.get("at"), now))
    denied = {account: day for account, day in denied.items() if since <= day <= today}
    if denied != kept:
        remember(denied)
    return denied


def day_of(at: object, now: datetime) -> str:
    """Return the day of a note; today where it does not say."""
    try:
        return datetime.fromisoformat(str(at)).astimezone(now.tzinfo).date().isoformat()
    except ValueError:
        return now.date().isoformat()


def remembered() -> dict[str, str]:
    """Return what was kept in work/; nothing where that cannot be read."""
    try:
        known = json.loads(DENIED.read_text(encoding="utf-8"))
        return {account: day for account, day in known.items() if isinstance(day, str)}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, AttributeError, RecursionError) as error:
        print(f"{DENIED} cannot be read and is begun anew: {error!r}", file=sys.stderr)
        return {}


def remember(denied: dict[str, str]) -> None:
    """Keep it, whole or not at all; a no stays true whatever becomes of this turn."""
    try:
        DENIED.parent.mkdir(exist_ok=True)
        staged = DENIED.with_suffix(".tmp")
        staged.write_text(json.dumps(denied, sort_keys=True), encoding="utf-8")
        staged.replace(DENIED)
    except OSError as error:
        raise Trouble(f"cannot keep whom a no concerns: {DENIED}: {error.strerror}") from error


# Deciding what to offer


def offers_of(
    deals: list[Deal], pulse: Peer, dash: Peer, crm: Path, day: date, denied: dict[str, str]
) -> tuple[list[dict], list[str]]:
    """Return the expansion plays worth a person's decision, and why others were left out."""
    if not pulse.usable:
        return [], ["Pulse's watch list cannot be relied on, so nobody is pitched"]
    offered = done_lately(crm / "offers.csv", ("deal",), day, OFFER_AGAIN_DAYS)
    ready = [d for d in deals if d.kind == "expansion" and d.stage in OFFER_STAGES and not d.aged]
    offers, reasons = [], []
    for deal in sorted(ready, key=lambda deal: -(deal.amount or 0)):
        about = f"account:{deal.client}"
        if about in pulse.about:
            reasons.append(f"{deal.number}: {deal.client} is on Pulse's watch list")
        elif about in dash.about:
            reasons.append(f"{deal.number}: Dash reports trouble on {deal.client}; not the week to pitch")
        elif about in denied:
            reasons.append(
                f"{deal.number}: an offer to {deal.client} got a no on {denied[about]}; none for 30 days"
            )
        elif deal.amount is None:
            reasons.append(f"{deal.number}: no amount in the record")
        elif (deal.number,) not in offered and len(offers) < AT_MOST_OFFERS:
            offers.append(offer(deal))
    return offers, reasons


def offer(deal: Deal) -> dict:
    """Return one expansion play as an action; the same deal gives the same payload on every turn."""
    return {
        "kind": "crm.offer",
        "about": f"account:{deal.client}",
        "with": {"deal": deal.number, "amount": round(deal.amount or 0), "stage": deal.stage},
        "because": f"expansion in {deal.stage}, in time and in touch; Pulse does not claim {deal.client}",
        "confidence": 0.8,
    }


def care_of(deals: list[Deal], crm: Path, day: date) -> list[dict]:
    """Return the records to mark for care, each once a week."""
    wanted = []
    for deal in deals:
        if deal.amount is None:
            wanted.append((deal, "amount", "missing: ask the client; never guess"))
        if not deal.next_step:
            wanted.append((deal, "next_step", "missing: agree one"))
        if deal.aged:
            wanted.append((deal, "stalled", "next step or lost"))
    done = done_lately(crm / "writes.csv", ("deal", "field"), day, REPEAT_NOTE_DAYS)
    return [
        {
            "kind": "crm.write",
            "about": f"{'brand' if deal.kind == 'new' else 'account'}:{deal.client}",
            "with": {"deal": deal.number, "field": field, "value": value},
            "because": "; ".join(deal.aged)
            if field == "stalled"
            else f"{field.replace('_', ' ')} is not recorded",
        }
        for deal, field, value in wanted
        if (deal.number, field) not in done
    ]


# Answering


def meetings(path: Path, today: date) -> dict[str, int]:
    """Return how many meetings on deals this week had up to yesterday; nothing where the file is not there."""
    monday = today - timedelta(days=today.weekday())
    try:
        rows = rows_of(path)
    except Trouble:
        return {}
    held = [row for row in rows if row.get("kind") == "meeting" and row.get("deal")]
    return {
        "qualified_meetings": sum(
            monday.isoformat() <= (row.get("day") or "") < today.isoformat() for row in held
        )
    }


def items_of(deals: list[Deal], stale_since: date | None) -> list[dict]:
    """Return the aged deals as items, or the old export as the only one."""
    if stale_since:
        because = f"data/crm/deals.csv was exported on {stale_since}; nothing is offered or marked from it"
        return [{"about": "source:crm", "kind": "stale-source", "because": because, "confidence": 1}]
    return [
        {
            "about": f"account:{deal.client}",
            "kind": "aged-deal",
            "because": f"{deal.number}: {'; '.join(deal.aged)}",
            "confidence": 1,
            "with": {"deal": deal.number, "stage": deal.stage, "untouched_days": deal.untouched},
        }
        for deal in sorted(deals, key=lambda deal: -deal.untouched)
        if deal.aged
    ]


def headline(deals: list[Deal], offers: list[dict], reasons: list[str], stale_since: date | None) -> str:
    """Return the one line that others quote."""
    if stale_since:
        return f"CRM export stopped after {stale_since:%a %d %b}: nothing offered"
    aged = sum(bool(deal.aged) for deal in deals)
    plays = (
        f"{len(offers)} offered" if offers else "nothing offered" + (f" ({reasons[0]})" if reasons else "")
    )
    return f"{len(deals)} open deals, {aged} aged; {plays}"


def body(
    deals: list[Deal], offers: list[dict], reasons: list[str], words: list[str], checked: str, day: date
) -> str:
    """Return the page a person reads."""
    known = [deal.amount for deal in deals if deal.amount is not None]
    unknown = len(deals) - len(known)
    lines = [
        f"Pipeline ${sum(known):,.0f} in {len(known)} deals"
        + (f"; {unknown} without an amount." if unknown else ".")
    ]
    lines += ["", "| stage | open | aged | limit, days |", "|---|--:|--:|--:|"]
    for stage, limit in STAGE_DAYS.items():
        here = [deal for deal in deals if deal.stage == stage]
        lines.append(f"| {stage} | {len(here)} | {sum(bool(deal.aged) for deal in here)} | {limit} |")
    lines += [
        "",
        *(f"- Offered: {o['about'][8:]}, {o['with']['deal']}, ${o['with']['amount']:,}" for o in offers),
    ]
    lines += [f"- Left out: {reason}" for reason in reasons]
    lines += [f"- {word}" for word in words]
    if checked:
        lines += ["", f"Checked {checked} against the export of {day:%a %d %b}."]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
