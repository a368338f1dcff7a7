"""Keys: the one table of fleet.yaml, map by map; what stands in a seat is in `terms`."""

from __future__ import annotations

from collections.abc import Iterator

from fleet.core.read.key import (
    Each,
    Either,
    Key,
    Keys,
    Kind,
    Some,
    Word,
    close,
    meaning,
    tabled,
)
from fleet.core.read.situation import EXAMPLE
from fleet.core.read.terms import CAN, CRON, DEFAULTS, METRIC, REACH, READ, SANDBOX, SEAT

__all__ = [
    "ACTION", "CAN", "CONFLICT", "CRON", "DEFAULTS", "FLEET", "HANDOFF", "LATER", "LIMITS", "METRIC", "REACH",
    "READ", "RETIRED", "RULE", "SANDBOX", "SEAT", "SECRET", "SUBJECT", "Key", "Keys", "close", "meaning", "walk",
]  # fmt: skip

LATER = frozenset(("runner", "review", "reviews", "mcp", "serve", "web"))
"""Keys of later versions of fleet."""

_ANY_CHANGE = "any change"
_ELSEWHERE = "another of the four says it"

LIMITS = tabled(
    "limits",
    Key("turns_at_once", "turns", "How many turns run at the same time, one a seat.", "4", "turns_at_once: 4",
        "concurrency max_concurrency parallel workers max_turns turns max_parallel", "more"),
    Key("messages_an_hour", "turns", "How many messages a seat may send in an hour by the clock; more are refused.",
        "200", "messages_an_hour: 200", "messages max_messages message_quota quota mails_an_hour", "more"),
    Key("fan_out", "turns", "To how many seats one turn may write; messages to others are refused.",
        "50", "fan_out: 50", "fanout max_recipients recipients broadcast", "more"),
    Key("wakes_an_hour", "turns", "How often mail, publishing and changed files wake one seat in an hour as they come. "
        "What comes sooner waits and becomes one wake; promised wakes are not counted and do not wait.",
        "60", "wakes_an_hour: 60", "wakes max_wakes debounce cooldown event_gap throttle", "more"),
)  # fmt: skip

ACTION = tabled(
    "an action",
    Key("run", "command", "The program that carries the action out: in the fleet folder, the action as JSON on stdin.",
        "it has `http` instead", "run: ./actions/send_mail", "cmd command script exec program shell",
        _ANY_CHANGE),
    Key("http", "address", "The address to which the action is posted as JSON.", "it has `run` instead",
        'http: "http://127.0.0.1:8085/touch"', "url post endpoint webhook uri", _ANY_CHANGE),
    Key("about", Some("kind"), "The kinds of subject it may be about.", "any kind, or none",
        "about: [account, person]", "subject subjects on target kind", _ANY_CHANGE),
    Key("outside", Word(("yes", "no")), "Whether it is seen outside the house and cannot be taken back.",
        "no", "outside: yes", "external public sends", "dropped"),
    Key("limit", "span", "How long it may take; past that it is cut off, and its outcome is unknown.",
        "1m", "limit: 1m", "timeout deadline max_time", "longer"),
    Key("at_most", "count", "How often it runs, over all seats; `each` counts every subject by itself.",
        "any number of times", "at_most: 1 a day each", "max rate rate_limit quota limit_per", "more"),
    Key("repeat", Word(("safe", "ask")),
        "What follows when it was cut off: `safe` tries again under the same key, `ask` asks a person.",
        "ask", "repeat: safe", "idempotent retry retries safe", "safe"),
    Key("once", Word(("ever", "a day", "no")),
        "For how long the same seat, subject and payload are not run a second time.",
        "ever where it is outside, else no", "once: a day", "dedupe unique only_once", "weaker"),
    Key("use", Some("secret"), "Secrets its program sees, by name; `$NAME` in a header stands for one.",
        "none", "use: [CRM_TOKEN]", "secrets env secret credentials tokens", "any change"),
    Key("headers", Each("header", "NAME", "header value"), "Headers of the request; for `http` only.",
        "fleet's own alone", "headers: {Authorization: Bearer $CRM_TOKEN}", "header http_headers", _ANY_CHANGE),
)  # fmt: skip

SUBJECT = tabled(
    "a subject kind",
    Key("of", "kind", "The kind to which subjects of this kind belong.", "", "of: account",
        "parent belongs_to in part_of", _ANY_CHANGE, needed="always"),
    Key("from", "file", "The CSV table that says which belongs to which.", "",
        "from: data/contacts.csv", "source file table path lookup csv", _ANY_CHANGE, needed="always"),
)  # fmt: skip

