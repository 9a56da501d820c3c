"""What a match returns: the same shapes in the library, on the command line and over HTTP."""

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Fit = Annotated[float, Field(ge=0, le=1)]
VerdictOfFit = Literal["strong", "plausible", "weak"]
Calibrated = Annotated[bool, Field(exclude_if=lambda value: value)]
"""False where the model has no calibration: the fit ranks and is no probability. Left out of the JSON where true."""


class Result(BaseModel):
    """Base of the result types: immutable, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ChallengeView(Result):
    """The challenge as it was matched; ``id`` is None for a free text."""

    id: str | None
    title: str
    text: str
    language: str | None


class SolutionView(Result):
    """What an answer shows of a solution."""

    id: str
    name: str
    organisation: str | None = None
    kind: str | None = None
    tagline: str | None = None
    language: str | None = None
    themes: tuple[str, ...] = ()
    territory: str | None = None
    trl: int | None = None
    price: float | None = None
    ecosystem: tuple[str, ...] = ()
    source: str | None = None
    url: str | None = None


class Evidence(Result):
    """A sentence of the challenge, the sentence of the pitch that answers it, and their cosine similarity."""

    challenge: str
    solution: str
    similarity: float


class Coverage(Result):
    """A requirement of the challenge: the sentence of the pitch that addresses it, None where none does.

    ``similarity`` is the cosine with the nearest sentence, whether it addresses the requirement or not.
    """

    requirement: str
    addressed: bool
    sentence: str | None = None
    similarity: float


class Reason(Result):
    """The verdict on one constraint, with the values compared.

    ``constraint`` is the filter's word (kind, theme, trl_min, …); ``message`` is worded in the language asked for.
    """

    constraint: str
    verdict: Literal["met", "not_met", "unknown"]
    required: Any = None
    found: Any = None
    message: str


class Eligibility(Result):
    """The verdict on all hard constraints: not eligible when one is not met (or unknown, under ``strict``)."""

    eligible: bool
    reasons: tuple[Reason, ...] = ()


class Proposal(Result):
    """One solution for one challenge."""

    rank: int
    challenge_id: str | None
    solution: SolutionView
    fit: Fit
    verdict: VerdictOfFit
    scores: dict[str, float]
    evidence: tuple[Evidence, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    matched_terms: tuple[str, ...] = ()
    eligibility: Eligibility


class _Excluded:
    """What excluded records have in common."""

    if TYPE_CHECKING:  # the fields are their own, in an order of their own
        reasons: tuple[Reason, ...]

    @property
    def against(self) -> tuple[Reason, ...]:
        """The reasons that are not met, or unknown."""
        return tuple(reason for reason in self.reasons if reason.verdict != "met")


class Excluded(Result, _Excluded):
    """A solution that would have ranked in the answer; ``rank`` is the rank it would have had."""

    solution: SolutionView
    rank: int
    fit: Fit
    reasons: tuple[Reason, ...]


class Diversity(Result):
    """What variety costs: the mean fit of the proposals, and that of the best ones without regard to variety."""

    mean_fit: Fit
    best_mean_fit: Fit


class MatchResult(Result):
    """The answer to one challenge.

    ``excluded`` lists what would have been in it, ``ineligible`` counts all solutions that conditions exclude, where
    they exclude any; ``diversity`` is there where variety was asked for.
    """

    challenge: ChallengeView
    proposals: tuple[Proposal, ...]
    excluded: tuple[Excluded, ...] = ()
    ineligible: Annotated[int, Field(exclude_if=lambda value: not value)] = 0
    no_good_match: bool
    diversity: Annotated[Diversity | None, Field(exclude_if=lambda value: value is None)] = None
    calibrated: Calibrated = True
    snapshot: str
    model: str

    @property
    def unanswered(self) -> bool:
        """Whether no proposal is plausible: nothing fits, or what does was taken away."""
        return none_fits(self.proposals)

    @property
    def taken_elsewhere(self) -> bool:
        """Whether its good matches all went to other challenges, as a limit for each solution may have it."""
        return self.unanswered and not self.no_good_match


class Standing(Result):
    """Where a pitch would stand among ``of`` known solutions plus itself, as a range of ranks."""

    from_: Annotated[int, Field(alias="from", serialization_alias="from")]
    to: int
    of: int

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class ChallengeMatch(Result):
    """One challenge that a pitch answers."""

    rank: int
    challenge: ChallengeView
    fit: Fit
    verdict: VerdictOfFit
    evidence: tuple[Evidence, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    matched_terms: tuple[str, ...] = ()
    eligibility: Eligibility
    standing: Standing


class ExcludedChallenge(Result, _Excluded):
    """A challenge that would have ranked in the answer; ``rank`` is the rank it would have had."""

    challenge: ChallengeView
    rank: int
    fit: Fit
    reasons: tuple[Reason, ...]


class SelfCheckResult(Result):
    """The answer to one pitch; the pitch is not kept. ``excluded`` and ``ineligible`` as in ``MatchResult``."""

    pitch: str
    language: str | None
    challenges: tuple[ChallengeMatch, ...]
    excluded: tuple[ExcludedChallenge, ...] = ()
    ineligible: Annotated[int, Field(exclude_if=lambda value: not value)] = 0
    no_good_match: bool
    calibrated: Calibrated = True
    snapshot: str
    model: str


def none_fits(found: Iterable[Proposal | ChallengeMatch]) -> bool:
    """Whether none of an answer is plausible or better."""
    return all(each.verdict == "weak" for each in found)


class IndexReport(Result):
    """What an indexing run did. Counts are of records, passages and texts; seconds of wall time."""

    snapshot: str
    model: str
    challenges: int
    solutions: int
    passages: int
    added: int
    changed: int
    removed: int
    encoded: int
    seconds: float


class Status(Result):
    """Health of a workspace; ``calibrated``: whether a calibration of the model makes its fit a probability."""

    workspace: str
    database: str
    schema_version: str
    challenges: int
    solutions: int
    snapshot: str | None
    snapshot_created: dt.datetime | None
    snapshot_solutions: int | None
    snapshot_challenges: int | None
    stale: bool
    model: str
    fingerprint: str | None
    calibrated: bool
    vectors: int
    problems: tuple[str, ...] = ()
    healthy: bool
