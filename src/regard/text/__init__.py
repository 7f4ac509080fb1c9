"""Text to token ids: cleaning steps, tokens, vocabulary.

A text is cleaned by the steps of `text.cleaning`, split into tokens by one regular expression, and
kept as numbers from then on: all texts of a competition are read once, into ids in the order in
which tokens were first seen, and renumbered when the vocabulary is known. `<pad>` is 0 and `<unk>`
is 1, whatever the vocabulary.
"""

from regard.text.cleaning import (
    STEPS,
    CleaningStep,
    clean,
    drop_stop_word,
    expand_contractions,
    replace_numbers,
    replace_urls,
    shorten_repeated_characters,
    stem,
    strip_special_characters,
    tokenize,
)
from regard.text.indexing import IndexedTexts, identical_rows, index_texts
from regard.text.ragged import RaggedTokens, concatenate
from regard.text.vocabulary import (
    PAD,
    PAD_TOKEN,
    UNK,
    UNK_TOKEN,
    build_vocabulary,
    encode,
    to_vocabulary,
    token_counts,
)

__all__ = [
    "PAD",
    "PAD_TOKEN",
    "STEPS",
    "UNK",
    "UNK_TOKEN",
    "CleaningStep",
    "IndexedTexts",
    "RaggedTokens",
    "build_vocabulary",
    "clean",
    "concatenate",
    "drop_stop_word",
    "encode",
    "expand_contractions",
    "identical_rows",
    "index_texts",
    "replace_numbers",
    "replace_urls",
    "shorten_repeated_characters",
    "stem",
    "strip_special_characters",
    "to_vocabulary",
    "token_counts",
    "tokenize",
]
