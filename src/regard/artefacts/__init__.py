"""Artefacts: files and folders that are written whole or not at all, and how they are named.

The folder of a stage is named by a fingerprint of everything that made it: its settings, the
content of its inputs, the fingerprints of the stages before it and the code that ran. So nothing is
ever stale, nothing is overwritten, and an artefact that exists need not be made again.
"""

from regard.artefacts.durable import new_file, temporary_path
from regard.artefacts.files import (
    check_arrays,
    is_current,
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
from regard.artefacts.folders import discard, list_again, locked, new_folder
from regard.artefacts.sums import (
    MANIFEST,
    Damage,
    check_file,
    damage_of_file,
    damages_of,
    is_finished,
    is_listed,
    list_files,
    rewriting,
)
from regard.artefacts.writing import writing

__all__ = [
    "MANIFEST",
    "Damage",
    "check_arrays",
    "check_file",
    "code_hash",
    "code_of",
    "damage_of_file",
    "damages_of",
    "discard",
    "fingerprint",
    "hash_file",
    "is_current",
    "is_finished",
    "is_listed",
    "list_again",
    "list_files",
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
    "rewriting",
    "temporary_path",
    "versions",
    "write_csv",
    "write_fold_state",
    "write_json",
    "write_text",
    "writing",
]
