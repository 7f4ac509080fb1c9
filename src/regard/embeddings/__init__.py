"""Word vectors: one row of the embedding matrix for every token of the vocabulary.

`files` reads vector files (`text_format` and `binary_format` parse them), `trained` trains vectors
on the texts of the competition, `sources` lists the kinds of sources, `lookup` matches tokens to
the words of a source, and `matrix` combines the sources.
"""

from regard.embeddings.matrix import Coverage, build_embedding_matrix
from regard.embeddings.sources import source_paths

__all__ = ["Coverage", "build_embedding_matrix", "source_paths"]
