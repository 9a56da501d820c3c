"""Trained parts: what training changed in the default weights, small enough to commit.

A safetensors file with, for each changed tensor of the base, ``<name>.q`` (int8, same shape) and
``<name>.scale`` (float16, one a row; one in all for a vector): trained = base + scale * q.
The metadata hold ``base_sha256``, the checksum of the base that they belong to.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.errors import WeightsError
from models.weights import State

DEFAULT = Path(__file__).parent / "trained" / "default.safetensors"
"""The trained parts that the project ships; the default model is untrained where the file is missing."""

LEVELS = 127


def write_parts(base_state: State, trained_state: State, path: Path, metadata: Mapping[str, str]) -> None:
    """Write what ``trained_state`` changes in ``base_state``.

    Args:
        base_state: the default weights, as `models.weights.read_weights` gives them.
        trained_state: the trained tensors under the same names, float32; those left out are unchanged.
        path: the file to write.
        metadata: what the model card says (data, procedure, results), kept in the file.

    Raises:
        WeightsError: a trained tensor is not in the base, has another shape or is not finite.
    """
    from safetensors.numpy import save_file

    tensors: dict[str, npt.NDArray[np.generic]] = {}
    for name, trained in trained_state.items():
        _check(name, trained, base_state)
        difference = np.asarray(trained, np.float32) - base_state[name]
        if difference.any():
            tensors[f"{name}.q"], tensors[f"{name}.scale"] = _quantise(difference)
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, path, metadata={**metadata, "base_sha256": state_sha256(base_state)})


def apply_parts(base_state: State, path: Path) -> State:
    """Return the trained state: ``base_state`` with the differences in ``path`` added.

    Raises:
        WeightsError: the file is damaged or was trained from another base.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    expected = read_metadata(path).get("base_sha256")
    found = state_sha256(base_state)
    if expected != found:
        raise WeightsError("parts_foreign", path=path, expected=expected, found=found)
    try:
        tensors = load_file(path)
    except (OSError, SafetensorError) as error:
        raise _damaged(path, error) from error
    state = dict(base_state)
    for name in (key.removesuffix(".q") for key in tensors if key.endswith(".q")):
        if name not in state or f"{name}.scale" not in tensors:
            raise _damaged(path, f"{name} has no scale or no base")
        state[name] = state[name] + _dequantise(tensors[f"{name}.q"], tensors[f"{name}.scale"])
    return state


def read_metadata(path: Path) -> dict[str, str]:
    """Metadata of a file of trained parts.

    Raises:
        WeightsError: the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            size = int.from_bytes(file.read(8), "little")
            header = json.loads(file.read(min(size, path.stat().st_size)))
        return {str(key): str(value) for key, value in header["__metadata__"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _damaged(path, error) from error


def state_sha256(state: State) -> str:
    """Checksum of a state: names and bytes of its embeddings and layers, in order of name (a pooler is not read)."""
    digest = hashlib.sha256()
    for name in sorted(state):
        if name.startswith(("embeddings.", "encoder.")) and not name.endswith("_ids"):
            digest.update(name.encode())
            digest.update(np.ascontiguousarray(state[name], np.float32).data)
    return digest.hexdigest()


def _check(name: str, trained: npt.NDArray[np.float32], base_state: State) -> None:
    if name not in base_state:
        raise WeightsError("tensor_unknown", name=name)
    if trained.shape != base_state[name].shape:
        raise WeightsError("tensor_shape", name=name, found=trained.shape, expected=base_state[name].shape)
    if not np.isfinite(trained).all():
        raise WeightsError("tensor_not_finite", name=name)


def _quantise(difference: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float16]]:
    """Int8 rows; a scale is rounded up to float16, so that no value is cut."""
    rows = difference.reshape(-1, difference.shape[-1])
    exact = np.abs(rows).max(axis=1).astype(np.float64) / LEVELS  # float32 would lose the smallest to zero
    scales = exact.astype(np.float16)
    scales = np.where(scales.astype(np.float64) < exact, np.nextafter(scales, np.float16(np.inf)), scales)
    if not np.isfinite(scales).all():
        raise WeightsError("tensor_too_far", largest=np.abs(rows).max())
    divisor = np.where(scales == 0, 1, scales).astype(np.float32)
    integers = np.rint(rows / divisor[:, None]).astype(np.int8)
    return integers.reshape(difference.shape), scales


def _dequantise(integers: npt.NDArray[np.int8], scales: npt.NDArray[np.float16]) -> npt.NDArray[np.float32]:
    rows = integers.reshape(len(scales), -1).astype(np.float32)
    values: npt.NDArray[np.float32] = rows * scales.astype(np.float32)[:, None]
    return values.reshape(integers.shape)


def _damaged(path: Path, reason: object) -> WeightsError:
    return WeightsError("parts_damaged", path=path, reason=reason)
