import importlib.util
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from regard.text import clean, tokenize

DOCS = Path(__file__).resolve().parents[2] / "docs"
SPECIFICATION = importlib.util.spec_from_file_location("draw", DOCS / "draw.py")
draw = importlib.util.module_from_spec(SPECIFICATION)
SPECIFICATION.loader.exec_module(draw)


def test_pictures_are_up_to_date():
    for name, picture in draw.draw_all().items():
        assert (draw.IMAGES / name).read_text(encoding="utf-8") == picture, (
            "run python docs/draw.py"
        )


@pytest.mark.parametrize("name", ["stages.svg", "floors.svg", "text.svg"])
def test_a_picture_is_valid_and_loads_nothing(name):
    text = (draw.IMAGES / name).read_text(encoding="utf-8")
    root = ElementTree.fromstring(text)
    assert root.get("aria-label")
    assert text.count("http") == 1  # the namespace


def test_the_example_of_a_text_is_what_the_code_makes_of_it():
    examples = {name: example for name, example, _ in draw.TEXT_STEPS}
    steps = ["html_unescape", "lower_case"]
    assert clean(examples["text"], steps) == examples["clean text"]
    assert " ".join(tokenize(examples["text"], steps)) == examples["tokens"]


def test_stages_are_drawn_with_their_needs():
    picture = draw.draw_stages([("prepare", []), ("folds", ["prepare"]), ("train", ["prepare"])])
    assert ">train</text>" in picture
    assert picture.count('class="arrow"') == 1 + 3 + 2  # from the files, to the artefacts, needs
    both = draw.draw_stages([("tables", []), ("test_tables", []), ("predict", ["test_tables"])])
    assert both.count('class="arrow"') == 2 + 3 + 1
