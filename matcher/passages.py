"""Records to the texts that are embedded: passages small enough for the encoder, each with its heading in front."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Final

from corpora.records import Challenge, Solution
from matcher.sentences import split_sentences

MAX_CHARS: Final = 1_200
"""Characters of a passage with its heading: about 245 tokens of French, under the encoder's 512."""

LONGEST_HEADING: Final = 200
"""Characters of the heading that are repeated in front of each passage."""

_SLACK: Final = 20
"""Characters, about two words, by which a cut at a space may come early."""


def solution_text(solution: Solution) -> tuple[str, str]:
    """Heading and body of a solution: what is embedded and counted."""
    body = "\n".join(part for part in (solution.tagline, solution.text) if part)
    return solution.name, body


def challenge_text(challenge: Challenge) -> str:
    """What is embedded and counted of a challenge: title, text, requirements."""
    return "\n".join(part for part in (challenge.title, challenge.text, *challenge.requirements) if part)


def split_passages(heading: str, text: str, max_chars: int = MAX_CHARS) -> list[str]:
    """Split at sentences into passages of at most ``max_chars``, each headed by ``heading`` (cut at 200 characters).

    There is always at least one; together they hold every word of the text, in order, without overlap. Passages
    are of about equal length, so that the last is not a stray line.
    """
    head = _head(heading)
    room = room_beside(heading, max_chars)
    pieces = [piece for sentence in split_sentences(text) for piece in _cut(sentence, room)]
    numbered = zip(packed([len(piece) for piece in pieces], room), pieces, strict=True)
    bodies = [" ".join(piece for _, piece in body) for _, body in groupby(numbered, key=itemgetter(0))]
    if not bodies:
        return [head]
    joint = " " if head.endswith((".", "!", "?", "…", ":")) else ". "
    return [f"{head}{joint}{body}" if head else body for body in bodies]


def room_beside(heading: str, max_chars: int = MAX_CHARS) -> int:
    """The characters of text that a passage holds under ``heading``."""
    return max(max_chars - len(_head(heading)) - 2, max_chars // 4)


def packed(lengths: Sequence[int], room: int) -> list[int]:
    """For each piece of a text, by its ``lengths``, the number of its passage: of ``room`` at most, evenly filled."""
    total = sum(length + 1 for length in lengths)
    target = total / max(1, -(-total // room))
    numbers: list[int] = []
    number = filled = 0
    for length in lengths:
        if filled and (filled + length > room or filled >= target):
            number, filled = number + 1, 0
        numbers.append(number)
        filled += length + 1
    return numbers


def _head(heading: str) -> str:
    return " ".join(heading.split())[:LONGEST_HEADING].strip()


def _cut(sentence: str, room: int) -> Iterator[str]:
    """A sentence in like pieces of at most ``room`` characters, cut at spaces, or anywhere in a longer word."""
    start = 0
    while (left := len(sentence) - start) > room:
        like = min(room, left // -(-left // room) + _SLACK)
        space = sentence.rfind(" ", start + 1, start + like + 1)
        end = space if space > start else start + like
        yield sentence[start:end].strip()
        start = end
    if rest := sentence[start:].strip():
        yield rest
