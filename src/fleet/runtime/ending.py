"""The end of a turn: what is made of what a holder gave back, and of one that gave nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field, replace
from datetime import datetime, timedelta
from typing import Any

from fleet.core.account import Account
from fleet.core.canonical import sha256_hex
from fleet.core.chart import Seat
from fleet.core.consequence import dead_mail, of_done, of_failed
from fleet.core.frozen import dataclass
from fleet.core.names import out_path, turn_raw_path
from fleet.core.outside import asked_by
from fleet.core.past import Past, Running
from fleet.core.planner import good_until, next_promised
from fleet.core.record import Draft, Record
from fleet.core.result import (
    Result,
    fingerprint,
    from_json,
    last_checkpoint,
    read_emitted,
    read_result,
    says_nothing,
    to_json,
    with_emitted,
)
from fleet.edge import process
from fleet.errors import Broken, Unreadable
from fleet.runtime.fleet import Fleet
from fleet.runtime.hide import Left, clean_out, hidden_result, say_held, shown_in
from fleet.runtime.render import state_text
from fleet.runtime.sight import all_of, speaking
from fleet.runtime.stamp import MEDDLED, known, remembered
from fleet.runtime.turn import Turn
from fleet.store.trouble import Missing
from fleet.store.yaml import read_plain

EMIT_MAX = 4 * 1024 * 1024
RETRIES_AFTER = (timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=5))
LATER_AFTER = (timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=4), timedelta(minutes=5))
TRY_LATER = 75
"""EX_TEMPFAIL of sysexits.h: not a failure, come back."""
CHANGED = f"{MEDDLED} while its own turn ran"


@dataclass(frozen=True, slots=True)
class Ending:
    """What a turn came to."""

    outcome: str
    why: str = ""
    result: Result | None = None
    checkpoint: Any = None
    out: Mapping[str, str] = field(default_factory=dict)
    """The files that it left to be sent, frozen by their hashes."""
    left: Left = field(default_factory=Left)
    """What was found of secrets in what it left."""


def finish(fleet: Fleet, turn: Turn, ended: process.Ended, now: datetime) -> Record:
    """Stage the end of a turn and all that follows from it."""
    past = fleet.account.past(turn.seat.id)
    ending = _safely(fleet, turn, past, ended, now)
    ending = _cleaned(fleet, turn, ending)
    if ending.outcome in ("failed", "timed out") and ended.stdout:
        _keep_raw(fleet, turn, ended.stdout)
    _say_shown(fleet, turn, shown_in(ending.result), ending.left, now)
    running = past.running
    data = {**_facts(fleet, turn, past, ending, now), **_process_facts(ended)}

    def follow(account: Account, record: Record) -> Iterator[Draft]:
        return consequences(fleet, turn.seat, record, running)

    if ending.outcome == "done":
        data["state"] = _state(fleet, turn, past, ending, data, now)
    return fleet.book.follow(Draft("turn_ended", seat=turn.seat.id, turn=turn.id, data=data), now, follow)


def consequences(fleet: Fleet, seat: Seat, record: Record, running: Running | None) -> Iterator[Draft]:
    """Draft what follows from the end of a turn, live and after a crash alike."""
    chart, account, data = fleet.chart, fleet.account, record.data
    turn, now = record.turn or "", record.at
    if data["outcome"] == "done":
        result = from_json(data["result"], now=now)
        ruled = speaking(fleet, turn, now)
        yield from of_done(chart, account, seat, turn, result, now, past=running, facts=data, ruled=ruled)
    elif data["outcome"] in ("failed", "timed out"):
        why = data.get("why", "")
        yield from dead_mail(account, seat, turn, tuple(data.get("mail", ())), why)
        yield from of_failed(chart, account, seat, turn, why, now)
        if why.startswith(MEDDLED):
            yield Draft("pause", seat=seat.id, data={"by": "fleet", "because": why})


def _safely(fleet: Fleet, turn: Turn, past: Past, ended: process.Ended, now: datetime) -> Ending:
    """Judge one turn's end. Whatever a result makes us trip over fails that turn, never the daemon."""
    try:
        return _ending(fleet, turn, past, ended, now)
    except Broken:
        raise
    except Exception as exc:  # noqa: BLE001 - one turn's result must not end the daemon
        return Ending(
            "failed", f"fleet could not read its result: {type(exc).__name__}: {exc}; this is a bug of fleet"
        )


