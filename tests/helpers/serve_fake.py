"""Serve a fake run by the command's function: a process that tests send signals to.

python tests/helpers/serve_fake.py <seconds that a batch takes> [port]
"""

import logging
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from helpers.cases import compose_config
from helpers.served_runs import FakeRun
from regard.pipeline import finished
from regard.serving import serve

if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    finished.open_run = lambda config, name: FakeRun(seconds=float(sys.argv[1]))
    settings = compose_config("competition=bbc_news", "serve.max_rows=2")
    serve(settings, port=sys.argv[2] if len(sys.argv) > 2 else "0")
