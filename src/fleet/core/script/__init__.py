"""The script of a rehearsal: what happens at which instant, and what must come of it."""
