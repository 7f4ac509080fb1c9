import pytest
from helpers.cases import CONF, by_hydra, compose_config
from hydra.errors import HydraException

from regard.config import (
    CompetitionConfig,
    Config,
    explain,
    from_hydra,
    known_keys,
    page_folders,
    page_options,
    register_own_pages,
)
from regard.errors import ConfigError


def config_of(*overrides: str) -> Config:
    return from_hydra(by_hydra(*overrides))


def options(group: str) -> list[str]:
    return page_options()[group]


@pytest.mark.slow
@pytest.mark.parametrize("competition", options("competition"))
def test_every_competition_composes(competition):
    assert config_of(f"competition={competition}").competition.name == competition


@pytest.mark.slow
@pytest.mark.parametrize("embeddings", options("embeddings"))
def test_every_page_of_embeddings_composes(embeddings):
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
def test_epochs_of_the_command_line_are_kept(words, min_steps):
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
def test_the_helper_of_other_tests_composes_as_hydra_does(words):
    assert compose_config(*words) == config_of(*words)


def test_every_setting_has_a_value_in_a_yaml_page():
    assert "model.rnn.units" in known_keys()
    text = "".join(path.read_text(encoding="utf-8") for path in CONF.rglob("*.yaml"))
    assert [key for key in known_keys() if f"{key.rpartition('.')[2]}:" not in text] == []


def test_a_section_is_plain_data():
    assert isinstance(config_of().competition, CompetitionConfig)
    assert type(config_of().text.cleaning) is list


def test_adversarial_training_needs_trainable_word_vectors_in_members_too():
    frozen = ["+model@members.big=text_cnn", "members.big.trainable_embeddings=false"]
    with pytest.raises(ConfigError, match=r"members\.big\.trainable_embeddings=true"):
        config_of(*frozen, "training.adversarial_epsilon=1")


def test_a_member_can_be_left_out():
    members = config_of("experiment=medal", "~members.nb_svm").members
    assert list(members) == ["text_cnn", "bag_of_vectors", "tfidf_linear"]


def test_the_shipped_pages_of_a_clone_are_in_conf(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert page_folders() == [CONF]
    monkeypatch.chdir(CONF.parent)
    assert page_folders() == [CONF]


def test_own_pages_come_first_and_are_options(tmp_path, monkeypatch):
    own = tmp_path / "conf" / "competition"
    own.mkdir(parents=True)
    (own / "mine.yaml").touch()
    monkeypatch.chdir(tmp_path)
    assert page_folders() == [tmp_path / "conf", CONF]
    assert {"mine", "toxic"} < set(page_options()["competition"])
    assert "base" not in page_options()["competition"]


def test_an_own_page_wins_over_a_shipped_one(tmp_path, monkeypatch):
    own = tmp_path / "conf" / "competition"
    own.mkdir(parents=True)
    page = "defaults: [base]\nname: toxic\nlabel_columns: [mine]\ntask: binary\n"
    (own / "toxic.yaml").write_text(page)
    monkeypatch.chdir(tmp_path)
    register_own_pages()
    config = config_of("competition=toxic", "model=nb_svm")
    assert config.competition.label_columns == ["mine"]
    assert config.competition.encoding == "utf-8"  # by the shipped base page
    assert config.model.name == "nb_svm"


def test_a_mistyped_key_is_reported_with_its_page(tmp_path, monkeypatch):
    own = tmp_path / "conf" / "model"
    own.mkdir(parents=True)
    (own / "mine.yaml").write_text("defaults: [base_network]\nname: mine\nrnn: {unitz: 3}\n")
    monkeypatch.chdir(tmp_path)
    register_own_pages()
    with pytest.raises(ConfigError) as caught:
        config_of("model=mine")
    assert str(caught.value) == (
        "conf/model/mine.yaml: there is no setting 'model.rnn.unitz'; "
        "did you mean 'model.rnn.units'?"
    )


@pytest.mark.parametrize(
    ("page", "chosen", "advice"),
    [
        ("model/mine.yaml", "model=mine", "override attention: dot"),
        ("experiment/mine.yaml", "experiment=mine", "override /model/attention: dot"),
    ],
)
def test_a_page_may_choose_the_attention_of_another(tmp_path, monkeypatch, page, chosen, advice):
    path = tmp_path / "conf" / page
    path.parent.mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    register_own_pages()
    base, head = ("base_network", "") if "model/" in page else ("network", "# @package _global_\n")
    text = f"{head}defaults: [{base}, {{ENTRY}}]\nname: mine\n"
    path.write_text(text.replace("{ENTRY}", advice.removeprefix("override ")))
    with pytest.raises(HydraException) as caught:
        config_of(chosen)
    assert advice in explain(caught.value, [chosen], page_options())
    path.write_text(text.replace("{ENTRY}", advice))
    assert config_of(chosen).model.attention.score == "dot"


def test_a_config_page_of_another_project_is_refused(tmp_path, monkeypatch):
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "config.yaml").write_text("db: mysql\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=r"conf/config\.yaml .* has no regard_schema"):
        register_own_pages()
