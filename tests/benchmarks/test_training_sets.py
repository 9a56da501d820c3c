import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.train import FOLDS_TRAINED
from benchmarks.training_sets import (
    FOLDS,
    WEAK_PAIRS,
    _rows,
    french_topics,
    halves,
    held_document,
    held_out,
    held_query,
    identity_of,
    labelled,
    needs,
    training_sets,
    weak_pairs,
)
from corpora import open_data
from corpora.open_data import LABELLED_SETS

ANSWERS_MADE_UP = {"pitches", "topic_projects", "programmes"}
MADE_UP = ANSWERS_MADE_UP | {"laureate_challenges"}


@pytest.mark.parametrize(
    ("document", "identity"),
    [
        ("inov481", "inov-0481"),
        ("c481", "inov-0481"),
        ("inov-0481", "inov-0481"),
        ("ilab-0012", "ilab-0012"),
        ("101157697", next(iter(labelled("cordis").grades))),
        ("cae_1.1.2.2.3", "cae_1.1.2.2.3"),
        ("inov", "inov"),
    ],
)
def test_a_laureate_has_one_identity_in_all_sets(document: str, identity: str) -> None:
    assert identity_of(document) == identity


@given(st.text(max_size=20))
def test_a_text_is_held_out_in_exactly_one_fold(identity: str) -> None:
    assert sum(held_out(identity, fold) for fold in range(FOLDS)) == 1
    assert not held_out(identity, None)


def test_every_set_has_pairs() -> None:
    assert all(each.pairs and each.share > 0 for each in training_sets())


def test_a_fold_trains_on_less() -> None:
    whole = {each.name: len(each.pairs) for each in training_sets()}
    part = {each.name: len(each.pairs) for each in training_sets(1)}
    assert set(whole) == set(part)
    assert all(part[name] < whole[name] for name in set(part) - ANSWERS_MADE_UP)


def test_what_was_made_up_and_halves_are_left_out_on_request() -> None:
    sets = {each.name: each for each in training_sets(made_up=False)}
    more = {each.name: each for each in training_sets()}
    assert set(more) - set(sets) == MADE_UP
    asked = {query for pair in sets["local_fr"].pairs for query in pair.queries}
    assert asked < {query for pair in more["local_fr"].pairs for query in pair.queries}
    assert all(len(pair.queries) == 1 for pair in sets["graded_aids"].pairs)


def test_an_answer_made_up_is_in_no_judged_set() -> None:
    sets = {each.name: each for each in training_sets(0)}
    topics = {row["id"] for row in _rows(open_data.training("projects"))}
    assert topics.isdisjoint(labelled("cordis").queries)
    assert topics.isdisjoint(french_topics())
    for name in LABELLED_SETS:
        data = labelled(name)
        judged = {text.lower() for text in (*data.queries.values(), *data.documents.values())}
        for pair in (pair for each in ANSWERS_MADE_UP for pair in sets[each].pairs):
            assert judged.isdisjoint({text.lower() for text in (*pair.queries, pair.document, *pair.rejected)})


@given(st.lists(st.sampled_from(["Un défi.", "Il pleut trop.", "Que faire ?"]), max_size=7))
def test_halves_hold_every_sentence_once(sentences: list[str]) -> None:
    text = " ".join(sentences)
    parts = halves(text)
    assert len(parts) == (2 if len(sentences) > 1 else 0)
    assert not parts or " ".join(parts) == text


@pytest.mark.parametrize("fold", range(FOLDS))
def test_no_held_out_query_and_no_answer_of_one_is_trained_on(fold: int) -> None:
    sets = {each.name: each for each in training_sets(fold)}
    for name in ("cordis", "cordis_fr2en", "inov_company", "ademe", "sdg_fr2en"):
        data = labelled(name)  # type: ignore[arg-type]
        held = [query for query in data.queries if held_query(name, query, fold)]  # type: ignore[arg-type]
        queries = {text for pair in sets[name].pairs for text in pair.queries}
        documents = {pair.document for pair in sets[name].pairs}
        assert held
        assert queries.isdisjoint(
            {data.queries[query] for query in held} - {data.queries[q] for q in data.queries if q not in held}
        )
        answers = {document for query in held for document in data.answers(query)}
        kept = {data.documents[document] for document in data.documents if document not in answers}
        assert documents <= kept


