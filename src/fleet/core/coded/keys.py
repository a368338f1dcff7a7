"""F4xx: keys and their values."""

from __future__ import annotations

from fleet.core.coded.code import Code

CODES = (
    Code(
        "F401",
        "error",
        "fleet knows no such key here. It does not skip what it does not know: a misspelt `never` that counts "
        "for nothing would be worse than a mistake. The message lists the keys of this place and names the "
        "nearest, by spelling and by what other programs call it.",
        before="""\
seats:
  dash:
    »schedule«: weekdays at 10:00
""",
        after="""\
seats:
  dash:
    when: weekdays at 10:00
""",
    ),
    Code(
        "F402",
        "error",
        "This key belongs to a later version of fleet. The version that you run would not do what it says, so "
        "it does not pretend to. Take the key out for now, or install the version that has it.",
        before="""\
seats:
  dash:
    »runner«: docker
    when: weekdays at 10:00
""",
        after="""\
seats:
  dash:
    when: weekdays at 10:00
""",
    ),
    Code(
        "F403",
        "error",
        "A key or an item has no value, and an empty value could mean none, all or not yet. Leave the key out, "
        "or say something. Everything after a # is a comment: a text that begins with # goes in quotes.",
        before="""\
seats:
  dash:
    »title«: #ops
""",
        after="""\
seats:
  dash:
    title: "#ops"
""",
    ),
    Code(
        "F404",
        "error",
        "A value has the wrong shape: a list or a map where one text belongs, or the other way round. The "
        "message says which is wanted. One item may always stand for a list of one.",
        before="""\
seats:
  dash:
    title: »[Analytics]«
""",
        after="""\
seats:
  dash:
    title: Analytics
""",
    ),
    Code(
        "F405",
        "error",
        "Only a few words are possible here, and this is none of them. The message lists them all. Yes and no "
        "are `yes` and `no`; on, off, y and n mean different things to different YAML programs.",
        before="""\
actions:
  crm.offer: {run: ./actions/offer, about: account, outside: »on«}
""",
        after="""\
actions:
  crm.offer: {run: ./actions/offer, about: account, outside: yes}
""",
    ),
    Code(
        "F406",
        "error",
        "This cannot be a name. Names become paths, commands and columns, so they are kept plain: small "
        "letters, digits and '-', a letter first, and 40 characters at most for a seat. Kinds of action also "
        "take '_', and dots between their parts; secrets take capitals. What is meant for people goes in `title`.",
        before="""\
seats:
  »Content Team«: {title: Content, answers_to: ann, owns: [blog posts]}
""",
        after="""\
seats:
  content-team: {title: Content, answers_to: ann, owns: [blog posts]}
""",
    ),
    Code(
        "F407",
        "error",
        "A key is missing without which this means nothing: a rule without `then` rules nothing, a handoff "
        "without `to` reaches nobody. fleet fills in nothing that somebody should have decided. Add the key.",
        before="""\
rules:
  - »{seat: dirk, action: crm.offer}«
""",
        after="""\
rules:
  - {seat: dirk, action: crm.offer, then: refuse}
""",
    ),
    Code(
        "F408",
        "error",
        "A seat reads files of the fleet folder, by paths that begin there: no / or ~ in front, no .. on the "
        "way, and nothing of ledger/ and .fleet/, which are fleet's own. So the folder can be moved, copied "
        "and played through, and nobody reads past it. Let the file be copied into the folder; links that lead "
        "out of it are not followed. The file of a secret is the other way round: it lies outside of the folder, and "
        "its path begins with /.",
        before="""\
seats:
  dirk:
    reads: [dash, {path: »/srv/crm/clients.csv«}]
""",
        after="""\
seats:
  dirk:
    reads: [dash, {path: data/clients.csv}]
""",
    ),
    Code(
        "F409",
        "error",
        "A number is outside its range, or is not a whole one. The message says from where to where it goes. "
        "Numbers are written in plain digits, without a sign or a thousands comma.",
        before="""\
limits:
  turns_at_once: »0«
""",
        after="""\
limits:
  turns_at_once: 4
""",
    ),
    Code(
        "F410",
        "error",
        "A seat has one holder, and an action one runner. With two, nobody could say who did it. Keep one; "
        "where an agent and a person share work, give each a seat and let one answer to the other.",
        before="""\
seats:
  dash:
    run: python agent.py
    person: »Dana«
""",
        after="""\
seats:
  dash:
    run: python agent.py
""",
    ),
    Code(
        "F411",
        "error",
        "fleet keeps this name for itself: `operator` and `runtime` are senders of mail, FLEET_ variables are "
        "set for every holder, some headers say how a request is sent. A seat or secret of that name could be "
        "taken for it. Choose another.",
        before="""\
seats:
  »operator«: {title: Operations, answers_to: ann, owns: [deployments]}
""",
        after="""\
seats:
  operations: {title: Operations, answers_to: ann, owns: [deployments]}
""",
    ),
    Code(
        "F412",
        "error or warning",
        "One thing is listed twice. A seat cannot be first and third in a rank, and in other lists the second one "
        "adds nothing and is mostly a slip for something else: take it out, or write what was meant. An action "
        "kind both in `do` and in `ask` is only a warning: fleet asks.",
        before="""\
seats:
  dash:
    owns: [ad analytics, »Ad Analytics«]
""",
        after="""\
seats:
  dash:
    owns: [ad analytics]
""",
    ),
)
