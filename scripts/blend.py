"""Blend finished runs of a competition: weights fitted on their out-of-fold predictions, submission
and report.

    python scripts/blend.py competition=toxic runs=[lstm_attention-0123456789ab,lstm_attention-ba98]

Without `runs`, all that are no blends themselves; a name may be cut short where that leaves no
doubt. Settings: blend.method in conf/config.yaml.
"""

import functools
import re
import sys
from pathlib import Path

from regard import pipeline
from regard.competitions.kaggle import split_words
from regard.config import run_script

if __name__ == "__main__":
    sys.argv[1:], own = split_words(sys.argv[1:], ("runs",))
    names = re.findall(r"[^\s,\[\]]+", own.get("runs", ""))
    run_script(
        functools.partial(pipeline.blend_runs, names=names),
        Path(__file__).resolve().parent.parent / "conf",
    )
