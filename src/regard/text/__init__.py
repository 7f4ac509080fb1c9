"""Text to token ids: cleaning, tokenization and the vocabulary.

`normalising` brings texts into one spelling. `cleaning` applies the configured steps and splits a
text into tokens with one regular expression. `segmenting` parts scripts without spaces into words,
`languages` names languages and their stemmers, and `tokenizer` holds all that a run has chosen of
these. `indexing` reads all texts of a competition once and numbers their tokens in order of
first appearance. `vocabulary` chooses the tokens to keep and renumbers the texts. `<pad>` is
always 0 and `<unk>` is always 1.
"""

from regard.text.cleaning import STEPS, CleaningStep, clean, stem
from regard.text.indexing import IndexedTexts, identical_rows, index_texts
from regard.text.normalising import normalise
from regard.text.ragged import RaggedTokens, concatenate
from regard.text.tokenizer import Steps, Tokenizer, as_tokenizer, fit_tokenizer, tokenize
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
    "Steps",
    "Tokenizer",
    "as_tokenizer",
    "build_vocabulary",
    "clean",
    "concatenate",
    "encode",
    "fit_tokenizer",
    "identical_rows",
    "index_texts",
    "known_tokens",
    "normalise",
    "stem",
    "to_vocabulary",
    "token_counts",
    "tokenize",
]
