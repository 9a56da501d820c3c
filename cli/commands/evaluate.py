"""``matcher evaluate``: the quality of the ranking on a labelled set."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cli.context import Context
from cli.output import Format, FormatOption, emit
from cli.wording import tell


class Mode(StrEnum):
    """Which signals rank."""

    HYBRID = "hybrid"
    DENSE = "dense"
    LEXICAL = "lexical"


def evaluate(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument()],
    mode: Annotated[Mode, typer.Option()] = Mode.HYBRID,
    form: FormatOption = Format.TABLE,
) -> None:
    """Evaluate the ranking on a BEIR folder."""
    from rich.console import Console
    from rich.table import Table

    from matcher.evaluation import evaluate as run
    from matcher.metrics import METRICS
    from matcher.wording import rounded

    context: Context = ctx.obj
    with context.progress("evaluate.progress") as step:
        report = run(folder, mode=mode.value, model=context.settings.model, progress=step)

    def draw(out: Console) -> None:
        """The figures as a table."""
        figures = report.model_dump(by_alias=True)
        out.print(tell("evaluate.heading", context.lang, **figures), markup=False)
        table = Table(box=None, pad_edge=False)
        for name in ("metric", "value", "interval"):
            table.add_column(tell(f"evaluate.{name}", context.lang), justify="left" if name == "metric" else "right")
        for metric in METRICS:
            each = figures[metric]
            value, low, high = (rounded(each[name], 3, context.lang) for name in ("value", "low", "high"))
            table.add_row(metric, value, f"{low} – {high}")
        out.print(table)

    emit(report, form, draw)
