from pathlib import Path

import pytest

from benchmarks.bundled import SETS, judged, models, read_set
from benchmarks.train import FOLDS_TRAINED
from benchmarks.training_sets import Texts, training_sets
from matcher.folding import fold as fold_words


@pytest.mark.parametrize("fold", FOLDS_TRAINED)
def test_no_text_of_a_judged_query_nor_of_its_answers_is_trained_on(fold: int) -> None:
    pairs = [pair for each in training_sets(fold) for pair in each.pairs]
    asked = {fold_words(query) for pair in pairs for query in pair.queries}
    answers = {fold_words(pair.document) for pair in pairs}
    for each in SETS:
        content = read_set(each.name)
        chosen = judged(content, fold)
        texts = {document.id: f"{document.title} {document.text}" for document in content.documents}
        assert 15 < len(chosen) < len(content.queries)
        assert {fold_words(content.queries[query]) for query in chosen}.isdisjoint(asked | answers)
        known = {one for query in chosen for one, grade in content.grades[query].items() if grade > 0 and one in texts}
        assert {fold_words(texts[one]) for one in known}.isdisjoint(answers)


def test_what_stands_under_two_names_is_not_judged_by_the_one_held_out() -> None:
    assert "te_6.2.2alter.1" in read_set("ademe").queries  # the text of te_6.2.2alter, which is of another fold
    assert "te_6.2.2alter.1" not in judged(read_set("ademe"), 0)


def test_a_model_without_folds_is_judged_by_all() -> None:
    content = read_set("cordis_fr2en")
    assert judged(content, None) == set(content.queries)


def test_texts_are_told_by_their_words() -> None:
    texts = Texts(["Réduire les fuites. Et vite !", "Autre chose"])
    assert texts.holds("reduire les fuites et vite")
    assert not texts.holds("réduire les fuites")
    assert texts.begins_with("Réduire les fuites")
    assert not texts.begins_with("les fuites")
    assert not texts.begins_with("zèbre")


@pytest.mark.parametrize(("model", "folds"), [("default", None), ("e5-small", Path("trainings"))])
def test_the_default_needs_its_trainings_and_no_other_model_takes_them(model: str, folds: Path | None) -> None:
    with pytest.raises(SystemExit, match="--folds is for default alone"):
        models(model, folds)
