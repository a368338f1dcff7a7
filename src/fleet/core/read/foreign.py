"""Foreign: keys that other tools have and no key of ours stands for, and what does here what they do there."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from fleet.core.node import Entries, Node, Scalar
from fleet.core.read.keys import Keys


class Hint(NamedTuple):
    """What stands instead of a key: said, and where it can be, as YAML."""

    why: str = ""
    tries: tuple[str, ...] = ()


_CHARTER = Hint("prose belongs in the seat's charter, seats/<seat>/SEAT.md")
_COMMENT = Hint("a comment stands behind a #")
_PAUSE = Hint("what stands here is in force; fleet pause {one} stops one, fleet resume {one} goes on")
_ASK = Hint("what needs a person's yes stands under can", ("can: {ask: {KIND: PERSON}}",))
_HOLDER = Hint("an agent is the program under `run`, a person the name under `person`", ("run", "person"))

_ANYWHERE: Mapping[str, Hint] = {
    **dict.fromkeys(("comment", "comments", "note", "notes", "todo"), _COMMENT),
    **dict.fromkeys(
        ("version", "apiversion", "api_version"), Hint("fleet.yaml has no version; leave it out")
    ),
    **dict.fromkeys(("tags", "labels", "metadata", "annotations"), Hint("fleet has no tags; leave them out")),
}
_RUNNER: Mapping[str, Hint] = {
    **dict.fromkeys(("args", "arguments", "argv"), Hint("arguments stand in `run`, behind the program")),
    **dict.fromkeys(("enabled", "disabled", "enable", "disable", "active", "paused", "pause"), _PAUSE),
}
"""For what is run: a seat, or an action kind."""
_SEAT: Mapping[str, Hint] = {
    **dict.fromkeys(("charter", "prompt", "instructions", "instruction", "description", "desc"), _CHARTER),
    **dict.fromkeys(("backstory", "goal", "mission", "purpose", "persona", "system"), _CHARTER),
    **dict.fromkeys(("system_prompt", "system_message", "systemprompt"), _CHARTER),
    **dict.fromkeys(
        ("cwd", "workdir", "working_dir", "working_directory", "directory", "dir"),
        Hint("a turn is started in the seat's own folder, seats/<seat>/"),
    ),
    **dict.fromkeys(("holder", "agent", "assignee", "kind", "type"), _HOLDER),
    **dict.fromkeys(("human_in_the_loop", "human_input", "hitl", "interrupt_on", "interrupt_before"), _ASK),
    **dict.fromkeys(("requires_approval", "require_approval", "needs_approval", "approval"), _ASK),
    **dict.fromkeys(("approvals", "approve", "approve_by", "approver"), _ASK),
}
_USE = ("secrets", "secret", "env", "environment", "credentials", "use")
_DO = ("tools", "permissions", "allow", "allowed", "actions", "do", "capabilities", "scopes")
_PLAIN = re.compile(r"[A-Za-z_./][A-Za-z0-9_./*@=+$-]*(?: [A-Za-z0-9_./*@=+$-]+)*")
"""A text that YAML reads without quotes, wherever it stands."""
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_FIVE = re.compile(r"[0-9*/,-]+(?: +[0-9A-Za-z*/,#-]+){4}")


def hint(name: str, value: Node, keys: Keys) -> Hint | None:
    """Find what does here what a key does elsewhere; None where a key of ours has that meaning, or none is known."""
    from fleet.core.read.certain import nearest

    word = name.strip().lower().replace("-", "_").replace(" ", "_")
    if "answers_to" in keys.names and (meant := _whole(word, value)):
        return Hint("", (meant,))
    if word in keys.meanings:
        return None
    if "with" in keys.names and "expect" in keys.names and not nearest(word, (*keys.names, *keys.meanings)):
        return _payload(name, value)
    of_seat = _SEAT.get(word) if "answers_to" in keys.names else None
    of_runner = _RUNNER.get(word) if "run" in keys.names and len(keys.names) > 1 else None
    found = of_seat or of_runner or _ANYWHERE.get(word)
    one = "SEAT" if "answers_to" in keys.names else "KIND"
    return found and found._replace(why=found.why.replace("{one}", one))


def _payload(name: str, value: Node) -> Hint:
    """Say of a key that no example of a rule has that it is a field of the payload."""
    said = ".."
    if isinstance(value, Scalar) and not value.block:
        is_number = not value.quoted and _NUMBER.fullmatch(value.text)
        said = value.text if is_number else as_text(value.text)
    return Hint("", (f"with: {{{name}: {said}}}",))


def as_can(node: Node, only: str = "") -> str:
    """Write names as what stands under `can`: kinds may be done, secrets are in capital letters; "" for others.

    With `only` they are all kinds (`do`) or all secrets (`use`).
    """
    from fleet.core.read.values import ACTION_KIND, SECRET

    names = _names(node)
    do = [name for name in names if only != "use" and ACTION_KIND.fullmatch(name)]
    use = [
        name
        for name in names
        if only != "do" and SECRET.fullmatch(name) and (only == "use" or name.isupper())
    ]
    if not names or len(do) + len(use) != len(names):
        return ""
    parts = [f"{key}: [{', '.join(some)}]" for key, some in (("do", do), ("use", use)) if some]
    return f"can: {{{', '.join(parts)}}}"


def as_ask(node: Node, persons: Sequence[str]) -> str:
    """Write kinds as what a person is asked about, the first of the persons there are; "" for other names."""
    from fleet.core.read.values import ACTION_KIND

    names, person = _names(node), next(iter(persons), "PERSON")
    known = bool(names) and all(ACTION_KIND.fullmatch(name) for name in names)
    return f"ask: {{{', '.join(f'{name}: {person}' for name in names)}}}" if known else ""


def as_runner(node: Node) -> str:
    """Write the text that an action was given as what runs it: a command, or an address."""
    if not isinstance(node, Scalar) or not node.text.strip():
        return ""
    key = "http" if re.match(r"https?://", node.text) else "run"
    return f"{{{key}: {as_text(node.text)}}}"


def as_rank(node: Entries) -> Sequence[str]:
    """Write the seats that stand under a kind of subject as the conflict they are meant for."""
    entries = []
    for key, value in node.entries[:3]:
        inside = {k.text: v for k, v in value.entries} if isinstance(value, Entries) else {"rank": value}
        seats = _names(inside["rank"]) if "rank" in inside else ()
        if seats and all(seats):
            entries.append(f"- {{about: {key.text}, rank: [{', '.join(seats)}]}}")
    return entries


def as_text(text: str) -> str:
    """Write a text so that YAML reads it inside a map or list: in quotes where it needs them.

    >>> as_text("data/*.csv"), as_text("*"), as_text("sh say: a, b")
    ('data/*.csv', '"*"', '"sh say: a, b"')
    """
    return text if _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)


def _whole(word: str, value: Node) -> str:
    """An entry of a seat that says what a whole entry of another tool says, value and all."""
    if word in _USE or word in _DO:
        inside = isinstance(value, Entries) and {k.text for k, _ in value.entries} & {"do", "ask", "use"}
        return "" if inside else as_can(value, "use" if word in _USE else "do")
    if word in ("cron", "schedule", "crontab") and isinstance(value, Scalar) and _FIVE.fullmatch(value.text):
        return f'when: {{cron: "{value.text}"}}'
    return ""


def _names(node: Node) -> Sequence[str]:
    if isinstance(node, Scalar):
        return [node.text]
    if isinstance(node, Entries):
        return [key.text for key, _ in node.entries]
    return [item.text if isinstance(item, Scalar) else "" for item in node.items]
