"""Verbs: the table of what `fleet` can do, in the order in which help shows it."""

from __future__ import annotations

from typing import Literal

from fleet.core.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Verb:
    """One verb: where it is written (`module:function`), what it does, and its own verbs if it has any.

    A verb with verbs of its own carries out `at` when none of them is named; `own` says whether it takes a
    word of its own there, or flags.
    """

    name: str
    at: str
    help: str
    group: str = ""
    verbs: tuple[Verb, ...] = ()
    own: Literal["", "word", "flags"] = ""


FIRST, WORK, PEOPLE, LOOK, INSIDE = "A normal week", "Running", "Mail and people", "Looking closer", "Seats"

INBOX = (
    Verb("read", "inbox:read", "Print one message."),
    Verb("send", "inbox:send", "Send a message as a person."),
    Verb("done", "inbox:done", "Put a message that a person has read into done/."),
    Verb("retry", "inbox:retry", "Put a message that was set aside back into new/."),
)
AUDIT = (
    Verb("verify", "audit:verify", "Check the chain of the ledger; names the first line that is wrong."),
    Verb("erase", "erase:erase", "Empty records for good: personal data, a key that got through."),
)
RULES = (
    Verb("show", "rules:show", "Show one rule: its condition, what it needs, when it fired last."),
    Verb("test", "tested:test", "Try each rule on its examples, and say what these would not notice."),
    Verb("backtest", "backtest:backtest", "Judge what happened again by an edited fleet.yaml."),
)
EMIT = (
    Verb("message", "emit:message", "Send a message when this turn ends well."),
    Verb("claim", "emit:claim", "Say that a subject is this seat's for now."),
    Verb("action", "emit:action", "Ask for one thing to be done outside."),
    Verb("metric", "emit:metric", "Give one measured value."),
    Verb("escalate", "emit:escalate", "Pass a matter up to a person."),
    Verb("checkpoint", "emit:checkpoint", "Save what a retry of this turn should go on from."),
)
VERBS = (
    Verb("init", "init:init", "Write a small fleet that runs with no key and no network.", FIRST),
    Verb("check", "check:check", "Find every mistake in fleet.yaml, with its place and what to try.", FIRST),
    Verb("up", "up:up", "Start the fleet; -d leaves it in the background.", FIRST),
    Verb("status", "status:status", "Show every seat, or one in full.", FIRST),
    Verb("tail", "tail:tail", "Show turns, mail, verdicts and trouble in the order of time.", FIRST),
    Verb("approve", "approve:approve", "Show what waits for a yes; with an id say it, once.", FIRST),
    Verb("inbox", "inbox:inbox", "List mail; read, send, put away or retry it.", FIRST, INBOX, "word"),
    Verb("down", "up:down", "Finish the turns that run, then stop.", WORK),
    Verb("plan", "plan:plan", "Show what an edit of fleet.yaml changes, riskiest first.", WORK),
    Verb("rehearse", "rehearse:rehearse", "Run the real holders in a copy, on a clock that jumps.", WORK),
    Verb("apply", "plan:apply", "Say yes to an edit that waits, or go back to a revision.", WORK),
    Verb("simulate", "simulate:simulate", "Play the calendar over days; runs nothing.", WORK),
    Verb("wake", "wake:wake", "Give a seat one turn now.", WORK),
    Verb("pause", "wake:pause", "Stop a seat, a subject, a kind of action, or all of it.", WORK),
    Verb("resume", "wake:resume", "Go on after a pause.", WORK),
    Verb("service", "service:service", "Print a systemd unit that runs this fleet.", WORK),
    Verb("deny", "approve:deny", "Say no to an action, with a reason.", PEOPLE),
    Verb("publish", "publish:publish", "Publish a person's state.", PEOPLE),
    Verb("chart", "chart:chart", "Show who answers to whom, and who goes first over what.", LOOK),
    Verb("why", "why:why", "Say why something did or did not run, wait, get refused.", LOOK),
    Verb("trace", "trace:trace", "Show what caused something and what it caused.", LOOK),
    Verb("rules", "rules:rules", "List the rules and how often each fired; try them.", LOOK, RULES, "flags"),
    Verb("audit", "audit:audit", "Show who did and overrode what; check the ledger.", LOOK, AUDIT, "flags"),
    Verb("explain", "explain:explain", "Explain a key, a cadence, a code, a format.", LOOK),
    Verb("brief", "brief:brief", "Print what a seat would be given now.", INSIDE),
    Verb("emit", "emit:emit", "Give parts of a result while the turn runs.", INSIDE, EMIT),
)
