"""Reliability plot of a calibration: what was useful of what was given a fit, bin by bin, as a plain SVG."""

from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from matcher.calibration import Floats

BINS: Final = 10
_SIZE: Final = 360
_EDGE: Final = 48


class Bin(NamedTuple):
    """Examples with like fits: how many, their mean fit, and the share that was useful."""

    examples: int
    fit: float
    useful: float


def bins_of(fit: Floats, target: Floats) -> list[Bin]:
    """The bins that hold anything; bins of equal width over 0 to 1, targets between 0 and 1."""
    places = np.minimum((fit * BINS).astype(int), BINS - 1)
    return [
        Bin(int((places == k).sum()), float(fit[places == k].mean()), float(target[places == k].mean()))
        for k in range(BINS)
        if (places == k).any()
    ]


def write_plot(path: Path, fit: Floats, target: Floats, title: str) -> None:
    """Draw the bins as circles, by area as large as their count, with the diagonal of a perfect calibration."""
    found = bins_of(fit, target)
    most = max((each.examples for each in found), default=1)
    end = _SIZE - _EDGE
    marks = [
        f'<circle cx="{_x(each.fit):.1f}" cy="{_y(each.useful):.1f}" r="{3 + 15 * (each.examples / most) ** 0.5:.1f}">'
        f"<title>{each.examples} : {each.fit:.2f} / {each.useful:.2f}</title></circle>"
        for each in found
    ]
    ticks = [
        f'<text x="{_x(value):.0f}" y="{end + 18}" text-anchor="middle">{value:g}</text>'
        f'<text x="{_EDGE - 8}" y="{_y(value) + 4:.0f}" text-anchor="end">{value:g}</text>'
        for value in (0, 0.25, 0.5, 0.75, 1)
    ]
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_SIZE} {_SIZE}" font-family="sans-serif" '
        f'font-size="12"><rect width="100%" height="100%" fill="#fff"/><text x="{_EDGE}" y="24">{title}</text>'
        f'<path d="M{_x(0)} {_y(0)}L{_x(1)} {_y(1)}" stroke="#999" stroke-dasharray="4"/>'
        f'<path d="M{_x(0)} {_y(1)}V{_y(0)}H{_x(1)}" stroke="#333" fill="none"/>'
        f'<g fill="#1b5e8c" fill-opacity=".75">{"".join(marks)}</g><g>{"".join(ticks)}</g>'
        f'<text x="{_SIZE / 2:.0f}" y="{_SIZE - 10}" text-anchor="middle">fit</text>'
        f'<text x="14" y="{_SIZE / 2:.0f}" transform="rotate(-90 14 {_SIZE / 2:.0f})" text-anchor="middle">'
        "share found useful</text></svg>\n",
        encoding="utf-8",
    )


def _x(value: float) -> float:
    return _EDGE + value * (_SIZE - 2 * _EDGE)


def _y(value: float) -> float:
    return _SIZE - _EDGE - value * (_SIZE - 2 * _EDGE)
