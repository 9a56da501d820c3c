"""What an interrupted batch had finished: a file that grows line by line and is read again by the next run."""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from corpora.records import Challenge
from matcher.atomic_files import write_text
from matcher.results import MatchResult

PARTIAL: Final = ".partial.jsonl"


class PartialResults:
    """Results in ``.partial.jsonl``: a first line with the key of the run, then one line for each challenge.

    A result is taken over only under the same key and while the challenge's content is what it was. A line cut
    short by a kill, and what a person may have damaged, is not read.
    """

    def __init__(self, folder: Path, key: dict[str, Any], challenges: Sequence[Challenge]) -> None:
        """Read what still holds; nothing is written."""
        self._path = folder / PARTIAL
        self._key = key
        self._challenges = challenges
        stored = _whole_lines(self._path)
        same = bool(stored) and stored[0].get("key") == key
        self.outdated = bool(stored) and not same
        """Whether there was a file, of another key."""
        self.done = dict(_still_valid(stored[1:], challenges)) if same else {}
        """The results taken over, by challenge id."""

    def start(self) -> None:
        """Leave in the file the key and the results taken over, and nothing else."""
        lines = [json.dumps({"key": self._key}, ensure_ascii=False) + "\n"]
        lines += [_line(each, self.done[each.id]) for each in self._challenges if each.id in self.done]
        write_text(self._path, "".join(lines))

    def keep(
        self, challenges: Iterable[Challenge], results: Iterable[MatchResult]
    ) -> Iterator[tuple[Challenge, MatchResult]]:
        """Each challenge with its result, written to the file before it is given."""
        with self._path.open("a", encoding="utf-8") as file:
            for challenge, result in zip(challenges, results, strict=True):
                file.write(_line(challenge, result))
                file.flush()
                yield challenge, result

    def remove(self) -> None:
        """Delete the file."""
        self._path.unlink(missing_ok=True)


def _whole_lines(path: Path) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = []
    if path.exists():
        for line in path.read_bytes().splitlines():
            try:
                lines.append(dict(json.loads(line)))
            except (ValueError, TypeError):
                break
    return lines


def _still_valid(lines: Sequence[dict[str, Any]], challenges: Sequence[Challenge]) -> Iterator[tuple[str, MatchResult]]:
    results = {line["challenge"]: line["result"] for line in lines if {"challenge", "result"} <= line.keys()}
    for challenge in challenges:
        if found := results.get(challenge.content_hash):
            try:
                yield challenge.id, MatchResult.model_validate(found)
            except ValidationError:  # written by another version: matched again
                continue


def _line(challenge: Challenge, result: MatchResult) -> str:
    return f'{{"challenge":"{challenge.content_hash}","result":{result.model_dump_json()}}}\n'
