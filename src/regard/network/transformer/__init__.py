"""Pretrained transformer encoders: read from a local folder, built in Keras.

A folder has the three files of Hugging Face's form: `config.json`, `model.safetensors` and
`tokenizer.json`. No other file is read, and nothing in a folder is executed.

The layers are written here rather than taken from a package. KerasHub installs TensorFlow a second
time, next to `tensorflow-cpu`; PyTorch and transformers are a second stack of a gigabyte, which the
trainer of this room cannot train; and a model of onnxruntime cannot be fine-tuned.
"""
