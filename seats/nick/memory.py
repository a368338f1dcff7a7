"""Memory: what the seat keeps in work/ between turns, so that a turn without effect is as if it had never been.

A turn writes what it knew before and what it will know if it ends well; its result may still be lost. So it first
says in a checkpoint that it began: the checkpoint comes back as `resume` until a turn ends well, and then tells
which turns are to be forgotten.
"""

import json
import os
import sys
from pathlib import Path

MEMORY = Path("work/memory.json")
UNDONE_KEPT = 50  # more turns than are ever retried


def undone(brief: dict) -> list[str]:
    """Return the turns that had no effect, this one among them."""
    resume = brief.get("resume")
    given = resume.get("undone") if isinstance(resume, dict) else None
    turns = [str(turn) for turn in given] if isinstance(given, list) else []
    return [*turns, str(brief.get("turn"))][-UNDONE_KEPT:]


def remembered(brief: dict, path: Path = MEMORY) -> dict:
    """Return what was known when the last turn had ended well; nothing where that cannot be read."""
    try:
        memory = json.loads(path.read_text(encoding="utf-8"))
        known = memory["before" if memory["turn"] in undone(brief) else "now"]
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        print(f"{path} cannot be read and is begun anew: {error!r}", file=sys.stderr)
        return {}
    return known if isinstance(known, dict) else {}


def checkpoint(brief: dict, **more: object) -> None:
    """Say to fleet that this turn began, with what a retry is to go on from; as `fleet emit checkpoint` does."""
    line = json.dumps({"emit": "checkpoint", "data": {"undone": undone(brief), **more}}) + "\n"
    with Path(os.environ["FLEET_OUT"], "emit.jsonl").open("a", encoding="utf-8") as file:
        file.write(line)


def remember(brief: dict, before: dict, now: dict, path: Path = MEMORY) -> None:
    """Write both memories whole, after the checkpoint; without a place to write, the next turn knows less."""
    try:
        path.parent.mkdir(exist_ok=True)
        staged = path.with_suffix(".tmp")
        memory = {"turn": str(brief.get("turn")), "before": before, "now": now}
        staged.write_text(json.dumps(memory), encoding="utf-8")
        staged.replace(path)
    except OSError as error:
        print(f"{path} cannot be written: {error}", file=sys.stderr)
