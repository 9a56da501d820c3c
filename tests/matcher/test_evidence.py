import hashlib
import re
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from corpora.records import Challenge
from matcher.calibration import Floats
from matcher.evidence import (
    WORTH,
    EvidenceFinder,
    Grounds,
    Pitch,
    Request,
    _read,
    challenge_prose,
    matched_terms,
    weightiest_pairs,
)
from matcher.index import Index
from matcher.passages import room_beside
from matcher.queries import make_queries
from matcher.scoring import Ranker, Sentences
from matcher.sentences import telling_sentences
from matcher.tokens import tokenize
from models.encoder import Encoder, Progress, Vectors
from tests.matcher.corpus import solution

CHALLENGE = (
    "Repérer un départ de feu. Contexte :\nLe massif forestier couvre la moitié du département. "
    "Le service cherche un dispositif de surveillance permanente des fumées. "
    "La maintenance ne devra pas excéder deux visites annuelles."
)
PITCH = (
    "Notre société existe depuis quatre ans déjà. Nos caméras assurent une surveillance permanente des fumées. "
    "Une seule visite annuelle de maintenance suffit."
)


class WordEncoder:
    """Unit vectors of hashed words: texts with the same words are alike. Counts its calls."""

    name = fingerprint = "words"
    dimension = 256

    def __init__(self) -> None:
        self.calls: list[tuple[str, int]] = []

    def encode_challenges(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        self.calls.append(("challenges", len(texts)))
        return self._encode(texts)

    def encode_solutions(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        self.calls.append(("solutions", len(texts)))
        return self._encode(texts)

    def _encode(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in re.findall(r"\w{4,}", text.lower()):
                vectors[row, hashlib.sha256(word.encode()).digest()[0]] += 1
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)


class TestWeightiestPairs:
    def test_the_weightiest_sentences_each_with_the_nearest_of_the_challenge(self) -> None:
        cosines = np.array([[0.9, 0.8, 0.1], [0.2, 0.7, 0.3]])
        pairs = weightiest_pairs(["a", "b"], ["x", "y", "z"], cosines, np.array([0.1, 0.5, 0.2]))
        assert [(pair.challenge, pair.solution, pair.similarity) for pair in pairs] == [
            ("a", "y", 0.8),
            ("b", "z", 0.3),
        ]

    def test_a_sentence_of_the_challenge_may_be_answered_twice(self) -> None:
        pairs = weightiest_pairs(["a", "b"], ["x", "y"], np.array([[0.8, 0.75], [0.3, 0.1]]), np.array([0.5, 0.4]))
        assert [(pair.challenge, pair.solution) for pair in pairs] == [("a", "x"), ("a", "y")]

    def test_ties_go_to_the_first_sentences(self) -> None:
        pairs = weightiest_pairs(["a", "b"], ["x", "y"], np.ones((2, 2)), np.ones(2))
        assert [(pair.challenge, pair.solution) for pair in pairs] == [("a", "x"), ("a", "y")]

    def test_a_sentence_that_carries_little_is_not_cited(self) -> None:
        losses = np.array([0.8, 0.1, 0.3])
        pairs = weightiest_pairs(["a", "b", "c"], ["x", "y", "z"], np.ones((3, 3)), losses)
        assert [pair.solution for pair in pairs] == ["x", "z"]
        pairs = weightiest_pairs(["a", "b"], ["x", "y"], np.ones((2, 2)), np.array([-0.1, -0.2]))
        assert [pair.solution for pair in pairs] == ["x"]

    @given(
        arrays.arrays(np.float64, st.tuples(st.integers(1, 5), st.integers(1, 5)), elements=st.floats(-1, 1)),
        st.integers(1, 4),
        st.data(),
    )
    def test_laws(self, cosines: Floats, most: int, data: st.DataObject) -> None:
        asked, answers = ([f"{side}{i}" for i in range(size)] for side, size in zip("cs", cosines.shape, strict=True))
        losses = np.array(data.draw(st.lists(st.floats(-9, 9), min_size=len(answers), max_size=len(answers))))
        pairs = weightiest_pairs(asked, answers, cosines, losses, most)
        assert 1 <= len({pair.solution for pair in pairs}) == len(pairs) <= min(most, len(answers))
        assert all(pair.similarity == cosines[:, answers.index(pair.solution)].max() for pair in pairs)
        cited = [round(float(losses[answers.index(pair.solution)]), 4) for pair in pairs]
        weights = sorted(np.round(losses, 4), reverse=True)
        assert cited == weights[: len(pairs)]
        worth = [each for each in weights if 0 < each >= WORTH * weights[0]]
        assert len(pairs) == min(most, max(len(worth), 1))


def ask(
    challenge: str | tuple[str, str], pitches: Sequence[str], encoder: "WordEncoder | None" = None
) -> list[Grounds]:
    """Grounds of pitches."""
    encoder = encoder or WordEncoder()
    ranker = Ranker.of(Index.in_memory([solution("s", text) for text in pitches[:1]], WordEncoder()))
    text = challenge if isinstance(challenge, str) else "\n".join(challenge)
    query = make_queries(WordEncoder(), [(text.strip() or "rien", "fr")])[0]
    asked = [Pitch(("Vigie", pitch), "fr") for pitch in pitches]
    return EvidenceFinder(ranker, encoder).find(Request(query, challenge), asked)


class TestEvidenceFinder:
    def test_the_test_encoder_is_an_encoder(self) -> None:
        assert isinstance(WordEncoder(), Encoder)

    def test_sentences_that_answer_each_other_are_paired(self) -> None:
        pairs = ask(("Repérer un départ de feu", CHALLENGE), [PITCH])[0].evidence
        assert pairs[0].challenge == "Le service cherche un dispositif de surveillance permanente des fumées."
        assert pairs[0].solution == "Nos caméras assurent une surveillance permanente des fumées."

    def test_each_requirement_is_addressed_by_a_sentence_or_by_none(self) -> None:
        answer = "Nos caméras assurent une surveillance permanente des fumées."
        _, seen, upkeep = ask(CHALLENGE, [answer])[0].coverage
        assert (seen.requirement, seen.addressed) == (
            "Le service cherche un dispositif de surveillance permanente des fumées.", True,
        )  # fmt: skip
        assert seen.sentence == answer
        assert (upkeep.addressed, upkeep.sentence) == (False, None)
        assert upkeep.similarity < seen.similarity

    def test_one_call_a_side_however_many_solutions(self) -> None:
        encoder = WordEncoder()
        found = ask(CHALLENGE, [PITCH, PITCH, CHALLENGE], encoder)
        assert [side for side, _ in encoder.calls] == ["challenges", "solutions"]
        assert encoder.calls[1][1] == len({*telling_sentences(PITCH), *telling_sentences(CHALLENGE)})
        assert found[0] == found[1] != found[2]

    def test_a_solution_has_the_same_grounds_alone_and_among_others(self) -> None:
        assert ask(CHALLENGE, [PITCH, CHALLENGE])[0] == ask(CHALLENGE, [PITCH])[0]

    @pytest.mark.parametrize("challenge", ["", "  "])
    def test_an_empty_challenge_has_no_grounds_and_encodes_nothing(self, challenge: str) -> None:
        encoder = WordEncoder()
        assert ask(challenge, [PITCH], encoder) == [Grounds()]
        assert encoder.calls == []

    def test_the_requirements_of_a_challenge_count_and_its_title_does_not(self) -> None:
        challenge = Challenge(
            id="c", title="Un titre assez long pour compter.", text="Nous voulons voir les fumées.",
            requirements=("Moins d'une fausse alerte par jour.",),
        )  # fmt: skip
        assert telling_sentences(challenge_prose(challenge)) == [
            "Nous voulons voir les fumées.", "Moins d'une fausse alerte par jour.",
        ]  # fmt: skip


class TestLosses:
    """What the fit would lose without each sentence; the terms are left out, so the dense signal decides."""

    def lost(self, lengths: Sequence[int], cosines: Sequence[float], room: int = 1_000) -> list[float]:
        ranker = Ranker.of(Index.in_memory([solution("s", PITCH)], WordEncoder()))
        background = ranker.background(make_queries(WordEncoder(), [(CHALLENGE, "fr")])[0])
        texts = tuple("x" * length for length in lengths)
        sentences = Sentences(texts, room, ((),) * len(texts), (), "fr")
        return ranker.losses_without(background, sentences, np.array(cosines, dtype=np.float32)).tolist()

    def test_without_a_sentence_nearer_than_the_others_it_loses_and_without_a_further_one_it_gains(self) -> None:
        near, far, between = self.lost([30, 30, 30], [0.9, 0.1, 0.5])
        assert near > 0 > far
        assert between == pytest.approx(0, abs=near / 1_000)
        assert near == pytest.approx(-far, rel=1e-4)

    def test_a_long_sentence_counts_more_than_a_short_one(self) -> None:
        long, short, *_ = self.lost([60, 20, 90], [0.9, 0.9, 0.1])
        assert long > short > 0

    def test_without_a_sentence_of_another_passage_the_cosine_is_as_it_was(self) -> None:
        lost = self.lost([49, 49, 49, 49], [0.9, 0.7, 0.1, 0.3], room=100)
        assert lost[0] > lost[1] > 0
        assert lost[2] == lost[3] == 0

    def test_where_another_passage_takes_its_place_less_is_lost(self) -> None:
        alone = self.lost([49, 49, 49, 49], [0.9, 0.7, 0.1, 0.1], room=100)
        rivalled = self.lost([49, 49, 49, 49], [0.9, 0.7, 0.79, 0.79], room=100)
        assert alone[0] > rivalled[0] > 0

    def test_an_only_sentence_is_not_compared_with_nothing(self) -> None:
        assert self.lost([30], [0.8]) == [0]

    def test_a_pitch_has_the_room_that_its_name_leaves(self) -> None:
        read = _read(("Vigie", "Des caméras voient les fumées de loin."), "fr")
        assert read.room == room_beside("Vigie")


class TestMatchedTerms:
    def test_shared_words_as_the_pitch_writes_them_rarest_first(self) -> None:
        weights = {"fume": 3.0}
        asked = tokenize("La fumée et la surveillance.", "fr")
        pitch = Pitch(("", "Surveillances des Fumées au loin"), "fr")
        terms = matched_terms(asked, pitch, lambda stem: weights.get(stem, 1))
        assert [term.lower() for term in terms] == ["fumées", "surveillances"]

    def test_two_languages_share_names_and_technical_words(self) -> None:
        asked = tokenize("Des capteurs LoRaWAN pour le réseau", "fr")
        pitch = Pitch(("", "LoRaWAN sensors for the network"), "en")
        assert matched_terms(asked, pitch, lambda stem: 1) == ("LoRaWAN",)

    def test_a_record_of_no_known_language_counts_as_french(self) -> None:
        pitch = Pitch.of(solution("a", "Une surveillance").model_copy(update={"language": None}))
        assert matched_terms(tokenize("surveillance", "fr"), pitch, lambda stem: 1) == ("surveillance",)

    def test_at_most_so_many(self) -> None:
        words = " ".join(f"mot{letter}" for letter in "abcdefghijkl")
        asked, pitch = tokenize(words, "fr"), Pitch(("", words), "fr")
        assert len(matched_terms(asked, pitch, lambda stem: 1)) == 8
        assert len(matched_terms(asked, pitch, lambda stem: 1, most=2)) == 2
