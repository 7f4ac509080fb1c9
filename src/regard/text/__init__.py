"""Text to token ids: cleaning, tokenization and the vocabulary.

`cleaning` applies the configured steps to a text and splits it into tokens with one regular
expression. `indexing` reads all texts of a competition once and numbers their tokens in order of
first appearance. `vocabulary` chooses the tokens to keep and renumbers the texts. `<pad>` is
always 0 and `<unk>` is always 1.
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
