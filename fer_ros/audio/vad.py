"""Tells speech from other sound, so that music or silence is not read as an emotion.

``silero`` is a trained net of 0.3 M weights, ``energy`` needs nothing but NumPy, ``auto`` takes
the first of them that is there.  Each call of voiced_share() stands for itself; start() gives a
stream, in which the sound of overlapping windows is judged only once.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr

from fer_ros.audio.vad_blocks import BlockStream, State
from fer_ros.config import setting
from fer_ros.onnx_session import SessionError, open_session
from fer_ros.protocols import (
    StreamingVoiceActivityDetector,
    VoiceActivityDetector,
    VoiceActivityStream,
)
from fer_ros.types import AudioWindow, FloatArray, read_only

_PACKAGE = 'silero_vad'
_PACKAGED_MODEL = Path('data') / 'silero_vad.onnx'


class VadError(RuntimeError):
    """A voice activity detector whose model is missing or is not one."""


class SileroVad:
    """Silero VAD 5/6 in ONNX (https://github.com/snakers4/silero-vad, MIT), one thread."""

    RATE_HZ = 16000
    BLOCK = 512
    """Samples the net judges at a time, 32 ms."""
    CONTEXT = 64
    """Samples before a block that the net hears as well."""
    _RATE = read_only(np.array(RATE_HZ, np.int64))

    @dataclass(frozen=True)
    class Config:
        """Its model and its threshold."""

        model_file: str = setting(
            '', 'silero_vad.onnx; empty takes the one of the Python package silero-vad'
        )
        threshold: float = setting(0.5, 'Probability from which a block is speech', ge=0, le=1)

    def __init__(self, config: Config) -> None:
        """Raises VadError saying how to get the model where it is missing."""
        self.threshold = config.threshold
        path = find_silero(config.model_file)
        try:
            self._session = open_session(str(path), path.read_bytes())
        except (OSError, SessionError) as error:
            raise VadError(str(error)) from error
        if {entry.name for entry in self._session.get_inputs()} != {'input', 'state', 'sr'}:
            raise VadError(f'{path} is not silero_vad.onnx: its inputs are others')

    def voiced_share(self, samples: FloatArray, rate_hz: int) -> float:
        """Share [0, 1] of the 32 ms blocks that are speech; other rates are brought to 16 kHz."""
        if rate_hz != self.RATE_HZ:
            samples = soxr.resample(samples, rate_hz, self.RATE_HZ)
        voiced = self.probabilities(samples) >= self.threshold
        return float(voiced.mean()) if len(voiced) else 0.0

    def start(self) -> VoiceActivityStream:
        """A stream, of which each block is judged once."""
        return BlockStream(self)

    def probabilities(self, samples: FloatArray) -> FloatArray:
        """Probability of speech of each whole block (N // BLOCK,) of sound (N,) at 16 kHz."""
        count = len(samples) // self.BLOCK
        state = self.initial_state()
        padded = np.concatenate((np.zeros(self.CONTEXT, np.float32), samples))
        found = np.empty(count, np.float32)
        for block in range(count):
            start = block * self.BLOCK
            heard = padded[start : start + self.CONTEXT + self.BLOCK]
            found[block], state = self.judge(heard, state)
        return found

    def initial_state(self) -> State:
        """The state before any sound."""
        return np.zeros((2, 1, 128), np.float32)

    def judge(self, samples: FloatArray, state: State) -> tuple[float, State]:
        """Probability of speech of a block after its context, and the state after it."""
        inputs = {'input': samples[None], 'state': state, 'sr': self._RATE}
        output, state = self._session.run(None, inputs)
        return float(output[0, 0]), state


class EnergyVad:
    """Calls speech what stands out of the noise and moves up and down as syllables do.

    The noise floor is the level that the quietest tenth of the window stays below, so the level
    of the microphone does not matter and steady noise is not speech.
    """

    _FRAME_S = 0.02
    _FLOOR_SHARE = 0.1
    _RANGE_DB = 40.0
    """Sound further below the loudest frame is not speech, however silent the room."""

    @dataclass(frozen=True)
    class Config:
        """Its threshold."""

        snr_db: float = setting(
            12.0, 'Level above the noise floor from which sound is speech', unit='dB', ge=1, le=60
        )

    def __init__(self, config: Config) -> None:
        self._snr_db = config.snr_db

    def voiced_share(self, samples: FloatArray, rate_hz: int) -> float:
        """Share [0, 1] of the 20 ms frames above the noise floor; digital silence is not."""
        size = round(self._FRAME_S * rate_hz)
        frames = samples[: len(samples) // size * size].reshape(-1, size)
        power = np.square(frames - frames.mean(axis=1, keepdims=True)).mean(axis=1)
        heard = power > 0
        if not heard.any():
            return 0.0
        level_db = np.full(len(power), -np.inf)
        level_db[heard] = 10.0 * np.log10(power[heard])
        floor_db = float(np.quantile(level_db[heard], self._FLOOR_SHARE))
        threshold_db = max(floor_db + self._snr_db, float(level_db.max()) - self._RANGE_DB)
        return float((level_db > threshold_db).mean())


class AutoVad:
    """Silero where its model and onnxruntime are there, else energy; ``chosen`` says which."""

    @dataclass(frozen=True)
    class Config:
        """The model of silero, should it lie elsewhere than in its package."""

        model_file: str = setting(
            '', 'silero_vad.onnx; empty takes the one of the Python package silero-vad'
        )

    def __init__(self, config: Config) -> None:
        self._inner: VoiceActivityDetector
        try:
            self._inner = SileroVad(SileroVad.Config(model_file=config.model_file))
            self.chosen = 'silero'
        except (VadError, ImportError):
            self._inner = EnergyVad(EnergyVad.Config())
            self.chosen = 'energy'

    def voiced_share(self, samples: FloatArray, rate_hz: int) -> float:
        """Share [0, 1] of the sound that is speech, by the chosen detector."""
        return self._inner.voiced_share(samples, rate_hz)

    def start(self) -> VoiceActivityStream:
        """A stream that the chosen detector follows."""
        return start(self._inner)


class _WindowByWindow:
    """The stream of a detector that keeps nothing of one window for the next."""

    def __init__(self, vad: VoiceActivityDetector) -> None:
        self._vad = vad

    def voiced_share(self, window: AudioWindow) -> float:
        return self._vad.voiced_share(window.samples, window.rate_hz)


def start(vad: VoiceActivityDetector) -> VoiceActivityStream:
    """A stream that a detector follows, whether it has a way of its own to do so or not."""
    if isinstance(vad, StreamingVoiceActivityDetector):
        return vad.start()
    return _WindowByWindow(vad)


def find_silero(model_file: str = '') -> Path:
    """The ONNX model of Silero VAD.  Raises VadError saying how to get it.

    The package silero-vad is looked up but not imported: importing it would load torch.
    """
    if model_file:
        path = Path(model_file).expanduser()
    else:
        spec = importlib.util.find_spec(_PACKAGE)
        if spec is None or spec.origin is None:
            raise VadError(
                "vad 'silero' needs its model: pip install silero-vad, or set vad.model_file to "
                "a silero_vad.onnx, or choose vad 'energy'"
            )
        path = Path(spec.origin).parent / _PACKAGED_MODEL
    if not path.is_file():
        raise VadError(f"no model of vad 'silero' at {path}; set vad.model_file to one")
    return path
