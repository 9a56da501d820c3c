"""The seam between text and numbers: what every encoder offers."""

from collections.abc import Callable, Sequence
from typing import Final, Protocol, TypeAlias, runtime_checkable

import numpy as np
import numpy.typing as npt

Vectors: TypeAlias = npt.NDArray[np.float32]
Progress: TypeAlias = Callable[[int], None]
"""Called with the number of texts finished since the last call."""

MANY: Final = 16
"""Texts for which it is worth loading what makes many of them quick; once it is loaded, fewer use it too."""


@runtime_checkable
class Encoder(Protocol):
    """Text to unit vectors, with a query side and a document side.

    Both methods return float32 of shape (n, ``dimension``), each row of unit
    length, rows in the order of ``texts``; an empty ``texts`` gives (0, ``dimension``).
    The vector of a text does not depend on the texts beside it.
    """

    @property
    def name(self) -> str:
        """Readable name of the model, as settings and reports show it."""
        ...

    @property
    def fingerprint(self) -> str:
        """Changes when weights, prompts or text preparation change; vectors of two fingerprints never mix."""
        ...

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        ...

    def encode_challenges(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Encode the query side: challenges and their sentences."""
        ...

    def encode_solutions(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Encode the document side: solutions, their passages and sentences."""
        ...
