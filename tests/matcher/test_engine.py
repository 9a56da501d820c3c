import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpora.records import Challenge, Solution
from matcher import Matcher
from matcher.answers import is_constrained
from matcher.errors import EmptyText, InvalidFilter, NoSnapshot, UnknownId
from matcher.filters import Filters
from matcher.passages import challenge_text
from models.encoder import Progress, Vectors
from tests.encoders import HashingEncoder
from tests.matcher.corpus import some_solutions

LEAKS = "Repérer les fuites du réseau d'eau avant qu'elles ne coûtent cher à la commune."
CHALLENGES = [
    Challenge(id="c-eau", title="Fuites du réseau d'eau", text=LEAKS, language="fr", requirements=("Sans travaux.",)),
    Challenge(id="c-feu", title="Départs de feu", text="Voir la fumée en forêt.", language="fr", trl_min=6),
    Challenge(id="c-en", title="Waste", text="We need to sort the waste of the city.", language="en"),
]
SENSORS = "Nos capteurs acoustiques repèrent les fuites d'un réseau d'eau. Une alerte part dans la minute."
SOLUTIONS = [
    Solution(id="s-eau", name="Écoute", text=SENSORS, language="fr", kind="startup", trl=8),
    Solution(id="s-feu", name="Vigie", text="Des caméras voient la fumée en forêt.", language="fr", trl=3),
    Solution(id="s-tour", name="Tour", text="Une tour voit la fumée au loin.", language="fr", kind="sme", trl=9),
    *some_solutions(40),
]


@pytest.fixture(scope="module")
def matcher(tmp_path_factory: pytest.TempPathFactory) -> Matcher:
    made = Matcher(tmp_path_factory.mktemp("workspace"), encoder=HashingEncoder(dimension=128), lang="fr")
    made.store.write([*CHALLENGES, *SOLUTIONS])
    made.index()
    return made


def test_a_challenge_comes_back_with_its_best_solution_and_why(matcher: Matcher) -> None:
    result = matcher.match_id("c-eau", top=5)
    best = result.proposals[0]
    assert len(result.proposals) == 5
    assert (best.rank, best.solution.id, best.challenge_id) == (1, "s-eau", "c-eau")
    assert {"fuites", "eau"} <= set(best.matched_terms)
    assert best.evidence[0].solution.startswith("Nos capteurs acoustiques")
    assert best.evidence[0].challenge in challenge_text(CHALLENGES[0])
    assert set(best.scores) == {"dense", "lexical"}
    assert best.eligibility.eligible
    assert result.snapshot == matcher.status().snapshot
    assert result.model == "hashing"
    assert [proposal.rank for proposal in result.proposals] == [1, 2, 3, 4, 5]


def test_a_free_text_has_no_id_and_begins_its_own_title(matcher: Matcher) -> None:
    result = matcher.match(LEAKS * 3)
    assert result.challenge.id is None
    assert result.challenge.text == LEAKS * 3
    assert result.challenge.title.startswith("Repérer les fuites")
    assert len(result.challenge.title) <= 100
    assert result.challenge.language == "fr"


def test_a_free_text_ranks_as_the_stored_challenge_of_the_same_text(matcher: Matcher) -> None:
    free = matcher.match(challenge_text(CHALLENGES[0]))
    stored = matcher.match_id("c-eau")
    assert [(p.solution.id, p.fit, p.scores) for p in free.proposals] == [
        (p.solution.id, p.fit, p.scores) for p in stored.proposals
    ]


def test_many_at_once_give_the_same_as_one_by_one(matcher: Matcher) -> None:
    steps: list[int] = []
    asked: list[Challenge | str] = [*CHALLENGES, LEAKS]
    together = list(matcher.match_many(asked, top=4, progress=steps.append))
    assert together == [matcher.match(each, top=4) for each in asked]
    assert sum(steps) == 4
    assert list(matcher.match_many([])) == []


