"""Builds what `models.compiled` loads: the graph, the table of pieces and the positions."""

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.batches import prepare
from models.errors import EncoderError
from models.quick_tokenizer import Ids, QuickTokenizer, write_pieces
from models.weights import State

GRAPH = "graph.xml"
POSITIONS = "positions.npy"

WORDS = "embeddings.word_embeddings.weight"
CALIBRATION_TEXTS = Path(__file__).parent / "calibration_texts.txt"
LOWEST_COSINE = 0.985
"""Between float32 and int8, on calibration texts; a processor without the right instructions may fall below."""
QUICKER = 1.5
"""Int8 is used where it is so many times as quick as float32: less is not worth what rounding costs."""

CHECKED_TEXTS = 8
ROUNDS = 3

PRECISION = {"INFERENCE_PRECISION_HINT": "f32", "DYNAMIC_QUANTIZATION_GROUP_SIZE": 128}
"""How OpenVINO computes the graph: what has no fixed scale to be rounded by gets one for each so many numbers."""


def read_configuration(folder: Path) -> dict[str, Any]:
    """The configuration of a model that can be compiled.

    Raises:
        EncoderError: it is not a BERT with mean pooling and a Unigram tokenizer.
    """
    try:
        configuration: dict[str, Any] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        pooling = json.loads((folder / "1_Pooling" / "config.json").read_text(encoding="utf-8"))
        prompts = json.loads((folder / "config_sentence_transformers.json").read_text(encoding="utf-8"))["prompts"]
        longest = json.loads((folder / "sentence_bert_config.json").read_text(encoding="utf-8"))["max_seq_length"]
    except (OSError, ValueError, KeyError) as error:
        raise EncoderError("not_compiled", folder=folder, reason=repr(error)) from error
    kind = (configuration.get("model_type"), configuration.get("hidden_act"), pooling.get("pooling_mode_mean_tokens"))
    if kind != ("bert", "gelu", True):
        raise EncoderError("other_kind", folder=folder, kind=kind)
    return configuration | {"prompts": prompts, "max_seq_length": longest}


def calibration_texts() -> list[str]:
    """The bundled French and English texts."""
    lines = CALIBRATION_TEXTS.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def write_compiled(source: Path, target: Path, texts: Sequence[str]) -> None:
    """Write graph, pieces and positions of the sentence-transformers folder ``source`` into ``target``.

    The graph is in int8 where that pays on this processor (see ``int8_pays``), else in float32.

    Raises:
        EncoderError: the model cannot be compiled.
    """
    import openvino as ov
    from safetensors.numpy import load_file

    from models.bert_graph import build_graph, plain, with_joint_attention
    from models.int8 import observe, quantised

    configuration = read_configuration(source)
    state: State = load_file(source / "model.safetensors")
    shape = (int(configuration["num_attention_heads"]), float(configuration["layer_norm_eps"]))
    np.save(target / POSITIONS, summed_positions(state))
    write_pieces(source / "tokenizer.json", target)
    embedded = _embed(source, target, configuration, texts)
    joint = with_joint_attention(state)
    rounded = build_graph(joint, *shape, quantised(joint, observe(joint, *shape, embedded)))
    exact = build_graph(joint, *shape, plain(joint))
    graph = rounded if int8_pays(rounded, exact, embedded[:CHECKED_TEXTS]) else exact
    ov.save_model(graph, target / GRAPH, compress_to_fp16=False)


def int8_pays(rounded: object, exact: object, embedded: Sequence[npt.NDArray[np.float32]]) -> bool:
    """Whether the int8 graph is near enough to the float32 one and quicker by enough: both are run and timed.

    A processor without instructions for int8 (VNNI, AMX) takes as long for it as for float32, and rounds more.
    """
    import openvino as ov

    core = ov.Core()
    quick, slow = (core.compile_model(model, "CPU", PRECISION) for model in (rounded, exact))
    texts = [[text, np.ones(text.shape[:2], np.float32)] for text in embedded]
    for text in texts:  # what each length takes to be prepared falls here, before any is timed
        one, other = quick(text)[0][0], slow(text)[0][0]
        if not one @ other / np.linalg.norm(one) / np.linalg.norm(other) >= LOWEST_COSINE:
            return False
    rounds = [[_seconds(network, texts) for network in (quick, slow)] for _ in range(ROUNDS)]
    least = np.min(rounds, axis=0)
    return bool(least[0] * QUICKER <= least[1])


def _seconds(network: Any, texts: Sequence[list[npt.NDArray[np.float32]]]) -> float:
    begin = time.perf_counter()
    for text in texts:
        network(text)
    return time.perf_counter() - begin


def summed_positions(state: State) -> npt.NDArray[np.float32]:
    """What each position adds to the embedding of its word, shape (positions, hidden)."""
    types = state["embeddings.token_type_embeddings.weight"]
    positions: npt.NDArray[np.float32] = state["embeddings.position_embeddings.weight"] + types[0]
    return positions


def map_words(folder: Path) -> npt.NDArray[np.float32]:
    """The word embeddings of ``folder``, mapped: only the rows that are used are read from the disk."""
    path = folder / "model.safetensors"
    with path.open("rb") as file:
        size = int.from_bytes(file.read(8), "little")
        entry = json.loads(file.read(size))[WORDS]
    words: npt.NDArray[np.float32] = np.memmap(
        path, np.float32, "r", 8 + size + entry["data_offsets"][0], tuple(entry["shape"])
    )
    return words


def load_tokenizer(source: Path, compiled: Path, longest: int) -> QuickTokenizer:
    """The tokenizer of a compiled folder."""
    return QuickTokenizer(compiled, source / "tokenizer.json", longest)


def embed(ids: Ids, words: npt.NDArray[np.float32], positions: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Summed embeddings of one text, shape (1, tokens, hidden)."""
    return (words[ids] + positions[: len(ids)])[None]


def _embed(
    source: Path, target: Path, configuration: dict[str, Any], texts: Sequence[str]
) -> list[npt.NDArray[np.float32]]:
    prompts = list(configuration["prompts"].values()) or [""]
    prompted = [prompts[position % len(prompts)] + prepare(text) for position, text in enumerate(texts)]
    tokenizer = load_tokenizer(source, target, configuration["max_seq_length"])
    words, positions = map_words(source), np.load(target / POSITIONS)
    quick = [tokenizer.encode([text])[0].tolist() for text in prompted]
    slow = tokenizer.encode_by_library(prompted)
    if quick != [ids.tolist() for ids in slow]:
        raise EncoderError("other_tokenizer", folder=source)
    return [embed(ids, words, positions) for ids in slow]
