"""The library's face: a workspace, its records and its index, asked for proposals."""

import threading
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from corpora.errors import UnknownRecord
from corpora.records import Challenge
from matcher.eligibility import check_filters
from matcher.errors import InvalidFilter, UnknownId
from matcher.filters import Filters
from matcher.results import IndexReport, MatchResult, SelfCheckResult, Status
from matcher.settings import Settings
from matcher.snapshot import read_manifest
from matcher.vector_cache import FILE, CachedEncoder, VectorCache
from matcher.wording import as_lang, fault
from models.encoder import MANY, Encoder, Progress

if TYPE_CHECKING:
    from corpora.store import Store
    from matcher.answers import Answerer

_WORD: Final = "eau"


class Matcher:
    """Finds, for each challenge, the solutions that fit it best, and says why. Safe between threads.

    >>> matcher = Matcher("workspace")
    >>> matcher.match("Détecter les fuites de notre réseau d'eau").proposals[0].fit

    Nothing heavy is loaded before it is needed. A snapshot that another process put in force is taken up by itself.
    """

    def __init__(
        self,
        workspace: Path | str | None = None,
        *,
        model: str | None = None,
        encoder: Encoder | None = None,
        lang: str | None = None,
        database_url: str | None = None,
    ) -> None:
        """Name a workspace.

        Args:
            workspace: folder of the records and the index; the settings' when None.
            model: ``default``, ``e5-small``, or a sentence-transformers name or path; the settings' when None.
            encoder: an encoder to use in place of the model.
            lang: language of reasons, ``fr`` or ``en``; the settings' when None.
            database_url: where the records are; SQLite in the workspace when None. The settings' counts only where
                the workspace is the settings' too.
        """
        settings = Settings()
        self.workspace = Path(workspace or settings.workspace)
        self.model = encoder.name if encoder else model or settings.model
        self.lang = lang or settings.lang
        self._database_url = database_url or (None if workspace else settings.database_url)
        self._encoder_given = encoder
        self._answerer: tuple[str, Answerer] | None = None
        self._lock = threading.RLock()

    @cached_property
    def store(self) -> "Store":
        """The records of the workspace."""
        from corpora.store import Store  # a query by text goes without the database

        return Store.in_workspace(self.workspace, self._database_url)

    @property
    def encoder(self) -> CachedEncoder:
        """The encoder, with the workspace's cache of vectors.

        Raises:
            ModelError: the model cannot be found or loaded.
        """
        with self._lock:
            return self._cached_encoder

    def warm(self) -> None:
        """Load the model, for one text and for many at once, so that no later call waits for it.

        Raises:
            ModelError: the model cannot be found or loaded.
        """
        for count in (1, MANY):  # past the cache, which may know the word
            self._uncached_encoder.encode_challenges([_WORD] * count)

    def index(
        self, rebuild: bool = False, progress: Progress | None = None, announce: Progress | None = None
    ) -> IndexReport:
        """Bring the index up to the records (see ``matcher.indexing.build_index``)."""
        from matcher.indexing import build_index

        return build_index(self.store, self.encoder, self.workspace, rebuild, progress, announce)

    def status(self) -> Status:
        """The health of the workspace; every byte of the snapshot is checked."""
        from matcher.health import inspect

        return inspect(self.workspace, self.model, lambda: self.store, lambda: self.encoder, as_lang(self.lang))

    def match(
        self,
        challenge: Challenge | str,
        *,
        top: int = 10,
        filters: Filters | None = None,
        lang: str | None = None,
        diverse: bool = False,
    ) -> MatchResult:
        """The ``top`` solutions for a challenge, a record or a free text; ``diverse``: see ``matcher.diversity``.

        Raises:
            EmptyText: the text holds no words.
            UnknownId: a filter names an id that no solution has.
            InvalidFilter: a filter that cannot be used, or ``top`` below 1.
            SnapshotError: the workspace has no snapshot, or one that cannot be used.
        """
        return next(self.match_many([challenge], top=top, filters=filters, lang=lang, diverse=diverse))

    def match_id(
        self,
        challenge_id: str,
        *,
        top: int = 10,
        filters: Filters | None = None,
        lang: str | None = None,
        diverse: bool = False,
    ) -> MatchResult:
        """The ``top`` solutions for a challenge of the workspace.

        Raises:
            UnknownId: no challenge has this id; otherwise as ``match``.
        """
        try:
            challenge = self.store.challenge(challenge_id)
        except UnknownRecord as error:
            raise _unknown(challenge_id, "challenge") from error
        return self.match(challenge, top=top, filters=filters, lang=lang, diverse=diverse)

    def match_many(
        self,
        challenges: Sequence[Challenge | str],
        *,
        top: int = 10,
        filters: Filters | None = None,
        lang: str | None = None,
        diverse: bool = False,
        progress: Progress | None = None,
    ) -> Iterator[MatchResult]:
        """As ``match`` for each challenge, in their order, many at a time; ``progress`` counts challenges."""
        filters = filters or Filters()
        _check_top(top)
        check_filters(filters)
        _ = self.encoder  # it goes on loading while what answers is imported
        from matcher.answers import Asked, Wanted

        asked = [Asked.of(challenge) for challenge in challenges]
        answerer = self._open()
        self._check_ids(filters, answerer)
        return answerer.answer(asked, Wanted(top, filters, lang or self.lang, diverse), progress)

    def self_check(
        self, text: str, *, top: int = 10, filters: Filters | None = None, lang: str | None = None
    ) -> SelfCheckResult:
        """The challenges that a pitch answers best, and its standing among the solutions known. The pitch is not kept.

        Raises:
            EmptyText: the pitch holds no words.
            UnknownId: a filter names an id that no challenge has.
            InvalidFilter: a filter that challenges do not have, or ``top`` below 1.
            SnapshotError: as ``match``.
        """
        from matcher.answers import Wanted
        from matcher.self_check import check_pitch

        filters = filters or Filters()
        _check_top(top)
        check_filters(filters, of_challenges=True)
        challenges = self.store.challenges()
        known = {challenge.id for challenge in challenges}
        for identifier in (*filters.only, *filters.without):
            if identifier not in known:
                raise _unknown(identifier, "challenge")
        ranker = self._open().ranker
        wanted = Wanted(top, filters, lang or self.lang)
        return check_pitch(text, challenges, ranker, self.encoder.passing("solution"), wanted)

    def check_ids(self, filters: Filters) -> None:
        """See that a filter names solutions that there are.

        Raises:
            UnknownId: no solution has an id.
            SnapshotError: as ``match``.
        """
        if filters.only or filters.without:
            self._check_ids(filters, self._open())

    def close(self) -> None:
        """Let go of the database and of the cache of vectors."""
        if "store" in vars(self):
            self.store.close()
        if "_cached_encoder" in vars(self):
            self._cached_encoder.cache.close()

    def _open(self) -> "Answerer":
        """The snapshot in force, opened once and again when another one is put in force."""
        with self._lock:
            current = read_manifest(self.workspace).id
            if self._answerer is None or self._answerer[0] != current:
                from matcher.answers import Answerer
                from matcher.index import Index

                index = Index.open(self.workspace, self.encoder.fingerprint)
                self._answerer = (current, Answerer(index, self.encoder))
            return self._answerer[1]

    def _check_ids(self, filters: Filters, answerer: "Answerer") -> None:
        for identifier in (*filters.only, *filters.without):
            self._check_solution(identifier, answerer)

    def _check_solution(self, identifier: str, answerer: "Answerer") -> None:
        if answerer.index.row_of(identifier) is not None:
            return
        try:
            self.store.solution(identifier)  # known, but not indexed yet
        except UnknownRecord as error:
            raise _unknown(identifier, "solution") from error

    @cached_property
    def _uncached_encoder(self) -> Encoder:
        from models.loading import load_encoder

        return self._encoder_given or load_encoder(self.model)

    @cached_property
    def _cached_encoder(self) -> CachedEncoder:
        return CachedEncoder(self._uncached_encoder, VectorCache(self.workspace / FILE))


def _check_top(top: int) -> None:
    if top < 1:
        raise fault(InvalidFilter, "limit", name="top", value=top)


def _unknown(identifier: str, kind: str) -> UnknownId:
    return fault(UnknownId, f"unknown_{kind}", value=identifier)
