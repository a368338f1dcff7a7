"""The sandbox of a seat: how it is read, what of an edit to it waits, and what a machine makes of it."""

from __future__ import annotations

import pytest

from fleet.core import kept
from fleet.core.chart import Chart, Sandbox
from fleet.core.edit.compare import compare
from fleet.core.edit.walls import gains
from fleet.core.isolation import Machine, isolation, refusal, summary
from fleet.core.mistake import Mistake
from fleet.store.chart import read_text

CHART = """\
fleet: test
timezone: UTC
seats:
  ann: {title: Boss, person: Ann, reads: [dash]}
  dash: {title: Numbers, run: sh agent.sh, answers_to: ann, owns: [numbers], scorecard: {done: all}}
"""
WHOLE = Machine(landlock=7, filters=True, bubblewrap=True, switches=True, kind="x86_64")
BARE = Machine(kind="riscv64")


def read(said: str = "", *, defaults: str = "") -> tuple[Chart | None, list[Mistake]]:
    """Read a chart in which dash says this."""
    text = CHART.replace("{done: all}}", f"{{done: all}}{', ' if said else ''}{said}}}")
    text += f"defaults: {{{defaults}}}\n" if defaults else ""
    chart, mistakes = read_text({"fleet.yaml": text})
    return chart, [m for m in mistakes if m.level == "error"]


def chart_of(said: str = "", *, defaults: str = "") -> Chart:
    chart, mistakes = read(said, defaults=defaults)
    assert chart is not None, mistakes
    return chart


@pytest.mark.parametrize(
    ("said", "sandbox"),
    [
        ("", Sandbox()),
        ("sandbox: on", Sandbox("on")),
        ("sandbox: required", Sandbox("required")),
        ("sandbox: {level: on}", Sandbox("on")),
        ("sandbox: {network: any}", Sandbox("on", ports=None)),  # a map without a level is on
        ("sandbox: {network: none}", Sandbox("on", ports=())),
        ("sandbox: {network: [443, 53, 443]}", Sandbox("on", ports=(53, 443))),
        ("sandbox: {network: 443}", Sandbox("on", ports=(443,))),
        (
            "sandbox: {read: [/opt/tools/, ~/x], write: ~/.claude}",
            Sandbox("on", ("/opt/tools", "~/x"), ("~/.claude",)),
        ),
        (
            "sandbox: {memory: 512MB, processes: 8, files: 64}",
            Sandbox("on", memory=512 << 20, processes=8, files=64),
        ),
    ],
)
def test_a_sandbox_is_a_word_or_a_map(said: str, sandbox: Sandbox) -> None:
    assert chart_of(said).seats["dash"].sandbox == sandbox


@pytest.mark.parametrize(
    ("said", "code", "column_of"),
    [
        ("sandbox: yes", "F405", "yes"),
        ("sandbox: {level: firm}", "F405", "firm"),
        ("sandbox: {read: data}", "F408", "data"),  # what the fleet has is read by `reads`
        ("sandbox: {write: [/srv/../etc]}", "F408", "/srv/../etc"),
        ("sandbox: {read: [/opt/*]}", "F408", "/opt/*"),
        ("sandbox: {network: [any, 443]}", "F404", "[any"),
        ("sandbox: {network: 70000}", "F409", "70000"),
        ("sandbox: {network: https}", "F409", "https"),
        ("sandbox: {memory: 2 gigs}", "F321", "2 gigs"),
        ("sandbox: {memory: 1MB}", "F321", "1MB"),
        ("sandbox: {processes: 0}", "F409", "0}"),
        ("sandbox: {files: 3}", "F409", "3}"),
        ("sandbox: {cpus: 2}", "F401", "cpus"),
        ("user: Not A User", "F406", "Not A"),
    ],
)
def test_what_no_sandbox_can_be_is_told_at_its_place(said: str, code: str, column_of: str) -> None:
    _, mistakes = read(said)
    assert [m.code for m in mistakes] == [code]
    line = CHART.splitlines()[4].replace("{done: all}}", f"{{done: all}}, {said}}}")
    assert mistakes[0].place.column == line.index(column_of) + 1


