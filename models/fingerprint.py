"""Fingerprint of a sentence-transformers folder: what must be equal for two vectors to be comparable."""

import hashlib
import json
from pathlib import Path

from models.cache import CHECKSUMS, file_sha256

TEXT_PREPARATION = 1
"""Raised when `models.batches.prepare` changes what reaches the tokenizer."""

_SUFFIXES = {".json", ".safetensors", ".bin", ".txt", ".model"}
_OTHER_FORMATS = {"onnx", "openvino", ".git", ".cache"}
_VERSIONS = {"transformers_version", "__version__", "_name_or_path"}
_LARGEST_CONFIGURATION = 1 << 16


def folder_fingerprint(folder: Path) -> str:
    """SHA-256, in hex, over weights, tokenizer, prompts, pooling, length limit and text preparation.

    Configurations count by content, less the versions of the software that wrote them; other files by checksum.
    A file unchanged since the last call is not read again, so a second call takes milliseconds.
    """
    parts: dict[str, object] = {"text preparation": TEXT_PREPARATION}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if _counts(path, name):
            parts[name.as_posix()] = _content(path)
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _counts(path: Path, name: Path) -> bool:
    if not path.is_file() or path.suffix not in _SUFFIXES or name.name == CHECKSUMS:
        return False
    if _OTHER_FORMATS & set(name.parts):
        return False
    return path.suffix != ".bin" or not any(path.parent.glob("*.safetensors"))


def _content(path: Path) -> object:
    if path.suffix != ".json" or path.stat().st_size > _LARGEST_CONFIGURATION:
        return file_sha256(path)
    document = json.loads(path.read_text(encoding="utf-8"))
    return _without_versions(document) if isinstance(document, dict) else document


def _without_versions(document: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in document.items() if key not in _VERSIONS}
