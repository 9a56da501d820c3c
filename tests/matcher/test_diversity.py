import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matcher.diversity import varied

FIT = np.array([0.9, 0.85, 0.8, 0.3])
APART = np.eye(4, dtype=np.float32)


def names(*organisations: str | None) -> list[frozenset[str]]:
    return [frozenset(filter(None, [each])) for each in organisations]


def test_what_is_unlike_stays_in_the_order_of_fit() -> None:
    assert varied(FIT, APART, names("a", "b", "c", "d"), 3) == [0, 1, 2]


def test_an_organisation_waits_until_the_others_have_had_their_turn() -> None:
    assert varied(FIT, APART, names("a", "a", "b", "c"), 4) == [0, 2, 3, 1]
    both = [frozenset({"siren", "a"}), frozenset({"a"}), *names("b", "c")]
    assert varied(FIT, APART, both, 4) == [0, 2, 3, 1]


def test_unknown_organisations_are_like_no_other() -> None:
    assert varied(FIT, APART, names(None, None, None, None), 2) == [0, 1]


def test_a_near_copy_gives_way_to_something_else() -> None:
    vectors = np.array([[1, 0], [1, 0], [0, 1], [0, -1]], dtype=np.float32)
    assert varied(FIT, vectors, names("a", "b", "c", "d"), 2) == [0, 2]
    assert varied(FIT, vectors, names("a", "b", "c", "d"), 4) == [0, 2, 3, 1], "however much better it fits"


def test_nothing_to_vary() -> None:
    assert varied(np.zeros(0), np.zeros((0, 2), dtype=np.float32), [], 5) == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12), st.integers(1, 12), st.data())
def test_laws(fits: list[float], top: int, data: st.DataObject) -> None:
    fit = np.array(sorted(fits, reverse=True))
    organisations = data.draw(st.lists(st.sampled_from(["a", "b", None]), min_size=len(fit), max_size=len(fit)))
    vectors = np.random.default_rng(len(fit)).standard_normal((len(fit), 4)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    placed = varied(fit, vectors, names(*organisations), top)
    assert len(placed) == len(set(placed)) == min(top, len(fit))
    assert placed[0] == 0, "the best candidate always comes first"
    known = [organisations[one] for one in placed if organisations[one]]
    once = len(dict.fromkeys(known))
    waiting = {each for each in organisations if each} - set(known)
    assert not waiting or len(known) == once, "nobody comes twice while somebody waits"
