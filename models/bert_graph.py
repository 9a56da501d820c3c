"""BERT as an OpenVINO graph, made straight from its weights: neither torch nor an exporter is needed.

The graph takes one text, begins after the embeddings (their sum is the input) and ends with the mean over the tokens.
One text at a time keeps its activations in the processor's cache (measured: faster than any batch) and makes a vector
independent of its neighbours by construction. The text may be padded, for OpenVINO prepares anew for each length it
has not seen: a mask says which tokens count. Query, key and value are one product
(``with_joint_attention``): a narrow matrix leaves the processor waiting.
How a linear layer computes is the caller's choice: plain, observed or in int8.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import openvino as ov
from openvino import opset13 as op

from models.weights import State

Node: TypeAlias = Any
"""A node of an OpenVINO graph, which has no type that a checker knows."""

Linear: TypeAlias = Callable[[str, Node], Node]
"""Multiplies a node by the weight of that name (transposed, as torch keeps it); the bias is added here."""


def build_graph(state: State, heads: int, epsilon: float, linear: Linear) -> ov.Model:
    """Build the graph.

    Args:
        state: weights as ``with_joint_attention`` gives them.
        heads: attention heads.
        epsilon: the layer norms' epsilon.
        linear: how the product of a linear layer is computed.

    Returns:
        A model with two inputs, the summed embeddings of a text (1, tokens, hidden) and its mask (1, tokens), 1 for
        a token and 0 for padding, float32, and one output, the mean over its tokens (1, hidden).
    """
    builder = _Builder(state, heads, epsilon, linear)
    embedded = op.parameter([1, -1, builder.hidden], np.float32, name="embedded")
    mask = op.parameter([1, -1], np.float32, name="mask")
    values = builder.norm("embeddings.LayerNorm", embedded)
    hidden_from = op.unsqueeze(op.multiply(op.subtract(mask, _float(1)), _float(_FAR)), _integers(1, 2))
    for layer in range(layer_count(state)):
        values = builder.layer(f"encoder.layer.{layer}", values, hidden_from)
    total = op.squeeze(op.matmul(op.unsqueeze(mask, _integers(1)), values, False, False), _integers(1))
    mean = op.divide(total, op.reduce_sum(mask, _integers(1), True))
    return ov.Model([op.result(mean)], [embedded, mask], "bert")


def with_joint_attention(state: State) -> State:
    """The weights of a transformers ``BertModel``, with those of query, key and value as one ``attention.self``."""
    joint = {name: value for name, value in state.items() if ".attention.self." not in name}
    for layer in range(layer_count(state)):
        name = f"encoder.layer.{layer}.attention.self"
        for kind in ("weight", "bias"):
            parts = [state[f"{name}.{part}.{kind}"] for part in ("query", "key", "value")]
            joint[f"{name}.{kind}"] = np.concatenate(parts)
    return joint


def layer_count(state: State) -> int:
    """Layers that the state holds."""
    return 1 + max(int(name.split(".")[2]) for name in state if name.startswith("encoder.layer."))


def plain(state: State) -> Linear:
    """Linear layers in float32."""

    def linear(name: str, values: Node) -> Node:
        """A product with a float32 weight."""
        return op.matmul(values, op.constant(state[name]), False, True)

    return linear


_FAR = 1e4
"""What is added to the attention to padding, negated: its softmax is zero."""


class _Builder:
    def __init__(self, state: State, heads: int, epsilon: float, linear: Linear) -> None:
        self.state = state
        self.heads = heads
        self.epsilon = epsilon
        self.linear = linear
        self.hidden = len(state["embeddings.LayerNorm.weight"])

    def norm(self, name: str, values: Node) -> Node:
        """Layer norm."""
        centred = op.mvn(values, _integers(-1), True, self.epsilon, "inside_sqrt")
        scaled = op.multiply(centred, op.constant(self.state[f"{name}.weight"]))
        return op.add(scaled, op.constant(self.state[f"{name}.bias"]))

    def dense(self, name: str, values: Node) -> Node:
        """A linear layer with its bias."""
        return op.add(self.linear(f"{name}.weight", values), op.constant(self.state[f"{name}.bias"]))

    def layer(self, name: str, values: Node, hidden_from: Node) -> Node:
        """One layer: attention and feed-forward, each added and normed."""
        mixed = self.attention(f"{name}.attention.self", values, hidden_from)
        attended = self.dense(f"{name}.attention.output.dense", mixed)
        values = self.norm(f"{name}.attention.output.LayerNorm", op.add(attended, values))
        inner = op.gelu(self.dense(f"{name}.intermediate.dense", values), "erf")
        return self.norm(f"{name}.output.LayerNorm", op.add(self.dense(f"{name}.output.dense", inner), values))

    def attention(self, name: str, values: Node, hidden_from: Node) -> Node:
        """Self-attention of all heads."""
        size = self.hidden // self.heads
        joint = op.reshape(self.dense(name, values), _integers(0, 0, 3 * self.heads, size), True)
        parts = op.split(op.transpose(joint, _integers(0, 2, 1, 3)), op.constant(np.int64(1)), 3)
        mixed = op.scaled_dot_product_attention(*parts.outputs(), hidden_from)  # scaled by size**-0.5, as BERT does
        return op.reshape(op.transpose(mixed, _integers(0, 2, 1, 3)), _integers(0, 0, self.hidden), True)


def _integers(*values: int) -> Node:
    return op.constant(np.array(values, np.int64))


def _float(value: float) -> Node:
    return op.constant(np.array(value, np.float32))
