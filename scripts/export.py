"""Write the networks of a run as ONNX or Keras files, with their settings and a model card.

    python scripts/export.py competition=toxic run=best output=toxic-model format=onnx

Without `run`, the latest run. Needs the extra `export` (`make export` installs it). The settings
are in conf/config.yaml.
"""

import sys

from regard.cli import main

if __name__ == "__main__":
    main(["export", *sys.argv[1:]])
