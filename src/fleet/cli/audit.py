"""`fleet audit verify`: does every line of the ledger hold?"""

from __future__ import annotations

from dataclasses import asdict

from fleet.cli.answer import clean, print_json
from fleet.cli.flags import Flags
from fleet.cli.page import plural
from fleet.cli.progress import Progress
from fleet.errors import Typed


def audit(flags: Flags) -> int:
    """Check the ledger."""
    raise Typed("say what to do with the ledger: fleet audit verify")


def verify(flags: Flags) -> int:
    """Check every line of the ledger against the chain; exits 1 and names the first that is wrong."""
    from fleet.store.files import Files
    from fleet.store.verify import verify as walk

    files = Files(flags.root())
    with Progress(flags, "checking the ledger") as progress:
        found = walk(files, lambda share: progress.far(f"{share:.0%}"))
    files.close()
    if flags.json:
        print_json("audit", {**asdict(found), "holds": found.broken is None}, flags=flags)
    elif found.broken is not None:
        print(clean(found.broken))
        print(f"Before it {plural(found.lines, 'line')} hold. Last hash of these {found.last_hash}")
    else:
        print(f"{plural(found.lines, 'line')} of {plural(found.days, 'day')} hold.")
        print(f"Last hash {found.last_hash}")
        if found.erased:
            print(f"Erased: the data of {', '.join(map(str, found.erased))}")
        if found.torn:
            print(f"The last {found.torn} bytes are an unfinished line, which is being written or was torn.")
    return 0 if found.broken is None else 1
