"""The registry of learners."""

from regard.linear.learner import LinearLearner
from regard.network.learner import NetworkLearner
from regard.network.transformer.learner import EncoderLearner
from regard.pipeline.frozen_encoder import FrozenEncoderLearner
from regard.runs.learner import Learner

LEARNERS: dict[str, Learner] = {
    "network": NetworkLearner(),
    "linear": LinearLearner(),
    "frozen_encoder": FrozenEncoderLearner(),
    "finetuned_encoder": EncoderLearner(),
}
