"""The health of a workspace: what it holds, whether its snapshot is whole and up to date."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from corpora.errors import CorporaError
from corpora.store import Store
from matcher.calibration import load_calibration
from matcher.errors import MatcherError
from matcher.indexing import is_stale
from matcher.results import Status
from matcher.snapshot import open_snapshot, read_manifest
from matcher.vector_cache import CachedEncoder
from matcher.wording import Lang, explain
from models.errors import ModelError

Found = TypeVar("Found")


def inspect(
    workspace: Path, model: str, store: Callable[[], Store], encoder: Callable[[], CachedEncoder], lang: Lang
) -> Status:
    """Look at everything; what cannot be used is told in ``problems``, in ``lang``, and raises nothing.

    A workspace is healthy when its database, its model and its snapshot can be used, every byte of the snapshot is as
    it was written, and the snapshot holds the records as they are now.
    """
    problems: list[str] = []

    def tried(action: Callable[[], Found]) -> Found | None:
        """What ``action`` gives, or None, its error being told."""
        try:
            return action()
        except (MatcherError, CorporaError, ModelError) as error:
            problems.append(explain(error, lang))
            return None

    records = tried(store)
    challenges, solutions = (records and tried(records.counts)) or (0, 0)
    cached = tried(encoder)
    vectors = tried(lambda: cached.cache.count(cached.fingerprint) if cached else 0)
    held = tried(lambda: read_manifest(workspace))
    if held and cached:
        tried(lambda: open_snapshot(workspace, cached.fingerprint, verify=True))
    stale = bool(held and records and tried(lambda: is_stale(held, records)))
    return Status(
        workspace=str(workspace),
        database=records.url if records else "",
        schema_version=records.schema_version if records else "",
        challenges=challenges,
        solutions=solutions,
        snapshot=held.id if held else None,
        snapshot_created=held.created if held else None,
        snapshot_solutions=held.solutions if held else None,
        snapshot_challenges=held.challenges if held else None,
        stale=stale,
        model=cached.name if cached else model,
        fingerprint=cached.fingerprint if cached else None,
        calibrated=bool(cached and load_calibration(cached.fingerprint)),
        vectors=vectors or 0,
        problems=tuple(dict.fromkeys(problems)),
        healthy=not problems and not stale,
    )
