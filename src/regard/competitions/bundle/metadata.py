"""Kaggle's metadata of a dataset and of a notebook."""

import re
from pathlib import Path

from regard import artefacts

DATASET = "dataset"
KERNEL = "kernel"
# They get the name of the user when the bundle is uploaded.
METADATA = (f"{DATASET}/dataset-metadata.json", f"{KERNEL}/kernel-metadata.json")
NOTEBOOK = "notebook.ipynb"

_MAX_LENGTH = 50  # of a dataset's name on Kaggle


def bundle_slug(competition: str) -> str:
    """Return the name on Kaggle of a competition's dataset and notebook.

    Example:
        bundle_slug("Quora_insincere") -> "regard-quora-insincere"
    """
    name = re.sub("[^a-z0-9]+", "-", f"regard-{competition}".lower())
    return name[:_MAX_LENGTH].strip("-")


def write_metadata(bundle: Path, *, owner: str, slug: str, competition: str, gpu: bool) -> None:
    """Write the two files of metadata that Kaggle's client reads.

    Args:
        bundle: the folder of the bundle.
        owner: the user's name on Kaggle.
        slug: the name of the dataset and the notebook.
        competition: the competition's name on Kaggle.
        gpu: whether the notebook runs with a GPU.
    """
    # Kaggle makes the name of a notebook from its title.
    title = slug.replace("-", " ").capitalize()
    dataset = {
        "title": title,
        "id": f"{owner}/{slug}",
        "licenses": [{"name": "other"}],
        "isPrivate": True,
    }
    kernel = {
        "id": f"{owner}/{slug}",
        "title": title,
        "code_file": NOTEBOOK,
        "language": "python",
        "kernel_type": "notebook",
        "is_private": True,
        "enable_gpu": gpu,
        "enable_tpu": False,
        "enable_internet": False,
        "dataset_sources": [f"{owner}/{slug}"],
        "competition_sources": [competition],
        "kernel_sources": [],
        "model_sources": [],
    }
    for name, values in zip(METADATA, (dataset, kernel), strict=True):
        artefacts.write_json(bundle / name, values)
