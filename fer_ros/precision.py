"""In how many bits the networks of a model compute, and whether its answers bear it.

Half the bits are several times as fast on a GPU, and for most networks as good.  For one whose
values leave the range of float16 they are not; so a model shows when it is loaded, on the device
where it will run, that it answers as it does in float32.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from fer_ros import compute, golden
from fer_ros.labels import softmax
from fer_ros.protocols import AdjustablePrecision
from fer_ros.types import FloatArray

EXACT = 'float32'
PRECISIONS = ('auto', EXACT, 'float16', 'bfloat16')
TOLERANCE = 0.02
"""Largest difference of a probability, of the fixed input of golden.py, that fewer bits may make.

bfloat16, with 8 significant bits, needs a third of it in our models.
"""


class PrecisionError(ValueError):
    """A model that answers something else in the precision that was asked for."""


def set_precision(kind: str, backbone: Any, wanted: str, device: str) -> None:
    """Have a loaded backbone of a kind compute in one of PRECISIONS.

    'auto' is float32 on a processor; on a GPU it is the faster precision, unless the model then
    answers something else.  A backbone without the choice stays as it is.  Raises PrecisionError
    where a precision that was asked for by name changes the answers.
    """
    if not isinstance(backbone, AdjustablePrecision):
        return
    chosen = compute.fast_precision(device) if wanted == 'auto' else wanted
    if chosen == backbone.precision:
        return
    exact = _answers(kind, backbone)
    backbone.precision = chosen
    worst = float(np.abs(_answers(kind, backbone) - exact).max())
    if worst <= TOLERANCE:
        return
    backbone.precision = EXACT
    if wanted != 'auto':
        raise PrecisionError(
            f'precision {wanted!r}: a probability is off by {worst:.3f}, at most {TOLERANCE} may '
            f'be; this model needs {EXACT}'
        )


def precision_of(backbone: Any) -> str:
    """What a backbone computes in, '' for one that offers no choice."""
    return backbone.precision if isinstance(backbone, AdjustablePrecision) else ''


def golden_tolerance(backbone: Any) -> float:
    """How far a probability may be off the golden answer of a model, which is of float32."""
    exact = precision_of(backbone) in ('', EXACT)
    return golden.TOLERANCE if exact else TOLERANCE


def _answers(kind: str, backbone: Any) -> FloatArray:
    with np.errstate(invalid='ignore'):  # what overflows gives NaN, which is no answer
        return softmax(golden.logits(kind, backbone))
