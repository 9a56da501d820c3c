import numpy as np
import pytest

from benchmarks.bundled import SETS
from benchmarks.languages import figures, in_both, in_other, rankings
from benchmarks.training_sets import graded_across
from matcher.evaluation import Workbench
from matcher.evaluation_set import Document, EvaluationSet
from tests.encoders import HashingEncoder

FRENCH = Document("fr", "", "Des capteurs posés sur les conduites écoutent le réseau d'eau et localisent les fuites.")
OTHER = Document("autre", "", "Une plateforme de covoiturage pour les trajets entre le village et la ville voisine.")
ENGLISH = Document("en", "", "Sensors on the pipes listen to the water network and find the place of each leak.")
ASKED = {"q": "Comment localiser les fuites de notre réseau d'eau ?"}


def bench(*documents: Document) -> Workbench:
    labelled = EvaluationSet("set", documents, ASKED, {"q": {"fr": 1.0}})
    return Workbench.prepare(labelled, HashingEncoder(dimension=256))


def test_each_ranking_holds_every_document_and_the_answer_leads() -> None:
    for run in rankings(bench(FRENCH, OTHER, ENGLISH)).values():
        assert sorted(run["q"]) == ["autre", "en", "fr"]
        assert run["q"][0] == "fr"


def test_a_line_compares_the_two_corpora_and_counts_the_other_language() -> None:
    found = figures(bench(FRENCH, OTHER), bench(FRENCH, OTHER, ENGLISH), "fr")
    assert all(np.allclose(values, [[1.0, 1.0, 0.1]]) for values in found.values())


def test_in_both_corpora_what_was_found_useful_in_either_language_counts() -> None:
    topics = next(each for each in SETS if each.name == "french_topics")
    asked = next(iter(graded_across("topic")))
    across = graded_across("topic")[asked]
    content = EvaluationSet("set", (ENGLISH,), {asked: "?"}, {asked: {"en": 1.0}})
    both = in_both(topics, content, (ENGLISH, FRENCH))
    assert both.grades == {asked: {"en": 2.0} | across}
    assert both.documents == (ENGLISH, FRENCH)


@pytest.mark.parametrize(("language", "share"), [("fr", 0.1), ("en", 0.2)])
def test_documents_in_another_language_than_the_answers_are_counted(language: str, share: float) -> None:
    mixed = bench(FRENCH, OTHER, ENGLISH)
    assert in_other(mixed, {"q": ["fr", "autre", "en"]}, language) == [share]  # type: ignore[arg-type]
