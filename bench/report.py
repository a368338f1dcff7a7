"""Report: the lines of the table, as plain text and as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.measure import Series

HEADS = ("what", "median", "lowest – highest", "beside", "ratio", "bar")


@dataclass(frozen=True, slots=True)
class Bar:
    """A limit that the median is held to; `ratio` says that it limits the ratio, not the value."""

    limit: float
    at_least: bool = False
    ratio: bool = False

    def text(self, value: float, unit: str) -> str:
        """Say the bar and whether a median keeps it."""
        kept = value >= self.limit if self.at_least else value <= self.limit
        sign, unit = ("≥" if self.at_least else "≤"), ("×" if self.ratio else f" {unit}".rstrip())
        return f"{sign} {number(self.limit)}{unit}: {'kept' if kept else 'MISSED'}"


@dataclass(frozen=True, slots=True)
class Line:
    """One measured thing; `beside` names the line it is divided by."""

    what: str
    unit: str
    series: Series
    beside: str = ""
    ratio: Series | None = None
    bars: tuple[Bar, ...] = ()

    def cells(self) -> tuple[str, ...]:
        """Give the line's cells, in the order of HEADS."""
        values = self.series.values
        spread = f"{number(min(values))} – {number(max(values))}" if len(values) > 1 else "one run"
        ratio = f"{number(self.ratio.median)}×" if self.ratio is not None else ""
        bars = (
            bar.text(self.ratio.median if bar.ratio and self.ratio else self.series.median, self.unit)
            for bar in self.bars
        )
        median = f"{number(self.series.median)} {self.unit}".rstrip()
        return (self.what, median, spread, self.beside, ratio, "; ".join(bars))


@dataclass(slots=True)
class Part:
    """One table, how it was measured, and what must be known to read it."""

    key: str
    title: str
    how: str
    lines: list[Line] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, what: str, unit: str, series: Series, *bars: Bar, beside: Line | None = None) -> Line:
        """Add a line, divided round by round by the line it stands beside."""
        ratio = series.over(beside.series) if beside is not None else None
        line = Line(what, unit, series, beside.what if beside is not None else "", ratio, bars)
        self.lines.append(line)
        return line


def number(value: float) -> str:
    """Write a number with three digits that count."""
    if value == 0:
        return "0"
    size = abs(value)
    if size >= 1000:
        return f"{round(value, 2 - len(str(int(size))) + 1):,.0f}"
    return f"{value:.2f}" if 1 <= size < 10 else f"{value:.1f}" if size >= 10 else f"{value:.2g}"


def plain(parts: Sequence[Part], facts: Sequence[str]) -> str:
    """Write everything as text of fixed width."""
    out = ["fleet bench", *(f"  {fact}" for fact in facts)]
    for part in parts:
        out += ["", f"{part.key}. {part.title}", f"   {part.how}", ""]
        rows = [HEADS, *(line.cells() for line in part.lines)]
        widths = [max(len(row[i]) for row in rows) for i in range(len(HEADS))]
        for row in rows if part.lines else []:
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            out.append(("   " + "  ".join(cells)).rstrip())
        out += [f"   - {note}" for note in part.notes]
    return "\n".join(out) + "\n"


def markdown(parts: Sequence[Part], facts: Sequence[str], command: str) -> str:
    """Write everything as a page of the documentation."""
    out = ["# Bench", "", INTRO.format(command=command), "", *(f"* {fact}" for fact in facts)]
    for part in parts:
        out += ["", f"## {part.key}. {part.title}", "", part.how]
        if part.lines:
            out += ["", _row(HEADS), _row(("---",) * len(HEADS))]
            out += [_row(line.cells()) for line in part.lines]
        out += ["", *(f"* {note}" for note in part.notes)] if part.notes else []
    return "\n".join(out) + "\n"


def merged(page: str, newer: str) -> str:
    """Replace the sections of a page by those that were measured again; its head and the others stay."""
    head, *sections = page.split("\n## ")
    again = {section[:2]: section for section in newer.split("\n## ")[1:]}
    kept = {section[:2]: section.rstrip("\n") + "\n" for section in sections}
    joined = {**kept, **{key: section.rstrip("\n") + "\n" for key, section in again.items()}}
    return "\n## ".join([head.rstrip("\n") + "\n", *(joined[key] for key in sorted(joined))])


INTRO = """Measured and written by `{command}`; run it again to replace this page, or with `--only d` to replace that
part of it. It takes about 20 minutes; `--quick` takes four. It needs Linux, the development environment, and for the
peers a package index: they are installed into `.bench-venv/`, and left out, saying so, where they cannot be.

Times on one machine mean little on another, so read the ratios: each is taken round by round between two things
that ran one after the other in the same run (A B, B A, A B ...), and its median is quoted. The spread is the
lowest and the highest round. CPU time is what the process itself used, without its children, unless said. A bar
is the limit that the project set itself; a bar that is missed says so."""


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
