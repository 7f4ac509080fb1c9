import pytest

from regard.network.layers.spatial_attention import SpatialAttention

pytestmark = pytest.mark.slow  # importing Keras takes seconds


# Its properties are those of every gate, see test_channel_attention.py.
def test_it_has_one_weight_for_each_timestep_and_summary():
    layer = SpatialAttention(5)
    layer.build((None, None, 8))
    assert [weight.shape for weight in layer.get_weights()] == [(5, 2, 1)]
