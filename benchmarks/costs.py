"""What a run costs: seconds, and memory."""

import os
import time
from collections.abc import Callable
from pathlib import Path


def seconds(run: Callable[[], object]) -> float:
    """Wall time of one run."""
    begin = time.perf_counter()
    run()
    return time.perf_counter() - begin


def resident() -> int:
    """Bytes of this process that are in memory."""
    return int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1]) * os.sysconf("SC_PAGE_SIZE")
