"""A tokenizer that is ready at once: few texts are cut by a mapped table of pieces, many by the library's tokenizer.

To load 250,000 pieces takes the library 0.8 s, to map them none; a sentence is then cut here in a few milliseconds, the
library needs a tenth of one. Ids are the same (a test compares): a text with a letter whose normal form
is not plain, with a special token, or with a part that no piece covers, is left to the library.
"""

import json
import re
import threading
import unicodedata
from collections.abc import Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from models.encoder import MANY

if TYPE_CHECKING:
    from tokenizers import Tokenizer

PLAIN: Final = re.compile(r"[ -~\n\t\r\u00a0\u202fÀ-ÿŒœŸ‘’“”„…–—€°²³•·«»]*")
"""Letters that the library's normalisation (NFKC after white space) treats as Python's does."""

_SPACE: Final = "▁"
_BLANKS: Final = re.compile(r"[ \n\t\r]+")
_KNOWN_WORDS: Final = 8_192
_PIECES, _SCORES, _NUMBERS = _TABLE = ("pieces.npy", "scores.npy", "piece_ids.npy")
_MARKS: Final = "marks.json"

Ids = npt.NDArray[np.int32]


def write_pieces(source: Path, folder: Path) -> None:
    """Write the pieces of ``source``, a ``tokenizer.json`` with a Unigram model, as a sorted table into ``folder``."""
    document: dict[str, Any] = json.loads(source.read_text(encoding="utf-8"))
    special = {token["content"] for token in document["added_tokens"]}
    rows = sorted(
        (piece.encode(), score, number)
        for number, (piece, score) in enumerate(document["model"]["vocab"])
        if piece not in special
    )
    marks = document["post_processor"]["special_tokens"]
    begin, end = (marks[mark]["ids"][0] for mark in ("<s>", "</s>"))
    longest = max(len(piece.decode()) for piece, _, _ in rows)
    known = {"special": sorted(special), "begin": begin, "end": end, "longest": longest}
    (folder / _MARKS).write_text(json.dumps(known), encoding="utf-8")
    pieces, scores, numbers = zip(*rows, strict=True)
    np.save(folder / _PIECES, np.array(pieces))
    np.save(folder / _SCORES, np.array(scores, dtype=np.float64))
    np.save(folder / _NUMBERS, np.array(numbers, dtype=np.int32))


class QuickTokenizer:
    """Text to ids, those of the library's tokenizer. Safe between threads."""

    def __init__(self, folder: Path, whole: Path, longest: int) -> None:
        """Map the table of pieces.

        Args:
            folder: where `write_pieces` wrote.
            whole: the ``tokenizer.json``, read when it is needed.
            longest: ids are cut to this many, the end mark included.
        """
        self._pieces, self._scores, self._ids = (np.load(folder / name, mmap_mode="r") for name in _TABLE)
        self._marks = json.loads((folder / _MARKS).read_text(encoding="utf-8"))
        self._file = whole
        self._longest = longest
        self._loading = threading.Lock()
        self._cut = lru_cache(_KNOWN_WORDS)(self._cut_anew)

    def encode(self, texts: Sequence[str]) -> list[Ids]:
        """Ids of each text with its begin and end marks, int32."""
        if len(texts) >= MANY or "_whole" in vars(self):
            return self.encode_by_library(texts)
        return [self._quick(text) if PLAIN.fullmatch(text) else self._slow(text) for text in texts]

    def encode_by_library(self, texts: Sequence[str]) -> list[Ids]:
        """As ``encode``, by the library's tokenizer, which is loaded for it and cuts all texts from then on."""
        with self._loading:
            library = self._whole
        return [np.array(each.ids, np.int32) for each in library.encode_batch_fast(list(texts))]

    def _quick(self, text: str) -> Ids:
        if any(special in text for special in self._marks["special"]):
            return self._slow(text)
        normal = _BLANKS.sub(" ", unicodedata.normalize("NFKC", text))
        words = normal.removeprefix(" ").split(" ") if normal else []
        cut = [self._cut(_SPACE + word) for word in words]
        if any(each is None for each in cut):
            return self._slow(text)
        ids = [number for each in cut for number in each or ()][: self._longest - 2]
        return np.array([self._marks["begin"], *ids, self._marks["end"]], np.int32)

    def _slow(self, text: str) -> Ids:
        return self.encode_by_library([text])[0]

    def _cut_anew(self, word: str) -> tuple[int, ...] | None:
        """The ids of the likeliest pieces of a word (Viterbi), None where a letter is in no piece."""
        size, longest = len(word), self._marks["longest"]
        spans = [(start, end) for start in range(size) for end in range(start + 1, min(size, start + longest) + 1)]
        parts = np.array([word[start:end].encode() for start, end in spans])
        places = np.minimum(np.searchsorted(self._pieces, parts), len(self._pieces) - 1)
        best: list[tuple[float, int, int] | None] = [(0.0, 0, 0)] + [None] * size
        for (start, end), place, known in zip(spans, places.tolist(), self._pieces[places] == parts, strict=True):
            here, there = best[start], best[end]
            if known and here is not None:
                score = here[0] + float(self._scores[place])
                if there is None or score > there[0]:
                    best[end] = (score, start, int(self._ids[place]))
        ids: list[int] = []
        end = size
        while end:
            step = best[end]
            if step is None:
                return None
            ids.append(step[2])
            end = step[1]
        return tuple(reversed(ids))

    @cached_property
    def _whole(self) -> "Tokenizer":
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self._file))
        tokenizer.enable_truncation(self._longest)
        return tokenizer
