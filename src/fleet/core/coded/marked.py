"""F257 and F258: what strangers can write and what must not leave, where only one seat says so."""

from __future__ import annotations

from fleet.core.coded.code import Code

CODES = (
    Code(
        "F257",
        "warning",
        "Another seat says of these files that strangers can write them, or that they must not leave, and this one "
        "reads them without a word of it. A file is what it is, whoever reads it: fleet takes the mark for all. Say "
        "it here too, so that who reads this seat knows it; or take it from where it does not belong.",
        before="""\
seats:
  dash:
    reads: [{path: data/*.csv, outside: yes}]
  dirk:
    reads: [dash, {path: »data/leads.csv«}]
""",
        after="""\
seats:
  dash:
    reads: [{path: data/*.csv, outside: yes}]
  dirk:
    reads: [dash, {path: data/leads.csv, outside: yes}]
""",
    ),
    Code(
        "F258",
        "warning",
        "By this table the gate tells whose a subject is, and strangers can write it. A row of theirs could take a "
        "person out of an account that somebody claims, and what is about him would not be held. Keep the table "
        "where only your own people write.",
        before="""\
seats:
  dash:
    reads: [{path: data/*.csv, outside: yes}]
subjects:
  person: {of: account, from: »data/contacts.csv«}
""",
        after="""\
seats:
  dash:
    reads: [{path: data/web/*.csv, outside: yes}]
subjects:
  person: {of: account, from: data/contacts.csv}
""",
    ),
    Code(
        "F259",
        "warning",
        "`sandbox: required` starts no turn without walls, and `user:` needs a daemon that may switch users, and "
        "somebody of that name. This machine, or whoever types `check` on it, lacks that: each turn of the seat would "
        "fail. Where the fleet is to run on another machine, check it there.",
        before="""\
seats:
  dash:
    user: »fleet-desk«
""",
        after="""\
seats:
  dash:
    sandbox: on
""",
    ),
)
