"""A picture to draw on: smooth text on dark backdrops, in sizes that follow the picture."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from fer_ros.types import ImageArray

Colour = tuple[int, int, int]
Words = Sequence[tuple[str, Colour]]
Box = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels."""

BACKDROP_SHARE = 0.68
"""How much of a backdrop is black; the rest is the picture below."""
FONT = cv2.FONT_HERSHEY_SIMPLEX
_REFERENCE_HEIGHT = 480
_FONT_SCALE = 0.5
_FAR = 1 << 14
"""Coordinates beyond this are cut off, which changes nothing that can be seen."""


class Canvas:
    """Draws into an RGB image in place; all lengths but positions are in units of the design,
    which is made for a picture 480 pixels high.
    """

    def __init__(self, image: ImageArray) -> None:
        self.image = image
        self._height, self._width = int(image.shape[0]), int(image.shape[1])
        self._unit = min(self._height, self._width) / _REFERENCE_HEIGHT
        self._scale = _FONT_SCALE * self._unit
        self._stroke = max(1, round(1.1 * self._unit))
        (_, self._ascent), descent = cv2.getTextSize('Ag', FONT, self._scale, self._stroke)
        self._pad = self.px(5)
        self._row = self._ascent + descent + self.px(3)

    def px(self, length: float) -> int:
        """A length of the design in pixels, at least 1."""
        return max(1, round(length * self._unit))

    def rectangle(
        self, left: float, top: float, right: float, bottom: float, colour: Colour, width: float
    ) -> None:
        """An outline with a dark edge, so that it shows on any background."""
        first, last = (_near(left), _near(top)), (_near(right), _near(bottom))
        thickness = self.px(width)
        for stroke, shade in ((thickness + self.px(1.6), (20, 22, 24)), (thickness, colour)):
            cv2.rectangle(self.image, first, last, shade, stroke, cv2.LINE_AA)

    def chip(self, left: float, top: float, words: Words) -> None:
        """A label that sits on a position, pushed into the picture where it would leave it."""
        width = self._extent(words) + 2 * self._pad
        height = self._row + self._pad
        x = max(0, min(_near(left), self._width - width))
        y = max(0, min(_near(top) - height - self.px(2), self._height - height))
        self._backdrop(x, y, x + width, y + height)
        self._words(x + self._pad, y + (height - self._row) // 2, words)

    def strip(self, lines: Sequence[Words]) -> int:
        """Lines of words over the whole width at the bottom; returns the upper edge."""
        limit = self._width - 2 * self._pad
        lines = [part for line in lines for part in self._wrapped(line, limit)]
        if not lines:
            return self._height
        top = self._height - len(lines) * self._row - 2 * self._pad
        self._backdrop(0, top, self._width, self._height)
        for number, line in enumerate(lines):
            self._words(self._pad, top + self._pad + number * self._row, line)
        return max(0, top)

    def bars(
        self,
        rows: Sequence[tuple[str, float, Colour]],
        bottom: float,
        text: Colour,
        track: Colour,
        avoid: Sequence[Box] = (),
    ) -> None:
        """A panel of labelled bars of shares [0, 1] above ``bottom``.

        It is at the left or at the right, where it covers less of the boxes to ``avoid``.
        """
        names = max(self._extent([(name, text)]) for name, _, _ in rows)
        values = self._extent([('100%', text)])
        length = self.px(70)
        gap = self.px(6)
        width = names + length + values + 2 * gap + 2 * self._pad
        top = round(bottom) - self.px(8) - len(rows) * self._row - 2 * self._pad
        end = round(bottom) - self.px(8)
        edges = (self.px(8), self._width - self.px(8) - width)
        left = min(
            edges, key=lambda x: sum(_shared((x, top, x + width, end), box) for box in avoid)
        )
        self._backdrop(left, top, left + width, end)
        for number, (name, share, colour) in enumerate(rows):
            x, y = left + self._pad, top + self._pad + number * self._row
            self._words(x, y, [(name, text)])
            x += names + gap
            middle = y + self._row // 2
            half = max(1, self._row // 5)
            full = length * min(1.0, max(0.0, share))
            cv2.rectangle(self.image, (x, middle - half), (x + length, middle + half), track, -1)
            if full >= 1:
                tip = (x + round(full), middle + half)
                cv2.rectangle(self.image, (x, middle - half), tip, colour, -1)
            value = f'{share:.0%}'
            x += length + gap + values - self._extent([(value, text)])
            self._words(x, y, [(value, text)])

    def _wrapped(self, words: Words, width: int) -> list[list[tuple[str, Colour]]]:
        lines: list[list[tuple[str, Colour]]] = []
        for word in words:
            if lines and self._extent([*lines[-1], word]) <= width:
                lines[-1].append(word)
            else:
                lines.append([word])
        return lines

    def _extent(self, words: Words) -> int:
        widths = [
            cv2.getTextSize(text, FONT, self._scale, self._stroke)[0][0] for text, _ in words
        ]
        return sum(widths) + self.px(8) * (len(widths) - 1)

    def _words(self, x: int, y: int, words: Words) -> None:
        for text, colour in words:
            base = (x, y + self._ascent)
            cv2.putText(
                self.image, text, base, FONT, self._scale, colour, self._stroke, cv2.LINE_AA
            )
            x += cv2.getTextSize(text, FONT, self._scale, self._stroke)[0][0] + self.px(8)

    def _backdrop(self, left: int, top: int, right: int, bottom: int) -> None:
        part = self.image[max(0, top) : max(0, bottom), max(0, left) : max(0, right)]
        np.multiply(part, 1.0 - BACKDROP_SHARE, out=part, casting='unsafe')


def _near(position: float) -> int:
    return round(min(float(_FAR), max(float(-_FAR), position)))


def _shared(one: Box, other: Box) -> float:
    """The area that two boxes have in common."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return max(0.0, width) * max(0.0, height)
