"""The benchmark of growth, on a small corpus: every row is there, and what it says of recall is right."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks import made_corpus, scale
from benchmarks.made_corpus import MadeCorpus, make_corpus, real_queries
from benchmarks.plots import write_growth
from tests.encoders import HashingEncoder


@pytest.fixture(scope="module")
def corpus() -> MadeCorpus:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(made_corpus, "cached_encoder", lambda _: HashingEncoder())
        return make_corpus(400)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(made_corpus, "cached_encoder", lambda _: HashingEncoder())
    monkeypatch.setattr(scale, "others", dict)


def test_growth_has_the_engine_the_bare_searches_and_the_floors(corpus: MadeCorpus, tmp_path: Path) -> None:
    rows = scale.growth(corpus, real_queries(20), 1)
    assert [row["name"] for row in rows] == [
        "matcher", "matcher, one query at a time", "faiss flat", "bm25s", "bare searches together",
        "floor: matrix product", "floor: one reading",
    ]  # fmt: skip
    assert all(row["solutions"] == 400 and row["ms"] > 0 for row in rows)
    assert rows[4]["ratio"] == pytest.approx(rows[0]["ms"] / rows[4]["ms"], abs=0.01)
    write_growth(tmp_path / "plot.svg", [*rows, *({**row, "solutions": 4_000} for row in rows)])
    assert "matcher" in (tmp_path / "plot.svg").read_text("utf-8")


def test_the_best_by_hand_are_the_largest_cosines_that_are_kept(corpus: MadeCorpus) -> None:
    query = real_queries(1)[0]
    keep = np.arange(corpus.size) % 2 == 0
    best = scale.best_of(corpus.segment.passages, query, keep)
    cosines = corpus.vectors @ query.vector
    assert len(best) == scale.K
    assert all(row % 2 == 0 for row in best)
    assert min(cosines[list(best)]) >= max(cosines[[row for row in range(0, 400, 2) if row not in best]])


def test_families_are_compared_by_recall(corpus: MadeCorpus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scale, "FAMILIES", ("IVF,SQ8", "HNSW16"))
    rows = scale.families(corpus, real_queries(5))
    assert len(rows) == 6
    assert rows[-1]["recall"] > 0.9
    assert all(0 < row["recall"] <= 1 and row["megabytes"] >= 0 for row in rows)
