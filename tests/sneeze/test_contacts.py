"""The example's chart says whose its people are: by the table that its generator writes."""

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
