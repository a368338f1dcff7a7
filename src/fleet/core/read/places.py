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
        self._children: dict[int, dict[str, tuple[Node, Node]]] = {}

    def __getitem__(self, path: Path) -> Place:
        at_key = path[-1:] == ("",)
        steps = path[:-1] if at_key else path
        nodes: list[Node] = [root for _, root in self._roots()]
        key: Node | None = None
        for step in steps:
            found = self._step(nodes, step)
            if not found:
                raise KeyError(path)
            nodes = [value for _, value in found]
            key = found[0][0]
            if len(steps) > 1 and step is not steps[0]:
                nodes = nodes[:1]
        if key is None:
            raise KeyError(path)
        return (key if at_key else nodes[0]).place

    def _step(self, nodes: Sequence[Node], step: str | int) -> list[tuple[Node, Node]]:
        """What lies one step below: keys with their values, of each file that has them."""
        if isinstance(step, str):
            return [pair for node in nodes if (pair := self._named(node).get(step))]
        for node in nodes if step >= 0 else ():
            items = node.items if isinstance(node, Items) else ()
            if step < len(items):
                return [(items[step], items[step])]
            step -= len(items)
        return []

    def _named(self, node: Node) -> dict[str, tuple[Node, Node]]:
        """What a map holds under its keys, or a list under its texts; kept, for lists may be long."""
        if id(node) not in self._children:
            if isinstance(node, Entries):
                pairs: list[tuple[Scalar, Node]] = list(node.entries)
            else:
                items = node.items if isinstance(node, Items) else (node,)
                pairs = [(item, item) for item in items if isinstance(item, Scalar)]
            self._children[id(node)] = {key.text: (key, value) for key, value in reversed(pairs)}
        return self._children[id(node)]

    def __iter__(self) -> Iterator[Path]:
        seen: set[Path] = set()
        for path in _paths(self._roots()):
            if path not in seen:
                seen.add(path)
                yield path

    def __len__(self) -> int:
        return sum(1 for _ in self)


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
