"""A view of a fleet for reading verbs: the files as they lie there, no lock taken, nothing changed."""

from __future__ import annotations

import os
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from fleet.core.account import Account, fold
from fleet.core.chart import Chart
from fleet.core.folder import CHART, FILE_MAX
from fleet.core.isolation import Machine, summary, told
from fleet.core.mistake import Mistake
from fleet.core.overview import overview
from fleet.core.past import Past
from fleet.edge.clock import clock_of
from fleet.edge.socket import Caller
from fleet.errors import Typed
from fleet.runtime.keep import kept
from fleet.runtime.persons import you
from fleet.store.files import Files
from fleet.store.ledger import since_checkpoint
from fleet.store.trouble import FileTrouble

if TYPE_CHECKING:
    from fleet.runtime.desk import Desk


class View:
    """A fleet opened for reading. It has what `gather` and `overview` need, and cannot write."""

    def __init__(self, files: Files, chart: Chart, account: Account) -> None:
        self.files = files
        self.chart = chart
        self.account = account

    @cached_property
    def desk(self) -> Desk:
        """What reads a seat's inputs; made only for the verbs that need it."""
        from fleet.runtime.desk import Desk

        return Desk(self.files, self.chart, self.account)

    @classmethod
    def open(cls, root: str) -> View:
        """Open a folder for reading; raises Typed if no fleet is there, ChartError if its chart is unusable."""
        files = Files(root)
        if files.stat(CHART) is None:
            raise Typed(f"{root}: there is no {CHART} here. Begin with: fleet init")
        account = fold(since_checkpoint(files))
        chart = kept(files, account.revision) or _read(account, files)
        if account.revision is None:
            now = clock_of(root).now()
            account.seats = {
                name: Past(since=now, fixed_until=now, interval_until=now) for name in chart.seats
            }
        return cls(files, chart, account)

    def status(self, now: datetime, caller: Caller) -> dict[str, Any]:
        """Give what the files say, as `fleet status` shows it without a daemon."""
        view = overview(self.chart, self.account, now, served_until=self.account.at)
        view["you"] = you(self.chart, caller)
        say_isolation(view, self.chart)
        view["problems"] = [m.line() for m in self._problems()]
        return {**view, "running": False}

    def _problems(self) -> list[Mistake]:
        """List what is wrong with the fleet.yaml that lies there, if it is not the one in force."""
        if all(self._text(path) == text for path, text in self.chart.texts.items()):
            return []
        from fleet.runtime.revise import load_chart

        chart, mistakes = load_chart(self.files)
        errors = [m for m in mistakes if m.level == "error"]
        if chart is not None and not errors:
            from fleet.runtime.secrets import Secrets

            errors += Secrets(self.files.root, os.environ).written_down(chart, self.chart)
        return errors

    def _text(self, path: str) -> str | None:
        try:
            return self.files.read(path, limit=FILE_MAX).decode("utf-8", "replace")
        except FileTrouble:
            return None


def say_isolation(view: dict[str, Any], chart: Chart) -> None:
    """Add to what `fleet status` shows how holders are kept apart on this machine."""
    machine = Machine()
    if any(seat.is_apart for seat in chart.seats.values()):
        from fleet.edge import sandbox  # a fleet without sandboxes needs none

        machine = sandbox.machine()
    says = told(chart, machine)
    view["isolation"] = summary(says)
    for row in view["seats"]:
        row["isolation"] = says.get(row["seat"])


def _read(account: Account, files: Files) -> Chart:
    from fleet.runtime.revise import chart_in_force  # it brings the reader of fleet.yaml with it

    return chart_in_force(account, files)
