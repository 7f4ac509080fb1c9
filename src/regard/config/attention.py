"""The settings of poolings."""

from collections.abc import Sequence
from dataclasses import dataclass

from regard.config.checks import (
    at_least,
    choice,
    choices,
    each_once,
    not_empty,
    not_negative,
)
from regard.config.registries import registry
from regard.errors import ConfigError

# The poolings that have no settings.
_PLAIN_POOLINGS = frozenset({"max", "mean", "first", "last"})


@dataclass
class AttentionConfig:
    """The pooling `attention`."""

    score: str
    query: str
    normaliser: str
    n_heads: int
    units: int
    head_penalty: float
    use_bias: bool

    def __post_init__(self) -> None:
        for key in ("score", "query", "normaliser"):
            choice(f"model.attention.{key}", getattr(self, key))
        at_least("model.attention.n_heads", self.n_heads, 1)
        at_least("model.attention.units", self.units, 1)
        not_negative("model.attention.head_penalty", self.head_penalty)
        if self.head_penalty and self.n_heads == 1:
            raise ConfigError(
                f"model.attention.head_penalty={self.head_penalty} keeps heads apart, but "
                "model.attention.n_heads=1; raise n_heads, or set head_penalty to 0"
            )
        self._check_score()

    @property
    def is_feed_forward(self) -> bool:
        """Whether it is the feed-forward attention: a learned query, softmax, one head."""
        kind = (self.score, self.query, self.normaliser, self.n_heads)
        return kind == ("feed_forward", "learned", "softmax", 1)

    def _check_score(self) -> None:
        scores = registry("model.attention.score")
        score = scores[self.score]
        if self.use_bias and not score.has_bias:
            able = " or ".join(name for name, other in scores.items() if other.has_bias)
            raise ConfigError(
                f"model.attention.use_bias=true is for model.attention.score={able}, not "
                f"{self.score}; set it to false"
            )
        if registry("model.attention.query")[self.query].of_text is None:
            return
        if not score.takes_query:
            raise ConfigError(
                f"model.attention.score={self.score} has a learned query only; set "
                f"model.attention.query to learned, not {self.query}, or choose another score"
            )
        if self.n_heads > 1 and not score.separates_heads:
            raise ConfigError(
                f"model.attention.n_heads={self.n_heads}: all heads of the score {self.score} "
                f"would be equal with the query {self.query}; set query to learned, or score to "
                "bilinear or additive"
            )


def reads_attention(pooling: Sequence[str]) -> bool:
    """Return whether a pooling reads the section `attention`; one of a plugin may."""
    return not _PLAIN_POOLINGS.issuperset(pooling)


def check_poolings(pooling: Sequence[str], attention: AttentionConfig) -> None:
    """Refuse poolings that are not known, and settings of an attention that none of them reads."""
    not_empty("model.pooling", pooling)
    choices("model.pooling", pooling)
    each_once("model.pooling", pooling)
    if not reads_attention(pooling) and not attention.is_feed_forward:
        raise ConfigError(
            "model.attention is for the pooling attention, but model.pooling="
            f"[{','.join(pooling)}]; add attention to model.pooling, or leave the settings of "
            "model.attention as they were"
        )
