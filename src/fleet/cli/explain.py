"""`fleet explain`: what a code, a key of fleet.yaml, a cadence or a format means; alone, what can be explained."""

from __future__ import annotations

import re
import textwrap
from typing import Annotated

from fleet.cli.answer import print_json
from fleet.cli.coded import show_code
from fleet.cli.flags import Flags
from fleet.cli.takes import argument, option
from fleet.errors import Typed

MOST = 10_000  # instants
WIDE = 80  # columns
NEAR = 3  # words that somebody may have meant
IDS = re.compile("[tmair]-[1-9][0-9]*")


def explain(
    flags: Flags,
    *,
    what: Annotated[
        list[str] | None,
        argument(metavar="WHAT", help="A cadence in quotes, a code, a key.", show_default=False),
    ] = None,
    number: Annotated[int | None, option("-n", metavar="N", min=1, max=MOST, help="How many wakes.")] = None,
    start: Annotated[str, option("--from", metavar="TIME", help="Wakes after this instant.")] = "",
    timezone: Annotated[str, option("--timezone", metavar="ZONE", help="As Europe/Berlin.")] = "",
) -> int:
    """Explain a cadence (in quotes), a key of fleet.yaml, a code such as F310, or a format.

    Alone it lists what there is. `fleet explain schema` prints fleet.yaml as JSON Schema.
    """
    text = " ".join(what or ()).strip()
    if not text:
        return _show_all(flags)
    if re.fullmatch("[Ff][0-9]+", text):
        return show_code(flags, text)
    if text.lower() in ("schema", "json schema"):
        return _show_schema(flags)
    if _show_known(flags, text):
        return 0
    from fleet.cli.timed import Asked, is_cadence, show_cadence

    if is_cadence(text):
        return show_cadence(flags, text, Asked(number or 0, start, timezone))
    raise _unknown(flags, text)


def _show_schema(flags: Flags) -> int:
    from fleet.core.schema import chart_schema, schema_text
    from fleet.store.yaml import read_plain

    if flags.json:
        print_json("explain", chart_schema(read_plain), flags=flags)
    else:
        print(schema_text(read_plain), end="")
    return 0


def _show_known(flags: Flags, text: str) -> bool:
    """Print what a word means, a topic, and the keys of that name; says whether there is any."""
    from fleet.cli.keyed import as_json, page, rows_of
    from fleet.cli.topics import meaning_of, text_of, topic_of

    topic, rows, meaning = topic_of(text), rows_of(text), meaning_of(text)
    if flags.json and (topic or rows or meaning):
        told = {"meaning": meaning or None, "topic": topic or None, "text": text_of(topic) if topic else None}
        print_json("explain", {**told, "keys": [as_json(row) for row in rows]}, flags=flags)
        return True
    parts = [textwrap.fill(meaning, WIDE, subsequent_indent="  ", break_on_hyphens=False)] if meaning else []
    parts += [text_of(topic)] if topic else []
    keys = ["\n".join(page(row)) for row in rows]
    if parts and keys:
        keys[0] = f"As a key of fleet.yaml:\n{keys[0]}"
    if parts or keys:
        print("\n\n".join([*parts, *keys]))
    return bool(parts or keys)


def _show_all(flags: Flags) -> int:
    from fleet.cli.topics import FORMATS, GRAMMARS
    from fleet.core.read.keys import FLEET, walk

    names = sorted({key.name for _, key in walk()} - {key.name for key in FLEET.table})
    if flags.json:
        keys = [".".join(path) for path, _ in walk()]
        told = {"formats": FORMATS, "grammars": GRAMMARS, "keys": keys}
        print_json("explain", told, flags=flags)
        return 0
    top = [key.name for key in FLEET.table]
    print(ALL.format(*(_listed(part) for part in (FORMATS, GRAMMARS, top, names))))
    return 0


ALL = """\
fleet explain WHAT
  fleet explain "weekdays at 07:15"    when a cadence wakes a seat
  fleet explain F310                   what a mistake means, how to mend it
  fleet explain good_for               a key of fleet.yaml
  fleet explain seats.reads.path       the same, where several have that name
  fleet explain state                  a file or a form, with an example
  fleet explain stale                  a word on a screen: unmetered, matter
  fleet explain schema                 fleet.yaml as JSON Schema, for editors

Files and forms
{}

Words and numbers
{}

Keys of fleet.yaml
{}
and inside of these
{}"""


def _listed(words: tuple[str, ...] | list[str]) -> str:
    return textwrap.fill("  ".join(words), WIDE, initial_indent="  ", subsequent_indent="  ")


def _unknown(flags: Flags, text: str) -> Typed:
    """Say that nothing is called so, and what is near: by meaning, then by spelling."""
    from fleet.cli.verbs import VERBS
    from fleet.core.read.keys import LATER

    if IDS.fullmatch(text) or _is_seat(flags, text):
        return Typed(f"{text} is explained by: fleet why {text}")
    if text in {verb.name for verb in VERBS}:
        return Typed(f"{text} is explained by: fleet {text} --help")
    if text in LATER:
        return Typed(f"{text!r} belongs to a later version of fleet; take it out of fleet.yaml for now")
    found = list(dict.fromkeys(_meant(text) or _spelled(text)))[:NEAR]
    hint = " or ".join(f"fleet explain {word}" for word in found)
    told = f"Did you mean: {hint}" if found else "What there is: fleet explain"
    return Typed(f"there is nothing called {text[:60]!r} to explain. {told}")


def _meant(text: str) -> list[str]:
    """The keys that people call so."""
    from fleet.core.read.keys import walk

    word = re.sub(r"[ -]+", "_", text.lower())
    return [key.name for _, key in walk() if word in key.called.split()]


def _spelled(text: str) -> list[str]:
    from difflib import get_close_matches

    from fleet.cli.topics import ALSO, FORMATS, GRAMMARS, words
    from fleet.core.read.keys import walk
    from fleet.core.read.near import called

    keys = {key.name for _, key in walk()}
    known = {word: word for word in (*FORMATS, *GRAMMARS, *sorted(keys), "schema", *words())} | ALSO
    others: dict[str, str] = {}
    for _, key in walk():
        for word in key.called.split():
            if word not in known:
                others.setdefault(word, key.name)
    near = get_close_matches(text.lower()[:60].replace(" ", "_"), known, n=NEAR, cutoff=0.8)
    return list(called(text, others)) or [known[word] for word in near]


def _is_seat(flags: Flags, text: str) -> bool:
    """Whether the fleet around has a seat of that name, as far as its chart can be read."""
    from fleet.core.names import is_seat_id
    from fleet.errors import FleetError

    if not is_seat_id(text) or flags.find() is None:
        return False
    from fleet.cli.ask import open_view

    try:
        return text in open_view(flags).chart.seats
    except FleetError:
        return False
