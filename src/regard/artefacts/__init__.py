"""Every file a stage leaves: what it is called, when it is up to date, and how it comes to be whole.

A stage's folder is named by a fingerprint of all that made it: its settings, the content of its inputs, the
fingerprints of the stages before it and the code that ran. So nothing is ever stale, nothing is overwritten, and what
is there already need not be made again. A folder appears whole or not at all: it is written under another name, its
manifest last, and then renamed.
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
from regard.artefacts.inputs import (
    read_inputs,
    read_tokens,
    write_inputs,
    write_tokens,
)
from regard.artefacts.planning import (
    BLEND_CODE,
    Plan,
    plan,
)
from regard.artefacts.runs import (
    find_run,
    last_predictions,
    leaderboard,
    point_latest,
)

__all__ = [
    "BLEND_CODE",
    "MADE_BY",
    "MANIFEST",
    "Plan",
    "code_hash",
    "find_run",
    "fingerprint",
    "hash_file",
    "is_current",
    "is_finished",
    "last_predictions",
    "leaderboard",
    "locked",
    "new_file",
    "new_folder",
    "note_current",
    "plan",
    "point_latest",
    "read_array",
    "read_fold_state",
    "read_inputs",
    "read_json",
    "read_tokens",
    "versions",
    "write_csv",
    "write_fold_state",
    "write_inputs",
    "write_json",
    "write_text",
    "write_tokens",
]
