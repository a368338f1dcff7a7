"""Patch: puts what stays in force back into the nodes of a new text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fleet.core.edit.wait import Plain, Wait
from fleet.core.folder import CHART
from fleet.core.mistake import Place
from fleet.core.node import Entries, Items, Node, Scalar

Step = str | int
Root = tuple[str, Node]
HERE = Place(CHART, 1, 1, 1, 2)


def patched(roots: Sequence[Root], waits: Iterable[Wait]) -> list[Root]:
    """Give the roots of a fleet's files as they are without what waits.

    Items are replaced before any is taken out, and taken out from the last on, so that indexes hold.
    """
    whole = list(roots)
    edits = [(edit, _place_at(wait.at)) for wait in waits for edit in wait.edits]
    for edit, at in edits:
        if edit.how == "put":
            _put(whole, edit.path, _node_of(edit.value, at))
    for path in sorted({e.path for e, _ in edits if e.how == "drop"}, key=_last_index, reverse=True):
        _drop(whole, path)
    for edit, at in edits:
        if edit.how == "add":
            _add(whole, edit.path, _node_of(edit.value, at))
    return whole


def kept_names(waits: Iterable[Wait]) -> frozenset[str]:
    """Name the seats that left the file and stay in the chart because what waits names them."""
    paths = (edit.path for wait in waits for edit in wait.edits if edit.how == "put")
    return frozenset(str(path[1]) for path in paths if len(path) == 2 and path[0] == "seats")


def _place_at(at: str) -> Place:
    """Read `fleet.yaml@r-4:91`."""
    file, _, line = at.rpartition(":")
    if not file or not line.isdigit():
        return HERE
    return Place(file, int(line), 1, int(line), 2)


def _node_of(value: Plain, place: Place) -> Node:
    """Make nodes of a value, all at one place. Every text counts as quoted: it was read once already."""
    if isinstance(value, dict):
        return Entries(tuple((Scalar(k, place), _node_of(v, place)) for k, v in value.items()), place)
    if isinstance(value, list | tuple):
        return Items(tuple(_node_of(item, place) for item in value), place)
    return Scalar(str(value), place, quoted=True)


def _last_index(path: tuple[Step, ...]) -> int:
    return path[-1] if isinstance(path[-1], int) else -1


def _put(whole: list[Root], path: Sequence[Step], new: Node) -> None:
    index, path = _root_of(whole, path)
    whole[index] = (whole[index][0], _with(whole[index][1], path, new))


def _add(whole: list[Root], path: Sequence[Step], new: Node) -> None:
    index, _ = _root_of(whole, path)
    there = _find(whole[index][1], path)
    items = there.items if isinstance(there, Items) else (there,) if there is not None else ()
    _put(whole, path, Items((*items, new), there.place if there is not None else new.place))


def _drop(whole: list[Root], path: Sequence[Step]) -> None:
    index, path = _root_of(whole, path)
    left = _without(whole[index][1], path)
    whole[index] = (whole[index][0], left if left is not None else Entries((), HERE))


def _root_of(whole: Sequence[Root], path: Sequence[Step]) -> tuple[int, Sequence[Step]]:
    """Find the file that holds most of a path, and the path in it: a list over several files is one list."""
    if len(path) == 2 and isinstance(path[1], int):
        count = path[1]
        for index, (_, root) in enumerate(whole):
            there = _find(root, path[:1])
            items = len(there.items) if isinstance(there, Items) else int(there is not None)
            if count < items:
                return index, (path[0], count)
            count -= items
        return 0, path
    for length in range(len(path), 0, -1):
        for index, (_, root) in enumerate(whole):
            if _find(root, path[:length]) is not None:
                return index, path
    return 0, path


def _find(node: Node, path: Sequence[Step]) -> Node | None:
    for step in path:
        found: Node | None = None
        if isinstance(node, Entries):
            found = next((value for key, value in node.entries if key.text == step), None)
        elif isinstance(step, int):
            items = node.items if isinstance(node, Items) else (node,)
            found = items[step] if step < len(items) else None
        else:
            items = node.items if isinstance(node, Items) else (node,)
            found = next((i for i in items if isinstance(i, Scalar) and i.text == step), None)
        if found is None:
            return None
        node = found
    return node


def _with(node: Node | None, path: Sequence[Step], new: Node) -> Node:
    """A node in which the path leads to the new one; maps that are missing are made."""
    if not path:
        return new
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        items = node.items if isinstance(node, Items) else (node,) if node is not None else ()
        changed = (_with(i, rest, new) if n == step else i for n, i in enumerate(items))
        return Items(tuple(changed), node.place if node is not None else new.place)
    entries = node.entries if isinstance(node, Entries) else ()
    place = node.place if isinstance(node, Entries) else new.place
    if all(key.text != step for key, _ in entries):
        return Entries((*entries, (Scalar(step, new.place), _with(None, rest, new))), place)
    pairs = ((key, _with(value, rest, new) if key.text == step else value) for key, value in entries)
    return Entries(tuple(pairs), place)


def _without(node: Node, path: Sequence[Step]) -> Node | None:
    """A node without what the path leads to; None if nothing is left of it."""
    step, rest = path[0], path[1:]
    if isinstance(node, Entries):
        pairs = []
        for key, value in node.entries:
            left = value if key.text != step else _without(value, rest) if rest else None
            if left is not None:
                pairs.append((key, left))
        return Entries(tuple(pairs), node.place) if pairs else None
    items = node.items if isinstance(node, Items) else (node,)
    kept = tuple(item for n, item in enumerate(items) if not _is_meant(item, n, step))
    if len(kept) == len(items):
        return node
    return Items(kept, node.place) if kept else None


def _is_meant(item: Node, index: int, step: Step) -> bool:
    return index == step if isinstance(step, int) else isinstance(item, Scalar) and item.text == step
