"""A table of whose is whose: which columns count, how cells are folded, what is not known."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.core.subject import fold_subject
from fleet.core.table import Table, read_table
from fleet.errors import Unreadable

HEAD = "person,account\n"


def table(text: str) -> Table:
    return read_table(text, "person", "account")


def owners(text: str, subject: str = "person:bob") -> tuple[tuple[str, ...], str]:
    return table(text).owners(subject)


ACME = (("account:acme-corp",), "")


@pytest.mark.parametrize(
    "text",
    [
        "person,account\nbob,acme-corp\n",
        "person,account\nbob,acme-corp",  # no end of the last line
        "person,account\nperson:bob,account:acme-corp\n",  # whole subjects
        "person,account\nPerson:Bob,Account:Acme Corp\n",
        "person,account\nBob , Acme  Corp \n",  # a bare name, folded
        'person,account\n"Bob","Acme Corp"\n',
        'person,account\nbob, "Acme Corp"\n',
        "person,account\nＢｏｂ,ａｃｍｅ corp\n",  # wide letters
        "\ufeffperson,account\nbob,acme-corp\n",
        "person,account\r\nbob,acme-corp\r\n",
        "person,account\rbob,acme-corp\r",
        "\n\nperson,account\n\n\nbob,acme-corp\n\n",
        "role,ACCOUNT, Person \nowner,acme-corp,bob\n",
        "person,note,account\nbob,a\u2028b\x0bc\x85d,acme-corp\n",  # ends of lines elsewhere, not in CSV
        "name,account,role,person\nBob Lee,acme-corp,owner,bob\n",  # by name, in whatever place
        "mail,company\nbob,acme-corp\n",  # neither is named: the first two
        "person,company\nbob,acme-corp\n",
        "mail,account,name\nbob,acme-corp,Lee\n",
        'person,note,account\nbob,"said: ""no"",\nthen yes",acme-corp\n',  # a quoted cell of two lines
        "person,account\nbob,acme-corp\nbob,Acme Corp\n",  # the same one twice
    ],
)
def test_one_row_says_whose_a_subject_is(text):
    assert owners(text) == ACME


def test_several_rows_name_several_owners_in_their_order():
    assert owners(HEAD + "bob,volt\nann,zeta\nBob,acme\nbob,volt\n") == (("account:volt", "account:acme"), "")


@pytest.mark.parametrize(
    ("text", "known", "why"),
    [
        ("ann,acme\n", (), "is not there"),
        ("bob\n", (), "line 2: names no account"),  # a short row
        ("bob,\n", (), "line 2: names no account"),
        ("bob,  \n", (), "line 2: names no account"),
        ("bob,Söhne & Co\n", (), "line 2: 'Söhne & Co' cannot name one of kind account"),
        ("bob,brand:acme\n", (), "line 2: 'brand:acme' is not of kind account"),
        ("bob,Acme: the shop\n", (), "line 2: 'Acme: the shop' cannot name one of kind account"),
        ("bob," + "x" * 200 + "\n", (), f"line 2: '{'x' * 60}...' cannot name one of kind account"),
        ("bob,acme\nbob,?\n", ("account:acme",), "line 3: '?' cannot name one of kind account"),
        ("bob,?\nbob,\n", (), "line 2: '?' cannot name one of kind account"),  # the first is told
        ('ann,"a\nb"\nbob,?\n', (), "line 4: '?' cannot name one of kind account"),
    ],
)
def test_what_a_row_does_not_say_is_not_known(text, known, why):
    assert owners(HEAD + text) == (known, why)


@pytest.mark.parametrize("cell", ["", "  ", "Söhne & Co", "account:bob", "x" * 200, "bob:lee"])
def test_a_row_that_names_no_such_subject_is_passed_over(cell):
    read = table(f"{HEAD}{cell},acme\nbob,acme\n")
    assert list(read.rows) == ["person:bob"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "has no line that names its columns"),
        ("\ufeff\n \n,\n", "has no line that names its columns"),
        ("person\nbob\n", "has no two columns 'person' and 'account'"),
        ("person;account\nbob;acme\n", "has no two columns 'person' and 'account'"),
        ("id,person,company\n1,bob,acme\n", "has no two columns 'person' and 'account'"),  # whose is `id`?
        ("account,company\nbob,acme\n", "has no two columns 'person' and 'account'"),
        ("name,mail,account\nbob,b,acme\n", "has no two columns 'person' and 'account'"),
        ("person,account,account\nbob,acme,volt\n", "has two columns 'account'"),
        ("person,person,account\nbob,ann,volt\n", "has two columns 'person'"),
        ('person,account\nann,acme\nbob,"acme\ncarl,x\n', "line 3: is not CSV: unexpected end of data"),
        ('person,account\n"bob"x,acme\n', "line 2: is not CSV: ',' expected after '\"'"),
        (
            "person,account\nbob," + "x" * 200_000,
            "line 2: is not CSV: field larger than field limit (131072)",
        ),
    ],
)
def test_a_table_that_says_nothing_for_certain_is_refused(text, why):
    with pytest.raises(Unreadable) as told:
        table(text)
    assert str(told.value) == why


@given(st.text(max_size=20), st.text(max_size=20))
def test_any_cell_is_a_subject_as_it_is_anywhere_else_or_none(own, owner):
    cells = ",".join('"' + cell.replace('"', '""') + '"' for cell in (own, owner))
    read = table(f"{HEAD}{cells}\n")
    for subject in read.rows:
        whole = own if ":" in own else f"person:{own.strip()}"
        assert subject == fold_subject(whole) == fold_subject(subject)
        known, why = read.owners(subject)
        assert bool(known) != bool(why)
        assert all(one == fold_subject(one) and one.startswith("account:") for one in known)


@given(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9 ._@+-]{0,30}", fullmatch=True))
def test_every_name_that_folds_is_found(name):
    folded = fold_subject(f"person:{name.strip()}")
    assert owners(f"{HEAD}{name},acme\n", folded) == (("account:acme",), "")
