"""Who answers to whom, as a tree; who may act on what, and who goes first there."""

from __future__ import annotations

from datetime import timedelta

from core.history import NOW, History, chart_of

from fleet.cli.drawing import BOX_H, BOX_W, layout
from fleet.core.chain import readers, tree
from fleet.core.record import Draft
from fleet.core.territory import kinds, territory
from fleet.store.chart import read_text

SEATS = {
    "coo": "title: COO\nperson: B\nanswers_to: founder",
    "dash": "answers_to: coo\nreads: [founder]",
    "owner": "title: Owner\nperson: O",
    "pulse": "answers_to: coo\nreads: [dash, founder]\ncan: {do: [note.write]}",
    "dirk": "answers_to: founder\ncan: {do: [note.write, mail.send], ask: {crm.offer: founder}}\nnever: [mail.send]",
}
TAIL = """
actions:
  note.write: {run: x, about: account}
  crm.offer: {run: x, about: account}
  mail.send: {run: x, about: person}
subjects:
  person: {of: account, from: contacts.csv}
conflicts:
  - {about: account, rank: [pulse, dirk], then: hold}
"""


def test_each_seat_stands_below_the_one_it_answers_to_in_the_order_of_the_file() -> None:
    found = tree(chart_of(SEATS, tail=TAIL))
    assert [(b.seat, b.above, b.depth, b.more) for b in found] == [
        ("founder", None, 0, ()),
        ("coo", "founder", 1, (True,)),
        ("dash", "coo", 2, (True, True)),
        ("pulse", "coo", 2, (True, False)),
        ("owner", "founder", 1, (True,)),
        ("dirk", "founder", 1, (False,)),
    ]


def test_who_answers_to_nobody_is_a_root_of_its_own() -> None:
    people = ("ann", "ben")
    text = "fleet: two\ntimezone: UTC\nseats:\n" + "".join(
        f"  {p}: {{title: T, person: P}}\n" for p in people
    )
    chart, _ = read_text({"fleet.yaml": text})
    assert chart is not None
    assert [(b.seat, b.above) for b in tree(chart)] == [("ann", None), ("ben", None)]


def test_a_long_chain_and_a_wide_one_come_out_whole() -> None:
    long = {f"s{i}": f"answers_to: {f's{i - 1}' if i else 'founder'}" for i in range(1200)}
    found = tree(chart_of(long))
    assert (len(found), found[-1].depth) == (1201, 1200)
    wide = {f"s{i}": "answers_to: founder" for i in range(1200)}
    assert {branch.depth for branch in tree(chart_of(wide))} == {0, 1}


def test_readers_are_those_that_name_it() -> None:
    assert readers(chart_of(SEATS, tail=TAIL))["founder"] == ["dash", "pulse"]


def test_no_two_boxes_of_the_picture_meet_and_each_is_right_of_the_one_above() -> None:
    many = {f"s{i}": f"answers_to: {f's{(i * 7) % i}' if i % 3 else 'founder'}" for i in range(1, 200)}
    many["s0"] = "answers_to: founder"
    branches = tree(chart_of(many))
    boxes = layout([{"seat": b.seat, "above": b.above, "depth": b.depth} for b in branches])
    placed = sorted(boxes.values(), key=lambda box: (box.x, box.y))
    for one, other in zip(placed, placed[1:], strict=False):
        assert one.x + BOX_W < other.x or one.y + BOX_H < other.y or other.x == one.x
        assert other.x != one.x or other.y - one.y >= BOX_H
    for branch in branches:
        assert branch.above is None or boxes[branch.seat].x > boxes[branch.above].x + BOX_W


def test_who_goes_first_over_a_kind_stands_first_and_what_is_never_allowed_is_not_said() -> None:
    history = History(chart_of(SEATS, tail=TAIL))
    until = (NOW + timedelta(hours=1)).isoformat()
    history.take(Draft("claim", "pulse", "t-1", {"on": "begun", "about": "account:acme", "until": until}))
    found = territory(history.chart, history.account, "account", NOW)
    assert [(m.seat, m.rank, m.do, m.ask) for m in found.mandates] == [
        ("pulse", 1, ("note.write",), ()),
        ("dirk", 2, ("note.write",), (("crm.offer", "founder"),)),
    ]
    assert [claim.about for claim in found.mandates[0].claims] == ["account:acme"]
    assert found.parts == ("person",)
    later = territory(history.chart, history.account, "account", NOW + timedelta(hours=2))
    assert later.mandates[0].claims == ()


def test_what_nobody_ranks_is_known_by_its_actions_and_claims() -> None:
    history = History(chart_of(SEATS, tail=TAIL))
    assert kinds(history.chart, history.account, NOW) == ["account", "person"]
    history.take(Draft("claim", "dash", "t-1", {"on": "begun", "about": "brand:volt"}))
    assert kinds(history.chart, history.account, NOW) == ["account", "person", "brand"]
    found = territory(history.chart, history.account, "brand", NOW)
    assert [(m.seat, m.rank) for m in found.mandates] == [("dash", None)]
    assert territory(history.chart, history.account, "person", NOW).of == "account"
