"""Plots of the benchmarks, by matplotlib."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any


def write_growth(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Milliseconds a query by solutions, one line for each name that was measured at two sizes or more."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot as plt

    mpl.rcParams.update({"svg.hashsalt": "matcher", "svg.fonttype": "none", "font.size": 9})
    figure, axes = plt.subplots(figsize=(7, 4.5), layout="constrained")
    for name in dict.fromkeys(row["name"] for row in rows):
        points = sorted((row["solutions"], row["ms"]) for row in rows if row["name"] == name)
        if len(points) > 1:
            style = {"linestyle": ":"} if name.startswith("floor") else {"marker": "o", "markersize": 3}
            width = 2.2 if name.startswith("matcher") else 1
            axes.plot(*zip(*points, strict=True), label=name, linewidth=width, **style)
    axes.set(xscale="log", yscale="log", xlabel="solutions", ylabel="ms a query")
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
