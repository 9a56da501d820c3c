"""The health of a workspace: what it holds, whether its snapshot is whole and up to date."""

from collections.abc import Callable
from pathlib import Path

from corpora.errors import CorporaError
from corpora.store import Store
from matcher.errors import MatcherError
from matcher.indexing import is_stale
from matcher.results import Status
from matcher.snapshot import Manifest, open_snapshot, read_manifest
from matcher.vector_cache import CachedEncoder
from models.errors import ModelError


def inspect(workspace: Path, model: str, store: Callable[[], Store], encoder: Callable[[], CachedEncoder]) -> Status:
    """Look at everything; what cannot be used is told in ``problems`` and raises nothing.

    A workspace is healthy when its database, its model and its snapshot can be used, every byte of the snapshot is as
    it was written, and the snapshot holds the records as they are now.
    """
    problems: list[str] = []

    def tried(action: Callable[[], object]) -> object | None:
        try:
            return action()
        except (MatcherError, CorporaError, ModelError) as error:
            problems.append(str(error))
            return None

    records = tried(store)
    database, schema, counts = "", "", None
    if isinstance(records, Store):
        database, schema, counts = records.url, records.schema_version, tried(records.counts)
    challenges, solutions = counts if isinstance(counts, tuple) else (0, 0)
    found = tried(encoder)
    cached = found if isinstance(found, CachedEncoder) else None
    vectors = tried(lambda: cached.cache.count(cached.fingerprint) if cached else 0)
    manifest = tried(lambda: read_manifest(workspace))
    if isinstance(manifest, Manifest) and cached:
        fingerprint = cached.fingerprint
        tried(lambda: open_snapshot(workspace, fingerprint, verify=True))
    held = manifest if isinstance(manifest, Manifest) else None
    stale = bool(tried(lambda: held and isinstance(records, Store) and is_stale(held, records)))
    return Status(
        workspace=str(workspace),
        database=database,
        schema_version=schema,
        challenges=challenges,
        solutions=solutions,
        snapshot=held.id if held else None,
        snapshot_created=held.created if held else None,
        snapshot_solutions=held.solutions if held else None,
        snapshot_challenges=held.challenges if held else None,
        stale=stale,
        model=cached.name if cached else model,
        fingerprint=cached.fingerprint if cached else None,
        vectors=vectors if isinstance(vectors, int) else 0,
        problems=tuple(dict.fromkeys(problems)),
        healthy=not problems and not stale,
    )
