"""Evidence: the sentences of a pitch that carry its fit, what they answer, and the words that both texts share.

A sentence counts by what the fit would lose without it (see ``Ranker.losses_without``), so that taking a cited
sentence out of a pitch lowers its fit: ``benchmarks.faithfulness`` measures how often.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from corpora.records import Challenge, Language, Solution
from matcher.calibration import Floats
from matcher.passages import room_beside, solution_text
from matcher.queries import Query
from matcher.requirements import requirements_of
from matcher.results import Coverage, Evidence
from matcher.scoring import Ranker, Sentences
from matcher.sentences import Prose, telling_sentences
from matcher.tokens import terms_with_surface, tokenize
from models.encoder import Encoder, Vectors

MOST_PAIRS: Final = 3
WORTH: Final = 0.25
"""A further sentence is cited where the fit would lose so much of what it would lose without the first."""
_KNOWN_PITCHES: Final = 4_096


@dataclass(frozen=True)
class Request:
    """A challenge as evidence is looked for: its query, its prose, and its requirements where it states them."""

    query: Query
    prose: Prose
    stated: tuple[str, ...] = ()


@dataclass(frozen=True)
class Pitch:
    """A solution as evidence is looked for: prose, language, and whether it is a record, whose reading is kept."""

    prose: tuple[str, str]
    language: Language
    record: bool = False

    @classmethod
    def of(cls, solution: Solution) -> "Pitch":
        """A record; what is in no known language counts as French."""
        return cls(solution_text(solution), "en" if solution.language == "en" else "fr", record=True)


@dataclass(frozen=True)
class Grounds:
    """Why a solution was proposed: sentence pairs, and the requirements with what answers them."""

    evidence: tuple[Evidence, ...] = ()
    coverage: tuple[Coverage, ...] = ()


def challenge_prose(challenge: Challenge) -> tuple[str, str]:
    """A challenge as ``EvidenceFinder`` reads it: its title, then its text with the requirements, one a line."""
    return challenge.title, "\n".join(part for part in (challenge.text, *challenge.requirements) if part)


def sentences_asked(prose: Prose, stated: Sequence[str] = (), language: Language = "fr") -> list[str]:
    """What evidence compares of a challenge with sentences of pitches: its sentences and its requirements."""
    return list(dict.fromkeys([*telling_sentences(prose), *requirements_of(prose, stated, language)]))


class EvidenceFinder:
    """Finds the grounds of proposals; the encoder should be the cached one, for sentences come back."""

    def __init__(self, ranker: Ranker, encoder: Encoder) -> None:
        self._ranker = ranker
        self._encoder = encoder

    def find(self, request: Request, pitches: Sequence[Pitch], most: int = MOST_PAIRS) -> list[Grounds]:
        """The grounds of each pitch, in their order, with at most ``most`` sentence pairs, the weightiest first.

        All sentences of the challenge are encoded in one call and those of all pitches in another. Only the first
        telling sentences of a text are read (see ``telling_sentences``).
        """
        asked = telling_sentences(request.prose)
        requirements = requirements_of(request.prose, request.stated, request.query.language)
        wanted = list(dict.fromkeys([*asked, *requirements]))
        texts = [(_read_record if each.record else _read)(each.prose, each.language) for each in pitches]
        distinct = {
            sentence: row for row, sentence in enumerate(dict.fromkeys(s for each in texts for s in each.texts))
        }
        if not wanted or not distinct:
            return [Grounds() for _ in pitches]
        wanted_vectors = self._encoder.encode_challenges(wanted)
        vectors = self._encoder.encode_solutions(list(distinct))
        row_of = {sentence: row for row, sentence in enumerate(wanted)}
        rows = [row_of[each] for each in requirements]
        least = {
            language: self._least(wanted_vectors[rows], language) for language in {each.language for each in texts}
        }
        background = self._ranker.background(request.query)
        grounds = []
        for text in texts:
            mine = vectors[[distinct[sentence] for sentence in text.texts]]
            losses = self._ranker.losses_without(background, text, mine @ request.query.vector)
            cosines: Floats = (wanted_vectors @ mine.T).astype(np.float64).round(4)
            evidence = weightiest_pairs(asked, text.texts, cosines[[row_of[each] for each in asked]], losses, most)
            grounds.append(
                Grounds(evidence, coverage_of(requirements, least[text.language], text.texts, cosines[rows]))
            )
        return grounds

    def _least(self, requirements: Vectors, language: Language) -> list[float]:
        """For each requirement the cosine from which a sentence in this language addresses it."""
        return [self._ranker.calibration.least_addressing(vector, language) for vector in requirements]


def coverage_of(
    requirements: Sequence[str], least: Sequence[float], answers: Sequence[str], cosines: Floats
) -> tuple[Coverage, ...]:
    """For each requirement the nearest sentence of a pitch, where its cosine reaches ``least``.

    ``cosines`` (m, n) are of requirements with pitch sentences; ties go to the first sentence.
    """
    if not answers:
        return ()
    found = []
    for requirement, enough, row in zip(requirements, least, cosines, strict=True):
        column = int(np.argmax(row))
        similarity = float(row[column])
        sentence = answers[column] if similarity >= enough else None
        found.append(
            Coverage(requirement=requirement, addressed=sentence is not None, sentence=sentence, similarity=similarity)
        )
    return tuple(found)


def weightiest_pairs(
    asked: Sequence[str], answers: Sequence[str], cosines: Floats, losses: Floats, most: int = MOST_PAIRS
) -> tuple[Evidence, ...]:
    """Pair the weightiest sentences of a pitch, each with the nearest sentence of the challenge.

    ``cosines`` (m, n) are of challenge sentences with pitch sentences, ``losses`` (n,) what the fit loses without each
    of these; ties go to what comes first. Rounded values are compared, so that no choice hangs on the last bit. After
    the first only what carries some of the fit is cited (see ``WORTH``).
    """
    weights = np.round(losses, 4)
    order = np.argsort(-weights, kind="stable")[:most]
    pairs: list[Evidence] = []
    for column in order:
        if pairs and (weights[column] <= 0 or weights[column] < WORTH * weights[order[0]]):
            break
        row = int(np.argmax(cosines[:, column]))
        pairs.append(Evidence(challenge=asked[row], solution=answers[column], similarity=float(cosines[row, column])))
    return tuple(pairs)


def _read(prose: tuple[str, str], language: Language) -> Sentences:
    """The telling sentences of a pitch with their terms."""
    texts = telling_sentences(prose)
    terms = [tuple(tokenize(each, language)) for each in texts]
    whole = tuple(tokenize("\n".join(prose), language))
    return Sentences(tuple(texts), room_beside(prose[0]), tuple(terms), whole, language)


def _words(prose: tuple[str, str], language: Language) -> Mapping[str, str]:
    """The terms of a pitch, each as it writes it."""
    return terms_with_surface("\n".join(prose), language)


# One record is proposed to many challenges; a free text is read once and forgotten.
_read_record = lru_cache(maxsize=_KNOWN_PITCHES)(_read)
_words_of_record = lru_cache(maxsize=_KNOWN_PITCHES)(_words)


def matched_terms(asked: Iterable[str], pitch: Pitch, idf: Callable[[str], float], most: int = 8) -> tuple[str, ...]:
    """The words that both texts use, the rarest first, as the pitch writes them.

    ``asked`` are the stems of the challenge, ``idf`` gives the weight of a stem in the corpus. Texts of two languages
    share few: names and technical words.
    """
    answered = (_words_of_record if pitch.record else _words)(pitch.prose, pitch.language)
    shared = sorted(answered.keys() & asked, key=lambda stem: (-idf(stem), stem))
    return tuple(answered[stem] for stem in shared[:most])
