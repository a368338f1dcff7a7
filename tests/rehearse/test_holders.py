"""What holders may do while the clock stands: ask the daemon, wake others and wait, run late, read the time."""

from __future__ import annotations

import subprocess
from typing import Any

from rehearse.stand import Stand

SEATS = {
    "asker": "when: [every day at 08:00, when asked]",
    "other": "when: when asked",
    "third": "when: [every day at 08:00]",
}


def test_a_holder_may_ask_and_wake_others_and_wait_for_them(make: Any) -> None:
    stand: Stand = make(SEATS, tail="")
    stand.always(
        "asker",
        """case $FLEET_NOW in *T08:00*) ;; *) echo "asleep, $FLEET_TURN"; exit;; esac
fleet status --json >work/status.json || exit 9
fleet wake other --wait >work/waited || exit 8
fleet pause third --as founder >work/refused 2>&1 && exit 7
echo "asked, $FLEET_TURN\"""",
    )
    stand.always("other", 'sleep 0.1; echo "woken, $FLEET_TURN at $FLEET_NOW"')
    stand.always("third", 'sleep 0.3; echo "beside, $FLEET_TURN"')
    ledgers = []
    for name in ("one", "two"):
        came = stand.rehearse(
            """
- {at: mon 08:01, expect: {turn: {seat: asker, outcome: done, headline: {has: asked}}}}
- {at: mon 08:01, expect: {turn: {seat: other, outcome: done}, since: "08:00", count: 1}}
""",
            keep=name,
        )
        assert came.unmet == [] and came.data["failed"] == []
        ledgers.append(stand.copy(name).raw())
    assert '"running": true' in stand.copy("one").read("seats/asker/work/status.json")
    assert "refused" in stand.copy("one").read("seats/asker/work/refused")
    assert ledgers[0] == ledgers[1]


def test_a_holder_that_hangs_is_ended_after_its_limit_and_its_turn_timed_out(make: Any) -> None:
    stand: Stand = make({"slow": "when: [every day at 08:00]\nlimit: 1s"}, tail="")
    stand.always("slow", 'case $FLEET_NOW in *T08*) sleep 60;; esac; echo "turn $FLEET_TURN"')
    came = stand.rehearse("- {at: mon 08:01, expect: {turn: {seat: slow, outcome: timed out}}}", "--strict")
    assert (came.code, came.unmet) == (0, [])


def test_the_holders_environment_is_that_of_a_fleet_and_its_time_the_rehearsed_one(stand: Stand) -> None:
    stand.always("nick", 'env | sort >work/env; date +%Z >work/zone; echo "turn $FLEET_TURN"')
    stand.rehearse("- {at: mon 09:01, say: x}")
    copy = stand.copy()
    names = {line.partition("=")[0] for line in copy.read("seats/nick/work/env").splitlines()}
    fleets = {
        "FLEET_SEAT",
        "FLEET_TURN",
        "FLEET_ROOT",
        "FLEET_BRIEF",
        "FLEET_OUT",
        "FLEET_NOW",
        "FLEET_DEADLINE",
    }
    assert names - {"PWD", "OLDPWD", "SHLVL", "_"} == {"PATH", "HOME", "LANG", "TZ", *fleets}
    assert "FLEET_NOW=2026-11-23T09:00:00-05:00\n" in copy.read("seats/nick/work/env")


def test_a_reader_who_has_seen_enough_leaves_no_copy(stand: Stand) -> None:
    steps = "\n".join(f"- {{at: mon {hour:02}:30, say: line {hour}}}" for hour in range(24))
    script = stand.script(steps)
    line = f"{' '.join(stand.command('rehearse', '--script', str(script)))} | head -1"
    done = subprocess.run(
        line, shell=True, cwd=stand.root, env=stand.env, capture_output=True, text=True, timeout=60
    )
    assert (done.stdout, done.stderr) == ("test, rehearsed\n", "")
    assert stand.scratch == []


def test_one_that_asks_learns_nothing_of_who_was_quicker(make: Any) -> None:
    stand: Stand = make(SEATS, tail="")
    asks = "sleep 0.4; fleet wake other >work/woke; fleet status --json >work/status.json"
    stand.always("asker", f'case $FLEET_NOW in *T08:00*) {asks};; esac; echo "asked, $FLEET_TURN"')
    for seat in ("other", "third"):
        stand.always(seat, 'echo "quick, $FLEET_TURN"')
    assert stand.rehearse("- {at: mon 08:01, say: x}").code == 0
    records = [(r["what"], r.get("seat"), r["data"].get("cause")) for r in stand.copy().ledger()]
    at_eight = records[records.index(("wake_due", "asker", "clock")) :]
    ends = [what for what, *_ in at_eight].index("turn_ended")
    assert ("wake_due", "other", "turn") in at_eight[:ends]
    assert [seat for what, seat, _ in at_eight if what == "turn_ended"] == ["asker", "third", "other"]
