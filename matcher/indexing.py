"""Bringing the index of a workspace up to its records: only what is new or changed is encoded and written."""

import datetime as dt
import fcntl
import hashlib
import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from corpora.errors import UnknownRecord
from corpora.records import Solution
from corpora.store import Store
from matcher.dense import Mask
from matcher.errors import IndexLocked, NoSnapshot
from matcher.evidence import challenge_prose, sentences_asked
from matcher.index import content_id
from matcher.passages import challenge_text, solution_text
from matcher.queries import pieces_of
from matcher.results import IndexReport
from matcher.segment import Segment
from matcher.sentences import telling_sentences
from matcher.snapshot import Manifest, SegmentEntry, live_mask, open_snapshot, save_segment, switch_to
from matcher.vector_cache import CachedEncoder
from models.encoder import Progress

MOST_SEGMENTS: Final = 16
"""Segments above which the smallest are merged: what is added costs what it is, not what was there."""
MOST_DEAD: Final = 0.3
"""Share of dead solutions above which all segments are merged into one."""

MOST_AHEAD: Final = 25_000
"""New solutions up to which their sentences are encoded with them; of more, when they are first proposed."""

_PAGE: Final = 1_000


@dataclass(frozen=True)
class _Part:
    """A segment that is on disk, and its entry in the manifest."""

    entry: SegmentEntry
    segment: Segment

    @property
    def live(self) -> Mask:
        """Which solutions are still the segment's, shape (n,)."""
        return live_mask(self.segment, self.entry.dead)

    @property
    def hashes(self) -> dict[str, str]:
        """Content hash of each live solution by id."""
        live = self.live.tolist()
        return {
            one: hash_ for one, hash_, alive in zip(self.segment.ids, self.segment.hashes, live, strict=True) if alive
        }

    def without(self, ids: frozenset[str]) -> "_Part":
        """The part with some more solutions dead."""
        dead = {*self.entry.dead, *(one for one in self.segment.ids if one in ids)}
        return replace(self, entry=self.entry.model_copy(update={"dead": tuple(sorted(dead))}))


@dataclass(frozen=True)
class _Changes:
    """Ids in which the records differ from the snapshot."""

    added: frozenset[str]
    changed: frozenset[str]
    removed: frozenset[str]

    @classmethod
    def between(cls, held: Mapping[str, str], wanted: Mapping[str, str]) -> "_Changes":
        """What turns the records that are held into those wanted."""
        return cls(
            added=frozenset(wanted.keys() - held.keys()),
            changed=frozenset(one for one in wanted.keys() & held.keys() if wanted[one] != held[one]),
            removed=frozenset(held.keys() - wanted.keys()),
        )

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


def build_index(
    store: Store,
    encoder: CachedEncoder,
    workspace: Path,
    rebuild: bool = False,
    progress: Progress | None = None,
    announce: Progress | None = None,
) -> IndexReport:
    """Index the records of ``store`` into ``workspace``; every byte of the snapshot in force is checked first.

    New and changed solutions make one new segment, changed and removed ones are marked dead in the older; the vectors
    of challenges and of sentences are put in the cache. With nothing to do nothing is written and the snapshot stays.
    ``rebuild`` leaves the snapshot in force aside and makes one segment of all solutions, with vectors from the cache.
    ``announce`` is called once with the number of texts, then ``progress`` with those finished since the last call.

    Raises:
        DamagedSnapshot: the snapshot in force is damaged (``rebuild`` replaces it).
        ForeignSnapshot: it was made by another model or layout (``rebuild`` replaces it).
        IndexLocked: another process is indexing this workspace.
    """
    started, encoded = time.monotonic(), encoder.encoded
    with _lock(workspace):
        manifest, parts = (None, []) if rebuild else _in_force(workspace, encoder.fingerprint)
        wanted, asked = store.hashes("solution"), store.hashes("challenge")
        changes = _Changes.between(_hashes(parts), wanted)
        if manifest is None or changes or manifest.challenges_digest != _digest(asked):
            fresh = _encode(store, encoder, changes, wanted, progress, announce)
            parts = [part.without(changes.changed | changes.removed) for part in parts]
            parts = _written(workspace, parts, fresh)
            manifest = switch_to(workspace, _manifest(encoder, parts, asked))
    return IndexReport(
        snapshot=manifest.id,
        model=manifest.model,
        challenges=manifest.challenges,
        solutions=manifest.solutions,
        passages=manifest.passages,
        added=len(changes.added),
        changed=len(changes.changed),
        removed=len(changes.removed),
        encoded=encoder.encoded - encoded,
        seconds=round(time.monotonic() - started, 3),
    )


def is_stale(manifest: Manifest, store: Store) -> bool:
    """Whether the records have changed since the snapshot was made."""
    solutions, challenges = store.hashes("solution"), store.hashes("challenge")
    return manifest.id != content_id(manifest.fingerprint, solutions) or manifest.challenges_digest != _digest(
        challenges
    )


