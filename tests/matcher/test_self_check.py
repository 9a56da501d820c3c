import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.records import Challenge
from matcher import Matcher, evidence
from matcher.filters import Filters
from matcher.self_check import BANDS, standing
from tests.encoders import HashingEncoder
from tests.matcher.test_engine import CHALLENGES, SENSORS, SOLUTIONS

CLOSED = Challenge(id="c-clos", title="Fuites d'eau", text="Repérer les fuites du réseau d'eau.", status="closed")


@pytest.fixture
def matcher(tmp_path: Path) -> Matcher:
    made = Matcher(tmp_path, encoder=HashingEncoder(dimension=128), lang="fr")
    made.store.write([*CHALLENGES, CLOSED, *SOLUTIONS])
    made.index()
    return made


def test_a_pitch_comes_back_with_the_challenge_that_it_answers_and_its_standing(matcher: Matcher) -> None:
    pitch = "Nos micros repèrent les fuites d'un réseau d'eau et préviennent la commune."
    result = matcher.self_check(pitch)
    best = result.challenges[0]
    assert (result.pitch, result.language) == (pitch, "fr")
    assert (best.rank, best.challenge.id) == (1, "c-eau")
    assert best.evidence[0].solution == pitch
    assert "fuites" in best.matched_terms
    assert (best.standing.from_, best.standing.to, best.standing.of) == (1, 3, len(SOLUTIONS) + 1)
    assert {"from", "to", "of"} == set(best.model_dump(by_alias=True)["standing"])


def test_closed_challenges_are_left_out(matcher: Matcher) -> None:
    assert {each.challenge.id for each in matcher.self_check(SENSORS).challenges} == {"c-eau", "c-feu", "c-en"}


def test_a_known_solution_gets_the_fit_that_match_gives_it(matcher: Matcher) -> None:
    pitch = f"{SOLUTIONS[0].name}\n{SOLUTIONS[0].text}"
    mine = {each.challenge.id: each.fit for each in matcher.self_check(pitch).challenges}
    for challenge in CHALLENGES:
        proposals = matcher.match(challenge.model_copy(update={"trl_min": None}), top=50).proposals
        (known,) = [proposal.fit for proposal in proposals if proposal.solution.id == "s-eau"]
        # heading and text are joined otherwise in a pitch, so that the vector is the same and BM25 too
        assert mine[challenge.id] == pytest.approx(known, abs=1e-3)


def test_a_pitch_that_answers_nothing_is_told_so_and_stands_low(matcher: Matcher) -> None:
    result = matcher.self_check("zzz qqq www yyy")
    assert result.no_good_match
    assert all(each.verdict == "weak" for each in result.challenges)


def test_a_shorter_answer_is_the_beginning_of_a_longer(matcher: Matcher) -> None:
    assert matcher.self_check(SENSORS, top=1).challenges == matcher.self_check(SENSORS, top=3).challenges[:1]


def test_filters_choose_challenges(matcher: Matcher) -> None:
    english = matcher.self_check(SENSORS, filters=Filters(language=("en",)))
    assert [each.challenge.id for each in english.challenges] == ["c-en"]
    only = matcher.self_check(SENSORS, filters=Filters(only=("c-feu",)))
    assert [each.challenge.id for each in only.challenges] == ["c-feu"]
    early = matcher.self_check(SENSORS, filters=Filters(trl_min=4))
    assert "c-feu" not in {each.challenge.id for each in early.challenges}
    assert matcher.self_check(SENSORS, filters=Filters(without=tuple(c.id for c in CHALLENGES))).no_good_match


def test_what_filters_exclude_is_told_with_its_reason(matcher: Matcher) -> None:
    whole = matcher.self_check(SENSORS)
    english = matcher.self_check(SENSORS, filters=Filters(language=("en",)))
    assert (whole.excluded, whole.ineligible) == ((), 0)
    assert english.ineligible == 2
    assert [each.challenge.id for each in english.excluded] == ["c-eau", "c-feu"]
    ranks = {each.challenge.id: (each.rank, each.fit) for each in whole.challenges}
    assert all((each.rank, each.fit) == ranks[each.challenge.id] for each in english.excluded)
    assert [reason.constraint for reason in english.excluded[0].against] == ["language"]
    assert [reason.verdict for reason in english.challenges[0].eligibility.reasons] == ["met"]
    assert not matcher.self_check(SENSORS, top=1, filters=Filters(language=("fr",))).excluded


def test_no_name_of_a_solution_is_told(matcher: Matcher) -> None:
    told = matcher.self_check("Des micros pour les fuites d'eau du réseau.").model_dump_json()
    assert not any(f'"{solution.id}"' in told or solution.text in told for solution in SOLUTIONS)


def test_the_pitch_is_not_kept(matcher: Matcher) -> None:
    matcher.match("Une première question pour remplir le cache.")
    matcher.self_check("Une phrase d'un premier pitch. Une autre phrase qui le suit.")
    before = _vectors(matcher.workspace)
    remembered = evidence._read_record.cache_info().currsize, evidence._words_of_record.cache_info().currsize
    matcher.self_check("Un secret industriel sur les fuites du réseau. Une seconde phrase à ne pas garder.")
    assert _vectors(matcher.workspace) == before
    for path in matcher.workspace.rglob("*"):
        if path.is_file():
            assert b"secret industriel" not in path.read_bytes()
    assert remembered == (evidence._read_record.cache_info().currsize, evidence._words_of_record.cache_info().currsize)


@given(st.integers(1, 20_000), st.integers(0, 20_000))
def test_a_standing_holds_the_rank_in_a_range_that_names_nobody(rank: int, known: int) -> None:
    rank = min(rank, known + 1)
    told = standing(rank, known)
    assert 1 <= told.from_ <= rank <= told.to <= told.of == known + 1
    assert told.to - told.from_ >= 2 or told.to == told.of
    assert told.to in BANDS or told.to == told.of


def _vectors(workspace: Path) -> int:
    with sqlite3.connect(workspace / "vectors.sqlite") as connection:
        return int(connection.execute("SELECT count(*) FROM vectors").fetchone()[0])


def test_a_challenge_without_words_is_passed_over(matcher: Matcher) -> None:
    matcher.store.write([Challenge(id="vide", title="™")])
    assert matcher.self_check("Repérer les fuites d'eau").challenges


def test_variety_where_nothing_is_eligible(matcher: Matcher) -> None:
    assert matcher.match("eau", diverse=True, filters=Filters(theme=("introuvable",), strict=True)).proposals == ()
