"""`fleet service`: a unit of systemd that runs this fleet, with readiness, watchdog and hardening."""

from __future__ import annotations

import os
import re
import shlex
import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

from fleet.cli.answer import print_json
from fleet.cli.ask import say_aside
from fleet.cli.flags import Flags
from fleet.cli.takes import option
from fleet.errors import Refused

if TYPE_CHECKING:
    from fleet.core.chart import Chart

GRACE = timedelta(seconds=30)
"""What a drain gets beside the longest turn or action: to stop programs, and to write what they came to."""

UNIT = """\
# {unit}: the fleet {name}, as printed by `fleet service`.
# {install}
# Secrets: lines NAME=value in {secrets}, mode 0600, owned by {owner}.
[Unit]
Description=fleet {name}
After=network-online.target time-sync.target
Wants=network-online.target
StartLimitIntervalSec=10min
StartLimitBurst=5

[Service]
Type=notify
NotifyAccess=main
ExecStart={start}
ExecReload=/bin/kill -HUP $MAINPID
EnvironmentFile=-{secrets}
Environment=PYTHONUNBUFFERED=1
{identity}UMask=0027
Restart=on-failure
RestartSec=2s
# 2: what was typed cannot be used; 6: another daemon has this fleet. Starting again would not help.
RestartPreventExitStatus=2 6
# It reads its ledger from the last checkpoint, which takes seconds for a thousand seats.
TimeoutStartSec=5min
# SIGTERM finishes what runs and starts nothing; the longest turn or action may take {longest}.
TimeoutStopSec={stop_s}s
KillMode=mixed
# The loop reports that it lives twice as often as this.
WatchdogSec=1min
WatchdogSignal=SIGKILL
TasksMax=4096
LimitNOFILE=65536
OOMPolicy=continue
{hardening}
[Install]
WantedBy={target}
"""

HARDENING = """
# The holders are inside these walls too. One that must write elsewhere needs a line ReadWritePaths= of its own.
ProtectSystem=strict
ReadWritePaths={root}
ProtectHome={home}
PrivateTmp={tmp}
PrivateDevices=yes
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
RestrictSUIDSGID=yes
RestrictRealtime=yes
RestrictNamespaces=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
LockPersonality=yes
RemoveIPC=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
"""


def service(
    flags: Flags,
    *,
    user: Annotated[
        bool, option("--user", help="For `systemctl --user`, without root and without walls.")
    ] = False,
) -> int:
    """Print a systemd unit for this fleet; changes nothing."""
    from fleet.cli.check import read_chart

    root = flags.root()
    if not root.isprintable():
        raise Refused(f"{root!r}: systemd cannot be given this path; move the fleet to one that can be typed")
    chart, _, _ = read_chart(flags)
    text = unit(root, chart, user=user)
    name = _unit_name(root, chart)
    if not user and _owner(root) == "root":
        say_aside(
            flags, f"{root} belongs to root, so every holder would run as root; better: chown -R USER {root}"
        )
    if flags.json:
        print_json("service", {"unit": name, "text": text}, flags=flags)
    else:
        print(text, end="")
    return 0


def unit(root: str, chart: Chart | None, *, user: bool) -> str:
    """Write the unit of the fleet in a folder; a chart with mistakes only lacks its name and its limits."""
    name, owner = _unit_name(root, chart), _owner(root)
    longest = _longest(chart)
    needed = (root, os.path.realpath(sys.executable), sys.prefix)
    home = "read-only" if any(map(_lies_in_home, needed)) else "yes"
    tmp = "no" if any(one.startswith(("/tmp/", "/var/tmp/")) for one in needed) else "yes"
    secrets = f"%h/.config/fleet/{name}.env" if user else f"/etc/fleet/{name}.env"
    words = [sys.executable, "-P", "-m", "fleet", "-C", root, "up"]
    return UNIT.format(
        unit=f"{name}.service",
        name=_plain(chart.name if chart and chart.name else os.path.basename(root)),
        install=_install(name, user=user),
        secrets=secrets,
        owner="you" if user else "root",
        start=" ".join(_word(word) for word in words),
        identity="" if user else f"User={owner}\n",
        longest=_said(longest),
        stop_s=int((longest + GRACE).total_seconds()),
        hardening="" if user else HARDENING.format(root=_path(root), home=home, tmp=tmp),
        target="default.target" if user else "multi-user.target",
    )


def _install(name: str, *, user: bool) -> str:
    if user:
        folder = "~/.config/systemd/user"
        return f"fleet service --user >{folder}/{name}.service && systemctl --user enable --now {name}"
    folder = "/etc/systemd/system"
    return f"fleet service | sudo tee {folder}/{name}.service && sudo systemctl enable --now {name}"


def _unit_name(root: str, chart: Chart | None) -> str:
    """Name the unit after the fleet, in characters that every shell and systemd leave alone; else after its folder."""
    for text in (chart.name if chart else "", os.path.basename(root)):
        name = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
        if name:
            return f"fleet-{name}"
    return "fleet"


def _owner(root: str) -> str:
    """Name whose the folder is; systemd takes a number where there is no name."""
    import pwd

    number = os.stat(root).st_uid
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def _longest(chart: Chart | None) -> timedelta:
    """The longest that a turn or an action of the chart may take."""
    if chart is None:
        return timedelta(minutes=10)
    spans = [seat.limit for seat in chart.seats.values()] + [kind.limit for kind in chart.actions.values()]
    return max(spans, default=timedelta(minutes=10))


def _lies_in_home(root: str) -> bool:
    return any(root == home or root.startswith(f"{home}/") for home in ("/home", "/root", "/run/user"))


def _said(span: timedelta) -> str:
    from fleet.cli.times import span as said

    return said(span.total_seconds())


def _plain(text: str) -> str:
    """A text for a comment or a description: one line, and no specifier of systemd."""
    return "".join(c if c.isprintable() else " " for c in text).replace("%", "%%").strip()


def _word(word: str) -> str:
    """A word of ExecStart: quoted where it must be; `%` and `$` stand for themselves."""
    text = word.replace("%", "%%").replace("$", "$$")
    return text if shlex.quote(word) == word else _quoted(text)


def _path(path: str) -> str:
    """A path in a list of paths, which are told apart by blanks."""
    text = path.replace("%", "%%")
    return text if shlex.quote(path) == path else _quoted(text)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
