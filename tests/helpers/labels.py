"""Label columns of train.csv, for tests of tasks."""

import pandas as pd


def label_frame(*labels: str, column: str = "label", **others: list[str]) -> pd.DataFrame:
    """Return a train frame with ids id0, id1, ... and label columns, all str."""
    ids = [f"id{row}" for row in range(len(labels))]
    return pd.DataFrame({"id": ids, column: list(labels), **others}, dtype=str)
