"""The judging part of a seat's program, loaded beside the tests: starting it for each of twenty seeds is slow."""

import importlib
import sys
from functools import cache
from pathlib import Path
from types import ModuleType

REPOSITORY = Path(__file__).resolve().parents[2]


@cache
def modules(seat: str, *names: str) -> tuple[ModuleType, ...]:
    """Return modules of a seat's folder, which may be named like those of another seat; they import each other."""
    folder = REPOSITORY / "seats" / seat
    own = {path.stem for path in folder.glob("*.py")}
    before = {name: sys.modules.pop(name) for name in own if name in sys.modules}
    sys.path.insert(0, str(folder))
    try:
        return tuple(importlib.import_module(name) for name in names)
    finally:
        sys.path.remove(str(folder))
        for name in own:
            sys.modules.pop(name, None)
        sys.modules.update(before)
