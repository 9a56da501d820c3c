"""BERT layers written out for training on a processor, in bfloat16 where it has instructions for it.

Query, key and value are one product, and attention is plain products: torch's fused attention is quick forward but
took half of a step backward. About three times faster than the library's layer in float32 where there is AMX.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor, dtype


def quick_precision() -> "dtype":
    """What this processor multiplies quickest: bfloat16, or float32 where bfloat16 is only emulated."""
    import torch

    able = torch.cpu.get_capabilities()
    return torch.bfloat16 if able.get("amx_bf16") or able.get("avx512_bf16") else torch.float32


class CastLayers:
    """Layers of a transformers ``BertModel`` with weights cast once; gradients reach the float32 originals."""

    def __init__(
        self, layers: Iterable[Any], heads: int, epsilon: float, precision: "dtype", dropout: float = 0.0
    ) -> None:
        """Cast the weights as they are now.

        Args:
            layers: ``BertLayer`` modules.
            heads: attention heads.
            epsilon: the layer norms' epsilon.
            precision: of weights and values.
            dropout: of what attention and feed-forward add.
        """
        self._heads = heads
        self._epsilon = epsilon
        self._precision = precision
        self._dropout = dropout
        self._layers = [_cast(layer, heads, precision) for layer in layers]

    def __call__(self, hidden: "Tensor", ignored: "Tensor") -> "Tensor":
        """Run ``hidden`` (n, tokens, d) through all layers; ``ignored`` (n, 1, 1, tokens) is added to the scores."""
        hidden, ignored = hidden.to(self._precision), ignored.to(self._precision)
        for weights in self._layers:
            hidden = self._layer(weights, hidden, ignored)
        return hidden

    def _layer(self, weights: "dict[str, Tensor]", hidden: "Tensor", ignored: "Tensor") -> "Tensor":
        from torch.nn.functional import gelu

        attended = self._attend(weights, hidden, ignored)
        hidden = self._add_and_norm(weights, "attended", attended, hidden)
        inner = gelu(_linear(weights, "inner", hidden))
        return self._add_and_norm(weights, "outer", inner, hidden)

    def _attend(self, weights: "dict[str, Tensor]", hidden: "Tensor", ignored: "Tensor") -> "Tensor":
        import torch

        texts, tokens, size = hidden.shape
        parts = _linear(weights, "qkv", hidden).view(texts, tokens, 3, self._heads, size // self._heads)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        share = torch.softmax(query @ key.transpose(-1, -2) + ignored, -1)
        mixed: Tensor = (share @ value).transpose(1, 2).reshape(texts, tokens, size)
        return mixed

    def _add_and_norm(self, weights: "dict[str, Tensor]", name: str, values: "Tensor", hidden: "Tensor") -> "Tensor":
        import torch
        from torch.nn.functional import layer_norm

        added = _linear(weights, name, values)
        if self._dropout and torch.is_grad_enabled():
            added = dropout(added, self._dropout)
        norm = weights[f"{name}.norm.weight"], weights[f"{name}.norm.bias"]
        return layer_norm(added + hidden, hidden.shape[-1:], *norm, self._epsilon)


def dropout(values: "Tensor", rate: float) -> "Tensor":
    """Zero a part of the values, ``rate`` to the nearest 256th, and scale up the others (in bfloat16 to within 0.4 %).

    A random byte decides each, out of torch's generator: torch's own dropout draws from a distribution, four times as
    slow, and was a sixth of a step.
    """
    import torch

    lost = round(256 * rate)
    words = torch.empty(-(-values.numel() // 8), dtype=torch.int64).random_(-(2**63), None)
    kept = words.view(torch.uint8)[: values.numel()].view(values.shape) >= lost
    return values * (kept.to(values.dtype) * (256 / (256 - lost)))


def _cast(layer: Any, heads: int, precision: "dtype") -> "dict[str, Tensor]":
    import torch

    attention = layer.attention.self
    scale = (attention.query.weight.shape[0] // heads) ** -0.5  # of the scores, taken into the query's weights
    weights = {
        f"qkv.{kind}": torch.cat([scale * values[0], *values[1:]])
        for kind in ("weight", "bias")
        for values in [[getattr(part, kind) for part in (attention.query, attention.key, attention.value)]]
    }
    named = {"attended": layer.attention.output, "outer": layer.output}
    for name, block in named.items():
        weights |= {f"{name}.weight": block.dense.weight, f"{name}.bias": block.dense.bias}
        weights |= {f"{name}.norm.weight": block.LayerNorm.weight, f"{name}.norm.bias": block.LayerNorm.bias}
    inner = layer.intermediate.dense
    weights |= {"inner.weight": inner.weight, "inner.bias": inner.bias}
    return {name: values.to(precision) for name, values in weights.items()}


def _linear(weights: "dict[str, Tensor]", name: str, values: "Tensor") -> "Tensor":
    from torch.nn.functional import linear

    return linear(values, weights[f"{name}.weight"], weights[f"{name}.bias"])
