"""Secret: the entries under `secrets`, and values that stand where only names may."""

from __future__ import annotations

import re

from fleet.core.chart import Chart, Secret
from fleet.core.mistake import Place
from fleet.core.node import Entries, Node, Scalar
from fleet.core.read import keys, phrases, values
from fleet.core.read.fields import fields, wrong_shape
from fleet.core.read.found import Found
from fleet.core.read.seat import check_secret
from fleet.errors import Unreadable

SOURCES = ("env", "file", "run", "credential")
_WHY = "a value stands in no file of the fleet: whoever reads the file or the ledger has it. If it is real, change it"
_TRIES = ("{file: /run/secrets/NAME}", "{env: NAME}", "{run: pass show NAME}", "{credential: NAME}")
_APART = "no secret is kept in the fleet's folder, which is shown, copied and backed up, and which holders may read"
_LITERAL = frozenset(("value", "literal", "text", "token", "password", "key", "is", "default"))
"""Words under which other tools take a value itself."""
_CREDENTIAL = re.compile(r"[A-Za-z0-9_.@-]{1,128}")
_VALUE = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r"|(?:sk|pk|rk)[-_](?:live|test|ant|proj|or|svcacct)[-_][A-Za-z0-9_-]{12,}"
    r"|sk-[A-Za-z0-9]{32,}"
    r"|(?:ghp|gho|ghu|ghs|ghr)_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,}|glpat-[A-Za-z0-9_-]{20,}"
    r"|xox[abeprs]-[A-Za-z0-9-]{10,}|(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])|AIza[A-Za-z0-9_-]{35}"
    r"|eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"
    r"|(?:npm|pypi|dop_v1|hf|shpat)[_-][A-Za-z0-9_-]{30,}|SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"
    r")"
)
"""What tokens look like whose makers have given them a beginning of their own."""
_MARKS = (
    *("PRIVATE KEY", "sk-", "sk_", "pk-", "pk_", "rk-", "rk_", "ghp_", "gho_", "ghu_", "ghs_", "ghr_"),
    *(
        "github_pat_",
        "glpat-",
        "xox",
        "AKIA",
        "ASIA",
        "AIza",
        "eyJ",
        "npm_",
        "pypi-",
        "dop_v1_",
        "hf_",
        "shpat_",
        "SG.",
    ),
)
"""One of these stands in each of them."""
_AUTHORIZES = re.compile(
    r"(?:authorization|.*(?:api|auth|access)[-_]?(?:key|token)|x-token|token|cookie)", re.IGNORECASE
)
_OPAQUE = re.compile(r"(?=[^ ]*[0-9])(?=[^ ]*[A-Za-z])[A-Za-z0-9._~+/=-]{16,}")


def read_secret(key: Scalar, node: Node, found: Found) -> Secret | None:
    """Read where the value of one secret is."""
    if values.SECRET.fullmatch(key.text) is None:
        found.say("F406", key.place, f"{key.text!r} is not the name of a secret, as CRM_TOKEN")
        return None
    check_secret(key, found)
    if isinstance(node, Scalar):
        if _VALUE.search(node.text):
            return None  # that is told with the others
        what = f"the value of {key.text} seems to stand here, not where it is"
        found.say("F225", node.place, what, why=_WHY, tries=_TRIES)
        return None
    if not isinstance(node, Entries):
        wrong_shape(node, found, "a secret wants a map that says where it is")
        return None
    for word, value in node.entries:
        if word.text.lower() in _LITERAL and isinstance(value, Scalar):
            what = f"the value of {key.text} seems to stand here, not where it is"
            found.say("F225", value.place, what, why=_WHY, tries=_TRIES)
            return None
    given = fields(node, keys.SECRET, found)
    named = [name for name in SOURCES if name in given]
    if not named and node.entries:
        return None  # what stands there in its place is told
    if len(named) != 1:
        what = f"{key.text} has {'two sources' if named else 'no source'}"
        found.say("F410" if named else "F407", key.place, what, why="one of env, file, run and credential")
        return None
    return _read(key, named[0], given[named[0]], found)


def _read(key: Scalar, kind: str, node: Node, found: Found) -> Secret | None:
    match kind:
        case "env":
            name = values.names(node, values.SECRET, found, "env", "the name of a variable, as CRM_TOKEN")
            return Secret(key.text, "env", key.place, at=name[0]) if len(name) == 1 else None
        case "file":
            path = values.scalar(node, found, "file")
            if path is None or _is_odd(path, found):
                return None
            return Secret(key.text, "file", key.place, at=path.text)
        case "run":
            argv = phrases.command(node, found, "run")
            return Secret(key.text, "run", key.place, argv=argv) if argv else None
        case _:
            said = values.phrase(node, _read_credential, found, "F406", "the name of a credential")
            return Secret(key.text, "credential", key.place, at=said) if said else None


def _is_odd(path: Scalar, found: Found) -> bool:
    """Note a path that a secret's file cannot have."""
    what = ""
    if not path.text.startswith("/"):
        what = "a secret's file is named from the root, with / in front"
    elif "\0" in path.text or ".." in path.text.split("/"):
        what = "the path of a secret's file has no .. in it" if ".." in path.text else "a path holds no NUL"
    if what:
        found.say("F408", path.place, what, why=_APART, tries=("file: /run/secrets/crm",))
    return bool(what)


def _read_credential(text: str) -> str:
    if _CREDENTIAL.fullmatch(text) is None or text.startswith("."):
        raise Unreadable(
            "a credential's name has letters, digits, '.', '_' and '-', as crm-token", end=len(text)
        )
    return text


def stray_values(chart: Chart, found: Found) -> None:
    """Note what looks like the value of a secret, wherever it stands in the fleet's files."""
    for file, text in chart.texts.items():
        for match in _VALUE.finditer(text) if any(mark in text for mark in _MARKS) else ():
            line = text.count("\n", 0, match.start()) + 1
            column = match.start() - (text.rfind("\n", 0, match.start()) + 1) + 1
            place = Place(file, line, column, line, column + len(match[0]))
            found.say(
                "F225", place, "this looks like the value of a secret", why=_WHY, tries=("use: [NAME]",)
            )
    for kind in chart.actions.values():
        for header, text in kind.headers.items():
            if _AUTHORIZES.fullmatch(header) and "$" not in text and not _VALUE.search(text):
                _header(chart, (kind.name, header, text), kind.place, found)


def _header(chart: Chart, told: tuple[str, str, str], otherwise: Place, found: Found) -> None:
    kind, header, text = told
    if any(_OPAQUE.fullmatch(word) for word in text.split()):
        place = chart.places.get(("actions", kind, "headers", header), otherwise)
        what = f"the header {header} seems to hold the value of a secret"
        tries = (f"use: [CRM_TOKEN], headers: {{{header}: Bearer $CRM_TOKEN}}",)
        found.say("F225", place, what, why=_WHY, tries=tries)
