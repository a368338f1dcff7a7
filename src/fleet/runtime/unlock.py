"""Unlock: a program that waits for the commands which print its secrets, and is started once they have."""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import replace
from typing import TYPE_CHECKING

from fleet.core.chart import Secret
from fleet.edge import process, secret
from fleet.errors import Unreadable
from fleet.runtime.secrets import ASKED_FOR_S, Given, Secrets, filled

if TYPE_CHECKING:
    from fleet.edge.program import Ended, Launch, Program

NOTHING_STARTED = "nothing was started"


class Unlocking(process.Program):
    """First the commands, side by side; then the program. It ends as that does, or for want of a secret."""

    def __init__(self, given: Given, launch: Launch, secrets: Secrets) -> None:
        self._secrets = secrets
        self._launch = launch
        self._asked = [(one, process.start(_asking(one, launch))) for one in given.asks]
        self._program: Program | None = None
        self._stopped: str | None = None
        self._task = asyncio.get_running_loop().create_task(self._run())

    @property
    def pid(self) -> int:
        """The program's number; 0 until it was started."""
        return getattr(self._program, "pid", 0)

    async def wait(self) -> Ended:
        return await asyncio.shield(self._task)

    def stop(self, why: str) -> None:
        self._stopped = self._stopped or why
        for running in [self._program] if self._program is not None else [one for _, one in self._asked]:
            running.stop(why)

    async def _run(self) -> Ended:
        values: dict[str, str] = {}
        for one, running in self._asked:
            ended = await running.wait()
            if self._stopped is not None:
                continue
            try:
                values[one.name] = self._value(one, ended)
            except Unreadable as exc:
                return await self._given_up(f"the secret {one.name}: {exc.why}; {NOTHING_STARTED}")
        if self._stopped is not None:
            return process.Ended(stopped=self._stopped)
        self._program = process.start(completed(self._launch, values))
        return await self._program.wait()

    async def _given_up(self, fault: str) -> Ended:
        for _, running in self._asked:
            running.stop("another secret was not given")
            await running.wait()
        return process.Ended(fault=fault)

    def _value(self, one: Secret, ended: Ended) -> str:
        said = f"`{' '.join(one.argv)}`"
        if ended.fault:
            raise Unreadable(ended.fault)
        if ended.timed_out:
            raise Unreadable(f"{said} took longer than {ASKED_FOR_S:g} s and was ended")
        if ended.exit_code != 0:
            how = f"exit {ended.exit_code}" if ended.exit_code is not None else f"signal {ended.signal}"
            raise Unreadable(f"{said} ended with {how}; run it by hand as the daemon's user to see why")
        value = secret.text_of(ended.stdout, f"what {said} printed")
        try:
            self._secrets.check(value)
        except Unreadable as exc:
            raise Unreadable(f"what {said} printed {exc.why}") from exc
        self._secrets.learn(one.name, value)
        return value


def completed(launch: Launch, values: dict[str, str]) -> Launch:
    """Give a launch with secrets that came later: in the headers of what is posted, else in the environment."""
    if not launch.posts:
        return replace(launch, env={**launch.env, **values})
    request = json.loads(launch.stdin)
    request["headers"] = {name: filled(text, values) for name, text in request["headers"].items()}
    return replace(launch, stdin=json.dumps(request).encode())


def _asking(one: Secret, launch: Launch) -> Launch:
    """Say how a command is started that prints a secret: in the daemon's environment, for it is the operator's."""
    from fleet.core.redact import LONGEST

    root = launch.env.get("FLEET_ROOT", "")
    env = {name: value for name, value in os.environ.items() if not name.startswith("FLEET_")}
    return process.Launch(
        argv=one.argv,
        cwd=root,
        env={**env, "FLEET_ROOT": root},
        stdin=b"",
        mark=launch.mark,
        limit_s=ASKED_FOR_S,
        grace_s=1.0,
        stdout_max=LONGEST + 1,
    )
