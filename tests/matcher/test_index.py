import threading

import numpy as np
import pytest

from matcher.index import Index, best_rows, content_id
from matcher.passages import solution_text, split_passages
from matcher.tokens import tokenize
from tests.encoders import HashingEncoder
from tests.matcher.corpus import ids_of, long_pitch, mask_of, solution, some_solutions

ENCODER = HashingEncoder()
SOLUTIONS = some_solutions(200)


@pytest.fixture(scope="module")
def index() -> Index:
    return Index.in_memory(SOLUTIONS, ENCODER)


def test_rows_are_the_solutions_in_the_order_of_their_ids() -> None:
    index = Index.in_memory(SOLUTIONS[::-1], ENCODER)
    assert index.ids == ids_of(SOLUTIONS)
    assert index.size == 200
    assert index.solutions() == SOLUTIONS
    assert index.languages == [one.language for one in SOLUTIONS]
    assert (index.row_of("s0007"), index.row_of("absent")) == (7, None)
    assert index.solution(7) == SOLUTIONS[7]
    assert index.hashes["s0007"] == SOLUTIONS[7].content_hash


def test_dense_ranks_by_the_best_passage(index: Index) -> None:
    query = ENCODER.encode_challenges(["capteur de fuite d'eau"])
    rows, cosines = index.dense(query, 20)[0]
    best = [
        float((ENCODER.encode_solutions(split_passages(*solution_text(one))) @ query[0]).max()) for one in SOLUTIONS
    ]
    assert cosines.tolist() == pytest.approx(sorted(best, reverse=True)[:20], abs=1e-6)
    assert cosines.dtype == np.float32
    assert index.dense_of(query[0], rows).tolist() == cosines.tolist()


def test_lexical_ranks_what_shares_terms_and_nothing_else(index: Index) -> None:
    terms = tokenize("irrigation hydrogène", "fr")
    every = index.bm25(terms)
    rows = best_rows(every, index.size)
    assert 0 < len(rows) < index.size
    assert set(rows.tolist()) == set(np.flatnonzero(every > 0).tolist())
    order = list(zip((-every[rows]).tolist(), rows.tolist(), strict=True))
    assert order == sorted(order)


@pytest.mark.parametrize("k", [0, 1, 5, 50])
def test_a_shallower_lexical_search_is_the_beginning_of_a_deeper(index: Index, k: int) -> None:
    scores = index.bm25(tokenize("eau forêt réseau", "fr"))
    assert np.array_equal(best_rows(scores, k), best_rows(scores, index.size)[:k])


def test_lexical_ties_are_ordered_by_row() -> None:
    index = Index.in_memory([solution(f"s{number:03}", "eau") for number in range(50)], ENCODER)
    assert best_rows(index.bm25(["eau"]), 7).tolist() == list(range(7))
    assert index.dense(ENCODER.encode_challenges(["eau"]), 7)[0][0].tolist() == list(range(7))


def test_a_filter_leaves_the_order_of_what_it_keeps(index: Index) -> None:
    keep = mask_of(index, range(0, 200, 3))
    query, terms = ENCODER.encode_challenges(["réseau de chaleur"]), tokenize("réseau de chaleur", "fr")
    for all_rows, kept in (
        (index.dense(query, 200)[0][0], index.dense(query, 10, keep)[0][0]),
        (best_rows(index.bm25(terms), 200), best_rows(index.bm25(terms), 10, keep)),
    ):
        assert kept.tolist() == [row for row in all_rows.tolist() if row % 3 == 0][:10]


def test_a_query_without_known_terms_finds_nothing(index: Index) -> None:
    assert [len(best_rows(index.bm25(terms), 10)) for terms in (["zzz"], [])] == [0, 0]
    assert index.bm25(["zzz"])[:2].tolist() == [0.0, 0.0]


def test_weights_are_offered_for_other_texts(index: Index) -> None:
    terms = tokenize("capteur de fuite", "fr")
    assert index.self_information(terms) == pytest.approx(sum(index.idf(term) for term in terms))
    one = SOLUTIONS[3]
    document = tokenize("\n".join(solution_text(one)), one.language)
    assert index.bm25_of_text(terms, document) == pytest.approx(float(index.bm25(terms)[3]), rel=1e-6)


def test_a_long_pitch_is_found_by_its_last_paragraph() -> None:
    last = (
        "Notre membrane céramique retient les microplastiques et les résidus de médicaments des stations d'épuration. "
        "Elle se pose en sortie du clarificateur, sans travaux de génie civil, et se lave à contre-courant. "
        "Une commune de Bretagne l'essaie depuis un an : neuf particules sur dix sont retenues avant la rivière."
    )
    encoder = HashingEncoder(384)
    pitch = solution("pitch", long_pitch(last), "Pitch")
    assert len(pitch.text.split()) > 3_000
    index = Index.in_memory([*SOLUTIONS, pitch], encoder)
    asked = "retenir microplastiques et résidus de médicaments en sortie des stations d'épuration d'une commune"
    assert index.dense(encoder.encode_challenges([asked]), 1)[0][0].tolist() == [index.row_of("pitch")]
    assert best_rows(index.bm25(tokenize(asked, "fr")), 1).tolist() == [index.row_of("pitch")]


def test_mean_and_covariance_are_those_of_the_passages(index: Index) -> None:
    vectors = ENCODER.encode_solutions([p for one in SOLUTIONS for p in split_passages(*solution_text(one))])
    assert index.mean_vector == pytest.approx(vectors.mean(axis=0), abs=1e-6)
    assert index.covariance == pytest.approx(np.cov(vectors.T, bias=True), abs=1e-6)


def test_the_id_names_the_content_and_the_model() -> None:
    index = Index.in_memory(SOLUTIONS[:5], ENCODER)
    assert index.id == Index.in_memory(SOLUTIONS[4::-1], ENCODER).id
    assert index.id == content_id("hashing-1", {one.id: one.content_hash for one in SOLUTIONS[:5]})
    others = [
        Index.in_memory(SOLUTIONS[:4], ENCODER),
        Index.in_memory([*SOLUTIONS[:4], solution("s0004", "Autre")], ENCODER),
        Index.in_memory(SOLUTIONS[:5], HashingEncoder(fingerprint="hashing-2")),
    ]
    assert len({index.id, *(other.id for other in others)}) == 4


def test_an_empty_index_answers_with_nothing() -> None:
    index = Index.in_memory([], ENCODER)
    assert (index.size, list(index.ids), index.solutions()) == (0, [], [])
    assert len(index.dense(ENCODER.encode_challenges(["eau"]), 5)[0][0]) == 0
    assert len(best_rows(index.bm25(["eau"]), 5)) == 0
    assert index.mean_vector.shape == (32,)
    assert index.covariance.shape == (32, 32)
    assert index.bm25_of_text(["eau"], ["eau"]) > 0


def test_threads_get_the_same_answers() -> None:
    index = Index.in_memory(SOLUTIONS, ENCODER)
    queries = ENCODER.encode_challenges([one.text for one in SOLUTIONS[:40]])
    terms = [tokenize(one.text, one.language) for one in SOLUTIONS[:40]]

    def found() -> list[list[int]]:
        by_meaning = [rows for rows, _ in index.dense(queries, 10)]
        by_words = [best_rows(index.bm25(each), 10) for each in terms]
        return [rows.tolist() for rows in by_meaning + by_words]

    expected = found()
    answers: list[list[list[int]]] = []

    def ask() -> None:
        answers.append(found())

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [expected] * 6
