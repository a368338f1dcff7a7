"""F260: examples of rules."""

from __future__ import annotations

from fleet.core.coded.code import Code

CODES = (
    Code(
        "F260",
        "warning",
        "An example shows what its rule says of one situation, and `fleet rules test` tries it. This one does not fit "
        "the rule: it expects what the rule never says, lacks the state of a seat at which the rule looks (the gate "
        "holds such an action before it asks the rule), or gives what the rule does not look at. It governs nothing, "
        "so the edit is taken all the same.",
        before="""\
rules:
  - name: anomaly
    seat: dirk
    action: crm.offer
    if: state["dash"].items.size() > 3
    then: hold
    examples:
      - »{about: account:acme, expect: passes}«
""",
        after="""\
rules:
  - name: anomaly
    seat: dirk
    action: crm.offer
    if: state["dash"].items.size() > 3
    then: hold
    examples:
      - {about: account:acme, state: {dash: {items: []}}, expect: passes}
""",
    ),
)
