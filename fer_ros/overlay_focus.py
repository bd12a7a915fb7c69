"""Which face is in focus, and one expression for its label and for the result below.

Perception says the same of the person in focus on emotion and on the topic of the face.  The two
do not come together, nor equally often: drawn is the newest that came on both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from fer_ros.types import Expression


def newest_of_both(
    emotions: Iterable[Expression], whose: Callable[[Expression], str | None]
) -> tuple[Expression | None, str]:
    """What to draw of those that came on emotion, the newest first, and the face in focus.

    ``whose`` tells the face of which an expression was said.  Nobody is in focus ('') where that
    is no face: of the newest of a voice alone, or of nobody.
    """
    newest = None
    for emotion in emotions:
        newest = newest or emotion
        if not emotion.label:  # nobody: what was before that is over
            break
        name = whose(emotion)
        if name is not None:
            return emotion, name
    return newest, ''
