"""Artefacts: files and folders that are written whole or not at all, and how they are named.

The folder of a stage is named by a fingerprint of everything that made it: its settings, the
content of its inputs, the fingerprints of the stages before it and the code that ran. So nothing is
ever stale, nothing is overwritten, and an artefact that exists need not be made again.
"""

from regard.artefacts.files import (
    check_arrays,
    is_current,
    new_file,
    note_current,
    noted,
    open_arrays,
    read_array,
    read_fold_state,
    read_json,
    read_text,
    write_csv,
    write_fold_state,
    write_json,
    write_text,
)
from regard.artefacts.fingerprints import code_hash, code_of, fingerprint, hash_file, versions
from regard.artefacts.folders import MANIFEST, is_finished, locked, new_folder
from regard.artefacts.writing import writing

__all__ = [
    "MANIFEST",
    "check_arrays",
    "code_hash",
    "code_of",
    "fingerprint",
    "hash_file",
    "is_current",
    "is_finished",
    "locked",
    "new_file",
    "new_folder",
    "note_current",
    "noted",
    "open_arrays",
    "read_array",
    "read_fold_state",
    "read_json",
    "read_text",
    "versions",
    "write_csv",
    "write_fold_state",
    "write_json",
    "write_text",
    "writing",
]
