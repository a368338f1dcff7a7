"""Asking: the commands that wait for the daemon's next pass, and the answers that wait for the disk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from fleet.core.account import Account
from fleet.core.action import Action
from fleet.core.frozen import dataclass
from fleet.core.record import Record
from fleet.edge.socket import Caller
from fleet.errors import Broken, FleetError, Typed
from fleet.runtime.waiting import Waiting

MISREAD = (KeyError, TypeError, ValueError, AttributeError)
"""What a request of the wrong shape runs into; it is answered, and ends nothing."""
WHILE_STUCK = ("status", "brief", "down")


@dataclass(slots=True)
class Asked:
    """A command that waits for its answer."""

    verb: str
    args: dict[str, Any]
    caller: Caller
    answer: asyncio.Future[dict[str, Any]]


Run = Callable[[Asked], dict[str, Any]]


class Asking:
    """Commands in the order they came. An answer is given once what it speaks of is on disk."""

    def __init__(self) -> None:
        self._asked: list[Asked] = []
        self._answers: list[tuple[Asked, dict[str, Any]]] = []
        self._decided: list[tuple[Asked, dict[str, Any]]] = []
        self._waiting = Waiting()

    def __bool__(self) -> bool:
        return bool(self._asked)

    @property
    def answering(self) -> bool:
        """Say whether an answer waits for the disk."""
        return bool(self._answers or self._decided)

    @property
    def awaited(self) -> frozenset[str]:
        """The seats for whose turn to end somebody waits; "" for a turn whose actions are not judged yet."""
        return self._waiting.seats

    def take(self, verb: str, args: dict[str, Any], caller: Caller) -> asyncio.Future[dict[str, Any]]:
        """Take a command for the next pass; gives what will hold its answer."""
        future: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._asked.append(Asked(verb, args, caller, future))
        return future

    def carry_out(self, run: Run) -> None:
        """Carry out what was asked; the answers wait for `reply`."""
        asked, self._asked = self._asked, []
        for one in asked:
            try:
                self._answers.append((one, run(one)))
            except FleetError as exc:
                _refuse(one, exc)
            except MISREAD as exc:
                _refuse(one, Typed(f"`{one.verb}` cannot be read: {type(exc).__name__}: {exc}"))

    def reply(self, account: Account) -> None:
        """Give the answers: what they speak of is on disk."""
        answers, self._answers = self._answers, []
        for asked, answer in answers:
            if asked.verb == "wake" and asked.args.get("wait"):
                self._waiting.add(answer["wake"], asked.answer)
            elif asked.verb == "approve":
                self._decided.append((asked, answer))
            elif not asked.answer.done():
                asked.answer.set_result(answer)
        self._waiting.judged(account)

    def release(self, account: Account) -> None:
        """Answer those who said yes, now that the gate has had its say on it."""
        decided, self._decided = self._decided, []
        for asked, answer in decided:
            action = account.docket.actions.get(answer["id"])
            status = action.status if action is not None else "over"
            if not asked.answer.done():
                asked.answer.set_result({**answer, "status": status, **_stands(action)})

    def hear(self, record: Record) -> None:
        """Take in a record that somebody may wait for."""
        self._waiting.hear(record)

    def stuck(self, why: str, run: Run) -> None:
        """Answer while nothing can be recorded: what was not written yet, status, down, and for all else why not."""
        decided, self._decided = self._decided, []
        for one, answer in decided:  # of these the disk has everything
            if not one.answer.done():
                one.answer.set_result(answer)
        answers, self._answers = self._answers, []
        for one, _ in answers:
            _refuse(one, Broken(f"{why} What you asked is done once it can be recorded."))
        asked, self._asked = self._asked, []
        for one in asked:
            if one.answer.done():
                continue
            try:
                if one.verb not in WHILE_STUCK:
                    raise Broken(f"{why} Nothing was changed.")
                one.answer.set_result(run(one))
            except FleetError as exc:
                _refuse(one, exc)


def _stands(action: Action | None) -> dict[str, Any]:
    """Say of whom an open action is asked, and why it stands as it does."""
    return {
        "reason": action.reason if action else "",
        "person": (action.person if action and action.status == "asked" else "") or None,
    }


def _refuse(one: Asked, exc: FleetError) -> None:
    if not one.answer.done():
        one.answer.set_exception(exc)
