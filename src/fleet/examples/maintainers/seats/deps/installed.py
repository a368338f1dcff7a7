"""What is installed: asked of the project's own interpreter, which may be older than ours."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass

from turn import Trouble, clean

LIMIT_S = 60
ASK = r"""
import json, os, platform, sys
try:
    import importlib.metadata as metadata
except ImportError:
    import importlib_metadata as metadata
seen = {}
for found in metadata.distributions():
    name = found.metadata["Name"] if found.metadata else None
    if name and name.lower() not in seen:
        seen[name.lower()] = {"name": name, "version": found.version or "", "requires": list(found.requires or [])}
info = sys.implementation.version
full = "%d.%d.%d" % (info.major, info.minor, info.micro)
if info.releaselevel != "final":
    full += info.releaselevel[0] + str(info.serial)
print(json.dumps({"distributions": sorted(seen.values(), key=lambda one: one["name"].lower()), "environment": {
    "os_name": os.name, "sys_platform": sys.platform, "platform_machine": platform.machine(),
    "platform_python_implementation": platform.python_implementation(), "platform_release": platform.release(),
    "platform_system": platform.system(), "platform_version": platform.version(),
    "python_version": ".".join(platform.python_version_tuple()[:2]),
    "python_full_version": platform.python_version(), "implementation_name": sys.implementation.name,
    "implementation_version": full}}))
"""


@dataclass(frozen=True)
class Package:
    """One installed package: its name as written, its version, and what it requires."""

    name: str
    version: str
    requires: tuple[str, ...]


@dataclass(frozen=True)
class Installed:
    """All packages by canonical name, and what markers are judged by."""

    packages: dict[str, Package]
    environment: dict[str, str]


def read_installed(python: str) -> Installed:
    """Ask the interpreter; raises Trouble where it gives no answer."""
    from requirement import canonical

    kept = {key: os.environ[key] for key in ("HOME", "LANG") if key in os.environ}
    try:
        done = subprocess.run(
            [python, "-B", "-c", ASK], capture_output=True, timeout=LIMIT_S, env=kept, cwd=os.sep, check=False
        )
        if done.returncode:
            raise Trouble(f"{python} cannot tell what is installed: {last_line(done.stderr)}")
        answer = json.loads(done.stdout)
        packages = {
            canonical(one["name"]): Package(
                one["name"], str(one["version"]), tuple(map(str, one["requires"]))
            )
            for one in answer["distributions"]
        }
        return Installed(packages, {str(k): str(v) for k, v in answer["environment"].items()})
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Trouble(f"{python} cannot be asked what is installed: {error}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise Trouble(f"{python} gave no readable answer on what is installed: {error!r}") from error


def last_line(raw: bytes) -> str:
    """Return the last line of what a program said."""
    lines = raw.decode("utf-8", "replace").strip().splitlines()
    return clean(lines[-1]) if lines else "it said nothing"
