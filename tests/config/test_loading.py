import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from helpers.cases import CONF, by_hydra, compose_config
from hydra.errors import HydraException
from omegaconf.errors import OmegaConfBaseException

from regard.config import (
    CompetitionConfig,
    Config,
    explain,
    from_hydra,
    known_keys,
    split_flags,
)
from regard.config.schema import CLEANING_STEPS
from regard.errors import ConfigError

ROOT = Path(__file__).resolve().parents[2]


def config_of(*overrides: str) -> Config:
    return from_hydra(by_hydra(*overrides))


def options(group: str) -> list[str]:
    return sorted(path.stem for path in (CONF / group).glob("*.yaml") if path.stem != "base")


@pytest.mark.slow
@pytest.mark.parametrize("competition", options("competition"))
def test_every_competition_composes(competition):
    assert config_of(f"competition={competition}").competition.name == competition


@pytest.mark.slow
@pytest.mark.parametrize("embeddings", options("embeddings"))
def test_every_choice_of_vectors_composes(embeddings):
    assert config_of(f"embeddings={embeddings}").embeddings.sources


@pytest.mark.slow
@pytest.mark.parametrize("model", options("model"))
def test_every_model_composes(model):
    assert config_of(f"model={model}").model.name == model


@pytest.mark.slow
@pytest.mark.parametrize("experiment", options("experiment"))
def test_every_experiment_composes_and_names_its_runs(experiment):
    of_pairs = ["competition=quora_pairs"] if experiment == "seed_pairs" else []
    named_by_model = {"network": "bigru_pool"}  # so that its run is the one that medal blends
    assert config_of(f"experiment={experiment}", *of_pairs).name == named_by_model.get(
        experiment, experiment
    )


def test_the_command_line_wins_over_an_experiment():
    assert config_of("experiment=seed_toxic", "model.rnn.units=7").model.rnn.units == 7


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "min_steps"),
    [
        ([], 400),
        (["training.epochs=7"], 0),
        (["training.epochs=7", "training.min_steps=9"], 9),
        (["experiment=network"], 1280),
        (["experiment=network", "++training.epochs=2"], 0),
    ],
)
def test_epochs_of_the_command_line_are_not_stretched(words, min_steps):
    noted = by_hydra(*words)
    noted.overrides = words
    assert from_hydra(noted).training.min_steps == min_steps


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        [
            "name=x",
            "seeds=[1,2]",
            "training.clip_norm=null",
            "training.learning_rate=1e-3",
            "data_dir=/a/b c",
        ],
        [
            "experiment=medal",
            "competition=spooky",
            "members.text_cnn.cnn.kernel_sizes=[2,3]",
            "seed=5",
        ],
        [
            "experiment=medal",
            "~members.nb_svm",
            "training.class_weights=[1,2.5]",
            "competition.source=null",
        ],
    ],
)
def test_what_other_tests_compose_is_what_hydra_composes(words):
    assert compose_config(*words) == config_of(*words)


def test_every_setting_has_a_value_in_a_yaml_page():
    assert "model.rnn.units" in known_keys()
    text = "".join(path.read_text(encoding="utf-8") for path in CONF.rglob("*.yaml"))
    assert [key for key in known_keys() if f"{key.rpartition('.')[2]}:" not in text] == []


def refusal(*overrides: str) -> str:
    groups = {
        group: options(group)
        for group in ("competition", "embeddings", "model", "experiment", "compute")
    }
    with pytest.raises((ConfigError, HydraException, OmegaConfBaseException)) as caught:
        config_of(*overrides)
    return (
        str(caught.value)
        if isinstance(caught.value, ConfigError)
        else explain(caught.value, overrides, groups)
    )


