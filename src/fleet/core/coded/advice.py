"""F230 to F238: what a chart may say and had better not."""

from __future__ import annotations

from fleet.core.coded.code import Code

CODES = (
    Code(
        "F230",
        "warning",
        "This agent publishes a state at the end of each turn, and no seat reads it. Work that nobody reads "
        "is mostly work that nobody needs. Add it to the `reads` of whoever needs it, a person too; or ask "
        "whether the seat is needed.",
        before="""\
seats:
  ann: {title: Founder, person: Ann, reads: [dash]}
  »dirk«:
    reads: [dash]
""",
        after="""\
seats:
  ann: {title: Founder, person: Ann, reads: [dash, dirk]}
  dirk:
    reads: [dash]
""",
    ),
    Code(
        "F231",
        "warning",
        "A handoff promises this seat something from another one, and it does not read that one's state. It "
        "gets the message and cannot see what lies behind it. Add the source to its `reads`. Nothing is said of a "
        "handoff whose `with` has fields and no text among them: it is whole in itself.",
        before="""\
handoffs:
  won: {from: dirk, to: [»dash«], within: 1h}
""",
        after="""\
seats:
  dash:
    reads: [dirk]
handoffs:
  won: {from: dirk, to: [dash], within: 1h}
""",
    ),
    Code(
        "F232",
        "warning",
        "Two agents may act on the same kind of subject, also through what belongs to it, and no conflict says who "
        "goes first. One may write an offer to a client to whom the other just wrote an apology. Four questions "
        "settle it: who goes first, on what, for how long after it has acted, and what becomes of the other's "
        "action then. Write the answers under `conflicts`, with `because`. What stays inside and has `repeat: safe` "
        "does not count.",
        before="""\
seats:
  dash:
    can: {do: [crm.offer]}
  dirk:
    can: {do: [»crm.offer«]}
""",
        after="""\
seats:
  dash:
    can: {do: [crm.offer]}
  dirk:
    can: {do: [crm.offer]}
conflicts:
  - {about: account, rank: [dash, dirk], then: hold}
""",
    ),
    Code(
        "F233",
        "warning",
        "This version of fleet starts seats with `run:` alone. The seat is read, checked and shown, and does "
        "not run. `run:` starts any program, and so also a coding agent's command line or a script that asks "
        "a model.",
        before="""\
seats:
  dash:
    »llm«: any-model
""",
        after="""\
seats:
  dash:
    run: python agent.py
""",
    ),
    Code(
        "F234",
        "warning",
        "A conflict or rule looks at this seat's state, and nothing says how long that state holds. With a clock it "
        "holds until the next one is due, with `good_for` for that long; this seat has neither, so its state never "
        "runs out: one of last year counts as fresh, and decides. Give it `good_for`, or a clock.",
        before="""\
conflicts:
  - {about: account, rank: [»ann«, dirk], then: hold}
""",
        after="""\
seats:
  ann:
    good_for: 1d
conflicts:
  - {about: account, rank: [ann, dirk], then: hold}
""",
    ),
    Code(
        "F235",
        "warning",
        "The budgets of the seats come to more than the fleet's, or one alone does; weeks and months are compared by "
        "the day. The fleet's holds, so on a busy day the seats that come last get nothing, whatever stands at them. "
        "Raise the one, or lower the others.",
        before="""\
budget: »$7 a day«
defaults: {budget: $4 a day}
""",
        after="""\
budget: $8 a day
defaults: {budget: $4 a day}
""",
    ),
    Code(
        "F236",
        "warning",
        "A seat that nobody holds yet is planned: it stands in the chart and does not run. This one does not "
        "say yet to whom it will answer, or what it will own. That may wait until it is filled, and is mostly "
        "what has to be settled first.",
        before="""\
seats:
  »quill«: {title: Content}
""",
        after="""\
seats:
  quill: {title: Content, answers_to: ann, owns: [blog posts]}
""",
    ),
    Code(
        "F237",
        "warning",
        "This seat knows private data and text that strangers can write, from its own paths or through the states "
        "and handoffs of others, and may act outside without being asked. A stranger's text could make it send the "
        "private data out. The message names the way, seat by seat, and where each link stands. An approval stands "
        "in between by itself until a rule waives it: let the rule ask a person, or break one of the links.",
        before="""\
seats:
  dirk:
    reads:
      - {path: data/mail.mbox, outside: yes}
      - {path: data/clients.csv, private: yes}
    can: {do: [crm.offer]}
rules:
  - {seat: dirk, action: crm.offer, then: »allow«}
""",
        after="""\
seats:
  dirk:
    reads:
      - {path: data/mail.mbox, outside: yes}
      - {path: data/clients.csv, private: yes}
    can: {do: [crm.offer]}
rules:
  - {seat: dirk, action: crm.offer, then: ask ann}
""",
    ),
    Code(
        "F238",
        "warning",
        "Some seat has a clock time, and the fleet has no timezone. Then all times are UTC, and 07:15 is "
        "in the middle of the night for half of the world. Say the zone in which the people of the fleet live, "
        "as America/New_York; changes of the clock are then looked after.",
        before="""\
»fleet«: acme
""",
        after="""\
fleet: acme
timezone: America/New_York
""",
    ),
)
