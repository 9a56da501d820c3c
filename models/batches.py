"""How texts are prepared and grouped before they are encoded."""

from collections.abc import Iterator, Sequence

MAX_CHARACTERS = 20_000
"""A text is cut here before it is tokenised: far beyond 512 tokens, and 200,000 characters cost no more than this."""

TOKENS_PER_BATCH = 8_192
"""Tokens, with padding, that are encoded at once: bounds the memory, whatever the lengths."""


def prepare(text: str) -> str:
    """Cut a text and replace lone surrogates, which no tokenizer takes."""
    return text[:MAX_CHARACTERS].encode("utf-8", "replace").decode("utf-8")


def by_length(lengths: Sequence[int], budget: int = TOKENS_PER_BATCH) -> Iterator[list[int]]:
    """Group texts of similar length; the longest come first, so that the peak of memory comes at once.

    Args:
        lengths: length of each text in tokens.
        budget: most tokens in a group, counting each text as long as the longest; one text may exceed it.

    Yields:
        Positions in ``lengths``; all groups together hold each position once.
    """
    order = sorted(range(len(lengths)), key=lambda position: (-lengths[position], position))
    start = 0
    while start < len(order):
        size = max(1, budget // max(1, lengths[order[start]]))
        yield order[start : start + size]
        start += size
