"""Every error of ``models``.

ModelError
├── WeightsError      weights missing, damaged or of an unknown layout
└── EncoderError      a model that cannot be loaded or used
"""


class ModelError(Exception):
    """Base of every error raised by ``models``."""


class WeightsError(ModelError):
    """Weights are missing, damaged (checksum) or of an unknown layout."""


class EncoderError(ModelError):
    """A model could not be loaded or used for encoding."""
