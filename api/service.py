"""What requests share: one matcher, opened once, the background runs, and whether the service is ready."""

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeVar

import anyio
from anyio.lowlevel import RunVar
from anyio.to_thread import run_sync

from api.access import access_log
from api.batches import Batches
from api.bodies import Ready
from api.bounds import MOST_SECONDS
from api.errors import NotReady, TooSlow
from api.jobs import Worker
from api.metrics import Metrics
from api.reindexing import Reindexing
from matcher.engine import Matcher
from matcher.errors import SnapshotError
from matcher.results import MatchResult, SelfCheckResult
from matcher.settings import Settings
from matcher.snapshot import Manifest, read_manifest

Answer = TypeVar("Answer")

_AT_ONCE: Final = max(2, os.cpu_count() or 2)
"""Heavy answers computed at the same time; more of them wait, and light ones pass by."""
_WORD: Final = "eau"
_LIMITER: Final = RunVar[anyio.CapacityLimiter]("matcher_heavy")


class Service:
    """The matcher as the routes use it."""

    def __init__(self, settings: Settings, matcher: Matcher | None = None) -> None:
        self.settings = settings
        self.metrics = Metrics()
        self.log = access_log(settings.log_level)
        self._matcher = matcher
        self._opening = threading.Lock()
        self._warm = threading.Event()
        self._warming = threading.Lock()
        self._broken: Exception | None = None
        self._opened: str | None = None
        self._worker = Worker()
        workspace = matcher.workspace if matcher else Path(settings.workspace)
        self.batches = Batches(workspace / "batches", self._worker, lambda: self.matcher, self.log)
        self.reindexing = Reindexing(self._worker, lambda: self.matcher, self.log)

    @property
    def matcher(self) -> Matcher:
        """The matcher of the workspace, opened on first use."""
        with self._opening:
            if self._matcher is None:
                self._matcher = Matcher(
                    self.settings.workspace,
                    model=self.settings.model,
                    lang=self.settings.lang,
                    database_url=self.settings.database_url,
                )
            return self._matcher

    def start(self) -> None:
        """Load the encoder in the background; until then ``ready`` says no."""
        threading.Thread(target=self.warm, name="matcher-warm", daemon=True).start()

    def close(self) -> None:
        """Start no further run."""
        self._worker.close()

    def warm(self) -> None:
        """Load the model and open the snapshot, so that no request waits for them; one try at a time."""
        if not self._warming.acquire(blocking=False):
            return
        try:
            self.matcher.warm()
        except Exception as error:  # told by ``ready``
            self._broken = error
            self.log.error("encoder", error=type(error).__name__)  # noqa: TRY400 - a message may repeat a text
        else:
            self._broken = None
            self._warm.set()
            with suppress(SnapshotError):  # told by ``ready`` too
                self.ready()
        finally:
            self._warming.release()

    def ready(self) -> Ready:
        """What the service answers from; where the encoder could not be loaded, asking starts another try.

        Raises:
            NotReady: the encoder is loading.
            ModelError: the encoder cannot be loaded.
            SnapshotError: there is no usable snapshot.
        """
        broken = self._broken
        if broken is not None:
            self.start()
            raise broken
        if not self._warm.is_set():
            raise NotReady("the encoder is loading")
        manifest = self.snapshot()
        if manifest.id != self._opened:
            self._opened = self.matcher.match(_WORD, top=1).snapshot
        self.metrics.snapshot(manifest.id, manifest.model)
        return Ready(
            snapshot=manifest.id,
            model=manifest.model,
            solutions=manifest.solutions,
            challenges=manifest.challenges,
        )

    def snapshot(self) -> Manifest:
        """The snapshot in force.

        Raises:
            SnapshotError: there is none, or its manifest is damaged.
        """
        return read_manifest(self.matcher.workspace)

    async def compute(self, answer: Callable[[], Answer]) -> Answer:
        """Run heavy work beside the event loop, a few at once.

        Raises:
            TooSlow: it took more than ``MOST_SECONDS``; it goes on, but nobody waits for it.
        """
        with anyio.move_on_after(MOST_SECONDS):
            return await run_sync(answer, abandon_on_cancel=True, limiter=_limiter())
        raise TooSlow(f"The answer took more than {MOST_SECONDS} s.")

    def count(self, kind: str, result: MatchResult | SelfCheckResult) -> None:
        """Count an answer on its way out: the encoder works, and a snapshot is open."""
        self._warm.set()
        self.metrics.answer(kind, no_good_match=result.no_good_match, snapshot=result.snapshot, model=result.model)


def _limiter() -> anyio.CapacityLimiter:
    """The limiter of this event loop."""
    try:
        return _LIMITER.get()
    except LookupError:
        limiter = anyio.CapacityLimiter(_AT_ONCE)
        _LIMITER.set(limiter)
        return limiter