SECRET = tabled(
    "a secret",
    Key("env", "secret", "The variable of the daemon's environment that holds it.", _ELSEWHERE, "env: CRM_TOKEN_LIVE",
        "environment variable var", _ANY_CHANGE),
    Key("file", "outer path",
        "The file that holds it: outside of the fleet's folder, mode 0600 or stricter, the daemon's user's or root's.",
        _ELSEWHERE, "file: /run/secrets/crm", "path from_file", _ANY_CHANGE),
    Key("run", "command", "The command that prints it, started without a shell for at most 10s.", _ELSEWHERE,
        "run: pass show crm", "command cmd exec program", _ANY_CHANGE),
    Key("credential", "credential", "The credential of systemd that holds it (LoadCredential=).", _ELSEWHERE,
        "credential: crm-token", "systemd load_credential", _ANY_CHANGE),
)  # fmt: skip

CONFLICT = tabled(
    "a conflict",
    Key("about", Some("kind"), "The kind of subject over which the seats meet: one.", "", "about: account",
        "subject subjects kind on over", _ANY_CHANGE, needed="always"),
    Key("rank", Some("seat"), "The seats in order: the one named first goes first.", "",
        "rank: [pulse, dirk, nick]", "order ranks priority seats between first winner",
        "another order, or a seat taken out", needed="always"),
    Key("within", "span", "How long a subject stays theirs after a seat ranked above acted on it.",
        "only claims count, not what was done", "within: 30 days", "window during for last",
        "shorter, or taken out"),
    Key("then", "ruling", "What becomes of an action of a seat ranked below.", "hold", "then: hold",
        "action do verdict else ruling", "weaker"),
    Key("because", "text", "The reason, in words a manager understands; verdicts give it.", "no reason is given",
        "because: Retention outranks expansion.", "reason why description comment"),
)  # fmt: skip

RULE = tabled(
    "a rule",
    Key("name", "text", "What verdicts call the rule.", "rule- and its number",
        "name: no-expansion-in-dispute", "id title rule"),
    Key("seat", Some("seat"), "The seats of whose actions it speaks.", "all seats", "seat: dirk",
        "seats agent who for", "fewer seats"),
    Key("action", Some("action"), "The action kinds of which it speaks.", "all kinds", "action: crm.offer",
        "actions kind on what do", "fewer kinds"),
    Key("if", "condition",
        "A CEL expression that says yes or no of the action: docs/reference/rules.md.",
        "it always applies", "if: 'state[\"pulse\"].fresh == false'",
        "when condition where expr expression unless", _ANY_CHANGE),
    Key("then", "ruling", "What becomes of the action.", "", "then: hold",
        "verdict effect ruling decision result", "weaker, or any allow", needed="always"),
    Key("because", "text", "The reason, in words a manager understands; verdicts give it.", "no reason is given",
        "because: Nobody sells to a client in dispute.", "reason why description message comment"),
    Key("examples", Some(EXAMPLE),
        "Situations, each with what the rule is to say of it; `fleet rules test` tries them. They govern nothing.",
        "it is tried on none", "examples: [{about: account:acme, expect: hold}]", "example tests test cases"),
)  # fmt: skip

HANDOFF = tabled(
    "a handoff",
    Key("from", "seat", "The seat that owes.", "", "from: dash", "sender source owner giver", needed="always"),
    Key("to", Some("seat"), "The seats to which it is owed.", "", "to: [radar, crystal]",
        "receiver receivers target for", needed="always"),
    Key("within", "span", "How soon it is owed.", "no deadline", "within: 1h", "deadline sla by timeout"),
    Key("with", Each("field", "FIELD", "field type"), "The fields that come with it, each with its type.",
        "no fields", "with: {client: subject, change: number, because: text}",
        "fields payload schema data carries"),
)  # fmt: skip

RETIRED = tabled(
    "a retired seat",
    Key("title", "text", "What the post was called.", "nothing is said", "title: Data Integrity", "name role"),
    Key("date", "date", "The day it ended.", "nothing is said", "date: 2026-04-13",
        "on when at retired_on day"),
    Key("record", "path", "Where the record of its end lies.", "there is none",
        "record: retired/jeff/record.md", "file path minutes"),
    Key("because", "text", "Why it ended.", "no reason is given",
        "because: Its mandate overlapped dash and crystal.", "reason why"),
    Key("gave", Each("text", "FUNCTION", "seat"), "Who took over each of its functions.", "nobody",
        "gave: {ad pacing: dash}", "heirs heir handed_to gave_to functions owns"),
)  # fmt: skip

