"""Trains the upper layers of the default encoder on plain pairs of texts: contrastive, with in-batch negatives.

A step takes pairs of one set, so that the other documents of the batch are of the same kind; sets are drawn by
their share. Where a set asks for it, each query also brings a hard negative: a document near to it, found in a memory
of the set's documents as they were encoded last (after Xiong et al., "Approximate Nearest Neighbor Negative
Contrastive Learning", 2021), or documents that readers rejected for it. The loss is InfoNCE (van den Oord et al.,
2018).
"""

import ctypes
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from models.folder import PROMPTS
from models.split_encoder import SplitEncoder

if TYPE_CHECKING:
    from torch import Tensor

Report = Callable[[int, float], None]
"""Called after each step with its number, from 1, and its loss."""


PASSED_OVER = 2
HARDEST = 22
"""Hard negatives are drawn from so many of the documents nearest to a query, after the first ``PASSED_OVER``."""
MARGIN = 0.02
"""A document nearer to a query than its answer by more, in cosine, may well be an answer too: it is passed over."""
_TRIM_THRESHOLD, _MMAP_MAX = -1, -4
"""Numbers of ``mallopt``'s parameters (malloc.h)."""


@dataclass(frozen=True)
class Pair:
    """A document that answers a query; ``queries`` says the same need in several voices, the first drawn most.

    ``rejected`` are documents that readers found to be no answer.
    """

    queries: tuple[str, ...]
    document: str
    weight: float = 1.0
    rejected: tuple[str, ...] = ()


@dataclass(frozen=True)
class PairSet:
    """Pairs of one kind.

    Attributes:
        name: for messages.
        pairs: what is trained on; documents that share a first query all answer it.
        share: of the steps, in proportion to the other sets' shares.
        hard_negatives: whether each query is also compared with a document of the set near to it.
    """

    name: str
    pairs: tuple[Pair, ...]
    share: float
    hard_negatives: bool = False


@dataclass(frozen=True)
class Recipe:
    """What decides a training besides its pairs.

    ``memory_at``: parts of the steps at which all documents are encoded anew, to find hard negatives by; before the
    first there are none.
    """

    trained_layers: int = 6
    max_tokens: int = 216
    dropout: float = 0.1
    steps: int = 420
    batch: int = 32
    temperature: float = 0.03
    learning_rate: float = 1e-4
    warm_up: float = 0.06
    memory_at: tuple[float, ...] = (0.3, 0.65)
    seed: int = 7


class Training:
    """One training: ``run`` changes the upper layers of ``encoder``."""

    def __init__(self, encoder: SplitEncoder, sets: Sequence[PairSet], recipe: Recipe) -> None:
        self._encoder = encoder
        self._recipe = recipe
        self._random = random.Random(recipe.seed)  # noqa: S311  (no secret)
        self._decks = [_Deck(each, self._random) for each in sets if each.pairs]
        encoder.remember([text for deck in self._decks for text in deck.texts()])

    def run(self, report: Report | None = None) -> None:
        """Train; the learning rate rises during the warm-up and falls to zero in a line."""
        import torch

        _keep_memory()
        torch.manual_seed(self._recipe.seed)
        steps = self._recipe.steps
        layers = list(self._encoder.upper.parameters())
        optimiser = torch.optim.AdamW(layers, lr=self._recipe.learning_rate, weight_decay=0.01)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, self._rate)
        renewals = {round(part * steps) for part in self._recipe.memory_at}
        for step in range(steps):
            if step in renewals:
                self._renew_memory()
            deck = self._random.choices(self._decks, [each.set.share for each in self._decks])[0]
            loss = self._loss(deck)
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(layers, 1.0)
            optimiser.step()
            optimiser.zero_grad()
            schedule.step()
            if report:
                report(step + 1, loss.item())

    def _rate(self, step: int) -> float:
        warm = max(1, round(self._recipe.warm_up * self._recipe.steps))
        return min((step + 1) / warm, max(0.0, (self._recipe.steps - step) / (self._recipe.steps - warm)))

    def _loss(self, deck: "_Deck") -> "Tensor":
        import torch

        pairs = deck.draw(self._recipe.batch)
        queries = [PROMPTS["query"] + deck.voice(pair) for pair in pairs]
        vectors = self._encoder.vectors(queries + [PROMPTS["document"] + pair.document for pair in pairs])
        asked, found = vectors[: len(pairs)], vectors[len(pairs) :]
        rows = deck.rows(pairs)
        hard = deck.rejected(pairs) or deck.hard_negatives(pairs, asked.detach())
        candidates = torch.cat([found, self._documents([deck.documents[row] for row in hard])]) if hard else found
        scores = asked @ candidates.T / self._recipe.temperature
        scores = scores.masked_fill(deck.answers(pairs, rows + hard), -1e4)
        if deck.memory is not None:
            deck.memory[rows + hard] = candidates.detach()
        losses = torch.nn.functional.cross_entropy(scores, torch.arange(len(pairs)), reduction="none")
        weights = torch.tensor([pair.weight for pair in pairs])
        return (losses * weights).sum() / weights.sum()

    def _documents(self, texts: Sequence[str]) -> "Tensor":
        return self._encoder.vectors([PROMPTS["document"] + text for text in texts])

    def _renew_memory(self) -> None:
        import torch

        for deck in self._decks:
            if deck.set.hard_negatives:
                with torch.no_grad():
                    deck.memory = self._documents(deck.documents)


