"""Drawn faces whose mouths move with made-up speech."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import yaml
from mouths import FRAME_S, SOUND_HZ, speech

from fakes import FakeAudioBackbone, logits_for, seconds, write_models
from fer_ros import cards
from fer_ros.cards import Card
from fer_ros.types import AudioChunk, FloatArray, Frame, ImageArray

LONG = 20.0
LEFT_SPEECH, RIGHT_SPEECH = speech(LONG, seed=1), speech(LONG, seed=2)
Box = tuple[int, int, int, int]
LEFT_BOX, RIGHT_BOX = (10, 20, 90, 90), (130, 30, 70, 70)
"""The left one is larger and has the focus."""


class Hearing(FakeAudioBackbone):
    """A voice backbone with a window as long as those of real ones."""

    rate_hz = SOUND_HZ
    window_s = 3.0


class HearingModel(Hearing):
    """The same as a card names it."""

    @dataclass(frozen=True)
    class Config:
        pass

    def __init__(self, config: Config, card: Card, device: str) -> None:
        super().__init__(logits_for('sad'))


def openings(sound: FloatArray) -> FloatArray:
    """How wide a mouth is open [0, 1] at each frame while it speaks."""
    loudness = np.sqrt(np.convolve(sound**2, np.ones(1600) / 1600, mode='same'))
    times = np.arange(0.0, LONG, FRAME_S)
    return np.interp(times, np.arange(len(sound)) / SOUND_HZ, loudness / loudness.max())


def picture(boxes_and_openings: Sequence[tuple[Box, float]]) -> ImageArray:
    """Faces of two eyes and a mouth, on a ground of noise."""
    image = np.random.default_rng(0).integers(90, 110, (140, 220), dtype=np.uint8)
    for (x, y, w, h), opening in boxes_and_openings:
        for eye_x in (0.3, 0.7):
            cv2.circle(image, (round(x + eye_x * w), round(y + 0.3 * h)), round(0.07 * w), 30, -1)
        axes = round(0.14 * w), round(0.02 * h + 0.1 * h * opening)
        cv2.ellipse(image, (round(x + 0.5 * w), round(y + 0.78 * h)), axes, 0, 0, 360, 20, -1)
    return np.repeat(cv2.GaussianBlur(image, (0, 0), 1)[..., None], 3, axis=2)


def frames_of(faces: Sequence[tuple[Box, FloatArray]]) -> Iterator[Frame]:
    """The frames of people, each a box and what it speaks."""
    opened = [(box, openings(sound)) for box, sound in faces]
    for number in range(round(LONG / FRAME_S)):
        image = picture([(box, opening[number]) for box, opening in opened])
        yield Frame(seconds(number * FRAME_S), 'camera', image)


def samples_of(offset_s: float) -> list[Frame | AudioChunk]:
    """The left face speaks, with sound that is stamped too late; in order of stamps."""
    size = SOUND_HZ // 50
    sound = [
        AudioChunk(
            seconds(start / SOUND_HZ + offset_s), SOUND_HZ, LEFT_SPEECH[start : start + size]
        )
        for start in range(0, len(LEFT_SPEECH), size)
    ]
    frames = frames_of([(LEFT_BOX, LEFT_SPEECH)])
    return sorted([*sound, *frames], key=lambda sample: sample.stamp_ns)


def write_parameters(folder: Path) -> Path:
    """A parameter file of fakes that find the left face and hear it; its path."""
    path = write_models(folder)
    card = folder / 'audio_backbone' / cards.CARD
    content = yaml.safe_load(card.read_text())
    content['backbone'] = {'plugin': 'drawn_faces:HearingModel'}
    card.write_text(yaml.safe_dump(content))
    settings = yaml.safe_load(path.read_text())
    settings['face']['detector'] = {'plugin': 'fakes:FakeDetector', 'boxes': list(LEFT_BOX)}
    path.write_text(yaml.safe_dump(settings))
    return path
