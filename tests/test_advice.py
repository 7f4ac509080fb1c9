"""Messages that tell what to do: each is provoked, and what it tells is done."""

import re
import shutil
from pathlib import Path

import pytest
from helpers.cases import SMALL, tiny_tables, write_tables

pytestmark = pytest.mark.slow  # Hydra composes the settings twice for each message

FOLDER = Path("data/tiny")


@pytest.fixture
def regard(regard):
    """A function that runs a command on a tiny competition and returns its status and errors."""
    write_tables(FOLDER, tiny_tables())

    def run(*words):
        status, _, errors = regard(*words)
        return status, errors

    return run


def small(*words):
    """The words of `regard prepare` on the tiny competition."""
    return ["prepare", *SMALL, *words]


SETTINGS = [
    (["folds.n_folds=1"], "give a whole number of at least 2", ["folds.n_folds=2"]),
    (["text.min_count=999"], "lower text.min_count", ["text.min_count=2"]),
    (
        ["competition.metric=accuracy", "competition.submit=probabilities"],
        "competition.metric=accuracy compares labels; set it to labels",
        ["competition.metric=accuracy", "competition.submit=labels"],
    ),
    (
        ["competition.metric=rmse"],
        "for multi_class there are: accuracy",
        ["competition.metric=accuracy"],
    ),
    (["competition.metric=acuracy"], "did you mean 'accuracy'", ["competition.metric=accuracy"]),
    (["competition.encoding=utf9"], "give for example utf-8", ["competition.encoding=utf-8"]),
    (
        ["competition.test_file=null"],
        "set both to null to train without test rows",
        ["competition.test_file=null", "competition.sample_file=null"],
    ),
    (["competition.texts=pair"], "set competition.texts=joined", ["competition.texts=joined"]),
    (["competition.label_range=[0,1]"], "set it to null", ["competition.label_range=null"]),
    (["prior.test_positive_rate=0.5"], "set it to null", ["prior.test_positive_rate=null"]),
    (["folds.kind=time"], "needs competition.time_column", ["folds.kind=stratified"]),
    (
        ["folds.kind=time", "competition.time_column=id"],
        "or set folds.kind=stratified",
        ["folds.kind=stratified", "competition.time_column=id"],
    ),
    (
        ["embeddings.lookup=[spelling,exact]"],
        "write it last",
        ["embeddings.lookup=[exact,spelling]"],
    ),
    (
        ["embeddings.sources=[word2vek]"],
        "did you mean 'word2vec'",
        ["embeddings.sources=[word2vec]"],
    ),
    (["compute.budget_minutes=0.1"], "give at least 0.5", ["compute.budget_minutes=0.5"]),
    (
        ["training.adversarial_epsilon=0.1", "model.trainable_embeddings=false"],
        "set it to 0, or model.trainable_embeddings=true",
        ["training.adversarial_epsilon=0.1", "model.trainable_embeddings=true"],
    ),
    (["model.rnn.unit=3"], "did you mean 'model.rnn.units'", ["model.rnn.units=3"]),
    (["rnn.units=3"], "did you mean 'model.rnn.units'", ["model.rnn.units=3"]),
    (
        ["members=x"],
        r"\+model@members.text_cnn=text_cnn adds one",
        ["+model@members.text_cnn=text_cnn"],
    ),
    (
        ["competition.text_columns=[txt]"],
        "did you mean 'text'",
        ["competition.text_columns=[text]"],
    ),
    (
        ["competition.text_columns=text"],
        r"give a list: \[...\]",
        ["competition.text_columns=[text]"],
    ),
    (
        ["competition.train_file=trian.csv"],
        "did you mean 'train.csv'",
        ["competition.train_file=train.csv"],
    ),
    (["folds.n_folds=40"], r"set it to 16 or fewer|set folds.n_folds", ["folds.n_folds=3"]),
    (["seed=1,2"], "a list is written", ["seed=1"]),
    (["model.name=a(b"], "the bracket . is not closed", ["model.name='a(b'"]),
    (["model.name=a(b)c"], "in quotes: \"model.name='a.b.c'\"", ["model.name='a(b)c'"]),
    (["model.name=sort(1,2)"], "in quotes: \"model.name='sort.1,2.'\"", ["model.name='sort(1,2)'"]),
    (["output_dir=data/tiny/test.csv"], "or set output_dir to a folder", ["output_dir=elsewhere"]),
    (
        ["competition.label_values=[sea,wood]"],
        "see competition.label_values",
        ["competition.label_values=[sea,wood,town]"],
    ),
    (["competition=bbc_new"], "did you mean 'bbc_news'", ["competition=bbc_news"]),
]


