"""F1xx: the file as YAML, before fleet's own grammar."""

from __future__ import annotations

from fleet.core.coded.code import Code

CODES = (
    Code(
        "F101",
        "error",
        "fleet.yaml is YAML, and here YAML cannot go on: a quote or a bracket is never closed, a ':' stands "
        "where none may, or a line does not fit those above it. What stands behind this place may not have "
        "been read, so there may be more to tell. Put the text in quotes, or close what is open; then run check "
        "again. A condition of a rule, full of quotes, commas and brackets, stands in single quotes as a whole.",
        before="""\
seats:
  dash:
    title: Analytics»:« the numbers
""",
        after="""\
seats:
  dash:
    title: "Analytics: the numbers"
""",
    ),
    Code(
        "F102",
        "error",
        "A tab is as wide as each editor makes it, so it cannot say how far a line is indented. YAML forbids "
        "it there, and fleet everywhere but in quotes and in comments. Write spaces, two for each level; most "
        "editors do so by themselves once they are told to.",
        before="""\
seats:
  dash:
»\t«when: every 2h
""",
        after="""\
seats:
  dash:
    when: every 2h
""",
    ),
    Code(
        "F103",
        "error",
        "One file may have 8 MB, 64 maps and lists inside each other, and a thousand mistakes. What is larger "
        "is no chart that a person wrote, and reading it would hold up the fleet. Look for brackets that were "
        "pasted many times, or for data that belongs into a file of its own under data/.",
        before=f"""\
holidays: {"[" * 32}
  {"[" * 31}»[«2026-12-25{"]" * 20}
  {"]" * 44}
""",
        after="""\
holidays: [2026-12-25]
""",
    ),
    Code(
        "F104",
        "error",
        "A character stands here that no text holds: a control character, half of a character, or bytes that "
        "are not UTF-8. It mostly comes with a paste from slides or a web page, and nobody can see it. Delete "
        "what is under the caret and type it again, and save the file as UTF-8 without a byte order mark.",
        before="""\
seats:
  dirk:
    title: Sales»\x0b«and service
""",
        after="""\
seats:
  dirk:
    title: Sales and service
""",
    ),
    Code(
        "F105",
        "error",
        "A YAML tag such as !!str tells a program which type a value has. fleet keeps every value as the text "
        "that was written and reads it by its own grammar, so a tag could only contradict that. Take it out; a "
        "text that really begins with '!' goes in quotes.",
        before="""\
seats:
  dash:
    title: »!!str Analytics«
""",
        after="""\
seats:
  dash:
    title: Analytics
""",
    ),
    Code(
        "F106",
        "error",
        "An anchor (&usual) and an alias (*usual) let one place of a file speak for another, far away. A chart "
        "should say what holds for a seat where that seat stands, so fleet follows none. Put what all seats "
        "share under `defaults`, or write it out; a text that begins with '&' or '*' goes in quotes.",
        before="""\
seats:
  dash:
    budget: »&usual $4 a day«
  dirk:
    budget: *usual
""",
        after="""\
defaults:
  budget: $4 a day
""",
    ),
    Code(
        "F107",
        "error",
        "A line with --- begins a second YAML document. fleet reads one document a file, and would have to "
        "guess which of the two is meant. Delete the line, or move what follows into a file of its own and "
        "name that under `include`.",
        before="""\
fleet: acme
»---«
mission: Let agents carry the operational work.
""",
        after="""\
fleet: acme
mission: Let agents carry the operational work.
""",
    ),
    Code(
        "F108",
        "error",
        "A key stands twice in one map. YAML programs mostly take the last one and say nothing, and then one "
        "of two lines that both look valid does not count. Keep one of them, or make one of both; the second "
        "place in the message is where the key stands first.",
        before="""\
seats:
  dash:
    when: weekdays at 10:00
    »when«: weekdays at 16:00
""",
        after="""\
seats:
  dash:
    when: weekdays at 10:00 and 16:00
""",
    ),
    Code(
        "F109",
        "error",
        "A chart is a map: keys such as `fleet` and `seats`, each with a ':' and a value. This file is empty, "
        "or holds a list or a single text. An included file is such a map too. `fleet init` writes a small "
        "one to begin with.",
        before="""\
»-« dash
- dirk
""",
        after="""\
seats:
  dash:
    title: Analytics
  dirk:
    title: Sales
""",
    ),
    Code(
        "F110",
        "error",
        "A map or a list stands where the name of a key is wanted. It is mostly a template that nobody filled "
        "in: to YAML, {{ program }} is a map whose only key is a map. Write the value itself; a text that "
        "begins with '{' or '[' goes in quotes.",
        before="""\
seats:
  dash:
    run: {»{ program }«}
""",
        after="""\
seats:
  dash:
    run: python agent.py
""",
    ),
    Code(
        "F111",
        "error",
        "`include` names a file that cannot be read, or stands in a file that is itself included. A chart "
        "that lacks a part could lack a rule, so fleet takes none of it. Paths begin at the fleet folder. "
        "Correct the name, or include a whole folder with a pattern such as seats/*.yaml.",
        before="""\
include: [»seats/sale.yaml«]
""",
        after="""\
include: [seats/sales.yaml]
""",
        beside={
            "seats/sales.yaml": "seats:\n  quill: {title: Content, answers_to: ann, owns: [blog posts]}\n"
        },
    ),
    Code(
        "F112",
        "warning",
        "No file matches this pattern, so it includes nothing. That is allowed, because a folder may fill "
        "later, but mostly the folder has another name. Paths begin at the fleet folder, and * stands for "
        "names of one folder, not of those below it.",
        before="""\
include: [»seat/*.yaml«]
""",
        after="""\
include: [seats/*.yaml]
""",
        beside={
            "seats/sales.yaml": "seats:\n  quill: {title: Content, answers_to: ann, owns: [blog posts]}\n"
        },
    ),
)
