"""Answers as people read them in a terminal."""

from textwrap import shorten
from typing import TYPE_CHECKING

from rich.markup import escape

from cli.wording import tell
from matcher.wording import counted, percent, rounded, say, similarity, worded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from matcher.results import (
        ChallengeMatch,
        Coverage,
        Evidence,
        Excluded,
        ExcludedChallenge,
        MatchResult,
        Proposal,
        SelfCheckResult,
    )

_STYLE = {"strong": "bold green", "plausible": "yellow", "weak": "dim"}
_MARK = {"met": "[green]✓[/green]", "not_met": "[red]✗[/red]", "unknown": "?"}
_ADDRESSED = {True: "[green]●[/green]", False: "[dim]○[/dim]"}
_LACKS_SHOWN = 3
"""Nearest misses of an answer without good match whose first lack is told."""
_LONGEST_LACK = 160
_COLON = {"fr": "\u00a0:", "en": ":"}


def show_match(result: "MatchResult", out: "Console", lang: str, *, explain: bool = False) -> None:
    """Draw the proposals for one challenge, with the reasons."""
    out.print(f"[bold]{escape(result.challenge.title)}[/bold]", end="")
    out.print(f"  [dim]{escape(result.challenge.id or '')}[/dim]")
    if result.no_good_match:
        told = "answer.no_good_match_text" if result.proposals else "answer.no_solution"
        out.print(f"[bold]{say('answer.no_good_match', lang)}.[/bold] {say(told, lang)}")
    for proposal in result.proposals:
        _show_proposal(proposal, out, lang, explain=explain)
        if result.no_good_match and not explain and proposal.rank <= _LACKS_SHOWN:
            _show_lacks(proposal.coverage, out, lang)
    if result.diversity:
        cost = {"mean": result.diversity.mean_fit, "best": result.diversity.best_mean_fit}
        out.print(f"  [dim]{say('answer.diversity', lang, **cost)}[/dim]")
    excluded = [(each.solution.name, each) for each in result.excluded]
    _show_left_out(excluded, result.ineligible, "", out, lang)
    _show_calibration(result, out, lang)
    out.print()


def show_self_check(result: "SelfCheckResult", out: "Console", lang: str) -> None:
    """Draw the challenges that a pitch answers."""
    if result.no_good_match:
        out.print(f"[bold]{_no_challenge(result, lang)}[/bold]")
    for match in result.challenges:
        _show_challenge(match, out, lang)
    excluded = [(each.challenge.title, each) for each in result.excluded]
    _show_left_out(excluded, result.ineligible, "_challenges", out, lang)
    _show_calibration(result, out, lang)
    out.print()


def beside_rows(result: "MatchResult | SelfCheckResult", lang: str) -> list[str]:
    """What the rows of an answer do not say: that nothing fits, and how much the conditions exclude."""
    from matcher.results import MatchResult

    if isinstance(result, MatchResult):
        none, nouns = f"{say('answer.no_good_match', lang)}.", "ineligible"
    else:
        none, nouns = _no_challenge(result, lang), "ineligible_challenges"
    excluded = f"{counted(nouns, result.ineligible, lang)}."
    told = {
        none: result.no_good_match,
        excluded: result.ineligible,
        say("fit.uncalibrated", lang): not result.calibrated,
    }
    return [line for line, holds in told.items() if holds]


def _show_calibration(result: "MatchResult | SelfCheckResult", out: "Console", lang: str) -> None:
    if not result.calibrated:
        out.print(f"  [dim]{say('fit.uncalibrated', lang)}[/dim]")


def _no_challenge(result: "SelfCheckResult", lang: str) -> str:
    if result.challenges:
        return tell("self_check.no_good_match", lang)
    return tell("self_check.none_eligible" if result.ineligible else "self_check.no_challenge", lang)


