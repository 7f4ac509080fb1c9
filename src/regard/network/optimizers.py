"""Optimizers: the choices of the setting training.optimizer.

Keras is imported when an optimizer is built: settings are checked without it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from regard.network.layer_rates import LayerRates, set_layer_rates
from regard.network.schedules import learning_rate
from regard.network.weight_averages import WEIGHT_AVERAGES

if TYPE_CHECKING:
    from regard.config import TrainingConfig

# Called as `build(learning_rate, weight_decay=..., **options)` with the arguments of Keras's
# optimizers; `weight_decay` is None for none.
Builder: TypeAlias = Callable[..., Any]

# vectors of words and categories, biases, normalisations
_NOT_DECAYED = ["embeddings", "bias", "gamma", "beta"]


def build_optimizer(
    config: TrainingConfig, *, n_steps: int, rates: LayerRates | None = None
) -> Any:
    """Return the Keras optimizer of a training, not yet built.

    Args:
        config: optimizer settings.
        n_steps: of all epochs, for the learning-rate schedule and the moving average.
        rates: of the layers of a pretrained encoder; None: the same for all layers.
    """
    import keras

    optimizer = OPTIMIZERS[config.optimizer](
        learning_rate(config, n_steps),
        weight_decay=None if rates else config.weight_decay or None,
        global_clipnorm=config.clip_norm,
        **WEIGHT_AVERAGES[config.weight_average].optimizer_options(config, n_steps),
    )
    # Before the optimizer is built: Keras refuses it afterwards.
    optimizer.exclude_from_weight_decay(var_names=_NOT_DECAYED)
    if rates is not None:
        set_layer_rates(
            optimizer, rates, weight_decay=config.weight_decay, not_decayed=_NOT_DECAYED
        )
    # bfloat16 has the range of float32, so only gradients of float16 vanish without a scale.
    if config.precision == "mixed_float16":
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
    return optimizer


def _lazy_adam(rate: Any, **options: Any) -> Any:
    from regard.network.lazy_adam import LazyAdam

    return LazyAdam(rate, **options)


def _adamw(rate: Any, *, weight_decay: float | None, **options: Any) -> Any:
    from keras.optimizers import AdamW

    return AdamW(rate, weight_decay=weight_decay or 0.0, **options)  # its default is not 0


def _of_keras(name: str) -> Builder:
    """The optimizer that Keras has under a name."""

    def build(rate: Any, **options: Any) -> Any:
        import keras

        return getattr(keras.optimizers, name)(rate, **options)

    return build


OPTIMIZERS: dict[str, Builder] = {
    "lazy_adam": _lazy_adam,
    "adam": _of_keras("Adam"),
    "adamw": _adamw,
    "nadam": _of_keras("Nadam"),
    "rmsprop": _of_keras("RMSprop"),
    "sgd": _of_keras("SGD"),
}
