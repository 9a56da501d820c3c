"""The real default weights on the bundled labelled sets."""

import pytest

from corpora import open_data
from matcher.calibration import load_calibration
from matcher.evaluation import cached_encoder, evaluate

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("name", "least"),
    [("ademe", 0.60), ("inov_company", 0.84), ("sdg_fr2en", 0.95)],
)
def test_the_untrained_weights_reach_what_a_simple_mix_reaches(name: open_data.LabelledSet, least: float) -> None:
    report = evaluate(open_data.labelled(name), model="e5-small")
    assert report.model == "e5-small"
    assert report.left_out == 0
    assert report.ndcg.value >= least


def test_the_mix_is_better_than_either_signal_alone() -> None:
    folder = open_data.labelled("inov_company")
    hybrid, dense, lexical = (
        evaluate(folder, mode, "e5-small").ndcg.value for mode in ("hybrid", "dense", "lexical")
    )  # fmt: skip
    assert hybrid > max(dense, lexical) + 0.02


def test_the_default_model_is_calibrated_and_reaches_more_than_the_untrained() -> None:
    assert load_calibration(cached_encoder("default").fingerprint) is not None
    folder = open_data.labelled("ademe")
    assert evaluate(folder, model="default").ndcg.value > evaluate(folder, model="e5-small").ndcg.value
