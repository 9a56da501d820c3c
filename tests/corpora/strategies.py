"""Records as hypothesis draws them."""

import datetime as dt
from typing import Any

from hypothesis import strategies as st

from corpora import values
from corpora.records import Challenge, Solution, SolutionKind, Territory, TerritoryKind

words = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=30).filter(
    values.text  # not empty, however an exporting program words it (“#N/D”)
)
optional_words = st.none() | words
days = st.none() | st.dates(dt.date(1990, 1, 1), dt.date(2100, 1, 1))
amounts = st.none() | st.floats(0, 1e9, allow_nan=False)
levels = st.none() | st.integers(1, 9)
several = st.lists(words, max_size=3).map(tuple)
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=5,
)
territories = st.builds(
    Territory, kind=st.none() | st.sampled_from(TerritoryKind), code=optional_words, name=optional_words
)
_common: dict[str, Any] = {
    "id": words,
    "text": st.just("") | words,
    "language": st.sampled_from(["fr", "en", None]),
    "organisation": optional_words,
    "siren": st.none() | st.from_regex(r"[0-9]{9}", fullmatch=True),
    "territory": st.none() | territories,
    "themes": several,
    "ecosystem": several,
    "published": days,
    "extra": st.dictionaries(words, json_values, max_size=3),
}
challenges = st.builds(
    Challenge,
    title=words,
    requirements=several,
    budget=amounts,
    trl_min=levels,
    deadline=days,
    status=st.sampled_from(["open", "closed", None]),
    **_common,
)
solutions = st.builds(
    Solution,
    name=words,
    tagline=optional_words,
    kind=st.none() | st.sampled_from(SolutionKind),
    trl=levels,
    price=amounts,
    available=days,
    **_common,
)
records = challenges | solutions
