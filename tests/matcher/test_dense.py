from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.dense import KERNEL_NOISE, DenseSearch, PassageVectors, Rows
from models.encoder import Vectors

DIMENSION = 8


def unit(vectors: np.ndarray) -> Vectors:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def some_vectors(count: int, seed: int, distinct: int | None = None) -> Vectors:
    """Unit vectors; with ``distinct`` fewer different ones, so that there are ties."""
    chance = np.random.default_rng(seed)
    vectors = unit(chance.standard_normal((distinct or count, DIMENSION)))
    return vectors[chance.integers(0, len(vectors), count)] if distinct else vectors


def first_of(sizes: Sequence[int]) -> Rows:
    return np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)


def one_part(vectors: Vectors, sizes: Sequence[int]) -> DenseSearch:
    return DenseSearch([PassageVectors.of(vectors, first_of(sizes))], [np.arange(len(sizes))])


def by_hand(
    vectors: Vectors, sizes: Sequence[int], query: Vectors, k: int, keep: np.ndarray
) -> tuple[list[int], list[float]]:
    cosines = (vectors.astype(np.float64) * query.astype(np.float64)).sum(axis=1).astype(np.float32)
    first = first_of(sizes)
    best = [float(cosines[first[row] : first[row + 1]].max()) for row in range(len(sizes))]
    rows = sorted((row for row in range(len(sizes)) if keep[row]), key=lambda row: (-best[row], row))[:k]
    return rows, [best[row] for row in rows]


corpora = st.tuples(
    st.lists(st.integers(1, 6), min_size=1, max_size=60),
    st.integers(0, 10_000),
    st.sampled_from([None, 3, 20]),
)


@settings(max_examples=60)
@given(corpora, st.integers(1, 70), st.sampled_from([0.1, 0.5, 1.0]))
def test_the_best_rows_are_those_of_a_full_scan(
    corpus: tuple[list[int], int, int | None], k: int, share: float
) -> None:
    sizes, seed, distinct = corpus
    vectors = some_vectors(sum(sizes), seed, distinct)
    queries = some_vectors(3, seed + 1)
    keep = np.random.default_rng(seed).random(len(sizes)) <= share
    found = one_part(vectors, sizes).search(queries, k, keep)
    for query, (rows, cosines) in zip(queries, found, strict=True):
        expected = by_hand(vectors, sizes, query, k, keep)
        assert (rows.tolist(), cosines.tolist()) == expected


@settings(max_examples=40)
@given(corpora, st.integers(1, 40), st.data())
def test_results_do_not_depend_on_the_segments(
    corpus: tuple[list[int], int, int | None], k: int, data: st.DataObject
) -> None:
    sizes, seed, distinct = corpus
    vectors, queries, first = some_vectors(sum(sizes), seed, distinct), some_vectors(2, seed + 1), first_of(sizes)
    places: list[list[tuple[int, Vectors]]] = [[], [], []]
    for row in range(len(sizes)):
        places[data.draw(st.integers(0, 2))].append((row, vectors[first[row] : first[row + 1]]))
        if data.draw(st.booleans()):  # and a dead one that would be the best
            places[data.draw(st.integers(0, 2))].append((-1, queries[:1]))
    held = [place for place in places if place]
    parts = [
        PassageVectors.of(np.concatenate([each for _, each in place]), first_of([len(each) for _, each in place]))
        for place in held
    ]
    split = DenseSearch(parts, [np.asarray([row for row, _ in place], dtype=np.int64) for place in held])
    one = one_part(vectors, sizes)
    for (rows, cosines), (one_rows, one_cosines) in zip(split.search(queries, k), one.search(queries, k), strict=True):
        assert np.array_equal(rows, one_rows)
        assert np.array_equal(cosines, one_cosines)
        assert np.array_equal(split.cosines(queries[0], rows), one.cosines(queries[0], rows))
    everything = np.arange(len(sizes))
    assert np.array_equal(split.live_vectors(everything), vectors)


@pytest.fixture(scope="module")
def wide() -> tuple[Vectors, list[int], DenseSearch]:
    sizes = np.random.default_rng(0).integers(1, 40, 1_500).tolist()
    vectors = some_vectors(sum(sizes), 1)
    return vectors, sizes, one_part(vectors, sizes)


def test_a_thousand_solutions_of_many_passages_are_exact(wide: tuple[Vectors, list[int], DenseSearch]) -> None:
    vectors, sizes, search = wide
    query = some_vectors(1, 2)
    rows, cosines = search.search(query, 1_000)[0]
    assert (rows.tolist(), cosines.tolist()) == by_hand(
        vectors, sizes, query[0], 1_000, np.ones(len(sizes), dtype=bool)
    )


