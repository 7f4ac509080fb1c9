"""Write a run as a bundle for a code competition: wheels, the run's files and a notebook."""

from regard.competitions.bundle.bundle import (
    OWNER,
    BundleOptions,
    bundle_folder,
    make_bundle,
    read_bundle,
    read_options,
)

__all__ = [
    "OWNER",
    "BundleOptions",
    "bundle_folder",
    "make_bundle",
    "read_bundle",
    "read_options",
]
