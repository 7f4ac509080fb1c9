"""The preprocessor: what was found in train, and how it turns any rows into inputs of models."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from regard.artefacts import read_json, read_text, write_json, write_text
from regard.data.features import FeatureSpace, build_features
from regard.data.inputs import Inputs
from regard.data.tables import each_text, sample_texts
from regard.errors import ArtefactError
from regard.text import (
    UNK,
    Steps,
    Tokenizer,
    as_tokenizer,
    fit_tokenizer,
    index_texts,
    known_tokens,
    to_vocabulary,
)

if TYPE_CHECKING:
    from regard.config import CompetitionConfig, TextConfig
    from regard.text import IndexedTexts


class Unknown(NamedTuple):
    """The number of tokens that the vocabulary lacks, and the number of all tokens."""

    tokens: int
    of: int


@dataclass(frozen=True, eq=False)
class Preprocessor:
    """Turns rows into the inputs of models.

    Attributes:
        competition: names the text, numeric and categorical columns.
        tokenizer: turns texts into tokens; or cleaning steps, for words of English.
        statistics: `features.text_statistics`.
        vocabulary: the tokens by id.
        features: the features of train.
    """

    competition: CompetitionConfig
    tokenizer: Steps
    statistics: tuple[str, ...]
    vocabulary: list[str]
    features: FeatureSpace

    @functools.cached_property
    def key(self) -> str:
        """A hash of everything that decides how rows are read."""
        values = dataclasses.asdict(self)
        return hashlib.sha256(json.dumps(values).encode()).hexdigest()

    @property
    def columns(self) -> list[str]:
        """The columns that rows must have."""
        return self.competition.input_columns

    def inputs(
        self, frame: pd.DataFrame, *, file: str = "the rows", indexed: IndexedTexts | None = None
    ) -> Inputs:
        """Return the inputs of rows.

        A token that is not in the vocabulary becomes `<unk>`; a category that train does not know
        becomes `OTHER`.

        Args:
            frame: every column str.
            file: the name of the rows' file, for messages.
            indexed: the texts of the rows, and perhaps others after them, where they are indexed
                already.

        Raises:
            DataError: a cell of a numeric column is not a number.
        """
        competition = self.competition
        indexed = indexed or index_texts(each_text(frame, competition), self.tokenizer)
        tokens = to_vocabulary(indexed, self._known)
        features = build_features(frame, self.features, competition, self.statistics, file=file)
        n_rows = len(frame)
        return Inputs(
            texts=tuple(
                tokens.rows(text * n_rows, (text + 1) * n_rows)
                for text in range(competition.n_texts)
            ),
            numbers=features.numbers,
            categories=features.categories,
            paired=competition.texts == "pair",
            symmetric=competition.in_any_order,
        )

    def write(self, folder: Path) -> None:
        """Write `vocabulary.txt`, `features.json` and `tokenizer.json`."""
        write_text(folder / "vocabulary.txt", "".join(f"{token}\n" for token in self.vocabulary))
        write_json(folder / "features.json", dataclasses.asdict(self.features))
        write_json(folder / "tokenizer.json", as_tokenizer(self.tokenizer).to_dict())

    @functools.cached_property
    def _known(self) -> dict[str, int]:
        return known_tokens(self.vocabulary)


def fit_to_frames(
    frames: Sequence[pd.DataFrame], competition: CompetitionConfig, settings: TextConfig
) -> Tokenizer:
    """Choose the tokenizer of a run, and fit it to the texts of some frames.

    Raises:
        ConfigError: a step does not know the language, or a package of the tokenizer is missing.
    """
    return fit_tokenizer(
        settings.cleaning,
        sample_texts(frames, competition),
        lambda: itertools.chain.from_iterable(each_text(frame, competition) for frame in frames),
        segmenter=settings.tokenizer,
        language=settings.language,
    )


def read_vocabulary(folder: Path) -> list[str]:
    """Read the tokens by id."""
    return read_text(folder / "vocabulary.txt").split("\n")[:-1]


def read_features(folder: Path) -> FeatureSpace:
    """Read the features of train.

    Raises:
        ArtefactError: the file is missing or broken.
    """
    path = folder / "features.json"
    stored: Any = read_json(path)
    try:
        return FeatureSpace(
            tuple(map(str, stored["with_empty_cells"])),
            tuple(tuple(map(str, values)) for values in stored["values"]),
        )
    except (KeyError, TypeError) as error:
        raise ArtefactError(f"{path}: not the features of a run; train it again") from error


def read_tokenizer(folder: Path, steps: Sequence[str]) -> Tokenizer:
    """Read the tokenizer; runs of earlier versions have none, and read words.

    Args:
        folder: the folder of its file.
        steps: the cleaning steps, which the settings of the run hold.

    Raises:
        ArtefactError: the file is broken.
    """
    path = folder / "tokenizer.json"
    if not path.exists():
        return as_tokenizer(steps)
    try:
        return Tokenizer.from_dict(read_json(path), steps)
    except (KeyError, TypeError) as error:
        raise ArtefactError(f"{path}: not the tokenizer of a run; train it again") from error


def count_unknown(inputs: Sequence[Inputs]) -> Unknown:
    """Count the tokens of rows that became `<unk>`."""
    token_ids = [text.token_ids for one in inputs for text in one.texts]
    return Unknown(
        sum(int((ids == UNK).sum()) for ids in token_ids), sum(len(ids) for ids in token_ids)
    )
