"""``python -m benchmarks.train``: trains the default encoder's upper layers from the bundled data.

Two trainings hold out one quarter of the data, two others another: one of each pair learns from what people wrote and
from needs written for it, the other also from what was made up: challenges for known laureates, and challenges, topics
and programmes with what answers them. The mean of a pair's weights ("model soup", Wortsman et al., ICML 2022) is judged
by what the pair did not see; the default model is the mean of all four, so that together they saw nearly everything.

The parts are written into the folder ``--out``, which ``benchmarks.calibrate --folds`` and ``benchmarks.quality
--folds`` read; what is there already is not trained again. ``--only NAME`` makes one training alone. The mean of all is
``default.safetensors``: copied into ``models/trained`` it is the default model, which then has to be calibrated.
"""

import argparse
import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.training_sets import training_sets
from models.folder import default_model_folder
from models.split_encoder import SplitEncoder
from models.trained_parts import DEFAULT, apply_parts, read_metadata, write_parts
from models.training import Recipe, Training
from models.weights import State, read_weights

FOLDS_TRAINED: Final = (0, 1)
"""Folds held out: half of the data, and every graded challenge once."""


@dataclass(frozen=True)
class Run:
    """One training: the fold that it holds out, and whether it learns from what was made up."""

    fold: int
    made_up: bool

    @property
    def name(self) -> str:
        """Of its file."""
        return f"{'made-up' if self.made_up else 'found'}-{self.fold}"

    def path(self, folder: Path) -> Path:
        """The file of its parts."""
        return folder / f"{self.name}.safetensors"


RUNS: Final = tuple(Run(fold, made_up) for fold in FOLDS_TRAINED for made_up in (False, True))


def main(arguments: Sequence[str] | None = None) -> None:
    """Train what is missing, and average."""
    options = _parser().parse_args(arguments)
    wanted = [run for run in RUNS if options.only in {run.name, None}]
    there = [run for run in wanted if run.path(options.out).exists()]
    for run in there:
        path = run.path(options.out)
        if read_metadata(path).get("run") != described(run):
            raise SystemExit(f"{path} comes from another recipe or data: remove it, or give another folder with --out.")
    missing = [run for run in wanted if run not in there]
    if missing:
        recipe = Recipe()
        encoder = SplitEncoder(default_model_folder(), recipe.trained_layers, recipe.max_tokens, recipe.dropout)
        for run in missing:
            train(run, encoder, recipe, options.out)
    if options.only is None:
        for fold in FOLDS_TRAINED:
            average([run for run in RUNS if run.fold == fold], options.out, parts_of(options.out, fold))
        average(RUNS, options.out, options.out / DEFAULT.name)


def parts_of(folder: Path, fold: int) -> Path:
    """The file of the mean of the trainings that held out ``fold``."""
    return folder / f"fold-{fold}.safetensors"


def train(run: Run, encoder: SplitEncoder, recipe: Recipe, folder: Path) -> None:
    """Make a training and write its parts; what the encoder remembers of texts serves the next training too."""
    encoder.restart()
    training = Training(encoder, training_sets(run.fold, made_up=run.made_up), recipe)
    begin = time.monotonic()
    training.run(lambda step, loss: _report(step, recipe.steps, loss, time.monotonic() - begin))
    _write(read_weights().state, encoder.trained_state(), described(run), run.path(folder))


def average(runs: Sequence[Run], folder: Path, path: Path) -> None:
    """Write the mean of some trainings, and say how far they agree."""
    base = read_weights().state
    states = [apply_parts(base, run.path(folder)) for run in runs]
    changed = [name for name in base if any(state[name] is not base[name] for state in states)]
    mean: State = {name: np.mean([state[name] for state in states], axis=0) for name in changed}
    _write(base, mean, " + ".join(map(described, runs)), path)
    changes = [np.concatenate([(state[name] - base[name]).ravel() for name in changed]) for state in states]
    cosines = [one @ other / np.linalg.norm(one) / np.linalg.norm(other) for one, other in combinations(changes, 2)]
    print(f"{path.name}: cosine of the trainings' changes {min(cosines):.2f} to {max(cosines):.2f}")


def described(run: Run) -> str:
    """A training in words that change when it does."""
    return json.dumps(
        {"name": run.name, "fold": run.fold, "made_up": run.made_up, "pairs": checksum(run)} | vars(Recipe())
    )


@cache
def checksum(run: Run) -> str:
    """Of all that a training learns from, and in which shares."""
    return hashlib.sha256(repr(training_sets(run.fold, made_up=run.made_up)).encode()).hexdigest()[:16]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.train", description=__doc__)
    parser.add_argument("--only", choices=[run.name for run in RUNS], help="make this training alone")
    parser.add_argument("--out", type=Path, default=Path("trainings"), help="folder of the trainings' parts")
    return parser


def _report(step: int, steps: int, loss: float, seconds: float) -> None:
    if step % 20 == 0 or step == steps:
        print(f"step {step} of {steps}, loss {loss:.3f}, {seconds:.0f} s", flush=True)


def _write(base: State, trained: State, run: str, path: Path) -> None:
    metadata = {"run": run, "data": "corpora/open_data: labelled sets and training"}
    write_parts(base, trained, path, metadata)
    print(f"written: {path} ({path.stat().st_size / 1e6:.1f} MB)")


if __name__ == "__main__":
    main()
