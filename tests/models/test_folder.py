"""The sentence-transformers folder."""

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from models import folder as folder_module
from models.errors import WeightsError
from models.folder import default_model_folder, trained_model_folder
from models.trained_parts import write_parts
from models.weights import Weights
from tests.models.conftest import HEADS, HIDDEN, PIECES


@pytest.fixture
def from_tiny(tiny: Weights, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Weights:
    """Lets the default weights be the tiny ones."""
    monkeypatch.setattr(folder_module, "read_weights", lambda: tiny)
    return tiny


def test_the_folder_has_what_sentence_transformers_reads(tiny_folder: Path, tiny: Weights) -> None:
    state = load_file(tiny_folder / "model.safetensors")
    for name, values in tiny.state.items():
        np.testing.assert_array_equal(state[name], values)
    kinds = [
        module["type"].rsplit(".", 1)[1]
        for module in json.loads((tiny_folder / "modules.json").read_text(encoding="utf-8"))
    ]
    assert kinds == ["Transformer", "Pooling", "Normalize"]
    configuration = json.loads((tiny_folder / "config.json").read_text(encoding="utf-8"))
    assert configuration["hidden_size"] == HIDDEN
    assert configuration["num_attention_heads"] == HEADS
    assert configuration["vocab_size"] == len(PIECES)
    prompts = json.loads((tiny_folder / "config_sentence_transformers.json").read_text(encoding="utf-8"))["prompts"]
    assert prompts == {"query": "query: ", "document": "passage: "}


def test_the_default_folder_is_written_once_and_repaired(from_tiny: Weights) -> None:
    folder = default_model_folder()
    time = (folder / "model.safetensors").stat().st_mtime_ns
    assert default_model_folder() == folder
    assert (folder / "model.safetensors").stat().st_mtime_ns == time
    (folder / "model.safetensors").write_bytes(b"damaged")
    default_model_folder()
    assert load_file(folder / "model.safetensors")


def test_trained_parts_make_a_folder_of_their_own(from_tiny: Weights, tmp_path: Path) -> None:
    name = "encoder.layer.1.output.dense.weight"
    changed = from_tiny.state[name] + np.float32(0.01)
    write_parts(from_tiny.state, {name: changed}, tmp_path / "default.safetensors", {})
    trained = trained_model_folder(tmp_path / "default.safetensors")
    assert trained != default_model_folder()
    np.testing.assert_allclose(load_file(trained / "model.safetensors")[name], changed, atol=1e-4)
    write_parts(from_tiny.state, {name: changed + 1}, tmp_path / "default.safetensors", {})
    assert trained_model_folder(tmp_path / "default.safetensors") != trained


def test_parts_of_other_weights_leave_no_folder(from_tiny: Weights, cache: Path, tmp_path: Path) -> None:
    other = {name: values + 1 for name, values in from_tiny.state.items()}
    write_parts(other, {}, tmp_path / "p.safetensors", {})
    with pytest.raises(WeightsError, match="belong to base weights"):
        trained_model_folder(tmp_path / "p.safetensors")
    assert not [path for path in cache.iterdir() if path.is_dir()]
