"""``matcher serve``: the HTTP service."""

from typing import Annotated

import typer

from cli.context import Context


def serve(
    ctx: typer.Context,
    host: Annotated[str, typer.Option()] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8000,
) -> None:
    """Serve the API; loopback only unless told otherwise."""
    import uvicorn

    from api.app import create_app

    context: Context = ctx.obj
    context.say("serve.started", host=host, port=port)
    uvicorn.run(create_app(context.settings), host=host, port=port, log_config=None, access_log=False)