def is_told(message: str, words: list[str]) -> None:
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
        ("members=[text_cnn]", ["members are named one by one: +model@members.text_cnn="]),
        ("members=text_cnn", ["members are named one by one"]),
        ("~members.nb_svn", ["members.nb_svn: there is no such member to leave out"]),
        (
            "+members.dpcnn=dpcnn",
            ["members are named one by one: +model@members.dpcnn=", "~members.dpcnn"],
        ),
        ("text.cleaning=lower_case", ["text.cleaning", "give a list: [...]"]),
        ("competition=bbc_newz", ["conf/competition/bbc_newz.yaml", "did you mean 'bbc_news'?"]),
        ("model=nothing_like_it", ["conf/model/nothing_like_it.yaml", "lstm_attention"]),
        ("model.rnn.units=many", ["model.rnn.units", "'many'", "Integer"]),
        ("rnn.units=3", ["no setting 'rnn.units'", "did you mean 'model.rnn.units'?"]),
        ("n_folds=3", ["no setting 'n_folds'", "did you mean 'folds.n_folds'?"]),
        ("experiment=", ["experiment= names no page of conf/experiment; there are: fast, "]),
        ("competition=../x", ["no conf/competition/../x.yaml"]),
        ("+model@member.dpcnn=dpcnn", ["+model@members.dpcnn="]),
        ("model=nb_svm,dpcnn", ["several values", "make sweep"]),
        ("training.epochs", ["training.epochs=..."]),
        ("folds.n_folds=???", ["folds.n_folds"]),
    ],
)
def test_a_wrong_word_is_refused_in_one_line_that_names_it(override, words):
    is_told(refusal(override), words)


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
        ("competition.text_columns=[text,text]", ["competition.text_columns names text twice"]),
        ("seed=-1", ["seed=-1"]),
        ("name=.a", ["name='.a'", "no dot first"]),
        ("text.cleaning=[lowercase]", ["text.cleaning=lowercase", "did you mean 'lower_case'?"]),
        ("name=a/b", ["name='a/b'"]),
        ("embeddings.sources=[glove]", ["embeddings.sources=glove"]),
        ("embeddings.sources=[word2vec:x]", ["'word2vec:x'"]),
        ("competition.encoding=utf-9", ["competition.encoding=utf-9"]),
        ("competition.separator=ab", ["competition.separator"]),
        ("competition.label_columns=[a,b]", ["multi_label"]),
    ],
)
def test_a_value_out_of_range_is_refused_in_one_line_that_names_it(override, words):
    with pytest.raises(ConfigError) as caught:
        compose_config(override)
    is_told(str(caught.value), words)


@pytest.mark.slow
def test_a_script_refuses_a_typo_in_one_line_without_a_traceback(tmp_path):
    script = [
        sys.executable,
        str(ROOT / "scripts" / "train.py"),
        f"output_dir={tmp_path}",
        "model.rnn.unitz=3",
    ]
    done = subprocess.run(script, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "config error: there is no setting 'model.rnn.unitz'; did you mean 'model.rnn.units'?"
    ]
    assert list(tmp_path.iterdir()) == []


def test_flags_may_stand_among_settings():
    words = ["seed=1", "--cfg", "job", "name=-x", "-m", "~members.nb_svm"]
    assert split_flags(words) == (["seed=1", "name=-x", "~members.nb_svm"], ["--cfg", "job", "-m"])
    assert split_flags([]) == ([], [])


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("--hlp", "there is no flag --hlp; did you mean '--help'?"),
        ("--multi", "there is no flag --multi; did you mean '--multirun'?"),
        (
            "--training.epochs=3",
            "--training.epochs=3: a setting is written without dashes, as key=value",
        ),
        (
            "--experiment=medal",
            "--experiment=medal: a setting is written without dashes, as key=value",
        ),
        ("--cfg=jobs", "argument --cfg/-c: invalid choice: 'jobs'"),
    ],
)
def test_a_wrong_flag_is_told_in_one_line(word, message):
    with pytest.raises(ConfigError) as caught:
        split_flags(["seed=1", word, "name=x"])
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_choices_of_the_schema_are_the_ones_the_code_has():
    from regard import text

    assert set(CLEANING_STEPS) == set(text.TEXT_STEPS) | set(text.TOKEN_STEPS)


