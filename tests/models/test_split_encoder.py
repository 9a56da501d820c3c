from pathlib import Path

import numpy as np
import pytest
import torch

from models.sentence_transformer import SentenceTransformerEncoder
from models.split_encoder import TOKENS_A_CHUNK, SplitEncoder, chunks
from tests.models.conftest import encoded

TEXTS = ["query: de l'eau", "passage: l'eau de la source est rare", "query: a", "passage: de l'eau de l'eau"]


@pytest.fixture
def split(tiny_folder: Path) -> SplitEncoder:
    encoder = SplitEncoder(tiny_folder, trained_layers=1, max_tokens=32)
    encoder.remember(TEXTS)
    return encoder


def test_it_gives_the_vectors_of_the_whole_model(split: SplitEncoder, tiny_folder: Path) -> None:
    whole = SentenceTransformerEncoder(tiny_folder)
    queries = [text for text in TEXTS if text.startswith("query: ")]
    expected = whole.encode_challenges([text.removeprefix("query: ") for text in queries])
    cosines = np.sum(encoded(split, queries) * expected, axis=1)
    assert cosines.min() > 0.999  # bfloat16 or float32, and float16, against float32


def test_vectors_are_of_unit_length_and_in_the_order_of_the_texts(split: SplitEncoder) -> None:
    together = encoded(split, TEXTS)
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    for text, vector in zip(TEXTS, together, strict=True):
        assert float(encoded(split, [text])[0] @ vector) > 0.999


def test_gradients_reach_the_upper_layers_alone(split: SplitEncoder) -> None:
    split.vectors(TEXTS).sum().backward()
    gradients = [parameter.grad for parameter in split.upper.parameters()]
    assert any(gradient is not None and float(gradient.abs().sum()) > 0 for gradient in gradients)
    assert not any(parameter.requires_grad for parameter in split._lower.parameters())


def test_encoding_keeps_no_gradients(split: SplitEncoder) -> None:
    encoded(split, TEXTS)
    assert all(parameter.grad is None for parameter in split.upper.parameters())


def test_a_restart_gives_back_the_first_weights_and_keeps_what_is_remembered(split: SplitEncoder) -> None:
    before = encoded(split, TEXTS)
    with torch.no_grad():
        for parameter in split.upper.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
    assert not np.allclose(before, encoded(split, TEXTS), atol=1e-3)
    split.restart()
    assert np.array_equal(before, encoded(split, TEXTS))


def test_a_text_that_was_not_remembered_is_refused(split: SplitEncoder) -> None:
    with pytest.raises(KeyError):
        split.vectors(["query: jamais vu"])


def test_remembering_again_changes_nothing(split: SplitEncoder) -> None:
    before = encoded(split, TEXTS)
    split.remember(TEXTS)
    assert np.array_equal(before, encoded(split, TEXTS))


def test_texts_are_cut_to_the_longest_allowed(tiny_folder: Path) -> None:
    short = SplitEncoder(tiny_folder, trained_layers=1, max_tokens=8)
    short.remember(["query: de l'eau de l'eau de l'eau", "query: de l'eau de l'eau de l'eau et plus"])
    one, other = encoded(short, ["query: de l'eau de l'eau de l'eau", "query: de l'eau de l'eau de l'eau et plus"])
    assert float(one @ other) > 0.9999


def test_the_trained_state_has_the_names_of_the_whole_model(split: SplitEncoder, tiny_folder: Path) -> None:
    from safetensors.numpy import load_file

    whole = load_file(tiny_folder / "model.safetensors")
    state = split.trained_state()
    assert state
    for name, values in state.items():
        assert name.startswith("encoder.layer.1.")
        assert np.array_equal(values, whole[name])


def test_the_trained_state_is_a_copy(split: SplitEncoder) -> None:
    state = split.trained_state()
    with torch.no_grad():
        for parameter in split.upper.parameters():
            parameter.add_(1)
    assert any(not np.array_equal(values, state[name]) for name, values in split.trained_state().items())


def test_chunks_hold_every_position_once_and_stay_small() -> None:
    lengths = [int(length) for length in np.random.default_rng(0).integers(1, 500, 300)]
    parts = list(chunks(lengths))
    assert sorted(position for part in parts for position in part) == list(range(300))
    assert all(len(part) * max(lengths[position] for position in part) <= TOKENS_A_CHUNK for part in parts)


def test_a_text_longer_than_a_chunk_goes_alone() -> None:
    assert list(chunks([TOKENS_A_CHUNK + 1, 3])) == [[1], [0]]


def test_nothing_makes_no_chunk() -> None:
    assert list(chunks([])) == []
