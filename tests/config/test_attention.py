import re

import pytest
from helpers.cases import compose_config

from regard.errors import ConfigError


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["score=dott"], "model.attention.score=dott is not known; did you mean 'dot'?"),
        (["query=lst"], "model.attention.query=lst is not known; did you mean 'last'?"),
        (["normaliser=softmx"], "model.attention.normaliser=softmx is not known; did you mean"),
        (["n_heads=0"], "model.attention.n_heads=0 is out of range"),
        (["units=0"], "model.attention.units=0 is out of range"),
        (["head_penalty=1"], "but model.attention.n_heads=1; raise n_heads, or"),
        (
            ["score=dot", "use_bias=true"],
            "use_bias=true is for model.attention.score=feed_forward, not dot; set it to false",
        ),
        (
            ["query=mean"],
            "score=feed_forward has a learned query only; set model.attention.query to learned",
        ),
        (
            ["score=dot", "query=mean", "n_heads=2"],
            "all heads of the score dot would be equal with the query mean; set query to learned",
        ),
    ],
)
def test_settings_that_do_not_fit_are_refused(overrides, message):
    with pytest.raises(ConfigError, match=re.escape(message)):
        compose_config(*(f"model.attention.{override}" for override in overrides))


def test_one_page_is_the_feed_forward_attention():
    assert compose_config("model.attention.use_bias=true").model.attention.is_feed_forward
    for page in ("additive", "dot", "structured", "last_query", "entmax15"):
        assert not compose_config(f"model/attention={page}").model.attention.is_feed_forward
