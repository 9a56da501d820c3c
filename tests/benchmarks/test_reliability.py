from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from benchmarks.reliability import bins_of, write_plot


def test_bins_hold_means_and_counts() -> None:
    low, high = bins_of(np.array([0.02, 0.08, 1.0]), np.array([0.0, 1.0, 1.0]))
    assert low == (2, 0.05, 0.5)
    assert high == (1, 1.0, 1.0)


def test_the_plot_is_xml_with_a_mark_a_bin(tmp_path: Path) -> None:
    path = tmp_path / "plot.svg"
    write_plot(path, np.array([0.05, 0.55, 0.95]), np.array([0.0, 1.0, 1.0]), "title")
    marks = ElementTree.parse(path).getroot().iter("{http://www.w3.org/2000/svg}circle")
    assert len(list(marks)) == 3
