"""Error messages for wrong settings: one line with the key, the problem and the nearest key."""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence

from regard.config.schema import known_keys, model_keys
from regard.config.words import in_quotes
from regard.errors import ConfigError, did_you_mean, one_line, shell_command

# Hydra's flags with the values that each takes: none, one of a few, or any (None).
FLAGS: dict[str, tuple[str, ...] | None] = {
    "--help": (),
    "--hydra-help": (),
    "--version": (),
    "--resolve": (),
    "--run": (),
    "--multirun": (),
    "--shell-completion": (),
    "--cfg": ("job", "hydra", "all"),
    "--info": ("all", "config", "defaults", "defaults-tree", "plugins", "searchpath"),
    "--package": None,
    "--config-path": None,
    "--config-name": None,
    "--config-dir": None,
    "--experimental-rerun": None,
}
SHORT_FLAGS = {
    "-h": "--help",
    "-r": "--run",
    "-m": "--multirun",
    "-sc": "--shell-completion",
    "-c": "--cfg",
    "-i": "--info",
    "-p": "--package",
    "-cp": "--config-path",
    "-cn": "--config-name",
    "-cd": "--config-dir",
}
IS_SECTION = "is a section of settings; give values to its settings instead"
_WRITTEN = "settings are written key=value, without a blank before or after ="
_MODES = ("--run", "--multirun", "--cfg", "--info", "--shell-completion")


def explain(
    error: BaseException, overrides: Iterable[str], groups: Mapping[str, Sequence[str]]
) -> str:
    """Return one line for an error of Hydra or OmegaConf.

    Args:
        error: raised while the settings were composed.
        overrides: the settings of the command line, for example `["model.rnn.unitz=3"]`.
        groups: the option groups of `conf/` with their options, for example `{"model":
            ["lstm_attention"]}`.
    """
    word = getattr(error, "override", None) or ""  # of an OverrideParseException
    if "=" in word:
        return _explain_syntax(word)
    # The command line first: its words say more than Hydra's message on the pages composed.
    for override in overrides:
        if message := _explain_override(override, str(error), groups):
            return message
    if missing := re.search(r"In '(\S+)': Could not (?:load|find) '(\S+)'", str(error)):
        return f"conf/{missing[1]}.yaml: its defaults name {missing[2]}.yaml, which does not exist"
    if twice := re.search(r"Multiple values for (\w+)/(\w+)\.\s.*: (\S+)'", str(error)):
        group, part, page = twice.groups()
        return (
            f"the defaults of a page name a second page of {group}/{part}; write "
            f"'override {part}: {page}' in conf/{group}, 'override /{group}/{part}: {page}' in "
            "conf/experiment"
        )
    return omegaconf_message(error)


