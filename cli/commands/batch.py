"""``matcher batch``: everything that a meeting needs, in one pass."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import Context
from cli.filtering import with_filters
from cli.output import Format, FormatOption, emit
from cli.wording import tell

if TYPE_CHECKING:
    from matcher.filters import Filters


@with_filters
def batch(
    ctx: typer.Context,
    filters: "Filters",
    meeting: Annotated[str, typer.Option()],
    out: Annotated[Path, typer.Option()],
    per_challenge: Annotated[int, typer.Option(min=1)] = 10,
    per_solution: Annotated[int | None, typer.Option(min=1)] = None,
    diverse: Annotated[bool, typer.Option("--diverse")] = False,
    form: FormatOption = Format.TABLE,
) -> None:
    """Match every open challenge and write the files of the meeting."""
    from rich.console import Console

    from matcher.batch import run_batch
    from matcher.wording import counted, rounded

    context: Context = ctx.obj
    matcher = context.matcher()
    total = sum(challenge.status != "closed" for challenge in matcher.store.challenges())
    with context.progress("batch.progress", total=total) as step:
        report = run_batch(
            matcher,
            meeting,
            out,
            per_challenge=per_challenge,
            per_solution=per_solution,
            filters=filters,
            diverse=diverse,
            lang=context.lang,
            progress=step,
        )
    context.say_lines(report.messages)

    def draw(to: Console) -> None:
        """What was done, in words."""
        told = {name: counted(name, getattr(report, name), context.lang) for name in ("challenges", "proposals")}
        unanswered = counted("unanswered", report.unanswered, context.lang)
        seconds = rounded(report.seconds, 1, context.lang)
        to.print(tell("batch.done", context.lang, unanswered=unanswered, seconds=seconds, **told), markup=False)
        for name in report.files:
            to.print(f"  {name}", markup=False, soft_wrap=True)

    emit(report, form, draw)
