"""What a value may be: each check raises a `ConfigError` of one line that names the key."""

from collections.abc import Sequence

from regard.errors import ConfigError, did_you_mean


def choice(key: str, value: str, allowed: Sequence[str]) -> None:
    """Refuse what is none of the allowed words."""
    if value not in allowed:
        raise ConfigError(
            f"{key}={value} is not known; {did_you_mean(value, allowed)} (one of {', '.join(allowed)})"
        )


def at_least(key: str, value: int, least: int) -> None:
    """Refuse whole numbers that are too small."""
    if value < least:
        raise ConfigError(f"{key}={value} is out of range; give a whole number of at least {least}")


def rate(key: str, value: float) -> None:
    """Refuse what is no rate from 0 up to, not including, 1."""
    if not 0.0 <= value < 1.0:
        raise ConfigError(
            f"{key}={value} is out of range; give a rate from 0 up to, not including, 1"
        )


def positive(key: str, value: float) -> None:
    """Refuse what is not a finite number above 0."""
    if not 0.0 < value < float("inf"):
        raise ConfigError(f"{key}={value} is out of range; give a number above 0")


def not_empty(key: str, values: Sequence[object]) -> None:
    """Refuse an empty list."""
    if not values:
        raise ConfigError(f"{key} is empty; name at least one")


def each_once(key: str, values: Sequence[object]) -> None:
    """Refuse a list that names something twice."""
    repeated = sorted({str(value) for value in values if values.count(value) > 1})
    if repeated:
        raise ConfigError(f"{key} names {', '.join(repeated)} twice")


def not_negative(key: str, value: float) -> None:
    """Refuse what is not a finite number of at least 0."""
    if not 0.0 <= value < float("inf"):
        raise ConfigError(f"{key}={value} is out of range; give a number of at least 0")


def folder_name(key: str, value: str) -> None:
    """Refuse what a folder cannot be called."""
    if not value or value.startswith(".") or set(value) & set("/\\ "):
        raise ConfigError(
            f"{key}={value!r} names a folder: no slashes or spaces, no dot first, and not empty"
        )
