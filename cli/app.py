"""The command ``matcher``: its commands put together, in the language asked for."""

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import typer

# Read when numpy is imported: its idle threads would spin for a while where the encoder needs the cores.
os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "4")

from cli.commands import batch, demo, evaluate, import_, index, match, self_check, serve, status
from cli.errors import FAILED, describe
from cli.group import HoistingGroup
from cli.help import word_help
from cli.wording import tell

COMMANDS: dict[str, Callable[..., None]] = {
    "demo": demo.demo,
    "import": import_.import_,
    "index": index.index,
    "match": match.match,
    "self-check": self_check.self_check,
    "batch": batch.batch,
    "evaluate": evaluate.evaluate,
    "status": status.status,
    "serve": serve.serve,
}
INTERRUPTED = 130


def build_app(lang: str = "fr") -> Any:
    """The whole command line, with its help in ``lang``."""
    app = typer.Typer(cls=HoistingGroup, no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False)
    app.callback()(_globals)
    for name, function in COMMANDS.items():
        app.command(name)(function)
    command = typer.main.get_command(app)
    word_help(command, lang)
    return command


def _globals(
    ctx: typer.Context,
    workspace: Annotated[Path | None, typer.Option()] = None,
    lang: Annotated[str | None, typer.Option()] = None,
    quiet: Annotated[bool, typer.Option("--quiet")] = False,
) -> None:
    """Take the global options; without them, the environment's."""
    from cli.context import Context
    from matcher.settings import Settings

    given = {name: value for name, value in (("workspace", workspace), ("lang", lang)) if value is not None}
    ctx.obj = Context(Settings.model_validate(Settings().model_dump() | given), quiet=quiet)


def language_of(arguments: Sequence[str]) -> str:
    """The language asked for, before anything is parsed: ``--lang``, then ``MATCHER_LANG``, then French."""
    asked = os.environ.get("MATCHER_LANG", "fr")
    for here, following in zip(arguments, [*arguments[1:], ""], strict=False):
        if here == "--lang":
            asked = following
        elif here.startswith("--lang="):
            asked = here.removeprefix("--lang=")
    return asked if asked in {"fr", "en"} else "fr"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code."""
    _read_env_file()
    code = run(sys.argv[1:] if arguments is None else arguments)
    with suppress(BrokenPipeError):
        sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # everything is written; taking OpenVINO and FAISS apart would cost a tenth of a second


def _read_env_file() -> None:
    """Put the settings of ``.env`` into the environment: some are asked for before there are any ``Settings``."""
    if Path(".env").is_file():
        from dotenv import load_dotenv

        load_dotenv(".env")


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code; expected errors are told in words, on stderr."""
    lang = language_of(arguments)
    try:
        code = build_app(lang)(list(arguments), prog_name="matcher", standalone_mode=False)
    except SystemExit as end:  # of completion, or where the reader (head, say) has enough
        code = end.code
    except KeyboardInterrupt:  # before Typer is at work: later it makes an exit code of it
        code = INTERRUPTED
    except Exception as error:
        return _fail(error, lang)
    if code == INTERRUPTED:
        print(tell("failed.interrupted", lang), file=sys.stderr)
    return code if isinstance(code, int) else 0


def _fail(error: Exception, lang: str) -> int:
    told = describe(error, lang)
    if told is None:
        if os.environ.get("MATCHER_LOG_LEVEL", "").upper() == "DEBUG":
            raise error
        told = FAILED, tell("failed.unexpected", lang, error=f"{type(error).__name__}: {error}")
    code, words = told
    print(words, file=sys.stderr)
    return code
