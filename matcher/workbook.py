"""The proposals as a spreadsheet: one sheet of proposals, one of challenges without answer, one of exclusions."""

import datetime as dt
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from matcher.atomic_files import replacing
from matcher.results import Excluded, MatchResult, Proposal
from matcher.wording import say, worded

LONGEST_CELL: Final = 32_767
"""Characters that a cell of a spreadsheet can hold; longer text is cut, with an ellipsis."""

_WIDTHS: Final[dict[str, int]] = {
    "challenge": 44, "solution": 28, "organisation": 26, "nearest": 28, "territory": 20, "kind": 13,
    "challenge_sentence": 60, "solution_sentence": 60, "covers": 60, "lacks": 60, "matched_terms": 28,
    "eligibility": 52, "verdict": 14, "excluded_reason": 60, "text": 90, "url": 30, "challenge_id": 14,
    "solution_id": 14,
}  # fmt: skip
_PLAIN_WIDTH: Final = 11
_PAGE_WIDTH: Final = 300
"""Characters across a sheet of A3 that can still be read."""
_LINE: Final = 15.0
_TALLEST: Final = 409.0
"""Points: a line of text, and the tallest row that a spreadsheet can have."""

Row = dict[str, Any]


def write_workbook(results: Sequence[MatchResult], path: Path, lang: str = "fr", day: dt.date | None = None) -> None:
    """Write an XLSX file, whole or not at all.

    Text is written as text: nothing in a record becomes a formula or a link. Fits are numbers shown as percentages.
    ``day`` is the date of creation that the file states (today's when None).
    """
    from xlsxwriter import Workbook

    plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with replacing(path) as temporary:
        book = Workbook(str(temporary), plain)
        if day:
            book.set_properties({"created": dt.datetime.combine(day, dt.time(), tzinfo=dt.UTC)})
        _write_sheet(book, "proposals", _proposal_columns(), list(_proposals(results, lang)), lang)
        _write_sheet(book, "unanswered", _unanswered_columns(), list(_unanswered(results, lang)), lang)
        _write_sheet(book, "excluded", _excluded_columns(), list(_excluded(results)), lang)
        book.close()


def _proposal_columns() -> tuple[str, ...]:
    return (
        "challenge_id", "challenge", "rank", "solution", "organisation", "kind", "territory", "fit", "verdict",
        "challenge_sentence", "solution_sentence", "similarity", "covers", "lacks", "matched_terms", "eligibility",
        "url", "solution_id",
    )  # fmt: skip


def _proposals(results: Sequence[MatchResult], lang: str) -> Iterator[Row]:
    for result in results:
        for proposal in result.proposals:
            yield {**_of_challenge(result), **_of_proposal(proposal, lang)}


def _of_challenge(result: MatchResult) -> Row:
    return {"challenge_id": result.challenge.id, "challenge": result.challenge.title}


def _of_proposal(proposal: Proposal, lang: str) -> Row:
    solution, best = proposal.solution, next(iter(proposal.evidence), None)
    return {
        "rank": proposal.rank,
        "solution": solution.name,
        "organisation": solution.organisation,
        "kind": worded("kind", solution.kind, lang) if solution.kind else None,
        "territory": solution.territory,
        "fit": _shown(proposal.fit),
        "verdict": worded("verdict", proposal.verdict, lang),
        "challenge_sentence": best.challenge if best else None,
        "solution_sentence": best.solution if best else None,
        "similarity": best.similarity if best else None,
        "covers": "\n".join(f"{each.requirement} → {each.sentence}" for each in proposal.coverage if each.sentence),
        "lacks": _lacks(proposal),
        "matched_terms": ", ".join(proposal.matched_terms),
        "eligibility": "\n".join(reason.message for reason in proposal.eligibility.reasons),
        "url": solution.url,
        "solution_id": solution.id,
    }


def _lacks(proposal: Proposal) -> str:
    """The requirements that no sentence of the pitch addresses, one a line."""
    return "\n".join(each.requirement for each in proposal.coverage if not each.addressed)


def _unanswered_columns() -> tuple[str, ...]:
    return ("challenge_id", "challenge", "best_fit", "nearest", "organisation", "lacks", "text")


