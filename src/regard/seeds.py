"""One seed for a run, from which every random act takes its own."""

import hashlib


def derive_seed(seed: int, *purpose: str | int) -> int:
    """Return the seed of one random act, from 0 to 2**31 - 1.

    Acts with different purposes are independent of each other, and none depends on the order in
    which they happen.

    Example:
        derive_seed(1, "fold", 0) != derive_seed(1, "fold", 1)
    """
    name = "/".join(str(part) for part in (seed, *purpose))
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") >> 1
