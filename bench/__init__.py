"""Bench: fleet beside the operating system's own floors and beside its peers, in one run.

`python -m bench` measures and prints; `--markdown` writes docs/bench.md; `--quick` is a small run.
"""
