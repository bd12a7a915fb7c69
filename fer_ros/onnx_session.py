"""How networks in ONNX are opened: from bytes that were checked, with so many threads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fer_ros.types import FloatArray

CPU = 'CPUExecutionProvider'


class SessionError(ValueError):
    """Bytes that are no ONNX model that can run here."""


def open_session(
    name: str,
    content: bytes,
    threads: int = 1,
    providers: list[Any] | None = None,
    weights: Mapping[str, FloatArray] | None = None,
) -> Any:
    """An onnxruntime.InferenceSession of a file's content.

    ``name`` is what the error calls it, ``providers`` are those of onnxruntime (None: the CPU),
    ``weights`` are the values of all initializers that the content keeps elsewhere.  Its threads
    do not spin while they wait, as others want the cores.  Raises SessionError.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.add_session_config_entry('session.intra_op.allow_spinning', '0')
    options.log_severity_level = 3  # errors; warnings are about the exporter, not for users
    try:
        if weights:
            values = map(onnxruntime.OrtValue.ortvalue_from_numpy, weights.values())
            options.add_external_initializers(list(weights), list(values))
        return onnxruntime.InferenceSession(content, options, providers=providers or [CPU])
    except Exception as error:  # onnxruntime's errors share no class
        raise SessionError(f'{name} is not a readable ONNX model: {error}') from error
