"""A small competition of text pairs."""

import random

import pandas as pd

PAIRS = [
    "competition=quora_pairs",
    "competition.name=pairs",
    "competition.test_id_column=null",
    "competition.text_columns=[a,b]",
    "competition.label_columns=[same]",
]


def pair_tables(n_train: int = 60, n_test: int = 12) -> dict[str, pd.DataFrame]:
    """Return pairs of which every third has the same words in another order.

    Row 7 repeats row 4 with its two texts swapped.
    """
    rng = random.Random(3)
    words = [f"word{number}" for number in range(12)]
    rows = []
    for row in range(n_train + n_test):
        is_same = row % 3 == 0
        first = rng.choices(words, k=rng.randint(2, 6))
        second = (
            rng.sample(first, len(first)) if is_same else rng.choices(words, k=rng.randint(1, 6))
        )
        texts = {"a": " ".join(first), "b": " ".join(second)}
        rows.append({"id": f"r{row}", **texts, "same": int(is_same)})
    rows[7] |= {"a": rows[4]["b"], "b": rows[4]["a"]}
    train = pd.DataFrame(rows[:n_train])
    test = pd.DataFrame(rows[n_train:]).drop(columns="same")
    return {"train": train, "test": test, "sample_submission": test[["id"]].assign(same=0)}
