from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import matcher.scoring
from corpora.records import Solution
from matcher.calibration import Calibration, PairWeights, Reference
from matcher.index import Index
from matcher.passages import solution_text, split_passages
from matcher.queries import Query, make_queries
from matcher.scoring import ForeignText, Mode, Ranker, Ranking
from matcher.tokens import tokenize
from tests.encoders import HashingEncoder
from tests.matcher.corpus import WORDS, mask_of, solution, some_solutions

ENCODER = HashingEncoder()
SOLUTIONS = some_solutions(60)
MODES: tuple[Mode, ...] = ("hybrid", "dense", "lexical")
texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=12).map(" ".join)
languages = st.sampled_from(["fr", "en"])


def ranker_of(solutions: list[Solution]) -> Ranker:
    return Ranker.of(Index.in_memory(solutions, ENCODER))


RANKER = ranker_of(SOLUTIONS)


def query_of(text: str, language: str = "fr") -> Query:
    return make_queries(ENCODER, [(text, language)])[0]  # type: ignore[list-item]


def named(ranker: Ranker, ranking: Ranking) -> list[tuple[str, float]]:
    return [(ranker.index.ids[row], fit) for row, fit in zip(ranking.rows, ranking.fit, strict=True)]


@given(texts, languages)
def test_the_fit_is_a_probability_and_never_increases_down_the_list(text: str, language: str) -> None:
    ranking = RANKER.rank(query_of(text, language), 60)
    assert len(ranking) == 60
    assert np.all((ranking.fit > 0) & (ranking.fit < 1))
    assert np.all(np.diff(ranking.fit) <= 0)


@given(texts, languages)
def test_ties_are_broken_by_id(text: str, language: str) -> None:
    ranking = RANKER.rank(query_of(text, language), 60)
    pairs = [(-fit, row) for row, fit in zip(ranking.rows, ranking.fit, strict=True)]
    assert pairs == sorted(pairs)


@given(texts, st.integers(1, 30), st.integers(1, 30), st.sampled_from(MODES))
def test_a_shorter_answer_is_the_beginning_of_a_longer(text: str, one: int, other: int, mode: Mode) -> None:
    query = query_of(text)
    short, long = (named(RANKER, RANKER.rank(query, top, mode=mode)) for top in sorted((one, other)))
    assert short == long[: len(short)]


@settings(max_examples=20, deadline=None)
@given(texts, st.randoms(use_true_random=False), st.sampled_from(MODES))
def test_the_order_of_insertion_changes_nothing(text: str, chance: object, mode: Mode) -> None:
    shuffled = list(SOLUTIONS)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    other = ranker_of(shuffled)
    query = query_of(text)
    assert named(other, other.rank(query, 20, mode=mode)) == named(RANKER, RANKER.rank(query, 20, mode=mode))


@given(texts, st.sets(st.integers(0, 59)), st.sampled_from(MODES))
def test_a_filter_gives_the_whole_list_less_what_it_excludes(text: str, kept: set[int], mode: Mode) -> None:
    query = query_of(text)
    keep = mask_of(RANKER.index, sorted(kept))
    whole = named(RANKER, RANKER.rank(query, 60, mode=mode))
    expected = [(one, fit) for one, fit in whole if keep[RANKER.index.row_of(one)]]
    assert named(RANKER, RANKER.rank(query, 60, keep, mode)) == expected


@given(st.lists(texts, min_size=1, max_size=5), st.sampled_from(MODES))
def test_many_at_once_give_the_same_as_one_by_one(asked: list[str], mode: Mode) -> None:
    queries = make_queries(ENCODER, [(text, "fr") for text in asked])
    together = [named(RANKER, each) for each in RANKER.rank_many(queries, 7, mode=mode)]
    assert together == [named(RANKER, RANKER.rank(query_of(text), 7, mode=mode)) for text in asked]


@settings(max_examples=60)
@given(st.lists(texts, min_size=1, max_size=4), st.integers(1, 70), st.sets(st.integers(0, 59)), st.sampled_from(MODES))
def test_the_ranking_is_that_of_a_plain_exact_computation(
    asked: list[str], top: int, dropped: set[int], mode: Mode
) -> None:
    """All rows scored by hand, one query at a time, without a matrix product and without a first choice."""
    queries = make_queries(ENCODER, [(text, "fr") for text in asked])
    keep = mask_of(RANKER.index, sorted(set(range(60)) - dropped))
    every = np.arange(60)
    for query, ranking in zip(queries, RANKER.rank_many(queries, top, keep, mode), strict=True):
        cosines, bm25 = RANKER.index.dense_of(query.vector, every), RANKER.index.bm25(query.terms)
        signals = RANKER.signals(RANKER.background(query), cosines, bm25)
        rows = [row for row in every if keep[row] and (mode != "lexical" or bm25[row] > 0)]
        best = sorted(rows, key=lambda row: (-signals[mode][row], row))[:top]
        assert ranking.rows.tolist() == best
        assert ranking.dense.tolist() == cosines[best].tolist()
        np.testing.assert_allclose(np.log(ranking.fit / (1 - ranking.fit)), signals["hybrid"][best], atol=1e-9)


@given(texts, st.sampled_from(MODES), st.booleans())
def test_candidates_of_a_large_corpus_hold_the_answer_of_the_exact_ranking(
    text: str, mode: Mode, filtered: bool
) -> None:
    """With fewer candidates than solutions the best still come from either search."""
    query = query_of(text)
    keep = mask_of(RANKER.index, range(0, 60, 2)) if filtered else None
    exact = named(RANKER, RANKER.rank(query, 60, keep, mode))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(matcher.scoring, "LARGE", 60)
        assert named(RANKER, RANKER.rank(query, 60, keep, mode)) == exact  # all are candidates
        patch.setattr(matcher.scoring, "CANDIDATES", 20)
        few = named(RANKER, RANKER.rank(query, 5, keep, mode))
    fits = dict(exact)
    assert few
    assert all(fits[one] == fit for one, fit in few)  # scored exactly, whatever found them
    assert few[0] == exact[0]


