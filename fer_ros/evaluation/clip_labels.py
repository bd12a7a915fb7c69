"""The labels of a clip as a bag keeps them: each until the next one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from fer_ros.evaluation.bag_samples import LabelChange
from fer_ros.evaluation.clips import Clip
from fer_ros.evaluation.truth import Stretch, Truth
from fer_ros.types import NS_PER_S


class ClipLabelsError(ValueError):
    """Labels that a bag cannot keep."""


def of_folders(clip: Clip) -> list[Stretch]:
    """The one label that a clip's folders say, if they say one."""
    return [Stretch(0.0, None, clip.label)] if clip.label else []


def changes(stretches: Sequence[Stretch], start_ns: int) -> Iterator[LabelChange]:
    """Labelled stretches as the moments at which the label changes.

    ``start_ns`` is the stamp of the first sample.  Raises TruthError where labels overlap, and
    ClipLabelsError for labels of single faces.
    """
    ordered = Truth(stretches, start_ns).stretches
    for stretch, following in zip_longest(ordered, ordered[1:]):
        if stretch.track is not None:
            raise ClipLabelsError(
                f'a label of face {stretch.track}; a bag keeps those of the person in focus only'
            )
        begin_ns = start_ns + round(stretch.start * NS_PER_S)
        yield LabelChange(begin_ns, stretch.label, stretch.valence, stretch.arousal)
        if stretch.end is not None and not (following and following.start == stretch.end):
            yield LabelChange(start_ns + round(stretch.end * NS_PER_S), '')
