"""From rankings to answers: the proposals of a challenge, with their reasons, and what was excluded."""

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from corpora.records import Challenge, Language, Solution, Territory
from matcher.dense import Mask
from matcher.diversity import CANDIDATES_A_PLACE, varied
from matcher.eligibility import EligibilityTable, judge
from matcher.evidence import (
    EvidenceFinder,
    Grounds,
    Pitch,
    Request,
    challenge_prose,
    matched_terms,
    sentences_asked,
)
from matcher.filters import Filters
from matcher.index import Index
from matcher.interests import identity
from matcher.passages import challenge_text
from matcher.queries import Query, check_text, make_queries, pieces_of
from matcher.results import ChallengeView, Diversity, Excluded, MatchResult, Proposal, SolutionView, none_fits
from matcher.scoring import Ranker, Ranking, Scored
from matcher.sentences import Prose
from matcher.vector_cache import CachedEncoder
from models.encoder import Encoder, Progress, Vectors

TOGETHER: Final = 64
"""Challenges that are encoded and searched at once."""

_TITLE: Final = 100
_DIGITS: Final = 4


@dataclass(frozen=True)
class Asked:
    """A challenge as it was asked: what is shown of it, the text that is matched, and the record behind it."""

    view: ChallengeView
    text: str
    language: Language
    prose: Prose
    record: Challenge | None = None

    @property
    def stated(self) -> tuple[str, ...]:
        """The requirements that the record states."""
        return tuple(self.record.requirements) if self.record else ()

    @classmethod
    def of(cls, challenge: Challenge | str) -> "Asked":
        """A record, or a free text whose language is detected and whose title is how it begins.

        Raises:
            EmptyText: the text holds no words.
        """
        from corpora.language import detect_language

        record = challenge if isinstance(challenge, Challenge) else None
        text = (challenge_text(challenge) if isinstance(challenge, Challenge) else challenge).strip()
        check_text(text)
        language: Language = (record.language if record else None) or detect_language(text) or "fr"
        if record is None:
            title = textwrap.shorten(text, _TITLE, placeholder="…")
            return cls(ChallengeView(id=None, title=title, text=text, language=language), text, language, text)
        view = ChallengeView(id=record.id, title=record.title, text=record.text, language=language)
        return cls(view, text, language, challenge_prose(record), record)


@dataclass(frozen=True)
class Wanted:
    """How an answer is wanted: places, conditions, the language of reasons, and whether variety counts."""

    top: int
    filters: Filters
    lang: str
    diverse: bool = False

    @property
    def depth(self) -> int:
        """Candidates that the places are filled from."""
        return self.top * CANDIDATES_A_PLACE if self.diverse else self.top


