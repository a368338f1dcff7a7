"""Edits of fleet.yaml: what a new text changes, what of it loosens, and what stays in force until a yes."""
