"""The gate in the real daemon, over random histories: nothing runs that was not allowed at that moment."""

from __future__ import annotations

import json
import os
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fleet.core.account import Account, fold
from fleet.core.action import Action
from fleet.core.case import Case, Sight
from fleet.core.judge import judge
from fleet.core.law import Law
from fleet.core.record import Record, read_line
from fleet.core.verdict import Verdict
from fleet.errors import FleetError
from fleet.runtime import gate
from fleet.runtime.sight import see
from fleet.store.chart import read_revision
from fleet.testing import Rig, chart_text

MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
AGENTS = ("pulse", "dirk", "nick")
ACCOUNTS = ("account:acme", "account:volt")
TAIL = """
actions:
  act: {run: sh act.sh, about: account, at_most: 3 a day each}
  safe: {run: sh act.sh, about: account, repeat: safe}
  offer: {run: sh act.sh, about: account, outside: yes}
conflicts:
  - {about: account, rank: [pulse, dirk, nick], then: hold, within: 2h}
"""
CAN = "when: when asked\ngood_for: 48h\ncan: {do: [act, safe], ask: {offer: founder}}"
CHARTS = (
    chart_text(dict.fromkeys(AGENTS, CAN), tail=TAIL),
    chart_text({**dict.fromkeys(AGENTS, CAN), "nick": f"{CAN}\nnever: [act]"}, tail=TAIL),
    chart_text(dict.fromkeys(AGENTS, CAN), tail=TAIL.replace("pulse, dirk, nick", "dirk, pulse, nick")),
    chart_text({name: CAN for name in AGENTS if name != "nick"}, tail=TAIL.replace(", nick", "")),
)
ACT = """\
in=$(cat)
echo "$FLEET_ACTION_ID" >> ran
case "$in" in
  *dies*) kill -9 $$ ;;
  *fails*) exit 1 ;;
esac
"""
KEEPS = """\
ids=$(sed -n 's/.*ONLY .keep: .\\(a-[0-9]*\\).*/"\\1"/p' | paste -sd,)
echo "{\\"headline\\": \\"$FLEET_TURN\\", \\"keep\\": [$ids]}"
"""
"""What a seat does that was told nothing else: it keeps all that waits for it."""
WHATS = (
    *(["turn"] * 12 + ["approve"] * 4 + ["advance"] * 3),
    *(
        "deny",
        "send",
        "challenge",
        "drop",
        "pause",
        "resume",
        "resume",
        "restart",
        "kill",
        "edit",
        "tamper",
        "sweep",
    ),
)
STEPS = st.lists(st.tuples(st.sampled_from(WHATS), st.integers(0, 60)), min_size=14, max_size=28)


@dataclass
class Watch:
    """Every judgement of a held action, and all that was stirred between them."""

    stirred: list[str] = field(default_factory=list)
    heard: dict[str, int] = field(default_factory=dict)
    needless: list[str] = field(default_factory=list)

    def judge(self, case: Case) -> Verdict:
        action, since = case.action, self.heard.get(case.action.id)
        if action.status == "held" and since is not None and not self._called_for(action, since, case.now):
            self.needless.append(f"{action.id} at step {action.step}")
        self.heard[action.id] = len(self.stirred)
        return judge(case)

    def _called_for(self, action: Action, since: int, now: datetime) -> bool:
        if action.must_keep:
            return False
        due = action.again_at is not None and action.again_at <= now
        return due or bool(set(action.looked) & set(self.stirred[since:]))

    @contextmanager
    def watching(self) -> Iterator[None]:
        stir = Account.stir

        def noted(account: Account, name: str) -> None:
            self.stirred.append(name)
            stir(account, name)

        with mock.patch.object(gate, "judge", self.judge), mock.patch.object(Account, "stir", noted):
            yield


