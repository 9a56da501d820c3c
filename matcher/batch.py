"""The run before a meeting: every open challenge matched, and the proposals written for the meeting.

What is finished is kept in ``.partial.jsonl`` as it comes, so that a killed run goes on where it stopped.
The files of the meeting are written whole at the end, ``manifest.json`` last: it says ``finished`` only then.
"""

import datetime as dt
import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

from corpora.records import Challenge
from matcher.atomic_files import write_text
from matcher.calibration import checksum
from matcher.eligibility import check_filters
from matcher.errors import BatchError, NoSnapshot
from matcher.filters import Filters
from matcher.partial_results import PartialResults
from matcher.passages import challenge_text
from matcher.proposals_page import PageMeta, render_page
from matcher.queries import has_words
from matcher.results import Excluded, MatchResult, Proposal, Reason, Result, Status
from matcher.wording import as_lang, fault, say
from matcher.workbook import write_workbook

MANIFEST: Final = "manifest.json"
FILES: Final = ("proposals.jsonl", "proposals.xlsx", "proposals.html")

_MEETING: Final = re.compile(r"\d{4}-Q[1-4]")


class ChallengeStore(Protocol):
    """What a batch reads of the store."""

    def challenges(self) -> list[Challenge]:
        """All challenges, by id."""
        ...


class BatchMatcher(Protocol):
    """What a batch needs of ``matcher.Matcher``."""

    @property
    def store(self) -> ChallengeStore:
        """The records of the workspace."""
        ...

    def status(self) -> Status:
        """The snapshot, the model and the counts."""
        ...

    def match_many(
        self, challenges: Sequence[Challenge], *, top: int, filters: Filters, lang: str, diverse: bool
    ) -> Iterator[MatchResult]:
        """One result for each challenge, in their order."""
        ...


class BatchReport(Result):
    """What a batch did; counts are over the whole meeting, ``resumed`` challenges came from an interrupted run."""

    meeting: str
    out: str
    files: tuple[str, ...]
    snapshot: str
    model: str
    challenges: int
    resumed: int
    proposals: int
    unanswered: int
    excluded: int
    seconds: float
    messages: tuple[str, ...] = ()


def run_batch(
    matcher: BatchMatcher,
    meeting: str,
    out: Path,
    *,
    per_challenge: int = 10,
    per_solution: int | None = None,
    filters: Filters | None = None,
    diverse: bool = False,
    lang: str = "fr",
    progress: Callable[[int], None] | None = None,
) -> BatchReport:
    """Match every challenge that is not closed and write ``FILES`` and ``MANIFEST`` into ``out``.

    A run on the same snapshot, with the same parameters, takes over what an interrupted one finished; otherwise it
    starts over and says so in ``messages``. ``per_solution`` caps the challenges that a solution is proposed to
    (see ``cap_per_solution``). ``progress`` is called with the number of challenges finished since the last call.

    Raises:
        BatchError: the meeting is not a quarter (2027-Q1), a limit is below 1, or ``out`` is not a folder.
        InvalidFilter, UnknownId: a filter that cannot be used.
        NoSnapshot: the workspace has not been indexed.
    """
    started = time.perf_counter()
    filters = filters or Filters()
    status = _check(matcher, meeting, out, per_challenge, per_solution, filters, lang)
    challenges, wordless = _open_challenges(matcher)
    parameters = {"per_challenge": per_challenge, "filters": filters.model_dump(mode="json"), "lang": lang}
    parameters |= {"diverse": diverse}
    made_by = {"snapshot": status.snapshot, "model": status.model, "calibration": checksum(status.fingerprint or "")}
    key = {"meeting": meeting, **made_by, **parameters}

    partial = PartialResults(out, key, challenges)
    done, resumed, messages = partial.done, len(partial.done), _resume_message(partial, lang)
    left = [challenge for challenge in challenges if challenge.id not in done]
    found = matcher.match_many(left, top=per_challenge, filters=filters, lang=lang, diverse=diverse)
    out.mkdir(parents=True, exist_ok=True)  # only now: a run refused so far leaves nothing behind
    partial.start()
    _write_manifest(out, key, per_solution, finished=False)
    report_progress = progress or (lambda _: None)
    report_progress(resumed)
    for challenge, result in partial.keep(left, found):
        done[challenge.id] = result
        report_progress(1)

    results = [done[challenge.id] for challenge in challenges]
    if per_solution is not None:
        results, removed = cap_per_solution(results, per_solution, lang)
        if removed:
            messages.append(say("batch.per_solution", lang, most=per_solution, removed=removed))
    if wordless:
        messages.append(say("batch.wordless", lang, count=wordless))
    if not challenges:
        messages.append(say("batch.no_challenge", lang))
    meta = PageMeta(occasion="meeting", day=_today(), solutions=status.snapshot_solutions or 0, meeting=meeting)
    _write_files(out, results, challenges, meta, lang)
    _write_manifest(out, key, per_solution, finished=True, results=results)
    partial.remove()
    return _report(out, key, results, resumed, messages, time.perf_counter() - started)


