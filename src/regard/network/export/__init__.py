"""Networks as ONNX files, which run without Python, Keras and Regard.

`graph` joins the networks of a run into one Keras model, `rebuild` builds each of them again in the
form that converts best, and `loops` holds the recurrent layers of that form. `onnx_file` converts
the model and compares both; `word_vectors` keeps large weights from the converter. `jobs` does all
of that for a run, in a worker, and `settings` says how its inputs are made of texts. These two
import no Keras.
"""
