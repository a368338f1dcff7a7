"""What the project declares it needs: pyproject.toml, setup.cfg, requirements files, as they are in the commit."""

from __future__ import annotations

import configparser
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from git import GitTrouble
from project import Head, Project
from requirement import NoRequirement, Requirement, canonical, read_requirement
from turn import clean, count

CORE = "core"  # the project's own dependencies, and requirements.txt
REQUIREMENTS = re.compile(
    r"(?:.*/)?(?:requirements(?:[-_.][\w.-]+)?\.(?:txt|in)|requirements/[\w.-]+\.(?:txt|in))"
)
MOST_FILES = 40
MOST_BYTES = 1024 * 1024


@dataclass
class Declared:
    """Requirements by group, each with the file it stands in; and what could not be read."""

    groups: dict[str, list[tuple[Requirement, str]]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    name: str = ""

    def add(self, group: str, line: str, file: str) -> None:
        """Add one requirement, or a note that it cannot be read."""
        listed = self.groups.setdefault(group, [])
        try:
            listed.append((read_requirement(line), file))
        except NoRequirement as error:
            self.notes.append(f"{file}: {clean(str(error))}; it was left out.")


def read_declared(project: Project, head: Head) -> Declared:
    """Read every file of the commit that declares requirements."""
    found = Declared()
    names = project.git.names("ls-tree", "-r", "-z", "--name-only", head.sha)
    top = set(names)
    if "pyproject.toml" in top:
        read_pyproject(found, text_of(project, head, "pyproject.toml"))
    if "setup.cfg" in top:
        read_setup_cfg(found, text_of(project, head, "setup.cfg"))
    if "setup.py" in top and not found.groups.get(CORE):
        found.notes.append("setup.py is not run, so what only it declares is not known.")
    files = sorted(name for name in names if REQUIREMENTS.fullmatch(name))
    for name in files[:MOST_FILES]:
        read_requirements(found, text_of(project, head, name), name)
    if len(files) > MOST_FILES:
        found.notes.append(f"{count(len(files) - MOST_FILES, 'requirements file')} left out.")
    return found


def text_of(project: Project, head: Head, name: str) -> str:
    """Return a file of the commit; odd bytes are replaced, what is too long is cut."""
    try:
        return project.git.ask("cat-file", "blob", f"{head.sha}:{name}")[:MOST_BYTES].decode(
            "utf-8", "replace"
        )
    except GitTrouble:
        return ""


def read_pyproject(found: Declared, text: str) -> None:
    """Read `[project]` and `[dependency-groups]`."""
    try:
        data: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found.notes.append(f"pyproject.toml cannot be read: {clean(str(error))}.")
        return
    project = table(data.get("project"))
    found.name = canonical(str(project.get("name") or ""))
    for line in texts(project.get("dependencies")):
        found.add(CORE, line, "pyproject.toml")
    if "dependencies" in texts(project.get("dynamic")):
        found.notes.append(
            "pyproject.toml leaves its dependencies to the build, so they are known from other files only."
        )
    for extra, lines in table(project.get("optional-dependencies")).items():
        for line in texts(lines):
            found.add(canonical(extra), line, "pyproject.toml")
    groups = {canonical(name): lines for name, lines in table(data.get("dependency-groups")).items()}
    for group in groups:
        for line in group_lines(groups, group, ()):
            found.add(group, line, "pyproject.toml")
    if "poetry" in table(data.get("tool")) and not project.get("dependencies"):
        found.notes.append("Dependencies in Poetry's own form are not read.")


def group_lines(groups: dict[str, Any], group: str, above: tuple[str, ...]) -> list[str]:
    """Return the lines of a dependency group with those that it includes; a loop ends where it closes."""
    lines: list[str] = []
    for entry in groups.get(group) or []:
        if isinstance(entry, str):
            lines.append(entry)
        elif isinstance(entry, dict) and (other := canonical(str(entry.get("include-group", "")))) not in (
            *above,
            group,
        ):
            lines += group_lines(groups, other, (*above, group))
    return lines


def read_setup_cfg(found: Declared, text: str) -> None:
    """Read `install_requires` and the extras."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except configparser.Error as error:
        found.notes.append(f"setup.cfg cannot be read: {clean(str(error))}.")
        return
    for line in parser.get("options", "install_requires", fallback="").splitlines():
        if line.strip() and not line.strip().startswith("#"):
            found.add(CORE, line, "setup.cfg")
    if parser.has_section("options.extras_require"):
        for extra, lines in parser.items("options.extras_require"):
            for line in filter(str.strip, lines.splitlines()):
                found.add(canonical(extra), line, "setup.cfg")


def read_requirements(found: Declared, text: str, name: str) -> None:
    """Read a requirements file: requirements.txt is core, any other a group of its own name."""
    group = (
        CORE
        if name == "requirements.txt"
        else canonical(str(PurePosixPath(name).with_suffix("")).replace("/", "-"))
    )
    found.groups.setdefault(group, [])
    for line in re.sub(r"\\\r?\n", " ", text).splitlines():
        plain = re.split(r"(?:^|\s)#|\s--hash", line)[0].strip()
        if not plain or plain.startswith("-"):  # options, and files that are read by themselves
            continue
        if re.match(r"[a-z+]+://|\.{0,2}/|\.$|\.\[", plain):
            found.notes.append(f"{name}: {clean(plain, 60)} is no named requirement; it was left out.")
            continue
        found.add(group, plain, name)


def table(value: object) -> dict[str, Any]:
    """Return a table, empty where there is none."""
    return value if isinstance(value, dict) else {}


def texts(value: object) -> list[str]:
    """Return the texts of a list, none where there is none."""
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
