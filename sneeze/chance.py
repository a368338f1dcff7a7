"""Seeded chance: a draw depends on the seed and on what it is drawn for, never on what was drawn before."""

import math
import random


def rng(*parts: object) -> random.Random:
    """Return a generator of its own for these parts, the same on every machine."""
    return random.Random(":".join(str(part) for part in parts))


def heavy(source: random.Random, freedom: int = 6) -> float:
    """Draw from Student's t with a few degrees of freedom: mostly small, now and then far out."""
    chi = sum(source.gauss(0, 1) ** 2 for _ in range(freedom))
    return source.gauss(0, 1) / math.sqrt(chi / freedom)


def poisson(source: random.Random, mean: float) -> int:
    """Draw a count around `mean`."""
    if mean > 60:
        return max(0, round(source.gauss(mean, math.sqrt(mean))))
    limit, product, count = math.exp(-mean), source.random(), 0
    while product > limit:
        product *= source.random()
        count += 1
    return count


def between(source: random.Random, low: float, high: float) -> float:
    """Draw evenly on a log scale, so that small and large are equally likely."""
    return math.exp(source.uniform(math.log(low), math.log(high)))
