"""Payload: what an action carries, as a person types it: a file, stdin, or his editor."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import tempfile
from pathlib import Path
from typing import Any, NoReturn

from fleet.cli.check import read_input
from fleet.errors import Typed, Unreadable

PAYLOAD_MAX = 4 * 1024 * 1024
"""Bytes; a result is no longer either."""
EDITOR = "vi"
"""Where neither $VISUAL nor $EDITOR is set."""


def payload_from(source: str) -> dict[str, Any]:
    """Read a payload from a file, or from stdin for `-`; raises Typed."""
    return _read_payload(read_input(source), "stdin" if source == "-" else source)


def _read_payload(raw: bytes, where: str) -> dict[str, Any]:
    """Read a payload: JSON if it begins with a brace, else YAML; raises Typed with what is wrong."""
    if len(raw) > PAYLOAD_MAX:
        raise Typed(f"{where}: {len(raw)} bytes, over the limit of {PAYLOAD_MAX}; nothing was changed")
    try:
        text = raw.decode("utf-8")
        found = _json(text) if text.lstrip().startswith("{") else _yaml(text)
        json.dumps(found, ensure_ascii=False, allow_nan=False).encode()
    except UnicodeDecodeError as exc:
        raise Typed(f"{where}: it is not UTF-8 at byte {exc.start}; nothing was changed") from exc
    except UnicodeEncodeError as exc:
        raise Typed(f"{where}: it holds half a character; nothing was changed") from exc
    except (ValueError, RecursionError) as exc:
        raise Typed(f"{where}: it is not JSON: {exc}; nothing was changed") from exc
    except Unreadable as exc:
        raise Typed(f"{where}: {exc.why}; nothing was changed") from exc
    if not isinstance(found, dict):
        raise Typed(f"{where}: a payload is a mapping of keys to values; nothing was changed")
    return found


def _json(text: str) -> Any:
    return json.loads(text, parse_constant=_no_number, object_pairs_hook=_each_once)


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {twice[:60]!r} stands twice")
    return found


def _yaml(text: str) -> Any:
    from fleet.store.yaml import read_plain

    return read_plain(text)


def edited(payload: Any, name: str) -> dict[str, Any]:
    """Let a person change a payload in his editor; raises Typed if what he leaves cannot be used."""
    command = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or EDITOR)
    with tempfile.TemporaryDirectory(prefix="fleet-") as folder:
        file = Path(folder) / f"{name}.json"
        file.write_text(json.dumps(payload or {}, ensure_ascii=False, indent=2) + "\n", "utf-8")
        try:
            code = subprocess.run([*command, str(file)]).returncode
        except OSError as exc:
            raise Typed(
                f"the editor {command[0]!r} cannot be started: {exc.strerror}; set $EDITOR, or use --with"
            ) from exc
        if code:
            raise Typed(f"{command[0]} ended with {code}; nothing was changed")
        return _read_payload(file.read_bytes(), file.name)
