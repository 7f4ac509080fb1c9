"""Write submission.csv: the mean of the folds' predictions, checked against the sample.

    python scripts/submit.py competition=bbc_news model.rnn.units=128

Missing earlier stages run first; finished ones are not repeated. The settings are in
conf/config.yaml.
"""

import sys

from regard.cli import main

if __name__ == "__main__":
    main(["submit", *sys.argv[1:]])
