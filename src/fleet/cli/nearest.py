"""Nearest: what somebody who mistyped a verb, a flag, a word or a name most likely meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

VERBS = {
    **dict.fromkeys(("log", "logs", "follow", "events", "history", "watch", "journal", "stream"), "tail"),
    **dict.fromkeys(("ps", "list", "ls", "show", "seats", "top", "st", "stat", "state", "health"), "status"),
    **dict.fromkeys(("get", "describe", "info", "inspect", "agents", "overview"), "status"),
    **dict.fromkeys(("run", "trigger", "kick", "exec", "invoke", "call", "poke", "fire"), "wake"),
    **dict.fromkeys(("validate", "lint", "verify", "test", "doctor"), "check"),
    **dict.fromkeys(("start", "serve", "daemon", "launch", "begin", "restart", "boot"), "up"),
    **dict.fromkeys(("stop", "halt", "quit", "shutdown", "kill", "end", "exit"), "down"),
    **dict.fromkeys(("new", "create", "setup", "bootstrap", "scaffold"), "init"),
    **dict.fromkeys(("mail", "messages", "msg", "mailbox", "mails"), "inbox"),
    **dict.fromkeys(("send", "write", "reply", "message"), "inbox send"),
    **dict.fromkeys(("read", "open", "cat"), "inbox read"),
    **dict.fromkeys(("retry",), "inbox retry"),
    **dict.fromkeys(("prompt", "context"), "brief"),
    **dict.fromkeys(("unpause", "continue", "go", "unfreeze"), "resume"),
    **dict.fromkeys(("diff", "changes", "preview", "reload"), "plan"),
    **dict.fromkeys(("rollback", "revert", "undo", "deploy"), "apply"),
    **dict.fromkeys(("freeze", "suspend", "hold", "disable"), "pause"),
    **dict.fromkeys(("forecast", "dry-run", "dryrun", "calendar"), "simulate"),
    **dict.fromkeys(("cadence", "when", "schedule", "cron", "define", "docs"), "explain"),
    **dict.fromkeys(("ledger",), "audit"),
    **dict.fromkeys(("backtest", "policy", "policies", "rule"), "rules"),
    **dict.fromkeys(("cause", "lineage", "causes"), "trace"),
    **dict.fromkeys(("reason", "diagnose", "because"), "why"),
    **dict.fromkeys(("accept", "yes", "ok", "confirm", "allow", "pending", "queue", "approvals"), "approve"),
    **dict.fromkeys(("reject", "no", "refuse", "decline", "veto", "cancel"), "deny"),
    **dict.fromkeys(("graph", "org", "tree", "map", "diagram"), "chart"),
    **dict.fromkeys(("systemd", "unit"), "service"),
    **dict.fromkeys(("claim", "metric", "escalate", "checkpoint", "action"), "emit"),
    **dict.fromkeys(("man", "usage", "commands"), "--help"),
}
"""What other tools, and people, call our verbs."""
INNER = {
    **dict.fromkeys(("show", "open", "cat", "get", "view", "print"), "read"),
    **dict.fromkeys(("new", "write", "reply", "message", "compose", "post"), "send"),
    **dict.fromkeys(("archive", "rm", "delete", "ack", "close", "mark"), "done"),
    **dict.fromkeys(("resend", "requeue", "again"), "retry"),
    **dict.fromkeys(("check", "validate"), "verify"),
    **dict.fromkeys(("try", "history", "dry-run", "shadow"), "backtest"),
    **dict.fromkeys(("value", "score", "measure"), "metric"),
    **dict.fromkeys(("mail", "msg", "send"), "message"),
    **dict.fromkeys(("do", "act"), "action"),
    **dict.fromkeys(("save", "progress"), "checkpoint"),
    **dict.fromkeys(("raise", "ask"), "escalate"),
}
"""The same of the verbs that a verb has."""
FLAGS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("--dir", "--directory", "--root", "--cwd", "--chdir", "--path", "--folder"), ("-C",)),
    **dict.fromkeys(("--detach", "--detached", "--background", "--daemon", "-b"), ("-d",)),
    **dict.fromkeys(("--lines", "--number", "--count", "--limit", "--last", "-l", "--max"), ("-n",)),
    **dict.fromkeys(("--follow", "-F"), ("-f",)),
    **dict.fromkeys(("--watch", "-w"), ("--watch", "-f", "--wait")),
    **dict.fromkeys(("--message", "--text", "--body"), ("-m", "--because")),
    **dict.fromkeys(("-m", "--comment", "--reason", "--why", "--note", "-r"), ("--because", "-m")),
    **dict.fromkeys(("--user", "--who", "--person", "-u"), ("--as",)),
    **dict.fromkeys(("--force", "-f", "--kill", "--immediate"), ("--now", "--yes", "--apply")),
    **dict.fromkeys(("--payload", "--data"), ("--with",)),
    **dict.fromkeys(("--edit",), ("--with",)),
    **dict.fromkeys(("--duration", "--during", "--until", "--days", "--length", "-t"), ("--for", "--until")),
    **dict.fromkeys(("--start", "--begin", "--after"), ("--from", "--since")),
    **dict.fromkeys(("--from", "--after", "--newer"), ("--since", "--from")),
    **dict.fromkeys(("--retry", "--repeat", "--rerun"), ("--again",)),
    **dict.fromkeys(("--done", "--did"), ("--happened",)),
    **dict.fromkeys(("--tz", "--zone"), ("--timezone",)),
    **dict.fromkeys(("--colour", "--colors", "--no-color", "--no-colour"), ("--color",)),
    **dict.fromkeys(("--silent",), ("--quiet", "-q")),
    **dict.fromkeys(("--block", "--sync"), ("--wait",)),
    **dict.fromkeys(("--type", "--what"), ("--kind", "--type")),
    **dict.fromkeys(("--template", "--example"), ("--from",)),
    **dict.fromkeys(("--everything", "-a"), ("--all",)),
    **dict.fromkeys(("--out", "--output", "-o", "--save"), ("--keep", "--format", "--json")),
    **dict.fromkeys(("--rev", "--version", "--to"), ("--revision",)),
    **dict.fromkeys(("--error", "--fail", "--werror"), ("--strict",)),
    **dict.fromkeys(("--deadline", "--due"), ("--answer-by",)),
    **dict.fromkeys(("--title",), ("--subject",)),
}
"""What other tools, and people, call our flags: of several, the first that the verb takes."""
LETTERS = 60
"""Letters of a mistyped word that are looked at."""
NEAR, NEARER = 0.6, 0.75
"""How like a known word, and a synonym of one, a mistyped word must be, as difflib counts it."""
KINDS = {"a": "an action", "t": "a turn", "m": "a message", "i": "a matter", "r": "a revision"}
"""What an id is of, by its letter."""


def nearest(word: str, known: Iterable[str], meant: Mapping[str, str] | None = None) -> str:
    """Give the known word nearest to a mistyped one: by meaning, else by its beginning or spelling; or nothing."""
    words = list(known)
    typed = word.lower()[:LETTERS]
    synonyms = {
        name: target
        for name, target in (meant or {}).items()
        if target.partition(" ")[0] in words or target.startswith("--")
    }
    if typed in synonyms:
        return synonyms[typed]
    own = {name.lower(): name for name in reversed(words)}
    begun = [name for name in own if len(typed) > 1 and name.startswith(typed)]
    if len(begun) == 1:
        return own[begun[0]]
    return _spelled(typed, own, synonyms)


def nearest_flag(word: str, known: Iterable[str]) -> str:
    """Give the flag nearest to one that a verb does not take: by meaning, or with two dashes."""
    flags = list(known)
    meant = {name: next((flag for flag in found if flag in flags), "") for name, found in FLAGS.items()}
    for typed in (word, word.lower()):
        if meant.get(typed):
            return meant[typed]
    return f"-{word}" if f"-{word}" in flags else ""


def spelled_flag(word: str, known: Iterable[str]) -> str:
    """Give the flag that is nearest by spelling, or is meant by what is nearest."""
    flags = list(known)
    meant = {name: next((flag for flag in found if flag in flags), "") for name, found in FLAGS.items()}
    long = {name: flag for name, flag in meant.items() if flag and name.startswith("--")}
    return nearest(word, flags, long) if len(word) > 2 else ""


def _spelled(typed: str, own: Mapping[str, str], synonyms: Mapping[str, str]) -> str:
    from difflib import SequenceMatcher

    best, found = 0.0, ""
    for known, least in ((own, NEAR), (synonyms, NEARER)):
        for name, target in known.items():
            ratio = SequenceMatcher(None, name, typed).ratio()
            if ratio >= least and ratio > best:
                best, found = ratio, target
    return found


def kind_of(identity: str) -> str:
    """Say what an id is of, as `an action`; nothing for what has not the form of an id."""
    letter, _, number = identity.partition("-")
    return KINDS.get(letter, "") if number.isascii() and number.isdigit() else ""


def as_id(word: str, letter: str = "") -> str:
    """Give the id that somebody meant who typed `a31`, `A-31` or, where `letter` says of what, `31`; or nothing."""
    folded = word.lower().replace("_", "-").removeprefix("#")
    head = folded.rstrip("0123456789")
    number = folded[len(head) :]
    kind = head.rstrip("-") or letter
    return f"{kind}-{int(number)}" if number and kind in KINDS and number.isascii() else ""
