"""F252 to F299: what this version reads, checks, and does not do yet."""

from __future__ import annotations

from fleet.core.coded.code import Code

CODES = (
    Code(
        "F252",
        "warning",
        "`by: ledger` says that fleet measures this metric itself, so that nobody grades himself, and this version "
        "does not do that yet. No value is written, and one that the seat reports is held. Leave it as it is until "
        "fleet can, or let the seat report it: `by: seat`.",
        before="""\
seats:
  dash:
    scorecard:
      anomalies: {target: at least 5 a week, by: »ledger«}
""",
        after="""\
seats:
  dash:
    scorecard:
      anomalies: {target: at least 5 a week, by: seat}
""",
    ),
    Code(
        "F254",
        "warning",
        "A seat's command names a file that is not in its folder, or an action's one that is not in the fleet's. "
        "The first turn, or the first action, would fail on it. Only `fleet check` looks, and only into folders in "
        "which something lies already: a chart may be written before its programs. Put the file there, or write "
        "its right name.",
        before="""\
seats:
  dash:
    run: python »agnet.py«
""",
        after="""\
seats:
  dash:
    run: python agent.py
""",
    ),
    Code(
        "F256",
        "warning",
        "A seat's `review:` is the day by which a person looks again whether the seat is still needed, and still to "
        "be allowed what it is. That day is past. The seat goes on; `fleet status` says that it is due, and `fleet "
        "audit --by SEAT` what it has done. Put a later day, take permissions out, or retire it.",
        before="""\
seats:
  dash:
    review: »2020-01-15«
""",
        after="""\
seats:
  dash:
    review: 2099-01-15
""",
    ),
)
