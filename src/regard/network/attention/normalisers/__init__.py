"""Normalisers: the choices of the setting model.attention.normaliser.

A normaliser turns scores into weights that are not negative and sum to one over the real tokens.
Each is a module of this folder: a function and its entry in `NORMALISERS`. All modules of the
folder are imported here.
"""

import importlib
import pkgutil
from collections.abc import Callable
from typing import Any, TypeAlias

Tensor: TypeAlias = Any  # of whichever backend, or a KerasTensor

# Called as `normalise(scores, mask)` with scores `(..., timesteps)` and a bool mask, True at real
# tokens, that broadcasts to them, or None if every timestep is real. Returns weights of the shape
# of the scores, float32, exactly zero at padding; without a real token all are zero.
Normaliser: TypeAlias = Callable[[Tensor, Tensor | None], Tensor]

# Finite: with -inf, a row without a real token would be NaN. Lower than any score.
MASKED_SCORE = -1e38

NORMALISERS: dict[str, Normaliser] = {}


def below_maximum(scores: Tensor, mask: Tensor | None) -> Tensor:
    """Subtract the greatest score of the real tokens, so that powers and sums are finite.

    All normalisers give the same weights for scores that are shifted by one number, so no gradient
    goes through the maximum.

    Example:
        below_maximum([[1.0, 3.0, 7.0]], [[True, True, False]]) -> [[-2.0, 0.0, -1e38]]
    """
    from keras import ops

    # In float32 for scores of any dtype: neither MASKED_SCORE nor the sums fit float16.
    scores = ops.cast(scores, "float32")
    if mask is not None:
        scores = ops.where(mask, scores, MASKED_SCORE)
    return scores - ops.stop_gradient(ops.max(scores, axis=-1, keepdims=True))


def zero_at_padding(weights: Tensor, mask: Tensor | None) -> Tensor:
    """Set the weights of padding to zero."""
    from keras import ops

    return weights if mask is None else ops.where(mask, weights, 0.0)


for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