def test_what_a_challenge_asks_excludes_and_is_told_with_the_rank_it_would_have_had(matcher: Matcher) -> None:
    result = matcher.match_id("c-feu", top=3)
    assert "s-feu" not in [proposal.solution.id for proposal in result.proposals]
    (excluded,) = [each for each in result.excluded if each.solution.id == "s-feu"]
    free = matcher.match(challenge_text(CHALLENGES[1]), top=3)
    assert free.proposals[excluded.rank - 1].solution.id == "s-feu"
    assert [(reason.constraint, reason.verdict) for reason in excluded.reasons] == [("trl_min", "not_met")]
    assert len(result.proposals) == 3


def test_reasons_are_worded_in_the_language_asked_for_and_codes_stay(matcher: Matcher) -> None:
    french, english = (matcher.match_id("c-feu", lang=lang).excluded[0].reasons[0] for lang in ("fr", "en"))
    assert french.message != english.message
    assert french.model_dump(exclude={"message"}) == english.model_dump(exclude={"message"})


KEPT = st.sets(st.sampled_from([one.id for one in SOLUTIONS]), min_size=1, max_size=30)


@settings(max_examples=25, deadline=None)
@given(kept=KEPT, top=st.integers(1, 12), out=st.booleans())
def test_a_filter_never_costs_a_better_answer(matcher: Matcher, kept: set[str], top: int, out: bool) -> None:
    filters = Filters(without=tuple(sorted(kept))) if out else Filters(only=tuple(sorted(kept)))
    whole = matcher.match(LEAKS, top=len(SOLUTIONS)).proposals
    result = matcher.match(LEAKS, top=top, filters=filters)
    eligible = [(p.solution.id, p.fit) for p in whole if (p.solution.id in kept) != out]
    assert [(p.solution.id, p.fit) for p in result.proposals] == eligible[:top]
    assert [(each.solution.id, each.rank) for each in result.excluded] == [
        (p.solution.id, p.rank) for p in whole[:top] if (p.solution.id in kept) == out
    ]
    assert result.ineligible == len(SOLUTIONS) - len(eligible)


def test_unknown_fields_exclude_nothing_unless_strict(matcher: Matcher) -> None:
    lenient = matcher.match(LEAKS, top=50, filters=Filters(trl_min=5))
    strict = matcher.match(LEAKS, top=50, filters=Filters(trl_min=5, strict=True))
    assert len(lenient.proposals) == len(SOLUTIONS) - 1
    assert {p.solution.id for p in strict.proposals} == {"s-eau", "s-tour"}


def test_no_good_match_is_an_answer(matcher: Matcher) -> None:
    nothing = matcher.match("zzz qqq www", top=3)
    assert nothing.no_good_match
    assert len(nothing.proposals) == 3
    assert all(proposal.verdict == "weak" for proposal in nothing.proposals)
    everything_out = matcher.match(LEAKS, filters=Filters(only=("s-eau",), without=("s-eau",)))
    assert everything_out.no_good_match
    assert everything_out.proposals == ()


@pytest.mark.parametrize("text", ["", "  \n ", "…?!"])
def test_an_empty_text_is_refused(matcher: Matcher, text: str) -> None:
    with pytest.raises(EmptyText):
        matcher.match(text)
    with pytest.raises(EmptyText):
        matcher.self_check(text)


def test_unknown_ids_are_refused_with_their_value(matcher: Matcher) -> None:
    with pytest.raises(UnknownId, match="nope") as raised:
        matcher.match_id("nope")
    assert raised.value.values == {"value": "nope"}
    for filters in (Filters(only=("nope",)), Filters(without=("nope",))):
        with pytest.raises(UnknownId, match="solution has the id .nope."):
            matcher.match(LEAKS, filters=filters)
        with pytest.raises(UnknownId, match="challenge has the id .nope."):
            matcher.self_check(SENSORS, filters=filters)


def test_a_top_below_one_and_a_filter_without_sense_are_refused(matcher: Matcher) -> None:
    with pytest.raises(InvalidFilter, match="top=0 is below 1"):
        matcher.match(LEAKS, top=0)
    with pytest.raises(InvalidFilter):
        matcher.match(LEAKS, filters=Filters(territory=("Nulle part",)))
    with pytest.raises(InvalidFilter):
        matcher.self_check(SENSORS, filters=Filters(kind=("startup",)))