@pytest.mark.parametrize("fold", range(FOLDS))
def test_no_answer_to_a_held_out_query_is_an_answer_in_any_set(fold: int) -> None:
    trained = {pair.document for each in training_sets(fold) for pair in each.pairs}
    for name in LABELLED_SETS:
        data = labelled(name)
        held = [query for query in data.queries if held_query(name, query, fold)]
        answers = {document for query in held for document in data.answers(query)}
        kept = {text for document, text in data.documents.items() if document not in answers}
        assert answers
        assert all(held_document(document, fold) for document in answers)
        assert trained.isdisjoint({data.documents[document] for document in answers} - kept)


@pytest.mark.parametrize("fold", range(FOLDS))
@pytest.mark.parametrize("source", ["cordis_project_title", "inov_motto", "ademe_action", "aides_territoires"])
def test_no_held_out_document_is_a_weak_answer(source: str, fold: int) -> None:
    trained = {pair.document for each in training_sets(fold) for pair in each.pairs}
    rows = [row for row in _rows(open_data.training("pairs")) if row["source"] == source]
    held = {row["b"] for row in rows if held_document(row["group"], fold)}
    kept = {row["b"] for row in rows if not held_document(row["group"], fold)}
    assert held
    assert trained.isdisjoint(held - kept)


@pytest.mark.parametrize("fold", range(FOLDS))
def test_no_held_out_laureate_is_an_answer_in_any_set(fold: int) -> None:
    documents = labelled("local_fr").documents
    held = {text for number, text in documents.items() if held_document(number, fold)}
    kept = {text for number, text in documents.items() if not held_document(number, fold)}
    for each in training_sets(fold):
        assert (held - kept).isdisjoint({pair.document for pair in each.pairs})


def test_some_answers_are_held_out_by_both_folds_that_are_trained() -> None:
    """The figures stand in the card of the default model."""
    both = {
        name: sum(all(held_document(one, fold) for fold in FOLDS_TRAINED) for one in labelled(name).documents)  # type: ignore[arg-type]
        for name in ("local_fr", "ademe")
    }
    assert both == {"local_fr": 49, "ademe": 54}


def test_the_weight_of_a_challenge_s_answer_is_its_grade() -> None:
    challenges = next(each for each in training_sets() if each.name == "local_fr")
    assert {pair.weight for pair in challenges.pairs} == {1.0, 0.4}


def test_a_need_speaks_with_several_voices() -> None:
    pairs = next(each for each in training_sets() if each.name == "needs").pairs
    assert {len(pair.queries) for pair in pairs} <= {2, 3, 4}


def test_what_readers_rejected_is_no_answer() -> None:
    pairs = next(each for each in training_sets() if each.name == "local_fr").pairs
    assert all(pair.document not in pair.rejected for pair in pairs)
    assert sum(bool(pair.rejected) for pair in pairs) > len(pairs) / 2


def test_needs_answer_documents_of_their_corpus() -> None:
    assert {row["id"] for row in needs("laureate")} <= set(labelled("local_fr").documents)
    assert {row["id"] for row in needs("cordis")} <= set(labelled("cordis").documents)


def test_weak_pairs_are_the_same_at_every_call_and_bounded() -> None:
    pairs = weak_pairs("uk_challenge")
    assert pairs == weak_pairs("uk_challenge")
    assert len(pairs) == WEAK_PAIRS
    assert len(weak_pairs("aides_territoires")) < WEAK_PAIRS


def test_labelled_sets_hold_what_their_grades_name() -> None:
    for name in LABELLED_SETS:
        data = labelled(name)
        assert all(set(data.answers(query)) <= set(data.documents) for query in data.queries)