def _keep_memory() -> None:
    """Have glibc keep freed memory: half of a step went into giving large arrays back and asking for them anew."""
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):
        library.mallopt(_MMAP_MAX, 0)
        library.mallopt(_TRIM_THRESHOLD, 2**31 - 1)


class _Deck:
    """The pairs of a set, dealt in random order, again and again; a batch has no query and no document twice."""

    def __init__(self, pairs: PairSet, generator: random.Random) -> None:
        self.set = pairs
        answers = [pair.document for pair in pairs.pairs]
        self.documents = list(dict.fromkeys(answers + [text for pair in pairs.pairs for text in pair.rejected]))
        self.memory: Tensor | None = None
        self._row = {document: row for row, document in enumerate(self.documents)}
        self._random = generator
        self._deal = self._dealt()
        self._answers: dict[str, set[int]] = {}
        for pair in pairs.pairs:
            self._answers.setdefault(pair.queries[0], set()).add(self._row[pair.document])

    def texts(self) -> Iterator[str]:
        """All texts of the set with their prompts."""
        for pair in self.set.pairs:
            yield from (PROMPTS["query"] + each for each in pair.queries)
        yield from (PROMPTS["document"] + document for document in self.documents)

    def draw(self, size: int) -> list[Pair]:
        """The next pairs; fewer than ``size`` where the set is small."""
        size = min(size, len({pair.document for pair in self.set.pairs}) // 2 + 1, len(self._answers) // 2 + 1)
        drawn: dict[str, Pair] = {}
        rows: set[int] = set()
        for pair in islice(self._deal, 2 * len(self.set.pairs)):
            if len(drawn) == size:
                break
            row = self._row[pair.document]
            if pair.queries[0] not in drawn and row not in rows:
                drawn[pair.queries[0]] = pair
                rows.add(row)
        return list(drawn.values())

    def voice(self, pair: Pair) -> str:
        """One of the pair's queries, the first twice as likely as another."""
        return self._random.choices(pair.queries, [2] + [1] * (len(pair.queries) - 1))[0]

    def rejected(self, pairs: Sequence[Pair]) -> list[int]:
        """Rows of documents that readers rejected for the pairs' queries: one each, none an answer of the batch."""
        taken = set(self.rows(pairs))
        rows: list[int] = []
        for pair in pairs:
            free = [row for row in map(self._row.__getitem__, pair.rejected) if row not in taken]
            if free:
                rows.append(self._random.choice(free))
                taken.add(rows[-1])
        return rows

    def hard_negatives(self, pairs: Sequence[Pair], asked: "Tensor") -> list[int]:
        """Rows of documents near the pairs' queries (vectors ``asked``): one each, no answers; none without memory.

        The nearest are passed over: they may answer as well as the known answer.
        """
        if self.memory is None:
            return []
        cosines = asked @ self.memory.T
        order = cosines.argsort(dim=1, descending=True)[:, : PASSED_OVER + HARDEST].tolist()
        own = self.rows(pairs)
        taken = set(own)
        hard: list[int] = []
        for pair, mine, row_cosines, ranked in zip(pairs, own, cosines, order, strict=True):
            out = taken | self._answers[pair.queries[0]]
            most = float(row_cosines[mine]) + MARGIN
            near = [row for row in ranked[PASSED_OVER:] if row not in out and float(row_cosines[row]) < most]
            if near:
                hard.append(self._random.choice(near))
                taken.add(hard[-1])
        return hard

    def rows(self, pairs: Sequence[Pair]) -> list[int]:
        """Row of each pair's document in ``documents``."""
        return [self._row[pair.document] for pair in pairs]

    def answers(self, pairs: Sequence[Pair], rows: Sequence[int]) -> "Tensor":
        """Mask (pairs, rows) of the documents that answer a query besides the one of its pair."""
        import torch

        own = self.rows(pairs)
        known = [self._answers[pair.queries[0]] for pair in pairs]
        mask: npt.NDArray[np.bool_] = np.array(
            [[row in others and row != mine for row in rows] for mine, others in zip(own, known, strict=True)]
        )
        return torch.from_numpy(mask)

    def _dealt(self) -> Iterator[Pair]:
        while True:
            yield from self._random.sample(self.set.pairs, len(self.set.pairs))
