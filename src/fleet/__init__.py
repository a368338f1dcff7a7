"""A file-based runtime for a fleet of AI agents on one org chart with people."""

__version__ = "0.1.0"
