"""Drawing: the chart as one SVG picture that needs nothing else: a tidy tree, from left to right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from unicodedata import east_asian_width

from fleet.cli.answer import clean
from fleet.core.frozen import dataclass

BOX_W, BOX_H = 248, 62
GAP_X, GAP_Y = 56, 14
MARGIN, HEAD = 24, 64
PAD = 14
"""Pixels, at 1:1."""
LETTER = {15: 9.8, 12: 7.2}
"""Widest usual letter of a sans-serif font by its size in pixels; a wide one takes twice that."""
STYLE = """\
  <style>
    svg { color-scheme: light dark; }
    text { font-family: system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; fill: #1c1e21; }
    .back { fill: #ffffff; }
    .box { fill: #f6f7f9; stroke: #c3c8d0; stroke-width: 1; }
    .person .box { fill: #eef3fb; stroke: #9db4d8; }
    .ended .box { fill: none; stroke-dasharray: 4 3; }
    .ended text { fill: #6b7280; }
    .edge { fill: none; stroke: #aab1bd; stroke-width: 1.5; }
    .title { font-size: 15px; font-weight: 600; }
    .line { font-size: 12px; fill: #565d68; }
    .green { fill: #2e7d32; stroke: #2e7d32; } .yellow { fill: #b26a00; stroke: #b26a00; }
    .red { fill: #c62828; stroke: #c62828; } .dim { fill: none; stroke: #8a8f98; }
    .open { fill: none; stroke-width: 1.8; }
    @media (prefers-color-scheme: dark) {
      text { fill: #e8eaed; }
      .back { fill: #16181c; }
      .box { fill: #22262c; stroke: #454c57; }
      .person .box { fill: #1f2a3c; stroke: #4a6595; }
      .edge { stroke: #565d68; }
      .line { fill: #a9b0bb; }
      .ended text { fill: #8a929e; }
      .green { fill: #66bb6a; stroke: #66bb6a; } .yellow { fill: #ffb74d; stroke: #ffb74d; }
      .red { fill: #ef6b67; stroke: #ef6b67; } .open { fill: none; }
    }
  </style>"""


@dataclass(frozen=True, slots=True)
class Box:
    """Where a seat is drawn: its upper left corner, in pixels."""

    seat: str
    x: float
    y: float


def layout(seats: Sequence[Mapping[str, Any]]) -> dict[str, Box]:
    """Place each seat right of the one it answers to, in the middle of those that answer to it.

    Seats come in the order of the tree, each after the one above it; no two boxes meet.
    """
    below: dict[str, list[str]] = {}
    for seat in seats:
        below.setdefault(seat["above"] or "", []).append(seat["seat"])
    depth = {seat["seat"]: seat["depth"] for seat in seats}
    middle: dict[str, float] = {}
    row = 0
    for seat in seats:
        if seat["seat"] not in below:
            middle[seat["seat"]] = row
            row += 1
    for seat in reversed(seats):  # who is below stands behind: placed before the one above
        children = below.get(seat["seat"])
        if children:
            middle[seat["seat"]] = (middle[children[0]] + middle[children[-1]]) / 2
    return {
        name: Box(
            name, MARGIN + depth[name] * (BOX_W + GAP_X), MARGIN + HEAD + middle[name] * (BOX_H + GAP_Y)
        )
        for name in depth
    }


def svg_lines(name: str, told: str, seats: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Give the chart as SVG: a box a seat with its title, seat and holder, and its health by shape and word."""
    boxes = layout(seats)
    wide = max((box.x for box in boxes.values()), default=0) + BOX_W + MARGIN
    high = max((box.y for box in boxes.values()), default=0) + BOX_H + MARGIN
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide:g}" height="{high:g}" '
        f'viewBox="0 0 {wide:g} {high:g}" role="img">'
    )
    yield f"  <title>{_escaped(name)}: who answers to whom</title>"
    yield STYLE
    yield f'  <rect class="back" width="{wide:g}" height="{high:g}"/>'
    yield f'  <text class="title" x="{MARGIN}" y="{MARGIN + 16}">{_fitted(name, wide - 2 * MARGIN, 15)}</text>'
    yield f'  <text class="line" x="{MARGIN}" y="{MARGIN + 36}">{_fitted(told, wide - 2 * MARGIN, 12)}</text>'
    for seat in seats:
        above = boxes.get(seat["above"] or "")
        if above is not None:
            yield _edge(above, boxes[seat["seat"]])
    for seat in seats:
        yield from _box(seat, boxes[seat["seat"]])
    yield "</svg>"


def _edge(above: Box, below: Box) -> str:
    x, y = above.x + BOX_W, above.y + BOX_H / 2
    middle, end = x + GAP_X / 2, below.y + BOX_H / 2
    return f'  <path class="edge" d="M{x:g} {y:g} H{middle:g} V{end:g} H{below.x:g}"/>'


def _box(seat: Mapping[str, Any], box: Box) -> Iterator[str]:
    from fleet.cli.overview import SHAPES

    shape, colour = SHAPES.get(seat["health"], ("?", "dim"))
    ended = seat["health"] in ("planned", "gone", "retired")
    kinds = " ".join(["seat", *(["person"] if seat["person"] else []), *(["ended"] if ended else [])])
    room, x = BOX_W - 2 * PAD, box.x + PAD
    why = f"{seat['seat']}: {seat['word']}" + (f", {seat['why']}" if seat["why"] else "")
    yield f'  <g class="{kinds}">'
    yield f"    <title>{_escaped(why)}</title>"
    yield f'    <rect class="box" x="{box.x:g}" y="{box.y:g}" width="{BOX_W}" height="{BOX_H}" rx="8"/>'
    title, line = seat["title"] or seat["seat"], f"{seat['seat']} · {seat['held_by']}"
    yield f'    <text class="title" x="{x:g}" y="{box.y + 20:g}">{_fitted(title, room, 15)}</text>'
    yield f'    <text class="line" x="{x:g}" y="{box.y + 37:g}">{_fitted(line, room, 12)}</text>'
    yield f"    {_shape(shape, colour, x + 5, box.y + 49)}"
    yield f'    <text class="line" x="{x + 17:g}" y="{box.y + 53:g}">{_fitted(seat["word"], room - 17, 12)}</text>'
    yield "  </g>"


def _shape(shape: str, colour: str, x: float, y: float) -> str:
    """Draw a health's shape around a point."""
    if shape == "▲":
        return f'<path class="{colour}" d="M{x:g} {y - 5:g} L{x + 5:g} {y + 4:g} H{x - 5:g} Z"/>'
    if shape == "■":
        return f'<rect class="{colour}" x="{x - 4:g}" y="{y - 4:g}" width="8" height="8"/>'
    if shape == "◇":
        return f'<path class="{colour} open" d="M{x:g} {y - 5:g} l5 5 l-5 5 l-5 -5 Z"/>'
    hollow = " open" if shape != "●" else ""
    return f'<circle class="{colour}{hollow}" cx="{x:g}" cy="{y:g}" r="4"/>'


def text_width(text: str, size: int) -> float:
    """Estimate how wide a text is, rather too wide than too narrow."""
    return sum(LETTER[size] * (2 if east_asian_width(char) in "WF" else 1) for char in text)


def _fitted(text: str, room: float, size: int) -> str:
    """Cut a text to the room there is, and make it fit to stand in XML."""
    said = clean(text)
    if text_width(said, size) > room:
        while said and text_width(f"{said}…", size) > room:
            said = said[:-1]
        said = f"{said.rstrip()}…"
    return _escaped(said)


def _escaped(text: str) -> str:
    said = clean(text)
    for char, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        said = said.replace(char, entity)
    return said
