"""Nearest: what somebody who mistyped a verb, a seat or a flag most likely meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

VERBS = {
    **dict.fromkeys(("log", "logs", "follow", "events", "history", "watch"), "tail"),
    **dict.fromkeys(("ps", "list", "ls", "show", "seats", "top", "st", "stat"), "status"),
    **dict.fromkeys(("run", "trigger", "kick", "exec", "invoke", "call"), "wake"),
    **dict.fromkeys(("validate", "lint", "verify", "test"), "check"),
    **dict.fromkeys(("start", "serve", "daemon", "launch", "begin"), "up"),
    **dict.fromkeys(("stop", "halt", "quit", "shutdown", "kill", "end"), "down"),
    **dict.fromkeys(("new", "create", "setup"), "init"),
    **dict.fromkeys(("mail", "messages", "send", "read", "message"), "inbox"),
    **dict.fromkeys(("prompt", "context"), "brief"),
    **dict.fromkeys(("unpause", "continue", "go"), "resume"),
    **dict.fromkeys(("diff", "changes", "preview"), "plan"),
    **dict.fromkeys(("rollback", "revert", "undo"), "apply"),
    **dict.fromkeys(("freeze", "suspend", "hold"), "pause"),
    **dict.fromkeys(("cadence", "when", "schedule", "cron"), "explain"),
    **dict.fromkeys(("ledger",), "audit"),
    **dict.fromkeys(("cause", "lineage"), "trace"),
    **dict.fromkeys(("reason", "diagnose"), "why"),
    **dict.fromkeys(("accept", "yes", "ok", "confirm", "allow", "pending", "queue"), "approve"),
    **dict.fromkeys(("reject", "no", "refuse", "decline", "veto"), "deny"),
    **dict.fromkeys(("version",), "--version"),
    **dict.fromkeys(("help",), "--help"),
}
"""What other tools, and people, call our verbs."""

FLAGS = {
    **dict.fromkeys(("--dir", "--directory", "--root", "--cwd", "--chdir"), "-C"),
    **dict.fromkeys(("--detach", "--background", "--daemon"), "-d"),
    **dict.fromkeys(("--lines", "--number", "--count"), "-n"),
    **dict.fromkeys(("--follow",), "-f"),
    **dict.fromkeys(("--message", "--text"), "-m"),
    **dict.fromkeys(("--user", "--who"), "--as"),
    **dict.fromkeys(("--reason", "--why"), "--because"),
    **dict.fromkeys(("--force",), "--now"),
    **dict.fromkeys(("--payload", "--edit"), "--with"),
    **dict.fromkeys(("--until", "--during"), "--for"),
    **dict.fromkeys(("--retry", "--repeat"), "--again"),
    **dict.fromkeys(("--done",), "--happened"),
    **dict.fromkeys(("--tz", "--zone"), "--timezone"),
    **dict.fromkeys(("--colour",), "--color"),
    **dict.fromkeys(("--silent",), "-q"),
}


def nearest(word: str, known: Iterable[str], meant: Mapping[str, str] | None = None) -> str:
    """Give the known word nearest to a mistyped one: a synonym if it is one, else by spelling; or nothing."""
    from difflib import get_close_matches

    words = list(known)
    synonym = (meant or {}).get(word.lower())
    if synonym and (synonym in words or synonym in ("--version", "--help")):
        return synonym
    close = get_close_matches(word.lower()[:60], words, n=1, cutoff=0.6)
    return close[0] if close else ""
