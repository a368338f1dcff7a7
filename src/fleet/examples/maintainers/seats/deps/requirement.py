"""One requirement, as `name[extra] >=1,<2 ; python_version < "3.12"` (PEP 508)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from versions import NoVersion, Version, clauses, holds

_NAME = re.compile(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[([^\]]*)\])?\s*")
_TOKEN = re.compile(r"\s*(\(|\)|<=|>=|===|==|!=|~=|<|>|'[^']*'|\"[^\"]*\"|[A-Za-z_.]+)")
_BY_VERSION = ("python_version", "python_full_version", "implementation_version", "platform_release")


class NoRequirement(ValueError):
    """A line that cannot be read as a requirement."""


@dataclass(frozen=True)
class Requirement:
    """What is needed: a package in a range, where the marker holds. `url` stands where no range does."""

    name: str
    extras: tuple[str, ...]
    bounds: str
    url: str
    marker: str

    @property
    def is_pinned(self) -> bool:
        """Say whether it names one version."""
        return bool(self.url) or any(op in ("==", "===") and "*" not in v for op, v in clauses(self.bounds))


def canonical(name: str) -> str:
    """Return the one spelling of a package's name."""
    return re.sub(r"[-_.]+", "-", name.strip()).lower()


def read_requirement(text: str) -> Requirement:
    """Read one requirement; raises NoRequirement."""
    found = _NAME.match(text)
    if not found:
        raise NoRequirement(f"{text.strip()[:80]!r} begins with no name")
    rest = text[found.end() :]
    extras = tuple(canonical(extra) for extra in (found[2] or "").split(",") if extra.strip())
    if rest.startswith("@"):
        url, _, marker = rest[1:].strip().partition(" ;")
        return Requirement(canonical(found[1]), extras, "", url.strip(), marker.strip())
    bounds, _, marker = rest.partition(";")
    try:
        parts = clauses(bounds)
        for operator, version in parts:
            if operator != "===":
                Version(version.removesuffix(".*"))
    except NoVersion as error:
        raise NoRequirement(f"{text.strip()[:80]!r}: {error}") from error
    told = ",".join(f"{operator}{version}" for operator, version in parts)
    return Requirement(canonical(found[1]), extras, told, "", marker.strip())


def applies(marker: str, environment: Mapping[str, str], extra: str = "") -> bool:
    """Say whether a marker holds in an environment; raises NoRequirement."""
    if not marker:
        return True
    words, at = [], 0
    while marker[at:].strip():
        found = _TOKEN.match(marker, at)
        if not found:
            raise NoRequirement(f"the marker {marker[:80]!r} cannot be read")
        words.append(found[1])
        at = found.end()
    reader = _Marker(words, {**environment, "extra": extra})
    value = reader.either()
    if reader.words:
        raise NoRequirement(f"the marker {marker[:80]!r} goes on after its end")
    return value


class _Marker:
    """Reads a marker from its words, one after the other."""

    def __init__(self, words: list[str], environment: Mapping[str, str]) -> None:
        self.words, self.environment = words, environment

    def either(self) -> bool:
        value = self.both()
        while self.words[:1] == ["or"]:
            self.words.pop(0)
            value = self.both() or value
        return value

    def both(self) -> bool:
        value = self.one()
        while self.words[:1] == ["and"]:
            self.words.pop(0)
            value = self.one() and value
        return value

    def one(self) -> bool:
        if self.words[:1] == ["("]:
            self.words.pop(0)
            value = self.either()
            if self.words[:1] != [")"]:
                raise NoRequirement("a marker has a bracket that is not closed")
            self.words.pop(0)
            return value
        if len(self.words) < 3:
            raise NoRequirement("a marker ends too early")
        left, operator = self.words.pop(0), self.words.pop(0)
        if operator == "not":
            operator += f" {self.words.pop(0)}"
        if not self.words:
            raise NoRequirement("a marker ends too early")
        right = self.words.pop(0)
        by_version = left in _BY_VERSION or right in _BY_VERSION
        return compare(self.value(left), operator, self.value(right), by_version=by_version)

    def value(self, word: str) -> str:
        if word[0] in "'\"":
            return word[1:-1]
        if word not in self.environment:
            raise NoRequirement(f"a marker names {word[:40]!r}, which is not known")
        return self.environment[word]


def compare(left: str, operator: str, right: str, *, by_version: bool) -> bool:
    """Compare two values of a marker, as versions where they are."""
    if operator in ("in", "not in"):
        return (left in right) == (operator == "in")
    if by_version and operator in ("<", "<=", ">", ">=", "==", "!=", "~="):
        try:
            return holds(f"{operator}{right}", Version(left))
        except NoVersion:
            pass  # a release of a kernel is no version; then it is compared as text
    if operator not in ("==", "===", "!="):
        raise NoRequirement(f"a marker compares texts by {operator!r}")
    if {left, right} & {""} or not by_version:
        left, right = (canonical(left), canonical(right)) if "extra" in (left, right) else (left, right)
    return (left == right) == (operator != "!=")