def split_flags(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Split a command line into settings and Hydra's flags, each in the given order.

    Hydra refuses flags between settings, and prints several lines of usage for a mistyped flag.

    Raises:
        ConfigError: Hydra has no such flag, its value is wrong, or flags exclude each other.

    Example:
        ["seed=1", "--cfg", "job", "name=x"] -> ["seed=1", "name=x"], ["--cfg", "job"]
    """
    settings: list[str] = []
    flags: list[str] = []
    names: set[str] = set()
    waiting = list(words)
    while waiting:
        word = waiting.pop(0)
        if not word.startswith("-"):
            settings.append(word)
            continue
        name, equals, value = word.partition("=")
        name = _full_flag(name, word)
        names.add(name)
        flags.append(word)
        if equals:
            _check_flag_value(name, value)
        elif _takes_next(name, waiting):
            _check_flag_value(name, waiting[0])
            flags.append(waiting.pop(0))
    _check_flags_together(names)
    return settings, flags


def known_settings(key: str) -> Sequence[str]:
    """Return the names of all settings; for a key of a member, those that its model has."""
    known = known_keys()
    if not (member := re.match(r"members\.[^.]+\.", key)):
        return known
    return [member[0] + name.removeprefix("model.") for name in known if name.startswith("model.")]


def no_setting(key: str, known: Iterable[str]) -> str:
    """Return that a setting does not exist, and the likeliest ones.

    Those are the settings with the same last part, or else the nearest one in its section,
    or else all of its section.

    Example:
        no_setting("rnn.units", ["model.rnn.units", "seed"]) -> "there is no setting 'rnn.units';
            did you mean 'model.rnn.units'?"
    """
    names = list(known)
    if _is_known(key, names):
        return _of_another_model(key)
    return f"there is no setting {key!r}; {_nearest(key, names)}"


def _nearest(key: str, names: Sequence[str]) -> str:
    """Return a hint for an unknown setting.

    Example:
        _nearest("units", ["model.rnn.units", "model.head.units"])
        -> "did you mean 'model.head.units' or 'model.rnn.units'?"
        _nearest("folds.kynd", ["folds.kind", "seed"]) -> "did you mean 'folds.kind'?"
        _nearest("folds.x", ["folds.kind", "seed"]) -> "there are: folds.kind"
        _nearest("x", ["folds.kind", "seed"]) -> "conf/config.yaml and --help list them"
    """
    section, _, last = key.rpartition(".")
    in_section = sorted(name for name in names if section and name.startswith(f"{section}."))
    parts = set(key.split("."))
    # rnn.units shares two parts with model.rnn.units, one with model.head.units.
    shared = {
        name: len(parts & set(name.split(".")))
        for name in sorted(names)
        if name.rpartition(".")[2] == last
    }
    most = max(shared.values(), default=0)
    if most > (1 if in_section else 0):
        return f"did you mean {' or '.join(repr(name) for name in shared if shared[name] == most)}?"
    ends = {name.removeprefix(f"{section}."): name for name in in_section} or {n: n for n in names}
    if near := difflib.get_close_matches(last if in_section else key, ends, n=1, cutoff=0.65):
        return f"did you mean {ends[near[0]]!r}?"
    if in_section:
        return f"there are: {', '.join(in_section)}"
    return "conf/config.yaml and --help list them"


def _is_known(key: str, names: Iterable[str]) -> bool:
    """Return whether a key is that of a setting or of a section of settings."""
    return any(name == key or name.startswith(f"{key}.") for name in names)


def _of_another_model(key: str) -> str:
    """Return which learner's models have a setting that this model lacks."""
    name = re.sub(r"^members\.[^.]+", "model", key)
    learners = [learner for learner, keys in model_keys().items() if _is_known(name, keys)]
    if len(learners) == len(model_keys()):
        return f"{key}: the page of the model lacks it; add it by +{key}=..."
    return (
        f"{key} is a setting of model.learner={' or '.join(learners)}, and this model has another; "
        "choose its page by model=..."
    )


def one_by_one(name: str) -> str:
    """Return how a member is added and left out."""
    return f"+model@members.{name}=text_cnn adds one of conf/model, ~members.{name} leaves one out"


def omegaconf_message(error: BaseException) -> str:
    """Return OmegaConf's message without its type listing, with the full key in front."""
    # After the reason, OmegaConf writes a line "full_key: training.epochs" and lines on types.
    cause = _first_with_key(error)
    # An error that Hydra raised for one of OmegaConf holds the key only in its text.
    written = re.search(r"full_key: (\S+)$", str(cause), re.MULTILINE)
    key = getattr(cause, "full_key", None) or (written and written[1])
    message = re.sub(r" full_key:.*| See https?://\S+.*", "", one_line(cause))
    where = ""
    if page := re.match(r"In '([^']+)': \w+ raised while composing config: ", message):
        where = f"conf/{page[1]}.yaml: "
        message = message[page.end() :]
        if page[1].startswith("experiment/") and "Key 'experiment' not in" in message:
            return f"{where}its first line must be `# @package _global_`, as in the shipped ones"
    if unknown := re.search(r"Key '(\w+)' (?:is )?not in", message):
        return where + no_setting(key or unknown[1], known_settings(key or unknown[1]))
    if "missing mandatory value" in message:
        base = "base_network" if str(key).startswith("model.") else "base"
        return f"{key} has no value; set it, or start the page with `defaults: [{base}]`"
    for pattern, text in (
        (r"Invalid value assigned: \w+ is not a ListConfig, list or tuple.*", "give a list: [...]"),
        (r"Incompatible value 'None' for field of type '\w+'", "has no value; give one"),
        (r"field '\S+' is not Optional", "has no value; give one"),
        (r"Invalid type assigned: .*", IS_SECTION),
        (r"Value '' of type 'str' could not be converted to .*", "has no value; give one"),
        (r"Value '(.*)' of type '\w+' could not be converted to Integer", r"\1 is no whole number"),
        (r"Value '(.*)' of type '\w+' could not be converted to Float", r"\1 is no number"),
        (r"Value '(.*)' is not a valid bool.*", r"\1 is neither true nor false"),
    ):
        message = re.sub(pattern, text, message)
    return f"{where}{key}: {message}" if key else f"{where}{message}"


def _explain_syntax(override: str) -> str:
    """Return that Hydra cannot read a setting, and how to quote its value."""
    key, _, value = override.partition("=")
    if not re.fullmatch(r"[+~]*[\w./@:-]+", key):
        return f"{override}: {_WRITTEN}"
    return (
        f"{override}: the value has a character with a meaning to Hydra; put it in quotes: "
        f'"{key}={in_quotes(value)}"'
    )


def _explain_override(override: str, error: str, groups: Mapping[str, Sequence[str]]) -> str | None:
    """Return the mistake in one setting of the command line; None if it is not the cause."""
    key, equals, value = override.lstrip("+~").partition("=")
    # model@members.cnn=text_cnn puts a page of the group `model` at the key members.cnn.
    key, _, package = key.partition("@")
    removes = override.startswith("~")
    if key.startswith("hydra"):
        return None
    if not equals and not removes:
        if key in groups.get("competition", ()):
            return f"{override}: choose a competition by competition={override}"
        if not _is_known(key, known_settings(key)):
            return f"{override}: {_WRITTEN}"
        return f"{override}: write a setting with its value, {override}=..."
    if re.fullmatch(r"\w+\(.*\)", value) and "multirun" in error:
        return (
            f"{override} is a sweep; --multirun (in a clone also make sweep) trains once for each "
            f'value, and a text is written in quotes: "{key}={in_quotes(value)}"'
        )
    # Hydra reads C=1,2 as two values to sweep over; in brackets or quotes they are one.
    if "," in value and value[0] not in "[{(\"'" and "multirun" in error:
        return (
            f"{override} has several values; --multirun (in a clone also make sweep) trains once "
            f"for each, and a list is written [{value}]"
        )
    if key in groups:
        return _explain_page(override, key, value, package, error, groups[key])
    if key.partition(".")[0] == "members" and key.count(".") < 2:
        if removes:
            missing = f"'{key}'" in error
            return f"{key}: there is no such member to leave out" if missing else None
        return f"add members one by one: {one_by_one(key.partition('.')[2] or 'text_cnn')}"
    known = known_settings(key)
    if equals and not _is_known(key, known):
        return no_setting(key, [*known, *groups])
    if key.startswith("members.") and f"Could not override '{key}'" in error:
        return f"{key}: there is no such member; {one_by_one(key.split('.')[1])}"
    return None


def _explain_page(
    override: str, group: str, value: str, package: str, error: str, options: Sequence[str]
) -> str | None:
    """Return the mistake in a choice of pages, such as `model=text_cnn`."""
    if not value and "=" in override:
        return f"{group}= names no page of conf/{group}; there are: {', '.join(options)}"
    for name in value.strip("[]").replace("'", "").replace('"', "").split(","):
        if f"Could not find '{group}/{name}'" in error:
            hint = did_you_mean(name, options)
            if group == "competition" and not hint.startswith("did"):
                hint = f"{hint}; to write it from data/{name}, run {shell_command('new', name)}"
            return f"no conf/{group}/{name}.yaml ({group}={value}); {hint}"
    if "/" in group:
        return _explain_part(override, group, value, package, error)
    if package and not re.fullmatch(r"members\.[^.]+", package):
        example = one_by_one(package.rpartition(".")[2])
        return f"{override}: another model is a member, {example}"
    return None


def _explain_part(override: str, group: str, value: str, package: str, error: str) -> str | None:
    """Return the mistake in a choice of pages for a part of a model: `model/attention=dot`."""
    if f"Could not override '{group}" not in error:
        return None
    part = group.rpartition("/")[2]
    member = re.match(r"members\.([^.]+)", package)
    if not member:
        return f"{override}: the model has no {part}; choose another model by model=..."
    full = f"{group}@members.{member[1]}.{part}={value}"
    if override != full:
        return f"{override}: for a member write {full}"
    return f"{override}: there is no such member with {part}; {one_by_one(member[1])}"


def _first_with_key(error: BaseException) -> BaseException:
    """Return the first error of a chain of causes that names its key, else the last."""
    while error.__cause__ is not None and not getattr(error, "full_key", None):
        error = error.__cause__
    return error


def _full_flag(name: str, word: str) -> str:
    """Return a flag's long name; a flag that is cut short is refused, as its meaning may change."""
    full = SHORT_FLAGS.get(name, name)
    if full in FLAGS:
        return full
    if "=" in word or "." in word:
        raise ConfigError(f"{word}: write a setting without dashes, as key=value")
    raise ConfigError(f"there is no flag {word}; {did_you_mean(name, FLAGS)}")


def _takes_next(name: str, waiting: Sequence[str]) -> bool:
    """Return whether the next word is this flag's value; `--info` may have none."""
    choices = FLAGS[name]
    if choices == ():
        return False
    if name == "--info":
        return bool(waiting) and waiting[0] in (choices or ())
    if not waiting:
        raise ConfigError(f"{name} needs a value{_one_of(choices)}")
    return True


def _check_flag_value(name: str, value: str) -> None:
    choices = FLAGS[name]
    if choices == ():
        raise ConfigError(f"{name} takes no value")
    if choices is not None and value not in choices:
        raise ConfigError(f"{name} {value} is not known; {did_you_mean(value, choices)}")


def _check_flags_together(names: set[str]) -> None:
    modes = [name for name in _MODES if name in names]
    if len(modes) > 1:
        raise ConfigError(f"{' and '.join(modes)} exclude each other; give one of them")
    if "--resolve" in names and not names & {"--cfg", "--help"}:
        raise ConfigError("--resolve needs --cfg job or --help")


def _one_of(choices: Sequence[str] | None) -> str:
    return f": one of {', '.join(choices)}" if choices else ""
