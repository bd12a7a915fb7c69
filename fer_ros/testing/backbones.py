"""The contracts of face and audio backbones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from fer_ros.protocols import AudioBackbone, FaceBackbone
from fer_ros.testing.requiring import C, pictures, require, sounds
from fer_ros.types import FloatArray, read_only


def check_face_backbone(backbone: FaceBackbone) -> None:
    """Run a face backbone on no, one and several crops, of extreme content too."""
    require(isinstance(backbone, FaceBackbone), 'attributes of FaceBackbone are missing')
    size = backbone.crop_size
    require(type(size) is int and size > 0, f'crop_size {size!r} must be a positive integer')
    margin = backbone.crop_margin
    require(bool(np.isfinite(margin)), f'crop_margin {margin!r} must be a finite number')
    crops = np.stack(list(pictures(size, size)))
    _check_backbone(backbone.infer, read_only(crops))


def check_audio_backbone(backbone: AudioBackbone) -> None:
    """Run an audio backbone on no, one and several windows: silence, noise, clipped sound."""
    require(isinstance(backbone, AudioBackbone), 'attributes of AudioBackbone are missing')
    rate_hz, window_s = backbone.rate_hz, backbone.window_s
    require(type(rate_hz) is int and rate_hz > 0, f'rate_hz {rate_hz!r} must be positive')
    require(window_s > 0, f'window_s {window_s!r} must be positive')
    windows = np.stack(list(sounds(round(rate_hz * window_s), rate_hz)))
    _check_backbone(backbone.infer, read_only(windows))


def _check_backbone(infer: Callable[[Any], tuple[FloatArray, FloatArray]], inputs: Any) -> None:
    embeddings, logits = infer(inputs)
    _check_outputs(embeddings, logits, len(inputs))
    unusable = np.isnan(logits) | (logits == np.inf)
    require(not unusable.any(), 'logits must be finite, or -inf for a label not modelled')
    require(bool(np.isfinite(logits.max(axis=1)).all()), 'every label has a logit of -inf')
    require(bool(np.isfinite(embeddings).all()), 'embeddings must be finite')
    require(
        bool((np.isneginf(logits) == np.isneginf(logits[0])).all()),
        'the labels that are not modelled differ from input to input',
    )
    again = infer(inputs)
    require(
        np.array_equal(again[0], embeddings) and np.array_equal(again[1], logits),
        'the same input gave another output: inference must be deterministic',
    )
    for number in range(len(inputs)):
        alone = infer(inputs[number : number + 1])
        _check_outputs(*alone, 1)
        require(
            np.allclose(alone[1][0], logits[number], rtol=1e-3, atol=1e-3),
            f'input {number} gave other logits alone than among others',
        )
    _check_outputs(*infer(inputs[:0]), 0)


def _check_outputs(embeddings: FloatArray, logits: FloatArray, count: int) -> None:
    for name, array in (('embeddings', embeddings), ('logits', logits)):
        require(
            array.dtype == np.float32 and array.ndim == 2 and len(array) == count,
            f'{name} of {count} inputs are {array.dtype} {array.shape}, must be float32 (N, ...)',
        )
    require(logits.shape[1] == C, f'{logits.shape[1]} logits, must be {C}: see labels.LABELS')
