"""``python -m benchmarks.train``: trains the default encoder's upper layers from the bundled data.

Without options it writes ``models/trained/default.safetensors``; ``--fold N`` holds a quarter of the data out,
trains on the rest, prints how it does on what was held out, and writes the parts only where ``--out`` says.
"""

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.training_check import LEXICAL_WEIGHTS, checks, judge
from benchmarks.training_sets import FOLDS, training_sets
from models.folder import default_model_folder
from models.split_encoder import SplitEncoder
from models.trained_parts import DEFAULT, write_parts
from models.training import Recipe, Training
from models.weights import State, read_weights


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, and judge or write."""
    options = _parser().parse_args(arguments)
    import torch

    torch.set_num_threads(options.threads)
    recipe = Recipe(steps=options.steps)
    encoder = SplitEncoder(default_model_folder(), recipe.trained_layers, recipe.max_tokens)
    training = Training(encoder, training_sets(options.fold), recipe)
    begin = time.monotonic()
    training.run(lambda step, loss: _report(step, recipe.steps, loss, time.monotonic() - begin))
    if options.fold is not None:
        _judge(encoder, options.fold)
    out = options.out or (DEFAULT if options.fold is None else None)
    if out:
        _write(encoder.trained_state(), recipe, out)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.train", description=__doc__)
    parser.add_argument("--fold", type=int, choices=range(FOLDS), help="hold this quarter out and judge by it")
    parser.add_argument("--out", type=Path, help="where the trained parts are written")
    parser.add_argument("--steps", type=int, default=Recipe.steps)
    parser.add_argument("--threads", type=int, default=2)
    return parser


def _report(step: int, steps: int, loss: float, seconds: float) -> None:
    if step % 20 == 0 or step == steps:
        print(f"step {step} of {steps}, loss {loss:.3f}, {seconds:.0f} s", flush=True)


def _judge(encoder: SplitEncoder, fold: int) -> None:
    print("held-out nDCG@10 with BM25 at weight " + ", ".join(map(str, LEXICAL_WEIGHTS)))
    for check in checks(fold):
        figures = [f"{each.value:.3f} [{each.low:.3f} {each.high:.3f}]" for each in judge(encoder, check).values()]
        print(f"{check.name} ({len(check.queries)} queries): {', '.join(figures)}", flush=True)


def _write(trained: State, recipe: Recipe, path: Path) -> None:
    metadata = {"recipe": json.dumps(vars(recipe)), "data": "corpora/open_data: labelled sets, needs, weak pairs"}
    write_parts(read_weights().state, trained, path, metadata)
    print(f"written: {path} ({path.stat().st_size / 1e6:.1f} MB)")


if __name__ == "__main__":
    main()
