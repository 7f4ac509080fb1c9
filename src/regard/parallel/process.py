"""The environment variables and the error output of a process, changed for a while."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def hidden_stderr() -> Iterator[None]:
    """Hide the error output of this process, also of libraries in C++."""
    shown = os.dup(2)
    try:
        with Path(os.devnull).open("wb") as nothing:
            os.dup2(nothing.fileno(), 2)
        yield
    finally:
        os.dup2(shown, 2)
        os.close(shown)


@contextlib.contextmanager
def environment(values: dict[str, str]) -> Iterator[None]:
    """Set environment variables while a process starts: TensorFlow reads them on import.

    Example:
        with environment({"CUDA_VISIBLE_DEVICES": ""}): workers that start see no GPU
    """
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
