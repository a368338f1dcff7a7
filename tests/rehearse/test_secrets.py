"""Secrets in a rehearsal: the real holders get them, and no file of the copy holds one."""

from __future__ import annotations

from typing import Any

import pytest
from rehearse.stand import Stand

from fleet.core.redact import Redactor

CANARY = "cn-7Yq2pX9vK4mZ8tRw"
SAYS = """case $FLEET_NOW in *T08:00*) ;; *) echo "asleep, $FLEET_TURN"; exit;; esac
echo "$TOKEN" >&2
echo "$TOKEN" | fold -w 3 >&2
fleet emit message --to other --subject "psst $TOKEN" -m "it is $TOKEN"
printf '{"headline": "length %s", "body": "%s", "items": [{"about": "a:b", "kind": "x", "because": "%s"}]}' \\
  "${#TOKEN}" "$TOKEN" "$(printf %s "$TOKEN" | base64)\""""


@pytest.mark.parametrize("source", ["", "{env: LIVE}", "{run: printenv LIVE}"])
def test_no_file_of_a_rehearsals_copy_holds_a_value(
    make: Any, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    monkeypatch.setenv("TOKEN" if not source else "LIVE", CANARY)
    seats = {
        "asker": "when: [every day at 08:00]\ncan: {use: [TOKEN]}",
        "other": "when: [when mail arrives]\nreads: [asker]",
    }
    stand: Stand = make(seats, tail=f"secrets: {{TOKEN: {source}}}\n" if source else "")
    stand.always("asker", SAYS)
    came = stand.rehearse(
        f"""
- {{at: mon 08:01, expect: {{turn: {{seat: asker, outcome: done, headline: {{has: "length {len(CANARY)}"}}}}}}}}
""",
        keep="kept",
    )
    assert came.unmet == [] and came.data["failed"] == []
    copy = stand.copy("kept")
    redactor = Redactor([("TOKEN", CANARY)])
    held = [
        str(path)
        for path in copy.root.rglob("*")
        if path.is_file() and redactor.spans(path.read_bytes()) and "seats" not in path.parts
    ]
    assert held == []
    assert "[secret TOKEN]" in copy.read("state/asker.md")
    assert CANARY not in str(came.data)
