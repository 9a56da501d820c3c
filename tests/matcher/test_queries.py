import numpy as np
import pytest

from matcher.errors import EmptyText
from matcher.passages import split_passages
from matcher.queries import WHOLE, make_queries
from tests.encoders import HashingEncoder
from tests.matcher.corpus import long_pitch


def test_a_query_has_a_unit_vector_and_its_terms_as_often_as_they_occur() -> None:
    encoder = HashingEncoder()
    (query,) = make_queries(encoder, [("Fuites d'eau : la fuite coûte.", "fr")])
    assert query.terms == ("fuit", "eau", "fuit", "cout")
    np.testing.assert_array_equal(query.vector, encoder.encode_challenges([query.text])[0])


def test_a_long_text_is_the_mean_of_its_passages_and_all_are_encoded_at_once() -> None:
    text = long_pitch("La fin.", paragraphs=8)
    encoder = HashingEncoder()
    short, long = make_queries(encoder, [("Une fuite.", "fr"), (text, "fr")])
    pieces = split_passages("", text, WHOLE)
    assert len(pieces) > 1
    assert encoder.encoded == ["Une fuite.", *pieces]
    mean = encoder.encode_challenges(pieces).mean(axis=0)
    np.testing.assert_allclose(long.vector, mean / np.linalg.norm(mean), rtol=1e-5)
    assert np.linalg.norm(long.vector) == pytest.approx(1, abs=1e-6)
    assert short.vector.shape == long.vector.shape


def test_no_language_is_read_as_french() -> None:
    known, unknown = make_queries(HashingEncoder(), [("Des fuites", "fr"), ("Des fuites", None)])
    assert unknown.language == "fr"
    assert unknown.terms == known.terms


@pytest.mark.parametrize("text", ["", "   \n", "?! …", "---"])
def test_a_text_without_words_is_refused(text: str) -> None:
    with pytest.raises(EmptyText, match="the text is empty"):
        make_queries(HashingEncoder(), [(text, "fr")])


def test_no_text_gives_no_query() -> None:
    assert make_queries(HashingEncoder(), []) == []
