"""Topics: what `fleet explain` says of formats and small grammars, a screen each; the texts lie in `explained`."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent.parent / "explained"
WORDS = "words.txt"
"""What the words of the screens mean, a line each; docs/glossary.md is where their meaning comes from."""

FORMATS = (
    "files", "charter", "brief", "result", "emit", "state", "message", "claim", "action", "verdict", "rule",
    "scorecard", "ledger", "script", "environment", "exit",
)  # fmt: skip
GRAMMARS = ("cadence", "days", "span", "money", "target", "missed", "subject")

ALSO = {
    **dict.fromkeys(("layout", "folder", "tree", "paths"), "files"),
    **dict.fromkeys(("seat.md", "prompt", "instructions"), "charter"),
    **dict.fromkeys(("context", "stdin", "fleet_brief"), "brief"),
    **dict.fromkeys(("output", "answer", "stdout", "front matter", "headline", "confidence"), "result"),
    **dict.fromkeys(("emit.jsonl", "checkpoint", "resume"), "emit"),
    **dict.fromkeys(("states", "good_until", "as_of"), "state"),
    **dict.fromkeys(("mail", "inbox", "messages"), "message"),
    **dict.fromkeys(("claims",), "claim"),
    **dict.fromkeys(("gate", "hold", "refuse", "verdicts"), "verdict"),
    **dict.fromkeys(("rules", "cel", "condition", "conditions", "if", "example", "examples"), "rule"),
    **dict.fromkeys(("log", "journal", "history", "record", "records", "hash", "chain"), "ledger"),
    **dict.fromkeys(("rehearsal", "rehearse", "steps", "expect"), "script"),
    **dict.fromkeys(("variables", "environ", "fleet_out"), "environment"),
    **dict.fromkeys(("exit code", "exit codes", "codes", "exit status", "status code"), "exit"),
    **dict.fromkeys(("cadences", "time", "times", "words for time", "words", "wake", "wakes"), "cadence"),
    **dict.fromkeys(("day", "weekdays", "weekends"), "days"),
    **dict.fromkeys(("duration", "durations", "spans"), "span"),
    **dict.fromkeys(("dollars", "price"), "money"),
    **dict.fromkeys(("targets",), "target"),
    **dict.fromkeys(("subject kind",), "subject"),
}
"""What people call a topic; a word that is a key of fleet.yaml too is explained as both."""


def topic_of(word: str) -> str:
    """Find the topic that a word names, or nothing.

    >>> topic_of("Exit codes"), topic_of("STATE"), topic_of("dash")
    ('exit', 'state', '')
    """
    folded = " ".join(word.lower().replace("-", " ").split())
    return folded if folded in (*FORMATS, *GRAMMARS) else ALSO.get(folded) or ALSO.get(word.lower(), "")


def text_of(topic: str) -> str:
    """Give the text of a topic."""
    return (FOLDER / f"{topic}.txt").read_text("utf-8").rstrip("\n")


def meaning_of(word: str) -> str:
    """Give what a word of the screens means, with the word before it; nothing if it is none, or is a format.

    >>> meaning_of("Held").partition(";")[0]
    'held: An action that waits at the gate until something changes'
    """
    folded = word.strip().lower()
    return "" if folded in (*FORMATS, *GRAMMARS) else words().get(folded, "")


def words() -> dict[str, str]:
    """Read what each word of the screens means."""
    lines = (line.partition(": ") for line in (FOLDER / WORDS).read_text("utf-8").splitlines())
    return {name: f"{name}: {says}" for names, _, says in lines for name in names.split(", ")}
