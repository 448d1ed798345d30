"""Who is served by which of several: spread by weight, the same for ever, and untouched by the order of a list."""

import math
from collections.abc import Mapping
from hashlib import blake2b


def share_of(weights: Mapping[str, float], seed: str) -> str:
    """Return the name that `seed` falls to; each name gets a share of all seeds in proportion to its weight.

    Weighted rendezvous hashing: every name draws a lot for the seed, the best lot wins. A name that is added takes
    only what it wins, a name that goes leaves the others' seeds where they are.

    Args:
        weights: At least one name, each with a weight above 0.
        seed: Whatever stands for the one to be served; it is hashed here and kept nowhere.
    """
    if len(weights) == 1:
        return next(iter(weights))
    return max(weights, key=lambda name: (_lot(name, seed, weights[name]), name))


def _lot(name: str, seed: str, weight: float) -> float:
    digest = blake2b(f"{name}\0{seed}".encode(), digest_size=8).digest()
    drawn = (int.from_bytes(digest, "big") + 0.5) / 2**64
    return weight / -math.log(drawn)
