"""The verdict on hard constraints: a filter's, and those that the challenge itself states.

One rule for all: what the record says is compared with what is required, several values meaning
any of them. What it does not say is ``unknown``, and excludes nothing unless ``strict``. The mask
that the index needs and the reasons that a reader sees come from the same comparisons.
"""

import datetime as dt
import operator
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from corpora.records import Challenge, Record, Solution
from matcher.errors import InvalidFilter
from matcher.filters import Filters
from matcher.folding import fold, holds_words
from matcher.interests import conflict, identity
from matcher.results import Eligibility, Reason
from matcher.territories import best_of, compare, label, name_of, place_of, requested, resolve
from matcher.wording import fault, say

Verdict = Literal["met", "not_met", "unknown"]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Constraint:
    """One thing required of a record.

    ``read`` takes out of the record what ``decide`` compares. The reader is told ``worded`` as required and
    ``shown(record)`` as found, where they differ from ``required`` and ``read(record)``.
    """

    name: str
    code: str
    required: Any
    read: Callable[[Any], Hashable]
    decide: Callable[[Any], Verdict]
    worded: Any = None
    shown: Callable[[Any], Any] | None = None

    def reason(self, record: Record, lang: str) -> Reason:
        """The verdict with the values compared, worded."""
        found = (self.shown or self.read)(record)
        verdict = self.decide(self.read(record))
        sentence = "vague" if verdict == "unknown" and found else verdict  # said something, but not enough
        message = say(f"{self.code}.{sentence}", lang, required=self.worded or self.required, found=found)
        return Reason(
            constraint=self.name, verdict=verdict, required=_plain(self.required), found=_plain(found), message=message
        )


def judge(solution: Solution, filters: Filters, lang: str = "fr", challenge: Challenge | None = None) -> Eligibility:
    """Judge a solution by the filters, then by what the challenge states (budget, TRL, deadline, hosting, its author).

    A solution meets a filter as follows. ``theme``: one of its themes is, or holds as whole words, one of those
    asked (accents and case ignored). ``territory``: its territory lies within one of those asked, or covers it.
    ``trl_min``: its TRL is at least that. ``budget_max``: its price is at most that. ``deadline``: it can be had by
    that day. ``kind``, ``language``, ``ecosystem``: one of those asked. ``only`` and ``without``: by id.

    Raises:
        InvalidFilter: a territory that does not exist, or a theme or ecosystem without letters.
    """
    return _judged(solution, _for_solutions(filters, challenge), filters.strict, lang)


def judge_challenge(challenge: Challenge, filters: Filters, lang: str = "fr") -> Eligibility:
    """Judge a challenge by the filters of someone who offers a solution (self-check).

    ``theme``, ``territory``, ``language``, ``ecosystem``, ``only`` and ``without`` read as for solutions.
    ``trl_min``: the challenge asks for that TRL at most. ``budget_max``: its budget covers at least that.
    ``deadline``: it is still open on that day.

    Raises:
        InvalidFilter: ``kind`` is given, which a challenge does not have, or a value as in ``judge``.
    """
    return _judged(challenge, _for_challenges(filters), filters.strict, lang)


def check_filters(filters: Filters, *, of_challenges: bool = False) -> None:
    """Refuse filters that cannot be used, before any work is done.

    Raises:
        InvalidFilter: as ``judge``, or ``judge_challenge`` when ``of_challenges``.
    """
    if of_challenges:
        _for_challenges(filters)
    else:
        _for_solutions(filters, None)


