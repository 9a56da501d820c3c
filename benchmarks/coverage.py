"""When a sentence counts as addressing a requirement: from where few sentences of strangers do.

A need states its requirements in words that its laureate's text does not use. Each is compared with the nearest
sentence of that laureate, and with the nearest one of another, drawn at random.
"""

import random
from typing import Any, Final

import numpy as np

from benchmarks.bundled import Model
from benchmarks.training_sets import held_out, needs
from corpora import open_data
from corpora.records import Language
from matcher.calibration import Reference
from matcher.passages import solution_text
from matcher.sentences import telling_sentences

MOST_NEEDS: Final = 220
MOST_STRANGERS: Final = 0.05
"""Share of strangers that may count as addressing a requirement: an answer promised in vain costs a meeting."""
SEED: Final = 5


def addressed_threshold(model: Model, references: dict[Language, Reference]) -> tuple[float, dict[str, Any]]:
    """The threshold in standard deviations (see ``matcher.calibration``), and how well it tells them apart."""
    from sklearn.metrics import roc_curve

    z, answers = _signals(model, references["fr"])
    false, true, thresholds = roc_curve(answers, z)
    best = int(np.flatnonzero(false <= MOST_STRANGERS)[-1])
    area = float(np.trapezoid(true, false))
    return round(float(thresholds[best]), 2), {
        "requirements": int(answers.sum()),
        "auroc": round(area, 3),
        "true_positive_rate": round(float(true[best]), 3),
        "false_positive_rate": round(float(false[best]), 3),
    }


def _signals(model: Model, reference: Reference) -> tuple[np.ndarray, np.ndarray]:
    rows = [row for row in needs("laureate") if model.fold is None or held_out(row["id"], model.fold)][:MOST_NEEDS]
    texts = {solution.id: telling_sentences(solution_text(solution)) for solution in open_data.solutions()}
    vectors = {row["id"]: model.encoder.encode_solutions(texts[row["id"]]) for row in rows}
    random.Random(SEED).shuffle(rows)  # noqa: S311
    strangers = rows[1:] + rows[:1]
    z, answers = [], []
    for row, other in zip(rows, strangers, strict=True):
        for vector in model.encoder.encode_challenges(row["requirements"]):
            for identity in (row["id"], other["id"]):
                cosine = (vectors[identity] @ vector).max(keepdims=True)
                z.append(float(reference.standardise(vector, cosine)[0]))
                answers.append(identity == row["id"])
    return np.array(z), np.array(answers)
