"""A camera and a microphone that were made up, and what of them comes through a synchronizer.

Every sample of sound is its own number, so that it is known wherever it turns up again.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
from message_filters import SimpleFilter

from fer_ros.ros.encode import header
from fer_ros.types import NS_PER_S

RATE_HZ = 16000
FPS = 30.0
START_NS = 1_700_000_000 * NS_PER_S
_UNIT = 2.0**-24
"""The value of sample n is n + 1 units: exact in float32 for 17 minutes."""
_PORTAUDIO_FLOAT32 = 1


@dataclass(frozen=True)
class Condition:
    """How messages come; seconds."""

    name: str
    stamp_jitter: float = 0.0
    """Sound's stamps are late by up to this."""
    arrival_jitter: float = 0.0
    """Each message is late by an exponential of this mean."""
    late_sound: float = 0.0
    late_pictures: float = 0.0


CONDITIONS = (
    Condition('steady'),
    Condition('jitter', stamp_jitter=0.005, arrival_jitter=0.005),
    Condition('sound 150 ms late', late_sound=0.15),
    Condition('pictures 150 ms late', late_pictures=0.15),
)


@dataclass(frozen=True)
class Arrival:
    """A message and when it comes."""

    time_s: float
    is_picture: bool
    message: Any


@dataclass(frozen=True)
class Outcome:
    """What came out of a synchronizer, leaving out the first and the last seconds."""

    sound: float
    """Share of the samples that reached a callback at least once."""
    pictures: float
    """Share of the pictures that reached a callback."""
    window: float
    """Share of the window before a picture that came with it, the mean of all that came."""
    wait_s: float
    """Median time that a picture waited."""


def arrivals(chunk_rate: float, condition: Condition, seconds: float) -> list[Arrival]:
    """All messages in order of their arrival; the same on every call."""
    rng = np.random.default_rng(0)

    def late_s() -> float:
        return (
            float(rng.exponential(condition.arrival_jitter)) if condition.arrival_jitter else 0.0
        )

    result = []
    for number in range(round(seconds * FPS)):
        captured_s = number / FPS
        message = SimpleNamespace(header=_header(captured_s), number=number)
        result.append(Arrival(captured_s + condition.late_pictures + late_s(), True, message))
    size = round(RATE_HZ / chunk_rate)
    for first in range(0, round(seconds * RATE_HZ), size):
        captured_s = first / RATE_HZ
        stamp_s = captured_s + rng.uniform(0, condition.stamp_jitter)
        samples = np.arange(first + 1, first + 1 + size, dtype=np.float32) * np.float32(_UNIT)
        came_s = captured_s + size / RATE_HZ + condition.late_sound + late_s()
        result.append(Arrival(came_s, False, _sound(stamp_s, samples)))
    return sorted(result, key=lambda arrival: arrival.time_s)


class Run:
    """Feeds a synchronizer and takes note of what it calls back with."""

    def __init__(self, seconds: float, window_s: float) -> None:
        self.images, self.audio = SimpleFilter(), SimpleFilter()
        self.now_s = 0.0
        self._edge_s = window_s + 0.5
        self._window_s = window_s
        self._seconds = seconds
        self._heard = np.zeros(round(seconds * RATE_HZ) + RATE_HZ, dtype=np.bool_)
        self._arrived_s: dict[int, float] = {}
        self._got: dict[int, tuple[float, float]] = {}

    def feed(self, messages: list[Arrival]) -> None:
        """Give all messages, each at its time."""
        for arrival in messages:
            self.now_s = arrival.time_s
            if arrival.is_picture:
                self._arrived_s[arrival.message.number] = self.now_s
                self.images.signalMessage(arrival.message)
            else:
                self.audio.signalMessage(arrival.message)

    def take(self, picture: Any, samples: Any) -> None:
        """A picture and the sound that came with it."""
        numbers = np.rint(np.asarray(samples, dtype=np.float64) / _UNIT).astype(int) - 1
        numbers = numbers[numbers >= 0]
        self._heard[numbers] = True
        share = len(numbers) / (RATE_HZ * self._window_s)
        waited_s = self.now_s - self._arrived_s[picture.number]
        self._got[picture.number] = share, waited_s

    def take_chunk(self, picture: Any, sound: Any) -> None:
        """A picture and the one message of sound that it was paired with."""
        self.take(picture, sound.audio.audio_data.float32_data)

    def outcome(self) -> Outcome:
        """What came through."""
        first_s, last_s = self._edge_s, self._seconds - self._edge_s
        heard = self._heard[round(first_s * RATE_HZ) : round(last_s * RATE_HZ)]
        wanted = [n for n in self._arrived_s if first_s <= n / FPS < last_s]
        got = np.array([self._got[n] for n in wanted if n in self._got]).reshape(-1, 2)
        share, waited_s = (got.mean(axis=0)[0], np.median(got[:, 1])) if len(got) else (0.0, 0.0)
        return Outcome(float(heard.mean()), len(got) / len(wanted), float(share), float(waited_s))


def _header(time_s: float) -> Any:
    return header(START_NS + round(time_s * NS_PER_S), 'sensor')


def _sound(stamp_s: float, samples: Any) -> Any:
    """A message with the fields that mgonzs13's AudioStamped has."""
    info = SimpleNamespace(format=_PORTAUDIO_FLOAT32, channels=1, rate=RATE_HZ)
    data = SimpleNamespace(float32_data=samples)
    audio = SimpleNamespace(info=info, audio_data=data)
    return SimpleNamespace(header=_header(stamp_s), audio=audio)