def test_a_section_is_plain_data():
    assert isinstance(config_of().competition, CompetitionConfig)
    assert type(config_of().text.cleaning) is list


@pytest.mark.parametrize(
    ("page", "words"),
    [
        (
            "name: x\n  text_columns: [text\n",
            "config error: a page of conf/ is not YAML: .*x.yaml.*line 2",
        ),
        (
            "defaults: [base]\nname: x\nlabel_column: [y]\n",
            "config error: conf/competition/x.yaml: .*'competition.label_column'; .*'competition.label_columns'",
        ),
        (
            "defaults: [base]\nname: x\ntext_columns: text\n",
            r"config error: conf/competition/x.yaml: competition.text_columns: give a list",
        ),
        (
            "defaults: [base]\nname: x\ntask:\n",
            "config error: conf/competition/x.yaml: competition.task: has no value; give one",
        ),
        (
            "name: x\nlabel_columns: [y]\n",
            "config error: competition.[a-z_]+ has no value; .*defaults: .base.",
        ),
    ],
    ids=["no YAML", "an unknown key", "no list", "no value", "no defaults"],
)
@pytest.mark.slow
def test_a_mistake_in_a_page_of_ones_own_is_told_in_one_line(page, words, tmp_path):
    shutil.copytree(CONF, tmp_path / "conf")
    (tmp_path / "conf" / "competition" / "x.yaml").write_text(page)
    code = (
        "import sys, pathlib, regard.config as c; c.run_script(print, pathlib.Path(sys.argv.pop()))"
    )
    command = [sys.executable, "-c", code, "competition=x", str(tmp_path / "conf")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 1
    assert re.fullmatch(words + ".*\n", done.stderr)


def test_an_experiment_page_that_is_not_global_is_told(tmp_path):
    (tmp_path / "experiment").mkdir()
    (tmp_path / "experiment" / "mine.yaml").write_text("name: mine\n")
    overrides = [f"hydra.searchpath=[file://{tmp_path}]", "experiment=mine"]
    with pytest.raises(HydraException) as caught:
        config_of(*overrides)
    message = explain(caught.value, overrides, {"experiment": ["mine"]})
    assert message.startswith(
        "conf/experiment/mine.yaml: its first line must be `# @package _global_`"
    )


@pytest.mark.slow
@pytest.mark.parametrize("right", ["~members.nb_svm", "model.head={dropout: 0.5}"])
def test_a_mistake_is_not_told_of_a_word_that_is_right(right):
    assert "model.rnn.unitz" in refusal("experiment=medal", right, "model.rnn.unitz=3")
    assert "seed" in refusal("experiment=medal", right, "seed=many")


MEMBER = "+model@members.big=text_cnn"


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("members.big.cnn.filters=0", "members.big.cnn.filters=0 is out of range"),
        ("members.big.cnn.filters=many", "members.big.cnn.filters: .*'many'.*Integer"),
        (
            "members.big.cnn.filterz=1",
            "no setting 'members.big.cnn.filterz'; did you mean 'members.big.cnn.filters'",
        ),
        ("members.bog.cnn.filters=1", "members.bog.cnn.filters: there is no such member"),
    ],
)
def test_a_mistake_in_a_member_is_told_by_its_own_key(override, words):
    assert re.search(words, refusal(MEMBER, override))


def test_an_adversary_needs_word_vectors_that_are_trained_in_members_too():
    frozen = [MEMBER, "members.big.trainable_embeddings=false"]
    with pytest.raises(ConfigError, match=r"members\.big\.trainable_embeddings=true"):
        config_of(*frozen, "training.adversarial_epsilon=1")


def test_a_member_can_be_left_out():
    members = config_of("experiment=medal", "~members.nb_svm").members
    assert list(members) == ["text_cnn", "bag_of_vectors", "tfidf_linear"]
