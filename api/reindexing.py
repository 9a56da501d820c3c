"""Indexing over HTTP: asked for after records were written, run in the background."""

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

from api.bodies import IndexRun
from api.failures import failure
from api.jobs import Worker
from matcher.engine import Matcher
from matcher.wording import Lang


class Reindexing:
    """The last indexing run. Asking again while one waits adds no run; while one runs, another will follow."""

    def __init__(self, worker: Worker, matcher: Callable[[], Matcher], log: Any) -> None:
        self.last = IndexRun(status="idle")
        self._worker = worker
        self._matcher = matcher
        self._log = log
        self._lock = threading.Lock()
        self._rebuild = False

    def start(self, lang: Lang, *, rebuild: bool = False) -> IndexRun:
        """Put a run in the queue, unless one waits already: that one then rebuilds where this one would."""
        with self._lock:
            self._rebuild = self._rebuild or rebuild
            if self.last.status != "queued":
                self.last = IndexRun(status="queued", created=dt.datetime.now(dt.UTC))
                self._worker.submit(lambda: self._run(lang))
            return self.last

    def _run(self, lang: Lang) -> None:
        run = self._follow(self.last, status="running")
        with self._lock:
            rebuild, self._rebuild = self._rebuild, False
        try:
            outcome: dict[str, Any] = {"status": "done", "report": self._matcher().index(rebuild=rebuild)}
        except Exception as error:  # whatever it is, the status must tell
            outcome = {"status": "failed", "reason": failure(error, lang, self._log)}
        self._follow(run, finished=dt.datetime.now(dt.UTC), **outcome)

    def _follow(self, run: IndexRun, **update: Any) -> IndexRun:
        """The next state of ``run``, shown unless another run was asked for since."""
        with self._lock:
            changed = run.model_copy(update=update)
            if self.last is run:
                self.last = changed
            return changed
