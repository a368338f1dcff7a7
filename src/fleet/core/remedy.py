"""Remedy: what would change how a thing stands, or what comes of it next, and what can be typed, in sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from fleet.core.cause import MACHINE, Stand
from fleet.core.chart import Chart
from fleet.core.moment import read_near
from fleet.core.record import Record
from fleet.core.verdict import Step

Data = Mapping[str, Any]


def of_turn(ended: Record, now: datetime, left: str) -> Iterator[str]:
    """Say what the end of a turn that was not done means, and what would make the next one better.

    `left` says where that stands which its holder wrote.
    """
    data, seat = ended.data, ended.seat
    outcome = data["outcome"]
    if outcome == "done":
        return
    yield "It had no effect: only a done turn has. Its mail went back to new/."
    if outcome == "empty":
        yield f"Another result, or the same with a newer as_of, would renew the state of {seat}."
    if outcome == "timed out":
        yield f"It would need to be quicker, or a longer `limit` of {seat} in fleet.yaml."
    if outcome in ("failed", "timed out") and left:
        yield left
    if data.get("retry_at"):
        yield f"It was to be tried again at {read_near(data['retry_at'], now)}."
    elif outcome in ("failed", "timed out"):
        yield f"It is not tried again by itself; one more turn now: fleet wake {seat}."


def of_wake(record: Record) -> Iterator[str]:
    """Say what would have let a wake run that was skipped or missed."""
    seat, reason = record.seat, str(record.data.get("reason", ""))
    if record.what == "wake_skipped" and reason == "nothing new":
        yield f"New mail or a changed input would have let it run; so would `skip_if: never` of {seat} in fleet.yaml."
        yield f"A turn now, news or not: fleet wake {seat}."
    elif record.what == "wake_skipped" and reason.startswith("paused"):
        yield f"A pause lets no wake run; those after it do. A turn now: fleet resume, then fleet wake {seat}."
    elif record.what in ("wake_skipped", "wake_missed"):
        yield f"What is run late says `missed` of {seat} in fleet.yaml. A turn now: fleet wake {seat}."


def of_action(last: Record) -> Iterator[str]:
    """Say what would have changed the end of an action that was not done."""
    data, seat = last.data, last.seat
    if last.what == "action_outcome" and data["outcome"] == "failed":
        yield f"{seat} reads of it in its next brief; offered again, it is judged anew."
    elif last.what == "approval_answered" and data["answer"] == "no":
        yield f"{seat} reads the reason in its next brief, and may offer something else."
    elif last.what == "verdict" and data.get("verdict") == "refuse":
        teller = _REFUSED.get(data.get("step", 0))
        if teller is not None:
            yield teller(data, str(seat))
    elif last.what == "verdict" and data.get("verdict") in ("lapsed", "withdrawn"):
        yield f"{seat} reads of it in its next brief, and may offer it again."


def _forbidden(data: Data, seat: str) -> str:
    if "never" in str(data.get("rule", "")) or "never" in str(data.get("reason", "")):
        return f"Only fleet.yaml changes that: `never` of {seat}."
    return f"Only fleet.yaml changes that: {data.get('kind')} under `actions`, and in `can` of {seat}."


def _done_before(data: Data, seat: str) -> str:
    kind = data.get("kind")
    return (
        f"Another payload or subject is another action; `once` and `at_most` of {kind} stand in fleet.yaml."
    )


def _outranked(data: Data, seat: str) -> str:
    return "It would pass once no seat above claims the subject or touched it within the span that the conflict names."


def _ruled(data: Data, seat: str) -> str:
    rule = data.get("rule") or "the rule"
    erred = [seen for seen in data.get("evidence") or () if isinstance(seen, Mapping) and "error" in seen]
    if erred:
        return _unjudged(str(rule), str(data.get("place") or "fleet.yaml"), str(erred[0]["error"]))
    return f"An offer that does not meet {rule} passes, or a person changes the rule in fleet.yaml."


def _unjudged(rule: str, place: str, error: str) -> str:
    if error.startswith("there is no "):
        return f"An offer that has what {rule} asks for is judged; has(..) in its condition asks whether it is there."
    if "cannot be asked of" in error:
        said = f"{rule} compares what does not go together, as a text with a number"
    else:
        said = f"{rule} cannot be judged by what it was told"
    return f"{said}. A person changes it at {place}, or offers come with other values. See: fleet rules show {rule}"


_REFUSED: Mapping[int, Callable[[Data, str], str]] = {
    Step.PERMIT: _forbidden,
    Step.ONCE: _done_before,
    Step.CONFLICTS: _outranked,
    Step.RULES: _ruled,
}


def of_seat(chart: Chart, name: str, stand: Stand, left: str) -> Iterator[str]:
    """Say what would mend a seat's health; `left` says where that stands which its last turn wrote."""
    if stand.cause and stand.cause != MACHINE and stand.health not in ("held", "waiting"):
        yield f"It began with {stand.cause}: fleet why {stand.cause}."
        return
    if stand.cause == MACHINE:
        yield "It is the trouble of no seat: fleet status says what the machine lacks."
        return
    said = _MENDS.get(stand.health)
    if said is not None:
        yield said.format(name, left).strip()
    retired = chart.retired.get(name)
    if retired is not None:
        for work, heir in retired.gave.items():
            yield f"{work} is now {heir}'s."


_MENDS = {
    "failed": "{1} One more turn now: fleet wake {0}.",
    "empty": "A result that is new, or has a newer as_of, mends it. {1}",
    "stale": "Its next done turn renews it; one now: fleet wake {0}.",
    "late": "Its first done turn mends it; one now: fleet wake {0}.",
    "planned": "It needs a holder in fleet.yaml: `run:`, or `person:`.",
    "gone": "Put {0} back into fleet.yaml, or name it there under `retired:` with its heirs.",
}
