"""Write report.html of a finished run: scores, learning curves, errors and attention.

    python scripts/report.py competition=bbc_news run=best
    python scripts/report.py competition=bbc_news run=best run2=tfidf_linear

With `run2`, compare both runs in one page of `outputs/<competition>/comparisons/`.

A run is named by its name or the beginning of it, `best`, `latest` (the default) or a path. Nothing
is trained.
"""

import sys

from regard.cli import main

if __name__ == "__main__":
    main(["report", *sys.argv[1:]])
