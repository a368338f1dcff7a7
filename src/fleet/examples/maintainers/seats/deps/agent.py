"""Deps, Dependency Watcher: what the project declares against what is installed, and what of it is old or vulnerable.

It reads the newest commit's pyproject.toml, setup.cfg and requirements files and asks the project's interpreter what is
installed. Newer versions and vulnerabilities are known only where project.conf names a source; else "not known".
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, os.path.join(os.environ.get("FLEET_ROOT", "../.."), "kit"))

from advisories import Advisory, from_folder, from_pip_audit
from declared import CORE, Declared, read_declared
from index import newer_versions
from installed import Installed, read_installed
from project import Head, Project, open_project
from requirement import NoRequirement, Requirement, applies, canonical, read_requirement
from turn import Brief, Item, clean, count, first_items, named, now_of, root_of, subject, take
from versions import NoVersion, Version, holds


@dataclass
class Findings:
    """What was found; None where it is not known, with the reason."""

    items: list[Item] = field(default_factory=list)
    outdated: dict[str, str] | None = None
    outdated_why: str = ""
    advisories: list[Advisory] | None = None
    advisories_why: str = ""
    notes: list[str] = field(default_factory=list)

    def of(self, *kinds: str) -> list[Item]:
        """Return the items of some kinds."""
        return [item for item in self.items if item["kind"] in kinds]


def turn(brief: Brief) -> dict[str, Any]:
    """Return the state of the environment."""
    now = now_of(brief)
    project = open_project()
    head = project.head()
    python = project.python()
    declared = read_declared(project, head)
    installed = read_installed(python)
    found = Findings(notes=[*project.notes(head), *declared.notes])
    found.items += judged(project, declared, installed, found)
    found.items += conflicts(installed, found)
    look_outside(project, python, declared, installed, found)
    items, over = first_items(sorted(found.items, key=order))
    result: dict[str, Any] = {
        "headline": headline(found, declared),
        "as_of": now.isoformat(),
        "items": items,
        "scorecard": scorecard(found),
        "body": body(python, head, declared, installed, found, over),
    }
    return result


ORDER = ("vulnerable", "missing", "conflict", "outdated", "not-known")


def order(item: Item) -> tuple[int, str, str]:
    """The worst first."""
    return ORDER.index(item["kind"]), str(item["about"]), str(item["because"])


# Declared against installed


def judged(project: Project, declared: Declared, installed: Installed, found: Findings) -> Iterator[Item]:
    """Yield what is missing or out of range among the groups that must be installed."""
    wanted = [CORE, *(canonical(group) for group in project.words("groups"))]
    unknown = sorted(set(wanted[1:]) - set(declared.groups))
    if unknown:
        found.notes.append(
            f"project.conf names groups that the project does not declare: {', '.join(unknown)}."
        )
    for group in wanted:
        for requirement, file in declared.groups.get(group, []):
            where = file if group == CORE else f"{file}, {group}"
            yield from met(requirement, where, installed, found, extra="")


def met(
    requirement: Requirement, where: str, installed: Installed, found: Findings, *, extra: str
) -> Iterator[Item]:
    """Yield an item if one requirement is not met here."""
    try:
        if not applies(requirement.marker, installed.environment, extra):
            return
        package = installed.packages.get(requirement.name)
        if package is None:
            why = f"{where} requires {told(requirement)}, and it is not installed"
            yield item(requirement.name, "missing", why, {"requires": told(requirement)})
        elif not holds(requirement.bounds, Version(package.version)):
            why = f"{where} requires {told(requirement)}, and {package.version} is installed"
            facts = {"requires": told(requirement), "installed": package.version}
            yield item(requirement.name, "conflict", why, facts)
    except (NoRequirement, NoVersion) as error:
        found.notes.append(f"{where}: {requirement.name} was not judged: {clean(str(error))}.")


def conflicts(installed: Installed, found: Findings) -> list[Item]:
    """Return what installed packages require of each other and do not find."""
    items: dict[tuple[str, str], Item] = {}
    for name, package in sorted(installed.packages.items()):
        for line in package.requires:
            try:
                requirement = read_requirement(line)
            except NoRequirement as error:
                found.notes.append(f"{name}: {clean(str(error))}.")
                continue
            for one in met(requirement, f"{name} {package.version}", installed, found, extra=""):
                one["kind"] = "conflict"
                items[one["about"], one["because"]] = one
    return list(items.values())


def told(requirement: Requirement) -> str:
    """Return a requirement as people write it."""
    extras = f"[{','.join(requirement.extras)}]" if requirement.extras else ""
    return f"{requirement.name}{extras}{requirement.bounds or (' @ ' + requirement.url if requirement.url else '')}"


def item(name: str, kind: str, because: str, facts: dict[str, str]) -> Item:
    """Return one item about a package."""
    return {
        "about": subject("package", canonical(name)),
        "kind": kind,
        "because": because,
        "confidence": 1,
        "with": facts,
    }


# What only the outside knows


def look_outside(
    project: Project, python: str, declared: Declared, installed: Installed, found: Findings
) -> None:
    """Add what the index and the advisories say, or why that is not known."""
    index = project.is_on("index")
    direct = {req.name for rows in declared.groups.values() for req, _ in rows}
    here = sorted(direct & set(installed.packages))
    if index:
        found.outdated, found.outdated_why = newer_versions(python, here)
    else:
        found.outdated_why = "project.conf says index = no"
    for name, newest in sorted((found.outdated or {}).items()):
        if name in direct:
            ours = installed.packages[name].version if name in installed.packages else "?"
            why = f"{ours} is installed, {newest} is the newest"
            found.items.append(item(name, "outdated", why, {"installed": ours, "newest": newest}))
    if given := project.settings["advisories"]:
        found.advisories, notes = from_folder(root_of() / Path(given).expanduser(), installed.packages)
        found.notes += notes
    elif index:
        found.advisories, found.advisories_why = from_pip_audit(python, installed.packages)
    else:
        found.advisories_why = "project.conf names no advisories and says index = no"
    for one in found.advisories or []:
        fixed = f"; mended in {one.fixed}" if one.fixed else "; no mended version is named"
        facts = {"advisory": one.id, "installed": one.version, "fixed": one.fixed}
        found.items.append(item(one.name, "vulnerable", f"{one.id}: {one.says}{fixed}", facts))
    if found.advisories is None:
        why = f"vulnerabilities are not known: {found.advisories_why}"
        found.items.append(
            {"about": "source:advisories", "kind": "not-known", "because": why, "confidence": 1}
        )


# Answering


def headline(found: Findings, declared: Declared) -> str:
    """Say in one line how the environment stands; what is not known is never called none."""
    parts = []
    for kinds, word in (
        (("vulnerable",), "vulnerable"),
        (("missing",), "missing"),
        (("conflict",), "in conflict"),
    ):
        names = list(dict.fromkeys(one["about"].partition(":")[2] for one in found.of(*kinds)))
        if names:
            parts.append(f"{len(names)} {word} ({named(names)})")
    if not parts:
        parts.append(
            "What is declared is installed" if declared.groups.get(CORE) else "No dependency is declared"
        )
    if found.outdated is not None:
        parts.append(f"{len(found.of('outdated'))} outdated")
    parts.append("vulnerabilities not known" if found.advisories is None else "")
    parts.append("newer versions not known" if found.outdated is None else "")
    return "; ".join(part for part in parts if part)


def scorecard(found: Findings) -> dict[str, int]:
    """Return the values that are known; what is not known has none."""
    values = {"unmet_requirements": len(found.of("missing", "conflict"))}
    if found.advisories is not None:
        values["vulnerable"] = len({one.name for one in found.advisories})
    if found.outdated is not None:
        values["outdated"] = len(found.of("outdated"))
    return values


def body(
    python: str, head: Head, declared: Declared, installed: Installed, found: Findings, over: list[str]
) -> str:
    """Return the page."""
    version = installed.environment.get("python_full_version", "?")
    lines = [
        f"Environment: `{python}`, Python {version}, {count(len(installed.packages), 'package')}.",
        f"Declared: what {head.where} says.",
        "",
    ]
    for kind in ORDER[:-1]:
        rows = [
            f"- {one['about'].partition(':')[2]}: {one['because']}"
            for one in sorted(found.of(kind), key=order)
        ]
        more = [f"- and {len(rows) - 50} more"] if len(rows) > 50 else []
        lines += [f"## {kind.capitalize()}", "", *rows[:50], *more, ""] if rows else []
    lines += ["## Groups", "", *groups(declared, installed), "", "## Known and not known", ""]
    lines.append(f"- Vulnerabilities: {known(found.advisories, found.advisories_why)}")
    lines.append(f"- Newer versions: {known(found.outdated, found.outdated_why)}")
    lines += [f"- {note}" for note in [*dict.fromkeys(found.notes), *over]]
    return "\n".join(lines) + "\n"


def known(answer: object, why: str) -> str:
    """Say whether a source answered."""
    return f"not known: {why}." if answer is None else "asked, and answered."


def groups(declared: Declared, installed: Installed) -> list[str]:
    """Return a line a group: how much of it is there, and what names no version at all."""
    lines = []
    here: Callable[[Requirement], bool] = lambda req: req.name in installed.packages  # noqa: E731
    for group, rows in sorted(declared.groups.items(), key=lambda pair: (pair[0] != CORE, pair[0])):
        free = sorted({req.name for req, _ in rows if not req.bounds and not req.url})
        pinned = sum(req.is_pinned for req, _ in rows)
        said = f"- {group}: {sum(here(req) for req, _ in rows)} of {len(rows)} installed, {pinned} pinned"
        lines.append(said + (f", any version of {named(free, 8)}" if free else ""))
    return lines or ["- none is declared"]


if __name__ == "__main__":
    sys.exit(take("deps", turn))