@pytest.mark.parametrize(
    ("said", "tries"),
    [
        ("sandbox: yes", ("on",)),
        ("sandbox: no", ("off",)),
        ("sandbox: {level: true}", ("on",)),
        ("sandbox: {network: http}", ("[80, 443, 53]",)),
        ("sandbox: {network: HTTPS}", ("[443, 53]",)),
        ("sandbox: {network: [https, 53]}", ("443",)),
        ("sandbox: {network: yes}", ("any",)),
        ("sandbox: {network: off}", ("none",)),
        ("sandbox: {network: gopherwire}", ()),
    ],
)
def test_what_a_sandbox_is_likely_to_mean_is_told(said: str, tries: tuple[str, ...]) -> None:
    (mistake,) = read(said)[1]
    assert mistake.tries == tries


def test_a_seat_that_says_nothing_has_the_sandbox_of_the_defaults_and_a_person_none() -> None:
    chart = chart_of(defaults="sandbox: required")
    assert chart.seats["dash"].sandbox.level == "required"
    assert chart.seats["ann"].sandbox.level == "off"
    assert chart_of("sandbox: off", defaults="sandbox: required").seats["dash"].sandbox.level == "off"


def test_a_chart_that_is_kept_keeps_its_sandboxes_and_users() -> None:
    chart = chart_of("sandbox: {read: /opt, network: [443], memory: 1GB}, user: dash", defaults="sandbox: on")
    again = kept.read(kept.written(chart, "k"), "k")
    assert again is not None
    assert (again.seats, again.terms) == (chart.seats, chart.terms)


