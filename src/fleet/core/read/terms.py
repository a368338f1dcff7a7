"""Terms: the keys of a seat and of what stands in it; those that `defaults` may say too come first."""

from __future__ import annotations

from fleet.core.read.key import Each, Either, Key, Some, Word, tabled

_YES_NO = Word(("yes", "no"))
_WAITS_HOLDER = "any change of who or what holds the seat"

SANDBOX = tabled(
    "a sandbox",
    Key("level", Word(("off", "on", "required")),
        "How firm: `on` takes the best walls that the machine has, `required` starts no turn without them.",
        "on", "level: required", "mode kind isolation enabled", "weaker"),
    Key("read", Some("place"), "Files and folders outside the fleet that it may read and run.",
        "none but what programs of the system need", "read: [/opt/tools]",
        "reads ro readonly read_only allow_read mount mounts", "a place added"),
    Key("write", Some("place"), "Folders outside the fleet in which it may write too.",
        "only its work/ and $FLEET_OUT", "write: [~/.claude]", "writes rw allow_write writable", "a place added"),
    Key("network", Some(Either((Word(("none", "any")), "port"))),
        "What it may reach: nothing, all of the internet, or ports by TCP; 53 among them lets it ask for names.",
        "none", "network: [443, 53]", "net ports internet allow_net connect", "more of it"),
    Key("memory", "size",
        "How much memory each of its processes may have; all together are counted once a second.",
        "4GB", "memory: 2GB",
        "mem ram max_memory memory_limit", "more"),
    Key("processes", "processes", "How many processes it may have at a time, threads counted.", "128",
        "processes: 64", "procs pids max_processes nproc tasks", "more"),
    Key("files", "files", "How many files each of its processes may have open at a time.", "1024", "files: 256",
        "open_files fds nofile descriptors", "more"),
)  # fmt: skip

TERMS = (
    Key("budget", "money", "What the seat may spend. Once it is spent, its actions are held.",
        "no limit on money; the fleet's own still counts", "budget: $4 a day",
        "cost money max_cost spend", "more, or none where there was one"),
    Key("limit", "span", "The wall time of one turn. A turn past it is ended and counts as failed.",
        "10m", "limit: 10m", "timeout deadline max_time max_duration", "longer"),
    Key("skip_if", Word(("never", "nothing new")),
        "Whether a promised wake starts no program when there is no new mail and no changed input.",
        "never", "skip_if: nothing new", "skip skip_when"),
    Key("late_after", "span", "How long after its promised wake a seat's state still counts as in time.",
        "15m", "late_after: 15m", "grace late lateness", "longer"),
    Key("missed", "missed", "What becomes of a wake that came while the fleet was down or asleep.",
        "run once if under 2h late", "missed: run once if under 2h late",
        "misfire on_missed catch_up catchup if_missed"),
    Key("retries", "retries", "How often a failed turn is tried again before the matter goes up the ladder.",
        "0", "retries: 2", "retry max_retries attempts"),
    Key("good_for", "span", "How long a state holds once it is published; past that it is stale.",
        "until the next promised wake and late_after; without a clock cadence it never ends",
        "good_for: 24h", "ttl valid_for fresh_for expires expiry",
        "longer; given where there was none, or taken out"),
    Key("input", Word(("markdown", "json")), "The form in which the brief stands on the holder's stdin.",
        "markdown", "input: json", "format stdin input_format"),
    Key("sandbox", Either((Word(("off", "on", "required")), SANDBOX)),
        "Whether the kernel keeps the holder to its own files and processes; a map gives it more inside of that.",
        "off", "sandbox: on", "isolation jail container confine isolate", "a weaker level, or more of anything in it"),
)  # fmt: skip

DEFAULTS = tabled("defaults", *TERMS)

REACH = tabled(
    "a way to reach a person",
    Key("run", "command", "A command that tells him; it is given the message as JSON on stdin.",
        "nothing is run", "run: ./notify", "cmd command script exec program notify", "any change"),
)  # fmt: skip

READ = tabled(
    "a path read",
    Key("path", "path", "The files read, from the fleet folder; `*` stands for any name.",
        "", "path: data/crm/*.csv", "file files glob source", "any path that is new", needed="always"),
    Key("fresh_within", "span", "How old the files may be; older ones are given to the seat as stale.",
        "no file is too old", "fresh_within: 26h",
        "max_age fresh freshness stale_after ttl good_for newer_than", "longer, or taken out"),
    Key("private", _YES_NO, "Whether what stands in the files must not leave the house.",
        "no", "private: yes", "confidential secret sensitive pii internal", "dropped"),
    Key("outside", _YES_NO,
        "Whether strangers can write there; what a turn that read it does outside needs a yes first.",
        "no", "outside: yes", "untrusted external public tainted", "dropped"),
)  # fmt: skip

CAN = tabled(
    "can",
    Key("do", Some("action"), "Action kinds that run without asking anybody.",
        "none", "do: [crm.write, note.append]", "allow allowed run actions may write", "a kind added"),
    Key("ask", Each("action", "KIND", "seat"), "Action kinds that run after that person's yes to each one.",
        "none", "ask: {crm.offer: founder}", "approve approval approvals with_approval confirm",
        "a kind added, or another person to ask"),
    Key("use", Some("secret"), "Secrets the holder sees, by the names they have where fleet was started.",
        "none", "use: [CRM_READ_TOKEN]", "secrets env secret tokens environment credentials",
        "a secret added"),
)  # fmt: skip

