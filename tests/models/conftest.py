"""A tiny model in the wheel's own layout, real texts in both languages, and the real folder for the slow tests."""

import gzip
import hashlib
import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

import corpora.open_data
from models.folder import default_model_folder, write_folder
from models.weights import Weights, read_weights

if TYPE_CHECKING:
    from models.split_encoder import SplitEncoder

HIDDEN, LAYERS, HEADS, FEED_FORWARD, POSITIONS = 32, 2, 4, 64, 32
LETTERS = "abcdefghijklmnopqrstuvwxyzéà'.:"
PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁", *LETTERS, "▁eau", "▁de", "▁l", "ψ", "▁query", "▁passage", "<mask>"]


@dataclass(frozen=True)
class WrittenFile:
    path: Path
    sha256: str
    tensors: dict[str, np.ndarray]
    """By the wheel's names, as they must come back: Q4_0 already rounded."""


def q4(values: np.ndarray) -> tuple[bytes, np.ndarray]:
    """Q4_0 by the book, block by block: (bytes, the values that they stand for)."""
    raw, back = b"", []
    for block in values.reshape(-1, 32):
        scale = np.float16(np.abs(block).max() / 7)
        integers = np.clip(np.rint(block / np.float32(scale)) + 8, 0, 15).astype(int)
        raw += scale.tobytes() + bytes(integers[j] | integers[j + 16] << 4 for j in range(16))
        back += [(integer - 8) * np.float32(scale) for integer in integers]
    return raw, np.array(back, np.float32).reshape(values.shape)


def layer_shapes(layer: int) -> dict[str, tuple[int, ...]]:
    wide, square = (FEED_FORWARD, HIDDEN), (HIDDEN, HIDDEN)
    shapes: dict[str, tuple[int, ...]] = {}
    parts = {"q": square, "k": square, "v": square, "ao": square, "fi": wide, "fo": wide[::-1]}
    for part, shape in parts.items():
        shapes |= {f"l{layer}.{part}.w": shape, f"l{layer}.{part}.b": (shape[0],)}
    for part in ("aln", "oln"):
        shapes |= {f"l{layer}.{part}.w": (HIDDEN,), f"l{layer}.{part}.b": (HIDDEN,)}
    return shapes


def write_tiny(path: Path) -> WrittenFile:
    random = np.random.default_rng(3)
    shapes: dict[str, tuple[int, ...]] = {"emb.word": (len(PIECES), HIDDEN), "emb.pos": (POSITIONS, HIDDEN)}
    shapes |= {"emb.type": (1, HIDDEN), "emb.ln.w": (HIDDEN,), "emb.ln.b": (HIDDEN,)}
    for layer in range(LAYERS):
        shapes |= layer_shapes(layer)
    tensors, payloads = {}, {}
    for name, shape in shapes.items():
        values = random.normal(0, 0.3, shape).astype(np.float32) + ("ln.w" in name)
        if len(shape) == 2 and name not in {"emb.pos", "emb.type"}:
            payloads[name], tensors[name] = q4(values)
        else:
            payloads[name], tensors[name] = values.tobytes(), values
    path.write_bytes(_assemble(payloads, tensors))
    return WrittenFile(path, hashlib.sha256(path.read_bytes()).hexdigest(), tensors)


def _assemble(payloads: dict[str, bytes], tensors: dict[str, np.ndarray]) -> bytes:
    blobs = [piece.encode() for piece in PIECES]
    offsets = np.cumsum([0, *map(len, blobs)]).astype("<u4")
    scores = np.array([0, 0, 0, 0, *(-(2 + i / 10) for i in range(len(PIECES) - 4))], "<f4")
    sizes = struct.pack("<7ifi", HIDDEN, LAYERS, HEADS, FEED_FORWARD, len(PIECES), POSITIONS, 1, 1e-12, 32)
    pieces = struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, len(b"".join(blobs)))
    table = struct.pack("<iI", 1, 9) + struct.pack("<IBI", 0xA0, 1, 0x20)
    head = b"E5S1" + struct.pack("<I", 1) + sizes + pieces + offsets.tobytes() + scores.tobytes()
    head += b"".join(blobs) + table + struct.pack("<i", len(payloads))
    offset = len(head) + sum(2 + len(name) + 21 for name in payloads)
    directory, body = b"", b""
    for name, payload in payloads.items():
        kind = int(len(payload) != tensors[name].nbytes)
        directory += struct.pack("<H", len(name)) + name.encode()
        directory += struct.pack("<BIQQ", kind, tensors[name].size, offset + len(body), len(payload))
        body += payload
    return head + directory + body


@pytest.fixture(scope="session")
def tiny_file(tmp_path_factory: pytest.TempPathFactory) -> WrittenFile:
    return write_tiny(tmp_path_factory.mktemp("tiny") / "tiny.bin")


@pytest.fixture(scope="session")
def tiny(tiny_file: WrittenFile) -> Weights:
    return read_weights(tiny_file.path, tiny_file.sha256)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty per-user cache."""
    monkeypatch.setenv("MATCHER_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def tiny_folder(tiny: Weights, tmp_path: Path, cache: Path) -> Path:
    """The tiny model as a sentence-transformers folder."""
    folder = tmp_path / "tiny-model"
    folder.mkdir()
    write_folder(tiny, tiny.state, folder)
    settings = json.loads((folder / "sentence_bert_config.json").read_text(encoding="utf-8"))
    (folder / "sentence_bert_config.json").write_text(
        json.dumps(settings | {"max_seq_length": POSITIONS}), encoding="utf-8"
    )
    return folder


def _texts(name: str, most: int) -> list[str]:
    path = Path(corpora.open_data.__file__).parent / name
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line)["text"] for line, _ in zip(lines, range(most), strict=False)]


@pytest.fixture(scope="session")
def french() -> list[str]:
    return _texts("laureates.jsonl.gz", 200)


@pytest.fixture(scope="session")
def english() -> list[str]:
    return _texts("labelled/cordis/corpus.jsonl.gz", 200)


@pytest.fixture(scope="session")
def model_folder() -> Path:
    """The real default model, in the user's own cache: written once for all runs."""
    return default_model_folder()


def encoded(encoder: "SplitEncoder", texts: Sequence[str]) -> np.ndarray:
    """The vectors of remembered texts, without gradients."""
    import torch

    with torch.inference_mode():
        return encoder.vectors(texts).numpy()
