import importlib.util
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"
SPECIFICATION = importlib.util.spec_from_file_location("sample_report", DOCS / "sample_report.py")
sample_report = importlib.util.module_from_spec(SPECIFICATION)
SPECIFICATION.loader.exec_module(sample_report)

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("in_this_process")]


def test_the_sample_is_a_real_report_and_is_made_once(tmp_path):
    # Another linear model takes the place of the network.
    other = {"model": "tfidf_linear", "overrides": ["model.C=[1.0]", "model.characters=false"]}
    path = sample_report.make_report(tmp_path, other, n_train=60, n_test=20)
    page = path.read_text(encoding="utf-8")
    for shown in ("bbc_news", "test score", "Since the previous run", "Confusion matrix"):
        assert shown in page
    time = path.stat().st_mtime_ns
    assert sample_report.make_report(tmp_path, other, 60, 20) == path
    assert path.stat().st_mtime_ns == time
