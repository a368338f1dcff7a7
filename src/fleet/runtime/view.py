"""A view of a fleet for reading verbs: the files as they lie there, no lock taken, nothing changed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fleet.core.account import Account, fold
from fleet.core.chart import Chart
from fleet.core.health import overview
from fleet.errors import Typed
from fleet.runtime.desk import Desk
from fleet.runtime.revise import chart_in_force, load_chart
from fleet.store.files import Files
from fleet.store.ledger import since_checkpoint

CHART = "fleet.yaml"


class View:
    """A fleet opened for reading. It has what `gather` and `overview` need, and cannot write."""

    def __init__(self, files: Files, chart: Chart, account: Account) -> None:
        self.files = files
        self.chart = chart
        self.account = account
        self.desk = Desk(files, chart, account)

    @classmethod
    def open(cls, root: str) -> View:
        """Open a folder for reading; raises Typed if no fleet is there, ChartError if its chart is unusable."""
        files = Files(root)
        if files.stat(CHART) is None:
            raise Typed(f"{root}: there is no {CHART} here. Begin with: fleet init")
        account = fold(since_checkpoint(files))
        return cls(files, chart_in_force(account, files), account)

    def status(self, now: datetime) -> dict[str, Any]:
        """Give what the files say, as `fleet status` shows it without a daemon."""
        view = overview(self.chart, self.account, now)
        _, mistakes = load_chart(self.files)
        view["problems"] = [m.line() for m in mistakes if m.level == "error"]
        return {**view, "running": False}
