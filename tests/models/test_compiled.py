"""The compiled encoder: near float32, free of torch, the same vector for everyone."""

import json
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from models.compiled import CompiledEncoder
from models.compiled_folder import LOWEST_COSINE, calibration_texts, map_words
from models.encoder import Encoder
from models.errors import EncoderError
from models.sentence_transformer import SentenceTransformerEncoder
from models.weights import Weights

TEXTS = ["l'eau de la mer", "de l'eau", "a:b", "une ville et de l'eau"]


@pytest.fixture
def int8(monkeypatch: pytest.MonkeyPatch) -> None:
    """Int8 is used, however long it takes here."""
    monkeypatch.setattr("models.compiled_folder.QUICKER", 0.0)


@pytest.fixture
def small(tiny_folder: Path, int8: None) -> CompiledEncoder:
    return CompiledEncoder(tiny_folder, calibration=TEXTS)


@pytest.fixture(scope="module")
def encoder(model_folder: Path) -> CompiledEncoder:
    return CompiledEncoder(model_folder)


def test_it_is_an_encoder(small: CompiledEncoder, tiny_folder: Path) -> None:
    assert isinstance(small, Encoder)
    assert small.dimension == 32
    assert small.name == tiny_folder.name
    assert small.fingerprint == SentenceTransformerEncoder(tiny_folder).fingerprint


def test_shape_length_and_order(small: CompiledEncoder) -> None:
    rows = small.encode_challenges(TEXTS)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(small.encode_challenges(TEXTS[::-1]), rows[::-1])
    assert small.encode_challenges([]).shape == (0, 32)


def test_the_two_sides_differ(small: CompiledEncoder) -> None:
    assert not np.allclose(small.encode_challenges(TEXTS), small.encode_solutions(TEXTS), atol=1e-3)


def test_progress_counts_every_text(small: CompiledEncoder) -> None:
    finished: list[int] = []
    small.encode_solutions(TEXTS * 3, finished.append)
    assert sum(finished) == 12


def test_odd_texts(small: CompiledEncoder) -> None:
    rows = small.encode_solutions(["", "\ud800", "\0", "a" * 200_000, "ψψ"])
    assert np.isfinite(rows).all()


def test_threads_share_an_encoder(small: CompiledEncoder) -> None:
    expected = small.encode_solutions(TEXTS)
    results: list[np.ndarray] = []
    threads = [threading.Thread(target=lambda: results.append(small.encode_solutions(TEXTS))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for result in results:
        np.testing.assert_array_equal(result, expected)
    assert len(results) == 4


def test_compiled_once_and_loaded_again(
    small: CompiledEncoder, tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.compiled.write_compiled", lambda *_: pytest.fail("compiled twice"))
    again = CompiledEncoder(tiny_folder)
    np.testing.assert_array_equal(again.encode_solutions(TEXTS), small.encode_solutions(TEXTS))


def test_a_damaged_graph_is_compiled_again(small: CompiledEncoder, tiny_folder: Path, cache: Path) -> None:
    before = small.encode_solutions(TEXTS)
    (folder,) = cache.glob("compiled-*")
    (folder / "graph.bin").write_bytes(b"damaged")
    repaired = CompiledEncoder(tiny_folder, calibration=TEXTS)
    np.testing.assert_allclose(repaired.encode_solutions(TEXTS), before, atol=1e-6)


def test_a_changed_prompt_is_another_model(small: CompiledEncoder, tiny_folder: Path) -> None:
    file = tiny_folder / "config_sentence_transformers.json"
    file.write_text(json.dumps({"prompts": {"query": "de ", "document": ""}}), encoding="utf-8")
    assert CompiledEncoder(tiny_folder, calibration=TEXTS).fingerprint != small.fingerprint


@pytest.mark.parametrize(
    ("file", "changes"),
    [
        ("config.json", {"model_type": "mpnet"}),
        ("config.json", {"hidden_act": "relu"}),
        ("1_Pooling/config.json", {"pooling_mode_mean_tokens": False}),
    ],
)
def test_another_kind_of_model_is_refused(tiny_folder: Path, file: str, changes: dict[str, object]) -> None:
    path = tiny_folder / file
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | changes), encoding="utf-8")
    with pytest.raises(EncoderError, match="not a BERT with gelu and mean pooling"):
        CompiledEncoder(tiny_folder)


def test_a_folder_without_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="cannot be compiled"):
        CompiledEncoder(tmp_path)


