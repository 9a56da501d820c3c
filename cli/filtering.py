"""The hard filters as options, the same on every command."""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from matcher.filters import Filters

Many = list[str] | None
_OPTIONS: dict[str, Any] = {
    "kind": Annotated[Many, typer.Option()],
    "theme": Annotated[Many, typer.Option()],
    "territory": Annotated[Many, typer.Option()],
    "language": Annotated[Many, typer.Option()],
    "trl_min": Annotated[int | None, typer.Option()],
    "budget_max": Annotated[float | None, typer.Option()],
    "deadline": Annotated[str | None, typer.Option()],
    "ecosystem": Annotated[Many, typer.Option()],
    "only": Annotated[Many, typer.Option()],
    "without": Annotated[Many, typer.Option()],
    "strict": Annotated[bool, typer.Option("--strict")],
}


def with_filters(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the filter options; it receives them as one ``filters``."""

    @wraps(command)
    def wrapped(**arguments: Any) -> None:
        """Run the command with the filter options put together (``wraps`` shows the command's own words)."""
        chosen = {name: arguments.pop(name) for name in _OPTIONS}
        command(**arguments, filters=_filters(chosen))

    signature = inspect.signature(command)
    own = [parameter for name, parameter in signature.parameters.items() if name != "filters"]
    options = [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=False if name == "strict" else None,
            annotation=annotation,
        )
        for name, annotation in _OPTIONS.items()
    ]
    keyword = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own]
    wrapped.__signature__ = signature.replace(parameters=[*keyword, *options])  # type: ignore[attr-defined]
    kept = {name: value for name, value in command.__annotations__.items() if name != "filters"}
    wrapped.__annotations__ = kept | _OPTIONS
    return wrapped


def _filters(chosen: dict[str, Any]) -> "Filters":
    from matcher.filters import Filters

    return Filters.model_validate({name: value for name, value in chosen.items() if value not in (None, [])})
