import dataclasses
import pickle

import pytest
from helpers.cases import by_hydra, compose_config
from hydra.errors import HydraException

from regard.config import (
    LinearConfig,
    ModelConfig,
    NetworkConfig,
    compose_settings,
    explain,
    from_hydra,
    page_options,
    register_own_pages,
)
from regard.errors import ConfigError
from regard.network.encoders import ENCODERS, Encoder


@dataclasses.dataclass
class EchoConfig:
    """The settings of an encoder from outside, one of them with a default."""

    width: int
    depth: int = 2


@dataclasses.dataclass
class PlainConfig:
    """The settings of an encoder from outside, all with defaults."""

    width: int = 5


@pytest.fixture
def encoders(monkeypatch):
    """Two more encoders."""
    monkeypatch.setitem(ENCODERS, "echo", Encoder(EchoConfig, lambda vectors, mask, **_: None))
    monkeypatch.setitem(ENCODERS, "plain", Encoder(PlainConfig, lambda vectors, mask, **_: None))


def model(*overrides: str) -> ModelConfig:
    return compose_config(*overrides).model


def composed(*overrides: str) -> ModelConfig:
    """As `model`, but not from the cache: with the encoders that are there now."""
    return from_hydra(by_hydra(*overrides)).model


def refusal(*overrides: str) -> str:
    """The message for wrong settings, however Hydra or the checks refuse them."""
    with pytest.raises((ConfigError, HydraException)) as caught:
        from_hydra(by_hydra(*overrides))
    error = caught.value
    message = (
        str(error) if isinstance(error, ConfigError) else explain(error, overrides, page_options())
    )
    assert "\n" not in message
    return message


def test_the_page_chooses_the_class():
    assert isinstance(model(), NetworkConfig)
    assert isinstance(model("model=nb_svm"), LinearConfig)
    members = compose_config("experiment=fast").members
    assert {name: type(member) for name, member in members.items()} == {
        "nb_svm": LinearConfig,
        "tfidf_linear": LinearConfig,
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["model.C=1"], "model.C is a setting of model.learner=linear or frozen_encoder, and this"),
        (
            ["model=nb_svm", "model.rnn.units=3"],
            "model.rnn is a setting of model.learner=network, and this model has another",
        ),
        (["model=nb_svm", "model.Cs=1"], "no setting 'model.Cs'; did you mean 'model.C'?"),
        (["+model.C=[1]"], "model.C is a setting of model.learner=linear"),
        (["experiment=seed_toxic", "model=nb_svm"], "is a setting of model.learner=network"),
        (["model.learner=linear"], "is a setting of model.learner=network"),
        (
            ["model.learner=forest"],
            "model.learner=forest is not known; there are: finetuned_encoder, frozen_encoder, line",
        ),
        (["~model.learner"], "model.learner has no value; start the page with `defaults: [base_"),
        (["~model.category_dim"], "model.category_dim has no value"),
        (["+model.rnn.unitz=1"], "no setting 'model.rnn.unitz'; did you mean 'model.rnn.units'?"),
        (["model.encoder=cnm"], "model.encoder=cnm is not known; did you mean 'cnn'?"),
        (["model.encoder=dpcnn"], "but model.encoder=dpcnn has fewer of them"),
        (["model.pooling=max"], "model.pooling: give a list"),
        (["model.rnn=3"], "model.rnn is a section of settings; give values to its settings"),
        (["model.head=null"], "model.head is a section of settings"),
        (["model=nb_svm", "+model.rnn=3"], "model.rnn is a section of settings"),
        (
            ["+model@members.a=text_cnn", "+members.a.C=[1]"],
            "members.a.C is a setting of members.a.learner=linear",
        ),
        (
            ["+model@members.a=text_cnn", "members.a.cnn.filters=many"],
            "members.a.cnn.filters: many is no whole number",
        ),
        (
            ["+model@members.a=text_cnn", "members.a.pooling=[sum]"],
            "members.a.pooling=sum is not known",
        ),
        (["model/attention=dott"], "no conf/model/attention/dott.yaml"),
        (["model=attention"], "no conf/model/attention.yaml (model=attention); did you mean"),
        (
            ["model=text_cnn", "model/attention=dot"],
            "but model.pooling=[max]; add attention to model.pooling, or leave the settings of",
        ),
        (["model=tfidf_linear", "model/attention=dot"], "model/attention=dot: the model has no"),
        (["model.attention=dot"], "choose a page by model/attention=dot"),
        (
            ["+model@members.a=text_cnn", "members.a.attention=dot"],
            "choose a page by model/attention@members.a.attention=dot",
        ),
        (
            ["+model@members.a=text_cnn", "model/attention@members.a=dot"],
            "for a member write model/attention@members.a.attention=dot",
        ),
        (
            ["+model@members.a=text_cnn", "model/attention@members.b.attention=dot"],
            "model/attention@members.b.attention=dot: there is no such member",
        ),
    ],
)
def test_a_wrong_setting_of_a_model_is_refused_by_its_key(overrides, message):
    assert message in refusal(*overrides)


