"""What one request may ask of the service."""

from typing import Final

MOST_BYTES: Final = 1_048_576
"""Largest body of a request."""
MOST_CHARACTERS: Final = 100_000
"""Longest text to match; a stored challenge may be longer."""
MOST_PROPOSALS: Final = 100
"""Largest ``top``."""
MOST_RECORDS: Final = 200
"""Largest page of a list."""
MOST_SECONDS: Final = 60
"""Longest time for an answer; a longer run is a batch."""
