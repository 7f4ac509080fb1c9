"""Checks of single values: each raises a `ConfigError` of one line that names the key."""

from collections.abc import Iterable, Sequence

from regard.config.registries import registry
from regard.errors import ConfigError, did_you_mean


def choice(key: str, value: str, allowed: Iterable[str] | None = None) -> None:
    """Refuse a value that is not among the choices.

    Args:
        key: the setting.
        value: its value, or one of its values.
        allowed: the choices; None for those of the setting's registry.
    """
    allowed = list(registry(key) if allowed is None else allowed)
    if value not in allowed:
        hint = did_you_mean(value, allowed)
        # A hint that names every choice would only be repeated by the list.
        if all(name in hint for name in allowed):
            raise ConfigError(f"{key}={value} is not known; {hint}")
        raise ConfigError(f"{key}={value} is not known; {hint} (one of {', '.join(allowed)})")


def choices(key: str, values: Sequence[str], name: str | None = None) -> None:
    """Refuse a list with a value that is not among the choices of the setting's registry.

    Args:
        key: the setting that has the registry.
        values: the values.
        name: another setting with the same choices, for the message; None: `key`.
    """
    for value in values:
        choice(name or key, value, registry(key))


def at_least(key: str, value: int, least: int) -> None:
    """Refuse a whole number that is too small."""
    if value < least:
        raise ConfigError(f"{key}={value} is out of range; give a whole number of at least {least}")


def rate(key: str, value: float) -> None:
    """Refuse a number that is not a rate: at least 0 and less than 1."""
    if not 0.0 <= value < 1.0:
        raise ConfigError(
            f"{key}={value} is out of range; give a rate from 0 up to, not including, 1"
        )


def positive(key: str, value: float) -> None:
    """Refuse a number that is not finite and above 0."""
    if not 0.0 < value < float("inf"):
        raise ConfigError(f"{key}={value} is out of range; give a number above 0")


def not_negative(key: str, value: float) -> None:
    """Refuse a number that is not finite and at least 0."""
    if not 0.0 <= value < float("inf"):
        raise ConfigError(f"{key}={value} is out of range; give a number of at least 0")


def not_empty(key: str, values: Sequence[object]) -> None:
    """Refuse an empty list."""
    if not values:
        raise ConfigError(f"{key} is empty; name at least one")


def each_once(key: str, values: Sequence[object]) -> None:
    """Refuse a list that names something twice."""
    # Sorted, as the order of a set of strings differs from process to process.
    repeated = sorted({str(value) for value in values if values.count(value) > 1})
    if repeated:
        raise ConfigError(f"{key} names {', '.join(repeated)} twice")


def folder_name(key: str, value: str) -> None:
    """Refuse a name that cannot be the name of a folder."""
    if not value or value.startswith(".") or set(value) & set("/\\ "):
        raise ConfigError(
            f"{key}={value!r} names a folder: no slashes or spaces, no dot first, and not empty"
        )