@pytest.mark.parametrize(
    ("wrong", "advice", "right"), SETTINGS, ids=[" ".join(case[0]) for case in SETTINGS]
)
def test_setting_that_is_changed_as_told_works(wrong, advice, right, regard):
    status, err = regard(*small(*wrong))
    assert status == 1
    assert re.search(advice, err), err
    assert len(err.splitlines()) == 1
    assert regard(*small(*right)) == (0, "")


def test_seeds_of_a_linear_model(regard):
    words = [word for word in SMALL if not word.startswith("model.")]
    status, err = regard("prepare", *words, "model=tfidf_linear", "seeds=[1,2]")
    assert (status, "set seeds=null" in err) == (1, True)
    assert regard("prepare", *words, "model=tfidf_linear", "seeds=null") == (0, "")


def test_encoding_that_is_told_reads_the_file(regard):
    tables = tiny_tables()
    tables["train"].loc[9, "text"] = "caf\u00e9 \u2019 ship"
    tables["train"].to_csv(FOLDER / "train.csv", index=False, encoding="cp1252")
    status, err = regard(*small())
    encoding = re.search(r"set competition.encoding to .* for example (\w+)", err)[1]
    assert status == 1
    assert regard(*small(f"competition.encoding={encoding}")) == (0, "")


def test_missing_file_is_put_there(regard):
    (FOLDER / "test.csv").rename("kept.csv")
    status, err = regard(*small())
    assert (status, "put it there, or set competition" in err) == (1, True)
    Path("kept.csv").rename(FOLDER / "other.csv")
    assert regard(*small("competition.test_file=other.csv")) == (0, "")


def test_page_is_written_from_the_files_that_the_message_names(regard):
    status, err = regard("prepare", "competition=tiny")
    command = re.search(r"to write it from data/tiny, run regard (new tiny)$", err.strip())[1]
    assert status == 1
    assert regard(*command.split()) == (0, "")
    assert regard("prepare", "competition=tiny", "folds.n_folds=2") == (0, "")
    status, err = regard("new", "tiny")
    page = re.match(r"config error: (\S+) already exists; edit it, or delete it first", err)[1]
    Path(page).unlink()
    assert regard("new", "tiny") == (0, "")


def test_files_are_named_as_told(regard):
    (FOLDER / "sample_submission.csv").rename(FOLDER / "answers.csv")
    status, err = regard("new", "tiny")
    name = re.search(r"rename one of them to (\S+)$", err.strip())[1]
    (FOLDER / "answers.csv").rename(FOLDER / name)
    assert status == 1
    assert regard("new", "tiny") == (0, "")


def test_folder_is_renamed_as_told(regard):
    FOLDER.rename("data/my set")
    status, err = regard("new", "my set")
    assert status == 1
    assert "rename its folder, by letters from a to z, digits, _ and -" in err
    Path("data/my set").rename("data/my_set-2")
    assert regard("new", "my_set-2") == (0, "")


def test_broken_fold_is_deleted_and_made_again(regard):
    train = ["train", "competition=tiny", "model=nb_svm", "folds.n_folds=2"]
    assert regard("new", "tiny") == (0, "")
    assert regard(*train) == (0, "")
    (damaged,) = Path("outputs/tiny/runs").glob("*/fold_0/model.npz")
    damaged.write_bytes(b"PK and no more")
    status, err = regard(*train)
    folder = re.search(r"delete (?:the folder )?(\S+/fold_0)\b", err)[1]
    assert status == 1
    shutil.rmtree(folder)
    assert regard(*train) == (0, "")


def test_command_that_is_told_makes_the_missing_run(regard):
    words = ["competition=tiny", "model=nb_svm", "folds.n_folds=2"]
    assert regard("new", "tiny") == (0, "")
    status, err = regard("predict", "competition=tiny", "input=data/tiny/test.csv")
    command = re.search(r"first run: regard (train competition=tiny)$", err.strip())[1]
    assert status == 1
    assert regard(*command.split(), *words[1:]) == (0, "")
    assert regard("predict", "competition=tiny", "input=data/tiny/test.csv") == (0, "")
    status, err = regard("predict", "competition=tiny", "input=data/tiny/test.csv", "output=data")
    output = re.search(r"name a file, such as (\S+)$", err.strip())[1]
    assert regard(
        "predict", "competition=tiny", "input=data/tiny/test.csv", f"output={output}"
    ) == (0, "")
    status, err = regard("predict", "competition=tiny", "input=data/tiny/tset.csv")
    name = re.search("did you mean '(.*)'", err)[1]
    assert regard("predict", "competition=tiny", f"input=data/tiny/{name}") == (0, "")
    status, err = regard("report", "competition=tiny", "seed=3")
    assert (status, "or train with this setting first" in err) == (1, True)
    status, err = regard("blend", "competition=tiny")
    command = re.search(r"; first run: regard (train competition=tiny .*)$", err.strip())[1]
    assert regard(*command.split()) == (0, "")
    assert regard("blend", "competition=tiny") == (0, "")
