"""Dataclasses whose methods are written when they are first called are those of the library in all else."""

from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError, asdict, astuple, field, replace
from pathlib import Path

import pytest

import fleet
from fleet.core.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """A frozen one, with all that a field can be."""

    name: str
    size: int = 3
    items: list[int] = field(default_factory=list)
    place: str = field(default="here", compare=False, repr=False)
    kept: dict[str, int] = field(default_factory=dict, init=False, compare=False, repr=False)


@dataclass(slots=True)
class Open:
    """One that may change."""

    name: str = ""
    seen: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Own:
    """One with methods of its own."""

    size: int
    twice: int = field(init=False)

    def __post_init__(self) -> None:
        if self.size < 0:
            raise ValueError("too small")
        object.__setattr__(self, "twice", 2 * self.size)

    def __repr__(self) -> str:
        return "own"


def test_fields_are_given_by_position_or_by_name_and_else_are_their_defaults():
    assert Row("a", 4, [1], place="there") == Row(name="a", size=4, items=[1], place="elsewhere")
    assert astuple(Row("a")) == ("a", 3, [], "here", {})
    first, second = Row("a"), Row("a")
    assert first.items is not second.items
    assert first.kept is not second.kept


@pytest.mark.parametrize(
    ("args", "given"), [((), {}), (("a", 1, [], "", {}), {}), (("a",), {"other": 1}), (("a",), {"name": "b"})]
)
def test_fields_that_are_missing_unknown_or_given_twice_are_refused(args, given):
    with pytest.raises(TypeError, match=r"Row\.__init__\(\)"):
        Row(*args, **given)


def test_nothing_of_it_can_be_assigned_or_deleted():
    row = Row("a")
    for change in (
        lambda: setattr(row, "size", 1),
        lambda: setattr(row, "other", 1),
        lambda: delattr(row, "name"),
    ):
        with pytest.raises(FrozenInstanceError):
            change()
    assert not hasattr(row, "__dict__")


def test_equal_values_hash_alike_and_what_is_not_compared_does_not_count():
    assert hash(Own(1)) == hash(Own(1))
    assert Own(1) != Own(2)
    assert Own(1) != 1
    assert {Own(1), Own(1), Own(2)} == {Own(2), Own(1)}
    with pytest.raises(TypeError, match="unhashable"):
        hash(Row("a"))  # for its list


def test_one_that_may_change_does_and_has_no_hash():
    one = Open()
    one.name = "b"
    assert one == Open("b", set())
    with pytest.raises(TypeError, match="unhashable"):
        hash(one)
    with pytest.raises(AttributeError):
        one.other = 1


def test_it_is_told_copied_sent_and_replaced_as_the_librarys_are():
    row = Row("a", 4)
    assert repr(row) == "Row(name='a', size=4, items=[])"
    assert copy.deepcopy(row) == pickle.loads(pickle.dumps(row)) == row
    assert replace(row, size=5) == Row("a", 5)
    assert asdict(row)["size"] == 4
    match row:
        case Row(name, size):
            assert (name, size) == ("a", 4)


def test_methods_of_its_own_are_kept_and_what_is_to_happen_after_does():
    assert repr(Own(1)) == "own"
    assert Own(2).twice == 4
    with pytest.raises(ValueError, match="too small"):
        Own(-1)


def test_every_dataclass_with_slots_is_made_so():
    root = Path(fleet.__file__).parent
    texts = {path: path.read_text() for path in root.rglob("*.py") if "examples" not in path.parts}
    slotted = [path for path, text in texts.items() if "\n@dataclass(" in text and "slots=True)\n" in text]
    assert len(slotted) > 50
    odd = [p.name for p in slotted if "from fleet.core.frozen import dataclass" not in texts[p]]
    assert not odd