METRIC = tabled(
    "a metric",
    Key("target", "target", "What counts as good.", "the value is shown and not judged",
        "target: at least 80%", "goal objective good want"),
    Key("plausible", "target", "The values that can be; one outside of them is held and told to the seat.",
        "any value", "plausible: between 0 and 200", "range between bounds sane", "dropped, or another range"),
    Key("by", Word(("seat", "ledger")),
        "Who measures it: the seat itself, or fleet from its ledger, which this version does not do yet.",
        "seat", "by: ledger", "measured_by measured counted_by", "the seat itself, where it was the ledger"),
    Key("from", "text", "Where the value comes from; the brief tells it to the seat beside the target.",
        "nothing is said", "from: the CRM's own report", "source file path origin"),
)  # fmt: skip

CRON = tabled(
    "a cadence",
    Key("cron", "cron", "Five fields of cron, 1 = Monday.", "", 'cron: "15 7 * * 1-5"',
        "schedule expression", needed="always"),
)  # fmt: skip

SEAT = tabled(
    "a seat",
    Key("title", "text", "What the post is called.", "", "title: Client Retention",
        "name role label position job", needed="always"),
    Key("run", "command", "The program that holds the seat: started in seats/SEAT/ for each turn, without a shell.",
        "with no other holder it is a planned seat", "run: python agent.py",
        "cmd command script exec program entrypoint shell bash", _WAITS_HOLDER),
    Key("python", "text", "A Python function that holds the seat. This version does not start it.",
        "another kind of holder, or none", "python: desk:turn", "module function callable", _WAITS_HOLDER),
    Key("llm", "text", "A language model that holds the seat. This version does not start it.",
        "another kind of holder, or none", "llm: a-model", "model language_model", _WAITS_HOLDER),
    Key("coding_agent", "text",
        "A coding agent that holds the seat. This version does not start it; its command line works as `run`.",
        "another kind of holder, or none", "coding_agent: an-agent", "claude codex gemini opencode",
        _WAITS_HOLDER),
    Key("a2a", "text", "An agent elsewhere, by its address. This version does not start it.",
        "another kind of holder, or none", "a2a: https://agents.example/desk", "", _WAITS_HOLDER),
    Key("person", "text", "The name of the person who holds the seat.", "another kind of holder, or none",
        "person: David", "human employee owner", _WAITS_HOLDER),
    Key("login", "text", "The user of this machine who is this person.",
        "nobody is known by his login; then say --as PERSON", "login: david",
        "username account unix_user", "any change"),
    Key("reach", Some(REACH), "Commands by which an escalation gets to this person.",
        "he finds it with fleet inbox", "reach: [{run: ./notify}]",
        "notify contact notifications email slack phone", "any change"),
    Key("answers_to", "seat", "The seat above: who is asked and told when something goes wrong here.",
        "nobody; every chain ends at such a person", "answers_to: founder",
        "manager reports_to boss supervisor parent lead reports report_to managed_by answersto",
        "another seat", needed="of an agent"),
    Key("owns", Some("text"), "The functions that are this seat's; each has one owner over the whole fleet.",
        "nothing", "owns: [client health, watch list]",
        "responsibilities functions function scope duties owner_of responsible_for accountable_for",
        needed="of an agent"),
    Key("never", Some("never"), "Action kinds and subjects that are refused, whatever `can` says.",
        "nothing", "never: [crm.delete, account:acme]",
        "deny forbid forbidden must_not prohibitions denied not_allowed disallow cannot",
        "something taken out"),
    Key("when", Some(Either(("cadence", CRON))),
        "When the seat is woken: one cadence or several, in words for time.",
        "it is woken at its first start and by a person only",
        "when: [weekdays at 07:15, when mail arrives]",
        "schedule cron cadence every trigger triggers interval on wakes wake at frequency"),
    Key("reads", Some(Either(("seat", READ))),
        "What each turn is given: the states of seats, by their names, and files, as maps with a path.",
        "mail only", "reads: [dash, {path: data/crm/*.csv, fresh_within: 26h}]",
        "inputs depends_on after sources needs dependencies deps read subscribes listens_to data",
        "a path added (states are not)"),
    Key("can", CAN, "What the seat may do outside, what only after a yes, and which secrets it sees.",
        "nothing", "can: {do: [note.append], ask: {crm.offer: founder}}",
        "tools permissions allow may allowed actions do ask use secrets env capabilities scopes",
        "a kind or a secret more, a yes less"),
    Key("scorecard", Each("metric", "METRIC", Either(("target", METRIC))),
        "The numbers by which the seat is judged, each with its target.", "none",
        "scorecard: {qualified_meetings: at least 6 a week}",
        "kpi kpis metrics metric targets target score measures goals", needed="of an agent"),
    Key("user", "user", "As whom of the machine's users the holder runs; only where fleet was started by root.",
        "as the daemon's own user", "user: fleet-dash", "run_as uid as_user unix_user_of_holder", "any change"),
    Key("review", "date",
        "The day by which a person looks whether the seat is still needed and its permissions right; past it the seat "
        "is shown as due, and goes on.",
        "no day", "review: 2027-01-15", "review_by review_date recertify expires_on audit_by"),
    Key("stand_in", "text", "A command that a rehearsal starts in place of a paid holder.",
        "the rehearsal starts the holder itself", "stand_in: sh cheap.sh", "fake mock stub double standin"),
    *TERMS,
)  # fmt: skip
