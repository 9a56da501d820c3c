"""``matcher match``: the proposals for one challenge."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.context import Context
from cli.errors import WrongUsage
from cli.filtering import with_filters
from cli.output import ROWS, Format, FormatOption, emit
from cli.texts import read_text

if TYPE_CHECKING:
    from rich.console import Console

    from matcher.filters import Filters


def complete_challenge(incomplete: str) -> list[tuple[str, str]]:
    """Ids of the workspace's challenges, with their titles."""
    from corpora.store import Store
    from matcher.settings import Settings

    settings = Settings()
    with Store.in_workspace(settings.workspace, settings.database_url, create=False) as store:
        return [(each.id, each.title) for each in store.challenges() if each.id.startswith(incomplete)]


@with_filters
def match(
    ctx: typer.Context,
    filters: "Filters",
    challenge: Annotated[str | None, typer.Option(autocompletion=complete_challenge)] = None,
    text: Annotated[str | None, typer.Option()] = None,
    file: Annotated[str | None, typer.Option()] = None,
    top: Annotated[int, typer.Option()] = 10,
    form: FormatOption = Format.TABLE,
    explain: Annotated[bool, typer.Option("--explain")] = False,
    diverse: Annotated[bool, typer.Option("--diverse")] = False,
) -> None:
    """Match one challenge."""
    context: Context = ctx.obj
    if sum(given is not None for given in (challenge, text, file)) != 1:
        raise WrongUsage("one_challenge")
    matcher = context.matcher()
    if challenge is not None:
        result = matcher.match_id(challenge, top=top, filters=filters, diverse=diverse)
    else:
        result = matcher.match(read_text(text, file), top=top, filters=filters, diverse=diverse)
    rows: list[dict[str, Any]] = [proposal.model_dump(mode="json", by_alias=True) for proposal in result.proposals]

    def table(out: "Console") -> None:
        """The proposals as people read them."""
        from cli.tables import show_match

        show_match(result, out, context.lang, explain=explain)

    emit(result, form, table, rows)
    if form in ROWS:
        from cli.tables import beside_rows

        context.say_lines(beside_rows(result, context.lang))
