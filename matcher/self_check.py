"""The match turned round: which challenges a pitch answers, and where it would stand. The pitch is not kept."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from corpora.records import Challenge, Language
from matcher.answers import Asked, Wanted
from matcher.eligibility import EligibilityTable, judge_challenge
from matcher.evidence import EvidenceFinder, Pitch, Request, matched_terms
from matcher.passages import challenge_text, split_passages
from matcher.queries import Query, check_text, has_words, make_queries
from matcher.results import ChallengeMatch, ExcludedChallenge, SelfCheckResult, Standing, none_fits
from matcher.scoring import CANDIDATES, ForeignText, Ranker
from matcher.tokens import tokenize
from models.encoder import Encoder

BANDS: Final = (3, 10, 25, 50, 100, 250, 500, CANDIDATES)
"""Last ranks of the ranges that a standing is told in: wide enough to name nobody."""

_DIGITS: Final = 4


@dataclass(frozen=True)
class _Answered:
    """A challenge, how well the pitch answers it, and whether the filters keep it."""

    challenge: Challenge
    asked: Asked
    query: Query
    fit: float
    eligible: bool


def check_pitch(
    pitch: str,
    challenges: Sequence[Challenge],
    ranker: Ranker,
    encoder: Encoder,
    wanted: Wanted,
) -> SelfCheckResult:
    """Score a pitch against every open challenge, as if it were one of the solutions.

    ``encoder`` should be one past which the pitch is forgotten (``CachedEncoder.passing``).

    Raises:
        EmptyText: the pitch holds no words.
        InvalidFilter: a filter that challenges do not have.
    """
    from corpora.language import detect_language

    check_text(pitch)
    language = detect_language(pitch)
    text = _as_text(pitch, language or "fr", encoder)
    still_open = [one for one in challenges if one.status != "closed" and has_words(challenge_text(one))]
    eligible = EligibilityTable(still_open).challenge_mask(wanted.filters)
    asked = [Asked.of(challenge) for challenge in still_open]
    queries = make_queries(encoder, [(each.text, each.language) for each in asked])
    answered = [
        _Answered(challenge, each, query, ranker.fit_of(query, text)[2], bool(keep))
        for challenge, each, query, keep in zip(still_open, asked, queries, eligible, strict=True)
    ]
    answered.sort(key=lambda each: (-each.fit, each.challenge.id))
    kept = [each for each in answered if each.eligible]
    mine, finder = Pitch(("", pitch), language or "fr"), EvidenceFinder(ranker, encoder)
    matches = tuple(
        _match(rank, each, mine, ranker, finder, wanted) for rank, each in enumerate(kept[: wanted.top], start=1)
    )
    return SelfCheckResult(
        pitch=pitch,
        language=language,
        challenges=matches,
        excluded=tuple(_excluded(answered, wanted)),
        ineligible=len(answered) - len(kept),
        no_good_match=none_fits(matches),
        calibrated=ranker.calibration.measured,
        snapshot=ranker.index.id,
        model=encoder.name,
    )


def standing(rank: int, known: int) -> Standing:
    """The range that a rank among ``known`` solutions and the pitch itself falls in."""
    band = bisect_left(BANDS, rank)
    first = BANDS[band - 1] + 1 if band else 1
    last = BANDS[band] if band < len(BANDS) else known + 1
    return Standing(from_=first, to=min(last, known + 1), of=known + 1)


def _excluded(whole: Sequence[_Answered], wanted: Wanted) -> Iterator[ExcludedChallenge]:
    """What would have been in the answer and is not eligible, with the rank it has in the whole ranking."""
    for rank, each in enumerate(whole[: wanted.top], start=1):
        if not each.eligible:
            reasons = judge_challenge(each.challenge, wanted.filters, wanted.lang).reasons
            fit = round(each.fit, _DIGITS)
            yield ExcludedChallenge(challenge=each.asked.view, rank=rank, fit=fit, reasons=reasons)


def _as_text(pitch: str, language: Language, encoder: Encoder) -> ForeignText:
    vectors = encoder.encode_solutions(split_passages("", pitch))
    return ForeignText(vectors, tuple(tokenize(pitch, language)), language)


def _match(
    rank: int, answered: _Answered, mine: Pitch, ranker: Ranker, finder: EvidenceFinder, wanted: Wanted
) -> ChallengeMatch:
    asked = answered.asked
    known = ranker.rank(answered.query, CANDIDATES)
    request = Request(answered.query, asked.prose, asked.stated)
    grounds = finder.find(request, [mine])[0]
    better = int(np.count_nonzero(known.fit > answered.fit))
    fit = round(answered.fit, _DIGITS)
    return ChallengeMatch(
        rank=rank,
        challenge=asked.view,
        fit=fit,
        verdict=ranker.calibration.verdict(fit),
        evidence=grounds.evidence,
        coverage=grounds.coverage,
        matched_terms=matched_terms(answered.query.terms, mine, ranker.index.idf),
        eligibility=judge_challenge(answered.challenge, wanted.filters, wanted.lang),
        standing=standing(better + 1, ranker.index.size),
    )
