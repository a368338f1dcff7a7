"""Places: where each node of a chart stands, found in the node tree when somebody asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from fleet.core.chart import Path
from fleet.core.mistake import Place
from fleet.core.node import Entries, Items, Node, Scalar

Roots = Sequence[tuple[str, Node]]


class Places(Mapping[Path, Place]):
    """Places by path, as ("seats", "dash", "when", 0); of a key that stands twice, the first.

    Two more kinds of paths are found, though not listed: a step into a list may be the text of an
    item ("seats", "dash", "owns", "ad pacing"), and a last step "" is the key itself, not its value.

    Nothing is built before the first question: places are asked for after mistakes and by single
    commands, and a dict of them would cost as much as reading the chart.
    """

    def __init__(self, roots: Callable[[], Roots]) -> None:
        self._roots = roots

    def __getitem__(self, path: Path) -> Place:
        if path[-1:] == ("",):
            return self._key(path[:-1])
        found = _down(_top(self._roots(), path[:1]), path[1:])
        if found is None:
            raise KeyError(path)
        return found.place

    def _key(self, path: Path) -> Place:
        roots = self._roots()
        if len(path) < 2:
            above: list[Node] = [root for _, root in roots]
        else:
            parent = _down(_top(roots, path[:1]), path[1:-1])
            above = _top(roots, path[:1]) if len(path) == 2 else [parent] if parent else []
        for node in above:
            for key, _ in node.entries if isinstance(node, Entries) else ():
                if path[-1:] == (key.text,):
                    return key.place
        raise KeyError(path)

    def __iter__(self) -> Iterator[Path]:
        seen: set[Path] = set()
        for path in _paths(self._roots()):
            if path not in seen:
                seen.add(path)
                yield path

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _top(roots: Roots, path: Path) -> list[Node]:
    """What stands under a key of the top, in each file that has it."""
    maps = [root for _, root in roots if isinstance(root, Entries)]
    return [value for root in maps for key, value in root.entries if path == (key.text,)]


def _down(nodes: Sequence[Node], path: Path) -> Node | None:
    if not path or not nodes:
        return nodes[0] if nodes else None
    step = path[0]
    if isinstance(step, str):
        return _down([child for node in nodes for child in _named(node, step)][:1], path[1:])
    items = [item for n in nodes if isinstance(n, Items) for item in n.items]
    return _down(items[step : step + 1] if step >= 0 else [], path[1:])


def _named(node: Node, name: str) -> list[Node]:
    if isinstance(node, Entries):
        return [value for key, value in node.entries if key.text == name]
    items = node.items if isinstance(node, Items) else (node,)
    return [item for item in items if isinstance(item, Scalar) and item.text == name]


def _paths(roots: Roots) -> Iterator[Path]:
    names: dict[str, list[Node]] = {}
    for _, root in roots:
        if isinstance(root, Entries):
            for key, value in root.entries:
                names.setdefault(key.text, []).append(value)
    for name, nodes in names.items():
        yield (name,)
        count = 0
        for node in nodes:
            yield from _below(node, (name,), count)
            count += len(node.items) if isinstance(node, Items) else 0


def _below(node: Node, path: Path, first: int = 0) -> Iterator[Path]:
    if isinstance(node, Entries):
        for key, value in node.entries:
            yield (*path, key.text)
            yield from _below(value, (*path, key.text))
    elif isinstance(node, Items):
        for index, item in enumerate(node.items, first):
            yield (*path, index)
            yield from _below(item, (*path, index))