def lost(fleet: Fleet, name: str, now: datetime) -> None:
    """Stage the end of a turn that was lost with an earlier daemon; it is tried once more."""
    past = fleet.account.past(name)
    running = past.running
    if running is None:
        return
    clean_out(fleet, name, running.turn)
    again = not _was_lost(past)
    letters = [fleet.account.mail[m].name for m in running.mail if m in fleet.account.mail]
    data = {
        "outcome": "lost",
        "why": "the daemon ended while it ran",
        "mail": list(running.mail),
        "letters": letters,
        "took_s": max(0.0, round((now - running.started_at).total_seconds(), 3)),
        **remembered(fleet, name, running),
        **({"retry_at": now, "retry_cause": "lost"} if again else {}),
        **_checkpoint(fleet, name, running.turn, now),
    }
    fleet.stage(Draft("turn_ended", seat=name, turn=running.turn, data=data), now)


def _ending(fleet: Fleet, turn: Turn, past: Past, ended: process.Ended, now: datetime) -> Ending:
    emitted: list[tuple[str, object]] = []
    now = now.astimezone(fleet.chart.calendar.tz)  # what is wrong with a time is told in the fleet's zone
    try:
        emitted = read_emitted(_emit_bytes(fleet, turn.seat.id, turn.id), now=now)
        checkpoint = last_checkpoint(emitted)
    except Unreadable as exc:
        checkpoint = past.resume
        if ended.exit_code == 0:
            return Ending("failed", f"emit.jsonl: {exc}")
    failed = _process_failed(turn, ended)
    if failed:
        return replace(failed, checkpoint=checkpoint)
    if fleet.desk.prints(turn.seat) != turn.prints:
        return Ending("failed", CHANGED, checkpoint=checkpoint)
    try:
        result = read_result(ended.stdout, now=now, read_front=read_plain)
        result = with_emitted(result, emitted)
        if result is not None:
            result = hidden_result(fleet, result, ended.stdout, now)
    except Unreadable as exc:
        return Ending("failed", f"its result was not accepted: {exc}", checkpoint=checkpoint)
    ending = _empty_or_done(past, result)
    if ending.outcome != "done" or result is None or not result.actions:
        return ending
    left = clean_out(fleet, turn.seat.id, turn.id)
    if left.held:
        why = f"what it left to be sent cannot be sent: {say_held(left.held)}; the values were taken out"
        return Ending("failed", why, checkpoint=checkpoint, left=left)
    if left.faults:
        return replace(ending, left=left)
    try:
        return replace(ending, out=fleet.desk.left_in(out_path(turn.seat.id, turn.id)))
    except Unreadable as exc:
        return Ending("failed", f"what it left to be sent cannot be frozen: {exc}", checkpoint=checkpoint)


def _cleaned(fleet: Fleet, turn: Turn, ending: Ending) -> Ending:
    """Take secrets out of what it left, and fail it where that cannot be. One that failed may have left some, too."""
    left = ending.left.joined(clean_out(fleet, turn.seat.id, turn.id))
    if left.faults and ending.outcome in ("done", "empty"):
        return Ending(
            "failed", f"what it left: {'; '.join(left.faults[:3])}", checkpoint=ending.checkpoint, left=left
        )
    return replace(ending, left=left)


def _say_shown(fleet: Fleet, turn: Turn, names: Iterable[str], left: Left, now: datetime) -> None:
    """Tell the operator that a holder gave away a secret: he may have to change it."""
    said = [f"its result held the secret {', '.join(names)}"] if names else []
    said += [say_held(left.held)] if left.held else []
    said = [f"{'; '.join(said)}; fleet has put the name there"] if said else []
    if said or left.faults:
        says = f"{turn.id} of {turn.seat.id}: {'; '.join([*said, *left.faults[:3]])}"
        fleet.trouble("secret", says, now, seat=turn.seat.id)


