"""One seed per run; every random operation derives its own from it."""

import hashlib


def derive_seed(seed: int, *purpose: str | int) -> int:
    """Return the seed of one random operation, from 0 to 2**31 - 1.

    Seeds for different purposes are independent of each other and of the order in which they are
    derived.

    Example:
        derive_seed(1, "fold", 0) != derive_seed(1, "fold", 1)
    """
    # The seed of a purpose does not change when another purpose is added, as it would with a
    # sequence of random numbers. It has 31 bits, since some libraries take signed 32-bit numbers.
    name = "/".join(str(part) for part in (seed, *purpose))
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") >> 1
