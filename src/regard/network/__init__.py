"""Networks: architecture, layers, training. Only worker processes import Keras."""