def _process_failed(turn: Turn, ended: process.Ended) -> Ending | None:
    last = ended.stderr_tail.strip().splitlines()[-1][:200] if ended.stderr_tail.strip() else ""
    said = f'; last words: "{last}"' if last else ""
    if ended.fault:
        return Ending("failed", ended.fault)
    if ended.stopped:
        return Ending("lost", f"stopped: {ended.stopped}")
    if ended.excess:
        return Ending("failed", f"it had {ended.excess}; it was ended")
    if ended.timed_out:
        return Ending("timed out", f"over its limit of {turn.seat.limit.total_seconds():g} s{said}")
    if ended.overflowed:
        return Ending("failed", "it wrote over 4 MB to stdout, and a result may have 4 MB")
    if ended.left:
        count = "a process" if ended.left == 1 else f"{ended.left} processes"
        return Ending(
            "failed", f"{count} that it left behind could not be ended; its result counts for nothing"
        )
    if ended.signal is not None:
        return Ending("failed", f"killed by signal {ended.signal}{said}")
    if ended.exit_code == TRY_LATER:
        return Ending("deferred", f"it said: try later (exit {TRY_LATER}){said}")
    if ended.exit_code != 0:
        return Ending("failed", f"exit {ended.exit_code}{said}")
    return None


def _empty_or_done(past: Past, result: Result | None) -> Ending:
    if result is None:
        return Ending("empty", "exit 0 but nothing written")
    if says_nothing(result):
        return Ending("empty", "exit 0 but its result says nothing")
    before = past.state
    if before is not None and not past.tampered and before.fingerprint == fingerprint(result):
        newer = result.as_of is not None and (before.as_of is None or result.as_of > before.as_of)
        if not newer:
            return Ending("empty", f"the same result as {before.turn} and no newer as_of")
    return Ending("done", result=result)


def _facts(fleet: Fleet, turn: Turn, past: Past, ending: Ending, now: datetime) -> dict[str, Any]:
    running = past.running
    mail = running.mail if running else ()
    letters = [fleet.account.mail[m].name for m in mail if m in fleet.account.mail]
    data: dict[str, Any] = {
        "outcome": ending.outcome,
        "wakes": [w.id for w in running.wakes] if running else [],
        "mail": list(mail),
        "letters": letters,
        "day": f"{now.astimezone(fleet.chart.calendar.tz):%Y-%m-%d}",
        **remembered(fleet, turn.seat.id, running),
    }
    if ending.why:
        data["why"] = ending.why
    if ending.checkpoint is not None:
        data["checkpoint"] = ending.checkpoint
    if ending.result is not None:
        data |= {"result": to_json(ending.result), "headline": ending.result.headline or ""}
        if ending.result.actions:
            data |= _behind(fleet, turn, ending.result, ending.out, mail)
        data |= known(fleet, turn.seat, turn.brief, ending.result, running)
    return data | _next_try(fleet, turn, past, ending, now)


def _behind(
    fleet: Fleet, turn: Turn, result: Result, out: Mapping[str, str], mail: Iterable[str]
) -> dict[str, Any]:
    """Give what stands behind a result's actions: the files that go with them, and who asked for each."""
    letters = [fleet.account.mail[m] for m in mail if m in fleet.account.mail]
    requests = [(one, all_of(fleet, one.about)) for one in letters if one.type in ("REQUEST", "PROPOSAL")]
    asked_for = [
        {one.id: one.sender for one, about in requests if about & all_of(fleet, action.about)}
        for action in result.actions
    ]
    letters_read = turn.brief.mail if turn.brief is not None and not out else ()
    as_asked = [asked_by(letters_read, a.kind, a.about, a.with_, a.because) for a in result.actions]
    more: dict[str, list[Any]] = {"asked_for": [*asked_for], "as_asked": [*as_asked]}
    return {"out": dict(out), **{key: value for key, value in more.items() if any(value)}}


