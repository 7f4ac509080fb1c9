"""Separate the options of a command from Hydra's overrides."""

from collections.abc import Sequence


def split_words(words: Sequence[str], names: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Separate `name=value` options from the other words of a command line.

    Hydra would parse the values by its own grammar, which refuses a message such as `a, b=c`.

    Args:
        words: the command line.
        names: the names of the options.

    Returns:
        The other words, and the value of each option by name.

    Example:
        ["seed=1", "message=a, b=c"], names ["run", "message"] -> ["seed=1"], {"message": "a, b=c"}
    """
    others: list[str] = []
    options: dict[str, str] = {}
    for word in words:
        name, _, value = word.partition("=")
        if name in names:
            options[name] = value
        else:
            others.append(word)
    return others, options
