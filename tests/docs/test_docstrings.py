import importlib.util
from pathlib import Path

import pytest

pytest.importorskip("griffe", reason="needs the extra docs")

DOCS = Path(__file__).resolve().parents[2] / "docs"
SPECIFICATION = importlib.util.spec_from_file_location("docstrings", DOCS / "docstrings.py")
docstrings = importlib.util.module_from_spec(SPECIFICATION)
SPECIFICATION.loader.exec_module(docstrings)


def test_an_example_becomes_code():
    example = "    double(1)\n      -> 2\n\n    double(2) -> 4\n"
    text = f"Double.\n\nExample:\n{example}\nReference:\n    A book."
    fenced = f"    ```text\n{example}    ```\n"
    assert docstrings.with_code(text) == text.replace(example, fenced)


def test_an_example_at_the_end_becomes_code():
    assert docstrings.with_code("Example:\n    f") == "Example:\n    ```text\n    f\n    ```"


def test_the_arguments_of_a_call_become_a_list():
    text = "Call arguments:\n    inputs: the states,\n        one for each.\n    mask: bool.\n"
    assert docstrings.with_code(text).splitlines() == [
        "Call arguments:",
        "    - `inputs`: the states,",
        "        one for each.",
        "    - `mask`: bool.",
    ]


def test_other_text_stays():
    text = "Return it.\n\nFor example: nothing.\n"
    assert docstrings.with_code(text) == text
