"""The folder of a fleet: the files in it whose names are fixed, and how large one may be."""

CHART = "fleet.yaml"
LOCK = ".fleet/lock"
"""Held by the one process that writes."""
FILE_MAX = 8 * 1024 * 1024
"""Bytes of a file that people write: docs/files.md, "Bounds"."""
