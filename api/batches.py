"""Batches over HTTP: asked for, run in the background, followed by a status that survives the service."""

import datetime as dt
import re
import secrets
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from api.bodies import FINISHED, Batch, BatchFile, BatchQuery, Failure
from api.errors import BatchNotDone, UnknownBatch
from api.failures import failure
from api.jobs import Worker
from api.wording import phrase
from matcher.atomic_files import write_text
from matcher.batch import FILES, MANIFEST, run_batch
from matcher.engine import Matcher
from matcher.wording import Lang

_ID: Final = re.compile(r"[a-z0-9-]{1,64}")


class Batches:
    """The batches of a workspace. Each has a folder of files and, beside it, its status as JSON."""

    def __init__(self, folder: Path, worker: Worker, matcher: Callable[[], Matcher], log: Any) -> None:
        self._folder = folder
        self._worker = worker
        self._matcher = matcher
        self._log = log
        self._own: dict[str, Batch] = {}
        self._lock = threading.Lock()

    def start(self, query: BatchQuery, lang: Lang) -> Batch:
        """Put a batch in the queue."""
        now = dt.datetime.now(dt.UTC)
        identifier = f"{query.meeting.lower()}-{now:%Y%m%dt%H%M%S}-{secrets.token_hex(4)}"
        batch = Batch(id=identifier, meeting=query.meeting, status="queued", created=now)
        self._folder.mkdir(parents=True, exist_ok=True)
        self._write(batch)
        self._own[identifier] = batch
        self._worker.submit(lambda: self._run(identifier, query, lang))
        return batch

    def get(self, identifier: str, lang: Lang = "fr") -> Batch:
        """A batch of this service, or of an earlier one: that one's unfinished batches count as failed.

        Raises:
            UnknownBatch: no batch has this id.
        """
        own = self._own.get(identifier)
        if own is not None:
            return own
        status = self._folder / f"{identifier}.json"
        if not _ID.fullmatch(identifier) or not status.is_file():
            raise UnknownBatch(f"No batch has the id {identifier!r}.")
        batch = Batch.model_validate_json(status.read_bytes())
        if batch.status in FINISHED:
            return batch
        reason = Failure(code="interrupted", message=phrase("problem.interrupted.detail", lang))
        return batch.model_copy(update={"status": "failed", "reason": reason})

    def file(self, identifier: str, name: str) -> Path:
        """A file of a batch that is done.

        Raises:
            UnknownBatch: no batch has this id, or no file of a batch has this name.
            BatchNotDone: the batch is not done.
        """
        batch = self.get(identifier)
        if name not in (*FILES, MANIFEST):
            raise UnknownBatch(f"A batch has no file {name!r}: there are {', '.join((*FILES, MANIFEST))}.")
        if batch.status != "done":
            raise BatchNotDone(f"The batch {identifier} is {batch.status}.")
        return self._folder / identifier / name

    def _run(self, identifier: str, query: BatchQuery, lang: Lang) -> None:
        self._update(identifier, status="running", started=dt.datetime.now(dt.UTC))
        try:
            report = run_batch(
                self._matcher(),
                query.meeting,
                self._folder / identifier,
                per_challenge=query.per_challenge,
                per_solution=query.per_solution,
                filters=query.filters,
                diverse=query.diverse,
                lang=lang,
                progress=lambda done: self._advance(identifier, done),
            )
        except Exception as error:  # whatever it is, the status must tell
            outcome: dict[str, Any] = {"status": "failed", "reason": failure(error, lang, self._log)}
        else:
            files = [BatchFile(name=n, href=f"/v1/batches/{identifier}/files/{n}") for n in (*FILES, MANIFEST)]
            told = report.model_dump(mode="json", exclude={"out", "files"})
            outcome = {"status": "done", "report": told, "files": files}
        self._update(identifier, finished=dt.datetime.now(dt.UTC), **outcome)

    def _advance(self, identifier: str, done: int) -> None:
        with self._lock:
            batch = self._own[identifier]
            update = {"challenges_done": batch.challenges_done + done}
            self._own[identifier] = batch.model_copy(update=update)

    def _update(self, identifier: str, **update: Any) -> None:
        with self._lock:
            batch = self._own[identifier] = self._own[identifier].model_copy(update=update)
            try:
                self._write(batch)
            except OSError as error:  # a full disk: this service still knows, and goes on
                self._log.error("batch status not written", batch=identifier, error=type(error).__name__)

    def _write(self, batch: Batch) -> None:
        write_text(self._folder / f"{batch.id}.json", batch.model_dump_json())
