"""Sections of settings as plain dictionaries, and back."""

import dataclasses
import types
import typing
from collections.abc import Mapping
from typing import Any


def section_values(*sections: Any) -> list[dict[str, Any]]:
    """Return sections as plain dictionaries, for fingerprints and files."""
    return [dataclasses.asdict(section) for section in sections]


def flat_values(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return the values of nested dictionaries by their dotted names.

    Example:
        {"seed": 1, "rnn": {"units": 64}} -> {"seed": 1, "rnn.units": 64}
    """
    found: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, dict) and value:
            found |= flat_values(value, f"{prefix}{name}.")
        else:
            found[f"{prefix}{name}"] = value
    return found


def section_from(values: dict[str, Any], section: Any) -> Any:
    """Build a section from the dictionary of `section_values`.

    Raises:
        KeyError: a value is missing that has no default.
        TypeError: there is no such setting.
    """
    known = {
        field.name: _value_from(values[field.name], field.type)
        for field in dataclasses.fields(section)
        if field.name in values or is_required(field)
    }
    # An unknown key stays among the arguments, so that the class refuses it by its TypeError.
    return section(**{**values, **known})


def section_keys(section: Any, prefix: str = "") -> list[str]:
    """Return the dotted names of a section's settings.

    Example:
        section_keys(AttentionConfig, "model.attention.") -> ["model.attention.use_bias"]
    """
    keys: list[str] = []
    for field in dataclasses.fields(section):
        # A type and not its name, as long as no module of settings has `from __future__ import
        # annotations`, which would make every annotation a string.
        kind = section_type(field.type)
        if dataclasses.is_dataclass(kind):
            keys += section_keys(kind, f"{prefix}{field.name}.")
        else:
            keys.append(prefix + field.name)
    return keys


def section_type(kind: Any) -> Any:
    """Return the type of a value that may be None: `RnnConfig` for `RnnConfig | None`."""
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        return next(one for one in typing.get_args(kind) if one is not types.NoneType)
    return kind


def is_required(field: dataclasses.Field[Any]) -> bool:
    """Return whether a field has no default."""
    return dataclasses.MISSING is field.default is field.default_factory


def _value_from(value: Any, kind: Any) -> Any:
    kind = section_type(kind)
    if isinstance(value, dict) and dataclasses.is_dataclass(kind):
        return section_from(value, kind)
    return value
