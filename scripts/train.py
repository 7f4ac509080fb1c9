"""Run all stages: prepare, embed, train every fold, predict, submit, report.

    python scripts/train.py competition=bbc_news model.rnn.units=128

Missing earlier stages run first; finished ones are not repeated. The settings are in
conf/config.yaml.
"""

import sys

from regard.cli import main

if __name__ == "__main__":
    main(["train", *sys.argv[1:]])
