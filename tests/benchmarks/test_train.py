from pathlib import Path

import numpy as np
import pytest

from benchmarks.train import FOLDS_TRAINED, RUNS, average, described, main
from models.trained_parts import apply_parts, write_parts
from models.weights import read_weights


def test_each_fold_is_held_out_with_and_without_what_was_made_up() -> None:
    assert [(run.fold, run.made_up) for run in RUNS] == [
        (fold, made) for fold in FOLDS_TRAINED for made in (False, True)
    ]
    assert len({described(run) for run in RUNS}) == len(RUNS)


def test_parts_of_another_recipe_are_not_taken_for_those_wanted(tmp_path: Path) -> None:
    write_parts(read_weights().state, {}, RUNS[0].path(tmp_path), {"run": "another"})
    with pytest.raises(SystemExit, match="another recipe or data"):
        main(["--out", str(tmp_path)])


def test_what_is_there_is_not_trained_again(tmp_path: Path) -> None:
    path = RUNS[0].path(tmp_path)
    write_parts(read_weights().state, {}, path, {"run": described(RUNS[0])})
    before = path.read_bytes()
    main(["--out", str(tmp_path), "--only", RUNS[0].name])
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
    assert path.read_bytes() == before


def test_the_average_is_the_mean_of_the_weights(tmp_path: Path) -> None:
    base = read_weights().state
    name = "encoder.layer.11.output.dense.bias"
    for run, change in zip(RUNS[:2], (0.25, 0.75), strict=True):
        write_parts(base, {name: base[name] + np.float32(change)}, run.path(tmp_path), {})
    average(RUNS[:2], tmp_path, tmp_path / "mean.safetensors")
    mean = apply_parts(base, tmp_path / "mean.safetensors")
    assert np.allclose(mean[name] - base[name], 0.5, atol=0.01)
    assert all(mean[other] is base[other] for other in base if other != name)
