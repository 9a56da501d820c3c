"""The approximate index against exact search, free and under filters of any selectivity."""

from pathlib import Path

import numpy as np
import pytest

import matcher.dense
from corpora.records import Solution
from matcher.dense import DenseSearch, PassageVectors
from matcher.index import Index
from matcher.nearest import build_nearest, near, selector
from matcher.segment import Segment
from matcher.segment_files import read_segment, write_segment
from models.encoder import Vectors
from tests.encoders import HashingEncoder

SIZE, DIMENSION, K = 40_000, 64, 10


def unit(vectors: np.ndarray) -> Vectors:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def like_texts(count: int, seed: int) -> Vectors:
    """Crosses of 300 directions with noise: near neighbours are many, as among texts."""
    chance = np.random.default_rng(seed)
    real = np.random.default_rng(0).standard_normal((300, DIMENSION)) + 1.5
    one, other = chance.integers(300, size=(2, count))
    weight = chance.uniform(0.5, 1, (count, 1))
    noise = 0.2 * chance.standard_normal((count, DIMENSION))
    return unit(weight * real[one] + (1 - weight) * real[other] + noise)


@pytest.fixture(scope="module")
def vectors() -> Vectors:
    return like_texts(SIZE, 1)


@pytest.fixture(scope="module")
def part(vectors: Vectors) -> PassageVectors:
    flat = PassageVectors.of(vectors, np.arange(SIZE + 1))
    return PassageVectors(flat.faiss_index, flat.first, build_nearest(vectors))


def recall(found: np.ndarray, cosines: np.ndarray, keep: np.ndarray) -> float:
    kept = np.flatnonzero(keep)
    best = kept[np.argsort(-cosines[kept], kind="stable")[:K]]
    return len(set(found.tolist()) & set(best.tolist())) / len(best)


@pytest.mark.parametrize("share", [1, 0.5, 0.1, 0.02, 0.001])
def test_recall_holds_whatever_the_filter_keeps(
    part: PassageVectors, vectors: Vectors, share: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matcher.dense, "MOST_EXACT", SIZE // 20)
    keep = np.random.default_rng(3).random(SIZE) < share
    search = DenseSearch([part], [np.arange(SIZE)])
    recalls = []
    for query in like_texts(40, 2):
        rows, cosines = search.search(query[None], K, keep)[0]
        assert keep[rows].all()
        assert len(rows) == min(K, keep.sum())
        np.testing.assert_array_equal(cosines, search.cosines(query, rows))  # exact, whoever found them
        recalls.append(recall(rows, vectors @ query, keep))
    assert np.mean(recalls) >= (0.98 if keep.sum() > SIZE // 20 else 1)


def test_few_kept_passages_are_searched_exactly(part: PassageVectors, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matcher.dense, "near", lambda *_: pytest.fail("not exact"))
    search = DenseSearch([part], [np.arange(SIZE)])
    keep = np.zeros(SIZE, dtype=bool)
    keep[::100] = True
    assert len(search.search(like_texts(1, 2), K, keep)[0][0]) == K


def test_where_too_few_are_found_the_search_is_exact(part: PassageVectors, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matcher.dense, "MOST_EXACT", 0)
    monkeypatch.setattr(matcher.dense, "near", lambda *_: np.arange(3))
    rows, cosines = DenseSearch([part], [np.arange(SIZE)]).search(like_texts(1, 2), K)[0]
    exact = DenseSearch([PassageVectors(part.faiss_index, part.first)], [np.arange(SIZE)])
    np.testing.assert_array_equal(rows, exact.search(like_texts(1, 2), K)[0][0])
    assert len(cosines) == K


def test_only_kept_passages_are_found(part: PassageVectors) -> None:
    for kept in (np.arange(0, SIZE, 3), np.arange(0, SIZE, 50)):
        found = near(part.nearest, like_texts(1, 2)[0], 500, kept)
        assert len(found) > 100
        assert np.isin(found, kept).all()


def test_a_selector_lists_few_and_marks_many() -> None:
    import faiss

    assert isinstance(selector(np.arange(5), 1_000), faiss.IDSelectorArray)
    assert isinstance(selector(np.arange(500), 1_000), faiss.IDSelectorBitmap)


def test_a_large_segment_keeps_its_index_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    solutions = [Solution(id=f"s{n:04}", name=f"mot{n % 40} autre{n % 7}") for n in range(600)]
    monkeypatch.setattr(matcher.dense, "LARGE", 500)
    encoder = HashingEncoder()
    segment = Segment.of(solutions, encoder)
    assert segment.passages.nearest is not None
    name, files = write_segment(tmp_path, segment)
    assert "nearest.faiss" in files
    again = read_segment(tmp_path / name)
    assert again.passages.nearest.ntotal == 600
    monkeypatch.setattr(matcher.dense, "MOST_EXACT", 100)
    query = encoder.encode_challenges(["mot3 autre3"])
    indexes = [Index("x", encoder.dimension, [(each, np.ones(600, dtype=bool))]) for each in (segment, again)]
    found = [index.dense(query, 10)[0][0].tolist() for index in indexes]
    assert found[0] == found[1]
    monkeypatch.setattr(matcher.dense, "LARGE", 601)
    assert Segment.of(solutions, encoder).passages.nearest is None
