"""The stages "encode" and "encode_test": the states of a pretrained encoder for each text."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from regard.artefacts import hash_file, write_json
from regard.data.tables import each_text
from regard.network.backend import keras_backend
from regard.network.transformer.folder import FILES, files_of_encoder, read_shape
from regard.network.transformer.jobs import encode_texts
from regard.network.transformer.states import count_written, write_states
from regard.parallel import workers
from regard.parallel.display import update
from regard.runs.contents import ENCODER_NOTE

if TYPE_CHECKING:
    from regard.config import Config, FrozenEncoderConfig
    from regard.runs.run import Run

_ENCODING = "regard.network.transformer.encoding"
_TEXTS_PER_JOB = 256  # texts of similar length

_log = logging.getLogger(__name__)


def encoder_settings(config: Config) -> list[Any]:
    """Return what determines the states of texts; the files count by their content."""
    model = cast("FrozenEncoderConfig", config.model)
    competition = config.competition
    return [
        keras_backend(),
        model.encoder_pooling,
        model.encoder_max_tokens,
        competition.text_columns,
        competition.texts == "joined",
    ]


def make_train_states(run: Run, folder: Path) -> None:
    """Write the states of the distinct texts of train, and the note of the encoder."""
    files = files_of_encoder(run.config)
    content = {name: hash_file(path) for name, path in zip(FILES, files, strict=True)}
    write_json(folder / ENCODER_NOTE, {"folder": str(files[0].parent.resolve()), "files": content})
    _write(run, "train", folder)


def make_test_states(run: Run, folder: Path) -> None:
    """Write the states of the distinct texts of test."""
    _write(run, "test", folder)


def _write(run: Run, part: str, folder: Path) -> None:
    model = cast("FrozenEncoderConfig", run.config.model)
    encoder = files_of_encoder(run.config)[0].parent
    frame = run.columns(part, run.config.competition.text_columns)
    # The longest first: the time that is left is then overestimated, not underestimated.
    texts = sorted(dict.fromkeys(each_text(frame, run.config.competition)), key=len, reverse=True)
    width = read_shape(encoder).width * len(model.encoder_pooling)
    n_done = count_written(folder)
    if n_done:
        _log.info("encode: %s of %s texts are there", f"{n_done:,}", f"{len(texts):,}")
    started = time.perf_counter()
    write_states(folder, texts, _encoded(run, texts, encoder, n_done), width)
    seconds = time.perf_counter() - started
    _log.info(
        "encode: %s distinct texts of %s, %.0f a second",
        f"{len(texts):,}",
        part,
        (len(texts) - n_done) / seconds,
    )


def _encoded(run: Run, texts: list[str], encoder: Path, n_done: int) -> Iterator[np.ndarray]:
    """Yield the states of texts after the first ones in order, computed by all workers."""
    model = cast("FrozenEncoderConfig", run.config.model)
    content = tuple(hash_file(encoder / name) for name in FILES)
    jobs = (
        workers.Job(
            "encode",
            encode_texts,
            (
                encoder,
                content,
                texts[start : start + _TEXTS_PER_JOB],
                model.encoder_pooling,
                model.encoder_max_tokens,
            ),
        )
        for start in range(n_done, len(texts), _TEXTS_PER_JOB)
    )
    for states in workers.stream_jobs(jobs, run.config.compute, imports=_ENCODING):
        n_done += len(states)
        update(n_done, len(texts), f"{n_done:,} of {len(texts):,} texts")
        yield states
