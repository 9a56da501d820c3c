"""Trained parts: small, faithful, bound to their base."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from safetensors.numpy import load_file

from models.errors import WeightsError
from models.trained_parts import apply_parts, read_metadata, state_sha256, write_parts
from models.weights import State

NAME = "encoder.layer.1.output.dense.weight"


def base() -> State:
    random = np.random.default_rng(0)
    return {
        NAME: random.normal(size=(6, 8)).astype(np.float32),
        "encoder.layer.1.output.dense.bias": random.normal(size=6).astype(np.float32),
        "encoder.layer.0.output.dense.weight": random.normal(size=(6, 8)).astype(np.float32),
    }


def trained(base_state: State) -> State:
    random = np.random.default_rng(1)
    return {
        name: values + random.normal(0, 1e-3, values.shape).astype(np.float32)
        for name, values in base_state.items()
        if ".1." in name
    }


def test_round_trip(tmp_path: Path) -> None:
    before, after = base(), trained(base())
    write_parts(before, after, tmp_path / "new" / "parts.safetensors", {"epochs": "2"})
    back = apply_parts(before, tmp_path / "new" / "parts.safetensors")
    assert back.keys() == before.keys()
    for name, values in after.items():
        assert np.abs(back[name] - values).max() < 2e-5
        assert back[name].dtype == np.float32
    np.testing.assert_array_equal(
        back["encoder.layer.0.output.dense.weight"], before["encoder.layer.0.output.dense.weight"]
    )
    np.testing.assert_array_equal(before[NAME], base()[NAME])


def test_the_file_is_int8_with_a_float16_scale_a_row(tmp_path: Path) -> None:
    before = base()
    write_parts(before, before | trained(before), tmp_path / "p", {})
    tensors = load_file(tmp_path / "p")
    assert tensors[f"{NAME}.q"].dtype == np.int8
    assert tensors[f"{NAME}.q"].shape == (6, 8)
    assert tensors[f"{NAME}.scale"].dtype == np.float16
    assert tensors[f"{NAME}.scale"].shape == (6,)
    assert not any(".0." in name for name in tensors), "what was not trained takes no place"


@settings(max_examples=60)
@example(np.full((3, 5), 1.8e-44, np.float32))
@given(arrays(np.float32, (3, 5), elements=st.floats(-10, 10, width=32)))
def test_the_error_is_at_most_half_a_step(tmp_path_factory: pytest.TempPathFactory, difference: np.ndarray) -> None:
    before = {NAME: np.zeros((3, 5), np.float32)}
    path = tmp_path_factory.mktemp("law") / "p"
    write_parts(before, {NAME: difference}, path, {})
    steps = load_file(path).get(f"{NAME}.scale", np.zeros(3, np.float16)).astype(np.float32)
    error = np.abs(apply_parts(before, path)[NAME] - difference)
    assert (error <= steps[:, None] / 2 * (1 + 1e-5)).all()
    assert (steps <= np.abs(difference).max(axis=1) / 127 * 1.001 + 1e-7).all()


def test_metadata_come_back_with_the_base(tmp_path: Path) -> None:
    write_parts(base(), trained(base()), tmp_path / "p", {"licence": "MIT", "données": "besoins"})
    metadata = read_metadata(tmp_path / "p")
    assert metadata == {"licence": "MIT", "données": "besoins", "base_sha256": state_sha256(base())}


def test_parts_of_another_base_are_refused(tmp_path: Path) -> None:
    write_parts(base(), trained(base()), tmp_path / "p", {})
    other = base()
    other["encoder.layer.0.output.dense.weight"][0, 0] += 1
    with pytest.raises(WeightsError, match="belong to base weights"):
        apply_parts(other, tmp_path / "p")


def test_the_checksum_leaves_out_what_no_vector_depends_on() -> None:
    extra = {"pooler.dense.weight": np.ones((2, 2), np.float32), "embeddings.position_ids": np.ones((1, 2), np.float32)}
    assert state_sha256(base() | extra) == state_sha256(base())


@pytest.mark.parametrize("cut", [0, 5, 100, -1])
def test_a_damaged_file_is_refused(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "p"
    write_parts(base(), trained(base()), path, {})
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(WeightsError, match="damaged or missing"):
        apply_parts(base(), path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="damaged or missing"):
        read_metadata(tmp_path / "absent")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"unknown": np.zeros(1, np.float32)}, "unknown is not in the base"),
        ({NAME: np.zeros((2, 2), np.float32)}, r"has shape \(2, 2\), not \(6, 8\)"),
        ({NAME: np.full((6, 8), np.nan, np.float32)}, "is not finite"),
        ({NAME: np.full((6, 8), 1e30, np.float32)}, "too much to be stored"),
    ],
)
@pytest.mark.filterwarnings("ignore:overflow")
def test_what_cannot_be_stored_is_said(tmp_path: Path, wrong: State, message: str) -> None:
    with pytest.raises(WeightsError, match=message):
        write_parts(base(), wrong, tmp_path / "p", {})
    assert not (tmp_path / "p").exists()