def test_values_are_converted_to_their_types():
    assert model("model.rnn.dropout=0").rnn.dropout == 0.0
    assert model("model=nb_svm", "model.C=[1]").C == [1.0]


@pytest.mark.slow
@pytest.mark.usefixtures("encoders")
def test_an_encoder_from_outside_has_a_section_of_its_name():
    given = composed("model.encoder=echo", "+model.echo={width: 3}")
    assert given.encoder_settings == EchoConfig(width=3, depth=2)
    assert given.plain == PlainConfig(width=5)
    assert composed().echo is None  # it has no defaults and is not chosen


@pytest.mark.slow
@pytest.mark.usefixtures("encoders")
def test_an_encoder_from_outside_has_its_defaults_without_a_section():
    assert composed("model.encoder=plain").encoder_settings == PlainConfig(width=5)
    message = refusal("model.encoder=echo")
    assert message.startswith("model.encoder=echo needs its settings: give them on the page")


@pytest.mark.slow
@pytest.mark.usefixtures("encoders")
def test_a_section_of_an_encoder_from_outside_is_checked():
    assert "model.echo.width: x is no whole number" in refusal(
        "model.encoder=echo", "+model.echo.width=x"
    )
    message = refusal("model.encoder=echo", "+model.echo={width: 3, widht: 4}")
    assert "no setting 'model.echo.widht'; did you mean 'model.echo.width'?" in message


@pytest.mark.parametrize("name", ["pooling", "two words"])
def test_an_encoder_with_an_impossible_name_is_refused(name, monkeypatch):
    monkeypatch.setitem(ENCODERS, name, Encoder(PlainConfig, lambda vectors, mask, **_: None))
    with pytest.raises(ConfigError, match=f"an encoder cannot be called {name}"):
        NetworkConfig.schema()


@pytest.mark.parametrize("page", ["lstm_attention", "nb_svm"])
def test_a_model_survives_pickling(page):
    found = model(f"model={page}")
    again = pickle.loads(pickle.dumps(found))
    assert again == found
    assert type(again) is type(found)


@pytest.mark.usefixtures("encoders")
def test_a_model_with_an_encoder_from_outside_survives_pickling():
    found = composed("model.encoder=echo", "+model.echo={width: 3}")
    assert pickle.loads(pickle.dumps(found)) == found


def test_attention_is_part_of_the_identity_if_a_pooling_reads_it():
    def same(*settings):
        one, other = (
            model(*settings, f"model.attention.units={units}").identity() for units in (5, 6)
        )
        return one == other

    assert same("model=text_cnn")
    assert not same("model=text_cnn", "model.pooling=[max,attention]", "model/attention=dot")


def test_the_identity_leaves_out_the_name_and_the_encoders_that_are_not_chosen():
    config = compose_config().model
    same = compose_config("model.name=other", "model.cnn.filters=7").model
    assert config.identity() == same.identity()
    for override in ("model.rnn.units=7", "model.pooling=[max]", "model=bigru_pool"):
        assert compose_config(override).model.identity() != config.identity()


def test_naive_bayes_needs_classes():
    nb_svm = compose_config("model=nb_svm").model
    assert nb_svm.suits("ordinal")
    assert not nb_svm.suits("regression")
    assert nb_svm.misfit("soft_labels").endswith("not soft_labels; set it to tfidf")
    assert compose_config("model=tfidf_linear").model.suits("regression")
    assert compose_config().model.suits("soft_labels")


def test_a_learner_says_what_it_needs():
    network = compose_config().model
    linear = compose_config("model=nb_svm").model
    for fact in ("reads_word_vectors", "is_random", "reads_pseudo_labels"):
        assert (getattr(network, fact), getattr(linear, fact)) == (True, False)


@pytest.mark.slow
def test_a_member_has_its_own_attention():
    words = ["+model@members.a=bigru_pool", "model/attention@members.a.attention=structured"]
    config = compose_settings([*words, "model/attention=bilinear"], {})
    assert (config.model.attention.score, config.model.attention.query) == ("bilinear", "last")
    assert (config.members["a"].attention.n_heads, config.model.attention.n_heads) == (4, 1)


@pytest.mark.slow
def test_a_page_of_an_earlier_version_has_the_new_defaults(tmp_path, monkeypatch):
    own = tmp_path / "conf" / "model"
    own.mkdir(parents=True)
    page = "defaults: [base_network]\nname: mine\nattention: {use_bias: true}\n"
    (own / "mine.yaml").write_text(page)
    monkeypatch.chdir(tmp_path)
    register_own_pages()
    attention = compose_settings(["model=mine"], {}).model.attention
    assert (attention.use_bias, attention.score, attention.n_heads) == (True, "feed_forward", 1)
