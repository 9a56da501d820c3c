"""From the two signals to a fit: constants that are frozen when a model is calibrated.

The fit is a logistic function of a mix, with weights for each pair of languages::

    logit(fit) = dense * z + lexical * words + query_mean * m + query_spread * s + bias

``z`` is the cosine of the best passage in standard deviations of a reference: the cosines that a query has with
documents of the same language, whose mean (q.M) and spread (the root of q'Cq) follow from the mean vector M and the
covariance C of their passages. The best of k passages is larger by chance alone, so ``passages * ln(k)`` is taken
off. ``m`` and ``s`` are that mean and that spread, in standard deviations from those of usual queries: how far the
documents of a language are what the query is about. They order nothing within a language, but between languages and
challenges. ``words`` is BM25, tempered by the fourth root of the query's self-information (the sum of its terms'
weights): what the size of a corpus adds to every weight counts less, and so does the length of a query. A requirement
counts as addressed by a sentence from ``addressed`` standard deviations of the same reference. The constants belong
to the calibration and not to the corpus: records that are added change no z, and nothing depends on how many
proposals are asked for.

``python -m benchmarks.calibrate`` writes the files in ``matcher/calibrations``: ``<model>.json`` with the weights and
the card, ``<model>.npz`` with the references.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from corpora.records import Language
from matcher.results import VerdictOfFit

Floats: TypeAlias = npt.NDArray[np.float64]
Pair: TypeAlias = tuple[Language, Language]
"""Language of the challenge, language of the solution."""

FOLDER: Final = Path(__file__).parent / "calibrations"
LANGUAGES: Final[tuple[Language, ...]] = ("fr", "en")
PAIRS: Final[tuple[Pair, ...]] = tuple((asked, answered) for asked in LANGUAGES for answered in LANGUAGES)

_LEAST_VARIANCE: Final = 1e-12
"""Keeps a reference of one document, or of equal ones, from dividing by zero."""

STRANGEST: Final = 3.0
"""Standard deviations from usual queries that count at most."""


def words_signal(bm25: npt.NDArray[Any], self_information: float) -> Floats:
    """The lexical signal of BM25 scores of one query."""
    words: Floats = bm25.astype(np.float64) * (USUAL_INFORMATION / max(self_information, 1.0)) ** 0.25
    return words


@dataclass(frozen=True)
class PairWeights:
    """Weights of a pair of languages: logits by unit of ``z``, of ``words``, of ``m`` and of ``s``, and logits."""

    dense: float
    lexical: float
    query_mean: float
    query_spread: float
    bias: float


@dataclass(frozen=True)
class Thresholds:
    """The least fit that is called strong, and plausible."""

    strong: float
    plausible: float


@dataclass(frozen=True)
class Reference:
    """Mean (d,) and covariance (d, d) of the passage vectors of documents in one language.

    ``usual`` (2, 2) holds the centre and the scale of what usual queries are to them: each of the mean and the spread
    of a query's cosines.
    """

    mean: Floats
    covariance: Floats
    usual: Floats = field(default_factory=lambda: np.array([[0.0, 0.0], [1.0, 1.0]]))

    def standardise(self, query: npt.NDArray[np.float32], cosines: npt.NDArray[np.float32]) -> Floats:
        """Cosines of ``query`` (d,) in standard deviations from what a document of the reference would have."""
        standardised: Floats = (cosines.astype(np.float64) - self.mean_cosine(query)) / self.spread(query)
        return standardised

    def mean_cosine(self, query: npt.NDArray[np.float32]) -> float:
        """The mean of the cosines of ``query`` (d,) with documents of the reference."""
        return float(query.astype(np.float64) @ self.mean)

    def spread(self, query: npt.NDArray[np.float32]) -> float:
        """The standard deviation of the cosines of ``query`` (d,) with documents of the reference."""
        wide = query.astype(np.float64)
        return float(np.sqrt(max(float(wide @ self.covariance @ wide), _LEAST_VARIANCE)))

    def beside_usual(self, mean: float, spread: float) -> Floats:
        """Mean and spread (2,) of the cosines of a query, each in standard deviations from those of usual queries.

        No query counts as stranger than by ``STRANGEST``.
        """
        centre, scale = self.usual
        beside: Floats = np.clip((np.array([mean, spread]) - centre) / scale, -STRANGEST, STRANGEST)
        return beside

    def with_usual(self, queries: npt.NDArray[np.float32]) -> "Reference":
        """The reference with ``queries`` (n, d) as the usual ones."""
        found = np.array([(self.mean_cosine(query), self.spread(query)) for query in queries])
        return replace(self, usual=np.stack([found.mean(axis=0), found.std(axis=0)]))


USUAL_INFORMATION: Final = 100.0
"""Self-information of a usual query, of which ``words`` is BM25 as it is."""

GENERIC_WEIGHTS: Final = PairWeights(dense=0.45, lexical=0.2, query_mean=0.0, query_spread=0.0, bias=-4.6)
GENERIC_PASSAGES: Final = 0.75
GENERIC_ADDRESSED: Final = 1.0
GENERIC_THRESHOLDS: Final = Thresholds(strong=0.5, plausible=0.2)


@dataclass(frozen=True)
class Calibration:
    """The frozen constants of one model; ``card`` says what it was fitted on and how well it holds."""

    model: str
    fingerprint: str
    references: Mapping[Language, Reference]
    weights: Mapping[Pair, PairWeights]
    thresholds: Thresholds
    passages: float
    addressed: float = GENERIC_ADDRESSED
    card: Mapping[str, Any] = field(default_factory=dict)

    @property
    def measured(self) -> bool:
        """Whether the weights were fitted and their error measured, so that the fit is a probability."""
        return bool(self.card)

    @classmethod
    def generic(cls, fingerprint: str, mean: Floats, covariance: Floats) -> "Calibration":
        """For a model that nobody calibrated: the corpus is its own reference, the weights are those of any encoder."""
        reference = Reference(mean, covariance)
        return cls(
            model="",
            fingerprint=fingerprint,
            references=dict.fromkeys(LANGUAGES, reference),
            weights=dict.fromkeys(PAIRS, GENERIC_WEIGHTS),
            thresholds=GENERIC_THRESHOLDS,
            passages=GENERIC_PASSAGES,
        )

    def verdict(self, fit: float) -> VerdictOfFit:
        """The word for a fit."""
        if fit >= self.thresholds.strong:
            return "strong"
        return "plausible" if fit >= self.thresholds.plausible else "weak"

    def least_addressing(self, requirement: npt.NDArray[np.float32], language: Language) -> float:
        """The cosine to a requirement's vector (d,) from which a sentence addresses it."""
        reference = self.references[language]
        return reference.mean_cosine(requirement) + self.addressed * reference.spread(requirement)

    def write(self, path: Path) -> None:
        """Write ``path`` (.json) and the references beside it (.npz)."""
        arrays: dict[str, npt.NDArray[Any]] = {}
        for language, reference in self.references.items():
            scale = float(np.abs(reference.covariance).max())
            upper = reference.covariance[np.triu_indices(len(reference.mean))] / scale
            arrays[f"{language}_mean"] = reference.mean.astype(np.float32)
            arrays[f"{language}_scale"] = np.float64(scale).reshape(1)
            arrays[f"{language}_upper"] = upper.astype(np.float16)
            arrays[f"{language}_usual"] = reference.usual
        np.savez_compressed(path.with_suffix(".npz"), **arrays)  # type: ignore[arg-type]
        content = {
            "model": self.model,
            "fingerprint": self.fingerprint,
            "passages": self.passages,
            "addressed": self.addressed,
            "weights": {"-".join(pair): vars(weights) for pair, weights in self.weights.items()},
            "thresholds": vars(self.thresholds),
            "card": dict(self.card),
        }
        path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def load_calibration(fingerprint: str, folder: Path = FOLDER) -> Calibration | None:
    """The calibration of the model with this fingerprint, None when there is none."""
    for path in sorted(folder.glob("*.json")):
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["fingerprint"] == fingerprint:
            return _parse(content, path)
    return None


