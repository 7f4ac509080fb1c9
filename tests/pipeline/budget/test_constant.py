import pandas as pd
import pytest

from regard.pipeline.budget.constant import write_constant
from regard.pipeline.runner import Session

pytestmark = pytest.mark.slow  # the stages of a run


def test_every_row_has_the_shares_of_the_classes(quick):
    config = quick("competition.metric=accuracy")
    path = write_constant(config, Session())
    submission = pd.read_csv(path)
    sample = pd.read_csv(config.competition_dir / "sample_submission.csv")
    assert list(submission) == list(sample)
    assert submission["id"].tolist() == sample["id"].tolist()
    assert submission["category"].nunique() == 1


def test_no_test_file_no_submission(quick):
    config = quick("competition.test_file=null", "competition.sample_file=null")
    assert write_constant(config, Session()) is None
