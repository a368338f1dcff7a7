"""Meant: says of a name or an id that leads to nothing what is wrong with it, and which was most likely meant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from fleet.cli.nearest import KINDS, as_id, kind_of, nearest
from fleet.errors import Typed

if TYPE_CHECKING:
    from fleet.runtime.view import View

SHOWN = 60
"""Letters of a word that are said back."""
MOST = 12
"""Names that are listed; of a thousand seats no more."""
LISTED = {
    "a": "`fleet approve` lists what waits for a person",
    "m": "`fleet inbox` lists the mail there is",
    "r": "`fleet audit` and `fleet tail --kind all` show them",
}


def no_seat(word: str, known: Sequence[str], people: Mapping[str, str] | None = None) -> Typed:
    """Tell of a seat that is not there; `people` says who holds which."""
    if _is_of_something(word):
        return Typed(f"{word[:SHOWN]} is {kind_of(word) or 'a subject'}, not a seat. See: {_shows(word)}")
    held = {name.lower(): seat for seat, name in (people or {}).items()}
    found = held.get(word.lower(), "") or nearest(word, known)
    return Typed(
        f"there is no seat {word[:SHOWN]!r}. {f'Did you mean {found}?' if found else _there_are(known)}"
    )


def no_id(view: View, word: str, letter: str) -> Typed:
    """Tell of a word that is not an id of the kind that a verb takes, or is one of nothing."""
    what = KINDS[letter]
    name = what.partition(" ")[2]
    if kind_of(word) == what:
        return Typed(f"there is no {name} {word[:SHOWN]}{_newest(view, letter)}; {LISTED[letter]}")
    if kind_of(word) or _is_of_something(word):
        return Typed(
            f"{word[:SHOWN]!r} is no {name}: it is {kind_of(word) or 'a subject'}. See: {_shows(word)}"
        )
    folded = as_id(word, letter)
    if folded:
        return Typed(f"{word[:SHOWN]!r} is no {name}. Did you mean {folded}?")
    if word in seats_of(view):
        return Typed(f"{word!r} is no {name}: it is a seat. See: fleet status {word}")
    return Typed(f"{word[:SHOWN]!r} is no {name}: one is called as {letter}-31; {LISTED[letter]}")


def nothing_of(view: View, word: str, subjects: Sequence[str] = ()) -> Typed:
    """Tell of a word that should have been a seat, an id or a subject, and of which the ledger has nothing."""
    if word in seats_of(view):
        return Typed(f"{word} is a seat. See: fleet why {word}, fleet tail {word}")
    if ":" in word and "@" not in word.partition(":")[0]:
        near = nearest(word, subjects)
        hint = f". Did you mean {near}?" if near else ""
        return Typed(f"{word[:160]}: nothing in the ledger is about that subject{hint}")
    if kind_of(word) and view.account.used(word):
        return Typed(f"{word}: the ledger has no record of it any more, or had none")
    if kind_of(word):
        return Typed(f"{word[:160]}: nothing in the ledger is of that id{_newest(view, word[0])}")
    if "@" in word or word.rpartition("-")[2].isdigit():
        return Typed(f"{word[:160]}: nothing in the ledger is of that id")
    if as_id(word):
        return Typed(f"{word[:SHOWN]!r} is no id. Did you mean {as_id(word)}?")
    return _no_name(view, word)


def check_name(view: View, word: str) -> None:
    """Raise Typed for what is neither a seat nor a kind of action, with what is near."""
    if word not in seats_of(view):
        raise _no_name(view, word)


def _no_name(view: View, word: str) -> Typed:
    """Tell of a word that is no seat: of a kind of action what shows it, of another what is near."""
    kinds = list(dict.fromkeys((*view.chart.actions, *view.account.pauses)))
    if word in kinds:
        return Typed(
            f"{word} is a kind of action. What waits of it: fleet approve, fleet status; "
            f"how each was judged: fleet tail --kind verdict; to stop it: fleet pause {word}"
        )
    if any(rule.name == word for rule in view.chart.rules):
        return Typed(f"{word} is a rule. See: fleet rules show {word}, fleet audit --rule {word}")
    kind = nearest(word, kinds)
    if kind and not nearest(word, seats_of(view)):
        return Typed(f"there is no seat and no kind of action {word[:SHOWN]!r}. Did you mean {kind}?")
    return no_seat(word, seats_of(view), people_of(view))


def hint(word: str, known: Sequence[str], *more: str) -> str:
    """Say which known name was most likely meant, or which there are; of `more` one may be meant too."""
    near = nearest(word, [*known, *more])
    return f"Did you mean {near}?" if near else _there_are(known)


def seats_of(view: View) -> list[str]:
    """List the seats that a fleet has or had."""
    return list(dict.fromkeys((*view.chart.seats, *view.account.seats, *view.chart.retired)))


def people_of(view: View) -> dict[str, str]:
    """Say which person holds which seat."""
    return {name: seat.holder.person for name, seat in view.chart.seats.items() if seat.holder.person}


def subjects_of(view: View) -> list[str]:
    """List the subjects that something is known of: claims, deeds, open actions, mail and pauses."""
    account = view.account
    about = (subject for action in account.docket.actions.values() for subject in action.about)
    mailed = (subject for letter in account.mail.values() for subject in letter.about)
    found = (*account.claimed, *account.docket.touches, *about, *mailed, *account.pauses)
    return [name for name in dict.fromkeys(found) if ":" in name]


def _is_of_something(word: str) -> bool:
    return bool(kind_of(word)) or (":" in word and "/" not in word and not word.startswith(":"))


def _shows(word: str) -> str:
    return f"fleet trace {word}" if ":" in word else f"fleet why {word}"


def _newest(view: View, letter: str) -> str:
    last = view.account.counters.get(letter, 0)
    return f"; the newest is {letter}-{last}" if last else ""


def _there_are(known: Sequence[str]) -> str:
    more = f" and {len(known) - MOST} more" if len(known) > MOST else ""
    return f"There are: {', '.join(known[:MOST]) or 'none'}{more}"
