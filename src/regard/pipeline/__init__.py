"""The pipeline: stages declared as data, a runner, several seeds and members, blends.

`stages` has the table of the stages and a module for each, `runner` makes what is missing,
`members` trains several models or seeds in one command, `blending` combines finished runs.
`opening` and `finished` read runs that are there, and train nothing. None of them imports Keras:
the workers that train and predict do.
"""

from regard.pipeline.blending import blend_runs
from regard.pipeline.board import show_leaderboard
from regard.pipeline.finished import open_run, remake
from regard.pipeline.members import train
from regard.pipeline.opening import load
from regard.pipeline.runner import make

__all__ = ["blend_runs", "load", "make", "open_run", "remake", "show_leaderboard", "train"]
