"""Made-up speech, and mouths that move with it."""

from __future__ import annotations

import numpy as np
import scipy.signal

from fer_ros.audio.modulation import RATE_HZ, speech_modulation
from fer_ros.face.mouth import MouthMotion
from fer_ros.face.mouth_history import MouthHistory
from fer_ros.types import NS_PER_S, AudioWindow, FloatArray

SOUND_HZ = 16000
FRAME_S = 0.04


def speech(seconds: float, seed: int) -> FloatArray:
    """Noise in the band of speech that comes in syllables of irregular length and strength."""
    random = np.random.default_rng(seed)
    count = round(seconds * SOUND_HZ)
    steps = np.cumsum(random.uniform(0.07, 0.25, count // 1000 + 10))
    strength = random.uniform(0.0, 1.0, len(steps)) ** 2
    times = np.arange(count) / SOUND_HZ
    level = np.interp(times, steps, strength)
    noise = random.standard_normal(count)
    voice = scipy.signal.sosfilt(
        scipy.signal.butter(2, (300, 2500), 'bandpass', fs=SOUND_HZ, output='sos'), noise
    )
    return (0.2 * level * voice + 1e-4 * noise).astype(np.float32)


def amounts(sound: FloatArray, noise: float, seed: int) -> tuple[FloatArray, FloatArray]:
    """Times in seconds and amounts of a mouth that speaks the sound, seen 25 times a second.

    ``noise`` is its standard deviation over that of the motion.
    """
    motion = speech_modulation(sound, SOUND_HZ)
    times = np.arange(0.02, len(sound) / SOUND_HZ, FRAME_S)
    seen = np.interp(times, (np.arange(len(motion)) + 0.5) / RATE_HZ, motion)
    random = np.random.default_rng(seed)
    return times, seen + noise * motion.std() * random.standard_normal(len(times))


def history_of(mouths: dict[int, tuple[FloatArray, FloatArray]], until_s: float) -> MouthHistory:
    """What was seen of mouths until a moment."""
    history = MouthHistory(seconds=1000.0)
    for track_id, (times, moved) in mouths.items():
        for time, amount in zip(times[times <= until_s], moved, strict=False):
            history.add({track_id: MouthMotion(round(time * NS_PER_S), float(amount))})
    return history


def window_of(
    sound: FloatArray, end_s: float, seconds: float = 3.0, offset_s: float = 0.0, late_s: float = 0
) -> AudioWindow:
    """The window of sound up to a moment, stamped too late by ``offset_s``.

    The last ``late_s`` have not arrived yet.
    """
    samples = np.zeros(round(seconds * SOUND_HZ), np.float32)
    end = round((end_s - offset_s) * SOUND_HZ)
    first, last = end - len(samples), min(end, len(sound)) - round(late_s * SOUND_HZ)
    here = sound[max(0, first) : max(0, last)]
    start = max(0, -first)
    samples[start : start + len(here)] = here
    newest_ns = round((end_s - (end - last) / SOUND_HZ) * NS_PER_S)
    return AudioWindow(
        round(end_s * NS_PER_S), SOUND_HZ, samples, len(here) / len(samples), newest_ns
    )
