"""The imperative shell: the daemon, turns, recovery."""
