from pathlib import Path

import pytest

from benchmarks.bundled import ACROSS, SETS, SetName, judged, models, read_set, unseen
from benchmarks.train import FOLDS_TRAINED, parts_of
from benchmarks.training_sets import Texts, held_out, identity_of, training_sets
from matcher.folding import fold as fold_words
from models.trained_parts import write_parts
from models.weights import read_weights


@pytest.mark.parametrize("fold", FOLDS_TRAINED)
def test_no_text_of_a_judged_query_nor_of_its_answers_is_trained_on(fold: int) -> None:
    pairs = [pair for each in training_sets(fold) for pair in each.pairs]
    asked = {fold_words(query) for pair in pairs for query in pair.queries}
    answers = {fold_words(pair.document) for pair in pairs}
    for each in SETS:
        content = read_set(each.name) if each.ranks else unseen(read_set(each.name), fold)
        chosen = judged(content, fold)
        texts = {document.id: f"{document.title} {document.text}" for document in content.documents}
        assert 15 < len(chosen) < len(content.queries)
        assert {fold_words(content.queries[query]) for query in chosen}.isdisjoint(asked | answers)
        known = {one for query in chosen for one, grade in content.grades[query].items() if grade > 0 and one in texts}
        assert {fold_words(texts[one]) for one in known}.isdisjoint(answers)


@pytest.mark.parametrize("name", ACROSS)
def test_a_set_across_languages_asks_the_queries_of_another_of_the_other_corpus(name: SetName) -> None:
    content = read_set(name)
    asked = read_set(name.removesuffix("_across"))  # type: ignore[arg-type]
    texts = {document.id for document in content.documents}
    assert content.queries.items() <= asked.queries.items()
    assert all(texts.issuperset(content.grades[one]) for one in content.queries)
    assert texts.isdisjoint(document.id for document in asked.documents)
    assert {grade for known in content.grades.values() for grade in known.values()} == {0.0, 1.0, 2.0}


def test_what_a_training_saw_as_an_answer_is_judged_neither_good_nor_bad() -> None:
    content = read_set("french_topics_across")
    left = unseen(content, 0)
    answers = {fold_words(pair.document) for each in training_sets(0) for pair in each.pairs}
    texts = {document.id: fold_words(f"{document.title} {document.text}") for document in content.documents}
    kept = {one for known in left.grades.values() for one in known}
    assert kept
    assert {texts[one] for one in kept}.isdisjoint(answers)
    assert all(held_out(identity_of(one), 0) for one in kept)
    every = [grade for known in content.grades.values() for grade in known.values()]
    some = [grade for known in left.grades.values() for grade in known.values()]
    assert abs(sum(some) / len(some) - sum(every) / len(every)) < 0.05  # what is left is as good as what is gone
    assert unseen(content, None) is content


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


def test_trainings_that_are_no_part_of_the_default_do_not_answer_for_it(tmp_path: Path) -> None:
    write_parts(read_weights().state, {}, parts_of(tmp_path, FOLDS_TRAINED[0]), {"run": "another"})
    write_parts(read_weights().state, {}, parts_of(tmp_path, FOLDS_TRAINED[1]), {"run": "another"})
    with pytest.raises(SystemExit, match="is no part of"):
        models("default", tmp_path)


@pytest.mark.parametrize(("model", "folds"), [("default", None), ("e5-small", Path("trainings"))])
def test_the_default_needs_its_trainings_and_no_other_model_takes_them(model: str, folds: Path | None) -> None:
    with pytest.raises(SystemExit, match="--folds is for default alone"):
        models(model, folds)
