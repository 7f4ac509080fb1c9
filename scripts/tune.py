"""Search the settings of a model, and write the best ones as a page of conf/experiment.

    python scripts/tune.py competition=bbc_news tune=text_cnn tune.minutes=30

Needs Optuna (`make tune` installs it). The same command continues a search that was stopped. The
spaces are in conf/tune, the settings in conf/config.yaml.
"""

import sys

from regard.cli import main

if __name__ == "__main__":
    main(["tune", *sys.argv[1:]])
