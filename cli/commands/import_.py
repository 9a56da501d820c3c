"""``matcher import``: files of challenges or solutions into the workspace."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pydantic import BaseModel

from cli.context import Context
from cli.errors import REFUSED, WrongUsage
from cli.output import Format, FormatOption, emit
from cli.wording import tell

if TYPE_CHECKING:
    from rich.console import Console

    from corpora.importing import ImportReport
    from matcher.wording import Lang

SHOWN_ERRORS = 20
REJECTS = (".csv", ".jsonl", ".ndjson")
"""Formats that rejected rows are written in."""


class Kind(StrEnum):
    """What the files hold."""

    CHALLENGES = "challenges"
    SOLUTIONS = "solutions"


def import_(
    ctx: typer.Context,
    kind: Annotated[Kind, typer.Argument()],
    files: Annotated[list[Path], typer.Argument()],
    mapping: Annotated[Path | None, typer.Option()] = None,
    rejects: Annotated[Path | None, typer.Option()] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run")] = False,
    form: FormatOption = Format.TABLE,
) -> None:
    """Import files; good rows go in, bad rows go to a file to correct."""
    from corpora.errors import UnreadableFile
    from corpora.importing import import_file
    from corpora.store import Store

    _check_rejects(rejects, files)
    context: Context = ctx.obj
    reports: list[ImportReport] = []
    refused: list[dict[str, str]] = []
    with Store.in_workspace(context.workspace, context.settings.database_url, create=not dry_run) as store:
        for file in files:
            try:
                with context.progress("import.progress") as step:
                    reports.append(
                        import_file(
                            file,
                            "challenge" if kind is Kind.CHALLENGES else "solution",
                            store,
                            mapping=mapping,
                            rejects=rejects,
                            dry_run=dry_run,
                            progress=step,
                        )
                    )
            except UnreadableFile as error:
                refused.append({"file": str(file), "message": error.tell(context.lang)})
                print(refused[-1]["message"], file=sys.stderr)
    result = ImportResult(files=[_document(report, context.lang) for report in reports], refused=refused)
    rows = [{key: value for key, value in row.items() if key != "errors"} for row in result.files]
    emit(result, form, lambda out: _draw(reports, out, context.lang), rows)
    if refused or any(report.rejected for report in reports):
        raise typer.Exit(REFUSED)


class ImportResult(BaseModel):
    """What was done with each file, and why some could not be read."""

    files: list[dict[str, Any]]
    refused: list[dict[str, str]]


def _check_rejects(rejects: Path | None, files: list[Path]) -> None:
    if rejects is None:
        return
    if len(files) > 1:
        raise WrongUsage("one_rejects_file", count=len(files))
    if rejects.suffix.lower() not in REJECTS:
        raise WrongUsage("rejects_format", value=rejects)
    if rejects.resolve() == files[0].resolve():
        raise WrongUsage("rejects_is_source", value=rejects)


def _document(report: "ImportReport", lang: "Lang") -> dict[str, Any]:
    """The report, with each error worded."""
    document = report.model_dump(mode="json")
    document["errors"] = [
        error.model_dump(mode="json") | {"message": error.message(lang), "remedy": error.remedy(lang)}
        for error in report.errors
    ]
    return document


def _draw(reports: "list[ImportReport]", out: "Console", lang: "Lang") -> None:
    for report in reports:
        counts = {name: getattr(report, name) for name in ("added", "changed", "unchanged", "repeated", "rejected")}
        out.print(f"{report.file}", style="bold", markup=False)
        if report.read == 0:
            out.print("  " + tell("import.no_rows", lang), markup=False)
            continue
        told = [tell(f"import.{name}", lang, count=count) for name, count in counts.items() if count]
        out.print("  " + ", ".join(told) + (f" ({tell('import.dry_run', lang)})" if report.dry_run else ""))
        for code, names in (("unknown_columns", report.unknown_columns), ("skipped_sheets", report.skipped_sheets)):
            if names:
                out.print("  " + tell(f"import.{code}", lang, names=", ".join(names)), markup=False)
        if report.errors:
            _draw_errors(report, out, lang)


def _draw_errors(report: "ImportReport", out: "Console", lang: "Lang") -> None:
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in ("row", "column", "problem", "remedy"):
        table.add_column(tell(f"import.{name}", lang), overflow="fold")
    for error in report.errors[:SHOWN_ERRORS]:
        row = f"{error.sheet} {error.row}" if error.sheet else str(error.row)
        cells = (row, error.column or "", error.message(lang), error.remedy(lang))
        table.add_row(*map(escape, cells))
    out.print(table)
    if len(report.errors) > SHOWN_ERRORS:
        out.print("  " + tell("import.more_errors", lang, count=len(report.errors) - SHOWN_ERRORS))
    if report.rejects_file:
        out.print("  " + tell("import.rejects_file", lang, path=report.rejects_file), markup=False, soft_wrap=True)
