"""Bare `fleet`: how things are in four lines, or how to begin."""

from __future__ import annotations

from collections import Counter

from fleet.cli.answer import print_json, revision_number
from fleet.cli.flags import Flags

BEGIN = """\
fleet runs a team of agents and people from one file, fleet.yaml.
There is none here or in any folder above.
  fleet init                      a small working fleet, explained
  fleet init --from sneeze-it     a whole agency to read and change
  fleet init --from maintainers   seats that look after a git checkout"""


def bare(flags: Flags) -> int:
    """Say how things are, or how to begin."""
    if flags.find() is None and not flags.json:
        print(BEGIN)
        return 0
    from fleet.cli.ask import look
    from fleet.cli.overview import dotted, header, word_of
    from fleet.cli.steps import causes, next_steps
    from fleet.cli.times import zone_of

    seen = look(flags)  # to a program, that there is no fleet is an error
    if flags.json:
        print_json(
            "status", {**seen.data, "running": seen.running}, flags=flags, revision=seen.data.get("revision")
        )
        return 0
    zone = zone_of(seen.data["timezone"], flags.utc)
    print(header(seen, flags.now().astimezone(zone)))
    rows = seen.data["seats"]
    counts = Counter(row["health"] for row in rows)
    print(f"{len(rows)} seats: {', '.join(f'{n} {word}' for word, n in counts.most_common())}")
    bad = [(row, n) for row, n in causes(rows) if row["health"] not in ("fine", "planned", "retired")]
    told = [f"{row['seat']} {word_of(row, seen.data.get('you'))}{_follow(n)}" for row, n in bad[:4]]
    mistakes = len(seen.data.get("problems", ()))
    if mistakes:
        count = "a mistake" if mistakes == 1 else f"{mistakes} mistakes"
        print(f"fleet.yaml has {count}; revision {revision_number(seen.data['revision'])} goes on.")
    if told or not mistakes:
        print("; ".join(told) or "Nothing needs you.")
    steps = next_steps({**seen.data, "running": True}) if seen.running else ["fleet up -d"]
    print(f"Next: {dotted([*steps, 'fleet status', 'fleet --help'][:4])}")
    return 0


def _follow(count: int) -> str:
    return f" ({count} {'follows' if count == 1 else 'follow'})" if count else ""