def test_one_solution_with_nearly_all_the_best_passages_does_not_hide_others() -> None:
    query = some_vectors(1, 3)
    crowd = unit(query + 0.01 * np.random.default_rng(4).standard_normal((2_000, DIMENSION)))
    others = some_vectors(50, 5)
    search = one_part(np.concatenate([crowd, others]), [2_000, *[1] * 50])
    rows, _ = search.search(query, 10)[0]
    assert rows[0] == 0
    assert len(set(rows.tolist())) == 10


def test_results_do_not_depend_on_the_queries_beside(wide: tuple[Vectors, list[int], DenseSearch]) -> None:
    """FAISS takes another kernel from 20 queries on."""
    *_, search = wide
    queries = some_vectors(40, 6)
    together = search.search(queries, 30)
    for number in (0, 17, 39):
        rows, cosines = search.search(queries[number : number + 1], 30)[0]
        assert np.array_equal(rows, together[number][0])
        assert np.array_equal(cosines, together[number][1])


def test_a_deeper_search_begins_with_the_shallower(wide: tuple[Vectors, list[int], DenseSearch]) -> None:
    *_, search = wide
    query = some_vectors(1, 7)
    deep = search.search(query, 700)[0][0]
    for k in (1, 10, 300):
        assert np.array_equal(search.search(query, k)[0][0], deep[:k])


@pytest.mark.parametrize("share", [0.002, 0.02, 0.3, 0.95])
def test_a_filter_never_costs_a_better_answer(wide: tuple[Vectors, list[int], DenseSearch], share: float) -> None:
    _, sizes, search = wide
    keep = np.random.default_rng(8).random(len(sizes)) < share
    query = some_vectors(1, 9)
    everything = search.search(query, len(sizes))[0][0]
    kept = [row for row in everything.tolist() if keep[row]]
    assert search.search(query, 10, keep)[0][0].tolist() == kept[:10]


def test_equal_cosines_are_ordered_by_row() -> None:
    search = one_part(np.repeat(some_vectors(1, 10), 500, axis=0), [1] * 500)
    rows, cosines = search.search(some_vectors(1, 11), 20)[0]
    assert rows.tolist() == list(range(20))
    assert len(set(cosines.tolist())) == 1


def test_cosines_of_rows_are_those_of_the_search(wide: tuple[Vectors, list[int], DenseSearch]) -> None:
    *_, search = wide
    query = some_vectors(1, 12)
    rows, cosines = search.search(query, 50)[0]
    assert np.array_equal(search.cosines(query[0], rows[::-1]), cosines[::-1])
    assert search.cosines(query[0], np.zeros(0, dtype=np.int64)).shape == (0,)
    assert np.array_equal(
        search.cosines(query[0], np.array([3, 3])), np.repeat(search.cosines(query[0], np.array([3])), 2)
    )


def test_nothing_is_found_in_nothing() -> None:
    empty = DenseSearch([], [])
    assert [len(rows) for rows, _ in empty.search(some_vectors(2, 13), 5)] == [0, 0]
    search = one_part(some_vectors(4, 14), [1] * 4)
    assert len(search.search(some_vectors(1, 13), 5, np.zeros(4, dtype=bool))[0][0]) == 0
    assert len(search.search(some_vectors(1, 13), 0)[0][0]) == 0
    assert search.search(some_vectors(0, 13), 5) == []
    none = DenseSearch([PassageVectors.of(np.zeros((0, DIMENSION), dtype=np.float32), first_of([]))], [np.arange(0)])
    assert len(none.search(some_vectors(1, 13), 5)[0][0]) == 0


@settings(max_examples=40)
@given(corpora, st.integers(1, 4), st.integers(1, 3))
def test_every_cosine_is_near_the_exact_one(corpus: tuple[list[int], int, int | None], asked: int, parts: int) -> None:
    """In one segment or in several, of which some solutions are dead."""
    sizes, seed, distinct = corpus
    chance = np.random.default_rng(seed)
    pieces = [PassageVectors.of(some_vectors(sum(sizes), seed + n, distinct), first_of(sizes)) for n in range(parts)]
    live = [chance.random(len(sizes)) < 0.8 for _ in pieces]
    numbers = chance.permutation(sum(int(each.sum()) for each in live)) if parts > 1 else np.arange(live[0].sum())
    rows, start = [], 0
    for each in live:
        to = np.full(len(sizes), -1)
        to[each] = numbers[start : start + int(each.sum())]
        rows.append(to)
        start += int(each.sum())
    search = DenseSearch(pieces, rows)
    queries = some_vectors(asked, seed + 9)
    found = search.every_cosine(queries)
    assert found.shape == (asked, search.size)
    for query, cosines in zip(queries, found, strict=True):
        exact = search.cosines(query, np.arange(search.size))
        np.testing.assert_allclose(cosines, exact, rtol=0, atol=KERNEL_NOISE)
