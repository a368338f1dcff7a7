"""`fleet brief`: what a seat would be given if it were woken now."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated, Any

from fleet.cli.answer import print_json
from fleet.cli.ask import ANSWER_S, ask_daemon, open_view, say_aside, seat_of
from fleet.cli.flags import Flags
from fleet.cli.takes import argument
from fleet.errors import Broken, NotRunning

if TYPE_CHECKING:
    from fleet.runtime.view import View


def brief(
    flags: Flags,
    *,
    seat: Annotated[str, argument(metavar="SEAT", help="Whose brief.", show_default=False)],
) -> int:
    """Print what a seat would be given on stdin now, or all of it with --json; nothing is changed."""
    view = open_view(flags)
    found = _shown(flags, view, seat_of(view, seat))
    for said in found["aside"]:
        say_aside(flags, said)
    revision = view.account.revision
    if flags.json:
        print_json("brief", found["brief"], flags=flags, revision=revision.id if revision else None)
    else:
        print(found["text"])
    return 0


def _shown(flags: Flags, view: View, seat: str) -> dict[str, Any]:
    """Have the daemon show it, which knows the secrets; where none runs, show it by what this process may know."""
    try:
        return ask_daemon(flags, "brief", {"seat": seat, "whole": flags.json}, wait_s=ANSWER_S)
    except NotRunning:
        pass
    except Broken as exc:
        say_aside(
            flags,
            f"fleet: {exc}. This is what the files say; secrets that only the daemon has may stand in it.",
        )
    from fleet.runtime.brief import shown
    from fleet.runtime.secrets import Secrets

    secrets = Secrets(view.files.root, os.environ)
    secrets.use(view.chart)
    return shown(view, secrets, seat, flags.now(), whole=flags.json)
