"""Bundled open data: records to match, labelled sets to judge by, pairs to train on.

Each set has a datasheet beside it (``<name>.md``): origin, licence, fields, what was derived and how it was prepared.
"""

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, get_args

from corpora.records import Challenge, Solution

ChallengeSet = Literal["written_challenges", "eig_challenges", "fonds_vert_needs", "horizon_topics"]
LabelledSet = Literal["local_fr", "inov_company", "ademe", "cordis", "cordis_fr2en", "sdg_fr2en"]
TrainingSet = Literal[
    "needs", "pairs", "voices", "topics", "projects", "graded", "graded_across", "pitches", "programmes"
]

CHALLENGE_SETS: tuple[ChallengeSet, ...] = get_args(ChallengeSet)
LABELLED_SETS: tuple[LabelledSet, ...] = get_args(LabelledSet)
TRAINING_SETS: tuple[TrainingSet, ...] = get_args(TrainingSet)


def folder() -> Path:
    """Where the bundled files are."""
    return Path(__file__).parent


def names() -> tuple[str, ...]:
    """Every set: solutions, challenges, labelled, training. Each has a datasheet of its name."""
    return (
        "laureates",
        *CHALLENGE_SETS,
        *(f"labelled/{name}" for name in LABELLED_SETS),
        *(f"training/{name}" for name in TRAINING_SETS),
    )


def solutions() -> list[Solution]:
    """The French laureates of i-Nov, i-Lab and i-PhD."""
    return [Solution.model_validate_json(line) for line in _lines(folder() / "laureates.jsonl.gz")]


def challenges(name: ChallengeSet = "written_challenges") -> list[Challenge]:
    """One of the bundled sets of challenges."""
    return [Challenge.model_validate_json(line) for line in _lines(_known(name, CHALLENGE_SETS, f"{name}.jsonl.gz"))]


def labelled(name: LabelledSet) -> Path:
    """Folder of a labelled set in BEIR layout: ``corpus.jsonl.gz``, ``queries.jsonl.gz``, ``qrels/test.tsv``."""
    return _known(name, LABELLED_SETS, f"labelled/{name}")


def training(name: TrainingSet) -> Path:
    """File to train on, gzipped JSON lines; its datasheet describes the rows."""
    return _known(name, TRAINING_SETS, f"training/{name}.jsonl.gz")


def _known(name: str, names: tuple[str, ...], path: str) -> Path:
    if name not in names:
        raise ValueError(f"No bundled set is called {name!r}. Use one of: {', '.join(names)}.")
    return folder() / path


def _lines(path: Path) -> Iterator[str]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from lines
