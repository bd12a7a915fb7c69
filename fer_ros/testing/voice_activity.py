"""The contract of voice activity detectors."""

from __future__ import annotations

import numpy as np

from fer_ros.protocols import StreamingVoiceActivityDetector, VoiceActivityDetector
from fer_ros.testing.requiring import require, sounds
from fer_ros.types import NS_PER_S, AudioWindow, FloatArray, read_only


def check_vad(vad: VoiceActivityDetector) -> None:
    """Run a voice activity detector on silence, noise, tones and very short sound."""
    require(isinstance(vad, VoiceActivityDetector), 'there is no method voiced_share')
    for rate_hz in (8000, 16_000, 44_100, 48_000):
        for count in (1, rate_hz // 100, rate_hz, 3 * rate_hz):
            for samples in sounds(count, rate_hz):
                share = vad.voiced_share(samples, rate_hz)
                where = f'{count} samples at {rate_hz} Hz'
                require(0.0 <= share <= 1.0, f'the share {share!r} of {where} is not in [0, 1]')
                again = vad.voiced_share(samples, rate_hz)
                require(share == again, f'the same {where} gave {share} and then {again}')
            silence = vad.voiced_share(read_only(np.zeros(count, np.float32)), rate_hz)
            require(silence == 0.0, f'silence has a voiced share of {silence}')
    if isinstance(vad, StreamingVoiceActivityDetector):
        for rate_hz in (16_000, 48_000):
            _check_streams(vad, rate_hz)


def _check_streams(vad: StreamingVoiceActivityDetector, rate_hz: int) -> None:
    """Let two streams hear the same sound, while a third one hears another."""
    sound, silence, *_ = sounds(5 * rate_hz, rate_hz)
    one, other, beside = vad.start(), vad.start(), vad.start()
    for end in range(rate_hz, 5 * rate_hz, rate_hz // 3):
        share = one.voiced_share(_window(sound, end, rate_hz))
        require(0.0 <= share <= 1.0, f'the share {share!r} of a stream is not in [0, 1]')
        beside.voiced_share(_window(sound[::-1], end, rate_hz))
        again = other.voiced_share(_window(sound, end, rate_hz))
        require(share == again, f'one stream gave {share}, another of the same sound {again}')
    share = vad.start().voiced_share(_window(silence, rate_hz, rate_hz))
    require(share == 0.0, f'silence has a voiced share of {share} in a stream')


def _window(sound: FloatArray, end: int, rate_hz: int) -> AudioWindow:
    """The second of sound before a sample."""
    stamp_ns = 1000 * NS_PER_S + round(end * NS_PER_S / rate_hz)
    return AudioWindow(stamp_ns, rate_hz, sound[end - rate_hz : end], 1.0, stamp_ns)