class Answerer:
    """Answers challenges on one snapshot. Safe between threads."""

    def __init__(self, index: Index, encoder: CachedEncoder) -> None:
        self.index = index
        self.ranker = Ranker.of(index)
        self._encoder = encoder
        self._table: EligibilityTable | None = None

    def answer(self, asked: Sequence[Asked], wanted: Wanted, progress: Progress | None = None) -> Iterator[MatchResult]:
        """One result for each challenge, in their order; ``progress`` counts challenges. Free texts are not kept."""
        for start in range(0, len(asked), TOGETHER):
            some = asked[start : start + TOGETHER]
            encoder = self._encoder_for(some)
            finder = EvidenceFinder(self.ranker, encoder)
            queries = make_queries(encoder, [(each.text, each.language) for each in some])
            for each, query, scored in zip(some, queries, self.ranker.scored(queries), strict=True):
                yield self._result(each, query, scored, finder, wanted)
                if progress:
                    progress(1)

    def _encoder_for(self, asked: Sequence[Asked]) -> Encoder:
        """The cached encoder; where there are free texts, one that has encoded all that they need in one go."""
        if all(each.record for each in asked):
            return self._encoder
        encoder = self._encoder.passing("challenge")
        encoder.encode_challenges(
            [
                text
                for each in asked
                for text in (*pieces_of(each.text), *sentences_asked(each.prose, each.stated, each.language))
            ]
        )
        return encoder

    def _result(
        self, asked: Asked, query: Query, scored: Scored, finder: EvidenceFinder, wanted: Wanted
    ) -> MatchResult:
        keep = self._eligible(wanted.filters, asked.record)
        ranking = scored.ranking(wanted.depth, keep)
        shown = self._varied(ranking, wanted.top) if wanted.diverse else ranking
        proposals = self._proposals(asked, query, shown, finder, wanted)
        return MatchResult(
            challenge=asked.view,
            proposals=proposals,
            excluded=() if keep is None else self._excluded(asked, scored.ranking(wanted.top), keep, wanted),
            ineligible=0 if keep is None else int(np.count_nonzero(~keep)),
            no_good_match=none_fits(proposals),
            diversity=_cost_of(shown, ranking.first(wanted.top)) if wanted.diverse else None,
            calibrated=self.ranker.calibration.measured,
            snapshot=self.index.id,
            model=self._encoder.name,
        )

    def _varied(self, ranking: Ranking, top: int) -> Ranking:
        solutions = [self.index.solution(int(row)) for row in ranking.rows]
        vectors: Vectors = self.index.mean_vectors(ranking.rows)
        organisations = [identity(solution).names for solution in solutions]
        return ranking.at(varied(ranking.fit, vectors, organisations, top))

    def _eligible(self, filters: Filters, challenge: Challenge | None) -> Mask | None:
        """The mask of eligible rows, None where all are."""
        if not is_constrained(filters, challenge):
            return None  # the usual case: no record has to be read
        if self._table is None:
            self._table = EligibilityTable(self.index.solutions())
        mask = self._table.mask(filters, challenge)
        return None if mask.all() else mask

    def _proposals(
        self, asked: Asked, query: Query, ranking: Ranking, finder: EvidenceFinder, wanted: Wanted
    ) -> tuple[Proposal, ...]:
        solutions = [self.index.solution(int(row)) for row in ranking.rows]
        pitches = [Pitch.of(solution) for solution in solutions]
        grounds = finder.find(Request(query, asked.prose, asked.stated), pitches)
        return tuple(
            self._proposal(
                asked,
                place,
                solution,
                ranking,
                grounds[place],
                matched_terms(query.terms, pitch, self.index.idf),
                wanted,
            )
            for place, (solution, pitch) in enumerate(zip(solutions, pitches, strict=True))
        )

    def _proposal(
        self,
        asked: Asked,
        place: int,
        solution: Solution,
        ranking: Ranking,
        grounds: Grounds,
        terms: tuple[str, ...],
        wanted: Wanted,
    ) -> Proposal:
        fit = round(float(ranking.fit[place]), _DIGITS)
        return Proposal(
            rank=place + 1,
            challenge_id=asked.view.id,
            solution=view_of(solution),
            fit=fit,
            verdict=self.ranker.calibration.verdict(fit),
            scores={
                "dense": round(float(ranking.dense[place]), _DIGITS),
                "lexical": round(float(ranking.lexical[place]), _DIGITS),
            },
            evidence=grounds.evidence,
            coverage=grounds.coverage,
            matched_terms=terms,
            eligibility=judge(solution, wanted.filters, wanted.lang, asked.record),
        )

    def _excluded(self, asked: Asked, whole: Ranking, keep: Mask, wanted: Wanted) -> tuple[Excluded, ...]:
        """What the whole ranking holds that is not eligible, with the rank it has there."""
        found = []
        for place in np.flatnonzero(~keep[whole.rows]):
            solution = self.index.solution(int(whole.rows[place]))
            reasons = judge(solution, wanted.filters, wanted.lang, asked.record).reasons
            fit = round(float(whole.fit[place]), _DIGITS)
            found.append(Excluded(solution=view_of(solution), rank=int(place) + 1, fit=fit, reasons=reasons))
        return tuple(found)


def _cost_of(shown: Ranking, best: Ranking) -> Diversity | None:
    if not len(best):
        return None
    mean, best_mean = (round(float(np.mean(each.fit)), _DIGITS) for each in (shown, best))
    return Diversity(mean_fit=mean, best_mean_fit=best_mean)


def is_constrained(filters: Filters, challenge: Challenge | None) -> bool:
    """Whether a filter, or the challenge itself, can exclude anything."""
    if filters.model_dump(exclude={"strict"}, exclude_defaults=True):
        return True
    if challenge is None:
        return False
    return any(
        value is not None
        for value in (
            challenge.trl_min,
            challenge.budget,
            challenge.deadline,
            challenge.hosting,
            challenge.organisation,
            challenge.siren,
        )
    )


def view_of(solution: Solution) -> SolutionView:
    """What an answer shows of a solution."""
    return SolutionView(
        id=solution.id,
        name=solution.name,
        organisation=solution.organisation,
        kind=solution.kind,
        tagline=solution.tagline,
        language=solution.language,
        themes=solution.themes,
        territory=_place(solution.territory),
        trl=solution.trl,
        price=solution.price,
        ecosystem=solution.ecosystem,
        source=solution.source,
        url=solution.url,
    )


def _place(territory: Territory | None) -> str | None:
    return (territory.name or territory.code) if territory else None
