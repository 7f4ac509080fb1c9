"""Blend finished runs of a competition, with weights fitted on their out-of-fold predictions.

    python scripts/blend.py competition=toxic runs=[lstm_attention-0123456789ab,lstm_attention-ba98]

Without `runs`, the finished runs that share the folds of the best one. A name may be shortened as
long as it is unique; `best` and `latest` are names, too.
The settings are in conf/config.yaml, for example blend.method.
"""

import sys

from regard.cli import main

if __name__ == "__main__":
    main(["blend", *sys.argv[1:]])
