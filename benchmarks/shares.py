"""Where the time of a profiled run went: the shares of the parts that a reader knows by name."""

from cProfile import Profile
from pstats import Stats
from typing import Any, Final

PROFILED: Final = {
    "encoding": ("models/network.py", "run"),
    "vectors from the cache": ("matcher/vector_cache.py", "get_many"),
    "scoring and ranking": ("matcher/scoring.py", "ranking"),
    "cosines": ("matcher/index.py", "every_cosine"),
    "evidence and coverage": ("matcher/evidence.py", "find"),
    "words in common": ("matcher/evidence.py", "matched_terms"),
    "eligibility": ("matcher/eligibility.py", "judge"),
    "reading records": ("matcher/segment.py", "solution"),
    "the page": ("matcher/proposals_page.py", "render_page"),
    "the workbook": ("matcher/workbook.py", "write_workbook"),
}
"""Label, and the function behind it."""


def shares(profile: Profile) -> dict[str, str]:
    """The share of the whole that each of ``PROFILED`` takes, with all that it calls; parts may overlap."""
    stats: dict[tuple[str, int, str], tuple[Any, ...]] = Stats(profile).stats  # type: ignore[attr-defined]
    whole = max(each[3] for each in stats.values())
    found = {}
    for label, (where, what) in PROFILED.items():
        spent = sum(each[3] for (file, _, name), each in stats.items() if file.endswith(where) and name == what)
        found[f"share of {label}"] = f"{spent / whole:.0%}"
    return found
