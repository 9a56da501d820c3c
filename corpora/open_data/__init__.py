"""Bundled open data: records to match, labelled sets to judge by, pairs to train on.

Each file has a datasheet beside it (``<name>.md``); licences and attributions are in ``NOTICE``.
"""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, get_args

from corpora.records import Challenge, Solution

FOLDER = Path(__file__).parent

ChallengeSet = Literal["written_challenges", "eig_challenges", "fonds_vert_needs", "horizon_topics"]
CHALLENGE_SETS: tuple[ChallengeSet, ...] = get_args(ChallengeSet)
LABELLED_SETS = ("local_fr", "inov_company", "ademe", "cordis", "cordis_fr2en", "sdg_fr2en")


def solutions() -> list[Solution]:
    """The French laureates of i-Nov, i-Lab and i-PhD."""
    return [Solution.model_validate(row) for row in _rows(FOLDER / "laureates.jsonl.gz")]


def challenges(name: ChallengeSet = "written_challenges") -> list[Challenge]:
    """One of the bundled sets of challenges."""
    return [Challenge.model_validate(row) for row in _rows(FOLDER / f"{name}.jsonl.gz")]


def labelled(name: str) -> Path:
    """Folder of a labelled set, in BEIR layout with gzipped lines."""
    return FOLDER / "labelled" / name


def training(name: Literal["needs", "pairs"]) -> list[dict[str, object]]:
    """Rows to train on, as their datasheet describes them."""
    return list(_rows(FOLDER / "training" / f"{name}.jsonl.gz"))


def _rows(path: Path) -> Iterator[dict[str, object]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)
