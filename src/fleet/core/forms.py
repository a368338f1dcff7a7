"""Forms: how a holder may answer, told at the end of its brief with an example that would be accepted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from fleet.core.codec import Json

if TYPE_CHECKING:
    from fleet.core.brief import Brief
    from fleet.core.chart import Handoff, Metric


def how_to_answer(brief: Brief) -> str:
    """Say how a result is written, with one example that would be accepted from this seat."""
    example = json.dumps(example_result(brief), ensure_ascii=False, indent=2)
    does = ", ".join(_action(brief, kind) for kind in brief.can.do)
    asks = ", ".join(
        f"{_action(brief, kind)} (after {person} says yes)" for kind, person in brief.can.ask.items()
    )
    metrics = ", ".join(_metric(metric) for metric in brief.metrics if metric.by == "seat")
    listed = [
        ("Actions you may take", does),
        ("Actions you may ask for", asks),
        ("Metrics you report", metrics),
        ("Seats you may write to", ", ".join(brief.peers)),
    ]
    listed += [("Handoffs you owe", ", ".join(map(_owed, brief.owes)))] if brief.owes else []
    lists = "\n".join(f"- {name}: {what or 'none'}" for name, what in listed)
    keys = _KEYS.replace(_ANY, _subject(brief))
    return f"# How to answer\n\n{_FORMS}\n\n```json\n{example}\n```\n\n{keys}\n\n{lists}\n\n{_EMIT}"


def _owed(handoff: Handoff) -> str:
    """Name a handoff, to whom it is owed, and what stands in its `with`."""
    fields = ", ".join(f"{name}: {kind}" for name, kind in handoff.fields.items())
    told = f", `with: {{{fields}}}`" if fields else ""
    return f"{handoff.name} to {' and '.join(handoff.to)} (`subject: {handoff.name}`{told})"


def _action(brief: Brief, name: str) -> str:
    """Name a kind of action, and the kinds of subject it may be about."""
    kinds = _about(brief, name)
    return f"{name} about {' or '.join(kinds)}" if kinds else name


def _about(brief: Brief, name: str) -> tuple[str, ...]:
    return next((kind.about for kind in brief.actions if kind.name == name), ())


def _subject(brief: Brief) -> str:
    """Give an example of a subject: of a kind that the seat's first action is about, if it has any."""
    first = next(iter((*brief.can.do, *brief.can.ask)), "")
    kinds = _about(brief, first)
    return f"{kinds[0]}:some-name" if kinds else _ANY


_ANY = "account:acme"
"""A subject for who may act on any, or on none."""


def _metric(metric: Metric) -> str:
    source = f"from {metric.source}" if metric.source else ""
    told = ", ".join(part for part in (metric.target.text if metric.target else "", source) if part)
    return f"{metric.name} ({told})" if told else metric.name


_FORMS = """\
Print your result to stdout, and nothing before or after it. One JSON object, with any of these keys:"""

_KEYS = """\
The same keys may stand as front matter, with the body as Markdown below it:

```markdown
---
headline: One line that says what matters
---
The body.
```

Anything else is taken as the body, with its first line as the headline.

- `as_of`: when the data was true. Every time needs an offset.
- Leave out what you do not know; never guess a value.
- `claims`: all that you claim: the key without an entry gives that claim up, no key changes nothing.
- `messages`: `type` is REQUEST, INFORM, PROPOSAL, RESPONSE, CHALLENGE or ESCALATION;
  `reply_to` answers a message; `answer_by` is a time or a span like 4h.
- `actions` are judged when they run, one by one; `keep` and `withdraw` name actions of yours that are held.
- `escalate`: `[{"because": "...", "options": ["...", "..."]}]` passes a matter to a person.
- `cost`: `{"usd": 0.02, "input_tokens": 1200, "output_tokens": 300, "model": "..."}`.
- A subject (`about`) is kind:name, like account:acme.
- `seat`, `turn`, `written` and `good_until` are not yours to set."""

_EMIT = """\
While you run, `fleet emit message|claim|action|metric|escalate` adds to the result if the turn ends well.
`fleet emit checkpoint` saves where you are for a next attempt. Exit 0 when done, 75 to be woken again later."""


def example_result(brief: Brief) -> dict[str, Json]:
    """Return an example of a result that fits this seat; it does not use what the seat may not do."""
    subject = _subject(brief)
    example: dict[str, Json] = {
        "headline": "One line that says what matters",
        "as_of": brief.now.isoformat(timespec="seconds"),
        "items": [{"about": subject, "kind": "finding", "because": "why you think so", "confidence": 0.8}],
        "claims": [{"about": subject, "because": "why it is yours for now"}],
    }
    own = [metric.name for metric in brief.metrics if metric.by == "seat"]
    if own:
        example["scorecard"] = {own[0]: 2}
    if brief.peers:
        message = {
            "to": brief.peers[0],
            "type": "INFORM",
            "about": subject,
            "subject": "What it is about",
        }
        example["messages"] = [{**message, "body": "What you want to say."}]
    kinds = (*brief.can.do, *brief.can.ask)
    if kinds:
        action = {"kind": kinds[0], "about": subject, "with": {"key": "value"}}
        example["actions"] = [{**action, "because": "why it should be done"}]
    return {**example, "body": "The details, as Markdown."}
