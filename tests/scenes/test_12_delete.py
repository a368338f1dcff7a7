"""Scene 12. Dirk tries to delete a CRM record: refused, although he may write."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from scenes.agency import CAST, Agency

from fleet.errors import FleetError

WRITE: dict[str, Any] = {
    "kind": "crm.write",
    "about": "account:volt",
    "with": {"deal": "d-9", "field": "stage"},
}
DELETE: dict[str, Any] = {"kind": "crm.delete", "about": "account:volt", "with": {"deal": "d-9"}}


@pytest.fixture(params=[False, True], ids=["not-in-can", "even-in-can"])
def agency(request: pytest.FixtureRequest, opened: Callable[..., Agency]) -> Agency:
    dirk = (
        CAST["dirk"].replace("do: [crm.write]", "do: [crm.write, crm.delete]")
        if request.param
        else CAST["dirk"]
    )
    agency = opened(cast={**CAST, "dirk": dirk})
    agency.plans("dirk", "10:00", actions=[DELETE, WRITE])
    agency.start()
    return agency.until("10:00")


def test_the_delete_is_refused_by_the_line_never_and_the_write_runs(agency: Agency) -> None:
    assert agency.ruled("a-1") == ("refuse", "never: [crm.delete]")
    assert agency.verdicts("a-1")[-1]["reason"] == "dirk may never do crm.delete"
    assert agency.did("crm.delete") == []
    assert [one["with"] for one in agency.did("crm.write")] == [WRITE["with"]]


def test_no_person_can_free_it_and_dirk_is_told(agency: Agency) -> None:
    with pytest.raises(FleetError, match="a-1 is over; nothing was changed"):
        agency.ask("approve", id="a-1")
    assert agency.told("founder") == []
    assert agency.corrections("dirk") == [
        "Your crm.delete about account:volt (a-1) was refused: dirk may never do crm.delete."
    ]
    assert agency.did("crm.delete") == []
