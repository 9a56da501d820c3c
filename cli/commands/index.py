"""``matcher index``: what changed since the last time, encoded and indexed."""

from typing import Annotated

import typer

from cli.context import Context
from cli.output import Format, FormatOption, emit
from cli.wording import tell


def index(
    ctx: typer.Context,
    rebuild: Annotated[bool, typer.Option("--rebuild")] = False,
    form: FormatOption = Format.TABLE,
) -> None:
    """Index the workspace."""
    context: Context = ctx.obj
    with context.progress("index.progress") as step:
        report = context.matcher().index(rebuild=rebuild, progress=step, announce=step.announce)
    values = report.model_dump()
    emit(report, form, lambda out: out.print(tell("index.done", context.lang, **values), markup=False))
