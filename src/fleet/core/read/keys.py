"""Keys: which may stand in each map of fleet.yaml, and what people write instead of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

LATER = frozenset(("sandbox", "runner", "user", "review", "reviews", "mcp", "serve", "web"))
"""Keys of later versions of fleet."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one kind of map; `meanings` leads from other people's words to ours."""

    where: str
    names: frozenset[str]
    meanings: Mapping[str, str] = field(default_factory=dict)


def _keys(where: str, names: str, **meanings: str) -> Keys:
    """Make a table; each meaning is one of our keys and the words that people use for it."""
    words = {word: ours for ours, others in meanings.items() for word in others.split()}
    return Keys(where, frozenset(names.split()), words)


FLEET = _keys(
    "the fleet",
    "fleet timezone workdays holidays mission budget limits defaults seats actions subjects conflicts rules"
    " handoffs escalation retired include",
    fleet="name id title company organisation organization team",
    timezone="tz zone time_zone",
    workdays="weekdays working_days business_days days",
    holidays="holiday vacations days_off",
    mission="purpose goal goals description vision about",
    budget="cost money spend max_cost",
    limits="limit concurrency max_turns turns_at_once parallel",
    defaults="default common all_seats",
    seats="agents roles crew members posts people workers staff swarm personas",
    actions="action tools effects commands",
    subjects="subject entities resources",
    conflicts="conflict policies policy priorities priority ranks",
    rules="rule guardrails guardrail permissions filters",
    handoffs="handoff workflows workflow edges flows",
    escalation="escalations escalate ladder ladders alerts",
    retired="retirement retirements archived removed former",
    include="includes import imports files extends",
)

LIMITS = _keys(
    "limits",
    "turns_at_once",
    turns_at_once="concurrency max_concurrency parallel workers max_turns turns max_parallel",
)

_TERMS = {
    "budget": "cost money max_cost spend",
    "limit": "timeout deadline max_time max_duration",
    "skip_if": "skip skip_when",
    "late_after": "grace late lateness",
    "missed": "misfire on_missed catch_up catchup if_missed",
    "retries": "retry max_retries attempts",
    "good_for": "ttl valid_for fresh_for expires expiry",
    "input": "format stdin input_format",
}

DEFAULTS = _keys("defaults", " ".join(_TERMS), **_TERMS)

SEAT = _keys(
    "a seat",
    "title run python llm coding_agent a2a person login reach answers_to owns never when reads can scorecard"
    " stand_in " + " ".join(_TERMS),
    title="name role label position job",
    run="cmd command script exec program entrypoint shell bash",
    python="module function callable",
    llm="model language_model",
    coding_agent="claude codex gemini opencode",
    person="human holder employee owner",
    login="username account unix_user",
    reach="notify contact notifications email slack phone",
    answers_to="manager reports_to boss supervisor parent lead reports report_to managed_by answersto",
    owns="responsibilities functions function scope duties owner_of responsible_for accountable_for",
    never="deny forbid forbidden must_not prohibitions denied not_allowed disallow cannot",
    when="schedule cron cadence every trigger triggers interval on wakes wake at frequency",
    reads="inputs depends_on sources needs dependencies deps read subscribes listens_to data",
    can="tools permissions allow may allowed actions do ask use secrets env capabilities scopes",
    scorecard="kpi kpis metrics metric targets target score measures goals",
    stand_in="fake mock stub double standin",
    **_TERMS,
)

REACH = _keys("a way to reach a person", "run", run="cmd command script exec program notify")

READ = _keys(
    "a path read",
    "path fresh_within private outside",
    path="file files glob source",
    fresh_within="max_age fresh freshness stale_after ttl good_for newer_than",
    private="confidential secret sensitive pii internal",
    outside="untrusted external public tainted",
)

CAN = _keys(
    "can",
    "do ask use",
    do="allow allowed run actions may write",
    ask="approve approval approvals with_approval confirm",
    use="secrets env secret tokens environment credentials",
)

METRIC = _keys(
    "a metric",
    "target plausible by from source",
    target="goal objective good want",
    plausible="range between bounds sane",
    by="measured_by measured counted_by",
    source="file path origin",
)

ACTION = _keys(
    "an action",
    "run http about outside limit at_most repeat once use headers",
    run="cmd command script exec program shell",
    http="url post endpoint webhook uri",
    about="subject subjects on target kind",
    outside="external public sends",
    limit="timeout deadline max_time",
    at_most="max rate rate_limit quota limit_per",
    repeat="idempotent retry retries safe",
    once="dedupe unique only_once",
    use="secrets env secret credentials tokens",
    headers="header http_headers",
)

SUBJECT = _keys(
    "a subject kind",
    "of from",
    of="parent belongs_to in part_of",
    **{"from": "source file table path lookup csv"},
)

CONFLICT = _keys(
    "a conflict",
    "about rank within then because",
    about="subject subjects kind on over",
    rank="order ranks priority seats between first winner",
    within="window during for last",
    then="action do verdict else ruling",
    because="reason why description comment",
)

RULE = _keys(
    "a rule",
    "name seat action if then because",
    name="id title rule",
    seat="seats agent who for",
    action="actions kind on what do",
    then="verdict effect ruling decision result",
    because="reason why description message comment",
    **{"if": "when condition where expr expression unless"},
)

HANDOFF = _keys(
    "a handoff",
    "from to within with",
    to="receiver receivers target for",
    within="deadline sla by timeout",
    **{"from": "sender source owner giver", "with": "fields payload schema data carries"},
)

RETIRED = _keys(
    "a retired seat",
    "title date record because gave",
    title="name role",
    date="on when at retired_on day",
    record="file path minutes",
    because="reason why",
    gave="heirs heir handed_to gave_to functions owns",
)


def meaning(name: str, keys: Keys) -> tuple[str, ...]:
    """Find the key of ours that says what somebody else's says."""
    word = name.strip().lower().replace("-", "_").replace(" ", "_")
    if word in keys.names:
        return (word,)
    return (keys.meanings[word],) if word in keys.meanings else ()


def close(word: str, known: Iterable[str], count: int = 1) -> tuple[str, ...]:
    """Find the nearest of the known words by spelling.

    >>> close("shedule", ["schedule", "title"])
    ('schedule',)
    """
    # Only a mistake needs it, and it costs 4 ms to import.
    from difflib import get_close_matches

    return tuple(get_close_matches(word[:60], sorted(known), n=count, cutoff=0.66))