def _next_try(fleet: Fleet, turn: Turn, past: Past, ending: Ending, now: datetime) -> dict[str, Any]:
    if ending.outcome == "deferred":
        at = now + LATER_AFTER[min(past.deferrals, len(LATER_AFTER) - 1)]
        coming = next_promised(fleet.chart, turn.seat, now)
        return {} if coming is not None and coming <= at else {"retry_at": at, "retry_cause": "later"}
    if (
        ending.outcome in ("failed", "timed out")
        and past.failures < turn.seat.retries
        and not ending.why.startswith(MEDDLED)
    ):
        wait = RETRIES_AFTER[min(past.failures, len(RETRIES_AFTER) - 1)]
        return {"retry_at": now + wait, "retry_cause": "retry"}
    return {}


def _was_lost(past: Past) -> bool:
    """Say whether the turn that runs is itself the second try of one that was lost."""
    return past.running is not None and any(w.cause == "lost" for w in past.running.wakes)


def _process_facts(ended: process.Ended) -> dict[str, Any]:
    facts: dict[str, Any] = {"took_s": round(ended.elapsed_s, 3)}
    if ended.exit_code is not None:
        facts["exit"] = ended.exit_code
    if ended.signal is not None:
        facts["signal"] = ended.signal
    if ended.stragglers:
        facts["stragglers"] = ended.stragglers
    return facts


def _state(
    fleet: Fleet, turn: Turn, past: Past, ending: Ending, data: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    """Say what state a done turn publishes; the text itself is rendered from its record."""
    result, seat = ending.result, turn.seat
    assert result is not None
    return state_data(
        fleet, seat, past, result, data, now, turn=turn.id, good_until=good_until(fleet.chart, seat, now)
    )


def state_data(
    fleet: Fleet,
    seat: Seat,
    past: Past,
    result: Result,
    data: Mapping[str, Any],
    now: datetime,
    *,
    turn: str,
    good_until: datetime | None,
) -> dict[str, Any]:
    """Give what a record holds of a published state: its header, standing claims, and hash."""
    running = past.running
    claims = _standing(past, result, now)
    state: dict[str, Any] = {
        "fingerprint": fingerprint(result),
        "as_of": result.as_of.isoformat() if result.as_of else None,
        "good_until": good_until.isoformat() if good_until else None,
        "stale": list(running.stale) if running else [],
        "outside": running.outside if running else False,
        "claims": [{"about": a, "until": u.isoformat() if u else None, "because": b} for a, u, b in claims],
    }
    if past.state is not None:
        before = past.state
        state["before"] = {"sha256": before.sha256, "written": before.written.isoformat(), "n": before.n}
    draft = Record(0, now, "turn_ended", seat.id, turn, {**data, "state": state}, "", "", "")
    text = state_text(draft, fleet.chart.calendar.tz).encode()
    state["sha256"] = sha256_hex(text)
    fleet.rendered[state["sha256"]] = text
    return state


def _standing(past: Past, result: Result, now: datetime) -> list[tuple[str, datetime | None, str]]:
    """List the claims that stand once this result is published."""
    given = [(c.about, c.until, c.because) for c in result.claims or ()]
    if result.claims is not None and not result.claims_added:
        return given
    renewed = {about for about, _, _ in given}
    before = [(c.about, c.until, c.because) for c in past.claims if c.stands(now) and c.about not in renewed]
    return [*before, *given]


def _emit_bytes(fleet: Fleet, seat: str, turn: str) -> bytes:
    try:
        return fleet.files.read(f"{out_path(seat, turn)}/emit.jsonl", limit=EMIT_MAX)
    except Missing:
        return b""


def _checkpoint(fleet: Fleet, name: str, turn: str, now: datetime) -> dict[str, Any]:
    try:
        emitted = read_emitted(_emit_bytes(fleet, name, turn), now=now)
    except (Unreadable, Broken):
        return {}
    checkpoint = last_checkpoint(emitted)
    return {} if checkpoint is None else {"checkpoint": checkpoint}


def _keep_raw(fleet: Fleet, turn: Turn, raw: bytes) -> None:
    """Keep what a holder printed and was not accepted. It is diagnostics: a full disk must not stop the turn's end."""
    try:
        fleet.files.publish(turn_raw_path(turn.seat.id, turn.id), fleet.secrets.spread(raw))
    except Broken:
        return
