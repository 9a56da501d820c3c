import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.split_encoder import SplitEncoder
from models.training import Pair, PairSet, Recipe, Training, _Deck
from tests.models.conftest import encoded

WORDS = ["abri", "bois", "canal", "digue", "eau", "feu", "gare", "haie", "ile", "jardin"]
PAIRS = tuple(Pair((f"il faut {word}", word), f"voici {word} et {word}") for word in WORDS)
RECIPE = Recipe(trained_layers=1, max_tokens=32, steps=30, batch=4, learning_rate=1e-3)


@pytest.fixture
def encoder(tiny_folder: Path) -> SplitEncoder:
    return SplitEncoder(tiny_folder, trained_layers=1, max_tokens=32)


def trained(encoder: SplitEncoder, sets: list[PairSet], recipe: Recipe = RECIPE) -> list[float]:
    losses: list[float] = []
    Training(encoder, sets, recipe).run(lambda _, loss: losses.append(loss))
    return losses


def rank_of_answers(encoder: SplitEncoder) -> float:
    queries = encoded(encoder, [f"query: {pair.queries[0]}" for pair in PAIRS])
    scores = queries @ encoded(encoder, [f"passage: {pair.document}" for pair in PAIRS]).T
    return float(np.mean(scores > np.diag(scores)[:, None]))


@pytest.mark.parametrize("hard", [False, True])
def test_training_finds_the_answers(encoder: SplitEncoder, hard: bool) -> None:
    pairs = PairSet("mots", PAIRS, 1.0, hard)
    training = Training(encoder, [pairs], replace(RECIPE, steps=60, memory_at=(0.5,) if hard else ()))
    before = rank_of_answers(encoder)
    training.run()
    assert rank_of_answers(encoder) < before


def test_one_seed_gives_one_model(tiny_folder: Path) -> None:
    states = []
    for _ in range(2):
        encoder = SplitEncoder(tiny_folder, trained_layers=1, max_tokens=32)
        trained(encoder, [PairSet("mots", PAIRS, 1.0, hard_negatives=True)])
        states.append(encoder.trained_state())
    assert all(np.allclose(states[0][name], states[1][name], atol=1e-6) for name in states[0])


def test_every_step_is_reported(encoder: SplitEncoder) -> None:
    steps: list[int] = []
    training = Training(encoder, [PairSet("mots", PAIRS, 1.0)], RECIPE)
    training.run(lambda step, _: steps.append(step))
    assert steps == list(range(1, RECIPE.steps + 1))


def test_a_set_without_pairs_is_left_out(encoder: SplitEncoder) -> None:
    losses = trained(encoder, [PairSet("vide", (), 100.0), PairSet("mots", PAIRS, 1.0)])
    assert len(losses) == RECIPE.steps


def test_a_pair_of_weight_zero_teaches_nothing(encoder: SplitEncoder) -> None:
    mute = replace(PAIRS[0], weight=0.0)
    heard = replace(PAIRS[1], weight=1.0)
    training = Training(encoder, [PairSet("mots", (mute, heard), 1.0)], replace(RECIPE, batch=2))
    deck = training._decks[0]
    assert [pair.weight for pair in sorted(deck.draw(2), key=lambda pair: pair.weight)] == [0.0, 1.0]
    assert training._loss(deck).item() >= 0


def test_the_rate_rises_then_falls_to_zero(encoder: SplitEncoder) -> None:
    training = Training(encoder, [PairSet("mots", PAIRS, 1.0)], replace(RECIPE, steps=100, warm_up=0.1))
    rates = [training._rate(step) for step in range(101)]
    assert max(rates) == 1.0
    assert rates.index(1.0) == 9
    assert rates[:10] == sorted(rates[:10])
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[100] == 0.0


def test_another_answer_of_a_query_is_no_negative() -> None:
    pairs = PairSet("deux", (Pair(("q",), "d1"), Pair(("q",), "d2"), Pair(("r",), "d3")), 1.0)
    deck = _Deck(pairs, random.Random(1))
    mask = deck.answers([pairs.pairs[0], pairs.pairs[2]], [0, 1, 2])
    assert mask.tolist() == [[False, True, False], [False, False, False]]


def test_the_first_voice_is_drawn_most() -> None:
    deck = _Deck(PairSet("voix", (Pair(("un", "deux", "trois"), "d"),), 1.0), random.Random(1))
    drawn = [deck.voice(deck.set.pairs[0]) for _ in range(2_000)]
    assert 0.45 < drawn.count("un") / len(drawn) < 0.55
    assert 0.2 < drawn.count("deux") / len(drawn) < 0.3


def test_texts_come_with_their_prompts() -> None:
    deck = _Deck(PairSet("voix", (Pair(("un", "deux"), "d"),), 1.0), random.Random(1))
    assert list(deck.texts()) == ["query: un", "query: deux", "passage: d"]


@given(
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=30, unique=True),
    st.integers(1, 10),
)
def test_a_batch_has_no_query_and_no_document_twice(links: list[tuple[int, int]], size: int) -> None:
    pairs = tuple(Pair((f"q{query}",), f"d{document}") for query, document in links)
    batch = _Deck(PairSet("liens", pairs, 1.0), random.Random(2)).draw(size)
    assert 1 <= len(batch) <= size
    assert len({pair.queries[0] for pair in batch}) == len(batch)
    assert len({pair.document for pair in batch}) == len(batch)


@given(st.integers(1, 40), st.integers(1, 8))
def test_a_deck_deals_every_pair_before_any_comes_again(count: int, size: int) -> None:
    pairs = tuple(Pair((f"q{number}",), f"d{number}") for number in range(count))
    deck = _Deck(PairSet("jeu", pairs, 1.0), random.Random(3))
    dealt = [next(deck._deal) for _ in range(count)]
    assert sorted(pair.document for pair in dealt) == sorted(pair.document for pair in pairs)