LOOSER = [
    ("sandbox: required", "sandbox: on", "dash has its sandbox on, not required"),
    ("sandbox: on", "sandbox: off", "dash has its sandbox off, not on"),
    ("sandbox: on", "", "dash has its sandbox off, not on"),
    ("sandbox: on", "sandbox: {read: /opt}", "dash may read /opt"),
    ("sandbox: on", "sandbox: {write: /var/x}", "dash may write in /var/x"),
    ("sandbox: {read: /opt}", "sandbox: {write: /opt}", "dash may write in /opt"),
    ("sandbox: on", "sandbox: {network: 443}", "dash may reach port 443"),
    ("sandbox: {network: 443}", "sandbox: {network: any}", "dash may reach any network"),
    ("sandbox: on", "sandbox: {memory: 8GB}", "dash may have 8GB of memory, not 4GB"),
    ("sandbox: on", "sandbox: {processes: 999, files: 9999}",
     "dash may have 999 processes, not 128 and may have 9999 files open, not 1024"),
    ("", "user: x", "dash runs as x, not as the daemon's own user"),
    ("user: x", "user: y", "dash runs as y, not as x"),
    ("user: x", "", "dash runs as the daemon's own user, not as x"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after", "says"), LOOSER)
def test_what_gives_a_holder_more_room_waits_and_is_put_back(before: str, after: str, says: str) -> None:
    changes = compare(chart_of(before), chart_of(after))
    assert [c.says for c in changes if c.kind == "loosens"] == [says]


@pytest.mark.parametrize(
    ("before", "after", "kinds"),
    [
        ("", "sandbox: on", ["tightens"]),
        ("", "sandbox: {read: /opt, network: any}", ["tightens"]),  # without a sandbox it had all of that
        ("sandbox: on", "sandbox: required", ["tightens"]),
        ("sandbox: {network: any}", "sandbox: {network: 443}", ["tightens"]),
        ("sandbox: {network: [443, 80]}", "sandbox: {network: 80}", ["tightens"]),
        ("sandbox: {write: /opt}", "sandbox: {read: /opt}", ["tightens"]),
        ("sandbox: on", "sandbox: {memory: 1GB, processes: 9}", ["tightens"]),
        ("sandbox: on", "sandbox: {level: on}", []),
    ],
)
def test_what_gives_it_less_is_in_force_at_once(before: str, after: str, kinds: list[str]) -> None:
    assert [c.kind for c in compare(chart_of(before), chart_of(after))] == kinds


def test_defaults_that_give_more_wait_once_for_all_seats() -> None:
    changes = compare(chart_of(defaults="sandbox: on"), chart_of(defaults="sandbox: {network: any}"))
    assert [(c.kind, c.says) for c in changes] == [
        ("loosens", "defaults let a seat that says nothing else: may reach any network")
    ]


def test_a_new_seat_has_no_more_room_than_the_defaults_and_no_user_until_a_person_says_so() -> None:
    old, _ = read_text(
        {"fleet.yaml": CHART.split("  dash")[0].replace(", reads: [dash]", "") + "defaults: {sandbox: on}\n"}
    )
    new = chart_of("sandbox: off, user: dash", defaults="sandbox: on")
    assert old is not None
    waits = [c.says for c in compare(old, new) if c.kind == "loosens"]
    assert waits == ["dash runs as dash", "dash has its sandbox off, not on"]


def test_less_is_never_more() -> None:
    kinds = [
        Sandbox(level, ports=ports, memory=memory)  # type: ignore[arg-type]
        for level in ("off", "on", "required")
        for ports in (None, (), (443,), (443, 80))
        for memory in (1 << 30, 2 << 30)
    ]
    for one in kinds:
        assert gains(one, one) == ""
        for other in kinds:
            if one.level == other.level == "on" and one != other:
                assert gains(one, other) or gains(other, one)


@pytest.mark.parametrize(
    ("said", "machine", "says", "refused"),
    [
        ("", WHOLE, "none", ""),
        ("sandbox: on", WHOLE, "landlock v7 + seccomp", ""),
        ("sandbox: on, user: x", WHOLE, "landlock v7 + seccomp, user x", ""),
        ("user: x", WHOLE, "user x", ""),
        ("sandbox: on", Machine(bubblewrap=True), "bubblewrap", ""),
        ("sandbox: on", BARE, "none", ""),  # the best that this machine gives, and status says so
        ("sandbox: on, user: x", Machine(switches=True), "user x", ""),
        ("sandbox: required", WHOLE, "landlock v7 + seccomp", ""),
        ("sandbox: required", Machine(bubblewrap=True), "bubblewrap", ""),
        ("sandbox: required", BARE, "none", "this kernel has no Landlock, and bwrap is not installed"),
        ("sandbox: required, user: x", Machine(switches=True), "user x", "this kernel has no Landlock"),
        (
            "sandbox: required",
            Machine(landlock=7, kind="riscv64"),
            "landlock v7",
            "no filter of calls for riscv64",
        ),
        (
            "sandbox: required",
            Machine(landlock=2, filters=True),
            "landlock v2 + seccomp",
            "v2 does not keep files",
        ),
        (
            "sandbox: {level: required, network: 443}",
            Machine(landlock=3, filters=True),
            "landlock v3 + seccomp",
            "Landlock v3 does not know ports",
        ),
        (
            "sandbox: {level: required, network: 443}",
            Machine(bubblewrap=True),
            "bubblewrap",
            "bubblewrap cannot let a program reach some ports only",
        ),
        ("user: x", BARE, "user x", "its `user: x` needs a daemon that may switch users (root)"),
    ],
)
def test_a_machine_gives_what_it_has_and_a_seat_that_requires_more_is_refused_by_name(
    said: str, machine: Machine, says: str, refused: str
) -> None:
    seat = chart_of(said).seats["dash"]
    assert isolation(seat, machine).says == says
    assert (refused in refusal(seat, machine)) if refused else refusal(seat, machine) == ""


def test_status_says_none_first_where_one_seat_is_not_kept_apart() -> None:
    assert summary({}) == "none"
    assert summary({"a": "none", "b": "none"}) == "none"
    assert summary({"a": "user x", "b": "user x"}) == "user x"
    assert summary({"a": "user x", "b": "none", "c": "none"}) == "none (2 seats); user x (a)"
