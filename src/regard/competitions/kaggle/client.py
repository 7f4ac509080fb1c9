"""Run Kaggle's command-line client and interpret its errors.

The client runs in a separate process, because importing it logs in at once and it prints to stdout.
Its output decides whether it succeeded: after a refused upload, the exit status is 0 all the same.
Users see at most one line of that output, without credentials.
"""

import importlib.util
import os
import re
import subprocess
import sys

from regard.errors import ConfigError, DataError

_SECRETS = ("KAGGLE_KEY", "KAGGLE_USERNAME", "KAGGLE_API_TOKEN")
_SECRET_PATTERN = re.compile(r"KGAT_\w+|\b[0-9a-f]{32}\b")
# Errors by a pattern of the client's output, in any letter case. The first match wins.
_KNOWN_ERRORS: tuple[tuple[str, type[ConfigError | DataError], str], ...] = (
    (
        r"kaggle auth login|kaggle\.json|\b401\b|unauthorized|unauthenticated|authenticate",
        ConfigError,
        "Kaggle credentials are missing or invalid; create a token on "
        "https://www.kaggle.com/settings and save it as ~/.kaggle/access_token or in the "
        "environment variable KAGGLE_API_TOKEN",
    ),
    (
        r"nameresolution|max retries|connection (refused|aborted|reset)|connectionerror"
        r"|timed? ?out|proxyerror",
        DataError,
        "Kaggle cannot be reached; check the network connection",
    ),
    (
        r"\b429\b|too many requests|limit",
        DataError,
        "a limit of Kaggle is reached ({output}); wait, then run the same command again",
    ),
    (
        r"\b403\b|forbidden|rules",
        DataError,
        "Kaggle refused the request ({output}); accept the rules on "
        "https://www.kaggle.com/c/{slug}/rules",
    ),
    (
        r"\b404\b|not found|could not find",
        DataError,
        "Kaggle has no competition {slug}; correct competition.slug on its page in conf/",
    ),
)


def run_client(*words: str, slug: str) -> str:
    """Run the client and return its output.

    Raises:
        ConfigError: the client is not installed, or has no credentials.
        DataError: the client fails.
    """
    succeeded, output = try_client(*words)
    if not succeeded:
        raise client_error(output, slug)
    return output


def try_client(*words: str) -> tuple[bool, str]:
    """Run the client; return whether it succeeded, and its output, after a failure with errors.

    Raises:
        ConfigError: the client is not installed.
    """
    if importlib.util.find_spec("kaggle") is None:
        raise ConfigError(
            "Kaggle's client is not installed; run: pip install 'regard[kaggle]' (in a clone, make "
            "download and make upload install it)"
        )
    # -P: a file kaggle.py in the working folder is not run instead of the client.
    command = [sys.executable, "-P", "-m", "kaggle", "-W", *words]
    # Without stdin, a question of the client is an error instead of an endless wait.
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        return False, f"{done.stdout}\n{done.stderr}"
    return True, done.stdout


def refusal(thing: str, output: str) -> DataError:
    """Return the error for a thing that Kaggle refused although the client ended with status 0."""
    return DataError(f"Kaggle refused {thing}: {_last_line(output)}")


def client_error(output: str, slug: str) -> ConfigError | DataError:
    """Return the error that explains the client's output."""
    last_line = _last_line(output)
    for pattern, error, message in _KNOWN_ERRORS:
        if re.search(pattern, output, re.IGNORECASE):
            return error(message.format(output=last_line, slug=slug))
    return DataError(f"Kaggle's client failed: {last_line}")


def _last_line(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()] or ["no output"]
    return _hide_secrets(lines[-1])[:200]


def _hide_secrets(text: str) -> str:
    for secret in filter(None, map(os.environ.get, _SECRETS)):
        text = text.replace(secret, "***")
    return _SECRET_PATTERN.sub("***", text)
