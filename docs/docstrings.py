"""Show the examples of docstrings as code.

mkdocstrings reads an "Example:" of a docstring as text, and joins its lines. This extension of
griffe puts fences around it, and makes a list of "Call arguments:".
"""

import re

import griffe

SECTION = re.compile(r"^(Example|Call arguments):\n((?:(?: {4}.*)?(?:\n|\Z))+)", re.MULTILINE)


class CodeExamples(griffe.Extension):
    """Change the docstrings of all objects as they are loaded."""

    def on_instance(self, *, obj: griffe.Object, **_: object) -> None:
        """Change the docstring of one object."""
        if obj.docstring is not None:
            obj.docstring.value = with_code(obj.docstring.value)


def with_code(docstring: str) -> str:
    """Fence the examples of a docstring, and list the arguments of its call."""
    return SECTION.sub(lambda match: f"{match[1]}:\n{_body(match[1], match[2])}", docstring)


def _body(title: str, body: str) -> str:
    text = body.rstrip("\n")
    end = body[len(text) :]
    if title == "Example":
        return f"    ```text\n{text}\n    ```{end}"
    return re.sub(r"^ {4}(\w+):", r"    - `\1`:", text, flags=re.MULTILINE) + end
