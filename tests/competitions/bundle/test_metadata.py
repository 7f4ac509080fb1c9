import json

import pytest

from regard.competitions.bundle.metadata import bundle_slug, write_metadata


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("quora_insincere", "regard-quora-insincere"),
        ("Mine (2)", "regard-mine-2"),
        ("x" * 60, "regard-" + "x" * 43),
    ],
)
def test_the_name_on_kaggle(name, slug):
    assert bundle_slug(name) == slug


def test_the_notebook_has_no_internet_and_reads_both_sources(tmp_path):
    write_metadata(tmp_path, owner="me", slug="regard-tiny", competition="tiny-slug", gpu=True)
    kernel = json.loads((tmp_path / "kernel" / "kernel-metadata.json").read_text())
    assert kernel["enable_internet"] is False
    assert kernel["is_private"] is True
    assert kernel["enable_gpu"] is True
    assert kernel["dataset_sources"] == ["me/regard-tiny"]
    assert kernel["competition_sources"] == ["tiny-slug"]
    dataset = json.loads((tmp_path / "dataset" / "dataset-metadata.json").read_text())
    assert dataset["id"] == kernel["id"] == "me/regard-tiny"
    # Kaggle derives the name from the title.
    assert kernel["title"].lower().replace(" ", "-") == "regard-tiny"
