"""``matcher self-check``: the challenges that a pitch answers."""

from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import Context
from cli.errors import WrongUsage
from cli.filtering import with_filters
from cli.output import ROWS, Format, FormatOption, emit
from cli.texts import read_text

if TYPE_CHECKING:
    from matcher.filters import Filters


@with_filters
def self_check(
    ctx: typer.Context,
    filters: "Filters",
    text: Annotated[str | None, typer.Option()] = None,
    file: Annotated[str | None, typer.Option()] = None,
    top: Annotated[int, typer.Option()] = 10,
    form: FormatOption = Format.TABLE,
) -> None:
    """Check one pitch; it is not kept."""
    from cli.tables import beside_rows, show_self_check

    context: Context = ctx.obj
    if (text is None) == (file is None):
        raise WrongUsage("one_pitch")
    result = context.matcher().self_check(read_text(text, file), top=top, filters=filters)
    rows = [each.model_dump(mode="json", by_alias=True) for each in result.challenges]
    emit(result, form, lambda out: show_self_check(result, out, context.lang), rows)
    if form in ROWS:
        context.say_lines(beside_rows(result, context.lang))
