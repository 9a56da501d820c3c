"""Evidence: the sentences of a pitch that answer the sentences of a challenge, and the words they share."""

import re
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

import numpy as np

from corpora.records import Challenge
from matcher.results import Evidence
from models.encoder import Encoder, Vectors

Prose: TypeAlias = str | tuple[str, str]
"""A text, or its heading (title, name) and the text."""

MOST_PAIRS: Final = 3
MOST_SENTENCES: Final = 200
"""Sentences of one text that are compared: the first 200, about twelve pages."""

_WORD: Final = re.compile(r"[^\W\d_]{2,}")
_ENDED: Final = re.compile(r"[.!?…;»”\")\]]\s*$")


def challenge_prose(challenge: Challenge) -> tuple[str, str]:
    """A challenge as ``EvidenceFinder`` reads it: its title, then its text with the requirements, one a line."""
    return challenge.title, "\n".join(part for part in (challenge.text, *challenge.requirements) if part)


class EvidenceFinder:
    """Finds the evidence of proposals; the encoder should be the cached one, for sentences come back."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    def find(self, challenge: Prose, solutions: Sequence[Prose], most: int = MOST_PAIRS) -> list[tuple[Evidence, ...]]:
        """The evidence of each solution, in their order: at most ``most`` pairs, the most similar first.

        All sentences of the challenge are encoded in one call and those of all solutions in another.
        Only the first ``MOST_SENTENCES`` telling sentences of a text are read (see ``telling_sentences``).
        """
        asked = telling_sentences(challenge)
        answers = [telling_sentences(solution) for solution in solutions]
        distinct = {sentence: row for row, sentence in enumerate(dict.fromkeys(s for each in answers for s in each))}
        if not asked or not distinct:
            return [() for _ in solutions]
        asked_vectors = self._encoder.encode_challenges(asked)
        vectors = self._encoder.encode_solutions(list(distinct))
        return [
            best_pairs(asked, asked_vectors, answer, vectors[[distinct[sentence] for sentence in answer]], most)
            for answer in answers
        ]


def best_pairs(
    challenge_sentences: Sequence[str],
    challenge_vectors: Vectors,
    solution_sentences: Sequence[str],
    solution_vectors: Vectors,
    most: int = MOST_PAIRS,
) -> tuple[Evidence, ...]:
    """Pair sentences one to one, the most similar pair first (greedy), ties by order in the texts.

    ``challenge_vectors`` (m, d) and ``solution_vectors`` (n, d) are unit vectors; the similarity is their
    cosine, rounded to 4 digits before anything is compared, so that the choice does not hang on the last bit.
    """
    if not challenge_sentences or not solution_sentences:
        return ()
    cosines = np.round((challenge_vectors @ solution_vectors.T).astype(np.float64), 4)
    pairs: list[Evidence] = []
    while len(pairs) < min(most, *cosines.shape):
        row, column = divmod(int(np.argmax(cosines)), cosines.shape[1])  # the first of equals
        similarity = float(cosines[row, column])
        pairs.append(
            Evidence(challenge=challenge_sentences[row], solution=solution_sentences[column], similarity=similarity)
        )
        cosines[row, :] = cosines[:, column] = -np.inf
    return tuple(pairs)


def telling_sentences(prose: Prose) -> list[str]:
    """The distinct sentences that say something: four words or more, and no heading inside the text.

    Where the text has none, its heading (or the text as it is) stands for it. At most ``MOST_SENTENCES``, the first.
    """
    from matcher.sentences import split_sentences

    heading, text = ("", prose) if isinstance(prose, str) else prose
    sentences = [sentence.strip() for sentence in split_sentences(text)]
    telling = list(dict.fromkeys(sentence for sentence in sentences if _tells(sentence)))
    if not telling:
        telling = [short for short in (heading.strip(), text.strip()) if short][:1]
    return telling[:MOST_SENTENCES]


def _tells(sentence: str) -> bool:
    words = len(_WORD.findall(sentence))
    if words < 4 or sentence.isupper():
        return False
    return words > 6 or bool(_ENDED.search(sentence))  # short and without a full stop: a heading


def matched_terms(
    challenge_text: str,
    challenge_language: str | None,
    solution_text: str,
    solution_language: str | None,
    idf: Callable[[str], float],
    most: int = 8,
) -> tuple[str, ...]:
    """The words that both texts use, the rarest first, as the pitch writes them.

    ``idf`` gives the weight of a stem in the corpus. Texts of two languages share no stems, so they give nothing.
    """
    if challenge_language != solution_language:
        return ()
    from matcher.tokens import terms_with_surface

    asked = terms_with_surface(challenge_text, challenge_language)
    answered = terms_with_surface(solution_text, solution_language)
    shared = sorted(asked.keys() & answered.keys(), key=lambda stem: (-idf(stem), stem))
    return tuple(answered[stem] for stem in shared[:most])
