"""The colour of each emotion on a report's page.

The hues are those of the overlay; the shades were chosen so that any two of them can be told apart
with each kind of colour blindness (a test simulates them), on a light and on a dark page.
"""

from __future__ import annotations

COLOURS = {
    'neutral': '#9cb5af',
    'happy': '#ffdb29',
    'sad': '#3d71d8',
    'surprised': '#ed8904',
    'scared': '#b981bc',
    'disgusted': '#3fb16b',
    'angry': '#c04a02',
    'contempt': '#6b4b3a',
}
UNKNOWN = '#b0b4b8'
"""For labels of a later version."""
DARK_TEXT, LIGHT_TEXT = '#14171a', '#ffffff'


def text_on(colour: str) -> str:
    """The colour of text that is easier to read on a colour '#rrggbb'."""
    luminance = _luminance(colour)
    on_dark = (1.05) / (luminance + 0.05)
    on_light = (luminance + 0.05) / (_luminance(DARK_TEXT) + 0.05)
    return LIGHT_TEXT if on_dark > on_light else DARK_TEXT


def _luminance(colour: str) -> float:
    """Relative luminance [0, 1] (WCAG 2)."""
    shares = [int(colour[first : first + 2], 16) / 255 for first in (1, 3, 5)]
    red, green, blue = (
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
