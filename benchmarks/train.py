"""``python -m benchmarks.train``: trains the default encoder's upper layers from the bundled data.

Each training holds a quarter of the data out, another one each, to be judged by it. The default model is the mean of
their weights ("model soup", Wortsman et al., ICML 2022), with a part of the untrained ones, so that together they saw
everything. The trainings' parts are written into the folder ``--out``, which ``benchmarks.calibrate --folds`` and
``benchmarks.quality --folds`` read; what is there already is not trained again. ``--fold N`` trains one alone.
"""

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.training_sets import FOLDS, training_sets
from models.folder import default_model_folder
from models.split_encoder import SplitEncoder
from models.trained_parts import DEFAULT, apply_parts, read_metadata, write_parts
from models.training import Recipe, Training
from models.weights import State, read_weights

FOLDS_TRAINED = (0, 1)
"""Folds held out, by one training each: half of the data, and every graded challenge once."""
TRAINED_SHARE = 0.9
"""Of the default model's weights; the rest are untrained, which keeps what e5 knew of other subjects."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Train and average."""
    options = _parser().parse_args(arguments)
    recipe = Recipe(steps=options.steps)
    if options.fold is not None:
        train(options.fold, recipe, options.out)
        return
    for fold in FOLDS_TRAINED:
        path = parts_of(options.out, fold)
        if not path.exists():
            train(fold, recipe, options.out)
        elif read_metadata(path).get("recipe") != json.dumps(vars(recipe)):
            raise SystemExit(f"{path} comes from another recipe: remove it, or give another folder with --out.")
    average([parts_of(options.out, fold) for fold in FOLDS_TRAINED], recipe, DEFAULT)


def parts_of(folder: Path, fold: int) -> Path:
    """The file of the training that held out ``fold``."""
    return folder / f"fold-{fold}.safetensors"


def train(fold: int, recipe: Recipe, folder: Path) -> None:
    """Train without ``fold`` and write the parts."""
    encoder = SplitEncoder(default_model_folder(), recipe.trained_layers, recipe.max_tokens, recipe.dropout)
    training = Training(encoder, training_sets(fold), recipe)
    begin = time.monotonic()
    training.run(lambda step, loss: _report(step, recipe.steps, loss, time.monotonic() - begin))
    _write(encoder.trained_state(), recipe, parts_of(folder, fold))


def average(parts: Sequence[Path], recipe: Recipe, path: Path) -> None:
    """Write the mean of some trainings, ``TRAINED_SHARE`` of it on the untrained weights."""
    base = read_weights().state
    states = [apply_parts(base, each) for each in parts]
    mean: State = {
        name: base[name] + TRAINED_SHARE * (np.mean([state[name] for state in states], axis=0) - base[name])
        for name in base
        if any(state[name] is not base[name] for state in states)
    }
    _write(mean, recipe, path)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.train", description=__doc__)
    parser.add_argument("--fold", type=int, choices=range(FOLDS), help="train only the one without this quarter")
    parser.add_argument("--out", type=Path, default=Path("trainings"), help="folder of the trainings' parts")
    parser.add_argument("--steps", type=int, default=Recipe.steps)
    return parser


def _report(step: int, steps: int, loss: float, seconds: float) -> None:
    if step % 20 == 0 or step == steps:
        print(f"step {step} of {steps}, loss {loss:.3f}, {seconds:.0f} s", flush=True)


def _write(trained: State, recipe: Recipe, path: Path) -> None:
    metadata = {"recipe": json.dumps(vars(recipe)), "data": "corpora/open_data: labelled sets, needs, weak pairs"}
    write_parts(read_weights().state, trained, path, metadata)
    print(f"written: {path} ({path.stat().st_size / 1e6:.1f} MB)")


if __name__ == "__main__":
    main()
