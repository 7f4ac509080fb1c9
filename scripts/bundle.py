"""Write a run as a bundle for a code competition: wheels, models and a notebook.

    python scripts/bundle.py competition=commonlit run=lstm_attention-0123 gpu=true

Without `run`, the last run. `make upload` uploads the bundle.
"""

import sys

from regard.cli import main

if __name__ == "__main__":
    main(["bundle", *sys.argv[1:]])
