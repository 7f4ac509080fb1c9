import pytest
from packaging.tags import parse_tag

from regard.competitions.bundle.image import Image, read_image
from regard.errors import ConfigError


def test_a_list_of_pip_freeze_is_read(tmp_path):
    (tmp_path / "image.txt").write_text(
        "# Python 3.12.13\nPyYAML==6.0.3\nmine @ file:///somewhere\n-e git+x\nnumpy==2.0.2 ; x\n"
    )
    image = read_image(tmp_path / "image.txt")
    assert image == Image("3.12", {"pyyaml": "6.0.3", "numpy": "2.0.2"})


def test_the_default_is_the_image_of_kaggle():
    image = read_image(None)
    assert image.python == "3.12"
    assert image.packages["scikit-learn"] == "1.6.1"
    assert "hydra-core" not in image.packages


@pytest.mark.parametrize(
    ("tag", "runs"),
    [
        ("py3-none-any", True),
        ("py2.py3-none-any", True),
        ("cp312-cp312-manylinux_2_28_x86_64", True),
        ("cp312-cp312-manylinux2014_x86_64", True),
        ("cp310-abi3-manylinux_2_17_x86_64", True),
        ("cp311-cp311-manylinux_2_28_x86_64", False),
        ("cp312-cp312-manylinux_2_39_x86_64", False),
        ("cp312-cp312-win_amd64", False),
        ("cp312-cp312-manylinux_2_28_aarch64", False),
    ],
)
def test_wheels_that_an_image_runs(tag, runs):
    assert bool(parse_tag(tag) & read_image(None).tags) == runs


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("numpy==2.0.2\n", "names no version of Python; it needs a line such as # Python 3.12"),
        ("# Python 3.12\n", "names no package; .*the lines of pip freeze"),
    ],
)
def test_an_incomplete_list_is_one_line(text, message, tmp_path):
    (tmp_path / "image.txt").write_text(text)
    with pytest.raises(ConfigError, match=f"image.txt {message}"):
        read_image(tmp_path / "image.txt")


def test_a_missing_list_is_one_line(tmp_path):
    with pytest.raises(ConfigError, match=r"image=.*none.txt cannot be read .*; give the output"):
        read_image(tmp_path / "none.txt")
