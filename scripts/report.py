"""Write report.html: scores, learning curves, errors and attention of a run.

    python scripts/report.py competition=bbc_news model.rnn.units=128

Missing earlier stages run first; finished ones are not repeated. The settings are in
conf/config.yaml.
"""

import sys

from regard.cli import main

if __name__ == "__main__":
    main(["report", *sys.argv[1:]])
