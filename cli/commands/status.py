"""``matcher status``: what the workspace holds, and whether all of it is sound."""

import typer

from cli.context import Context
from cli.errors import FAILED
from cli.output import Format, FormatOption, emit
from cli.wording import tell


def status(ctx: typer.Context, form: FormatOption = Format.TABLE) -> None:
    """Show the state of the workspace."""
    from rich.console import Console
    from rich.table import Table

    context: Context = ctx.obj
    found = context.matcher().status()

    def draw(out: Console) -> None:
        """The state as a table."""
        table = Table(box=None, show_header=False, pad_edge=False)
        for name, value in found.model_dump(mode="json", exclude={"problems"}).items():
            word = tell(f"status.{str(value).lower()}", context.lang) if isinstance(value, bool) else str(value)
            table.add_row(tell(f"status.fields.{name}", context.lang), "–" if value in (None, "") else word)
        out.print(table)
        outdated = [tell("status.outdated", context.lang)] if found.stale else []
        for problem in (*found.problems, *outdated):
            out.print(f"  ! {problem}", markup=False)

    emit(found, form, draw)
    if not found.healthy:
        raise typer.Exit(FAILED)
