"""The hierarchical encoder: words become sentences, which the poolings make a document."""

from dataclasses import dataclass
from typing import Any, TypeAlias

from regard.artefacts.seeds import derive_seed
from regard.config.checks import at_least, choice, rate
from regard.network.encoders import ENCODERS, Encoder, recurrent
from regard.network.encoders.recurrent import CELLS, RnnConfig

Tensor: TypeAlias = Any  # of whichever backend, or a KerasTensor


@dataclass
class HierarchicalConfig:
    """The settings of the layers over words and over sentences, and of the sentences."""

    cell: str = "gru"
    units: int = 64
    bidirectional: bool = True
    dropout: float = 0.0
    max_sentences: int = 40
    max_sentence_tokens: int = 50

    def __post_init__(self) -> None:
        one_layer = [name for name, cell in CELLS.items() if cell.min_layers <= 1]
        choice("model.hierarchical.cell", self.cell, one_layer)
        at_least("model.hierarchical.units", self.units, 1)
        rate("model.hierarchical.dropout", self.dropout)
        at_least("model.hierarchical.max_sentences", self.max_sentences, 1)
        at_least("model.hierarchical.max_sentence_tokens", self.max_sentence_tokens, 1)

    @property
    def rnn(self) -> RnnConfig:
        """The recurrent layer over words, and that over sentences."""
        return RnnConfig(
            cell=self.cell,
            n_layers=1,
            units=self.units,
            bidirectional=self.bidirectional,
            dropout=self.dropout,
            recurrent_dropout=0.0,
        )


def build(
    vectors: Tensor,
    mask: Tensor,
    settings: HierarchicalConfig,
    *,
    seed: int,
    sentence_ends: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """Read words, pool each sentence by attention, then read the sentences.

    The layer over words runs through the whole text: its state is not reset where a sentence ends,
    as it is in the paper. So texts keep their shape `(batch, timesteps)`, which costs less than a
    padded row for each sentence and lets cuDNN run, and a word sees the sentences around its own.

    Args:
        vectors: `(batch, timesteps, features)`, padded on the right.
        mask: `(batch, timesteps)` bool, True at real tokens.
        settings: the recurrent layers, and how a text is divided into sentences.
        seed: of the initial weights and of dropout.
        sentence_ends: `(batch, timesteps)` bool: True at tokens that end a sentence. None: a
            sentence ends after every `max_sentence_tokens` tokens.

    Returns:
        The sentences `(batch, max_sentences, units)`, or with both directions `(batch,
        max_sentences, 2 * units)`; and their mask `(batch, max_sentences)`, True where a sentence
        has tokens.

    Reference:
        Yang et al. (2016), Hierarchical Attention Networks for Document Classification, NAACL.
    """
    from keras import ops

    from regard.network.layers.sentences import SentenceAttention, Sentences

    words, _ = recurrent.build(
        vectors, mask, settings.rnn, seed=derive_seed(seed, "words"), prefix="words_"
    )
    sentences = Sentences(settings.max_sentences, settings.max_sentence_tokens, name="sentences")(
        mask, ends=sentence_ends
    )
    attention = SentenceAttention(words.shape[-1], seed=seed, name="words_attention")
    pooled, _ = attention(words, sentences)
    return recurrent.build(
        pooled,
        ops.any(sentences, axis=-1),
        settings.rnn,
        seed=derive_seed(seed, "sentences"),
        prefix="sentences_",
    )


ENCODERS["hierarchical"] = Encoder(
    HierarchicalConfig, build, keeps_timesteps=False, reads_sentence_ends=True
)
