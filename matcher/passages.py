"""Records to the texts that are embedded: passages small enough for the encoder, each with its heading in front."""

from collections.abc import Iterator
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
    head = " ".join(heading.split())[:LONGEST_HEADING].strip()
    room = max(max_chars - len(head) - 2, max_chars // 4)
    pieces = [piece for sentence in split_sentences(text) for piece in _cut(sentence, room)]
    bodies = list(_pack(pieces, room))
    if not bodies:
        return [head]
    joint = " " if head.endswith((".", "!", "?", "…", ":")) else ". "
    return [f"{head}{joint}{body}" if head else body for body in bodies]


def _pack(pieces: list[str], room: int) -> Iterator[str]:
    """Join pieces into bodies of at most ``room`` characters, evenly filled."""
    total = sum(len(piece) + 1 for piece in pieces)
    target = total / max(1, -(-total // room))
    body: list[str] = []
    length = 0
    for piece in pieces:
        if body and (length + len(piece) > room or length >= target):
            yield " ".join(body)
            body, length = [], 0
        body.append(piece)
        length += len(piece) + 1
    if body:
        yield " ".join(body)


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
