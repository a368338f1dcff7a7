"""Include: which further files fleet.yaml takes in."""

from __future__ import annotations

from fleet.core.node import Entries, Node, Scalar
from fleet.core.read import values
from fleet.core.read.found import Found, is_empty
from fleet.core.read.phrases import read_path


def read_include(root: Node | None, found: Found) -> tuple[tuple[str, Scalar], ...]:
    """Read the paths and patterns under `include`, each with the text that says it."""
    given = [v for k, v in root.entries if k.text == "include"] if isinstance(root, Entries) else []
    if not given or is_empty(given[0]):
        return ()
    read = []
    for item in values.scalars(given[0], found, "include"):
        path = found.phrase(item, read_path, "F408", "this path")
        if path is not None and not path.endswith((".yaml", ".yml")):
            found.say("F408", item.place, "an included file ends in .yaml", tries=(f"{path}/*.yaml",))
        elif path is not None:
            read.append((path, item))
    return tuple(read)