@contextmanager
def _lock(workspace: Path) -> Iterator[None]:
    """Hold the lock of the workspace; the system frees it when the process ends, however it ends."""
    workspace.mkdir(parents=True, exist_ok=True)
    with (workspace / "index.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise IndexLocked(
                f"Another process is indexing {workspace}. Try again when it has finished.", "locked", value=workspace
            ) from None
        yield


def _in_force(workspace: Path, fingerprint: str) -> tuple[Manifest | None, list[_Part]]:
    try:
        manifest, opened = open_snapshot(workspace, fingerprint, verify=True)
    except NoSnapshot:
        return None, []
    parts = zip(manifest.segments, opened, strict=True)
    return manifest, [_Part(entry, segment) for entry, (segment, _) in parts]


def _encode(
    store: Store,
    encoder: CachedEncoder,
    changes: _Changes,
    hashes: Mapping[str, str],
    progress: Progress | None,
    announce: Progress | None,
) -> Segment | None:
    """Encode challenges, and make a segment of what is new or changed, None where nothing is.

    The sentences that evidence will compare are encoded too, so that no query waits for them.
    """
    challenges = store.challenges()
    asked = _distinct(
        [
            *pieces_of(challenge_text(one).strip()),
            *sentences_asked(challenge_prose(one), one.requirements, one.language or "fr"),
        ]
        for one in challenges
    )
    solutions = list(_read(store, changes.added | changes.changed))
    ahead = solutions if len(solutions) <= MOST_AHEAD else []
    answers = _distinct(telling_sentences(solution_text(one)) for one in ahead)

    def announce_all(passages: int) -> None:
        """Announce passages with what else is encoded."""
        if announce:
            announce(passages + len(answers) + len(asked))

    if not solutions:
        announce_all(0)
    segment = Segment.of(solutions, encoder, progress, announce=announce_all, hashes=hashes) if solutions else None
    for start in range(0, len(answers), _PAGE):
        encoder.encode_solutions(answers[start : start + _PAGE], progress)
    encoder.encode_challenges(asked, progress)
    return segment


def _distinct(texts: Iterable[Iterable[str]]) -> list[str]:
    return list(dict.fromkeys(text for each in texts for text in each))


def _read(store: Store, ids: frozenset[str]) -> Iterator[Solution]:
    """The solutions of ``ids`` that are still there: one by one where they are few, else in pages."""
    if len(ids) <= _PAGE:
        for one in sorted(ids):
            try:
                yield store.solution(one)
            except UnknownRecord:  # removed since its hash was read: the next run finds it so
                continue
        return
    after: str | None = None
    while page := store.solutions(limit=_PAGE, after=after):
        yield from (solution for solution in page if solution.id in ids)
        after = page[-1].id


def _written(workspace: Path, parts: Sequence[_Part], fresh: Segment | None) -> list[_Part]:
    """Write the fresh segment beside the parts that still live, or as one with those that are to be merged."""
    parts = [part for part in parts if part.hashes]
    segments = [(part.segment, part.live) for part in parts]
    if fresh:
        segments.append((fresh, live_mask(fresh, ())))
    merged = _to_merge([(segment.size, int(live.sum())) for segment, live in segments])
    written = [part for number, part in enumerate(parts) if number not in merged]
    new = [fresh] if fresh and len(parts) not in merged else []
    if merged:
        new.append(Segment.merged([segments[number] for number in sorted(merged)]))
    return [*written, *(_Part(save_segment(workspace, segment), segment) for segment in new)]


def _to_merge(sizes: Sequence[tuple[int, int]]) -> set[int]:
    """Numbers of the segments, of which ``sizes`` gives all solutions and the live ones, that are to be one.

    All where too many are dead. Where the segments are too many, the smallest: two, and each next that is no larger
    than all before it together, so that a solution is written again about as often as the corpus doubles.
    """
    held, alive = (sum(each) for each in zip(*sizes, strict=True)) if sizes else (0, 0)
    if held - alive > MOST_DEAD * held:
        return set(range(len(sizes)))
    if len(sizes) <= MOST_SEGMENTS:
        return set()
    merged: set[int] = set()
    total = 0
    for number, (_, live) in sorted(enumerate(sizes), key=lambda each: each[1][1]):
        if len(merged) >= 2 and live > total:
            break
        merged.add(number)
        total += live
    return merged


def _manifest(encoder: CachedEncoder, parts: Sequence[_Part], challenges: Mapping[str, str]) -> Manifest:
    hashes = _hashes(parts)
    return Manifest(
        id=content_id(encoder.fingerprint, hashes),
        created=dt.datetime.now(dt.UTC),
        model=encoder.name,
        fingerprint=encoder.fingerprint,
        dimension=encoder.dimension,
        solutions=len(hashes),
        passages=sum(int((part.live[part.segment.passages.owners]).sum()) for part in parts),
        challenges=len(challenges),
        challenges_digest=_digest(challenges),
        segments=tuple(part.entry for part in parts),
    )


def _hashes(parts: Iterable[_Part]) -> dict[str, str]:
    return {one: hash_ for part in parts for one, hash_ in part.hashes.items()}


def _digest(hashes: Mapping[str, str]) -> str:
    return hashlib.sha256(json.dumps(sorted(hashes.items())).encode()).hexdigest()