def checksum(fingerprint: str) -> str:
    """What changes with the constants of a model's calibration; empty where it has none."""
    known = load_calibration(fingerprint)
    constants = known and (known.weights, known.thresholds, known.passages, known.addressed)
    return hashlib.sha256(repr(constants).encode()).hexdigest()[:12] if constants else ""


def _parse(content: Mapping[str, Any], path: Path) -> Calibration:
    return Calibration(
        model=content["model"],
        fingerprint=content["fingerprint"],
        references=_read_references(path.with_suffix(".npz")),
        weights={pair: PairWeights(**content["weights"]["-".join(pair)]) for pair in PAIRS},
        thresholds=Thresholds(**content["thresholds"]),
        passages=content["passages"],
        addressed=content["addressed"],
        card=content["card"],
    )


def _read_references(path: Path) -> dict[Language, Reference]:
    references: dict[Language, Reference] = {}
    with np.load(path) as arrays:
        for language in LANGUAGES:
            mean = arrays[f"{language}_mean"].astype(np.float64)
            upper = np.zeros((len(mean), len(mean)))
            upper[np.triu_indices(len(mean))] = arrays[f"{language}_upper"]
            covariance = (upper + np.triu(upper, 1).T) * float(arrays[f"{language}_scale"][0])
            references[language] = Reference(mean, covariance, arrays[f"{language}_usual"].astype(np.float64))
    return references
