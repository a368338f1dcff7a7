"""Act: how an allowed action is started, and what is made of how it ended."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from fleet.core.action import Action
from fleet.core.chart import ActionKind
from fleet.core.frozen import dataclass
from fleet.core.gate import Outcome, given
from fleet.edge import http, process
from fleet.runtime.fleet import Fleet
from fleet.runtime.secrets import Given, Secrets, filled
from fleet.runtime.turn import base_env, find_program

OUTPUT_KEPT = 4096
"""Bytes of an action's output that the ledger keeps."""
POSTS_WITHIN_S = 2.0
"""What the program that posts needs to start, beyond the limit which it keeps itself."""
STDOUT_MAX = 4 * 1024 * 1024
LOOKED_AHEAD = 64 * 1024
"""Bytes behind what is kept in which the rest of a secret is looked for."""


@dataclass(frozen=True, slots=True)
class Act:
    """An action whose intent is recorded: what to start, and its secrets, which are shown nowhere."""

    action: Action
    kind: ActionKind
    launch: process.Launch
    judged_s: float
    """When it was allowed, on the clock that never steps."""
    given: Given = Given()
    fault: str = ""


def prepare(fleet: Fleet, action: Action, kind: ActionKind, now: datetime) -> Act:
    """Say how an action is started. One whose secret is missing is never started."""
    given_to = fleet.secrets.given(kind.use, "nothing was started")
    zone, root = fleet.chart.calendar.tz, fleet.files.root
    env = {
        **base_env(fleet),
        "FLEET_SEAT": action.seat,
        "FLEET_TURN": action.turn,
        "FLEET_ROOT": root,
        "FLEET_ACTION_ID": action.id,
        "FLEET_NOW": now.astimezone(zone).replace(microsecond=0).isoformat(),
        "FLEET_DEADLINE": (now + kind.limit).astimezone(zone).replace(microsecond=0).isoformat(),
    }
    body = json.dumps(given(action), ensure_ascii=False)
    if kind.http:
        argv = tuple(http.COMMAND)
        stdin = json.dumps(_request(kind, action, body, dict(given_to.values)))
    else:
        argv, stdin = find_program(kind.run, env["PATH"]), body
        env |= dict(given_to.values)
    launch = process.Launch(
        argv=argv,
        cwd=root,
        env=env,
        stdin=stdin.encode(),
        mark=action.id,
        limit_s=kind.limit.total_seconds() + (POSTS_WITHIN_S if kind.http else 0.0),
        stdout_max=STDOUT_MAX,
        posts=bool(kind.http),
        hide=fleet.secrets.redactor,
    )
    return Act(action, kind, launch, fleet.clock.elapsed(), given_to, given_to.fault)


def _request(kind: ActionKind, action: Action, body: str, secrets: dict[str, str]) -> dict[str, Any]:
    headers = {name: filled(text, secrets) for name, text in kind.headers.items()}
    headers["Idempotency-Key"] = action.id
    return {"url": kind.http, "headers": headers, "body": body, "limit_s": kind.limit.total_seconds()}


def came_to(act: Act, ended: process.Ended, secrets: Secrets) -> tuple[Outcome, dict[str, Any]]:
    """Say what came of an action, and the facts that the ledger keeps."""
    facts: dict[str, Any] = {"took_s": round(ended.elapsed_s, 3)}
    if ended.exit_code is not None:
        facts["exit"] = ended.exit_code
    if ended.signal is not None:
        facts["signal"] = ended.signal
    outcome, why, output = _posted(act, ended, facts, secrets) if act.kind.http else _ran(act, ended, secrets)
    if why:
        facts["why"] = secrets.text(why)
    if output:
        facts["output"] = output
    return outcome, facts


def _ran(act: Act, ended: process.Ended, secrets: Secrets) -> tuple[Outcome, str, str]:
    output = _shown(ended.stdout, ended.stderr_tail, secrets)
    said = ended.stderr_tail.strip().splitlines()
    last = f': "{said[-1][:200]}"' if said else ""
    if ended.fault:
        return "failed", ended.fault, output
    why = _broken_off(act, ended)
    if why:
        return "unknown", why, output
    if ended.exit_code == 0:
        return "done", "", output
    return "failed", f"exit {ended.exit_code}{last}", output


def _broken_off(act: Act, ended: process.Ended) -> str:
    """Say how a program was cut short: then nobody knows how far it came."""
    if ended.stopped:
        return f"it was stopped while it ran ({ended.stopped})"
    if ended.timed_out:
        return f"it was over its limit of {act.kind.limit.total_seconds():g} s and was ended"
    if ended.overflowed:
        return f"it wrote over {STDOUT_MAX // 1024 // 1024} MB and was ended"
    if ended.signal is not None:
        return f"it was killed by signal {ended.signal}"
    return ""


def _posted(
    act: Act, ended: process.Ended, facts: dict[str, Any], secrets: Secrets
) -> tuple[Outcome, str, str]:
    facts.pop("exit", None)
    if ended.fault:
        return "failed", ended.fault, ""
    report = http.read_report(ended.stdout)
    outcome, why = http.outcome(report)
    if report.get("status") is not None:
        facts["status"] = report["status"]
    body = str(report.get("body") or "")
    raw = body.encode()
    output = _begun(raw, http.BODY_MAX, secrets, torn=len(raw) >= http.BODY_MAX)
    return outcome, "" if outcome == "done" else why, output


def _shown(stdout: bytes, stderr: str, secrets: Secrets) -> str:
    """Give the first 4 KB of what a program said, whole characters only and no part of a secret."""
    from fleet.core.redact import begun

    text = _begun(stdout, OUTPUT_KEPT, secrets)
    room = OUTPUT_KEPT - len(text.encode())
    if stderr and room > 1:
        joined = f"{text}\n{stderr}" if text and not text.endswith("\n") else f"{text}{stderr}"
        text = begun(joined.encode(), OUTPUT_KEPT).decode("utf-8", "ignore")
    return text.replace("\0", "")


def _begun(raw: bytes, most: int, secrets: Secrets, *, torn: bool = False) -> str:
    """Give the beginning of a text. Where the rest is not known, what may be part of a secret is left out."""
    from fleet.core.redact import Stream, begun

    stream = Stream(secrets.redactor)
    told = stream.feed(raw[: most + LOOKED_AHEAD])
    if not torn and len(raw) <= most + LOOKED_AHEAD:
        told += stream.end()
    return begun(told, most).decode("utf-8", "ignore")