def test_a_workspace_without_snapshot_says_so(tmp_path: Path) -> None:
    with pytest.raises(NoSnapshot):
        Matcher(tmp_path, encoder=HashingEncoder()).match(LEAKS)


def test_a_workspace_without_solutions_answers_with_nothing(tmp_path: Path) -> None:
    matcher = Matcher(tmp_path, encoder=HashingEncoder())
    matcher.store.write(CHALLENGES[:1])
    matcher.index()
    result = matcher.match(LEAKS)
    assert result.proposals == ()
    assert result.no_good_match


def test_a_new_snapshot_is_taken_up_and_status_tells_what_is_stale(tmp_path: Path) -> None:
    writer, reader = (Matcher(tmp_path, encoder=HashingEncoder(dimension=128)) for _ in range(2))
    writer.store.write([*CHALLENGES, *SOLUTIONS[1:]])
    writer.index()
    assert reader.match(LEAKS).proposals[0].solution.id != "s-eau"
    writer.store.write(SOLUTIONS[:1])
    assert writer.status().stale
    assert not writer.status().healthy
    writer.index()
    status = writer.status()
    assert status.healthy
    assert (status.solutions, status.snapshot_solutions) == (len(SOLUTIONS), len(SOLUTIONS))
    assert reader.match(LEAKS).proposals[0].solution.id == "s-eau"


def test_status_of_an_empty_and_of_a_damaged_workspace(tmp_path: Path) -> None:
    matcher = Matcher(tmp_path / "new", encoder=HashingEncoder())
    assert not matcher.status().healthy
    assert matcher.status().problems
    assert not matcher.status().calibrated
    matcher.store.write(SOLUTIONS)
    matcher.index()
    assert matcher.status().problems == ()
    segments = [path for path in matcher.workspace.rglob("*segments*/**/*") if path.is_file()]
    largest = max(segments, key=lambda path: path.stat().st_size)
    content = bytearray(largest.read_bytes())
    content[len(content) // 2] ^= 0xFF
    largest.write_bytes(bytes(content))
    damaged = matcher.status()
    assert not damaged.healthy
    assert len(damaged.problems) == 1


def test_threads_may_ask_at_once(matcher: Matcher) -> None:
    expected = [matcher.match(each, top=3) for each in CHALLENGES]
    found: dict[int, list[object]] = {}

    def ask(number: int) -> None:
        found[number] = [matcher.match(each, top=3) for each in CHALLENGES]

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(found[number] == expected for number in range(6))


def test_what_can_exclude() -> None:
    assert not is_constrained(Filters(), None)
    assert not is_constrained(Filters(strict=True), CHALLENGES[0])
    assert is_constrained(Filters(trl_min=1), None)
    assert is_constrained(Filters(), CHALLENGES[1])


def test_importing_the_matcher_and_making_one_loads_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys; from matcher import Matcher; Matcher(sys.argv[1]);"
        "heavy = {'torch', 'sklearn', 'sentence_transformers', 'transformers', 'polars', 'lingua'} & set(sys.modules);"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)


def test_all_that_a_free_text_needs_is_encoded_in_one_go_and_not_kept(
    matcher: Matcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = matcher._uncached_encoder
    calls: list[list[str]] = []
    plain = encoder.encode_challenges

    def counted(texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        calls.append(list(texts))
        return plain(texts, progress)

    monkeypatch.setattr(encoder, "encode_challenges", counted)
    kept = matcher.encoder.cache.count()
    text = (
        "Les fuites du réseau d'eau coûtent cher à la commune. Nous cherchons des capteurs pour les trouver plus tôt."
    )
    result = matcher.match(text)
    assert result.proposals[0].evidence
    assert len(calls) == 1
    assert calls[0][0] == text
    assert matcher.encoder.cache.count() == kept


def test_a_warm_matcher_has_encoded_one_text_and_many(tmp_path: Path) -> None:
    encoder = HashingEncoder()
    Matcher(tmp_path, encoder=encoder).warm()
    assert len(encoder.encoded) == 17
    assert not (tmp_path / "vectors.sqlite").exists()
