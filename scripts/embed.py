"""Make the embedding matrix: one vector for each token of the vocabulary.

    python scripts/embed.py competition=bbc_news embeddings=fasttext

Missing earlier stages run first; finished ones are not repeated. The settings are in
conf/config.yaml.
"""

import sys

from regard.cli import main

if __name__ == "__main__":
    main(["embed", *sys.argv[1:]])
