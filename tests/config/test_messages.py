import re

import pytest
from helpers.cases import by_hydra, compose_config
from hydra.errors import HydraException
from omegaconf.errors import OmegaConfBaseException

from regard.config import explain, from_hydra, page_options, split_flags
from regard.errors import ConfigError


def refusal(*overrides: str) -> str:
    with pytest.raises((ConfigError, HydraException, OmegaConfBaseException)) as caught:
        from_hydra(by_hydra(*overrides))
    if isinstance(caught.value, ConfigError):
        return str(caught.value)
    return explain(caught.value, overrides, page_options())


def explains(message: str, words: list[str]) -> None:
    assert "\n" not in message
    for word in words:
        assert word in message


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("model.rnn.unitz=3", ["model.rnn.unitz", "did you mean 'model.rnn.units'?"]),
        ("modle.rnn.units=3", ["modle.rnn.units", "did you mean 'model.rnn.units'?"]),
        ("+model.rnn.unitz=3", ["model.rnn.unitz", "did you mean 'model.rnn.units'?"]),
        (
            "+members.a.cnn.filterz=3",
            ["there is no setting 'members.a.cnn.filterz'", "mean 'members.a.cnn.filters'?"],
        ),
        ("members.text_cmn.cnn.filters=3", ["no such member", "+model@members.text_cmn="]),
        (
            "+model@members.text_cnn=text_cmn",
            ["conf/model/text_cmn.yaml", "did you mean 'text_cnn'?"],
        ),
        ("members=[text_cnn]", ["add members one by one: +model@members.text_cnn="]),
        ("members=text_cnn", ["add members one by one"]),
        ("~members.nb_svn", ["members.nb_svn: there is no such member to leave out"]),
        (
            "+members.dpcnn=dpcnn",
            ["add members one by one: +model@members.dpcnn=", "~members.dpcnn"],
        ),
        ("text.cleaning=lower_case", ["text.cleaning", "give a list: [...]"]),
        ("competition=bbc_newz", ["conf/competition/bbc_newz.yaml", "did you mean 'bbc_news'?"]),
        ("competition=mine", ["bbc_news", "from data/mine, run make new COMPETITION=mine"]),
        ("model=nothing_like_it", ["conf/model/nothing_like_it.yaml", "lstm_attention"]),
        ("model.rnn.units=many", ["model.rnn.units", "many is no whole number"]),
        ("rnn.units=3", ["no setting 'rnn.units'", "did you mean 'model.rnn.units'?"]),
        ("n_folds=3", ["no setting 'n_folds'", "did you mean 'folds.n_folds'?"]),
        ("epochs=3", ["mean 'embeddings.fasttext.epochs' or", "or 'training.epochs'?"]),
        (
            "units=3",
            ["did you mean 'model.attention.units' or 'model.head.units'", "or 'model.rnn.units'?"],
        ),
        ("training.warm_up=1", ["did you mean 'training.warmup'?"]),
        ("model.kind=linear", ["there are: model.C, ", "model.learner"]),
        (
            "folds.threshold=3",
            ["there are: folds.kind, folds.n_folds, folds.near_duplicates, folds.o"],
        ),
        ("xyzzy=3", ["there is no setting 'xyzzy'; conf/config.yaml and --help list them"]),
        (
            "experiment=",
            ["experiment= names no page of conf/experiment; there are: encoder, fast"],
        ),
        ("competition=../x", ["no conf/competition/../x.yaml"]),
        ("+model@member.dpcnn=dpcnn", ["+model@members.dpcnn="]),
        ("model=nb_svm,dpcnn", ["several values", "--multirun (in a clone also make sweep)"]),
        ("training.epochs", ["training.epochs=..."]),
        ("training.epochs=null", ["training.epochs: has no value; give one"]),
        ("training=3", ["training: is a section of settings; give values to its settings"]),
        ("folds.n_folds=???", ["folds.n_folds"]),
    ],
)
def test_a_wrong_setting_is_refused_in_one_line_that_names_it(override, words):
    explains(refusal(override), words)


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("model.rnn.units=0", ["model.rnn.units=0", "at least 1"]),
        ("model.rnn.cell=lstn", ["model.rnn.cell=lstn", "did you mean 'lstm'?"]),
        ("model.rnn.cell=lstm_gru", ["model.rnn.cell=lstm_gru", "model.rnn.n_layers=1"]),
        ("model.encoder=dpcnn", ["model.skip_connection=true", "model.encoder=dpcnn"]),
        ("model.cnn.kernel_sizes=[3,3]", ["model.cnn.kernel_sizes names 3 twice"]),
        ("model.head.dropout=1.0", ["model.head.dropout=1.0", "rate"]),
        ("model.pooling=[max,max]", ["model.pooling names max twice"]),
        ("model.pooling=[]", ["model.pooling", "empty"]),
        ("training.learning_rate=-1", ["training.learning_rate=-1", "above 0"]),
        ("folds.n_folds=1", ["folds.n_folds=1", "at least 2"]),
        ("embeddings.combination=mean", ["embeddings.combination"]),
        ("embeddings.lookup=[]", ["embeddings.lookup is empty"]),
        (
            "embeddings.lookup=[exact,spelling,stem]",
            ["embeddings.lookup", "spelling", "write it last"],
        ),
        ("embeddings.lookup=[spelling]", ["embeddings.lookup", "write it last"]),
        (
            "competition.text_statistics=[lenght]",
            ["competition.text_statistics=lenght is not known; did you mean 'length'?"],
        ),
        (
            "competition.prompt_column=category",
            ["competition.prompt_column=category is a label column"],
        ),
        (
            "competition.join_column=key",
            ["competition.joined_files and competition.join_column go together"],
        ),
        ("competition.text_columns=[text,text]", ["competition.text_columns names text twice"]),
        ("seed=-1", ["seed=-1"]),
        ("name=.a", ["name='.a'", "no dot first"]),
        ("text.cleaning=[lowercase]", ["text.cleaning=lowercase", "did you mean 'lower_case'?"]),
        ("name=a/b", ["name='a/b'"]),
        ("embeddings.sources=[glove]", ["embeddings.sources=glove"]),
        ("embeddings.sources=[word2vec:x]", ["'word2vec:x'"]),
        ("competition.encoding=utf-9", ["competition.encoding=utf-9"]),
        ("competition.separator=ab", ["competition.separator"]),
        ("competition.label_separator=;", ["label_separator", "multi_label"]),
        ("competition.decimal=;", ["competition.decimal=; is not known"]),
    ],
)
def test_a_value_out_of_range_is_refused_in_one_line_that_names_it(override, words):
    with pytest.raises(ConfigError) as caught:
        compose_config(override)
    explains(str(caught.value), words)


