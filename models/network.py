"""Runs a compiled graph: one text on all cores, many texts on one core each, and what several threads ask, together."""

import os
import threading
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from models.cache import cache_folder
from models.compiled_folder import GRAPH, POSITIONS, PRECISION, embed, map_words
from models.encoder import MANY, Progress, Vectors
from models.errors import EncoderError
from models.quick_tokenizer import Ids

TURN: Final = 16
"""Texts of one caller that are run before another caller's: what a query waits for while a corpus is encoded."""

STEP: Final = 16
"""Lengths are rounded up to multiples of it: OpenVINO takes 10 ms to prepare for each that it has not seen."""


@dataclass
class _Text:
    """A text that waits to be run, and what came of it."""

    ids: Ids
    vector: Vectors | None = None
    error: Exception | None = None


class Network:
    """The graph of a compiled folder, with the embeddings in front of it. Safe between threads.

    Threads that ask at one time are served together: whoever finds the network free runs all that waits. The vector
    of a text is the same to the bit whoever runs it beside what.
    """

    def __init__(self, source: Path, compiled: Path) -> None:
        """Name the folders; what is needed is loaded when it is needed.

        Args:
            source: the sentence-transformers folder, whose word embeddings are mapped.
            compiled: as ``compiled_folder.write_compiled`` wrote it.
        """
        self._source = source
        self._compiled = compiled
        self._waiting: deque[_Text] = deque()
        self._free = threading.Lock()

    def run(self, ids: Sequence[Ids], progress: Progress | None = None) -> list[Vectors]:
        """The mean vector (d,) over the tokens of each text, not of unit length; ``progress`` counts texts.

        Raises:
            EncoderError: OpenVINO cannot load or run the graph.
        """
        texts = [_Text(each) for each in ids]
        if len(texts) >= MANY:
            with self._free:
                _ = self._streams
        ordered = sorted(texts, key=lambda text: len(text.ids), reverse=True)  # so that all cores end together
        for start in range(0, len(ordered), TURN):
            some = ordered[start : start + TURN]
            self._serve(some)
            if progress:
                progress(len(some))
        return [text.vector for text in texts if text.vector is not None]  # none is: _serve would have raised

    def load_ahead(self) -> None:
        """Load the graph beside what the caller does next; a failure shows when it is used."""
        import openvino  # noqa: F401  (here: an import in a thread fails where the process is already ending)

        threading.Thread(target=self._load_alone, name="matcher-network").start()

    def _load_alone(self) -> None:
        with suppress(EncoderError), self._free:
            _ = self._alone

    def _serve(self, texts: Sequence[_Text]) -> None:
        """Have texts run: by whoever is at it when this thread's turn comes, else with all that waits."""
        self._waiting.extend(texts)
        with self._free:
            if any(text.vector is None and text.error is None for text in texts):
                self._run([self._waiting.popleft() for _ in range(len(self._waiting))])
        for text in texts:
            if text.vector is None:
                raise EncoderError("graph_not_run", folder=self._compiled, reason=text.error) from text.error

    def _run(self, texts: Sequence[_Text]) -> None:
        try:
            if len(texts) > 1 and "_streams" in vars(self):
                for text in texts:
                    self._streams.start_async(self._padded(text), text)
                self._streams.wait_all()
            else:
                for text in texts:
                    text.vector = np.array(self._alone(self._padded(text))[0][0])
        except Exception as error:  # whoever waits for one of the texts must hear of it
            for text in texts:
                text.error = error

    def _padded(self, text: _Text) -> list[npt.NDArray[np.float32]]:
        """The summed embeddings (1, tokens, d) and the mask (1, tokens) of a text."""
        tokens = len(text.ids)
        length = -(-tokens // STEP) * STEP
        embedded = np.zeros((1, length, self._words.shape[1]), np.float32)
        embedded[0, :tokens] = embed(text.ids, self._words, self._positions)[0]
        return [embedded, (np.arange(length) < tokens).astype(np.float32)[None]]

    @cached_property
    def _alone(self) -> Any:
        """The graph for one text at a time, on all cores."""
        return self._load("LATENCY", 1)

    @cached_property
    def _streams(self) -> Any:
        """The graph a second time, for many texts, one core each; once loaded, it runs two as well."""
        import openvino as ov

        cores = os.cpu_count() or 1
        queue = ov.AsyncInferQueue(self._load("THROUGHPUT", cores), cores)
        queue.set_callback(_keep)
        return queue

    def _load(self, hint: str, streams: int) -> Any:
        import openvino as ov

        options = PRECISION | {
            "PERFORMANCE_HINT": hint,
            "NUM_STREAMS": streams,
            "INFERENCE_NUM_THREADS": os.cpu_count() or 1,
            "CACHE_DIR": str(cache_folder() / "openvino"),
        }
        try:
            return ov.Core().compile_model(self._compiled / GRAPH, "CPU", options)
        except RuntimeError as error:
            raise EncoderError("graph_not_loaded", folder=self._compiled, reason=error) from error

    @cached_property
    def _words(self) -> npt.NDArray[np.float32]:
        return map_words(self._source)

    @cached_property
    def _positions(self) -> npt.NDArray[np.float32]:
        positions: npt.NDArray[np.float32] = np.load(self._compiled / POSITIONS)
        return positions


def _keep(request: Any, text: _Text) -> None:
    text.vector = np.array(request.get_output_tensor(0).data[0])
