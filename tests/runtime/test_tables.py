"""Whom a subject belongs to: looked up in a file that may be missing, odd, changed, or go round in a loop."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fleet.core.calendar import Calendar
from fleet.core.case import Owned
from fleet.core.chart import Chart, SubjectKind
from fleet.core.mistake import Place
from fleet.runtime import tables as module
from fleet.runtime.tables import Tables
from fleet.store.files import Files

PATH = "data/contacts.csv"
CONTACTS = "person,account\nbob,acme\nann,Acme Corp\nann,volt\n"
BRANDS = "account,brand\nacme,zeta\nvolt,zeta\nacme-corp,omni\n"

Build = Callable[..., Tables]


@pytest.fixture
def build(tmp_path: Path) -> Iterator[Build]:
    """Lay out tables: text by path, and `kind=(of, path)` for each mapping."""
    files = Files(str(tmp_path))

    def make(texts: dict[str, str | bytes], **kinds: tuple[str, str]) -> Tables:
        for path, text in texts.items():
            write(tmp_path / path, text)
        place = Place("fleet.yaml", 1, 1, 1, 1)
        subjects = {kind: SubjectKind(kind, of, path, place) for kind, (of, path) in kinds.items()}
        return Tables(files, Chart("x", Calendar("UTC", frozenset(), frozenset()), {}, subjects=subjects))

    yield make
    files.close()


def write(path: Path, text: str | bytes) -> None:
    """Put a file there whole, as programs do that are read by others."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    new.write_bytes(text.encode() if isinstance(text, str) else text)
    new.rename(path)


def contacts(build: Build, text: str | bytes = CONTACTS) -> Tables:
    return build({PATH: text}, person=("account", PATH))


def test_a_subject_belongs_to_all_that_its_rows_name(build):
    sha256 = hashlib.sha256(CONTACTS.encode()).hexdigest()
    assert contacts(build).owner("Person:Ann") == Owned(
        "person:ann", ("account:acme-corp", "account:volt"), "", PATH, sha256
    )


def test_a_kind_that_belongs_to_none_has_no_owner_and_no_why(build):
    assert contacts(build).owner("account:Acme") == Owned("account:acme")


def test_who_is_not_in_the_table_is_not_known(build):
    owned = contacts(build).owner("person:carl")
    assert (owned.owner, owned.why) == ((), "person:carl is not in data/contacts.csv")
    assert owned.sha256  # which version did not have him


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "data/contacts.csv: has no line that names its columns"),
        ("a\nb\n", "data/contacts.csv: has no two columns 'person' and 'account'"),
        (b"person,account\nb\xffb,acme\n", "data/contacts.csv: not UTF-8 at byte 16"),
        ("person,account\nbob,?\n", "data/contacts.csv: line 2: '?' cannot name one of kind account"),
    ],
)
def test_a_table_that_does_not_say_it_leaves_it_unknown(build, text, why):
    owned = contacts(build, text).owner("person:bob")
    assert (owned.owner, owned.why) == ((), f"which account person:bob belongs to is not known: {why}")


def test_one_owner_that_cannot_be_read_leaves_the_whole_unknown(build):
    owned = contacts(build, "person,account\nbob,acme\nbob,\n").owner("person:bob")
    why = "not every account that person:bob belongs to is known: data/contacts.csv: line 3: names no account"
    assert (owned.owner, owned.why) == (("account:acme",), why)


def test_what_is_no_subject_is_not_known(build):
    owned = contacts(build).owner("bob")
    assert (owned.subject, owned.owner) == ("bob", ())
    assert (
        owned.why
        == "whom it belongs to is not known: 'bob' is not a subject: write kind:name, as in account:acme"
    )
    assert contacts(build).chain("bob") == (owned,)


def missing(path: Path) -> None:
    path.unlink()


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def link(path: Path) -> None:
    path.rename(path.with_name("real.csv"))
    path.symlink_to("real.csv")


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def linked_folder(path: Path) -> None:
    path.parent.rename(path.parent.with_name("real"))
    path.parent.symlink_to("real")


def huge(path: Path) -> None:
    os.truncate(path, module.TABLE_MAX + 1)


FAULTS = {
    missing: "is missing",
    folder: "is not a regular file",
    link: "link",
    pipe: "is not a regular file",
    linked_folder: "links are not followed",
    huge: "is over the limit of 67108864 bytes",
}