def test_each_pair_of_languages_has_its_weights() -> None:
    ranker = ranker_of([solution("a", "capteur eau", "x", "fr"), solution("b", "capteur eau", "x", "en")])
    weights = {pair: PairWeights(0.0, 0.0, 0.0, 0.0, number) for number, pair in enumerate(ranker.calibration.weights)}
    known = ranker.calibration
    ranker = Ranker(ranker.index, Calibration("", "", known.references, weights, known.thresholds, 0.0))
    fits = {
        (language, one): fit
        for language in ("fr", "en")
        for one, fit in named(ranker, ranker.rank(query_of("eau", language), 2))
    }
    logits = {key: round(float(np.log(fit / (1 - fit))), 3) for key, fit in fits.items()}
    assert logits == {("fr", "a"): 0, ("fr", "b"): 1, ("en", "a"): 2, ("en", "b"): 3}


def test_what_each_language_is_to_a_query_counts() -> None:
    """Weights of the mean and of the spread alone: the logit is what the reference of the language says of the query."""
    ranker = ranker_of([solution("a", "capteur eau", "x", "fr"), solution("b", "vélo", "x", "en")])
    known = ranker.calibration
    usual = ENCODER.encode_challenges(["capteur", "vélo", "eau", "réseau eau"])
    references = {
        "fr": known.references["fr"].with_usual(usual),
        "en": Reference(usual[1].astype(np.float64), 2 * known.references["en"].covariance).with_usual(usual),
    }
    weights = {
        (asked, answered): PairWeights(0.0, 0.0, query_mean=2.0 + number, query_spread=3.0, bias=-1.0)
        for number, (asked, answered) in enumerate(known.weights)
    }
    ranker = Ranker(ranker.index, replace(known, weights=weights, references=references))
    query = query_of("eau")
    for number, (one, language) in enumerate((("a", "fr"), ("b", "en"))):
        of_language = references[language]
        mean, spread = of_language.beside_usual(of_language.mean_cosine(query.vector), of_language.spread(query.vector))
        fit = dict(named(ranker, ranker.rank(query, 2)))[one]
        assert np.log(fit / (1 - fit)) == pytest.approx((2 + number) * mean + 3 * spread - 1, abs=1e-3)


def test_a_solution_of_no_known_language_counts_as_french() -> None:
    one = ranker_of([solution("a", "capteur eau", language=None), solution("b", "vélo")])
    other = ranker_of([solution("a", "capteur eau", language="fr"), solution("b", "vélo")])
    assert named(one, one.rank(query_of("eau"), 2)) == named(other, other.rank(query_of("eau"), 2))


def test_a_long_text_does_not_win_by_its_number_of_passages() -> None:
    """The best of many passages is nearer by chance: as near as a short text, a long one stands below it."""
    short = solution("short", "Capteur eau réseau.", "x")
    filler = " ".join(f"Vélo {number} transport." for number in range(400))
    ranker = ranker_of([short, solution("long", f"Capteur eau réseau.\n{filler}", "x"), *SOLUTIONS])
    long_row = ranker.index.row_of("long")
    assert long_row is not None
    assert ranker.index.passage_counts[long_row] > 5
    ranking = ranker.rank(query_of("Capteur eau réseau."), 1, mode="dense")
    assert ranker.index.ids[ranking.rows[0]] == "short"


@given(texts, languages)
def test_a_text_that_is_not_in_the_index_is_scored_like_one_that_is(text: str, language: str) -> None:
    query = query_of(text, language)
    ranking = RANKER.rank(query, 60)
    for place in (0, 30, 59):
        known = RANKER.index.solution(int(ranking.rows[place]))
        heading, body = solution_text(known)
        foreign = ForeignText(
            ENCODER.encode_solutions(split_passages(heading, body)),
            tuple(tokenize(f"{heading}\n{body}", known.language)),
            known.language or "fr",
        )
        cosine, bm25, fit = RANKER.fit_of(query, foreign)
        assert cosine == pytest.approx(ranking.dense[place], abs=1e-6)
        assert bm25 == pytest.approx(ranking.lexical[place], rel=1e-5)
        assert fit == pytest.approx(ranking.fit[place], abs=1e-4)


def test_unrelated_records_hardly_move_a_fit_under_a_frozen_calibration() -> None:
    frozen = RANKER.calibration
    unrelated = [solution(f"u{number:04}", f"mot{number} autre{number} chose{number}") for number in range(300)]
    larger = Ranker(Index.in_memory([*SOLUTIONS, *unrelated], ENCODER), frozen)
    query = query_of("capteur forêt incendie")
    before = dict(named(RANKER, RANKER.rank(query, 60)))
    after = dict(named(larger, larger.rank(query, 360)))
    dense_only = [one for one, fit in before.items() if abs(after[one] - fit) < 1e-6]
    assert dense_only  # what shares no word does not move at all
    assert np.mean([abs(after[one] - before[one]) for one in before]) < 0.02


def test_an_empty_index_and_an_empty_filter_give_an_empty_ranking() -> None:
    keep = mask_of(RANKER.index, [])
    for mode in MODES:
        assert len(RANKER.rank(query_of("eau"), 10, keep, mode)) == 0
