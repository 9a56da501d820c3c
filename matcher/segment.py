"""A segment: some solutions with everything that the index keeps of them. Immutable; an index is made of several."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from corpora.records import Solution
from matcher.dense import Mask, PassageVectors, Rows
from matcher.lexical import Postings
from matcher.passages import solution_text, split_passages
from matcher.tokens import tokenize
from models.encoder import Encoder, Progress

LAYOUT: Final = 3
"""Grows when the same records would give other passages, terms or files: older snapshots are then refused."""


@dataclass(frozen=True)
class RecordLines:
    """Records as JSON, one line each, read one at a time: line i is ``data[offsets[i]:offsets[i + 1]]``."""

    data: bytes | memoryview
    offsets: npt.NDArray[np.int64]

    def line(self, number: int) -> bytes:
        """The JSON of a record, with its line end."""
        return bytes(self.data[self.offsets[number] : self.offsets[number + 1]])

    def solution(self, number: int) -> Solution:
        """The record itself."""
        return Solution.model_validate_json(self.line(number))

    @classmethod
    def of(cls, lines: Sequence[bytes]) -> "RecordLines":
        """Put lines one after the other."""
        return cls(b"".join(lines), _offsets([len(line) for line in lines]))


@dataclass(frozen=True)
class Segment:
    """Solutions in the order of their ids, numbered from 0, with their passages' vectors and their terms."""

    ids: Sequence[str]
    hashes: Sequence[str]
    languages: Sequence[str | None]
    records: RecordLines
    passages: PassageVectors
    postings: Postings

    @property
    def size(self) -> int:
        """The number of solutions."""
        return len(self.ids)

    @classmethod
    def of(
        cls,
        solutions: Sequence[Solution],
        encoder: Encoder,
        progress: Progress | None = None,
        *,
        announce: Progress | None = None,
        hashes: Mapping[str, str] | None = None,
    ) -> "Segment":
        """Split, encode and count ``solutions``; of two with one id the last counts.

        ``announce`` is told the number of passages before ``progress`` counts them. ``hashes`` names the contents by
        id, as the store does; by default each record's own hash is taken.
        """
        ordered = [one for _, one in sorted({one.id: one for one in solutions}.items())]
        texts = [solution_text(one) for one in ordered]
        passages = [split_passages(heading, body) for heading, body in texts]
        flat = [passage for each in passages for passage in each]
        if announce:
            announce(len(flat))
        vectors = encoder.encode_solutions(flat, progress)
        terms = (
            tokenize(f"{heading}\n{body}", one.language) for one, (heading, body) in zip(ordered, texts, strict=True)
        )
        return cls(
            ids=[one.id for one in ordered],
            hashes=[hashes[one.id] if hashes else one.content_hash for one in ordered],
            languages=[one.language for one in ordered],
            records=RecordLines.of([one.model_dump_json().encode() + b"\n" for one in ordered]),
            passages=PassageVectors.of(vectors, _offsets([len(each) for each in passages])),
            postings=Postings.of(terms),
        )

    @classmethod
    def merged(cls, parts: Sequence[tuple["Segment", Mask]]) -> "Segment":
        """One segment of all live solutions: the same as ``of`` makes of them, without encoding or counting again."""
        segments = [segment for segment, _ in parts]
        part_of, number_of, rows = arranged(parts)
        order = [(segments[part], number) for part, number in zip(part_of.tolist(), number_of.tolist(), strict=True)]
        return cls(
            ids=[segment.ids[number] for segment, number in order],
            hashes=[segment.hashes[number] for segment, number in order],
            languages=[segment.languages[number] for segment, number in order],
            records=RecordLines.of([segment.records.line(number) for segment, number in order]),
            passages=_merged_passages([segment.passages for segment in segments], rows),
            postings=_merged_postings([segment.postings for segment in segments], rows),
        )


def arranged(parts: Sequence[tuple[Segment, Mask]]) -> tuple[Rows, Rows, list[Rows]]:
    """The live solutions as rows, in the order of their ids: for each row its part and its number there, and back.

    The third gives, for each part, the row of each of its solutions, -1 where it is not live.
    """
    live = [np.flatnonzero(mask) for _, mask in parts]
    part_of = np.repeat(np.arange(len(parts)), [len(numbers) for numbers in live])
    number_of = np.concatenate([np.zeros(0, dtype=np.int64), *live])
    if len(parts) > 1:
        ids = [
            segment.ids[number]
            for (segment, _), numbers in zip(parts, live, strict=True)
            for number in numbers.tolist()
        ]
        order = sorted(range(len(ids)), key=ids.__getitem__)
        part_of, number_of = part_of[order], number_of[order]
    rows = [np.full(segment.size, -1, dtype=np.int64) for segment, _ in parts]
    for part, to in enumerate(rows):
        mine = np.flatnonzero(part_of == part)
        to[number_of[mine]] = mine
    return part_of, number_of, rows


def _merged_passages(parts: Sequence[PassageVectors], rows: Sequence[npt.NDArray[np.int64]]) -> PassageVectors:
    sizes = np.zeros(sum(int((to >= 0).sum()) for to in rows), dtype=np.int64)
    for part, to in zip(parts, rows, strict=True):
        sizes[to[to >= 0]] = np.diff(part.first)[to >= 0]
    first = _offsets(sizes)
    vectors = np.empty((int(first[-1]), parts[0].faiss_index.d), dtype=np.float32)
    for part, to in zip(parts, rows, strict=True):
        live = to[part.owners] >= 0
        within = np.arange(len(part.owners)) - part.first[part.owners]
        vectors[(first[to[part.owners]] + within)[live]] = part.vectors[live]
    return PassageVectors.of(vectors, first)


def _merged_postings(parts: Sequence[Postings], rows: Sequence[npt.NDArray[np.int64]]) -> Postings:
    words: dict[str, int] = {}
    terms, documents, counts = [], [], []
    lengths = np.zeros(sum(int((to >= 0).sum()) for to in rows), dtype=np.int32)
    for part, to in zip(parts, rows, strict=True):
        numbers = np.asarray([words.setdefault(word, len(words)) for word in part.vocabulary], dtype=np.int32)
        part_terms, part_documents, part_counts = part.triples()
        live = to[part_documents] >= 0
        terms.append(numbers[part_terms[live]])
        documents.append(to[part_documents[live]].astype(np.int32))
        counts.append(part_counts[live])
        lengths[to[to >= 0]] = part.lengths[to >= 0]
    merged = (np.concatenate(terms), np.concatenate(documents), np.concatenate(counts))
    return Postings.from_triples(list(words), *merged, lengths)


def _offsets(sizes: Sequence[int] | npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    return np.concatenate(([0], np.cumsum(np.asarray(sizes, dtype=np.int64)))).astype(np.int64)
