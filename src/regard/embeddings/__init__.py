"""Word vectors: a row of the embedding matrix for every token of the vocabulary.

`files` reads vector files, `trained` makes vectors of the competition's own texts, `sources` has all
kinds of sources, `lookup` finds the tokens among their words, `matrix` joins the sources.
"""

from regard.embeddings.matrix import Coverage, build_embedding_matrix
from regard.embeddings.sources import source_paths

__all__ = ["Coverage", "build_embedding_matrix", "source_paths"]