def cap_per_solution(results: Sequence[MatchResult], most: int, lang: str = "fr") -> tuple[list[MatchResult], int]:
    """Keep each solution for the ``most`` challenges where its fit is highest, and count what was taken out.

    Ties go to the challenge that comes first. What is taken out is listed under ``excluded`` with its reason; nothing
    is moved up from below the answer to fill the place, and a good match that went to another challenge remains one.
    """
    order = sorted(
        (-proposal.fit, number, proposal.solution.id)
        for number, result in enumerate(results)
        for proposal in result.proposals
    )
    taken: Counter[str] = Counter()
    kept: set[tuple[int, str]] = set()
    for _, number, solution in order:
        taken[solution] += 1
        if taken[solution] <= most:
            kept.add((number, solution))
    capped = [
        _without(result, [p for p in result.proposals if (number, p.solution.id) not in kept], most, lang)
        for number, result in enumerate(results)
    ]
    return capped, len(order) - len(kept)


def _without(result: MatchResult, removed: Sequence[Proposal], most: int, lang: str) -> MatchResult:
    if not removed:
        return result
    gone = {proposal.solution.id for proposal in removed}
    left = [proposal for proposal in result.proposals if proposal.solution.id not in gone]
    message = say("eligibility.per_solution.not_met", lang, required=most)
    reason = Reason(constraint="per_solution", verdict="not_met", required=most, found=None, message=message)
    out = [Excluded(solution=p.solution, rank=p.rank, fit=p.fit, reasons=(reason,)) for p in removed]
    return result.model_copy(
        update={
            "proposals": tuple(p.model_copy(update={"rank": rank}) for rank, p in enumerate(left, start=1)),
            "excluded": tuple(sorted((*result.excluded, *out), key=lambda each: (each.rank, each.solution.id))),
            "diversity": None,  # it was that of all
        }
    )


def _check(
    matcher: BatchMatcher,
    meeting: str,
    out: Path,
    per_challenge: int,
    per_solution: int | None,
    filters: Filters,
    lang: str,
) -> Status:
    as_lang(lang)
    if not _MEETING.fullmatch(meeting):
        raise fault(BatchError, "meeting", value=meeting)
    for name, limit in (("per_challenge", per_challenge), ("per_solution", per_solution)):
        if limit is not None and limit < 1:
            raise fault(BatchError, "limit", name=name, value=limit)
    if out.exists() and not out.is_dir():
        raise fault(BatchError, "not_a_folder", value=str(out))
    check_filters(filters)
    status = matcher.status()
    if status.snapshot is None:
        raise fault(NoSnapshot, "not_indexed", value=status.workspace)
    return status


def _open_challenges(matcher: BatchMatcher) -> tuple[list[Challenge], int]:
    """The challenges that are not closed and hold words, and how many hold none."""
    held = [challenge for challenge in matcher.store.challenges() if challenge.status != "closed"]
    worded = [challenge for challenge in held if has_words(challenge_text(challenge))]
    return worded, len(held) - len(worded)


def _resume_message(partial: PartialResults, lang: str) -> list[str]:
    if partial.outdated:
        return [say("batch.restarted", lang)]
    return [say("batch.resumed", lang, count=len(partial.done))] if partial.done else []


def _write_files(
    out: Path, results: Sequence[MatchResult], challenges: Sequence[Challenge], meta: PageMeta, lang: str
) -> None:
    lines = [proposal.model_dump_json() + "\n" for result in results for proposal in result.proposals]
    write_text(out / "proposals.jsonl", "".join(lines))
    write_workbook(results, out / "proposals.xlsx", lang, meta.day)
    write_text(out / "proposals.html", render_page(results, meta, lang, challenges))


def _write_manifest(
    out: Path, key: dict[str, Any], per_solution: int | None, *, finished: bool, results: Sequence[MatchResult] = ()
) -> None:
    content = {
        **key,
        "per_solution": per_solution,
        "finished": finished,
        "written": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "files": list(FILES) if finished else [],
        "counts": _counts(results) if finished else None,
        "challenges": [
            {"id": r.challenge.id, "proposals": len(r.proposals), "no_good_match": r.no_good_match} for r in results
        ],
    }
    write_text(out / MANIFEST, json.dumps(content, ensure_ascii=False, indent=2) + "\n")


def _counts(results: Sequence[MatchResult]) -> dict[str, int]:
    return {
        "challenges": len(results),
        "proposals": sum(len(result.proposals) for result in results),
        "unanswered": sum(result.unanswered for result in results),
        "excluded": sum(len(result.excluded) for result in results),
    }


def _report(
    out: Path,
    key: dict[str, Any],
    results: Sequence[MatchResult],
    resumed: int,
    messages: Sequence[str],
    seconds: float,
) -> BatchReport:
    return BatchReport(
        meeting=key["meeting"],
        out=str(out),
        files=tuple(str(out / name) for name in (*FILES, MANIFEST)),
        snapshot=key["snapshot"],
        model=key["model"],
        resumed=resumed,
        seconds=round(seconds, 3),
        messages=tuple(messages),
        **_counts(results),
    )


def _today() -> dt.date:
    return dt.datetime.now().astimezone().date()
