from pathlib import Path

import numpy as np
import pytest

from matcher.calibration import (
    FOLDER,
    GENERIC_WEIGHTS,
    LANGUAGES,
    PAIRS,
    STRANGEST,
    Calibration,
    PairWeights,
    Reference,
    Thresholds,
    load_calibration,
)

CHANCE = np.random.default_rng(0)


def make_calibration(dimension: int = 8, fingerprint: str = "model-1") -> Calibration:
    references = {}
    for language in LANGUAGES:
        vectors = CHANCE.normal(size=(50, dimension))
        references[language] = Reference(vectors.mean(axis=0), np.cov(vectors.T), CHANCE.random((2, 2)))
    return Calibration(
        model="org/model",
        fingerprint=fingerprint,
        references=references,
        weights={
            pair: PairWeights(0.5 + number, 0.1 * number, 2.0 * number, -1.0, -4.0) for number, pair in enumerate(PAIRS)
        },
        thresholds=Thresholds(strong=0.6, plausible=0.3),
        passages=0.75,
        card={"folds": 5},
    )


def unit(vector: np.ndarray) -> np.ndarray:
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def test_z_is_the_cosine_in_standard_deviations_of_the_reference() -> None:
    vectors = CHANCE.normal(size=(400, 6)) + np.arange(6)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    reference = Reference(vectors.mean(axis=0), np.cov(vectors.T, bias=True))
    query = unit(np.ones(6))
    z = reference.standardise(query, (vectors @ query).astype(np.float32))
    assert z.mean() == pytest.approx(0, abs=1e-3)
    assert z.std() == pytest.approx(1, abs=1e-3)


def test_a_query_is_told_beside_the_usual_ones() -> None:
    vectors = CHANCE.normal(size=(50, 8))
    queries = np.stack([unit(CHANCE.normal(size=8) + 1) for _ in range(200)])
    reference = Reference(vectors.mean(axis=0), np.cov(vectors.T)).with_usual(queries)
    beside = np.array(
        [reference.beside_usual(reference.mean_cosine(query), reference.spread(query)) for query in queries]
    )
    assert np.abs(beside.mean(axis=0)).max() < 0.1
    assert np.abs(beside.std(axis=0) - 1).max() < 0.1
    far = Reference(vectors.mean(axis=0), np.cov(vectors.T), np.array([[5.0, -5.0], [0.1, 0.1]]))
    assert far.beside_usual(0.0, 1.0).tolist() == [-STRANGEST, STRANGEST]


def test_a_reference_of_equal_documents_divides_by_nothing() -> None:
    vector = unit(np.ones(4))
    reference = Reference(vector.astype(np.float64), np.zeros((4, 4)))
    assert np.all(np.isfinite(reference.standardise(vector, np.array([1.0, 0.5], dtype=np.float32))))


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    written = make_calibration()
    written.write(tmp_path / "model.json")
    read = load_calibration("model-1", tmp_path)
    assert read is not None
    assert (read.model, read.fingerprint, read.passages) == ("org/model", "model-1", 0.75)
    assert read.weights == written.weights
    assert read.thresholds == written.thresholds
    assert read.card == {"folds": 5}
    for language in LANGUAGES:
        np.testing.assert_allclose(read.references[language].mean, written.references[language].mean, rtol=1e-6)
        np.testing.assert_allclose(
            read.references[language].covariance, written.references[language].covariance, atol=2e-3
        )


def test_a_calibration_is_found_by_the_fingerprint_of_its_model(tmp_path: Path) -> None:
    make_calibration(fingerprint="one").write(tmp_path / "a.json")
    make_calibration(fingerprint="two").write(tmp_path / "b.json")
    found = load_calibration("two", tmp_path)
    assert found is not None
    assert found.fingerprint == "two"
    assert load_calibration("three", tmp_path) is None


@pytest.mark.parametrize(
    ("fit", "verdict"),
    [(1.0, "strong"), (0.6, "strong"), (0.5999, "plausible"), (0.3, "plausible"), (0.2999, "weak"), (0.0, "weak")],
)
def test_verdicts_are_thresholds_on_the_fit(fit: float, verdict: str) -> None:
    assert make_calibration().verdict(fit) == verdict


def test_a_model_that_nobody_calibrated_takes_the_corpus_as_reference() -> None:
    generic = Calibration.generic("x", np.zeros(3), np.eye(3))
    assert set(generic.weights.values()) == {GENERIC_WEIGHTS}
    z = generic.references["en"].standardise(unit(np.ones(3)), np.array([0.5], dtype=np.float32))
    assert z == pytest.approx([0.5])


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_bundled_calibrations_are_whole_and_small(path: Path) -> None:
    import json

    content = json.loads(path.read_text(encoding="utf-8"))
    calibration = load_calibration(content["fingerprint"])
    assert calibration is not None
    assert set(calibration.weights) == set(PAIRS)
    assert all(weights.dense > 0 and weights.lexical >= 0 for weights in calibration.weights.values())
    assert 0 < calibration.thresholds.plausible < calibration.thresholds.strong < 1
    assert {row["set"] for row in calibration.card["sets"]} >= {"local_fr", "cordis"}
    assert path.with_suffix(".npz").stat().st_size < 500_000
    for reference in calibration.references.values():
        eigenvalues = np.linalg.eigvalsh(reference.covariance)
        assert eigenvalues.min() > -1e-4 * eigenvalues.max()
