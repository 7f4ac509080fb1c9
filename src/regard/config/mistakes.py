"""How a mistake in the settings is told: in one line, with the key, what is wrong, and the nearest right one."""

import re
from collections.abc import Iterable, Sequence
from typing import NoReturn

from hydra._internal.utils import get_args_parser

from regard.config.schema import known_keys, model_keys
from regard.errors import ConfigError, did_you_mean, one_line


def explain(error: BaseException, overrides: Iterable[str], groups: dict[str, list[str]]) -> str:
    """Return one line for what Hydra or OmegaConf refused.

    Args:
        error: what was raised while the settings were composed.
        overrides: the settings of the command line, for example `["model.rnn.unitz=3"]`.
        groups: the option groups of `conf/` with their options, for example `{"model":
            ["lstm_attention"]}`.
    """
    for override in overrides:
        key, equals, value = override.lstrip("+~").partition("=")
        key, _, package = key.partition("@")
        if key.startswith("hydra"):
            continue
        if not (equals or override.startswith("~")):
            return f"{override}: a setting is written with its value, {override}=..."
        if "," in value and value[0] not in "[{(\"'" and "multirun" in str(error):
            return f"{override} has several values: make sweep trains once for each, and a list is written [{value}]"
        if key in groups:
            wanted = [
                word
                for word in value.strip("[]").split(",")
                if word not in (*groups[key], "null", "")
            ]
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


def split_flags(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Part a command line into settings and flags, by Hydra's own parser, which would print its
    usage for a mistake.

    Raises:
        ConfigError: a flag that Hydra does not have, or one cut short, or a wrong value of one.

    Example:
        ["seed=1", "--cfg", "job", "name=x"] -> ["seed=1", "name=x"], ["--cfg", "job"]
    """
    parser = get_args_parser()
    parser.allow_abbrev = False  # --experiment=medal would be read as --experimental-rerun

    def refuse(message: str) -> NoReturn:
        flag = message.partition("unrecognized arguments: ")[2].partition(" ")[0]
        if not flag:
            raise ConfigError(message)
        if "=" in flag or "." in flag:
            raise ConfigError(f"{flag}: a setting is written without dashes, as key=value")
        raise ConfigError(
            f"there is no flag {flag}; {did_you_mean(flag, re.findall('--[a-z-]+', parser.format_usage()))}"
        )

    parser.error = refuse  # type: ignore[method-assign]
    settings: list[str] = parser.parse_intermixed_args(words).overrides
    flags = list(words)
    for setting in settings:
        flags.remove(setting)
    return settings, flags


def known_beside(key: str) -> Sequence[str]:
    """Return the names of all settings; of a member's key, of those that a member has: what `model` has."""
    known = known_keys()
    if not (member := re.match(r"members\.[^.]+\.", key)):
        return known
    return [member[0] + name.removeprefix("model.") for name in known if name.startswith("model.")]


def no_setting(key: str, known: Iterable[str]) -> str:
    """Return that there is no such setting, and which one may be meant.

    That is a setting elsewhere that ends alike, or else the nearest name.
    """
    known, last = list(known), key.rpartition(".")[2]
    if _is_known(key, known):
        return _not_of_this_model(key)
    elsewhere = [name for name in known if name.rpartition(".")[2] == last]
    return f"there is no setting {key!r}; {did_you_mean(elsewhere[0] if elsewhere else key, known)}"


def _not_of_this_model(key: str) -> str:
    """Return whose setting it is that this model does not have: a learner's or an encoder's."""
    name = re.sub(r"^members\.[^.]+", "model", key)
    learners = [learner for learner, keys in model_keys().items() if _is_known(name, keys)]
    if len(learners) == len(model_keys()):
        return f"{key}: the page of the model leaves it out; add it by +{key}=..."
    return (
        f"{key} is a setting of model.learner={' or '.join(learners)}, and this model has another; "
        "choose its page by model=..."
    )


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
            return (
                f"{where}its first line must be `# @package _global_`, as in the other experiments"
            )
    if unknown := re.search(r"Key '(\w+)' (?:is )?not in", message):
        return where + no_setting(key or unknown[1], known_beside(key or unknown[1]))
    message = re.sub(
        r"Invalid value assigned: \w+ is not a ListConfig, list or tuple.*",
        "give a list: [...]",
        message,
    )
    message = re.sub(
        r"Incompatible value 'None' for field of type '\w+'", "has no value; give one", message
    )
    if "missing mandatory value" in message:
        base = "base_network or base_linear" if str(key).startswith("model.") else "base"
        return (
            f"{key} has no value; set it, or start the page with `defaults: [{base}]`, which sets "
            "what most share"
        )
    return f"{where}{key}: {message}" if key else f"{where}{message}"


def _is_known(key: str, known: Iterable[str]) -> bool:
    """Whether a key is that of a setting, or of a section of settings."""
    return any(name == key or name.startswith(f"{key}.") for name in known)
