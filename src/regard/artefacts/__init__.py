"""Every file a stage leaves: what it is called, when it is up to date, and how it comes to be
whole.

A stage's folder is named by a fingerprint of all that made it: its settings, the content of its
inputs, the fingerprints of the stages before it and the code that ran. So nothing is ever stale,
nothing is overwritten, and what is there already need not be made again. A folder appears whole or
not at all: it is written under another name, its manifest last, and then renamed.
"""

from regard.artefacts.files import (
    MADE_BY,
    is_current,
    new_file,
    note_current,
    read_array,
    read_fold_state,
    read_json,
    write_csv,
    write_fold_state,
    write_json,
    write_text,
)
from regard.artefacts.fingerprints import (
    code_hash,
    code_of,
    fingerprint,
    hash_file,
    versions,
)
from regard.artefacts.folders import (
    MANIFEST,
    is_finished,
    locked,
    new_folder,
)

__all__ = [
    "MADE_BY",
    "MANIFEST",
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
    "read_array",
    "read_fold_state",
    "read_json",
    "versions",
    "write_csv",
    "write_fold_state",
    "write_json",
    "write_text",
]
