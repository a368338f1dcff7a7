"""The example's chart says whose its people are: by the table that its generator writes."""

import json
import os
import subprocess
from datetime import date
from pathlib import Path

from sneeze_desk import REPOSITORY, Desk

from fleet.runtime.tables import Tables
from fleet.store.chart import load
from fleet.store.files import Files


def test_every_contact_belongs_to_its_client_by_the_chart_at_the_root(tmp_path: Path) -> None:
    Desk(tmp_path, 7, date(2026, 11, 20))
    there = Files(str(REPOSITORY))
    chart, _ = load(lambda path: there.read(path, limit=10**6), there.glob)
    there.close()
    assert chart is not None
    here = Files(str(tmp_path))
    tables = Tables(here, chart)
    rows = [line.split(",") for line in (tmp_path / "data/contacts.csv").read_text().splitlines()[1:]]
    assert len(rows) > 10
    for person, account, *_ in rows:
        chain = tables.chain(f"person:{person}")
        assert [one.subject for one in chain] == [f"person:{person}", f"account:{account}"]
        assert not any(one.why for one in chain)
    here.close()


def test_every_contact_can_be_written_to(tmp_path: Path) -> None:
    Desk(tmp_path, 7, date(2026, 11, 20), mail_days=1)
    (tmp_path / "actions").symlink_to(REPOSITORY / "actions")
    people = [line.split(",")[:2] for line in (tmp_path / "data/contacts.csv").read_text().splitlines()[1:]]
    for number, (person, account) in enumerate(people[:6]):
        about = [f"person:{person}", f"account:{account}"]
        action = {
            "id": f"a-{number}",
            "about": about,
            "with": {"subject": "Hello", "text": "Hello"},
            "seat": "pepper",
        }
        ended = subprocess.run(
            ["./actions/send_mail"],
            cwd=tmp_path,
            env={**os.environ, "FLEET_NOW": "2026-11-21T09:00:00-05:00"},
            input=json.dumps(action),
            text=True,
            capture_output=True,
        )
        assert (ended.returncode, ended.stdout) == (0, f"wrote to {person} in data/outbox/outbox.mbox\n")
    assert len({person for person, _ in people}) == len(people)
