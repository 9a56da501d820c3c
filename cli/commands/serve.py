"""``matcher serve``: the HTTP service."""

import errno
import socket
from contextlib import suppress
from typing import Annotated

import typer

from cli.context import Context
from cli.errors import Failed


def serve(
    ctx: typer.Context,
    host: Annotated[str, typer.Option()] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8000,
) -> None:
    """Serve the API; loopback only unless told otherwise."""
    import uvicorn

    from api.app import create_app

    context: Context = ctx.obj
    server = uvicorn.Server(uvicorn.Config(create_app(context.settings), log_config=None, access_log=False))
    with _listening(host, port) as sock:
        context.say("serve.started", url=f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}")
        with suppress(KeyboardInterrupt):
            server.run(sockets=[sock])
    if not server.started:
        raise Failed("not_started")


def _listening(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Failed("port_taken", host=host, port=port) from error
        raise Failed("cannot_listen", host=host, port=port, reason=error.strerror or error) from error