class EligibilityTable:
    """Records made ready for many masks: each constraint is decided once per distinct value."""

    def __init__(self, records: Sequence[Solution] | Sequence[Challenge]) -> None:
        self._records = records
        self._columns: dict[str, tuple[list[Hashable], npt.NDArray[np.intp]]] = {}

    def mask(self, filters: Filters, challenge: Challenge | None = None) -> Mask:
        """Which records are eligible, shape (n,): as ``judge(record, filters, challenge=challenge).eligible``.

        Raises:
            InvalidFilter: as ``judge``.
        """
        return self._all_of(_for_solutions(filters, challenge), filters.strict)

    def challenge_mask(self, filters: Filters) -> Mask:
        """The same for records that are challenges: as ``judge_challenge``.

        Raises:
            InvalidFilter: as ``judge_challenge``.
        """
        return self._all_of(_for_challenges(filters), filters.strict)

    def _all_of(self, constraints: Sequence[Constraint], strict: bool) -> Mask:
        mask = np.ones(len(self._records), dtype=np.bool_)
        for constraint in constraints:
            values, codes = self._column(constraint)
            passes = [_passes(constraint.decide(value), strict) for value in values]
            mask &= np.array(passes, dtype=np.bool_)[codes]
        return mask

    def _column(self, constraint: Constraint) -> tuple[list[Hashable], npt.NDArray[np.intp]]:
        """Distinct values of what the constraint reads, and each record's number among them."""
        if constraint.name not in self._columns:
            number: dict[Hashable, int] = {}
            codes = [number.setdefault(constraint.read(record), len(number)) for record in self._records]
            self._columns[constraint.name] = (list(number), np.array(codes, dtype=np.intp))
        return self._columns[constraint.name]


def _judged(record: Record, constraints: Sequence[Constraint], strict: bool, lang: str) -> Eligibility:
    reasons = tuple(constraint.reason(record, lang) for constraint in constraints)
    return Eligibility(eligible=all(_passes(reason.verdict, strict) for reason in reasons), reasons=reasons)


def _passes(verdict: Verdict, strict: bool) -> bool:
    return verdict == "met" or (verdict == "unknown" and not strict)


def _for_solutions(filters: Filters, challenge: Challenge | None) -> list[Constraint]:
    constraints = _shared(filters, "eligibility")
    if filters.kind:
        constraints.insert(0, _among("kind", "eligibility.kind", filters.kind, lambda s: s.kind))
    constraints += _offer_bounds("eligibility", filters.trl_min, filters.budget_max, filters.deadline)
    constraints += _by_id(filters, "eligibility")
    if challenge is not None:
        said = {(constraint.name, constraint.required) for constraint in constraints}
        asked = _offer_bounds("asked", challenge.trl_min, challenge.budget, challenge.deadline)
        constraints += [bound for bound in asked if (bound.name, bound.required) not in said]
        if required := challenge.hosting:
            constraints.append(
                Constraint("hosting", "asked.hosting", required, lambda s: s.hosting, lambda v: _hosted(required, v))
            )
        constraints += _interests(challenge)
    return constraints


def _interests(challenge: Challenge) -> list[Constraint]:
    """That the author of a challenge does not judge its own solution; nothing where it names nobody."""
    author = identity(challenge)
    if not author.names:
        return []
    decide = partial(conflict, author)
    name = "conflict_of_interest"
    return [
        Constraint(name, f"asked.{name}", author.told, identity, decide, shown=lambda record: identity(record).told)
    ]


def _offer_bounds(
    code: str, trl_min: int | None, budget_max: float | None, deadline: dt.date | None
) -> list[Constraint]:
    """What a solution's TRL, price and date of availability must respect."""
    bounds = [
        _bound("trl_min", code, trl_min, lambda s: s.trl, operator.ge),
        _bound("budget_max", code, budget_max, lambda s: s.price, operator.le),
        _bound("deadline", code, deadline, lambda s: s.available, operator.le),
    ]
    return [bound for bound in bounds if bound.required is not None]


def _for_challenges(filters: Filters) -> list[Constraint]:
    if filters.kind:
        raise fault(InvalidFilter, "kind_of_challenge", value=filters.kind)
    bounds = [
        _bound("trl_min", "challenge", filters.trl_min, lambda c: c.trl_min, operator.le),
        _bound("budget_max", "challenge", filters.budget_max, lambda c: c.budget, operator.ge),
        _bound("deadline", "challenge", filters.deadline, lambda c: c.deadline, operator.ge),
    ]
    shared = _shared(filters, "challenge")
    return [*shared, *(bound for bound in bounds if bound.required is not None), *_by_id(filters, "challenge")]


