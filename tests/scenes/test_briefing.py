"""An ESCALATION that came to Radar stands in each of its briefings until somebody answers it."""

from __future__ import annotations

from collections.abc import Callable

from scenes.agency import CAST, Agency

SELF = {
    **CAST,
    "radar": CAST["radar"].replace("[pulse, dirk, nick, pepper]", "[pulse, dirk, nick, pepper, radar]"),
}


def test_an_escalation_stands_in_every_briefing_until_it_is_answered(opened: Callable[..., Agency]) -> None:
    agency = opened(cast=SELF)
    letter = {"to": "radar", "type": "ESCALATION", "about": "account:acme", "subject": "Acme is stuck"}
    agency.plans("dirk", "10:00", messages=[letter])
    agency.start().until("10:30")
    (sent,) = [one for one in agency.mail("radar", "new") if one["type"] == "ESCALATION"]
    line = f"- dirk: Acme is stuck (account:acme), {sent['id']} since 2026-11-23T10:00:00-05:00"
    for hour in ("11:00", "12:00", "13:00"):
        briefing = agency.until(hour).state("radar")
        assert briefing["written"].startswith(f"2026-11-23T{hour}")
        assert briefing["headline"].startswith("1 escalation first; ")
        assert briefing["body"].startswith("## Escalations\n\n" + line)
    agency.ask("send", to="radar", type="INFORM", reply_to=sent["id"], subject="Done", body="I called them.")
    briefing = agency.until("14:00").state("radar")
    assert briefing["headline"].startswith("All 4 parts fresh")
    assert "## Escalations" not in briefing["body"]
