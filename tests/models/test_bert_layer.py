from pathlib import Path

import pytest
import torch

from models.bert_layer import CastLayers, dropout, quick_precision


@pytest.fixture
def bert(tiny_folder: Path) -> torch.nn.Module:
    from transformers import BertModel

    return BertModel.from_pretrained(str(tiny_folder), add_pooling_layer=False).eval()


def inputs(hidden: int) -> tuple[torch.Tensor, torch.Tensor]:
    torch.manual_seed(3)
    ignored = torch.zeros(2, 1, 1, 7)
    ignored[1, ..., 4:] = -1e9
    return torch.randn(2, 7, hidden), ignored


@pytest.mark.parametrize("precision", [torch.bfloat16, torch.float32])
def test_it_computes_what_the_library_does(bert: torch.nn.Module, precision: torch.dtype) -> None:
    hidden, ignored = inputs(bert.config.hidden_size)
    expected = hidden
    layers = CastLayers(bert.encoder.layer, bert.config.num_attention_heads, bert.config.layer_norm_eps, precision)
    with torch.no_grad():
        for layer in bert.encoder.layer:
            expected = layer(expected, ignored)
            expected = expected[0] if isinstance(expected, tuple) else expected
        found = layers(hidden, ignored).float()
    for text, tokens in ((0, 7), (1, 4)):
        cosine = torch.nn.functional.cosine_similarity(found[text, :tokens], expected[text, :tokens], dim=-1)
        assert float(cosine.min()) > (0.999 if precision == torch.bfloat16 else 0.99999)


def test_gradients_reach_the_original_weights(bert: torch.nn.Module) -> None:
    hidden, ignored = inputs(bert.config.hidden_size)
    CastLayers(bert.encoder.layer, 4, 1e-12, torch.bfloat16)(hidden, ignored).float().square().sum().backward()
    assert all(parameter.grad is not None for parameter in bert.encoder.layer.parameters())


def test_dropout_counts_only_where_gradients_are_enabled(bert: torch.nn.Module) -> None:
    hidden, ignored = inputs(bert.config.hidden_size)
    layers = CastLayers(bert.encoder.layer, 4, 1e-12, torch.bfloat16, dropout=0.5)
    with torch.no_grad():
        assert torch.equal(layers(hidden, ignored), layers(hidden, ignored))
    assert not torch.equal(layers(hidden, ignored), layers(hidden, ignored))


@pytest.mark.parametrize("rate", [0.1, 0.5])
def test_dropout_zeroes_its_share_and_keeps_the_mean(rate: float) -> None:
    torch.manual_seed(0)
    values = dropout(torch.ones(301, 1_001), rate)
    assert float((values == 0).float().mean()) == pytest.approx(rate, abs=0.005)
    assert float(values.mean()) == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize(
    ("able", "expected"),
    [
        ({"avx2": True}, torch.float32),
        ({"avx512_bf16": True, "amx_bf16": False}, torch.bfloat16),
        ({"avx512_bf16": False, "amx_bf16": True}, torch.bfloat16),
    ],
)
def test_bfloat16_is_for_processors_that_multiply_it(
    able: dict[str, bool], expected: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: able)
    assert quick_precision() is expected
