"""F201 to F229: seats among each other, and what they name."""

from __future__ import annotations

from fleet.core.coded.code import Code

CODES = (
    Code(
        "F201",
        "error",
        "Two seats own the same function, however it is capitalised. Then both do it, or each waits for the "
        "other, and nobody can be asked for it. One seat, one owner: take the function from one of them, or "
        "give the two halves names of their own.",
        before="""\
seats:
  dash:
    owns: [ad analytics, ad pacing]
  dirk:
    owns: [pipeline, »ad pacing«]
""",
        after="""\
seats:
  dash:
    owns: [ad analytics, ad pacing]
  dirk:
    owns: [pipeline]
""",
    ),
    Code(
        "F202",
        "error",
        "Every seat says in a few words what it is: the chart, the approvals and the scorecard show its title, "
        "and a manager decides by it. The id is for files and commands. Give it a `title`.",
        before="""\
seats:
  »quill«:
    run: python agent.py
    answers_to: ann
    owns: [blog posts]
    scorecard: {posts: at least 2 a week}
""",
        after="""\
seats:
  quill:
    title: Content
    run: python agent.py
    answers_to: ann
    owns: [blog posts]
    scorecard: {posts: at least 2 a week}
""",
    ),
    Code(
        "F203",
        "error",
        "An agent answers to somebody: to a person, or to a seat whose own chain ends at a person. Where it is "
        "stuck, or must ask, that is who hears of it. Name that seat under `answers_to`.",
        before="""\
seats:
  »quill«:
    title: Content
    run: python agent.py
    owns: [blog posts]
    scorecard: {posts: at least 2 a week}
""",
        after="""\
seats:
  quill:
    title: Content
    run: python agent.py
    answers_to: ann
    owns: [blog posts]
    scorecard: {posts: at least 2 a week}
""",
    ),
    Code(
        "F204",
        "error",
        "An agent owns at least one function: what would not be done if the seat were empty. A seat that owns "
        "nothing cannot be reviewed, handed over or retired in good order. Name its functions under `owns`, "
        "in words that a colleague would use.",
        before="""\
seats:
  »quill«:
    title: Content
    run: python agent.py
    answers_to: ann
    scorecard: {posts: at least 2 a week}
""",
        after="""\
seats:
  quill:
    title: Content
    run: python agent.py
    answers_to: ann
    owns: [blog posts]
    scorecard: {posts: at least 2 a week}
""",
    ),
    Code(
        "F205",
        "error",
        "An agent has at least one metric on the scorecard, with a target. Without a number nobody can tell "
        "whether the seat is worth what it costs. Choose one that a customer or a colleague would notice, and "
        "say what is good: `at least 2 a week`.",
        before="""\
seats:
  »quill«:
    title: Content
    run: python agent.py
    answers_to: ann
    owns: [blog posts]
""",
        after="""\
seats:
  quill:
    title: Content
    run: python agent.py
    answers_to: ann
    owns: [blog posts]
    scorecard: {posts: at least 2 a week}
""",
    ),
    Code(
        "F206",
        "error",
        "Whoever follows `answers_to` from this seat comes back to it. An escalation along such a chain would "
        "go round and reach nobody who can decide. Let one of the seats in the loop answer to a person.",
        before="""\
seats:
  dash:
    answers_to: »dirk«
  dirk:
    answers_to: dash
""",
        after="""\
seats:
  dash:
    answers_to: dirk
  dirk:
    answers_to: ann
""",
    ),
    Code(
        "F207",
        "error",
        "The chain of `answers_to` ends at a seat that no person holds. Every chain ends at a person, because "
        "only a person can say yes. Let the last seat of the chain answer to one.",
        before="""\
seats:
  chief: {title: Chief of Staff, owns: [briefing]}
  dash:
    answers_to: »chief«
""",
        after="""\
seats:
  chief: {title: Chief of Staff, owns: [briefing], answers_to: ann}
  dash:
    answers_to: chief
""",
    ),
    Code(
        "F208",
        "error",
        "A seat is named here that stands neither under `seats` nor under `retired`. It is mostly a slip of "
        "the keyboard, or a seat that was renamed in one place only. Seats are named by their id, the key "
        "under `seats`, not by their title.",
        before="""\
seats:
  dirk:
    reads: [»dahs«]
""",
        after="""\
seats:
  dirk:
    reads: [dash]
""",
    ),
    Code(
        "F209",
        "error",
        "A retired seat is named here. It publishes nothing more, reads no mail and gives no approval, so "
        "whoever waits for it would wait for good. Name the seat that its function was given to; the second "
        "place in the message is the record of its retirement.",
        before="""\
seats:
  dirk:
    reads: [»jeff«]
retired:
  jeff: {title: Data, date: 2026-04-13, gave: {ad pacing: dash}}
""",
        after="""\
seats:
  dirk:
    reads: [dash]
retired:
  jeff: {title: Data, date: 2026-04-13, gave: {ad pacing: dash}}
""",
    ),
    Code(
        "F210",
        "error",
        "This seat is asked for an approval, and no person holds it. Only a person can say yes: an agent that "
        "approves what another agent wants would be no check at all. Name the seat of a person, one who may "
        "decide this and is there when it comes.",
        before="""\
seats:
  dirk:
    can: {ask: {crm.offer: »dash«}}
""",
        after="""\
seats:
  dirk:
    can: {ask: {crm.offer: ann}}
""",
    ),
    Code(
        "F211",
        "error",
        "One seat stands both under `seats` and under `retired`. It cannot be at work and gone at once, and "
        "its id is never given to another. Take it out of one of the two; a new seat takes a new id.",
        before="""\
seats:
  quill: {title: Content, answers_to: ann, owns: [blog posts]}
retired:
  »quill«: {title: Content, date: 2026-04-13, gave: {blog posts: dirk}}
""",
        after="""\
retired:
  quill: {title: Content, date: 2026-04-13, gave: {blog posts: dirk}}
""",
    ),
    Code(
        "F212",
        "error",
        "An action kind is named that does not stand under `actions`. What is not declared there cannot run, "
        "so a permission or a rule for it would hold for nothing. Correct the name, or declare the kind with "
        "what runs it.",
        before="""\
seats:
  dirk:
    can: {do: [»crm.wirte«]}
""",
        after="""\
seats:
  dirk:
    can: {do: [crm.write]}
""",
    ),
    Code(
        "F213",
        "error",
        "An action kind says what is run once an action of it is allowed: `run:` with a command, or `http:` "
        "with an address. This one has neither, so a yes to it would come to nothing. Give it one of the two.",
        before="""\
actions:
  »crm.write«: {about: account}
""",
        after="""\
actions:
  crm.write: {run: ./actions/write, about: account}
""",
    ),
    Code(
        "F214",
        "error",
        "One secret is given both to a seat and to an action. With it the seat's program could do by itself "
        "what the action does, without being judged and without a record. Give the seat a secret that can only "
        "read, under a name of its own, or none.",
        before="""\
seats:
  dirk:
    can: {do: [crm.write], use: [»CRM_TOKEN«]}
actions:
  crm.write: {run: ./actions/write, about: account, use: [CRM_TOKEN]}
""",
        after="""\
seats:
  dirk:
    can: {do: [crm.write], use: [CRM_READ_TOKEN]}
actions:
  crm.write: {run: ./actions/write, about: account, use: [CRM_TOKEN]}
""",
    ),
    Code(
        "F215",
        "error",
        "The last step of an escalation is a seat that no person holds. Whatever is passed up must end where "
        "somebody can decide. Put a person at the end; the steps before may be any seats.",
        before="""\
escalation:
  usual: [answers_to, wait 2h, »dash«]
""",
        after="""\
escalation:
  usual: [answers_to, wait 2h, ann]
""",
    ),
    Code(
        "F216",
        "error",
        "All metrics of this seat tell how its program runs: tokens, latency, uptime, turns. fleet counts "
        "those by itself, and a seat can look fine in all of them while its work is worth nothing. Add one "
        "metric of what the seat is there for.",
        before="""\
seats:
  dash:
    scorecard: {»tokens_used«: at most 50000 a day}
""",
        after="""\
seats:
  dash:
    scorecard: {anomalies_found: at least 5 a week}
""",
    ),
    Code(
        "F217",
        "error",
        "A change of this path wakes the seat, and the seat does not read it: it would be woken, and find "
        "nothing new in its brief. Add the path to `reads`; a pattern that covers it is enough.",
        before="""\
seats:
  dirk:
    when: »when data/leads.csv changes«
    reads: [dash]
""",
        after="""\
seats:
  dirk:
    when: when data/leads.csv changes
    reads: [dash, {path: data/leads.csv}]
""",
    ),
    Code(
        "F218",
        "error",
        "`subjects` says to which larger thing a subject belongs, as a person to an account. A kind that "
        "belongs to itself would have no end. Name the other kind under `of`.",
        before="""\
subjects:
  person: {of: »person«, from: data/contacts.csv}
""",
        after="""\
subjects:
  person: {of: account, from: data/contacts.csv}
""",
    ),
    Code(
        "F219",
        "warning",
        "`login` and `reach` belong to a person: who he is on this machine, and how he is told that something "
        "waits. An agent has neither, so the key changes nothing. Take it out, or give it to the person whom "
        "the agent answers to.",
        before="""\
seats:
  dash:
    reach: »[{run: ./notify}]«
""",
        after="""\
seats:
  ann:
    reach: [{run: ./notify}]
""",
    ),
    Code(
        "F220",
        "error",
        'A rule looks at a metric by its seat and name, `metric["tally.ad_spend_usd"]`, and that seat has no such '
        "metric on its scorecard. What cannot be known would hold every action that the rule is for.",
        before="""\
seats:
  dash:
    scorecard: {anomalies: every workday}
rules:
  - name: quiet
    seat: dash
    if: metric["»dash.anomalys«"] > 5
    then: hold
""",
        after="""\
seats:
  dash:
    scorecard: {anomalies: every workday}
rules:
  - name: quiet
    seat: dash
    if: metric["dash.anomalies"] > 5
    then: hold
""",
    ),
)
