"""Card: an action that waits for a person, in the lines that he decides on. Nothing of its payload is left out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any

from fleet.cli.answer import clean
from fleet.cli.table import columns, wrapped
from fleet.cli.terminal import is_utf8, width
from fleet.cli.times import ago, short, soon, when
from fleet.core.moment import at_soon

LABEL = 13
"""Columns of the words before the text."""
ONE_LINE = 61
"""A payload that takes no more than this stands on one line: a card is 80 columns wide."""
SHA_SHOWN = 6

Card = Mapping[str, Any]


def queue_lines(cards: Sequence[Card], unknown: Sequence[Card], now: datetime) -> list[str]:
    """List what waits for a person, one line each: who is asked, for how long, and what waiting does."""
    if not cards and not unknown:
        return ["Nothing waits for a yes, and nothing is unknown."]
    rows = [["ID", "SEAT", "WANTS", "FROM", "SINCE", ""]]
    rows += [_row(card, now, f"lapses {_until(card, now)}") for card in cards]
    rows += [_row(card, now, f"may have happened or not: {card['reason']}") for card in unknown]
    return columns(rows, limit=width())


def _row(card: Card, now: datetime, says: str) -> list[str]:
    since = ago(_at(card["since"], now), now)
    return [card["id"], card["seat"], wants(card), card["person"] or "anybody above", since, says]


def wants(card: Card) -> str:
    """Say in a few words what is wanted: `crm.offer to account:acme`."""
    about = ", ".join(subjects(card))
    return f"{card['kind']} to {about}" if about else str(card["kind"])


def subjects(card: Card) -> list[str]:
    """Give what a card is about as a list."""
    about = card["about"]
    return [about] if isinstance(about, str) else list(about or ())


def card_lines(card: Card, now: datetime, instead: Mapping[str, Any] | None = None) -> list[str]:
    """Give a card as lines; times are in the zone of `now`. `instead` is a payload to approve in its place."""
    head = f"{card['id']:<5} {card['seat']:<9}"
    lines = [f"{head} {wants(card)}, once".rstrip()]
    indent = " " * 6
    facts = list(_facts(card, now))
    if instead is not None:
        facts.insert(1, ("instead", payload_lines(instead)))
    for label, texts in facts:
        for i, text in enumerate(texts):
            lead = indent + (f"{label:<{LABEL}}" if i == 0 else " " * LABEL)
            lines += wrapped(lead, text, width())
    return lines


def _facts(card: Card, now: datetime) -> Iterator[tuple[str, list[str]]]:
    place = f"  {card['place']}" if card["place"] else ""
    yield "payload", [*payload_lines(card["with"]), *_files(card)]
    said = f'"{clean(card["because"])}"' if card["because"] else "(it gave no reason)"
    yield "says", [f"{said}  {card['turn']}"]
    if card["asked_for"]:
        yield "asked by", [", ".join(f"{who} in {message}" for message, who in card["asked_for"].items())]
    if card["outside"]:
        yield "beware", [f"{card['turn']} had read text that strangers can write"]
    against, checked = _against(card), _checked(card, now)
    if against:
        yield "against", ["; ".join(against)]
    if checked:
        yield "checked", ["; ".join(checked)]
    denied = card.get("denied")
    if denied:
        at, why = short(_at(denied["at"], now), now), clean(denied["because"] or "no reason given")
        what = "the same" if denied["hash"] == card["hash"] else "one with another payload"
        yield "before", [f"{denied['by']} said no to {what}, {at}: {why}"]
    if card["status"] == "unknown":
        yield from _of_unknown(card)
        return
    if card["status"] != "asked":
        yield card["status"], [f"{clean(card['reason'])}{place}" or "now"]
        return
    yield (
        "asks",
        [f"{card['person']}, {ago(_at(card['since'], now), now)} ago: {clean(card['reason'])}{place}"],
    )
    for yes in card.get("answers", ()):
        yield "before", [f"{yes['by']} said yes {short(_at(yes['at'], now), now)}"]
    yield "if yes", [_if_yes(card)]
    yield "if you wait", [_waiting(card, now)]


def _if_yes(card: Card) -> str:
    """Say what a yes would come to, as the gate would judge it now."""
    then = card.get("if_yes") or {"verdict": "allow"}
    if then["verdict"] == "allow":
        return f"it is judged once more, and exactly this runs: {clean(card['runs'] or 'nothing')}"
    why = clean(then["reason"]) + (f"  {then['place']}" if then["place"] else "")
    if then["verdict"] == "ask":
        return f"nothing runs yet: {then['person']} is asked next, for {why}"
    until = f". It goes on by itself when {clean(then['until'])}" if then["until"] else ""
    return f"nothing runs yet: the gate would {then['verdict']} it, for {why}{until}"


def _of_unknown(card: Card) -> Iterator[tuple[str, list[str]]]:
    tried = "once" if card["tries"] == 1 else f"{card['tries']} times"
    yield "unknown", [f"it was begun {tried} and may have happened or not: {clean(card['reason'])}"]
    if card["again_at"]:
        yield "next", ["it is safe to repeat, so fleet tries it again by itself"]
        return
    yield "happened", ["it counts as done: fleet approve " + card["id"] + " --happened"]
    yield (
        "again",
        [f"it is judged and run again under the key {card['id']}: fleet approve {card['id']} --again"],
    )
    yield "leave", [f"it counts as touched, and is not run again: fleet deny {card['id']}"]


def _waiting(card: Card, now: datetime) -> str:
    following = card["next"]
    if following is None:
        next_ = "nobody else is asked"
    else:
        next_ = f"{following['to']} is asked {at_soon(_at(following['at'], now), now)}"
    return f"{next_}; lapses {_until(card, now)}"


def _until(card: Card, now: datetime) -> str:
    return soon(_at(card["expires_at"], now), now)


def _against(card: Card) -> list[str]:
    """Say what speaks against it: what is paused, and what other seats claim of its subjects."""
    said = [_pause(one) for one in card["against"] if "pause" in one]
    claims = [c for c in card["against"] if "claim" in c and c["by"] != card["seat"]]
    return said + [_claim(claim, card["seat"]) for claim in claims]


def _checked(card: Card, now: datetime) -> list[str]:
    """Say what was looked at and speaks of itself not against it: no claim, its own, and states of those above."""
    claims = [c for c in card["against"] if "claim" in c]
    claimed = {c["claim"] for c in claims}
    said = [f"nobody claims {subject}" for subject in subjects(card) if subject not in claimed]
    said += [_claim(claim, card["seat"]) for claim in claims if claim["by"] == card["seat"]]
    said += [_state(s, now) for s in card["against"] if "on" in s]
    return said or ([] if subjects(card) else ["it names no subject, so nobody can have claimed it"])


def _pause(pause: Mapping[str, Any]) -> str:
    why = f" ({clean(pause['because'])})" if pause["because"] else ""
    return f"{pause['pause']} is paused by {pause['by']}{why}"


def _claim(claim: Mapping[str, Any], seat: str) -> str:
    why = f" ({clean(claim['because'])})" if claim["because"] else ""
    who = f"{seat} itself" if claim["by"] == seat else claim["by"]
    return f"{who} claims {claim['claim']}{why} since {claim['turn']}"


def _state(state: Mapping[str, Any], now: datetime) -> str:
    at = _at(state["published_at"], now)
    if at is None:
        return f"{state['seat']} has published nothing"
    fresh = "" if state["fresh"] else ", which is too old"
    said = f": {clean(state['headline'])}" if state["headline"] else ""
    return f"{state['seat']} published at {short(at, now)}{fresh}{said}"


def _files(card: Card) -> list[str]:
    return [f"{escaped(path)}  sha256 {sha[:SHA_SHOWN]}" for path, sha in card["files"].items()]


def payload_lines(payload: Any) -> list[str]:
    """Give a payload whole: on one line if it is short, else a line a key; what cannot be seen is escaped."""
    if not payload:
        return ["nothing beside its subject"]
    if not isinstance(payload, Mapping):
        return _value(payload)
    parts = [(escaped(str(key)), _value(value)) for key, value in payload.items()]
    joined = ", ".join(f"{key}: {lines[0]}" for key, lines in parts)
    if all(len(lines) == 1 for _, lines in parts) and len(joined) <= ONE_LINE:
        return [joined]
    rows: list[str] = []
    for key, lines in parts:
        rows += [f"{key}: {lines[0]}"] if len(lines) == 1 else [f"{key}:", *(f"  {line}" for line in lines)]
    return rows


def _value(value: Any) -> list[str]:
    if isinstance(value, str):
        plain = value and value == value.strip() and not _looks_like_more(value)
        lines = value.split("\n")
        if len(lines) > 1 and value.strip():
            return [f"| {escaped(line)}".rstrip() for line in lines]
        return [escaped(value) if plain else escaped(json.dumps(value, ensure_ascii=False))]
    return [escaped(json.dumps(value, ensure_ascii=False, default=str))]


def _looks_like_more(text: str) -> bool:
    """Say whether a text would be taken for something else if it stood there bare."""
    if text[0] in "[{\"'|" or ", " in text or ": " in text:
        return True
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def escaped(text: str) -> str:
    r"""Show what a terminal would hide, obey or not have: `\x1b` for an escape."""
    whole = is_utf8()
    plain = (c.isprintable() and (whole or c.isascii()) for c in text)
    return "".join(c if p else c.encode("unicode_escape").decode() for c, p in zip(text, plain, strict=True))


def _at(text: str | None, now: datetime) -> datetime | None:
    zone = now.tzinfo
    assert isinstance(zone, tzinfo)
    return when(text, zone)
