"""Every error of ``corpora``.

CorporaError
├── UnreadableFile      a file that cannot be read as a table (missing, empty, damaged, unknown format)
├── UnwritableFile      a file of rejects that cannot be written
├── MappingError        a column mapping that is wrong
├── UnknownRecord       an id that the store does not hold
└── StoreError          a database that cannot be opened, or of an unknown schema
"""


class CorporaError(Exception):
    """Base of every error raised by ``corpora``."""


class UnreadableFile(CorporaError):
    """A file could not be read as a table of records."""


class UnwritableFile(CorporaError):
    """A file of rejected rows could not be written."""


class MappingError(CorporaError):
    """A column mapping names unknown fields or cannot be parsed."""


class UnknownRecord(CorporaError):
    """No record has this id."""


class StoreError(CorporaError):
    """The workspace database cannot be opened or is of an unknown schema."""