FLEET = tabled(
    "the fleet",
    Key("fleet", "text", "The fleet's name.", "", "fleet: sneeze-it",
        "name id title company organisation organization team", needed="in one file"),
    Key("timezone", "zone", "The zone in which its days and clock times are meant.", "UTC",
        "timezone: America/New_York", "tz zone time_zone"),
    Key("workdays", "workdays", "Which days `weekdays` and `workday` mean.", "mon-fri", "workdays: mon-fri",
        "weekdays working_days business_days days"),
    Key("holidays", Some("holiday"), "Days that are no workdays: dates, or regions such as US-NY.", "none",
        "holidays: [2026-12-25, 2027-01-01]", "holiday vacations days_off"),
    Key("mission", "text", "What the fleet is for, in a sentence.", "nothing is said",
        "mission: Let agents carry the operational work.", "purpose goal goals description vision about"),
    Key("budget", "money", "What all seats together may spend. Once it is spent, actions are held.",
        "no limit on money", "budget: $45 a day", "cost money spend max_cost",
        "more, or none where there was one"),
    Key("limits", LIMITS, "Bounds on the whole fleet.", "as each of its keys says",
        "limits: {turns_at_once: 4}", "limit concurrency max_turns turns_at_once parallel", "more"),
    Key("defaults", DEFAULTS, "What holds for every agent's seat that does not say otherwise itself.",
        "as each of its keys says", "defaults: {limit: 5m, retries: 2}", "default common all_seats",
        "as the same key of a seat"),
    Key("seats", Each("seat", "SEAT", SEAT), "The standing posts, of people and agents alike.", "",
        "seats: {founder: {title: Founder, person: David}}",
        "agents roles crew members posts people workers staff swarm personas", needed="in one file"),
    Key("actions", Each("action", "KIND", ACTION),
        "What an allowed action runs. A kind that is not listed here cannot run.", "no action can run",
        "actions: {note.append: {run: ./note, repeat: safe}}", "action tools effects commands",
        "see each of its keys; a new kind does not wait"),
    Key("subjects", Each("kind", "KIND", SUBJECT),
        "Which kind of subject belongs to another, so that a claim on the one covers the other.", "none does",
        "subjects: {person: {of: account, from: data/contacts.csv}}", "subject entities resources",
        "one changed or removed"),
    Key("secrets", Each("secret", "NAME", SECRET),
        "Where the values of secrets are, which `use` lists by name; one that is not named here is in the daemon's "
        "environment. A value never stands in a file of the fleet.", "all are in the daemon's environment",
        "secrets: {CRM_TOKEN: {file: /run/secrets/crm}}", "credentials env environment vault secret", _ANY_CHANGE),
    Key("conflicts", Some(CONFLICT), "Which seat goes first over a kind of subject.",
        "nobody goes before anybody",
        "conflicts: [{about: account, rank: [pulse, dirk], then: hold}]",
        "conflict policies policy priorities priority ranks", "one removed or weakened"),
    Key("rules", Some(RULE), "Conditions with a ruling; the strictest that is met decides.",
        "none",
        "rules: [{name: quiet, action: mail.send, then: ask founder}]",
        "rule guardrails guardrail permissions filters", "one removed or weakened, a new allow"),
    Key("handoffs", Each("name", "NAME", HANDOFF),
        "What one seat owes another, with fields and a deadline. Read and checked; nothing enforces it yet.", "none",
        "handoffs: {anomaly: {from: dash, to: [radar], within: 1h}}", "handoff workflows workflow edges flows",
        "a new one, or another form of one: it passes without the stamp of outside text"),
    Key("escalation", Each("name", "NAME", Some("step")),
        "Ladders: who is told, and after how long the next. `usual` is for all, `unanswered` for mail.",
        "everybody above the seat, 24h apart", "escalation: {usual: [answers_to, wait 2h, founder]}",
        "escalations escalate ladder ladders alerts", _ANY_CHANGE),
    Key("retired", Each("seat", "SEAT", RETIRED), "Seats that ended: why, and who took over what.", "none",
        "retired: {jeff: {title: Data Integrity, gave: {ad pacing: dash}}}",
        "retirement retirements archived removed former", "of a seat that stands in a rank"),
    Key("include", Some("yaml"), "More files with the same keys; only fleet.yaml itself may name them.",
        "fleet.yaml stands alone", "include: seats/*.yaml", "includes import imports files extends",
        "a new one, with what is new in it"),
)  # fmt: skip


def walk(keys: Keys = FLEET, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Key]]:
    """List every key with its path, `("seats", "SEAT", "reads", "path")`, those of a map after the map's own."""
    for key in keys.table:
        yield (*path, key.name), key
        yield from _inside(key.kind, (*path, key.name))


def _inside(kind: Kind, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Key]]:
    match kind:
        case Keys():
            yield from walk(kind, path)
        case Each(shown=shown, value=value):
            yield from _inside(value, (*path, shown))
        case Some(item):
            yield from _inside(item, path)
        case Either(kinds):
            for one in kinds:
                yield from _inside(one, path)