class Story:
    """A history, step by step, in a rig."""

    def __init__(self, rig: Rig, watch: Watch) -> None:
        self.rig, self.watch, self.count = rig, watch, 0

    @property
    def actions(self) -> list[Action]:
        assert self.rig.daemon is not None
        return list(self.rig.daemon.fleet.account.docket.actions.values())

    def play(self, what: str, n: int) -> None:
        self.count += 1
        getattr(self, f"_{what}")(n)
        outdated = self.outdated()
        assert not outdated, outdated

    def outdated(self) -> list[str]:
        """Name the held actions of which the gate would say something else by now."""
        assert self.rig.daemon is not None
        fleet, now = self.rig.daemon.fleet, self.rig.clock.now()
        law = Law(fleet.chart)
        held = [action for action in self.actions if action.status == "held" and not action.must_keep]
        found = [(action, judge(see(fleet, law, action, now))) for action in held]
        return [
            f"{action.id}: {action.reason} / {verdict.reason}"
            for action, verdict in found
            if (verdict.ruling, verdict.step, verdict.reason) != ("hold", action.step, action.reason)
        ]

    def _turn(self, n: int) -> None:
        seat = AGENTS[n % 3]
        how = ("works", "works", "dies", "fails")[n // 3 % 4]
        kinds = [("act",), ("offer",), ("act", "safe"), ("safe", "offer")][n // 5 % 4]
        actions = [
            {"kind": kind, "about": ACCOUNTS[n // 2 % 2], "with": {"how": how, "n": n % 2}} for kind in kinds
        ]
        result: dict[str, Any] = {"headline": f"turn {self.count}", "actions": actions}
        if n % 4 < 2:
            end = (self.rig.clock.now() + timedelta(hours=1)).isoformat()
            result["claims"] = [{"about": ACCOUNTS[n // 7 % 2], **({"until": end} if n % 8 else {})}]
        elif n % 4 == 2:
            result["claims"] = []
        mine = [action.id for action in self.actions if action.seat == seat]
        result["keep"] = mine if n % 5 else []
        result["withdraw"] = mine[:1] if n % 11 == 0 else []
        challenges = [m for m in self._account.matters.values() if m.type == "CHALLENGE" and m.seat == seat]
        if challenges and n % 2:
            answer = {
                "type": "RESPONSE",
                "to": challenges[0].sender,
                "reply_to": challenges[0].id,
                "subject": "s",
            }
            result["messages"] = [answer]
        self.rig.does(seat, f"cat <<'RESULT'\n{json.dumps(result)}\nRESULT")
        self._try("wake", seat=seat)

    def _approve(self, n: int) -> None:
        open_ = [action for action in self.actions if action.status in ("asked", "unknown")]
        if open_:
            action = open_[n % len(open_)]
            answer = {"answer": ("again", "happened")[n % 2]} if action.status == "unknown" else {}
            changed = {"with": {"how": "works", "n": 7}} if n % 5 == 0 and not answer else {}
            self._try("approve", id=action.id, **answer, **changed)

    def _deny(self, n: int) -> None:
        if self.actions:
            self._try("deny", id=self.actions[n % len(self.actions)].id, because="no")

    def _send(self, n: int) -> None:
        self._try("send", to=AGENTS[n % 3], body="hello", about=[ACCOUNTS[n % 2]])

    def _challenge(self, n: int) -> None:
        self._try("send", to=AGENTS[n % 3], body="why", about=[ACCOUNTS[n % 2]], type="CHALLENGE")

    def _drop(self, n: int) -> None:
        if self.rig.path(f"inbox/{AGENTS[n % 3]}/new").exists():
            self.rig.drop(AGENTS[n % 3], f"{self.count}.md", "Stop that.\n")

    def _pause(self, n: int) -> None:
        self._try("pause", because="a test", **({"seat": AGENTS[n % 3]} if n % 2 else {}))

    def _resume(self, n: int) -> None:
        for where in ({}, *({"seat": name} for name in AGENTS)):
            self._try("resume", **where)

    def _advance(self, n: int) -> None:
        self.rig.advance(timedelta(minutes=(1, 30, 121, 300, 60 * 23, 60 * 49)[n % 6]))

    def _restart(self, n: int) -> None:
        self.watch.heard.clear()  # a start judges all again, for the disk may have changed
        self.rig.stop().start()

    def _kill(self, n: int) -> None:
        self.watch.heard.clear()
        if n % 2 and not self.rig.path("seats/dirk/work/gate").exists():
            self.rig.hold("dirk")
            self._try("wake", seat="dirk")
        self.rig.kill().start()

    def _edit(self, n: int) -> None:
        self.rig.edit(CHARTS[n % len(CHARTS)])
        if n % 3:
            self._try("apply", because="it is so")

    def _tamper(self, n: int) -> None:
        path = self.rig.path(f"state/{AGENTS[n % 3]}.md")
        if path.exists():
            self.rig.write(f"state/{AGENTS[n % 3]}.md", "edited\n")
            self.rig.sweep()

    def _sweep(self, n: int) -> None:
        self.rig.sweep()

    @property
    def _account(self) -> Account:
        assert self.rig.daemon is not None
        return self.rig.daemon.fleet.account

    def _try(self, verb: str, **args: Any) -> None:
        try:
            self.rig.ask(verb, **args)
        except FleetError:
            return


@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(STEPS)
def test_nothing_runs_that_was_not_allowed_at_that_moment(steps: list[tuple[str, int]]) -> None:
    watch = Watch()
    with (
        tempfile.TemporaryDirectory(dir=MEMORY) as folder,
        Rig(Path(folder), CHARTS[0]) as rig,
        watch.watching(),
    ):
        rig.write("act.sh", ACT)
        for seat in ("pulse", "dirk"):
            rig.always(seat, KEEPS)
        rig.start()
        story = Story(rig, watch)
        for what, n in steps:
            story.play(what, n)
        rig.settle()
        live = json.loads(json.dumps(story._account.checkpoint(), sort_keys=True))
        lines = [
            line
            for file in sorted(rig.path("ledger").glob("*.jsonl"))
            for line in file.read_bytes().splitlines()
        ]
        records = [read_line(line) for line in lines]
        ran = rig.read("ran").split() if rig.path("ran").exists() else []
    allowed_before_begun(records, ran)
    judged_as_recorded(records)
    assert watch.needless == []
    assert json.loads(json.dumps(fold(records).checkpoint(), sort_keys=True)) == live


def allowed_before_begun(records: list[Record], ran: list[str]) -> None:
    """Each intent stands right behind an allowing verdict of its action, and nothing ran without one."""
    begun: Counter[str] = Counter()
    for number, record in enumerate(records):
        if record.what != "action_intent":
            continue
        before = next(r for r in reversed(records[:number]) if r.what not in ("message_done", "checkpoint"))
        assert (before.what, before.data["id"], before.data["verdict"]) == (
            "verdict",
            record.data["id"],
            "allow",
        )
        assert before.at == record.at
        begun[record.data["id"]] += 1
    assert all(begun[identity] >= times for identity, times in Counter(ran).items())
    ended = Counter(
        r.data["id"] for r in records if r.what == "action_outcome" and r.data["outcome"] != "unknown"
    )
    assert all(times == 1 for times in ended.values())
    asked = {
        r.data["id"]
        for r in records
        if r.what == "approval_answered" and r.data["answer"] in ("yes", "edited")
    }
    offers = {r.data["id"] for r in records if r.what == "action_intent" and r.data["kind"] == "offer"}
    assert offers <= asked


def judged_as_recorded(records: list[Record]) -> None:
    """What the ledger says before a verdict gives that verdict, but where a state's file was edited just then."""
    account, law = Account(), None
    for record in records:
        data = record.data
        action = account.docket.actions.get(data.get("id", "")) if record.what == "verdict" else None
        if action is not None and data.get("step"):
            assert law is not None
            verdict = judge(Case(law, account, action, Sight(), record.at))
            found = (verdict.ruling, verdict.step, verdict.place, verdict.reason)
            if data["step"] != 6:
                assert found == (data["verdict"], data["step"], data["place"], data["reason"])
        if record.what != "checkpoint":
            account.apply(record)
        if record.what == "revision":
            assert account.revision is not None
            chart, _ = read_revision(account.revision)
            assert chart is not None
            law = Law(chart)
