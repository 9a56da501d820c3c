"""The graph against BERT written out in numpy."""

import numpy as np
import openvino as ov
import pytest
import torch
from scipy.special import erf, softmax

from models.bert_graph import build_graph, layer_count, plain, with_joint_attention
from models.int8 import observe, quantised
from models.weights import State, Weights
from tests.models.conftest import HEADS, HIDDEN, LAYERS

EPSILON = 1e-12


def norm(state: State, name: str, x: np.ndarray) -> np.ndarray:
    centred = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + EPSILON)
    return centred * state[f"{name}.weight"] + state[f"{name}.bias"]


def dense(state: State, name: str, x: np.ndarray) -> np.ndarray:
    return x @ state[f"{name}.weight"].T + state[f"{name}.bias"]


def reference(state: State, embedded: np.ndarray) -> np.ndarray:
    """BERT as Devlin et al. 2018 have it, one text, mean over the tokens."""
    x = norm(state, "embeddings.LayerNorm", embedded.astype(np.float64))
    for number in range(LAYERS):
        layer = f"encoder.layer.{number}"
        query, key, value = (
            dense(state, f"{layer}.attention.self.{part}", x).reshape(len(x), HEADS, -1).swapaxes(0, 1)
            for part in ("query", "key", "value")
        )
        weights = softmax(query @ key.swapaxes(1, 2) / np.sqrt(HIDDEN // HEADS), axis=-1)
        attended = dense(state, f"{layer}.attention.output.dense", (weights @ value).swapaxes(0, 1).reshape(len(x), -1))
        x = norm(state, f"{layer}.attention.output.LayerNorm", attended + x)
        inner = dense(state, f"{layer}.intermediate.dense", x)
        inner = inner * (1 + erf(inner / np.sqrt(2))) / 2
        x = norm(state, f"{layer}.output.LayerNorm", dense(state, f"{layer}.output.dense", inner) + x)
    return x.mean(axis=0)


def compiled(model: ov.Model) -> ov.CompiledModel:
    return ov.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})


def embedded_texts(many: int) -> list[np.ndarray]:
    random = np.random.default_rng(5)
    scale = np.where(np.arange(HIDDEN) % 11 == 0, 8, 0.5)  # a few channels stick out, as in real models
    return [(random.normal(size=(1, 3 + n, HIDDEN)) * scale).astype(np.float32) for n in range(many)]


def run(network: ov.CompiledModel, text: np.ndarray) -> np.ndarray:
    return network([text, np.ones(text.shape[:2], np.float32)])[0]


def cosine(one: np.ndarray, other: np.ndarray) -> float:
    return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))


@pytest.fixture
def joint(tiny: Weights) -> State:
    return with_joint_attention(tiny.state)


def test_layers_are_counted(tiny: Weights) -> None:
    assert layer_count(tiny.state) == LAYERS


def test_float32_is_bert(tiny: Weights, joint: State) -> None:
    network = compiled(build_graph(joint, HEADS, EPSILON, plain(joint)))
    for text in embedded_texts(8):
        np.testing.assert_allclose(run(network, text)[0], reference(tiny.state, text[0]), atol=2e-5)


def test_what_enters_a_layer_is_noted(tiny: Weights, joint: State) -> None:
    texts = embedded_texts(5)
    seen = observe(joint, HEADS, EPSILON, texts)
    assert len(seen) == 4 * LAYERS
    first = np.concatenate([norm(tiny.state, "embeddings.LayerNorm", text[0]) for text in texts])
    inputs = seen["encoder.layer.0.attention.self.weight"]
    np.testing.assert_allclose(inputs.bounds, np.abs(first).max(axis=0), rtol=1e-5)
    np.testing.assert_allclose(inputs.gram, first.T @ first, atol=1e-3)


def test_int8_is_near_float32(tiny: Weights, joint: State) -> None:
    able = torch.cpu.get_capabilities()
    exact_sums = any(able.get(name) for name in ("avx512_vnni", "avx_vnni", "amx_int8"))
    least = 0.99 if exact_sums else 0.98  # other processors round more, and the default is in float32 there
    seen = observe(joint, HEADS, EPSILON, embedded_texts(12))
    network = compiled(build_graph(joint, HEADS, EPSILON, quantised(joint, seen)))
    for text in embedded_texts(6):
        vector = run(network, text)[0]
        assert cosine(vector, reference(tiny.state, text[0])) > least
        assert not np.array_equal(vector, reference(tiny.state, text[0]))


def test_the_weights_in_the_int8_graph_are_int8(joint: State) -> None:
    seen = observe(joint, HEADS, EPSILON, embedded_texts(3))
    graph = build_graph(joint, HEADS, EPSILON, quantised(joint, seen))
    kinds = [
        node.get_element_type().get_type_name()
        for node in graph.get_ordered_ops()
        if node.get_type_name() == "Constant"
    ]
    assert kinds.count("i8") == 4 * LAYERS


@pytest.mark.parametrize("tokens", [1, 2, 30])
def test_any_length(joint: State, tokens: int) -> None:
    network = compiled(build_graph(joint, HEADS, EPSILON, plain(joint)))
    assert run(network, np.ones((1, tokens, HIDDEN), np.float32)).shape == (1, HIDDEN)


def test_padding_changes_nothing(joint: State) -> None:
    network = compiled(build_graph(joint, HEADS, EPSILON, plain(joint)))
    for text in embedded_texts(4):
        length = text.shape[1]
        padded = np.pad(text, ((0, 0), (0, 7), (0, 0)), constant_values=5)
        mask = (np.arange(length + 7) < length).astype(np.float32)[None]
        np.testing.assert_allclose(network([padded, mask])[0], run(network, text), atol=1e-5)
