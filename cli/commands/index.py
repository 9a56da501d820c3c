"""``matcher index``: what changed since the last time, encoded and indexed."""

from typing import Annotated

import typer

from cli.context import Context
from cli.output import Format, FormatOption, emit
from cli.wording import tell

_COUNTS = {"added", "changed", "removed", "encoded"}


def index(
    ctx: typer.Context,
    rebuild: Annotated[bool, typer.Option("--rebuild")] = False,
    form: FormatOption = Format.TABLE,
) -> None:
    """Index the workspace."""
    from rich.console import Console

    from matcher.wording import counted, number, rounded

    context: Context = ctx.obj
    with context.progress("index.progress") as step:
        report = context.matcher().index(rebuild=rebuild, progress=step, announce=step.announce)

    def draw(out: Console) -> None:
        """What was done, in words."""
        values: dict[str, object] = {
            name: number(value, context.lang) for name, value in report.model_dump(include=_COUNTS).items()
        }
        values |= {name: counted(name, getattr(report, name), context.lang) for name in ("solutions", "challenges")}
        seconds = rounded(report.seconds, 1, context.lang)
        out.print(tell("index.done", context.lang, seconds=seconds, **values), markup=False)

    emit(report, form, draw)
