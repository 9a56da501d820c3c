"""An encoder cut in two: frozen lower layers, whose output is computed once, and upper layers to train.

What enters the upper layers never changes while they are trained, so it is kept (float16), and a step of
training costs the upper layers alone.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from models.bert_layer import CastLayers, quick_precision
from models.weights import State

if TYPE_CHECKING:
    from torch import Tensor

TOKENS_A_CHUNK = 4_096
"""Tokens, padding included, that go through the layers at a time."""


class SplitEncoder:
    """A BERT encoder with mean pooling and unit length; vectors of remembered texts come with gradients.

    Texts are given with their prompt. ``upper`` holds the trainable layers.
    """

    def __init__(self, folder: Path, trained_layers: int, max_tokens: int, dropout: float = 0.0) -> None:
        """Load the model of a sentence-transformers folder.

        Args:
            folder: the model: one BERT, mean pooling, unit length.
            trained_layers: how many of the last layers are trained.
            max_tokens: texts are cut to so many tokens.
            dropout: in the trained layers, where gradients are enabled.
        """
        from transformers import AutoTokenizer, BertModel

        self._tokenizer = AutoTokenizer.from_pretrained(str(folder))
        model = BertModel.from_pretrained(str(folder), add_pooling_layer=False).eval().requires_grad_(False)
        self._first = len(model.encoder.layer) - trained_layers
        self.upper = model.encoder.layer[self._first :].requires_grad_(True)
        model.encoder.layer = model.encoder.layer[: self._first]
        self._lower = model
        self._max_tokens = max_tokens
        self._precision = quick_precision()
        self._shape = (model.config.num_attention_heads, model.config.layer_norm_eps)
        self._dropout = dropout
        self._states: dict[str, npt.NDArray[np.float16]] = {}
        self._untrained = {name: values.clone() for name, values in self.upper.state_dict().items()}

    def restart(self) -> None:
        """Give the upper layers the weights that they had at first; what is remembered stays, for another training."""
        self.upper.load_state_dict(self._untrained)

    def remember(self, texts: Sequence[str]) -> None:
        """Compute and keep what enters the upper layers, for the texts that are not known yet."""
        import torch

        half = self._precision == torch.bfloat16
        new = [text for text in dict.fromkeys(texts) if text not in self._states]
        for start in range(0, len(new), 4_096):
            part = new[start : start + 4_096]
            ids = self._tokenizer(part, truncation=True, max_length=self._max_tokens)["input_ids"]
            for chunk in chunks([len(each) for each in ids]):
                padded = self._tokenizer.pad({"input_ids": [ids[i] for i in chunk]}, return_tensors="pt")
                with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, half):
                    states = self._lower(**padded).last_hidden_state.to(torch.float16).numpy()
                for row, i in enumerate(chunk):
                    self._states[part[i]] = states[row, : len(ids[i])].copy()

    def vectors(self, texts: Sequence[str]) -> "Tensor":
        """Unit vectors (n, dimension) of remembered texts, with gradients where they are enabled."""
        import torch

        states = [self._states[text] for text in texts]
        parts, order = [], []
        layers = CastLayers(self.upper, *self._shape, self._precision, self._dropout)
        for chunk in chunks([len(each) for each in states]):
            parts.append(self._chunk([states[i] for i in chunk], layers))
            order.extend(chunk)
        return torch.cat(parts)[torch.from_numpy(np.argsort(order))]

    def trained_state(self) -> State:
        """The upper layers under the names that a whole ``BertModel`` gives them."""
        return {
            f"encoder.layer.{self._first + int(name.split('.')[0])}.{name.split('.', 1)[1]}": values.detach()
            .numpy()
            .copy()
            for name, values in self.upper.state_dict().items()
        }

    def _chunk(self, states: list[npt.NDArray[np.float16]], layers: CastLayers) -> "Tensor":
        import torch

        longest = max(len(each) for each in states)
        hidden: Any = np.zeros((len(states), longest, states[0].shape[1]), np.float32)
        real = np.zeros((len(states), longest), np.float32)
        for row, each in enumerate(states):
            hidden[row, : len(each)], real[row, : len(each)] = each, 1
        hidden, mask = torch.from_numpy(hidden), torch.from_numpy(real)
        ignored = (1 - mask)[:, None, None, :] * -1e9
        pooled = (layers(hidden, ignored).float() * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        return torch.nn.functional.normalize(pooled, dim=1)


def chunks(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Positions in groups of like length, each of at most ``TOKENS_A_CHUNK`` tokens with its padding."""
    chunk: list[int] = []
    for position in np.argsort(lengths, kind="stable").tolist():
        if chunk and (len(chunk) + 1) * lengths[position] > TOKENS_A_CHUNK:
            yield chunk
            chunk = []
        chunk.append(position)
    if chunk:
        yield chunk