def difference_from_float32(folder: Path) -> float:
    compiled = CompiledEncoder(folder, calibration=TEXTS).encode_solutions(TEXTS)
    return float(np.abs(compiled - SentenceTransformerEncoder(folder).encode_solutions(TEXTS)).max())


def test_int8_is_used_where_it_is_quick(tiny_folder: Path, int8: None) -> None:
    assert difference_from_float32(tiny_folder) > 1e-4


def test_where_int8_is_no_quicker_float32_is_used(tiny_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.compiled_folder.QUICKER", 1e9)
    assert difference_from_float32(tiny_folder) < 1e-5


def test_where_int8_is_too_far_off_float32_is_used(
    tiny_folder: Path, int8: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.compiled_folder.LOWEST_COSINE", 1.1)
    assert difference_from_float32(tiny_folder) < 1e-5


def test_the_words_are_mapped_not_read(tiny_folder: Path, tiny: Weights) -> None:
    words = map_words(tiny_folder)
    assert isinstance(words, np.memmap)
    np.testing.assert_array_equal(words, tiny.state["embeddings.word_embeddings.weight"])


def test_the_bundled_calibration_texts_are_of_both_languages() -> None:
    texts = calibration_texts()
    assert 48 <= len(texts) <= 200
    assert sum(" les " in text for text in texts) > len(texts) / 4
    assert sum(" the " in text for text in texts) > len(texts) / 5


def test_neither_compiling_nor_encoding_imports_torch(tiny_folder: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from models.compiled import CompiledEncoder as E;"
        f"e = E(Path({str(tiny_folder)!r}), calibration=['eau', 'de']); e.encode_challenges(['eau']);"
        "assert not {'torch', 'transformers', 'sentence_transformers'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_process_that_ends_at_once_ends_quietly(small: CompiledEncoder, tiny_folder: Path) -> None:
    code = f"from pathlib import Path; from models.compiled import CompiledEncoder as E; E(Path({str(tiny_folder)!r}))"
    finished = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert finished.stderr == ""


@pytest.mark.slow
def test_int8_and_float32_may_share_a_fingerprint(
    encoder: CompiledEncoder, model_folder: Path, french: list[str], english: list[str]
) -> None:
    exact = SentenceTransformerEncoder(model_folder)
    seen = set(calibration_texts())
    texts = [text for text in [*french[:20], *english[:20], "eau", ""] if text[:700] not in seen]
    for mine, reference in (
        (encoder.encode_challenges(texts), exact.encode_challenges(texts)),
        (encoder.encode_solutions(texts), exact.encode_solutions(texts)),
    ):
        cosines = (mine * reference).sum(axis=1)
        assert cosines.min() >= LOWEST_COSINE
        assert cosines.mean() >= 0.995
    assert encoder.fingerprint == exact.fingerprint


@pytest.mark.slow
def test_int8_ranks_as_float32_does(encoder: CompiledEncoder, model_folder: Path, french: list[str]) -> None:
    exact = SentenceTransformerEncoder(model_folder)
    queries, documents = french[:6], french[6:30]
    mine = encoder.encode_challenges(queries) @ encoder.encode_solutions(documents).T
    reference = exact.encode_challenges(queries) @ exact.encode_solutions(documents).T
    assert np.corrcoef(mine.ravel(), reference.ravel())[0, 1] > 0.985


@pytest.mark.slow
def test_the_batch_does_not_matter(encoder: CompiledEncoder, french: list[str], english: list[str]) -> None:
    texts = [*french[:4], "eau", *english[:4]]
    together = encoder.encode_solutions(texts)
    alone = np.vstack([encoder.encode_solutions([text]) for text in texts])
    assert (together * alone).sum(axis=1).min() >= 0.999
    np.testing.assert_allclose(together, alone, atol=1e-5)


@pytest.mark.slow
def test_translations_are_nearer_than_other_sentences(encoder: CompiledEncoder) -> None:
    french = encoder.encode_solutions(["Un drone repère les départs de feu.", "L'eau manque en été."])
    english = encoder.encode_solutions(["A drone spots starting fires.", "Water is short in summer."])
    assert ((french @ english.T).argmax(axis=1) == [0, 1]).all()
