"""Int8 arithmetic for the linear layers: how activations are rounded; `models.gptq` rounds the weights.

Most layers have one scale for their activations, measured on calibration texts, after SmoothQuant (Xiao et al. 2023,
"SmoothQuant: Accurate and Efficient Post-Training Quantization for Large Language Models"): a few channels are far
larger than the others; dividing each channel by s and multiplying the weight's column by s leaves the product as it
is and both sides easy to round. Here s = activations^0.8 / weights^0.2 (their largest absolute values).

What enters the second layer of a feed-forward part is small in most tokens and large in a few, so that no one scale
fits: it alone made three quarters of the error. There OpenVINO rounds the activations while it computes, with a scale
for each group of ``compiled_folder.PRECISION``.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import openvino as ov
from openvino import opset13 as op

from models.bert_graph import Linear, Node, build_graph
from models.gptq import LEVELS, round_weight
from models.weights import State

MIGRATION = 0.8
_AFTER_GELU = re.compile(r"layer\.\d+\.output\.dense")


@dataclass
class Inputs:
    """What was seen to enter a linear layer.

    Attributes:
        bounds: largest absolute value of each channel, shape (channels,).
        gram: sum of the products of channels over all tokens, shape (channels, channels).
    """

    bounds: npt.NDArray[np.float32]
    gram: npt.NDArray[np.float64]


def observe(state: State, heads: int, epsilon: float, embedded: Iterable[npt.NDArray[np.float32]]) -> dict[str, Inputs]:
    """Run the float32 graph on texts and note what enters each linear layer, by the name of its weight.

    Args:
        state: weights as ``bert_graph.with_joint_attention`` gives them.
        heads: attention heads.
        epsilon: the layer norms' epsilon.
        embedded: the summed embeddings of each text, shape (1, tokens, hidden).
    """
    seen: dict[str, Inputs] = {}
    results: list[Node] = []

    def linear(name: str, values: Node) -> Node:
        """A float32 product that also puts out what its input was like."""
        channels = state[name].shape[1]
        seen[name] = Inputs(np.zeros(channels, np.float32), np.zeros((channels, channels)))
        results.append(op.result(op.reduce_max(op.abs(values), op.constant(np.array([0, 1])))))
        results.append(op.result(op.matmul(values, values, True, False)))
        return op.matmul(values, op.constant(state[name]), False, True)

    model = build_graph(state, heads, epsilon, linear)
    model.add_results(results)
    compiled = ov.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    for text in embedded:
        outputs = compiled([text, np.ones(text.shape[:2], np.float32)])
        for position, inputs in enumerate(seen.values()):
            inputs.bounds = np.maximum(inputs.bounds, outputs[2 * position + 1].ravel())
            inputs.gram += outputs[2 * position + 2][0]
    return seen


def quantised(state: State, seen: dict[str, Inputs]) -> Linear:
    """Linear layers in int8: rounded activations times rounded weights."""

    def linear(name: str, values: Node) -> Node:
        """A product with an int8 weight, rounded by what its inputs were like."""
        if _AFTER_GELU.search(name):
            return op.matmul(values, _weight(state[name], seen[name].gram), False, True)
        bounds = seen[name].bounds
        smoothing = _smoothing(state[name], bounds)
        limit = float((bounds / smoothing).max())
        rounded = _round(op.multiply(values, op.constant((1 / smoothing)[None, None])), limit)
        weight = _weight(state[name] * smoothing, seen[name].gram / np.outer(smoothing, smoothing))
        return op.matmul(rounded, weight, False, True)

    return linear


def _smoothing(weight: npt.NDArray[np.float32], bounds: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    weights = np.abs(weight).max(axis=0)
    factors = np.maximum(bounds, 1e-3) ** MIGRATION / np.maximum(weights, 1e-5) ** (1 - MIGRATION)
    return np.asarray(factors, np.float32)


def _round(values: Node, limit: float) -> Node:
    low, high = (op.constant(np.full((1, 1, 1), end, np.float32)) for end in (-limit * 128 / LEVELS, limit))
    return op.fake_quantize(values, low, high, low, high, 256)


def _weight(values: npt.NDArray[np.float32], gram: npt.NDArray[np.float64]) -> Node:
    integers, scales = round_weight(values, gram)
    return op.multiply(op.convert(op.constant(integers), "f32"), op.constant(scales))
