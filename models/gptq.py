"""Rounds the weight of a linear layer to int8 so that what the layer gives changes least.

Frantar et al., "GPTQ: Accurate Post-Training Quantization for Generative Pre-trained Transformers", ICLR 2023:
columns are rounded one after another, and the error of each is made up for by those that follow, as far as their
inputs go together. Here with a scale a row, from its largest absolute value, and the columns in their own order.
"""

import numpy as np
import numpy.typing as npt

LEVELS = 127
"""Integers on either side of zero."""
_DAMPING = 0.01
"""Of the mean of the Gram matrix's diagonal, added to the diagonal."""
_BLOCK = 64
"""Columns whose errors are handed on together."""


def round_weight(
    weight: npt.NDArray[np.float32], gram: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float32]]:
    """Round a weight.

    Args:
        weight: shape (outputs, inputs).
        gram: X transposed times X for inputs X (any number, inputs) of the layer: shape (inputs, inputs).

    Returns:
        Integers (outputs, inputs) and the scale of each row (outputs, 1); their product is near the weight.
    """
    rest = weight.astype(np.float64)
    inputs = len(gram)
    damped = gram + np.eye(inputs) * (_DAMPING * np.trace(gram) / inputs + 1e-12)
    carry = np.linalg.cholesky(np.linalg.inv(damped)).T
    scales = np.maximum(np.abs(weight).max(axis=1), 1e-12).astype(np.float64) / LEVELS
    rounded = np.zeros(weight.shape, np.int8)
    for start in range(0, inputs, _BLOCK):
        end = min(start + _BLOCK, inputs)
        errors = np.zeros((len(weight), end - start))
        for column in range(start, end):
            rounded[:, column] = np.clip(np.rint(rest[:, column] / scales), -LEVELS, LEVELS)
            error = (rest[:, column] - rounded[:, column] * scales) / carry[column, column]
            rest[:, column + 1 : end] -= np.outer(error, carry[column, column + 1 : end])
            errors[:, column - start] = error
        rest[:, end:] -= errors @ carry[start:end, end:]
    return rounded, scales[:, None].astype(np.float32)
