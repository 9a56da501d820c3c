"""One background thread for what takes longer than a request: jobs run one after the other."""

import queue
import threading
from collections.abc import Callable


class Worker:
    """Runs jobs in the order they came. A job tells its own errors: none may leave it."""

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._closed = threading.Event()

    def submit(self, job: Callable[[], None]) -> None:
        """Run ``job`` when those before it are finished."""
        self._jobs.put(job)
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="matcher-jobs", daemon=True)
                self._thread.start()

    def close(self, patience: float = 5.0) -> None:
        """Start no further job, and wait at most ``patience`` seconds for the one that runs."""
        self._closed.set()
        self._jobs.put(lambda: None)
        if self._thread is not None:
            self._thread.join(patience)

    def _work(self) -> None:
        while True:
            job = self._jobs.get()
            if self._closed.is_set():
                return
            job()
