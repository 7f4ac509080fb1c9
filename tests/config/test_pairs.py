import pytest
from helpers.cases import compose_config

from regard.errors import ConfigError


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("alignment=esmi", "model.pair.alignment=esmi is not known; did you mean 'esim'?"),
        ("comparison.n_layers=0", "model.pair.comparison.n_layers=0 is out of range"),
        ("comparison.units=0", "model.pair.comparison.units=0 is out of range"),
        ("comparison.dropout=1", "model.pair.comparison.dropout=1.0 is out of range"),
        ("composition.cell=lstm_gru", "model.pair.composition.cell=lstm_gru is not known"),
        ("composition.units=0", "model.pair.composition.units=0 is out of range"),
        ("combination=[]", "model.pair.combination is empty"),
    ],
)
def test_a_wrong_setting_is_refused_by_its_key(override, message):
    with pytest.raises(ConfigError) as caught:
        compose_config(f"model.pair.{override}")
    assert str(caught.value).startswith(message)


def test_only_sections_that_an_alignment_reads_are_part_of_the_identity():
    def same(alignment, section):
        chosen = f"model.pair.alignment={alignment}"
        one, other = (
            compose_config(chosen, f"model.pair.{section}.units={units}").model.identity()
            for units in (5, 6)
        )
        return one == other

    assert same("none", "comparison")
    assert same("none", "composition")
    assert not same("decomposable", "comparison")
    assert same("decomposable", "composition")
    assert not same("esim", "composition")
