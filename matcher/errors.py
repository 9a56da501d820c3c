"""Every error of ``matcher``.

MatcherError
├── EmptyText           a challenge or pitch without words
├── UnknownId           an id given in a query or filter that no record has
├── InvalidFilter       a filter whose value cannot be used
├── SnapshotError       a snapshot that is missing, damaged or of another model
│   ├── NoSnapshot
│   ├── DamagedSnapshot
│   ├── ForeignSnapshot
│   └── IndexLocked
├── CacheError          the cache of vectors cannot be read or written
├── EvaluationSetError  a BEIR folder that cannot be read
└── BatchError          a batch that cannot start or be resumed
"""


class MatcherError(Exception):
    """Base of every error raised by ``matcher``.

    The message is in English. Where ``code`` is set, ``matcher.wording.explain`` says it in either language.
    """

    def __init__(self, message: str = "", code: str | None = None, **values: object) -> None:
        super().__init__(message)
        self.code = code
        self.values = values


class EmptyText(MatcherError):
    """A challenge or pitch holds no words."""


class UnknownId(MatcherError):
    """No record has this id."""


class InvalidFilter(MatcherError):
    """A filter's value cannot be used."""


class SnapshotError(MatcherError):
    """A snapshot of the index cannot be used."""


class NoSnapshot(SnapshotError):
    """The workspace has not been indexed yet."""


class DamagedSnapshot(SnapshotError):
    """Files of the snapshot are missing or differ from their checksums."""


class ForeignSnapshot(SnapshotError):
    """The snapshot was made by another model or layout version."""


class IndexLocked(SnapshotError):
    """Another process is indexing this workspace."""


class CacheError(MatcherError):
    """The cache of vectors cannot be read or written."""


class EvaluationSetError(MatcherError):
    """A BEIR folder cannot be read."""


class BatchError(MatcherError):
    """A batch cannot start or be resumed."""
