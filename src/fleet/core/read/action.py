"""Action: the entries under `actions` and `subjects`."""

from __future__ import annotations

import re
import unicodedata
from datetime import timedelta

from fleet.core.chart import ActionKind, Once, SubjectKind
from fleet.core.node import Entries, Node, Scalar
from fleet.core.read import keys, phrases, values
from fleet.core.read.fields import entries, fields, wrong_shape
from fleet.core.read.found import Found
from fleet.core.read.seat import read_use
from fleet.errors import Unreadable

LIMIT = timedelta(minutes=1)  # of an action that says none

_LIKE_SUBJECT = "a kind of subject, as account: a small letter, then a-z, 0-9 or '-'"
_ADDRESS = re.compile(r"https?://[^\s/?#@]+(?:[/?#]\S*)?")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # RFC 9110, 5.6.2, as what posts it takes it
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e]*")
_FRAMING = {"connection", "content-length", "expect", "te", "trailer", "transfer-encoding", "upgrade"}


def read_action(key: Scalar, node: Node, found: Found) -> ActionKind:
    """Read what one action kind runs."""
    if values.ACTION_KIND.fullmatch(key.text) is None:
        found.say("F406", key.place, f"{key.text!r} is not {values.LIKE_ACTION}")
    if isinstance(node, Entries):
        given = fields(node, keys.ACTION, found)
    else:
        from fleet.core.read.foreign import as_runner  # only a mistake needs it

        given, meant = {}, as_runner(node)
        wrong_shape(node, found, "an action wants a map of keys and values", (meant,) if meant else ())
    if "run" in given and "http" in given:
        first, other = sorted((given["run"].place, given["http"].place), key=lambda p: (p.line, p.column))
        found.say(
            "F410", other, "an action has one runner, not run and http", second=(first, "the other one")
        )
    if "headers" in given and "http" not in given:
        found.say("F407", given["headers"].place, "headers are for an action with 'http'")
    outside = bool(values.yes_no(given.get("outside"), found, "outside"))
    kind = ActionKind(
        key.text,
        key.place,
        run=phrases.command(given.get("run"), found, "run"),
        http=values.phrase(given.get("http"), _read_address, found, "F309", "this address") or "",
        headers=_headers(given.get("headers"), found),
        about=values.names(given.get("about"), values.SUBJECT_KIND, found, "about", _LIKE_SUBJECT),
        outside=outside,
        at_most=values.phrase(given.get("at_most"), phrases.read_at_most, found, "F312", "at_most"),
        repeat=values.word(given.get("repeat"), ("safe", "ask"), found, "repeat") or "ask",
        once=_once(given.get("once"), outside, found),
        use=read_use(given.get("use"), found),
        limit=values.span(given.get("limit"), found, "this limit") or LIMIT,
    )
    if not {"run", "http"} & set(given) and not _names_runner(node):
        found.say("F213", key.place, f"nothing runs {key.text}", why="an action kind has `run:` or `http:`")
    return kind


def _once(node: Node | None, outside: bool, found: Found) -> Once:
    words: tuple[Once, ...] = ("ever", "a day", "no")
    return values.word(node, words, found, "once") or ("ever" if outside else "no")


def _names_runner(node: Node) -> bool:
    """Whether a runner is written, if in vain; then that is told already."""
    return not isinstance(node, Entries) or any(key.text in ("run", "http") for key, _ in node.entries)


def _read_address(text: str) -> str:
    """Read the address of an action's HTTP endpoint; raises Unreadable."""
    if _ADDRESS.fullmatch(text):
        return text
    if "@" in text.partition("//")[2].partition("/")[0]:
        raise Unreadable("an address holds no password; give a header and `use`", end=len(text))
    near = f"https://{text.partition('://')[2] or text}"
    tries = (near,) if _ADDRESS.fullmatch(near) and re.match(r"https://[\w-]+[.:]\w", near) else ()
    raise Unreadable("an address is http://HOST/PATH or https://HOST/PATH", end=len(text), suggestions=tries)


def _headers(node: Node | None, found: Found) -> dict[str, str]:
    headers: dict[str, str] = {}
    seen: dict[str, Scalar] = {}
    for key, value in entries(node, found, "headers") if node is not None else ():
        told = values.text(value, found, f"the header {key.text}")
        _check_header(key, found)
        first = seen.setdefault(key.text.lower(), key)
        if first is not key:
            twice = f"the header {key.text} is given twice"
            found.say("F412", key.place, twice, second=(first.place, "the first one"))
        if _HEADER_VALUE.fullmatch(told) is None:
            plain = _ascii(told)
            tries = [plain] if plain and _HEADER_VALUE.fullmatch(plain) else []
            what = f"the header {key.text} takes printable ASCII on one line, and this has something else"
            found.say("F404", value.place, what, tries=tries)
        headers[key.text] = told
    return headers


def _check_header(key: Scalar, found: Found) -> None:
    name = key.text.lower()
    if _HEADER.fullmatch(key.text) is None:
        plain = re.sub(r"[^A-Za-z0-9]+", "-", _ascii(key.text)).strip("-")
        tries = [plain] if plain else []
        found.say("F406", key.place, f"{key.text!r} cannot be an HTTP header", tries=tries)
    elif name == "idempotency-key":
        what = f"fleet itself sends {key.text}: the id of the action, the same at every try"
        found.say("F411", key.place, what, why="take it out; the id stands in the body, too")
    elif name in _FRAMING:
        what = f"the header {key.text} says how a request is sent, which is not an action's to set"
        found.say("F411", key.place, what, why="take it out")


def _ascii(text: str) -> str:
    """Give what is left of a text in ASCII, or nothing if a letter of it is lost."""
    plain = unicodedata.normalize("NFKD", text)
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return plain if plain.isascii() else ""


def read_subject(key: Scalar, node: Node, found: Found) -> SubjectKind | None:
    """Read which kind one kind of subject belongs to, and by which table."""
    if values.SUBJECT_KIND.fullmatch(key.text) is None:
        found.say("F406", key.place, f"{key.text!r} is not {_LIKE_SUBJECT}")
    if not isinstance(node, Entries):
        wrong_shape(node, found, "a subject kind is {of: KIND, from: FILE}")
        return None
    given = fields(node, keys.SUBJECT, found)
    for name in ("of", "from"):
        if name not in given:
            values.say_missing(node, found, name, f"the subject kind {key.text}")
    of = values.names(given.get("of"), values.SUBJECT_KIND, found, "of", _LIKE_SUBJECT)
    source = values.phrase(given.get("from"), phrases.read_path, found, "F408", "this path")
    if source and "*" in source:
        found.say("F408", given["from"].place, "one table is named here, without '*'")
    if of and of[0] == key.text:
        why = "`of` names the larger thing, as account for person"
        found.say("F218", given["of"].place, f"{key.text!r} cannot belong to itself", why=why)
    return SubjectKind(key.text, of[0], source, key.place) if of and source else None
