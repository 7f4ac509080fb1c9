"""One seed per run; every random operation derives its own from it."""

import hashlib


def derive_seed(seed: int, *purpose: str | int) -> int:
    """Return the seed of one random operation, from 0 to 2**31 - 1.

    Seeds for different purposes are independent of each other and of the order in which they are
    derived.

    Example:
        derive_seed(1, "fold", 0) != derive_seed(1, "fold", 1)
    """
    name = "/".join(str(part) for part in (seed, *purpose))
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") >> 1
