"""Networks as ONNX files, which run without Python, Keras and Regard.

`graph` joins the networks of a run into one Keras model, `rebuild` builds each of them again in the
form that converts best, `loops` holds the recurrent layers of that form, and `onnx_file` converts
the model, names its inputs and outputs, and compares it with Keras. `jobs` does all of that for a
run, in a worker; `settings` says how its inputs are made of texts. These two import no Keras.
"""
