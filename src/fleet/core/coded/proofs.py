"""F239 to F251: what is proved between seats, and may be meant all the same."""

from __future__ import annotations

from fleet.core.coded.code import Code

CODES = (
    Code(
        "F225",
        "error",
        "The value of a secret seems to stand in a file of the fleet, where everybody who reads the file, its history "
        "or the ledger has it. Put it where only the daemon reads it and name that place under `secrets`. If the "
        "value is a real one, change it where it is checked: it was written down.",
        before="""\
secrets:
  CRM_TOKEN: »not-a-real-value-0451«
""",
        after="""\
secrets:
  CRM_TOKEN: {file: /run/secrets/crm}
""",
    ),
    Code(
        "F239",
        "warning",
        "Every time this seat wakes, the seat that it reads is about to wake, so it always finds the state of the "
        "day before. Wake it a little later, or by the publish itself: `when SEAT publishes`. If the older state "
        "is what it wants, say so with a `good_for` at the seat that it reads.",
        before="""\
seats:
  dash:
    when: weekdays at 07:15
  dirk:
    when: weekdays at 07:00
    reads: [»dash«]
""",
        after="""\
seats:
  dash:
    when: weekdays at 07:15
  dirk:
    when: weekdays at 07:30
    reads: [dash]
""",
    ),
    Code(
        "F240",
        "warning",
        "A seat that nobody holds yet publishes nothing. Who reads it finds nothing, and a rule that looks at its "
        "state holds every action it is for, since what cannot be known is held. Give the seat a holder first, or "
        "leave it out here until then.",
        before="""\
seats:
  quill: {title: Content, answers_to: ann, owns: [blog posts]}
  dirk:
    reads: [dash, »quill«]
""",
        after="""\
seats:
  quill: {title: Content, answers_to: ann, owns: [blog posts]}
  dirk:
    reads: [dash]
""",
    ),
    Code(
        "F241",
        "warning",
        "This state says how long it holds, and that is over before its seat wakes again: somebody reads it stale. "
        "The message says who and when, and for how long. Let it hold at least until the next wake, over a weekend "
        "too, or wake its seat more often. Without `good_for` a state holds until the next wake and `late_after`.",
        before="""\
seats:
  dash:
    when: weekdays at 10:00
    good_for: »12h«
""",
        after="""\
seats:
  dash:
    when: weekdays at 10:00
    good_for: 3d
  dirk:
    when: every 2h
""",
    ),
    Code(
        "F242",
        "warning",
        "This wake comes when another seat publishes, and nothing wakes that one: it has no `when`, or nobody holds "
        "it yet. After its very first turn it publishes only when a person wakes it. Give it a cadence, or wait for "
        "something else.",
        before="""\
seats:
  cold: {title: Cold, run: ./cold, answers_to: ann, owns: [x],
         scorecard: {leads: at least 5 a week}}
  dirk:
    when: [every 2h, »when cold publishes«]
""",
        after="""\
seats:
  cold: {title: Cold, run: ./cold, answers_to: ann, owns: [x],
         scorecard: {leads: at least 5 a week}, when: mondays at 09:00}
  dirk:
    when: [every 2h, when cold publishes]
""",
    ),
    Code(
        "F243",
        "warning",
        "This bound is longer than the span between two wakes of the seat. A turn that takes its whole `limit` is "
        "still running when the next is due, and the two become one; a `late_after` that long tells of a late turn "
        "when the next one is over. Make it shorter, or wake the seat less often.",
        before="""\
seats:
  dirk:
    when: every 15m
    limit: »1h«
""",
        after="""\
seats:
  dirk:
    when: every 15m
    limit: 10m
""",
    ),
    Code(
        "F244",
        "warning",
        "This key is read and changes nothing here. A wake is skipped for lack of news only where inputs are "
        "declared, and this seat reads nothing; or the key is about turns, and a person has none. Take it out, or "
        "declare what the seat reads.",
        before="""\
seats:
  dash:
    skip_if: »nothing new«
""",
        after="""\
seats:
  dash:
    skip_if: nothing new
    reads: [{path: data/ads.csv}]
""",
    ),
    Code(
        "F245",
        "warning",
        "Two conflicts over the same kind of subject rank the same two seats in opposite ways. Each then goes "
        "before the other, and where both claim a subject neither can act. Mind that a seat which a rank does not "
        "name goes last in it. Put them into one rank.",
        before="""\
seats:
  dash:
    can: {do: [crm.offer]}
  dirk:
    can: {do: [crm.offer]}
conflicts:
  - {about: account, rank: [dash, dirk], then: hold}
  - {about: account, rank: »[dirk, dash]«, within: 7 days, then: refuse}
""",
        after="""\
seats:
  dash:
    can: {do: [crm.offer]}
  dirk:
    can: {do: [crm.offer]}
conflicts:
  - {about: account, rank: [dash, dirk], then: hold}
  - {about: account, rank: [dash, dirk], within: 7 days, then: refuse}
""",
    ),
    Code(
        "F246",
        "warning",
        "A place in a rank means something while somebody who may act stands below it: then its claim goes first. "
        "This seat is retired and passed over; or it stands at the end, and cannot act on this kind of subject "
        "itself; or nobody can. The rank reads as if it protected something, and it does not.",
        before="""\
seats:
  dirk:
    can: {do: [crm.offer]}
conflicts:
  - {about: account, rank: [dirk, »dash«], then: hold}
""",
        after="""\
seats:
  dirk:
    can: {do: [crm.offer]}
conflicts:
  - {about: account, rank: [dash, dirk], then: hold}
""",
    ),
    Code(
        "F247",
        "warning",
        "This action kind is declared, with what runs it, and no seat can do it. Put it under the `can` of the seat "
        "that needs it, best with `ask` first, or take it out. If it stands here only to be refused, name it under "
        "a seat's `never`.",
        before="""\
actions:
  »crm.delete«: {run: ./delete, about: account, outside: yes}
""",
        after="""\
seats:
  dirk:
    can: {do: [crm.write, crm.offer], ask: {crm.delete: ann}}
actions:
  crm.delete: {run: ./delete, about: account, outside: yes}
""",
    ),
    Code(
        "F248",
        "warning",
        "Conflicts are looked for by the subject of an action, and this kind has none: whoever claims what, it "
        "runs. Say what it is about, then its actions must name a subject of that kind. What stays inside and has "
        "`repeat: safe` needs none.",
        before="""\
seats:
  dirk:
    can: {do: [mail.send]}
actions:
  »mail.send«: {run: ./send, outside: yes}
conflicts:
  - {about: account, rank: [dash, dirk], then: hold}
""",
        after="""\
seats:
  dirk:
    can: {do: [mail.send]}
actions:
  mail.send: {run: ./send, outside: yes, about: account}
conflicts:
  - {about: account, rank: [dash, dirk], then: hold}
""",
    ),
    Code(
        "F249",
        "warning",
        "A secret is named where nothing fills it in. In a header only those of the action's own `use` are put in, "
        "and anything else is sent as it is written. A command is started without a shell, so its program gets the "
        "name as a word; it finds the secrets of its `use` in its environment.",
        before="""\
actions:
  crm.write:
    http: "http://127.0.0.1:8085/touch"
    headers: {Authorization: »Bearer $CRM_TOKEN«}
""",
        after="""\
actions:
  crm.write:
    http: "http://127.0.0.1:8085/touch"
    headers: {Authorization: Bearer $CRM_TOKEN}
    use: [CRM_TOKEN]
""",
    ),
    Code(
        "F250",
        "warning",
        "This escalation comes to a person who may not hear of it, or too late. A person is told by the commands "
        "of `reach`, or looks where the `login` is; others here have one of them, and this one has neither. Or the "
        "waits before add up to 24h or more: by then an action that waits for a yes has lapsed.",
        before="""\
seats:
  bob: {title: COO, person: Bob, answers_to: ann}
escalation:
  usual: [bob, wait 30h, »ann«]
""",
        after="""\
seats:
  bob: {title: COO, person: Bob, answers_to: ann}
escalation:
  usual: [bob, wait 4h, ann]
""",
    ),
    Code(
        "F251",
        "warning",
        "A kind of action under `never`, or a kind of subject, is named here and nowhere else, and another name is "
        "one slip of the hand away. If that was meant, this line forbids or protects nothing. Write the other name, "
        "or leave it if it is right.",
        before="""\
seats:
  dash:
    never: [»crm.ofer«]
""",
        after="""\
seats:
  dash:
    never: [crm.offer]
""",
    ),
    Code(
        "F255",
        "warning",
        "These seats wake each other by what they publish: each wake is a turn, each turn publishes, and that is the "
        "next one's wake. fleet ends such a chain after 8 hops and calls it a storm, and each promised wake begins it "
        "anew. Let one of them be woken by the clock, or by mail.",
        before="""\
seats:
  dash:
    when: [weekdays at 07:00, »when dirk publishes«]
  dirk:
    when: [when dash publishes]
""",
        after="""\
seats:
  dash:
    when: [weekdays at 07:00 and 13:00]
  dirk:
    when: [when dash publishes]
""",
    ),
)
