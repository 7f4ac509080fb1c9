"""The stage "pieces": the train texts as the pieces of words of a pretrained encoder."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from regard.network.transformer.folder import files_of_encoder
from regard.network.transformer.pieces import pieces_of, write_pieces
from regard.network.transformer.tokenizer import PieceTokenizer

if TYPE_CHECKING:
    from regard.config import Config
    from regard.runs.run import Run

_log = logging.getLogger(__name__)


def pieces_settings(config: Config) -> list[Any]:
    """Return what determines the pieces of texts; the files count by their content."""
    return [config.competition.text_columns, config.competition.texts == "joined"]


def make_pieces(run: Run, folder: Path) -> None:
    """Write the pieces of the train texts, and what prediction needs of the encoder."""
    encoder = files_of_encoder(run.config)[0].parent
    frame = run.columns("train", run.config.competition.text_columns)
    pieces = pieces_of(frame, run.config.competition, PieceTokenizer(encoder))
    write_pieces(folder, pieces, encoder)
    _log.info("pieces: %s pieces of %s texts", f"{len(pieces.token_ids):,}", f"{len(pieces):,}")
