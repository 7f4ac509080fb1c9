"""The methods that weigh words: the argument `method` of `Run.explain`.

Each method is a module of this folder, with its entry here. A new one needs a function from a
`Prediction` to words and weights, and a test of the models that it suits.
"""

from regard.runs.explaining.methods import (
    attention,
    coefficients,
    gradient_x_input,
    integrated_gradients,
    leave_one_out,
)
from regard.runs.explaining.methods.base import Method

METHODS: dict[str, Method] = {
    "attention": attention.METHOD,
    "leave_one_out": leave_one_out.METHOD,
    "gradient_x_input": gradient_x_input.METHOD,
    "integrated_gradients": integrated_gradients.METHOD,
    "coefficients": coefficients.METHOD,
}
