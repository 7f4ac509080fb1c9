"""The notebook of a real bundle is executed without a network, on other test files."""

import pandas as pd
import pytest
from helpers.bundles import execute, write_image
from helpers.cases import compose_config, tiny_tables, write_tables
from helpers.kaggle_server import kaggle_settings

import regard
from regard import pipeline
from regard.competitions.bundle import BundleOptions, bundle_folder, make_bundle
from regard.pipeline.opening import open_member

pytestmark = pytest.mark.slow

LEARNERS = {
    "linear": ["model=tfidf_linear"],
    "network": ["embeddings=word2vec"],
    "blend": ["model=tfidf_linear", "+model@members.bayes=nb_svm"],
}
MISSING = ["hydra-core", "rich"]  # from the image, so that their wheels are in the bundle


@pytest.fixture(scope="module", params=LEARNERS)
def bundled(request, tmp_path_factory):
    """A trained run and the folder of its bundle."""
    folder = tmp_path_factory.mktemp(request.param)
    write_tables(folder / "data" / "tiny", tiny_tables())
    settings = [*kaggle_settings(folder), "competition.kind=code", *LEARNERS[request.param]]
    if request.param != "network":
        settings = [word for word in settings if not word.startswith("model.rnn")]
    run = pipeline.train(compose_config(*settings))
    bundle = bundle_folder(run.config, run.name)
    options = BundleOptions(image=write_image(folder / "image.txt", without=MISSING))
    make_bundle(run.config, run, bundle, options, open_member=open_member)
    return run, bundle


def larger_test():
    """More rows than those that the run was trained with, with other ids; some are empty."""
    frame = tiny_tables(n_train=3, n_test=400, seed=5)["test"]
    frame["id"] = [f"hidden-{number}" for number in range(len(frame))]
    frame.loc[7, "text"] = ""
    return frame


@pytest.mark.parametrize("n_rows", [400, 1])
def test_the_hidden_file_is_predicted(n_rows, bundled, tmp_path):
    run, bundle = bundled
    hidden = larger_test().head(n_rows)
    inputs = tmp_path / "input"
    (inputs / "tiny-slug").mkdir(parents=True)
    hidden.to_csv(inputs / "tiny-slug" / "test.csv", index=False)
    (inputs / "regard-tiny").symlink_to(bundle / "dataset")
    working = tmp_path / "working"
    working.mkdir()
    output = execute(bundle / "kernel" / "notebook.ipynb", inputs, working)
    assert f"Regard {regard.__version__} in /tmp" in output
    assert [path.name for path in working.iterdir()] == ["submission.csv"]
    found = pd.read_csv(working / "submission.csv", dtype=str)
    expected = regard.load(run.folder).predict(hidden, form="submission")
    pd.testing.assert_frame_equal(found, expected.astype(str).reset_index(drop=True))
    assert found.columns.tolist() == ["id", "category"]
    assert found["id"].tolist() == hidden["id"].tolist()


def test_a_bundle_holds_the_wheels_that_the_image_lacks(bundled):
    names = sorted(path.name.partition("-")[0] for path in (bundled[1] / "dataset").glob("*.whl"))
    assert names == ["hydra_core", "regard", "rich"]
