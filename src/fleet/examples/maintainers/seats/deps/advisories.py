"""Known vulnerabilities: from advisories in OSV's form, or from pip-audit where it is installed and allowed."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from installed import Package, last_line
from requirement import canonical
from turn import Trouble, clean
from versions import NoVersion, Version

MOST_FILES = 50_000
LIMIT_S = 90


@dataclass(frozen=True)
class Advisory:
    """One vulnerability of one installed package."""

    name: str
    version: str
    id: str
    says: str
    fixed: str


def from_folder(path: Path, packages: Mapping[str, Package]) -> tuple[list[Advisory], list[str]]:
    """Return what the advisories of a folder or file say of what is installed, and notes on what was not read."""
    if not path.exists():
        raise Trouble(f"project.conf: advisories = {path}: there is no such folder or file")
    files = sorted(path.rglob("*.json")) if path.is_dir() else [path]
    notes = [f"Only the first {MOST_FILES} advisories were read."] if len(files) > MOST_FILES else []
    found: set[Advisory] = set()
    read = broken = 0
    for file in files[:MOST_FILES]:
        try:
            entries = entries_of(json.loads(file.read_text(encoding="utf-8")))
            for entry in entries:
                read += 1
                found.update(judge(entry, packages))
        except (OSError, ValueError, TypeError, AttributeError, KeyError):
            broken += 1
    if broken:
        notes.append(f"{broken} files of advisories could not be read.")
    if not read:
        raise Trouble(f"project.conf: advisories = {path}: no advisory could be read there")
    notes.append(f"{read} advisories were read.")
    return sorted(found, key=lambda one: (one.name, one.id)), notes


def entries_of(data: Any) -> list[dict[str, Any]]:
    """Return the advisories of one file: one, a list, or a list under `vulns`."""
    if isinstance(data, dict):
        data = data["vulns"] if isinstance(data.get("vulns"), list) else [data]
    entries = [one for one in data if isinstance(one, dict) and one.get("id")]
    if not entries:
        raise ValueError("no advisory")
    return entries


def judge(entry: dict[str, Any], packages: Mapping[str, Package]) -> Iterator[Advisory]:
    """Yield an advisory for each installed version that it covers; one that was withdrawn covers none."""
    for affected in entry.get("affected") or [] if not entry.get("withdrawn") else []:
        package = affected.get("package") or {}
        if str(package.get("ecosystem", "")).partition(":")[0] != "PyPI":
            continue
        ours = packages.get(canonical(str(package.get("name", ""))))
        if ours and covers(affected, ours.version):
            says = clean(str(entry.get("summary") or entry.get("details") or "it gives no reason"), 160)
            fixed = ", ".join(sorted(fixes(affected)))
            yield Advisory(ours.name, ours.version, clean(str(entry["id"]), 60), says, fixed)


def covers(affected: dict[str, Any], text: str) -> bool:
    """Say whether a version is named, or lies in one of the ranges."""
    if text in (affected.get("versions") or []):
        return True
    try:
        version = Version(text)
    except NoVersion:
        return False
    ranges = [one for one in affected.get("ranges") or [] if one.get("type") in ("ECOSYSTEM", "SEMVER")]
    return any(inside(one.get("events") or [], version) for one in ranges)


def inside(events: list[dict[str, str]], version: Version) -> bool:
    """Go through the events in the order of their versions and say whether the version is affected."""
    rows = []
    for event in events:
        for kind, text in event.items():
            rows.append((Version("0.dev0" if text == "0" else text), kind))
    affected = False
    for at, kind in sorted(rows, key=lambda row: (row[0], row[1] != "introduced")):
        if kind == "introduced" and version >= at:
            affected = True
        elif (kind == "fixed" and version >= at) or (kind == "last_affected" and version > at):
            affected = False
    return affected


def fixes(affected: dict[str, Any]) -> set[str]:
    """Return the versions in which it is mended."""
    ranges = affected.get("ranges") or []
    return {
        event["fixed"]
        for one in ranges
        for event in one.get("events") or []
        if "fixed" in event and one.get("type") != "GIT"
    }


def from_pip_audit(python: str, packages: Mapping[str, Package]) -> tuple[list[Advisory] | None, str]:
    """Ask pip-audit, which uses the network; None and a reason where it gives no answer."""
    if "pip-audit" not in packages:
        return None, "pip-audit is not installed there"
    command = [python, "-m", "pip_audit", "--format", "json", "--progress-spinner", "off", "--skip-editable"]
    try:
        done = subprocess.run(
            command, capture_output=True, timeout=LIMIT_S, env=plain_environment(), check=False
        )
        answer = json.loads(done.stdout)
        listed = answer["dependencies"] if isinstance(answer, dict) else answer
        found = [
            Advisory(
                one["name"],
                one["version"],
                v["id"],
                clean(str(v.get("description", "")), 160),
                ", ".join(v["fix_versions"]),
            )
            for one in listed
            for v in one.get("vulns", [])
        ]
    except (OSError, subprocess.TimeoutExpired) as error:
        return None, f"pip-audit gave no answer: {clean(str(error))}"
    except (ValueError, KeyError, TypeError):
        return None, f"pip-audit gave no answer: {last_line(done.stderr)}"
    return sorted(found, key=lambda one: (one.name, one.id)), ""


def plain_environment() -> dict[str, str]:
    """Return what a program that uses the network needs of the environment."""
    kept = ("HOME", "LANG", "PATH")
    return {key: os.environ[key] for key in kept if key in os.environ}