def test_flags_are_split_from_settings():
    words = ["seed=1", "--cfg", "job", "name=-x", "--resolve", "~members.nb_svm"]
    settings = ["seed=1", "name=-x", "~members.nb_svm"]
    assert split_flags(words) == (settings, ["--cfg", "job", "--resolve"])


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("--hlp", "there is no flag --hlp; did you mean '--help'?"),
        ("--multi", "there is no flag --multi; did you mean '--multirun'?"),
        (
            "--training.epochs=3",
            "--training.epochs=3: write a setting without dashes, as key=value",
        ),
        (
            "--experiment=medal",
            "--experiment=medal: write a setting without dashes, as key=value",
        ),
        ("--cfg=jobs", "--cfg jobs is not known; did you mean 'job'?"),
        ("--multirun=yes", "--multirun takes no value"),
        ("-mc", "there is no flag -mc; there are: --cfg, "),
    ],
)
def test_a_wrong_flag_is_refused_in_one_line(word, message):
    with pytest.raises(ConfigError) as caught:
        split_flags(["seed=1", word, "name=x"])
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_an_experiment_page_without_its_package_is_explained(tmp_path):
    (tmp_path / "experiment").mkdir()
    (tmp_path / "experiment" / "mine.yaml").write_text("name: mine\n")
    overrides = [f"hydra.searchpath=[file://{tmp_path}]", "experiment=mine"]
    with pytest.raises(HydraException) as caught:
        by_hydra(*overrides)
    message = explain(caught.value, overrides, {"experiment": ["mine"]})
    assert message.startswith(
        "conf/experiment/mine.yaml: its first line must be `# @package _global_`"
    )


@pytest.mark.slow
@pytest.mark.parametrize("right", ["~members.nb_svm", "model.head={dropout: 0.5}"])
def test_a_correct_setting_is_not_blamed(right):
    assert "model.rnn.unitz" in refusal("experiment=medal", right, "model.rnn.unitz=3")
    assert "seed" in refusal("experiment=medal", right, "seed=many")


MEMBER = "+model@members.big=text_cnn"


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("members.big.cnn.filters=0", "members.big.cnn.filters=0 is out of range"),
        ("members.big.cnn.filters=many", "members.big.cnn.filters: many is no whole number"),
        (
            "members.big.cnn.filterz=1",
            "no setting 'members.big.cnn.filterz'; did you mean 'members.big.cnn.filters'",
        ),
        ("members.bog.cnn.filters=1", "members.bog.cnn.filters: there is no such member"),
    ],
)
def test_a_mistake_in_a_member_names_its_own_key(override, words):
    assert re.search(words, refusal(MEMBER, override))


@pytest.mark.parametrize(
    ("words", "settings", "flags"),
    [
        ([], [], []),
        (["--info", "seed=1"], ["seed=1"], ["--info"]),
        (["-i", "searchpath", "seed=1"], ["seed=1"], ["-i", "searchpath"]),
        (["-cd", "my conf", "seed=1"], ["seed=1"], ["-cd", "my conf"]),
        (["--cfg=job", "-p", "model", "--resolve"], [], ["--cfg=job", "-p", "model", "--resolve"]),
    ],
)
def test_a_flag_keeps_its_value(words, settings, flags):
    assert split_flags(words) == (settings, flags)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["-c"], "--cfg needs a value: one of job, hydra, all"),
        (["--package"], "--package needs a value"),
        (["-m", "--cfg", "job"], "--multirun and --cfg exclude each other; give one of them"),
        (["--resolve"], "--resolve needs --cfg job or --help"),
    ],
)
def test_flags_that_make_no_sense_are_refused_in_one_line(words, message):
    with pytest.raises(ConfigError) as caught:
        split_flags(words)
    assert str(caught.value) == message


def test_a_page_of_a_further_folder_is_not_blamed(tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "mine.yaml").write_text("defaults: [lstm_attention]\nname: mine\n")
    settings = [f"hydra.searchpath=[file://{tmp_path}]", "model=mine", "model.rnn.unitz=3"]
    assert "did you mean 'model.rnn.units'?" in refusal(*settings)
