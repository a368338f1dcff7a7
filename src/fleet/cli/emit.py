"""`fleet emit`: a running holder gives parts of its result early. It must start fast and import little."""

from __future__ import annotations

import json
import os
import sys
from typing import Annotated, Any

from fleet.cli.flags import Flags
from fleet.cli.takes import argument, option
from fleet.errors import Broken, Typed, Unreadable

LINE_MAX = 4 * 1024 * 1024
"""Bytes of one emitted line: what a whole result may have."""

About = Annotated[list[str] | None, option("--about", metavar="SUBJECT", help="What it is about.")]
With = Annotated[str, option("--with", metavar="JSON", help="Fields, as one JSON object.")]
Because = Annotated[str, option("--because", metavar="TEXT", help="Why.")]


def emit(flags: Flags) -> int:
    """Give parts of a result while the turn runs."""
    raise Typed("say what to emit: message, claim, action, metric, escalate or checkpoint")


def message(
    flags: Flags,
    *,
    to: Annotated[str, option("--to", metavar="SEAT", help="Who gets it.")],
    type: Annotated[str, option("--type", metavar="TYPE", help="INFORM if not said.")] = "INFORM",
    about: About = None,
    subject: Annotated[str, option("--subject", metavar="TEXT", help="Its line in a list.")] = "",
    body: Annotated[str, option("--body", "-m", metavar="TEXT|-", help="Its text.")] = "",
    with_: With = "",
    answer_by: Annotated[
        str, option("--answer-by", metavar="TIME|SPAN", help="Until when an answer is wanted.")
    ] = "",
    reply_to: Annotated[str, option("--reply-to", metavar="ID", help="Which message it answers.")] = "",
) -> int:
    """Send a message when this turn ends well."""
    fields = {"to": to, "type": type.upper(), "about": _subjects(about), "subject": subject}
    text = sys.stdin.read() if body == "-" else body
    more = {"body": text, "with": _object(with_), "answer_by": answer_by, "reply_to": reply_to}
    return _append(flags, "message", {**fields, **more})


def claim(
    flags: Flags,
    *,
    subject: Annotated[str, argument(metavar="SUBJECT", help="As account:acme.", show_default=False)],
    until: Annotated[str, option("--until", metavar="TIME|SPAN", help="How long.")] = "",
    because: Because = "",
) -> int:
    """Say that a subject is this seat's for now."""
    return _append(flags, "claim", {"about": _subject(subject), "until": _until(until), "because": because})


def action(
    flags: Flags,
    *,
    kind: Annotated[
        str, argument(metavar="KIND", help="What is to be done, as crm.write.", show_default=False)
    ],
    about: About = None,
    with_: With = "",
    because: Because = "",
    confidence: Annotated[
        float | None, option("--confidence", min=0, max=1, metavar="0..1", help="How sure the seat is.")
    ] = None,
) -> int:
    """Ask for one thing to be done outside; it is judged after this turn has ended well."""
    fields = {"kind": kind, "about": _subjects(about), "with": _object(with_), "because": because}
    return _append(flags, "action", {**fields, "confidence": confidence})


def metric(
    flags: Flags,
    *,
    name: Annotated[str, argument(metavar="NAME", help="Which metric of this seat.", show_default=False)],
    value: Annotated[str, argument(metavar="VALUE", help="A number.", show_default=False)],
    as_of: Annotated[str, option("--as-of", metavar="TIME", help="When it was true.")] = "",
    evidence: Annotated[str, option("--evidence", metavar="TEXT", help="Where it stands.")] = "",
) -> int:
    """Give one measured value."""
    try:
        measured = float(value.removesuffix("%"))
    except ValueError:
        measured = float("nan")
    if measured - measured != 0:  # neither a number nor finite
        raise Typed(
            f"metric {name}: {value!r} is not a number; nothing was emitted. A missing value is left out"
        )
    return _append(flags, "metric", {"metric": name, "value": value, "as_of": as_of, "evidence": evidence})


def escalate(
    flags: Flags,
    *,
    because: Annotated[str, option("--because", metavar="TEXT", help="What must be decided, and why.")],
    about: About = None,
    option: Annotated[list[str] | None, option("--option", metavar="TEXT", help="A way out.")] = None,
) -> int:
    """Pass a matter up to a person."""
    return _append(
        flags, "escalate", {"about": _subjects(about), "because": because, "options": option or None}
    )


def checkpoint(
    flags: Flags,
    *,
    data: Annotated[str, argument(metavar="JSON|-", help="What to save; - reads stdin.", show_default=False)],
) -> int:
    """Save what a retry of this turn should go on from; the last one counts."""
    text = sys.stdin.read() if data == "-" else data
    return _append(flags, "checkpoint", {"data": _json(text, "the checkpoint")})


def _append(flags: Flags, kind: str, fields: dict[str, Any]) -> int:
    """Add one line to emit.jsonl in one write, so that lines of several processes never mix."""
    folder = os.environ.get("FLEET_OUT", "")
    if not folder or "FLEET_TURN" not in os.environ:
        raise Typed("fleet emit is for use inside a running turn: $FLEET_OUT and $FLEET_TURN are not set")
    given = {key: value for key, value in fields.items() if value not in ("", None) or key == "data"}
    raw = json.dumps({"emit": kind, **given}, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
    if len(raw) > LINE_MAX:
        raise Typed(f"{len(raw)} bytes are too many; a turn may emit {LINE_MAX}")
    path = os.path.join(folder, "emit.jsonl")
    modes = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        out = os.open(path, modes, 0o644)
        try:
            written = os.write(out, raw)
        finally:
            os.close(out)
    except OSError as exc:
        raise Broken(f"{path}: nothing was emitted: {exc.strerror}") from exc
    if written != len(raw):
        raise Broken(f"{path}: only {written} of {len(raw)} bytes were written; the disk is full")
    if flags.json:
        from fleet.cli.answer import print_json

        print_json("emit", {"emit": kind, "path": path}, flags=flags)
    return 0


def _subjects(about: list[str] | None) -> list[str] | None:
    return [_subject(text) for text in about] if about else None


def _subject(text: str) -> str:
    from fleet.core.subject import fold_subject

    try:
        return fold_subject(text)
    except Unreadable as exc:
        raise Typed(str(exc)) from exc


def _until(text: str) -> str:
    if not text:
        return ""
    from datetime import UTC, datetime

    from fleet.cli.times import typed_time

    now = datetime.fromisoformat(os.environ.get("FLEET_NOW") or datetime.now(UTC).isoformat())
    return typed_time(text, "--until", now).isoformat()


def _object(text: str) -> dict[str, Any] | None:
    found = _json(text, "--with") if text else None
    if found is not None and not isinstance(found, dict):
        raise Typed('--with: a JSON object is wanted, as {"spend": 12}')
    return found


def _json(text: str, what: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as exc:
        raise Typed(f"{what}: it is not JSON: {exc}") from exc
