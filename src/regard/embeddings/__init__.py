"""Word vectors: a row of the embedding matrix for every token of the vocabulary.

`files` reads what is needed out of vector files, `trained` makes vectors of the competition's own
texts, `lookup` finds the tokens among their words, `matrix` puts the sources together.
"""

from regard.embeddings.matrix import Coverage, build_embedding_matrix, source_paths

__all__ = ["Coverage", "build_embedding_matrix", "source_paths"]
