import hashlib
import re
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from corpora.records import Challenge
from matcher.evidence import (
    MOST_SENTENCES,
    EvidenceFinder,
    best_pairs,
    challenge_prose,
    matched_terms,
    telling_sentences,
)
from models.encoder import Encoder, Progress, Vectors

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


def unit(rows: list[list[float]]) -> Vectors:
    vectors = np.array(rows, dtype=np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


class TestBestPairs:
    def test_greedy_one_to_one(self) -> None:
        challenge, solution = unit([[1, 0], [0.9, 0.1]]), unit([[1, 0.02], [0, 1]])
        pairs = best_pairs(["a", "b"], challenge, ["x", "y"], solution)
        assert [(pair.challenge, pair.solution) for pair in pairs] == [("a", "x"), ("b", "y")]
        assert pairs[0].similarity == 0.9998

    def test_ties_go_to_the_first_sentences(self) -> None:
        same = unit([[1, 0], [1, 0]])
        pairs = best_pairs(["a", "b"], same, ["x", "y"], same)
        assert [(pair.challenge, pair.solution) for pair in pairs] == [("a", "x"), ("b", "y")]

    def test_nothing_to_pair(self) -> None:
        none = np.zeros((0, 2), dtype=np.float32)
        assert best_pairs([], none, ["x"], unit([[1, 0]])) == ()
        assert best_pairs(["a"], unit([[1, 0]]), [], none) == ()

    @given(
        arrays.arrays(np.float32, st.tuples(st.integers(1, 5), st.just(3)), elements=st.floats(-1, 1, width=32)),
        arrays.arrays(np.float32, st.tuples(st.integers(1, 5), st.just(3)), elements=st.floats(-1, 1, width=32)),
        st.integers(1, 4),
    )
    def test_laws(self, challenge: Vectors, solution: Vectors, most: int) -> None:
        asked, answers = [f"c{i}" for i in range(len(challenge))], [f"s{i}" for i in range(len(solution))]
        pairs = best_pairs(asked, challenge, answers, solution, most)
        assert len(pairs) == min(most, len(asked), len(answers))
        assert len({pair.challenge for pair in pairs}) == len({pair.solution for pair in pairs}) == len(pairs)
        similarities = [pair.similarity for pair in pairs]
        assert similarities == sorted(similarities, reverse=True)
        assert similarities[0] == np.round((challenge @ solution.T).astype(np.float64), 4).max()
        assert all(similarity == round(similarity, 4) for similarity in similarities)


class TestTellingSentences:
    def test_headings_and_scraps_are_left_out(self) -> None:
        telling = telling_sentences(CHALLENGE)
        assert "Le massif forestier couvre la moitié du département." in telling
        assert not [sentence for sentence in telling if "Contexte" in sentence and "massif" not in sentence]
        assert telling_sentences("Oui. C'est non. Une phrase assez longue pour compter.") == [
            "Une phrase assez longue pour compter."
        ]

    def test_a_sentence_said_twice_counts_once(self) -> None:
        assert len(telling_sentences("Une phrase assez longue pour compter. " * 5)) == 1

    def test_the_heading_stands_in_when_the_text_says_nothing(self) -> None:
        assert telling_sentences(("Repérer un feu", "")) == ["Repérer un feu"]
        assert telling_sentences(("Repérer un feu", "Voir annexe.")) == ["Repérer un feu"]
        assert telling_sentences("Feu") == ["Feu"]
        assert telling_sentences(("", " ")) == []

    def test_the_heading_is_left_out_otherwise(self) -> None:
        assert "Un titre assez long pour compter." not in telling_sentences(
            ("Un titre assez long pour compter.", PITCH)
        )

    def test_a_long_text_is_limited_to_its_first_sentences(self) -> None:
        sentences = [f"La phrase numéro {number} parle de forêts." for number in range(MOST_SENTENCES + 50)]
        assert telling_sentences(" ".join(sentences)) == sentences[:MOST_SENTENCES]

    def test_clauses_of_an_enumeration_count(self) -> None:
        clauses = "- voir de nuit comme de jour ;\n- transmettre la position du feu."
        assert telling_sentences(clauses) == ["voir de nuit comme de jour ;", "transmettre la position du feu."]

    def test_the_requirements_of_a_challenge_count_and_its_title_does_not(self) -> None:
        challenge = Challenge(
            id="c", title="Un titre assez long pour compter.", text="Nous voulons voir les fumées.",
            requirements=("Moins d'une fausse alerte par jour.",),
        )  # fmt: skip
        assert telling_sentences(challenge_prose(challenge)) == [
            "Nous voulons voir les fumées.", "Moins d'une fausse alerte par jour.",
        ]  # fmt: skip


class TestEvidenceFinder:
    def test_the_test_encoder_is_an_encoder(self) -> None:
        assert isinstance(WordEncoder(), Encoder)

    def test_sentences_that_answer_each_other_are_paired(self) -> None:
        pairs = EvidenceFinder(WordEncoder()).find(("Repérer un départ de feu", CHALLENGE), [("Vigie", PITCH)])[0]
        assert pairs[0].challenge == "Le service cherche un dispositif de surveillance permanente des fumées."
        assert pairs[0].solution == "Nos caméras assurent une surveillance permanente des fumées."

    def test_one_call_a_side_however_many_solutions(self) -> None:
        encoder = WordEncoder()
        found = EvidenceFinder(encoder).find(CHALLENGE, [PITCH, PITCH, CHALLENGE, ""])
        assert [side for side, _ in encoder.calls] == ["challenges", "solutions"]
        assert encoder.calls[1][1] == len({*telling_sentences(PITCH), *telling_sentences(CHALLENGE)})
        assert found[0] == found[1] != found[2]
        assert found[3] == ()

    def test_a_solution_has_the_same_evidence_alone_and_among_others(self) -> None:
        finder = EvidenceFinder(WordEncoder())
        assert finder.find(CHALLENGE, [CHALLENGE, PITCH])[1] == finder.find(CHALLENGE, [PITCH])[0]

    @pytest.mark.parametrize("challenge", ["", "  "])
    def test_an_empty_challenge_has_no_evidence_and_encodes_nothing(self, challenge: str) -> None:
        encoder = WordEncoder()
        assert EvidenceFinder(encoder).find(challenge, [PITCH]) == [()]
        assert EvidenceFinder(encoder).find(PITCH, []) == []
        assert encoder.calls == []


class TestMatchedTerms:
    def test_shared_words_as_the_pitch_writes_them_rarest_first(self) -> None:
        weights = {"fume": 3.0}
        terms = matched_terms(
            "La fumée et la surveillance.",
            "fr",
            "Surveillances des Fumées au loin",
            "fr",
            lambda stem: weights.get(stem, 1),
        )
        assert [term.lower() for term in terms] == ["fumées", "surveillances"]

    def test_two_languages_share_nothing(self) -> None:
        assert matched_terms("surveillance", "fr", "surveillance", "en", lambda stem: 1) == ()

    def test_at_most_so_many(self) -> None:
        words = " ".join(f"mot{letter}" for letter in "abcdefghijkl")
        assert len(matched_terms(words, "fr", words, "fr", lambda stem: 1)) == 8
        assert len(matched_terms(words, "fr", words, "fr", lambda stem: 1, most=2)) == 2
