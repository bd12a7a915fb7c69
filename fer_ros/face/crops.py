"""How a face model wants its crops: read from the ``input`` of its card.

Preprocessing belongs to the card, not to the code: a model that was trained on 48 px grey crops
and one trained on 64 px colour crops run through the same lines.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from fer_ros import config
from fer_ros.config import setting
from fer_ros.protocols import EyePositions

LUMA = (0.299, 0.587, 0.114)
"""Grey from red, green and blue: ITU-R BT.601, as in OpenCV's conversion."""
FLATTEST = 0.02
"""A crop with less deviation is flat: dividing by less would only amplify its noise."""


@dataclass(frozen=True)
class FaceInput:
    """The input of a face network."""

    size: int = setting(48, 'Edge of the square crop', unit='px', ge=16, le=512)
    colour: str = setting('grey', 'Channels of the crop', choices=('grey', 'rgb'))
    standardise: str = setting(
        'crop',
        'Whether mean and deviation are those of each crop, which evens out light, or fixed',
        choices=('crop', 'fixed'),
    )
    mean: float = setting(0.5, 'Fixed mean of the values [0, 1]', ge=0.0, le=1.0)
    std: float = setting(0.25, 'Fixed deviation of the values [0, 1]', ge=0.001, le=1.0)
    margin: float = setting(
        0.0, 'Added around the face box, as a share of its edge', ge=-0.5, le=2.0
    )
    eyes: EyePositions | None = None
    """Where the training crops have the eyes (image left, image right): x, y as shares of the
    edge; None where that is not known."""

    @property
    def channels(self) -> int:
        """Channels of the network's input."""
        return 1 if self.colour == 'grey' else 3


def parse_input(data: Mapping[str, Any]) -> FaceInput:
    """The FaceInput in a card.  Raises ConfigError naming the key and what was allowed."""
    rest = {key: value for key, value in data.items() if key != 'eyes'}
    parsed = config.parse(FaceInput, rest, 'input')
    return replace(parsed, eyes=parse_eyes(data['eyes'])) if 'eyes' in data else parsed


def dump_input(face_input: FaceInput) -> dict[str, Any]:
    """The mapping that parse_input() turns back into an equal FaceInput."""
    data = config.dump(replace(face_input, eyes=None))
    del data['eyes']
    if face_input.eyes is not None:
        data['eyes'] = [list(point) for point in face_input.eyes]
    return data


def parse_eyes(value: Any) -> EyePositions:
    """The positions of the eyes in a card.  Raises ConfigError."""
    try:
        (left_x, left_y), (right_x, right_y) = value
        eyes = (float(left_x), float(left_y)), (float(right_x), float(right_y))
    except (TypeError, ValueError):
        raise config.ConfigError(
            f'input.eyes: expected [[x, y], [x, y]] as shares of the edge, got {value!r}'
        ) from None
    if not all(0.0 <= share <= 1.0 for point in eyes for share in point) or left_x >= right_x:
        raise config.ConfigError(
            f'input.eyes: {value!r} must lie in [0, 1], the eye at the left of the image first'
        )
    return eyes
