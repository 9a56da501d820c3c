"""The real default weights on the bundled labelled sets."""

import gzip
import json

import pytest

from corpora import open_data
from corpora.records import Solution
from matcher.calibration import load_calibration
from matcher.evaluation import cached_encoder, evaluate
from matcher.index import Index
from matcher.queries import make_queries
from matcher.scoring import Ranker

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


def test_a_thousand_unrelated_records_move_no_fit() -> None:
    encoder = cached_encoder("default")
    with gzip.open(open_data.training("pairs"), "rt", encoding="utf-8") as lines:
        terms = [row for row in map(json.loads, lines) if row["source"] in {"franceterme", "uk_challenge"}][:1_000]
    unrelated = [
        Solution(id=f"autre-{number}", name=row["a"], text=row["b"], language=row["lang_b"])
        for number, row in enumerate(terms)
    ]
    challenges = open_data.challenges()[:20]
    queries = make_queries(encoder, [(f"{each.title}\n{each.text}", "fr") for each in challenges])
    known = open_data.solutions()
    alone, among = (Ranker.of(Index.in_memory(each, encoder)) for each in (known, [*known, *unrelated]))
    for query in queries:
        before = alone.rank(query, 20)
        fits = {alone.index.ids[row]: fit for row, fit in zip(before.rows, before.fit, strict=True)}
        after = among.rank(query, among.index.size)
        moved = {among.index.ids[row]: fit for row, fit in zip(after.rows, after.fit, strict=True)}
        assert max(abs(moved[one] - fit) for one, fit in fits.items()) <= 0.02
