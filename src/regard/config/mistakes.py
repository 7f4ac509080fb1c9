"""How a mistake in the settings is told: in one line, with the key, what is wrong, and the nearest right one."""

import dataclasses
import functools
import re
from collections.abc import Iterable, Sequence

from regard.config.schema import Config
from regard.errors import did_you_mean, one_line

# Of Hydra's own; of others it would print how it is used, over several lines.
_FLAGS = (
    *("--help", "--hydra-help", "--version", "--cfg", "--resolve", "--package", "--run", "--multirun", "--info"),
    *("--shell-completion", "--config-path", "--config-name", "--config-dir", "--experimental-rerun"),
)
_SHORT_FLAGS = ("-h", "-c", "-p", "-r", "-m", "-i", "-sc", "-cp", "-cn", "-cd")


@functools.cache
def known_keys(section: type = Config, prefix: str = "") -> tuple[str, ...]:
    """Return the dotted names of all settings.

    Example:
        known_keys() -> ("name", "seed", ..., "model.rnn.units", ...)
    """
    keys: list[str] = []
    for field in dataclasses.fields(section):
        if isinstance(field.type, type) and dataclasses.is_dataclass(field.type):
            keys += known_keys(field.type, f"{prefix}{field.name}.")
        else:
            keys.append(prefix + field.name)
    return tuple(keys)


def explain(error: BaseException, overrides: Iterable[str], groups: dict[str, list[str]]) -> str:
    """Return one line for what Hydra or OmegaConf refused.

    Args:
        error: what was raised while the settings were composed.
        overrides: the command line's words, for example `["model.rnn.unitz=3"]`.
        groups: the option groups of `conf/` with their options, for example `{"model": ["lstm_attention"]}`.
    """
    for override in overrides:
        key, equals, value = override.lstrip("+~").partition("=")
        key, _, package = key.partition("@")
        if key.startswith(("-", "hydra")):
            continue
        if not (equals or override.startswith("~")):
            return f"{override}: a setting is written with its value, {override}=..."
        if "," in value and value[0] not in "[{(\"'" and "multirun" in str(error):
            return f"{override} has several values: make sweep trains once for each, and a list is written [{value}]"
        if key in groups:
            wanted = [word for word in value.strip("[]").split(",") if word not in (*groups[key], "null", "")]
            if wanted:
                return f"no conf/{key}/{wanted[0]}.yaml ({key}={value}); {did_you_mean(wanted[0], groups[key])}"
            if equals and not value:
                return f"{key}= names no page of conf/{key}; there are: {', '.join(groups[key])}"
            if package and not re.fullmatch(r"members\.[^.]+", package):
                return f"{override}: another model is a member, {one_by_one(package.rpartition('.')[2])}"
        elif key.partition(".")[0] == "members" and key.count(".") < 2:
            if f"'{key}'" in str(error) and override.startswith("~"):
                return f"{key}: there is no such member to leave out"
            if not override.startswith("~"):
                return f"members are named one by one: {one_by_one(key.partition('.')[2] or 'text_cnn')}"
        elif not _is_known(key, known := known_beside(key)) and equals:
            return no_setting(key, [*known, *groups])
        elif key.startswith("members.") and f"Could not override '{key}'" in str(error):
            return f"{key}: there is no such member; {one_by_one(key.split('.')[1])}"
    return omegaconf_message(error)


def wrong_flag(words: Iterable[str]) -> str | None:
    """Return one line for the first of the command line's words that is a flag which Hydra does not have, or None.

    Example:
        wrong_flag(["seed=3", "--hlp"]) -> "there is no flag --hlp; did you mean '--help'?"
    """
    for flag in (word.partition("=")[0] for word in words if word.startswith("-")):
        if _is_known(flag.lstrip("-"), known_keys()):
            return f"{flag}: a setting is written without dashes, {flag.lstrip('-')}=..."
        if flag not in (*_FLAGS, *_SHORT_FLAGS):
            return f"there is no flag {flag}; {did_you_mean(flag, _FLAGS)}"
    return None


def known_beside(key: str) -> Sequence[str]:
    """Return the names of all settings; of a member's key, of those that a member has: what `model` has."""
    known = known_keys()
    if not (member := re.match(r"members\.[^.]+\.", key)):
        return known
    return [member[0] + name.removeprefix("model.") for name in known if name.startswith("model.")]


def no_setting(key: str, known: Iterable[str]) -> str:
    """Return that there is no such setting, and which is meant: one elsewhere that ends alike, or the nearest name."""
    known, last = list(known), key.rpartition(".")[2]
    elsewhere = [name for name in known if name.rpartition(".")[2] == last]
    return f"there is no setting {key!r}; {did_you_mean(elsewhere[0] if elsewhere else key, known)}"


def _is_known(key: str, known: Iterable[str]) -> bool:
    """Whether a key is that of a setting, or of a section of settings."""
    return any(name == key or name.startswith(f"{key}.") for name in known)


def one_by_one(name: str) -> str:
    """Return how a member is added and left out."""
    return f"+model@members.{name}=text_cnn adds one of conf/model, ~members.{name} leaves one out"


def omegaconf_message(error: BaseException) -> str:
    """Return OmegaConf's message without its type listing, with the full key in front."""
    cause: BaseException = error
    while cause.__cause__ is not None and not getattr(cause, "full_key", None):
        cause = cause.__cause__
    whole = one_line(cause)
    written = re.search(r"full_key: (\S+)$", str(cause), re.MULTILINE)
    key = getattr(cause, "full_key", None) or (written and written[1])
    message = re.sub(r" full_key:.*| See https?://\S+.*", "", whole)
    where = ""
    if page := re.match(r"In '([^']+)': \w+ raised while composing config: ", message):
        where, message = f"conf/{page[1]}.yaml: ", message[page.end() :]
        if page[1].startswith("experiment/") and "Key 'experiment' not in" in message:
            return f"{where}its first line must be `# @package _global_`, as in the other experiments"
    if unknown := re.search(r"Key '(\w+)' not in", message):
        return where + no_setting(key or unknown[1], known_beside(key or unknown[1]))
    message = re.sub(r"Invalid value assigned: \w+ is not a ListConfig, list or tuple.*", "give a list: [...]", message)
    message = re.sub(r"Incompatible value 'None' for field of type '\w+'", "has no value; give one", message)
    if "missing mandatory value" in message:
        return f"{key} has no value; set it, or start the page with `defaults: [base]`, which sets what most share"
    return f"{where}{key}: {message}" if key else f"{where}{message}"
