"""The pipeline: stages declared as data, a runner, several seeds and members, blends.

`stages` has the table of the stages and a module for each, `runner` makes what is missing,
`members` trains several models or seeds in one command, `blending` combines finished runs. None of
them imports Keras: the workers that train and predict do.
"""

from regard.pipeline.blending import blend_runs
from regard.pipeline.board import show_leaderboard
from regard.pipeline.members import make_single, train
from regard.pipeline.runner import make

__all__ = ["blend_runs", "make", "make_single", "show_leaderboard", "train"]
