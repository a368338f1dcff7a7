"""F261 to F272: rules that do nothing, or not what was meant."""

from __future__ import annotations

from fleet.core.coded.code import Code

CODES = (
    Code(
        "F261",
        "warning",
        "Two rules have one name. A verdict, `fleet rules` and a backtest name the rule that decided, and nobody could "
        "tell which of the two it was.",
        before="""\
rules:
  - {name: calm, seat: dirk, if: action.tries > 1, then: hold}
  - {name: »calm«, seat: dirk, if: action.outside, then: refuse}
""",
        after="""\
rules:
  - {name: calm, seat: dirk, if: action.tries > 1, then: hold}
  - {name: strangers, seat: dirk, if: action.outside, then: refuse}
""",
    ),
    Code(
        "F262",
        "warning",
        "What no `can` allows, or `never` forbids, is refused at step 3 of the gate, before any rule is asked. So a "
        "rule for a kind that none of its seats can do never speaks. Name the seat that can, or leave the rule out.",
        before="""\
seats:
  dirk:
    can: {do: [crm.write]}
  dash:
    can: {do: [crm.offer]}
rules:
  - {seat: »dirk«, action: crm.offer, if: action.outside, then: refuse}
""",
        after="""\
seats:
  dirk:
    can: {do: [crm.write]}
  dash:
    can: {do: [crm.offer]}
rules:
  - {seat: dash, action: crm.offer, if: action.outside, then: refuse}
""",
    ),
    Code(
        "F263",
        "warning",
        "The condition asks for what cannot all be so at once: two values of one field, a number that is both above "
        "and below, an hour over 23, another seat or kind than the rule is for, or a state that is not fresh, for "
        "which the action is held before rules are asked. So it is never met. It may do something all the same, which "
        "is told then: the gate holds while a state or metric that a rule names is missing, and refuses what cannot "
        "be answered. Do not take such a rule out before you know that you can do without that.",
        before="""\
rules:
  - {if: »action.with.price > 5000 && action.with.price < 30«, then: refuse}
""",
        after="""\
rules:
  - {if: action.with.price > 30 && action.with.price < 5000, then: refuse}
""",
    ),
    Code(
        "F264",
        "warning",
        "A rule's `allow` does one thing: it waives the yes that an action outside needs after its turn had read text "
        "of strangers. None of what this rule is for acts outside, so it waives nothing; what is not held, asked or "
        "refused is allowed anyway.",
        before="""\
rules:
  - {action: crm.write, if: action.tries == 0, then: »allow«}
""",
        after="""\
rules:
  - {action: crm.offer, if: action.tries == 0, then: allow}
""",
    ),
    Code(
        "F265",
        "warning",
        "`can.ask` asks this person about each action of the kind already, so the rule asks nothing more. It is told "
        "of conditions that look only at what the action was offered with: what comes to be met later asks once more. "
        "Say under "
        "`because` what the person is to think of, which is then told with the question; or let it ask somebody else.",
        before="""\
seats:
  dirk:
    can: {ask: {crm.offer: ann}}
rules:
  - {action: crm.offer, if: action.outside, then: »ask ann«}
""",
        after="""\
seats:
  dirk:
    can: {ask: {crm.offer: ann}}
rules:
  - if: action.outside
    action: crm.offer
    then: ask ann
    because: A stranger may have asked for it.
""",
    ),
    Code(
        "F266",
        "warning",
        "The condition compares with an action kind, a seat, a sender, a type of message or a kind of subject that "
        "there is not, or with a subject that says no kind, as by a slip of the hand. What compares with it is never "
        "so, and nothing else tells it.",
        before="""\
rules:
  - {if: 'action.kind == "»crm.ofer«" || action.tries > 1', then: hold}
""",
        after="""\
rules:
  - {if: 'action.kind == "crm.offer" || action.tries > 1', then: hold}
""",
    ),
    Code(
        "F267",
        "warning",
        "Two rules are for the same actions and are met by the same, and one rules otherwise than the other. The "
        "stricter one wins each time, whichever stands first, so the other one never decides.",
        before="""\
rules:
  - {name: calm, seat: dirk, if: »action.tries > 1«, then: hold}
  - {name: stop, seat: dirk, if: action.tries > 1, then: refuse}
""",
        after="""\
rules:
  - {name: calm, seat: dirk, if: action.tries == 1, then: hold}
  - {name: stop, seat: dirk, if: action.tries > 1, then: refuse}
""",
    ),
    Code(
        "F268",
        "warning",
        "Whenever this rule is met, another one is met too, for the same actions and more, and is stricter or stands "
        "before it. So that one decides each time, and this one never does. It is not told of a rule that looks at a "
        "state or a metric which the other does not name, or that may err where the other does not: such a rule still "
        "holds or refuses.",
        before="""\
rules:
  - {name: calm, seat: dirk, if: action.tries > 1, then: refuse}
  - {name: late, seat: dirk, if: »action.tries > 3«, then: refuse}
""",
        after="""\
rules:
  - {seat: dirk, if: action.tries > 1 && action.tries < 4, then: hold}
  - {name: late, seat: dirk, if: action.tries > 3, then: refuse}
""",
    ),
    Code(
        "F269",
        "warning",
        "Some fields are not always there: the confidence of an action or an item, the end of a claim, and `as_of` and "
        "`good_until` of a state. Where one is missing, the condition cannot be answered, and what cannot be answered "
        "is refused. Ask `has(..)` for it first, and say so what is to become of the others.",
        before="""\
rules:
  - {action: crm.offer, if: action.»confidence« < 0.5, then: ask ann}
""",
        after="""\
rules:
  - action: crm.offer
    if: has(action.confidence) && action.confidence < 0.5
    then: ask ann
""",
    ),
    Code(
        "F270",
        "warning",
        "A hold ends by itself once its rule is not met any more. This one looks only at what the action was offered "
        "with: its payload, kind, seat, turn, subjects, reason and confidence, and whether strangers may be behind "
        "it, which stay as they are, so it is met each time. Refuse it, ask a person, or look at what can change: a "
        "state, a metric, claims, mail, the time. The same is told of a hold without an `if`.",
        before="""\
rules:
  - {action: crm.offer, if: action.with.price > 5000, then: »hold«}
""",
        after="""\
rules:
  - {action: crm.offer, if: action.with.price > 5000, then: ask ann}
""",
    ),
    Code(
        "F271",
        "warning",
        "In YAML a ' #' begins a comment where no quotes are around it, so the condition ends there. What follows has "
        "`&&`, `||` or a comparison in it, as if it were meant as more of the condition. Put the whole condition into "
        "single quotes if it is, or say the comment in other words, on a line of its own.",
        before="""\
rules:
  - name: late
    action: crm.offer
    if: action.because == "x" »# c && action.tries > 1«
    then: refuse
""",
        after="""\
rules:
  - name: late
    action: crm.offer
    if: 'action.because == "x # c" && action.tries > 1'
    then: refuse
""",
    ),
    Code(
        "F272",
        "warning",
        "What a seat writes into a payload or an item's further fields, and what it reports on its scorecard, may be "
        "yes or no and may be anything else. A condition that takes such a value for its answer errs where it is "
        "neither, and what errs refuses. Compare it: `== true` is met by true alone, `> 0` by numbers.",
        before="""\
rules:
  - {action: crm.offer, if: »action.with.urgent«, then: refuse}
""",
        after="""\
rules:
  - {action: crm.offer, if: action.with.urgent == true, then: refuse}
""",
    ),
)
