"""The made-up business beside the example fleet: a seeded generator, and a feed that adds each day's rows."""
