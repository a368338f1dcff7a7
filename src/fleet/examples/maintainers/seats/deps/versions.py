"""Versions and version ranges of Python packages, as PEP 440 has them."""

from __future__ import annotations

import re
from functools import total_ordering

_VERSION = re.compile(
    r"v?(?:(?P<epoch>\d+)!)?(?P<release>\d+(?:\.\d+)*)"
    r"(?:[-_.]?(?P<pre>alpha|beta|preview|pre|rc|a|b|c)[-_.]?(?P<pre_n>\d*))?"
    r"(?:-(?P<post_i>\d+)|[-_.]?(?P<post>post|rev|r)[-_.]?(?P<post_n>\d*))?"
    r"(?:[-_.]?(?P<dev>dev)[-_.]?(?P<dev_n>\d*))?"
    r"(?:\+(?P<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"(===|~=|==|!=|<=|>=|<|>)\s*([^\s,;]+)")
_PRE = {"alpha": "a", "a": "a", "beta": "b", "b": "b", "preview": "rc", "pre": "rc", "c": "rc", "rc": "rc"}
_LAST = ("z", 0)  # after every pre-release
_FIRST = ("", 0)  # before every pre-release


class NoVersion(ValueError):
    """A text that is no version, or no range of them."""


@total_ordering
class Version:
    """One version, which compares as PEP 440 orders them."""

    def __init__(self, text: str) -> None:
        found = _VERSION.fullmatch(text.strip())
        if not found:
            raise NoVersion(f"{text!r} is no version")
        self.text = text.strip()
        self.epoch = int(found["epoch"] or 0)
        self.release = tuple(int(part) for part in found["release"].split("."))
        self.local = (
            tuple(found["local"].lower().replace("-", ".").replace("_", ".").split("."))
            if found["local"]
            else ()
        )
        self.pre = (_PRE[found["pre"].lower()], int(found["pre_n"] or 0)) if found["pre"] else None
        post = found["post_i"] or (found["post_n"] or "0" if found["post"] else None)
        self.post = int(post) if post is not None else None
        self.dev = int(found["dev_n"] or 0) if found["dev"] else None

    @property
    def is_early(self) -> bool:
        """Say whether it comes before a release: alpha, beta, candidate or development."""
        return self.pre is not None or self.dev is not None

    @property
    def base(self) -> tuple[int, ...]:
        """Return the release without zeros at its end, so that 1.0 and 1 are one."""
        parts = list(self.release)
        while len(parts) > 1 and parts[-1] == 0:
            parts.pop()
        return tuple(parts)

    def key(self, *, local: bool = True) -> tuple[object, ...]:
        """Return what is compared."""
        pre = self.pre or (_FIRST if self.post is None and self.dev is not None else _LAST)
        dev = self.dev if self.dev is not None else float("inf")
        post = self.post if self.post is not None else -1
        parts = tuple((1, int(p), "") if p.isdigit() else (0, 0, p) for p in self.local) if local else ()
        return self.epoch, self.base, pre, post, dev, parts

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Version) and self.key() == other.key()

    def __lt__(self, other: Version) -> bool:
        return self.key() < other.key()

    def __hash__(self) -> int:
        return hash(self.key())


def clauses(text: str) -> list[tuple[str, str]]:
    """Return the parts of a range as operator and version; raises NoVersion."""
    parts = [part.strip() for part in text.strip().strip("()").split(",") if part.strip()]
    found = [_CLAUSE.fullmatch(part) for part in parts]
    for part, one in zip(parts, found, strict=True):
        if one is None:
            raise NoVersion(f"{part!r} is no range of versions")
    return [(one[1], one[2]) for one in found if one]


def holds(text: str, version: Version) -> bool:
    """Say whether a version lies in a range; an installed pre-release counts. Raises NoVersion."""
    return all(_holds(operator, bound, version) for operator, bound in clauses(text))


def _holds(operator: str, bound: str, version: Version) -> bool:
    if operator == "===":
        return version.text.lower() == bound.lower()
    if bound.endswith(".*"):
        if operator not in ("==", "!="):
            raise NoVersion(f"{operator}{bound} is no range of versions")
        return _begins(version, Version(bound[:-2])) == (operator == "==")
    other = Version(bound)
    ours, theirs = version.key(local=bool(other.local)), other.key()
    if operator == "~=":
        if len(other.release) < 2:
            raise NoVersion(f"~={bound} needs two numbers")
        above = Version(".".join(map(str, other.release[:-1])))
        above.epoch = other.epoch
        return ours >= theirs and _begins(version, above)
    if operator == "<":  # PEP 440: `<2` leaves out 2.0rc1, unless the bound is itself that early
        same = version.is_early and not other.is_early and version.base == other.base
        return ours < theirs and not same
    if operator == ">":  # and `>1` leaves out 1.post1
        same = version.post is not None and other.post is None and version.base == other.base
        return ours > theirs and not same
    return {"==": ours == theirs, "!=": ours != theirs, "<=": ours <= theirs, ">=": ours >= theirs}[operator]


def _begins(version: Version, with_: Version) -> bool:
    padded = (*version.release, *[0] * len(with_.release))
    return version.epoch == with_.epoch and padded[: len(with_.release)] == with_.release
