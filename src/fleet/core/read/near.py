"""Near: which of the words that fleet knows was meant, by spelling and by what others call it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

LONGEST = 60  # characters of a word worth comparing
SLIPPED = 5  # letters of another's word in which a slip leaves no other word
ALIKE = str.maketrans("аеорсухіјѕԁһӏкмтвнαοερτυικν", "aeopcyxijsdhlkmtbhaoeptuikv")
"""Letters of other alphabets that look like ours: pasted text is full of them."""

MEANT: Mapping[str, str] = {
    **dict.fromkeys(("no-news", "unchanged", "no-change", "nothing-changed", "no-mail"), "nothing new"),
    **dict.fromkeys(("idempotent", "retry", "again"), "safe"),
    **dict.fromkeys(("forever", "always", "once"), "ever"),
    **dict.fromkeys(("daily", "per-day", "every-day", "each-day", "one-day", "1-a-day"), "a day"),
    **dict.fromkeys(("deny", "reject", "block", "forbid", "disallow", "stop", "drop", "prohibit"), "refuse"),
    **dict.fromkeys(("permit", "accept", "grant", "pass", "ok"), "allow"),
    **dict.fromkeys(("wait", "park", "pause", "defer", "delay", "queue"), "hold"),
    **dict.fromkeys(("string", "str", "txt", "prose", "markdown-text"), "text"),
    **dict.fromkeys(("int", "integer", "float", "decimal", "percent", "double", "money", "count"), "number"),
    **dict.fromkeys(("date", "datetime", "timestamp", "clock", "day", "instant"), "time"),
    **dict.fromkeys(("entity", "resource", "object", "ref", "id", "account"), "subject"),
    **dict.fromkeys(("md", "prose", "plain"), "markdown"),
    **dict.fromkeys(("runtime", "system", "auto"), "ledger"),
}
"""Other people's words for values, folded, and ours; a word of another key's choice is left out there."""


ON, OFF = ("nothing new", "ever", "safe", "on", "any"), ("never", "no", "ask", "off", "none")
"""What a switch means that is on or off: the one of these that may stand there."""


def folded(word: str) -> str:
    """What two words have in common that a person takes for one: letters alike, one case, one kind of gap.

    >>> folded("@Call_Center"), folded("mail.send"), folded("pul\u0455e")
    ('call-center', 'mail-send', 'pulse')
    """
    plain = unicodedata.normalize("NFKC", word[:LONGEST]).casefold().translate(ALIKE)
    return re.sub(r"[\s_.:/-]+", "-", plain.strip("@#&*!?$%'\"` ")).strip("-")


def close(word: str, known: Iterable[str]) -> tuple[str, ...]:
    """Find the nearest of the known words by spelling: the fewest slips away, else alike as a whole.

    >>> close("shedule", ["schedule", "title"]), close("ot", ["to", "from"]), close("DASH", ["dash"])
    (('schedule',), ('to',), ('dash',))
    """
    meant = folded(word)
    plain = {one: folded(one) for one in sorted(known)} if meant else {}
    most = 1 if len(meant) < 5 else 2 if len(meant) < 9 else 3
    nearest: tuple[tuple[int, bool, int], str] | None = None
    for one, other in plain.items():
        away = _away(meant, other, most)
        if away is not None and (nearest is None or away < nearest[0]):
            nearest, most = (away, one), away[0]
    if nearest is not None:
        return (nearest[1],)
    from difflib import get_close_matches  # 4 ms to import, and only a mistake needs it

    alike = get_close_matches(meant, sorted(set(plain.values())), n=1, cutoff=0.66)
    return tuple(next(one for one, other in plain.items() if other == like) for like in alike)


def choose(word: str, words: Sequence[str]) -> tuple[str, ...]:
    """Find which word of a few was meant, by what others call it, then by spelling."""
    plain = folded(word)
    switch = ON if plain in ("yes", "on", "true") else OFF if plain in ("no", "off", "false") else ()
    other = next((one for one in switch if one in words), MEANT.get(plain, ""))
    return (other,) if other in words else close(word, words)


def holder(name: str, persons: Iterable[tuple[str, str]]) -> tuple[str, str] | None:
    """Find the one seat whose person has a name, whole or its first or last word, and the person's name.

    >>> holder("nora", [("chief", "Nora Berg"), ("ops", "Ann")]), holder("ann", [("a", "Ann"), ("b", "Ann")])
    (('chief', 'Nora Berg'), None)
    """
    meant = folded(name)
    pairs = [(seat, person) for seat, person in persons if person.strip()]
    whole = [pair for pair in pairs if folded(pair[1]) == meant]
    words = [pair for pair in pairs if meant in map(folded, (pair[1].split()[0], pair[1].split()[-1]))]
    found = whole or words
    return found[0] if meant and len(found) == 1 else None


def called(word: str, meanings: Mapping[str, str]) -> tuple[str, ...]:
    """Find what others call so but for one slip of the hand; in short words one slip makes another word.

    >>> called("responsibilites", {"responsibilities": "owns"}), called("cwd", {"cmd": "run"})
    (('owns',), ())
    """
    from fleet.core.read.certain import slips

    meant = folded(word).replace("-", "_")
    near = {
        ours
        for other, ours in meanings.items()
        if min(len(meant), len(other)) >= SLIPPED and slips(meant, other, 1) <= 1
    }
    return tuple(near) if len(near) == 1 else ()


def _away(word: str, other: str, most: int) -> tuple[int, bool, int] | None:
    """How far two folded words are apart, the smaller the nearer; None past so many slips."""
    if abs(len(word) - len(other)) > most or len(set(word) ^ set(other)) > 2 * most or not other:
        return None
    from fleet.core.read.certain import slips

    count = slips(*_apart(word, other), most)
    if count > most or count >= len(other):
        return None
    return count, word[0] != other[0], abs(len(word) - len(other))


def _apart(word: str, other: str) -> tuple[str, str]:
    """Two words without what both begin and end with: names in a big fleet begin and end alike."""
    most = min(len(word), len(other))
    start = next((i for i in range(most) if word[i] != other[i]), most)
    end = next((i for i in range(most - start) if word[-1 - i] != other[-1 - i]), most - start)
    return word[start : len(word) - end], other[start : len(other) - end]