def _show_proposal(proposal: "Proposal", out: "Console", lang: str, *, explain: bool) -> None:
    solution = proposal.solution
    who = " · ".join(escape(part) for part in (solution.organisation, solution.territory) if part)
    kind = worded("kind", solution.kind, lang) if solution.kind else ""
    _show_heading(proposal.rank, proposal.fit, proposal.verdict, solution.name, solution.id, out, lang)
    out.print(f"      [dim]{' · '.join(part for part in (who, kind) if part)}[/dim]")
    for evidence in proposal.evidence if explain else proposal.evidence[:1]:
        _show_evidence(evidence, out, lang)
    if explain:
        _show_details(proposal, out, lang)


def _show_details(proposal: "Proposal", out: "Console", lang: str) -> None:
    from rich.padding import Padding

    for each in proposal.coverage:
        out.print(f"      {_ADDRESSED[each.addressed]} {escape(each.requirement)}")
        if each.sentence:
            told = f"→  «\u00a0{escape(each.sentence)}\u00a0»  [dim]{similarity(each.similarity, lang)}[/dim]"
            out.print(Padding(told, (0, 0, 0, 8)))
    if proposal.matched_terms:
        terms = ", ".join(map(escape, proposal.matched_terms))
        out.print(f"      {say('column.matched_terms', lang)}{_COLON[lang]} {terms}")
    scores = "  ".join(f"{name} {rounded(value, 3, lang)}" for name, value in proposal.scores.items())
    out.print(f"      [dim]{scores}[/dim]")
    for reason in proposal.eligibility.reasons:
        out.print(f"      {_MARK[reason.verdict]} {escape(reason.message)}")


def _show_heading(rank: int, fit: float, verdict: str, name: str, code: str, out: "Console", lang: str) -> None:
    word = f"[{_STYLE[verdict]}]{percent(fit, lang):>5} {worded('verdict', verdict, lang)}[/]"
    out.print(f"{rank:>3}.  {word}  [bold]{escape(name)}[/bold]  [dim]{escape(code)}[/dim]")


def _show_evidence(evidence: "Evidence", out: "Console", lang: str) -> None:
    from rich.padding import Padding

    pair = (
        f"[dim]{similarity(evidence.similarity, lang)}[/dim]  «\u00a0{escape(evidence.challenge)}\u00a0»\n"
        f"   →  «\u00a0{escape(evidence.solution)}\u00a0»"
    )
    out.print(Padding(pair, (0, 0, 0, 6)))


def _show_lacks(coverage: "tuple[Coverage, ...]", out: "Console", lang: str) -> None:
    from rich.padding import Padding

    lacks = [each.requirement for each in coverage if not each.addressed]
    if lacks:
        told = escape(shorten(lacks[0], _LONGEST_LACK, placeholder="…"))
        more = f" (+{len(lacks) - 1})" if lacks[1:] else ""
        out.print(Padding(f"[dim]{say('answer.lacks', lang)}{_COLON[lang]} {told}{more}[/dim]", (0, 0, 0, 6)))


def _show_left_out(
    excluded: "Sequence[tuple[str, Excluded | ExcludedChallenge]]",
    ineligible: int,
    nouns: str,
    out: "Console",
    lang: str,
) -> None:
    """What conditions exclude, by name; ``nouns`` is the ending of the codes of its counts."""
    if excluded:
        out.print(f"  {counted(f'excluded{nouns}', len(excluded), lang)}{_COLON[lang]}")
    for name, each in excluded:
        rank = say("page.would_rank", lang, rank=each.rank, fit=each.fit)
        told = " ; ".join(escape(reason.message) for reason in each.against)
        out.print(f"      {escape(name)} ({rank}){_COLON[lang]} {told}")
    if ineligible:
        out.print(f"  [dim]{counted(f'ineligible{nouns}', ineligible, lang)}.[/dim]")


def _show_challenge(match: "ChallengeMatch", out: "Console", lang: str) -> None:
    challenge = match.challenge
    _show_heading(match.rank, match.fit, match.verdict, challenge.title, challenge.id or "", out, lang)
    standing = match.standing
    place = tell("self_check.standing", lang, start=standing.from_, end=standing.to, of=standing.of)
    out.print(f"      [dim]{place}[/dim]")
    for evidence in match.evidence[:1]:
        _show_evidence(evidence, out, lang)
