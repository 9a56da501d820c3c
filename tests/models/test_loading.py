"""From a name to an encoder."""

import logging
from pathlib import Path

import pytest

from models import folder as folder_module
from models import loading, trained_parts
from models.compiled import CompiledEncoder
from models.errors import EncoderError
from models.loading import load_encoder
from models.sentence_transformer import SentenceTransformerEncoder
from models.trained_parts import write_parts
from models.weights import Weights


@pytest.fixture(autouse=True)
def small_default(
    tiny: Weights, tiny_folder: Path, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The default weights are the tiny ones, nothing is trained, calibration is short."""
    monkeypatch.setattr(folder_module, "read_weights", lambda: tiny)
    monkeypatch.setattr(loading, "default_model_folder", lambda: tiny_folder)
    monkeypatch.setattr(trained_parts, "DEFAULT", tmp_path / "trained" / "default.safetensors")
    monkeypatch.setattr("models.compiled.calibration_texts", lambda: ["eau", "de l'eau"])


def test_the_default_is_untrained_where_nothing_is_trained() -> None:
    encoder = load_encoder()
    assert isinstance(encoder, CompiledEncoder)
    assert encoder.name == "e5-small"
    assert encoder.fingerprint == load_encoder("e5-small").fingerprint


def test_the_default_is_trained_where_parts_are_shipped(tiny: Weights, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "encoder.layer.1.output.dense.weight"
    write_parts(tiny.state, {name: tiny.state[name] * 2}, trained_parts.DEFAULT, {})
    monkeypatch.setattr("models.tokenizer.MAX_TOKENS", 32)
    encoder = load_encoder()
    assert encoder.name == "default"
    assert encoder.fingerprint != load_encoder("e5-small").fingerprint
    assert encoder.encode_challenges(["eau"]).shape == (1, 32)


def test_anything_else_is_a_sentence_transformers_model(tiny_folder: Path) -> None:
    encoder = load_encoder(str(tiny_folder))
    assert isinstance(encoder, SentenceTransformerEncoder)
    assert encoder.name == str(tiny_folder)


def test_a_name_that_is_nothing_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(EncoderError, match="'nobody/nothing' is no folder"):
        load_encoder("nobody/nothing")


@pytest.mark.parametrize(
    "error",
    [ImportError("no openvino"), RuntimeError("no CPU plugin"), EncoderError("other_tokenizer", folder="models/a")],
)
def test_without_openvino_torch_does_it_and_says_so(
    error: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr("models.compiled.write_compiled", fail)
    with caplog.at_level(logging.WARNING):
        encoder = load_encoder("e5-small")
    assert isinstance(encoder, SentenceTransformerEncoder)
    assert str(error) in caplog.text
