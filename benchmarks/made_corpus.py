"""A corpus of any size, made of the bundled solutions: real passages crossed two by two, seeded.

Solution n is a cross of two laureates drawn at random: for its words, the first half of one's and the second half of
the other's; for its vector, a mean of both with a random weight between a half and one, plus noise that has the
covariance of the corpus at a quarter of its size, at unit length. So frequencies of words and the spread of vectors
stay those of real texts, near neighbours are many (a million crosses of 2,157), and no two solutions are the same.
The challenges are real: the needs written from solutions.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from benchmarks.training_sets import labelled, needs
from corpora import open_data
from corpora.records import Language, Solution
from matcher.dense import PassageVectors
from matcher.evaluation import cached_encoder
from matcher.index import Index
from matcher.lexical import Postings
from matcher.passages import solution_text, split_passages
from matcher.queries import Query, make_queries
from matcher.segment import RecordLines, Segment
from matcher.sentences import split_sentences
from matcher.tokens import tokenize
from models.encoder import Progress, Vectors

NOISE = 0.25
"""Standard deviation of the noise, of that of the corpus."""

_AT_ONCE = 50_000


@dataclass(frozen=True)
class MadeCorpus:
    """Made solutions: unit ``vectors`` (n, d), one passage each, and the ``terms`` of each."""

    vectors: Vectors
    terms: Sequence[Sequence[str]]
    fingerprint: str

    @property
    def size(self) -> int:
        """The number of solutions."""
        return len(self.vectors)

    @cached_property
    def segment(self) -> Segment:
        """The corpus as the index keeps it, with records that hold an id and no text."""
        ids = [f"made-{number:07d}" for number in range(self.size)]
        return Segment(
            ids=ids,
            hashes=ids,
            languages=["fr"] * self.size,
            records=RecordLines.of([b'{"id":"%s"}\n' % one.encode() for one in ids]),
            passages=PassageVectors.of(self.vectors, np.arange(self.size + 1, dtype=np.int64)),
            postings=Postings.of(self.terms),
        )

    @cached_property
    def index(self) -> Index:
        """The corpus in memory."""
        return Index(self.fingerprint, self.vectors.shape[1], [(self.segment, np.ones(self.size, dtype=bool))])


def make_corpus(size: int, seed: int = 0) -> MadeCorpus:
    """Make ``size`` solutions; those of a smaller corpus are the first of a larger one."""
    encoder = cached_encoder("default")
    texts = list(labelled("local_fr").documents.values())
    terms = [tokenize(text, "fr") for text in texts]
    vectors = np.empty((size, encoder.dimension), dtype=np.float32)
    made: list[list[str]] = []
    for pairs, block in _crosses(encoder.encode_solutions(texts), size, seed):
        vectors[len(made) : len(made) + len(block)] = block
        made += [terms[a][: len(terms[a]) // 2] + terms[b][len(terms[b]) // 2 :] for a, b in pairs]
    return MadeCorpus(vectors, made, encoder.fingerprint)


def make_records(size: int, seed: int = 0) -> tuple[list[Solution], dict[str, Vectors]]:
    """Solutions as records, crossed sentence-wise, and the vector of each of their passages' texts.

    A record is one laureate's but for its id and the second half of its sentences, which are the other's.
    """
    laureates = open_data.solutions()
    sentences = [split_sentences(solution_text(one)[1]) for one in laureates]
    real = cached_encoder("default").encode_solutions([" ".join(solution_text(one)) for one in laureates])
    records: list[Solution] = []
    vectors: dict[str, Vectors] = {}
    for pairs, block in _crosses(real, size, seed):
        for (one, other), vector in zip(pairs, block, strict=True):
            halves = sentences[one][: len(sentences[one]) // 2 + 1] + sentences[other][len(sentences[other]) // 2 + 1 :]
            number = len(records)
            changes = {"id": f"made-{number:07d}", "tagline": None, "text": " ".join([*halves, f"({number})"])}
            records.append(laureates[one].model_copy(update=changes))
            vectors |= dict.fromkeys(split_passages(*solution_text(records[-1])), vector)
    return records, vectors


def _crosses(real: Vectors, size: int, seed: int) -> Iterator[tuple[list[tuple[int, int]], Vectors]]:
    """Pairs of numbers of real solutions and the vectors of their crosses, many at a time."""
    root = np.linalg.cholesky(np.cov(real.T) + 1e-9 * np.eye(real.shape[1])).astype(np.float32)
    for start in range(0, size, _AT_ONCE):
        random = np.random.default_rng((seed, start))
        one, other = random.integers(len(real), size=(2, _AT_ONCE))
        weight = random.uniform(0.5, 1, size=(_AT_ONCE, 1)).astype(np.float32)
        noise = random.standard_normal((_AT_ONCE, real.shape[1]), dtype=np.float32) @ root.T
        block: Vectors = weight * real[one] + (1 - weight) * real[other] + np.float32(NOISE) * noise
        block /= np.linalg.norm(block, axis=1, keepdims=True)
        left = min(_AT_ONCE, size - start)
        yield list(zip(one[:left].tolist(), other[:left].tolist(), strict=True)), block[:left]


class MadeEncoder:
    """The default encoder, but that it knows the vectors of made passages and need not encode them."""

    def __init__(self, vectors: Mapping[str, Vectors]) -> None:
        self._encoder = cached_encoder("default")
        self._vectors = vectors
        self.name, self.fingerprint = self._encoder.name, self._encoder.fingerprint
        self.dimension = self._encoder.dimension

    def encode_challenges(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Encode the query side."""
        return self._encoder.encode_challenges(texts, progress)

    def encode_solutions(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Encode the document side, except made passages."""
        real = [text for text in texts if text not in self._vectors]
        found = dict(zip(real, self._encoder.encode_solutions(real), strict=True))
        if progress:
            progress(len(texts))
        return np.stack([self._vectors[text] if text in self._vectors else found[text] for text in texts])


def real_queries(count: int) -> list[Query]:
    """So many of the needs, in French, those written from laureates first."""
    texts = [row["need"] for source in ("laureate", "cordis") for row in needs(source)][:count]
    asked: list[tuple[str, Language | None]] = [(text, "fr") for text in texts]
    return make_queries(cached_encoder("default"), asked)