def _why_unanswered(result: MatchResult, best: Proposal | None, lang: str) -> str | None:
    if result.taken_elsewhere:
        return say("answer.elsewhere", lang)
    return _lacks(best) if best else None


def _unanswered(results: Sequence[MatchResult], lang: str) -> Iterator[Row]:
    for result in results:
        if result.unanswered:
            best = next(iter(result.proposals), None)
            yield {
                **_of_challenge(result),
                "best_fit": _shown(best.fit) if best else None,
                "nearest": best.solution.name if best else None,
                "organisation": best.solution.organisation if best else None,
                "lacks": _why_unanswered(result, best, lang),
                "text": result.challenge.text,
            }


def _excluded_columns() -> tuple[str, ...]:
    return ("challenge_id", "challenge", "rank", "fit", "solution", "organisation", "excluded_reason", "solution_id")


def _excluded(results: Sequence[MatchResult]) -> Iterator[Row]:
    for result in results:
        for out in result.excluded:
            yield {**_of_challenge(result), **_of_excluded(out)}


def _of_excluded(out: Excluded) -> Row:
    return {
        "rank": out.rank,
        "fit": _shown(out.fit),
        "solution": out.solution.name,
        "organisation": out.solution.organisation,
        "excluded_reason": "\n".join(reason.message for reason in out.against),
        "solution_id": out.solution.id,
    }


def _write_sheet(book: Any, name: str, columns: Sequence[str], rows: Sequence[Row], lang: str) -> None:
    sheet = book.add_worksheet(say(f"sheet.{name}", lang))
    cell = {
        "valign": "top", "text_wrap": True, "font_name": "Calibri", "font_size": 11,
        "bottom": 1, "bottom_color": "#D9D4C7",
    }  # fmt: skip
    formats = {
        "rank": book.add_format({**cell, "align": "center"}),
        "fit": book.add_format({**cell, "align": "center", "num_format": "0.0%"}),
        "similarity": book.add_format({**cell, "align": "center", "num_format": "0.00"}),
        "text": book.add_format(cell),
        "head": book.add_format({**cell, "bold": True, "bottom_color": "black", "bg_color": "#EFEBE0"}),
    }
    formats["best_fit"] = formats["fit"]
    heads = {column: say(f"column.{column}", lang) for column in columns}
    sheet.set_row(0, _height(heads))
    for number, column in enumerate(columns):
        sheet.write_string(0, number, heads[column], formats["head"])
        sheet.set_column(number, number, _width(column))
    for line, row in enumerate(rows, start=1):
        sheet.set_row(line, _height(row))
        for number, column in enumerate(columns):
            _write_cell(sheet, line, number, row[column], formats.get(column, formats["text"]))
    sheet.freeze_panes(1, 2)
    sheet.autofilter(0, 0, max(len(rows), 1), len(columns) - 1)
    sheet.set_landscape()
    sheet.set_paper(8)  # A3
    sheet.fit_to_pages(math.ceil(sum(map(_width, columns)) / _PAGE_WIDTH), 0)
    sheet.repeat_rows(0)
    sheet.repeat_columns(0, 3)


def _shown(fit: float) -> float:
    """A fit in whole thousandths, rounded down so that it shows no threshold that it misses."""
    return math.floor(round(fit * 1000, 6)) / 1000


def _width(column: str) -> int:
    return _WIDTHS.get(column, _PLAIN_WIDTH)


def _height(row: Row) -> float:
    """Points that the longest text of a row fills: not every program fits rows to wrapped text when it opens a file."""
    texts = ((value, _width(column) - 1) for column, value in row.items() if isinstance(value, str))
    lines = (sum(max(1, math.ceil(len(line) / width)) for line in value.split("\n")) for value, width in texts)
    return min(_LINE * max(lines, default=1), _TALLEST)


def _write_cell(sheet: Any, line: int, number: int, value: Any, style: Any) -> None:
    if value is None or value == "":
        sheet.write_blank(line, number, None, style)
    elif isinstance(value, str):
        sheet.write_string(
            line, number, value if len(value) <= LONGEST_CELL else value[: LONGEST_CELL - 1] + "…", style
        )
    else:
        sheet.write_number(line, number, value, style)