def _shared(filters: Filters, code: str) -> list[Constraint]:
    """Theme, territory, language and ecosystem: the filters that both kinds of record have."""
    constraints = []
    if themes := _with_words("theme", filters.theme):
        constraints.append(
            Constraint("theme", f"{code}.theme", themes, lambda r: r.themes, lambda v: _themed(themes, v))
        )
    if filters.territory:
        constraints.append(_located(filters.territory, f"{code}.territory"))
    if filters.language:
        constraints.append(_among("language", f"{code}.language", filters.language, lambda r: r.language))
    if ecosystems := _with_words("ecosystem", filters.ecosystem):
        asked = {fold(name) for name in ecosystems}
        constraints.append(
            Constraint(
                "ecosystem",
                f"{code}.ecosystem",
                ecosystems,
                lambda r: r.ecosystem,
                lambda v: _verdict(not asked.isdisjoint(map(fold, v))) if v else "unknown",
            )
        )
    return constraints


def _located(territories: tuple[str, ...], code: str) -> Constraint:
    places = [requested(value) for value in territories]
    outcome: dict[str, Verdict] = {"within": "met", "covers": "met", "apart": "not_met", "unknown": "unknown"}
    return Constraint(
        "territory",
        code,
        territories,
        place_of,
        lambda found: outcome[best_of(places, found)],
        worded=tuple(map(label, territories)),
        shown=_territory_shown,
    )


def _by_id(filters: Filters, code: str) -> list[Constraint]:
    only, without = frozenset(filters.only), frozenset(filters.without)
    kept = Constraint("only", f"{code}.only", filters.only, lambda r: r.id, lambda v: _verdict(v in only))
    left = Constraint(
        "without", f"{code}.without", filters.without, lambda r: r.id, lambda v: _verdict(v not in without)
    )
    return [constraint for constraint in (kept, left) if constraint.required]


def _among(name: str, code: str, required: Sequence[str], read: Callable[[Any], Hashable]) -> Constraint:
    allowed = frozenset(required)
    return Constraint(name, code, required, read, lambda v: "unknown" if v is None else _verdict(v in allowed))


def _bound(
    name: str, code: str, bound: Any, read: Callable[[Any], Hashable], holds: Callable[[Any, Any], bool]
) -> Constraint:
    """Met when ``holds(found, bound)``."""
    return Constraint(
        name, f"{code}.{name}", bound, read, lambda v: "unknown" if v is None else _verdict(holds(v, bound))
    )


def _verdict(met: bool) -> Verdict:
    return "met" if met else "not_met"


def _themed(asked: Sequence[str], themes: Sequence[str]) -> Verdict:
    if not themes:
        return "unknown"
    return _verdict(any(holds_words(theme, wanted) for theme in themes for wanted in asked))


def _hosted(required: str, found: str | None) -> Verdict:
    """Places are compared (FR lies in UE); other words, such as a label, only when they are the same."""
    if not found:
        return "unknown"
    if fold(found) == fold(required):
        return "met"
    asked, where = resolve(required), resolve(found)
    if asked is None or where is None:
        return "unknown"
    outcome = compare(asked, where)
    return "unknown" if outcome == "unknown" else _verdict(outcome == "within")


def _with_words(name: str, values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        if not fold(value):
            raise fault(InvalidFilter, "no_words", name=name, value=value)
    return values


def _territory_shown(record: Record) -> str | None:
    territory = record.territory
    if territory is None:
        found = place_of(record)  # by a column that was kept
        return (name_of(found) or found.code) if found else None
    if territory.name and territory.code:
        return f"{territory.name} ({territory.code})"
    return territory.name or territory.code


def _plain(value: Any) -> Any:
    """Values as JSON has them, so that a result is the same before and after a round trip."""
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value) if isinstance(value, str) else value
