"""Places: where each node of a chart stands, found in the node tree when somebody asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from fleet.core.chart import Path
from fleet.core.mistake import Place
from fleet.core.node import Entries, Items, Node

Roots = Sequence[tuple[str, Node]]


class Places(Mapping[Path, Place]):
    """Places by path, as ("seats", "dash", "when", 0); of a key that stands twice, the first.

    Nothing is built before the first question: places are asked for after mistakes and by single
    commands, and a dict of them would cost as much as reading the chart.
    """

    def __init__(self, roots: Callable[[], Roots]) -> None:
        self._roots = roots

    def __getitem__(self, path: Path) -> Place:
        found = _down(_top(self._roots(), path[:1]), path[1:])
        if found is None:
            raise KeyError(path)
        return found.place

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
        children = [v for n in nodes if isinstance(n, Entries) for k, v in n.entries if k.text == step]
    else:
        items = [item for n in nodes if isinstance(n, Items) for item in n.items]
        children = items[step : step + 1] if step >= 0 else []
    return _down(children[:1], path[1:])


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
