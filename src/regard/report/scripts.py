"""Inline scripts, and the policy that lets a browser run these scripts and nothing else.

Scripts are files of `templates/`. A page lists the hash of each in its Content-Security-Policy, so
a script that came in with a text of the data would not run, even if it were not escaped.
"""

import base64
import hashlib
from collections.abc import Iterable
from pathlib import Path

from markupsafe import Markup

TEMPLATES = Path(__file__).with_name("templates")


def read_scripts(names: Iterable[str]) -> list[Markup]:
    """Return the text of scripts, each once, to be put between script tags as it is.

    Args:
        names: files of `templates/`.

    Example:
        ["theme.js", "theme.js"] -> one script
    """
    # A browser hashes a script with the line ends of HTML, which are those of `read_text`.
    return [Markup((TEMPLATES / name).read_text(encoding="utf-8")) for name in dict.fromkeys(names)]


def content_security_policy(scripts: Iterable[str]) -> str:
    """Return the policy of a page that loads nothing and runs only some inline scripts.

    Data in a script tag, such as `<script type="application/json">`, needs no hash.

    Args:
        scripts: the text between the tags of each script.

    Example:
        [] -> "default-src 'none'; style-src 'unsafe-inline'; img-src data:; ...; script-src 'none'"
    """
    hashes = [f"'sha256-{_hash(script)}'" for script in scripts] or ["'none'"]
    return (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
        f"form-action 'none'; script-src {' '.join(hashes)}"
    )


def _hash(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
