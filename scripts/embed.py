"""Make the embedding matrix: a vector for every token of the vocabulary.

    python scripts/embed.py competition=bbc_news embeddings=fasttext

Settings: conf/config.yaml. Stages that must come before run first; what is there already is not
    made again.
"""

from pathlib import Path

from regard import pipeline
from regard.config import run_script

if __name__ == "__main__":
    run_script(pipeline.embed, Path(__file__).resolve().parent.parent / "conf")
