"""Made corpora: seeded, nested, of unit vectors; records whose passages have known vectors."""

import numpy as np
import pytest

from benchmarks import made_corpus
from benchmarks.made_corpus import MadeCorpus, MadeEncoder, make_corpus, make_records, real_queries
from matcher.index import Index
from matcher.passages import solution_text, split_passages
from tests.encoders import HashingEncoder


@pytest.fixture(autouse=True)
def encoder(monkeypatch: pytest.MonkeyPatch) -> HashingEncoder:
    made = HashingEncoder()
    monkeypatch.setattr(made_corpus, "cached_encoder", lambda _: made)
    return made


@pytest.fixture
def corpus() -> MadeCorpus:
    return make_corpus(300)


def test_a_smaller_corpus_is_the_beginning_of_a_larger(corpus: MadeCorpus) -> None:
    small = make_corpus(100)
    np.testing.assert_array_equal(small.vectors, corpus.vectors[:100])
    assert list(small.terms) == list(corpus.terms[:100])
    assert not np.array_equal(make_corpus(100, seed=1).vectors, small.vectors)


def test_made_vectors_are_of_unit_length_and_all_different(corpus: MadeCorpus) -> None:
    np.testing.assert_allclose(np.linalg.norm(corpus.vectors, axis=1), 1, atol=1e-5)
    assert len(np.unique(corpus.vectors, axis=0)) == corpus.size


def test_a_made_corpus_is_an_index(corpus: MadeCorpus) -> None:
    assert corpus.index.size == 300
    assert corpus.index.dense(corpus.vectors[7:8], 1)[0][0].tolist() == [7]
    assert corpus.index.bm25(corpus.terms[7]).argmax() == 7


def test_made_records_are_indexed_without_encoding(encoder: HashingEncoder) -> None:
    records, vectors = make_records(50)
    encoder.encoded.clear()
    index = Index.in_memory(records, MadeEncoder(vectors))
    assert encoder.encoded == []
    assert len({record.text for record in records}) == index.size == 50
    passages = [split_passages(*solution_text(record)) for record in records]
    assert set(vectors) == {passage for each in passages for passage in each}


def test_queries_are_needs() -> None:
    queries = real_queries(5)
    assert len(queries) == 5
    assert all(query.terms and query.language == "fr" for query in queries)