@pytest.mark.parametrize("hurt", FAULTS, ids=lambda hurt: hurt.__name__)
@pytest.mark.parametrize("before", [False, True])
def test_a_file_that_cannot_be_read_leaves_it_unknown_until_it_can(build, tmp_path, hurt, before):
    tables, path = contacts(build), tmp_path / PATH
    if before:
        assert tables.owner("person:bob").owner == ("account:acme",)
    hurt(path)
    owned = tables.owner("person:bob")
    assert owned.owner == () and FAULTS[hurt] in owned.why and not owned.sha256
    assert owned.why.startswith("which account person:bob belongs to is not known: data/contacts.csv: ")
    assert owned.path == PATH


def test_a_missing_table_that_comes_is_read(build, tmp_path):
    tables = build({}, person=("account", PATH))
    assert tables.owner("person:bob").why.endswith("data/contacts.csv: is missing")
    write(tmp_path / PATH, CONTACTS)
    assert tables.owner("person:bob").owner == ("account:acme",)


def test_a_changed_table_is_read_again_and_an_unchanged_one_is_not(build, tmp_path, monkeypatch):
    tables = contacts(build)
    read = []
    real = Files.read
    monkeypatch.setattr(
        Files, "read", lambda self, path, limit: read.append(path) or real(self, path, limit=limit)
    )
    first = [tables.owner("person:bob") for _ in range(3)]
    tables.owner("person:nobody")
    assert read == [PATH] and len(set(first)) == 1
    write(tmp_path / PATH, CONTACTS.replace("bob,acme", "bob,volt"))  # of the same size
    again = tables.owner("person:bob")
    assert read == [PATH, PATH] and again.owner == ("account:volt",)
    assert again.sha256 != first[0].sha256


# Over several tables


def test_a_chain_follows_table_after_table(build):
    tables = build(
        {PATH: CONTACTS, "data/brands.csv": BRANDS},
        person=("account", PATH),
        account=("brand", "data/brands.csv"),
    )
    chain = tables.chain("Person:Ann")
    assert [(one.subject, one.owner) for one in chain] == [
        ("person:ann", ("account:acme-corp", "account:volt")),
        ("account:acme-corp", ("brand:omni",)),
        ("account:volt", ("brand:zeta",)),
        ("brand:omni", ()),
        ("brand:zeta", ()),
    ]
    assert not any(one.why for one in chain)
    assert [one.path for one in chain] == [PATH, "data/brands.csv", "data/brands.csv", "", ""]


def test_what_is_not_known_along_the_way_is_told_where_it_is(build):
    tables = build({PATH: CONTACTS}, person=("account", PATH), account=("brand", "data/brands.csv"))
    assert [one.why for one in tables.chain("person:bob")] == [
        "",
        "which brand account:acme belongs to is not known: data/brands.csv: is missing",
    ]


def test_tables_of_two_kinds_in_one_file(build):
    text = "person,account,brand\nbob,acme,zeta\n"
    tables = build({"all.csv": text}, person=("account", "all.csv"), account=("brand", "all.csv"))
    assert [one.subject for one in tables.chain("person:bob")] == ["person:bob", "account:acme", "brand:zeta"]


def test_a_loop_ends(build):
    loop = {"a.csv": "person,account\nbob,acme\nann,acme\n", "b.csv": "account,person\nacme,ann\nacme,bob\n"}
    tables = build(loop, person=("account", "a.csv"), account=("person", "b.csv"))
    chain = tables.chain("person:bob")
    assert [one.subject for one in chain] == ["person:bob", "account:acme", "person:ann"]
    assert not any(one.why for one in chain)


@pytest.mark.parametrize(("rows", "known"), [(99, True), (100, False)])
def test_a_chain_that_is_too_long_to_be_looked_at_says_so(build, rows, known):
    text = "person,account\n" + "".join(f"bob,acme-{n}\n" for n in range(rows))
    chain = contacts(build, text).chain("person:bob")
    assert len(chain) == rows + 1
    why = "" if known else "person:bob belongs to over 99 others, too many to be looked at"
    assert chain[-1].why == why


def test_a_hundred_thousand_rows(build):
    text = "person,account\n" + "".join(f"p{n}@a{n}.example,Client {n % 900}\n" for n in range(100_000))
    tables = contacts(build, text)
    assert tables.owner("person:p99999@a99999.example").owner == ("account:client-99",)
