"""Settings as a run has saved them, opened by a later version that has more of them."""

from typing import Any

import yaml

from regard.config.loading import page_folders, read_page_text
from regard.config.schema import Config, from_values

_PAGES = {
    "competition": "competition/base",
    "embeddings": "embeddings/base",
    "compute": "compute/local",
    "tracking": "tracking/none",
}

# Settings of earlier versions that no training read; their places are taken by others.
_REMOVED = {"report": ("n_attention_texts",)}


def from_saved(values: dict[str, Any]) -> Config:
    """Rebuild the settings of a config.json; settings that are newer get their default values.

    Raises:
        ConfigError: a setting is unknown to this version, or has a wrong value.
    """
    return from_values(_filled(_without_removed(values), _defaults(values)))


def _without_removed(values: dict[str, Any]) -> dict[str, Any]:
    """Return settings without those that this version has no more.

    Example:
        {"report": {"n_attention_texts": 12, "n_worst_rows": 5}} -> {"report": {"n_worst_rows": 5}}
    """
    kept = dict(values)
    for section, names in _REMOVED.items():
        if isinstance(found := kept.get(section), dict):
            kept[section] = {name: value for name, value in found.items() if name not in names}
    return kept


def _defaults(values: dict[str, Any]) -> dict[str, Any]:
    """Return the default of every setting that has one, from the shipped pages."""
    defaults = _page("config")
    for section, page in _PAGES.items():
        defaults[section] = _page(page)
    defaults["model"] = _model(values.get("model"))
    members = values.get("members")
    if isinstance(members, dict):
        defaults["members"] = {name: _model(member) for name, member in members.items()}
    return {name: value for name, value in defaults.items() if name in Config.__annotations__}


def _model(values: Any) -> dict[str, Any]:
    learner = values.get("learner") if isinstance(values, dict) else None
    page = f"model/base_{learner}"
    known = {path.stem for path in (page_folders()[-1] / "model").glob("base_*.yaml")}
    return _page(page) if f"base_{learner}" in known else {}


def _page(name: str) -> dict[str, Any]:
    page: dict[str, Any] = yaml.safe_load(read_page_text(page_folders()[-1] / f"{name}.yaml"))
    return {key: value for key, value in page.items() if key != "defaults" and value != "???"}


def _filled(values: Any, defaults: Any) -> Any:
    """Return values with the defaults of those that are missing.

    Example:
        {"a": {"b": 1}}, {"a": {"b": 2, "c": 3}} -> {"a": {"b": 1, "c": 3}}
    """
    if not (isinstance(values, dict) and isinstance(defaults, dict)):
        return values
    filled = {name: _filled(value, defaults.get(name)) for name, value in values.items()}
    return {**defaults, **filled}
