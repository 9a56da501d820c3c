import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpora.records import Solution
from matcher.dense import Mask
from matcher.passages import solution_text, split_passages
from matcher.segment import RecordLines, Segment, arranged
from matcher.tokens import tokenize
from tests.encoders import HashingEncoder
from tests.matcher.corpus import ids_of, solution, some_solutions

ENCODER = HashingEncoder()
SOLUTIONS = some_solutions(30)


def everything(segment: Segment) -> Mask:
    return np.ones(segment.size, dtype=bool)


def assert_same(left: Segment, right: Segment) -> None:
    assert list(left.ids) == list(right.ids)
    assert list(left.hashes) == list(right.hashes)
    assert list(left.languages) == list(right.languages)
    assert bytes(left.records.data) == bytes(right.records.data)
    assert np.array_equal(left.passages.first, right.passages.first)
    assert np.array_equal(left.passages.vectors, right.passages.vectors)
    assert list(left.postings.vocabulary) == list(right.postings.vocabulary)
    for name in ("offsets", "documents", "counts", "lengths"):
        assert np.array_equal(getattr(left.postings, name), getattr(right.postings, name))
        assert getattr(left.postings, name).dtype == getattr(right.postings, name).dtype


def test_a_segment_holds_its_solutions_in_the_order_of_their_ids() -> None:
    segment = Segment.of(SOLUTIONS[::-1], ENCODER)
    assert segment.ids == ids_of(SOLUTIONS)
    assert [segment.records.solution(number) for number in range(segment.size)] == SOLUTIONS
    assert segment.hashes == [one.content_hash for one in SOLUTIONS]
    assert segment.languages == [one.language for one in SOLUTIONS]


def test_each_passage_is_encoded_and_belongs_to_its_solution() -> None:
    segment = Segment.of(SOLUTIONS, ENCODER)
    for number, one in enumerate(SOLUTIONS):
        passages = ENCODER.encode_solutions(split_passages(*solution_text(one)))
        first, last = segment.passages.first[number : number + 2]
        assert np.array_equal(segment.passages.vectors[first:last], passages)
        assert (segment.passages.owners[first:last] == number).all()


def test_terms_are_counted_over_the_whole_text_in_its_own_language() -> None:
    pair = [solution("a", "Réseaux", "Connected farms", "en"), solution("b", "Réseaux", "Connected farms", "fr")]
    segment = Segment.of(pair, ENCODER)
    for number, language in enumerate(("en", "fr")):
        held = {segment.postings.vocabulary[term] for term in range(len(segment.postings.vocabulary))
                if number in segment.postings.documents[slice(*segment.postings.offsets[term : term + 2])]}  # fmt: skip
        assert held == set(tokenize("Connected farms Réseaux", language))


def test_of_two_solutions_with_one_id_the_last_counts() -> None:
    segment = Segment.of([solution("a", "eau"), solution("a", "feu")], ENCODER)
    assert segment.size == 1
    assert segment.records.solution(0).text == "feu"


def test_the_order_of_the_solutions_does_not_matter() -> None:
    assert_same(Segment.of(SOLUTIONS, ENCODER), Segment.of(SOLUTIONS[::-1], ENCODER))


def test_hashes_may_be_those_of_the_store() -> None:
    segment = Segment.of(SOLUTIONS[:2], ENCODER, hashes={"s0000": "x", "s0001": "y", "s0002": "z"})
    assert segment.hashes == ["x", "y"]


def test_passages_are_announced_before_they_are_counted() -> None:
    told: list[str] = []
    segment = Segment.of(
        SOLUTIONS,
        ENCODER,
        lambda count: told.append(f"done {count}"),
        announce=lambda count: told.append(f"all {count}"),
    )
    assert told[0] == f"all {segment.passages.first[-1]}"
    assert told[1:] == ["done 1"] * int(segment.passages.first[-1])


def test_a_segment_of_nothing() -> None:
    segment = Segment.of([], ENCODER)
    assert segment.size == 0
    assert segment.passages.vectors.shape == (0, ENCODER.dimension)


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=30, max_size=30))
def test_a_merged_segment_is_the_one_made_of_the_live_solutions(places: list[tuple[int, bool]]) -> None:
    parts: list[list[Solution]] = [[], [], [], []]
    for one, (part, _) in zip(SOLUTIONS, places, strict=True):
        parts[part].append(one)
    live = {one.id for one, (_, alive) in zip(SOLUTIONS, places, strict=True) if alive}
    segments = [Segment.of(part, ENCODER) for part in parts]
    masks = [np.array([one in live for one in segment.ids], dtype=bool) for segment in segments]
    merged = Segment.merged(list(zip(segments, masks, strict=True)))
    assert_same(merged, Segment.of([one for one in SOLUTIONS if one.id in live], ENCODER))


def test_merging_encodes_nothing() -> None:
    encoder = HashingEncoder()
    segment = Segment.of(SOLUTIONS, encoder)
    before = len(encoder.encoded)
    Segment.merged([(segment, everything(segment))])
    assert len(encoder.encoded) == before


def test_live_solutions_are_arranged_by_id_across_parts() -> None:
    left, right = (Segment.of([solution(one) for one in ids], ENCODER) for ids in (["a", "d", "e"], ["b", "d"]))
    part_of, number_of, rows = arranged([(left, np.array([True, False, True])), (right, np.array([True, True]))])
    assert list(zip(part_of.tolist(), number_of.tolist(), strict=True)) == [(0, 0), (1, 0), (1, 1), (0, 2)]
    assert [part.tolist() for part in rows] == [[0, -1, 3], [1, 2]]


@pytest.mark.parametrize("lines", [[], [b"a\n"], [b"a\n", "é\n".encode(), b"c\n"]])
def test_lines_are_read_one_by_one(lines: list[bytes]) -> None:
    records = RecordLines.of(lines)
    assert [records.line(number) for number in range(len(lines))] == lines
