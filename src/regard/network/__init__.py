"""The network: its architecture, its layers, its training; nothing here is imported before a worker needs Keras."""
