"""The rounding of a weight against rounding each number by itself."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.gptq import LEVELS, round_weight


def correlated(random: np.random.Generator, inputs: int, count: int = 400) -> np.ndarray:
    """Inputs of which many go together, as those of a layer do."""
    hidden = random.normal(size=(count, max(1, inputs // 4)))
    return hidden @ random.normal(size=(hidden.shape[1], inputs)) + 0.1 * random.normal(size=(count, inputs))


def nearest(weight: np.ndarray) -> np.ndarray:
    scales = np.abs(weight).max(axis=1, keepdims=True) / LEVELS
    return np.rint(weight / scales) * scales


@given(seed=st.integers(0, 10**6), outputs=st.integers(1, 20), inputs=st.integers(2, 150))
def test_the_layer_changes_less_than_by_nearest_integers(seed: int, outputs: int, inputs: int) -> None:
    random = np.random.default_rng(seed)
    weight = random.normal(size=(outputs, inputs)).astype(np.float32)
    entering = correlated(random, inputs)
    integers, scales = round_weight(weight, entering.T @ entering)
    assert integers.dtype == np.int8
    assert scales.shape == (outputs, 1)
    assert np.abs(integers * scales - weight).max() < np.abs(weight).max()
    exact = entering @ weight.T
    mine = np.linalg.norm(entering @ (integers * scales).T - exact)
    assert mine <= 1.1 * np.linalg.norm(entering @ nearest(weight).T - exact)


def test_correlated_inputs_halve_the_error() -> None:
    random = np.random.default_rng(1)
    weight = random.normal(size=(64, 384)).astype(np.float32)
    entering = correlated(random, 384, 4_000)
    integers, scales = round_weight(weight, entering.T @ entering)
    exact = entering @ weight.T
    mine = np.linalg.norm(entering @ (integers * scales).T - exact)
    assert mine < 0.5 * np.linalg.norm(entering @ nearest(weight).T - exact)


def test_inputs_that_do_not_go_together_leave_the_nearest_integers() -> None:
    weight = np.random.default_rng(2).normal(size=(5, 70)).astype(np.float32)
    integers, scales = round_weight(weight, np.eye(70))
    np.testing.assert_allclose(integers * scales, nearest(weight), rtol=1e-5)


def test_inputs_never_seen_and_weights_of_zero_are_rounded_too() -> None:
    weight = np.zeros((2, 4), np.float32)
    weight[0] = [1, -1, 0.5, 0]
    integers, scales = round_weight(weight, np.zeros((4, 4)))
    np.testing.assert_allclose(integers * scales, weight, atol=1 / LEVELS)
