"""Show the words of a text that a finished run's prediction rests on.

    python scripts/explain.py competition=toxic text="Thank you, friend" run=lstm_attention-0123

Without `run`, the latest run.
"""

import sys

from regard.cli import main

if __name__ == "__main__":
    main(["explain", *sys.argv[1:]])
