"""A tiny random encoder in Hugging Face's form, and its states computed by NumPy."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from helpers.cases import FILLER, WORDS

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
LETTERS = [letter for char in "bcdefghijkl" for letter in (char, f"##{char}")]
PIECES = [*SPECIAL, *FILLER, *(word.lower() for words in WORDS.values() for word in words)]
PIECES += LETTERS
SIZES = {
    "model_type": "bert",
    "vocab_size": 50,
    "max_position_embeddings": 40,
    "type_vocab_size": 2,
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 32,
    "hidden_act": "gelu",
    "layer_norm_eps": 1e-12,
    "pad_token_id": 0,
}


def write_encoder(folder: Path, **sizes: Any) -> Path:
    """Write an encoder of fixed random weights into a folder, and return the folder."""
    from safetensors.numpy import save_file

    folder.mkdir(parents=True, exist_ok=True)
    config = {**SIZES, **sizes}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    write_tokenizer(folder)
    save_file(random_weights(config), folder / "model.safetensors")
    return folder


def write_tokenizer(folder: Path, pieces: list[str] | None = None) -> None:
    """Write a WordPiece tokenizer: [CLS] a [SEP], and of two texts [CLS] a [SEP] b [SEP]."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    vocabulary = {piece: index for index, piece in enumerate((pieces or PIECES)[:50])}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    ends = [(name, vocabulary[name]) for name in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = processors.TemplateProcessing(
        "[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=ends
    )
    tokenizer.save(str(folder / "tokenizer.json"))


def shapes_of(config: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    """The shapes of the weights of an encoder, by PyTorch's names."""
    width, inner = config["hidden_size"], config["intermediate_size"]
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (config["vocab_size"], width),
        "embeddings.position_embeddings.weight": (config["max_position_embeddings"], width),
        "embeddings.token_type_embeddings.weight": (config["type_vocab_size"], width),
    }
    dense = {}
    norms = ["embeddings.LayerNorm"]
    for index in range(config["num_hidden_layers"]):
        layer = f"encoder.layer.{index}"
        for name in ("query", "key", "value"):
            dense[f"{layer}.attention.self.{name}"] = (width, width)
        dense[f"{layer}.attention.output.dense"] = (width, width)
        dense[f"{layer}.intermediate.dense"] = (inner, width)
        dense[f"{layer}.output.dense"] = (width, inner)
        norms += [f"{layer}.attention.output.LayerNorm", f"{layer}.output.LayerNorm"]
    for name, shape in dense.items():
        shapes |= {f"{name}.weight": shape, f"{name}.bias": shape[:1]}
    for name in norms:
        shapes |= {f"{name}.weight": (width,), f"{name}.bias": (width,)}
    return shapes


def random_weights(config: dict[str, Any], seed: int = 1) -> dict[str, np.ndarray]:
    """Draw the weights of an encoder."""
    random = np.random.default_rng(seed)
    return {
        name: random.normal(0.1, 0.5, shape).astype(np.float32)
        for name, shape in shapes_of(config).items()
    }


def reference_states(config: dict[str, Any], token_ids: list[int]) -> np.ndarray:
    """Compute the last states of one text in float64, step by step, head by head."""
    weights = {name: value.astype(float) for name, value in random_weights(config).items()}

    def dense(name: str, inputs: np.ndarray) -> np.ndarray:
        return inputs @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]

    def norm(name: str, inputs: np.ndarray) -> np.ndarray:
        centred = inputs - inputs.mean(axis=-1, keepdims=True)
        std = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + config["layer_norm_eps"])
        return centred / std * weights[f"{name}.weight"] + weights[f"{name}.bias"]

    def attend(name: str, inputs: np.ndarray) -> np.ndarray:
        parts = [dense(f"{name}.{part}", inputs) for part in ("query", "key", "value")]
        heads = []
        for head in range(config["num_attention_heads"]):
            size = config["hidden_size"] // config["num_attention_heads"]
            query, key, value = (part[:, head * size : (head + 1) * size] for part in parts)
            scores = np.exp(query @ key.T / math.sqrt(size))
            heads.append(scores / scores.sum(axis=1, keepdims=True) @ value)
        return np.concatenate(heads, axis=1)

    first = config["pad_token_id"] + 1 if config["model_type"] == "roberta" else 0
    states = weights["embeddings.word_embeddings.weight"][token_ids]
    states = states + weights["embeddings.token_type_embeddings.weight"][0]
    states = states + weights["embeddings.position_embeddings.weight"][first:][: len(token_ids)]
    states = norm("embeddings.LayerNorm", states)
    gelu = np.vectorize(lambda x: x * (1 + math.erf(x / math.sqrt(2))) / 2)
    for index in range(config["num_hidden_layers"]):
        layer = f"encoder.layer.{index}"
        attended = attend(f"{layer}.attention.self", states)
        states = norm(
            f"{layer}.attention.output.LayerNorm",
            states + dense(f"{layer}.attention.output.dense", attended),
        )
        inner = gelu(dense(f"{layer}.intermediate.dense", states))
        states = norm(f"{layer}.output.LayerNorm", states + dense(f"{layer}.output.dense", inner))
    return states
