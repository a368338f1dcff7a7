"""Dot: the chart in the language of Graphviz."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fleet.cli.answer import clean

COLOURS = {"green": "#2e7d32", "yellow": "#b26a00", "red": "#c62828", "dim": "#8a8a8a"}


def dot_lines(name: str, seats: Sequence[Mapping[str, Any]], *, with_reads: bool) -> Iterator[str]:
    """Give the chart as a digraph: an edge from each seat to those that answer to it; reads are dashed."""
    from fleet.cli.overview import SHAPES

    known = {seat["seat"] for seat in seats}
    yield f"digraph {_quoted(name)} {{"
    yield "  rankdir=LR;"
    yield '  node [shape=box, style=rounded, fontname="sans-serif", fontsize=11];'
    yield "  edge [arrowhead=none];"
    for seat in seats:
        shape, colour = SHAPES.get(seat["health"], ("?", ""))
        texts = [
            seat["title"] or seat["seat"],
            f"{seat['seat']}, {seat['held_by']}",
            f"{shape} {seat['word']}",
        ]
        label = "\\n".join(_escaped(text) for text in texts)
        ended = ', style="rounded,dashed"' if seat["health"] in ("planned", "gone", "retired") else ""
        yield f'  {_quoted(seat["seat"])} [label="{label}", color="{COLOURS.get(colour, "#8a8a8a")}"{ended}];'
    for seat in seats:
        if seat["answers_to"] in known:
            yield f"  {_quoted(seat['answers_to'])} -> {_quoted(seat['seat'])};"
        for other in seat["reads"] if with_reads else ():
            if other in known:
                style = '[style=dashed, arrowhead=open, constraint=false, color="#8a8a8a"]'
                yield f"  {_quoted(other)} -> {_quoted(seat['seat'])} {style};"
    yield "}"


def _quoted(text: str) -> str:
    return f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    return clean(text).replace("\\", "\\\\").replace('"', '\\"')
