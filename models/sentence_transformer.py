"""Any sentence-transformers model as an `Encoder`, in float32 through torch."""

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from models.batches import by_length, prepare
from models.encoder import Progress, Vectors
from models.errors import EncoderError
from models.fingerprint import folder_fingerprint

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

CHARACTERS_PER_TOKEN = 3
_NOT_NEEDED = ["onnx/*", "openvino/*", "*.h5", "*.ot", "*.msgpack", "*.onnx", "*.gguf"]


class SentenceTransformerEncoder:
    """A sentence-transformers model, by path or by name.

    The prompts are the model's own (``query`` and ``document`` or ``passage`` in its folder); a model without
    prompts gets none. torch is imported at the first text, not before.
    """

    def __init__(self, name_or_path: str | Path, name: str | None = None) -> None:
        """Find the model; a name is downloaded once by huggingface_hub, a path is used where it is.

        Args:
            name_or_path: folder, or name on the hub such as ``intfloat/multilingual-e5-base``.
            name: readable name; ``name_or_path`` when None.

        Raises:
            EncoderError: neither a folder with a model nor a name that can be downloaded.
        """
        self.name = name or str(name_or_path)
        self.folder = _find(str(name_or_path))

    @cached_property
    def fingerprint(self) -> str:
        """Fingerprint of the model's folder."""
        return folder_fingerprint(self.folder)

    @cached_property
    def dimension(self) -> int:
        """Length of a vector."""
        return len(self.encode_solutions(["dimension"])[0])

    def encode_challenges(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Encode the query side: unit rows, float32, shape (n, dimension)."""
        return self._encode(texts, lambda batch: self._model.encode_query(batch, **_options(batch)), progress)

    def encode_solutions(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Encode the document side: unit rows, float32, shape (n, dimension)."""
        return self._encode(texts, lambda batch: self._model.encode_document(batch, **_options(batch)), progress)

    def _encode(
        self, texts: Sequence[str], encode: Callable[[list[str]], Vectors], progress: Progress | None
    ) -> Vectors:
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        prepared = [prepare(text) for text in texts]
        longest = self._model.max_seq_length or 512
        tokens = [min(longest, 2 + len(text) // CHARACTERS_PER_TOKEN) for text in prepared]
        vectors: Vectors | None = None
        for batch in by_length(tokens):
            rows = unit(encode([prepared[position] for position in batch]))
            if vectors is None:
                vectors = np.empty((len(texts), rows.shape[1]), np.float32)
            vectors[batch] = rows
            if progress:
                progress(len(batch))
        assert vectors is not None
        return vectors

    @cached_property
    def _model(self) -> "SentenceTransformer":
        from sentence_transformers import SentenceTransformer
        from transformers.utils.logging import disable_progress_bar

        disable_progress_bar()
        try:
            return SentenceTransformer(str(self.folder))
        except Exception as error:  # the library raises many kinds
            raise EncoderError("not_loaded", folder=self.folder, reason=error) from error


def unit(rows: Vectors) -> Vectors:
    """Rows of unit length, float32; a row of zeros stays."""
    rows = np.asarray(rows, np.float32)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    scaled: Vectors = rows / np.maximum(lengths, np.float32(1e-12))
    return scaled


def _options(batch: list[str]) -> dict[str, object]:
    return {"batch_size": len(batch), "show_progress_bar": False, "convert_to_numpy": True}


def _find(name: str) -> Path:
    folder = Path(name).expanduser()
    if folder.is_dir():
        if not (folder / "modules.json").exists() and not (folder / "config.json").exists():
            raise EncoderError("no_model", folder=folder)
        return folder
    from huggingface_hub import snapshot_download

    try:
        return Path(
            snapshot_download(name if "/" in name else f"sentence-transformers/{name}", ignore_patterns=_NOT_NEEDED)
        )
    except Exception as error:  # the library raises many kinds, some of them not its own
        raise EncoderError("not_found", name=name, reason=error) from error
