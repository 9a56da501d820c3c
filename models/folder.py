"""An ordinary sentence-transformers folder, written once into the per-user cache."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from models.errors import WeightsError
from models.tokenizer import MAX_TOKENS, SPECIAL_TOKENS, build_tokenizer
from models.weights import Dimensions, State, Weights

PROMPTS = {"query": "query: ", "document": "passage: "}
CHECKSUMS = "checksums.json"


def cache_folder() -> Path:
    """Folder of the per-user cache; ``MATCHER_CACHE`` overrides the system's place."""
    import platformdirs

    return Path(os.environ.get("MATCHER_CACHE") or platformdirs.user_cache_dir("matcher"))


def build_once(folder: Path, build: Callable[[Path], None]) -> Path:
    """Return ``folder``, built by ``build`` beside it and renamed when it is missing or damaged.

    Two processes may do this at once: the first rename wins and the other's work is dropped.
    """
    if is_intact(folder):
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        build(temporary)
        write_checksums(temporary)
        if folder.exists():
            folder.rename(temporary.with_name(temporary.name + ".damaged"))
        temporary.rename(folder)
    except OSError as error:
        if not is_intact(folder):
            raise WeightsError(f"The model folder {folder} cannot be written: {error}. Set MATCHER_CACHE.") from error
    finally:
        for leftover in (temporary, temporary.with_name(temporary.name + ".damaged")):
            shutil.rmtree(leftover, ignore_errors=True)
    return folder


def write_checksums(folder: Path) -> None:
    """Write size and SHA-256 of every file below ``folder``."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    entries = {
        str(path.relative_to(folder)): {"size": path.stat().st_size, "sha256": _sha256(path)} for path in files
    }
    (folder / CHECKSUMS).write_text(json.dumps(entries, indent=1))


def is_intact(folder: Path, *, every_byte: bool = False) -> bool:
    """Whether all files are there with their sizes; with ``every_byte``, also with their checksums."""
    try:
        entries = json.loads((folder / CHECKSUMS).read_text())
    except (OSError, ValueError):
        return False
    for name, entry in entries.items():
        path = folder / name
        if not path.is_file() or path.stat().st_size != entry["size"]:
            return False
        if every_byte and _sha256(path) != entry["sha256"]:
            return False
    return True


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


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
        path.write_text(json.dumps(document, indent=1))


def _with_pooler(state: State, dimensions: Dimensions) -> State:
    """transformers expects BERT's pooler; mean pooling never reads it, so it is written as zeros."""
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
