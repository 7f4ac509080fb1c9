"""Every page of conf/competition works on small files with the columns of the real ones."""

import numpy as np
import pandas as pd
import pytest
from helpers.cases import compose_config
from helpers.presets import FILES, N_TEST, N_TRAIN, QUICK, preset_names, write_preset

from regard import pipeline

EXPLAINED = ["report.n_explained_rows=2"]  # one competition for each kind of task


@pytest.mark.slow
def test_all_tasks_have_pages():
    assert preset_names() == sorted(FILES)
    names = [*FILES, "bbc_news"]
    tasks = [compose_config(f"competition={name}").competition.task for name in names]
    counts = {task: tasks.count(task) for task in tasks}
    assert counts.pop("multi_label") == 1
    assert min(counts.values()) >= 2
    assert len(counts) == 5


@pytest.mark.slow
@pytest.mark.parametrize("name", preset_names())
def test_slug_and_columns(name, tmp_path):
    folders = [f"data_dir={tmp_path}/data", f"output_dir={tmp_path}/outputs"]
    config = compose_config(f"competition={name}", *QUICK, *folders)
    write_preset(name, tmp_path, config)
    assert config.competition.slug
    run = pipeline.make(config, "folds")
    assert len(run.folds) == N_TRAIN


@pytest.mark.slow
@pytest.mark.usefixtures("in_this_process")
@pytest.mark.parametrize(
    ("name", "overrides"),
    [
        ("quora_pairs", ["experiment=seed_pairs", *EXPLAINED]),
        (
            "disaster_tweets",
            ["features.text_statistics=[length,capitals,punctuation,unique_words]"],
        ),
        ("spooky", []),
        ("movie_reviews", []),
        ("toxic", []),
        ("toxic", ["competition.metric=f1_macro", *EXPLAINED]),
        ("crowdflower", EXPLAINED),
        ("essay_scoring", ["competition.metric=rmse"]),
        ("commonlit", ["features.text_statistics=[length]", *EXPLAINED]),
        ("feedback_ell", []),
        ("jigsaw_bias", []),
        ("google_quest", []),
    ],
)
def test_files_to_submission(name, overrides, tmp_path):
    folders = [f"data_dir={tmp_path}/data", f"output_dir={tmp_path}/outputs"]
    config = compose_config(f"competition={name}", *folders, *QUICK, *overrides)
    write_preset(name, tmp_path, config)
    run = pipeline.train(config)
    submission = pd.read_csv(run.folder / "submission.csv", dtype=str, keep_default_na=False)
    assert list(submission) == FILES[name][2]
    ids = [f"r{row}" for row in range(N_TRAIN, N_TRAIN + N_TEST)]
    assert submission.iloc[:, 0].tolist() == ids
    values = submission.iloc[:, 1:].astype(float).to_numpy()
    if config.competition.submit == "probabilities":
        assert ((values >= 0) & (values <= 1)).all()
    elif config.competition.submit == "labels":
        assert set(np.unique(values)) <= {float(name) for name in run.task.classes or ("0", "1")}
    assert (run.folder / "report.html").stat().st_size > 5000
