"""Every error of ``api``; ``api.problems`` says with which status and words each is answered.

ApiError
├── NotReady         the encoder is still loading, or could not be loaded
├── TooSlow          the answer took longer than a request may
├── TokenRequired    a write without the token that the service was set up with
├── CrossSite        a write sent by a page of another site
├── UnknownHost      a request to a domain name that is not the service's
├── UnknownBatch     no batch has this id
├── BatchNotDone     files asked of a batch that is not done
└── ResponseBroken   an answer that failed when its first half was sent
"""


class ApiError(Exception):
    """Base of every error raised by ``api``."""


class NotReady(ApiError):
    """The encoder is still loading, or could not be loaded."""


class TooSlow(ApiError):
    """The answer took longer than a request may."""


class TokenRequired(ApiError):
    """A write came without the token that the service was set up with."""


class CrossSite(ApiError):
    """A browser sent a write for a page of another site."""


class UnknownHost(ApiError):
    """The request names a domain that is not the service's."""


class UnknownBatch(ApiError):
    """No batch has this id."""


class BatchNotDone(ApiError):
    """The files of a batch exist only when it is done."""


class ResponseBroken(ApiError):
    """An answer failed when its first half was already sent."""
