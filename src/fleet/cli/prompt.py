"""Prompt: asks a person at a terminal what he says of the action whose card he sees."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from fleet.cli.approve import Said
from fleet.cli.card import payload_lines
from fleet.errors import Typed

ASKED = "[y]es  [n]o  [e]dit  [l]ater > "
UNKNOWN = "[h]appened  [a]gain  [n]o, leave it  [l]ater > "
WORDS = {
    "asked": {"yes": "yes", "no": "no", "edit": "edit", "later": "later"},
    "unknown": {"happened": "happened", "again": "again", "no": "leave", "later": "later"},
}
"""What may be typed, whole or by its first letter, and what it means."""


def decide(card: dict[str, Any], said: Said) -> Said:
    """Ask until there is an answer: yes, no, again, happened, leave or later. The end of input is later."""
    words = WORDS[card["status"]]
    while True:
        typed = _read(UNKNOWN if card["status"] == "unknown" else ASKED)
        if typed is None:
            return replace(said, answer="later")
        word = _meant(words, typed.lower()) if typed else "later"
        if word == "edit":
            said = _edit(card, said)
        elif word == "no":
            return _no(card, said)
        elif word:
            return replace(said, answer=word)
        else:
            _say(f"One of: {', '.join(words)}")


def _meant(words: Mapping[str, str], typed: str) -> str:
    return next((answer for word, answer in words.items() if typed in (word, word[0])), "")


def _no(card: dict[str, Any], said: Said) -> Said:
    because = said.because
    while not because.strip():
        typed = _read(f"Reason, sent to {card['seat']}: ")
        if typed is None:
            _say("No reason was given, so nothing was decided.")
            return replace(said, answer="later")
        because = typed
    return replace(said, answer="no", because=because)


def _edit(card: dict[str, Any], said: Said) -> Said:
    """Open the editor; what cannot be used is told, and nothing has changed."""
    from fleet.cli.payload import edited

    before = card["with"] if said.payload is None else said.payload
    try:
        after = edited(before, card["id"])
    except Typed as exc:
        _say(f"fleet: {exc}")
        return said
    if after == before:
        _say("Nothing was changed.")
        return said
    _say("Yes now approves this in its place:")
    for line in payload_lines(after):
        _say(f"      {line}")
    return replace(said, payload=after)


def _read(prompt: str) -> str | None:
    sys.stderr.write(prompt)
    sys.stderr.flush()
    line = sys.stdin.readline()
    if not line:
        _say("")
        return None
    return line.strip()


def _say(text: str) -> None:
    print(text, file=sys.stderr)
