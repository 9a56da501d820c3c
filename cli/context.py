"""What every command knows: the settings, the language, where to write, and the engine, opened when needed."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cli.wording import tell

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID

    from matcher.engine import Matcher
    from matcher.settings import Settings
    from matcher.wording import Lang


@dataclass
class Context:
    """One run of the command line."""

    settings: "Settings"
    quiet: bool = False

    @property
    def lang(self) -> "Lang":
        """Language of messages."""
        from matcher.wording import as_lang

        return as_lang(self.settings.lang)

    @property
    def workspace(self) -> Path:
        """The workspace."""
        return self.settings.workspace

    @property
    def console(self) -> "Console":
        """Where messages and progress go: stderr."""
        from rich.console import Console

        return Console(stderr=True, quiet=self.quiet, soft_wrap=not sys.stderr.isatty(), highlight=False)

    def say(self, code: str, **values: object) -> None:
        """Tell the user something, on stderr."""
        self.console.print(tell(code, self.lang, **values), markup=False)

    def say_lines(self, lines: Iterable[str]) -> None:
        """Tell the user lines that are worded already, on stderr."""
        for line in lines:
            self.console.print(line, markup=False)

    def matcher(self) -> "Matcher":
        """The engine on the workspace."""
        from matcher.engine import Matcher

        settings = self.settings
        return Matcher(self.workspace, model=settings.model, lang=self.lang, database_url=settings.database_url)

    @contextmanager
    def progress(self, code: str, total: int | None = None) -> Iterator["Steps"]:
        """A progress bar on stderr, shown on a terminal only."""
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=self.console, disable=self.quiet or not sys.stderr.isatty()) as bar:
            yield Steps(bar, bar.add_task(tell(code, self.lang), total=total))


class Steps:
    """What moves a progress bar: called with the steps done since the last call."""

    def __init__(self, bar: "Progress", task: "TaskID") -> None:
        self._bar = bar
        self._task = task

    def __call__(self, done: int) -> None:
        """Move the bar."""
        self._bar.update(self._task, advance=done)

    def announce(self, total: int) -> None:
        """Say how many steps there are."""
        self._bar.update(self._task, total=total)
