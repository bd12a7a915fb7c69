"""Draws what the system sees and thinks into a picture, for people who look on.

Everything is sized by the picture; a small one is enlarged first, so that text stays readable.
Nothing here knows of ROS.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

from fer_ros.canvas import Box, Canvas, Colour
from fer_ros.labels import LABELS
from fer_ros.types import Expression, ImageArray, Modality

MIN_HEIGHT = 480
"""Smaller pictures are enlarged by a whole factor to at least this height."""
MAX_SCALE = 6

COLOURS: Mapping[str, Colour] = {
    'neutral': (176, 190, 197),
    'happy': (255, 213, 79),
    'sad': (100, 181, 246),
    'surprised': (255, 167, 38),
    'scared': (186, 104, 200),
    'disgusted': (129, 199, 132),
    'angry': (239, 83, 80),
    'contempt': (188, 150, 130),
}
UNKNOWN: Colour = (224, 224, 224)
TEXT: Colour = (245, 245, 245)
FAINT: Colour = (170, 176, 182)
TRACK: Colour = (70, 76, 82)


@dataclass(frozen=True)
class FaceView:
    """A face as it is drawn."""

    name: str
    box: tuple[float, float, float, float]
    """xmin, ymin, xmax, ymax as shares of the picture; may reach over its edges."""
    expression: Expression | None = None
    in_focus: bool = False


@dataclass(frozen=True)
class Scene:
    """All that can be drawn; what is unknown is left out of the picture."""

    faces: Sequence[FaceView] = ()
    emotion: Expression | None = None
    scores: Mapping[str, float] = field(default_factory=dict)
    """Label -> probability."""
    alone: Mapping[Modality, Expression] = field(default_factory=dict)
    """What each modality says for itself."""
    weights: Mapping[Modality, float] = field(default_factory=dict)
    """How much each modality counted."""
    numbers: Sequence[str] = ()
    """Short texts such as 'latency 43 ms', for the line at the bottom."""


def enlarged(image: ImageArray) -> ImageArray:
    """The picture, at least MIN_HEIGHT high if MAX_SCALE allows, as a new writable array."""
    height, width = image.shape[:2]
    factor = min(MAX_SCALE, max(1, -(-MIN_HEIGHT // height)))
    if factor == 1:
        return image.copy()
    size = (width * factor, height * factor)
    return cv2.resize(image, size, interpolation=cv2.INTER_CUBIC).astype(np.uint8, copy=False)


def draw(image: ImageArray, scene: Scene) -> ImageArray:
    """A new RGB picture with the scene drawn over it; see enlarged() for its size."""
    canvas = Canvas(enlarged(image))
    for face in sorted(scene.faces, key=lambda face: face.in_focus):
        _draw_face(canvas, face)
    bottom = _draw_status(canvas, scene)
    if scene.scores:
        _draw_bars(canvas, scene, bottom)
    return canvas.image


def colour_of(expression: Expression | None) -> Colour:
    """The colour that stands for an expression."""
    return COLOURS.get(expression.label, UNKNOWN) if expression else UNKNOWN


def _draw_face(canvas: Canvas, face: FaceView) -> None:
    left, top, right, bottom = _in_pixels(canvas, face)
    colour = colour_of(face.expression)
    canvas.rectangle(left, top, right, bottom, colour, 2.5 if face.in_focus else 1.2)
    words: list[tuple[str, Colour]] = []
    if face.expression and face.expression.label:
        words = [(face.expression.label, colour), (f'{face.expression.confidence:.0%}', TEXT)]
    canvas.chip(left, top, [*words, (face.name, FAINT)])


def _draw_status(canvas: Canvas, scene: Scene) -> float:
    """The strip at the bottom: the result, who said what, the numbers.  Returns its upper edge."""
    said: list[tuple[str, Colour]] = []
    for modality in sorted(scene.alone.keys() | scene.weights.keys()):
        said += _word_of(modality, scene)
    result: list[tuple[str, Colour]] = []
    if scene.emotion is not None:
        told = 'nobody'
        if scene.emotion.label:
            told = f'{scene.emotion.label} {scene.emotion.confidence:.0%}'
        result = [(told, colour_of(scene.emotion))]
    numbers: list[tuple[str, Colour]] = [(text, FAINT) for text in scene.numbers]
    return canvas.strip([line for line in (result + said, numbers) if line])


def _word_of(modality: Modality, scene: Scene) -> list[tuple[str, Colour]]:
    """What a modality says, and what share it has in the result; it may have one in silence."""
    share = scene.weights.get(modality)
    words = [(modality if share is None else f'{modality} x {share:.2f}', FAINT)]
    expression = scene.alone.get(modality)
    if expression and expression.label:
        told = f'{expression.label} {expression.confidence:.0%}'
        return [*words, (told, colour_of(expression))]
    return words if share is not None else []


def _draw_bars(canvas: Canvas, scene: Scene, bottom: float) -> None:
    """One bar for each label, in the order of LABELS, whatever the order of the scores."""
    rows = [(label, scene.scores.get(label, 0.0), COLOURS[label]) for label in LABELS]
    canvas.bars(rows, bottom, TEXT, TRACK, [_in_pixels(canvas, face) for face in scene.faces])


def _in_pixels(canvas: Canvas, face: FaceView) -> Box:
    height, width = canvas.image.shape[:2]
    xmin, ymin, xmax, ymax = face.box
    return xmin * width, ymin * height, xmax * width, ymax * height
