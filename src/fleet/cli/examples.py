"""Examples: calls that show what each verb is good for, as its help ends with them."""

from __future__ import annotations

from collections.abc import Mapping

EXAMPLES: Mapping[str, tuple[str, ...]] = {
    "init": (
        "fleet init",
        "fleet init agency --from sneeze-it",
    ),
    "check": (
        "fleet check",
        "fleet check --strict --format github",
        "./agent | fleet check --result -",
    ),
    "up": (
        "fleet up",
        "fleet up -d",
    ),
    "status": (
        "fleet status",
        "fleet status dirk",
    ),
    "tail": (
        "fleet tail -f",
        "fleet tail dirk --kind log -n 1",
    ),
    "approve": (
        "fleet approve",
        "fleet approve a-31",
    ),
    "inbox": (
        "fleet inbox",
        "fleet inbox dirk",
    ),
    "down": (
        "fleet down",
        "fleet down --now",
    ),
    "plan": (
        "fleet plan",
        "fleet plan --exit-code",
    ),
    "rehearse": (
        "fleet rehearse --for 7d",
        "fleet rehearse --script monday.yaml --strict",
    ),
    "apply": (
        "fleet apply",
        "fleet apply --revision 41",
    ),
    "simulate": (
        "fleet simulate --for 7d",
        "fleet simulate --inject 'pulse claims account:acme at mon 06:00'",
    ),
    "wake": (
        "fleet wake dirk",
        "fleet wake dirk --wait --because 'new lead'",
    ),
    "pause": (
        "fleet pause dirk --for 2h --because 'on holiday'",
        "fleet pause account:acme --because 'in dispute'",
    ),
    "resume": (
        "fleet resume dirk",
        "fleet resume --all",
    ),
    "deny": ("fleet deny a-31 --because 'speak to pulse first'",),
    "publish": ("fleet publish founder state.md --until 1d",),
    "chart": ("fleet chart", "fleet chart --svg > chart.svg"),
    "service": ("fleet service > fleet.service",),
    "why": (
        "fleet why a-31",
        "fleet why dirk",
    ),
    "trace": (
        "fleet trace a-31",
        "fleet trace account:acme --up",
    ),
    "rules": ("fleet rules --since 7d", "fleet rules test", "fleet rules backtest --since 30d"),
    "audit": (
        "fleet audit --by founder --since 30d",
        "fleet audit --overrides",
        "fleet audit --rule no-expansion-in-dispute",
    ),
    "explain": (
        "fleet explain F310",
        "fleet explain 'every 4h from 06:30 to 18:30 on weekdays'",
    ),
    "brief": (
        "fleet brief dirk",
        "fleet brief dirk | ./agent | fleet check --result -",
    ),
    "emit": (
        "fleet emit metric calls 12",
        "fleet emit claim account:acme --until 4h",
    ),
    "inbox read": ("fleet inbox read m-2198",),
    "inbox send": (
        'fleet inbox send dirk -m "Acme has paid."',
        "fleet inbox send dirk --type REQUEST --answer-by 4h -m -",
    ),
    "inbox done": ("fleet inbox done m-2198",),
    "inbox retry": ("fleet inbox retry m-2198",),
    "audit verify": ("fleet audit verify",),
    "audit erase": (
        "fleet audit erase 48113 --because 'asked to by the client'",
        "fleet audit erase --secret CRM_TOKEN --because 'it was printed' --dry-run",
    ),
    "rules show": (
        "fleet rules show no-expansion-in-dispute",
        "fleet rules show no-expansion-in-dispute --json",
    ),
    "rules test": (
        "fleet rules test",
        "fleet rules test no-expansion-in-dispute --mutants",
        "fleet rules test edited.yaml --strict",
    ),
    "rules backtest": (
        "fleet rules backtest",
        "fleet rules backtest edited.yaml --since 90d --seat dirk",
        "fleet rules backtest --unchanged --exit-code",
    ),
    "emit message": ("fleet emit message --to dirk --subject 'Acme has paid' -m 'In full.'",),
    "emit claim": ("fleet emit claim account:acme --until 4h",),
    "emit action": ('fleet emit action crm.write --about account:acme --with \'{"stage": "won"}\'',),
    "emit metric": ("fleet emit metric calls 12",),
    "emit escalate": ("fleet emit escalate --because 'two invoices disagree' --option 'trust the CRM'",),
    "emit checkpoint": ("fleet emit checkpoint '{\"page\": 12}'",),
}
"""By the verb, or the verb and its own: the simplest first."""
