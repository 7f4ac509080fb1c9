"""Text to token ids: cleaning, tokenization and the vocabulary.

`cleaning` applies the configured steps to a text and splits it into tokens with one regular
expression. `indexing` reads all texts of a competition once and numbers their tokens in order of
first appearance. `vocabulary` chooses the tokens to keep and renumbers the texts. `<pad>` is
always 0 and `<unk>` is always 1.
"""

from regard.text.cleaning import STEPS, CleaningStep, clean, stem, tokenize
from regard.text.indexing import IndexedTexts, identical_rows, index_texts
from regard.text.ragged import RaggedTokens, concatenate
from regard.text.vocabulary import (
    PAD,
    UNK,
    build_vocabulary,
    encode,
    known_tokens,
    to_vocabulary,
    token_counts,
)

__all__ = [
    "PAD",
    "STEPS",
    "UNK",
    "CleaningStep",
    "IndexedTexts",
    "RaggedTokens",
    "build_vocabulary",
    "clean",
    "concatenate",
    "encode",
    "identical_rows",
    "index_texts",
    "known_tokens",
    "stem",
    "to_vocabulary",
    "token_counts",
    "tokenize",
]
