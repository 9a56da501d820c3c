import math
from collections.abc import Sequence

import bm25s
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.lexical import K1, B, Bm25, Postings

Documents = list[list[str]]
TERMS = [f"t{number}" for number in range(12)]
documents_of_terms = st.lists(st.lists(st.sampled_from(TERMS), max_size=15), min_size=1, max_size=25)
queries = st.lists(st.sampled_from([*TERMS, "absent"]), max_size=10)


def whole(documents: Documents) -> Bm25:
    return Bm25([Postings.of(documents)], [np.arange(len(documents))])


def by_hand(documents: Documents, query: Sequence[str], row: int) -> float:
    mean = sum(map(len, documents)) / len(documents) or 1.0
    score = 0.0
    for term in query:
        frequency = sum(term in document for document in documents)
        idf = math.log(1 + (len(documents) - frequency + 0.5) / (frequency + 0.5))
        count = documents[row].count(term)
        score += idf * count / (count + K1 * (1 - B + B * len(documents[row]) / mean))
    return score


@given(documents_of_terms, queries)
def test_scores_are_those_of_the_formula(documents: Documents, query: list[str]) -> None:
    scores = whole(documents).scores(query)
    assert scores == pytest.approx([by_hand(documents, query, row) for row in range(len(documents))], rel=1e-6)


@settings(max_examples=25)
@given(st.lists(st.lists(st.sampled_from(TERMS), min_size=1, max_size=15), min_size=2, max_size=25), queries)
def test_scores_are_those_of_bm25s(documents: Documents, query: list[str]) -> None:
    theirs = bm25s.BM25(method="lucene", k1=K1, b=B)
    theirs.index(documents, show_progress=False)
    known = [term for term in query if any(term in document for document in documents)]
    if known:
        assert whole(documents).scores(known) == pytest.approx(theirs.get_scores(known), abs=1e-4)


@settings(max_examples=40)
@given(documents_of_terms, queries, st.data())
def test_scores_do_not_depend_on_the_segments(documents: Documents, query: list[str], data: st.DataObject) -> None:
    """Documents spread over three parts, with dead ones among them, score to the bit like one part of the live."""
    dead = data.draw(st.lists(st.lists(st.sampled_from(TERMS), max_size=15), max_size=8))
    places: list[list[tuple[int, list[str]]]] = [[], [], []]
    for row, document in [*enumerate(documents), *((-1, document) for document in dead)]:
        places[data.draw(st.integers(0, 2))].append((row, document))
    parts = [Postings.of(document for _, document in place) for place in places]
    rows = [np.asarray([row for row, _ in place], dtype=np.int64) for place in places]
    split, one = Bm25(parts, rows), whole(documents)
    assert np.array_equal(split.scores(query), one.scores(query))
    assert split.self_information(query) == one.self_information(query)
    assert split.mean_length == one.mean_length
    assert [split.idf(term) for term in TERMS] == [one.idf(term) for term in TERMS]


@given(documents_of_terms, queries)
def test_no_score_reaches_the_self_information(documents: Documents, query: list[str]) -> None:
    bm25 = whole(documents)
    assert (bm25.scores(query) <= bm25.self_information(query)).all()
    assert bm25.self_information(query) >= 0


@given(documents_of_terms, queries)
def test_a_foreign_document_scores_like_one_of_the_corpus(documents: Documents, query: list[str]) -> None:
    bm25 = whole(documents)
    foreign = [bm25.score_of(query, document) for document in documents]
    assert foreign == pytest.approx(bm25.scores(query).tolist(), rel=1e-6)


def test_rare_terms_weigh_more_and_repetition_saturates() -> None:
    bm25 = whole([["a", "b"], ["a", "c"], ["a", "c", "c", "c"], ["d"]])
    assert bm25.idf("b") > bm25.idf("c") > bm25.idf("a") > 0
    assert bm25.idf("absent") > bm25.idf("b")
    once, thrice = bm25.scores(["c"])[1], bm25.scores(["c"])[2]
    assert once < thrice < 2 * once


def test_a_term_repeated_in_the_query_counts_as_often() -> None:
    bm25 = whole([["a", "b"], ["a"]])
    assert bm25.scores(["a", "a", "b"]) == pytest.approx(2 * bm25.scores(["a"]) + bm25.scores(["b"]))
    assert bm25.self_information(["a", "a"]) == pytest.approx(2 * bm25.idf("a"))


@pytest.mark.parametrize("documents", [[], [[]], [[], []]])
def test_a_corpus_without_terms_scores_nothing(documents: Documents) -> None:
    bm25 = whole(documents)
    assert bm25.scores(["a"]).tolist() == [0.0] * len(documents)
    assert bm25.score_of(["a"], ["a"]) >= 0


def test_postings_are_sorted_whatever_the_order_of_the_terms() -> None:
    postings = Postings.of([["b", "a", "b"], [], ["c", "a"]])
    assert list(postings.vocabulary) == ["a", "b", "c"]
    assert postings.offsets.tolist() == [0, 2, 3, 4]
    assert postings.documents.tolist() == [0, 2, 0, 2]
    assert postings.counts.tolist() == [1, 1, 2, 1]
    assert postings.lengths.tolist() == [3, 0, 2]


@given(documents_of_terms)
def test_triples_give_the_same_postings_back(documents: Documents) -> None:
    postings = Postings.of(documents)
    again = Postings.from_triples(list(postings.vocabulary), *postings.triples(), postings.lengths)
    assert list(again.vocabulary) == list(postings.vocabulary)
    for name in ("offsets", "documents", "counts", "lengths"):
        assert np.array_equal(getattr(again, name), getattr(postings, name))


def test_document_frequencies_count_live_documents_only() -> None:
    postings = Postings.of([["a"], ["a", "b"], ["b"]])
    assert postings.document_frequencies(np.array([True, True, True])).tolist() == [2, 2]
    assert postings.document_frequencies(np.array([False, True, False])).tolist() == [1, 1]
    assert postings.document_frequencies(np.array([True, False, False])).tolist() == [1, 0]
