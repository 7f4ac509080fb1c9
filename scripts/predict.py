"""Predict new texts by a finished run; without a file, the test texts.

    python scripts/predict.py competition=bbc_news input=new.csv run=best

The file is CSV, TSV, JSONL or Parquet, gzipped or not; `-` is standard input. Nothing is trained.
"""

import sys

from regard.cli import main

if __name__ == "__main__":
    main(["predict", *sys.argv[1:]])
