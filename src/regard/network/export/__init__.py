"""Networks as ONNX files, which run without Python, Keras and Regard.

`graph` joins the networks of a run into one Keras model, `rebuild` builds each of them again in the
form that converts best, `loops` holds the recurrent layers of that form, and `onnx_file` converts
the model, names its inputs and outputs, and compares it with Keras.
"""

from regard.network.export.graph import Corrections, joined_model
from regard.network.export.onnx_file import largest_difference, write_onnx

__all__ = ["Corrections", "joined_model", "largest_difference", "write_onnx"]
