"""Recorded topics as the samples that a camera and a microphone would give, without ROS.

A bag keeps messages in the order in which they were received, and sound is received after the
pictures it was captured with.  Here they come in order of capture, as from a file.
"""

from __future__ import annotations

import heapq
import math
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import count, takewhile
from pathlib import Path
from typing import Any

from fer_ros.clocks import JUMP_BACK_NS
from fer_ros.decode import DecodeError, decode_audio, decode_compressed_image, decode_image
from fer_ros.decode.fields import stamp_ns
from fer_ros.evaluation import bag_messages
from fer_ros.evaluation.bag_reading import Bag, BagError, Received
from fer_ros.evaluation.truth import Stretch
from fer_ros.labels import LabelError, canonical
from fer_ros.playback import Sample
from fer_ros.types import NS_PER_S

DECODERS = {
    bag_messages.IMAGE: decode_image,
    bag_messages.COMPRESSED_IMAGE: decode_compressed_image,
}
PICTURES = frozenset(DECODERS)
SOUND = frozenset(bag_messages.AUDIO.values())
AUDIO_INFO = frozenset({bag_messages.AUDIO_INFO})
LABELS = frozenset({bag_messages.EXPRESSION})
REORDERED = 8
"""Samples of one topic that are held back, so that they can be put in order of their stamps."""

OnError = Callable[[str, DecodeError], None]


@dataclass(frozen=True)
class Topics:
    """Which topics of a bag are read; None: the only one of its type."""

    image: str | None = None
    audio: str | None = None
    audio_info: str | None = None
    """None: of several the one whose name begins most like that of the sound."""
    labels: str = '/labels'
    """hri_msgs/Expression; it need not be there."""


def open_bag(
    path: Path, topics: Topics = Topics(), on_error: OnError | None = None
) -> Iterator[Sample]:
    """The pictures and the sound of a bag in order of their stamps; sound first where equal.

    Topics without messages count as absent.  ``on_error`` is told the topic of a message that
    cannot be read and why; it is left out.  Raises BagError at once where the bag cannot be
    opened or has no such topic, and later where it is broken or nothing in it can be read.
    """
    bag = Bag(path)
    sound = _chosen(bag, SOUND, topics.audio, 'sound')
    image = _chosen(bag, PICTURES, topics.image, 'pictures')
    if sound is None and image is None:
        there = ', '.join(bag.topics()) or 'none'
        raise BagError(f'{path}: neither pictures nor sound in it; topics: {there}')
    reading = _Reading(bag, on_error)
    # Each topic is read by itself: then merging needs no buffering, however far apart the bag
    # keeps pictures and sound of one moment.
    streams: list[Iterator[tuple[int, Sample]]] = []
    if sound is not None:
        streams.append(in_order(reading.sound(sound, _infos(bag, topics.audio_info, sound))))
    if image is not None:
        streams.append(in_order(reading.pictures(image)))
    merged = heapq.merge(*streams, key=lambda item: (item[0], item[1].stamp_ns))
    return reading.not_nothing(sample for _, sample in merged)


def recorded_labels(path: Path, topics: Topics, start_ns: int) -> list[Stretch]:
    """The labels that a bag has on its topic of labels, each until the next one.

    An empty word means that nothing is known.  ``start_ns`` is the stamp of the first sample.
    Raises BagError for a word that is no label.
    """
    bag = Bag(path)
    if topics.labels not in bag.topics(LABELS):
        return []
    try:
        messages = [received.message() for received in bag.messages(topics.labels, LABELS)]
        messages.sort(key=stamp_ns)
        starts = [(stamp_ns(message) - start_ns) / NS_PER_S for message in messages]
        ends: list[float | None] = [*starts[1:], None]
        return [
            Stretch(
                max(start, 0.0),
                end,
                canonical(message.expression),
                valence=_known(message.valence),
                arousal=_known(message.arousal),
            )
            for message, start, end in zip(messages, starts, ends, strict=True)
            if message.expression and (end is None or end > max(start, 0.0))
        ]
    except (DecodeError, LabelError) as error:
        raise BagError(f'{path}: {topics.labels}: {error}') from error


def in_order(samples: Iterable[Sample]) -> Iterator[tuple[int, Sample]]:
    """Samples that are nearly in order of their stamps -> in order, but for jumps back.

    Each comes with the number of jumps before it, so that topics can be merged although time
    jumped back, as when a bag was recorded while another one looped.
    """
    held: list[tuple[int, int, Sample]] = []
    serial = count()  # keeps samples of one stamp in order, and from comparison
    jumps = 0
    newest_ns: int | None = None
    for sample in samples:
        if newest_ns is not None and sample.stamp_ns < newest_ns - JUMP_BACK_NS:
            yield from _all(held, jumps)
            jumps, newest_ns = jumps + 1, None
        newest_ns = sample.stamp_ns if newest_ns is None else max(newest_ns, sample.stamp_ns)
        heapq.heappush(held, (sample.stamp_ns, next(serial), sample))
        if len(held) > REORDERED:
            yield jumps, heapq.heappop(held)[2]
    yield from _all(held, jumps)


def _all(held: list[tuple[int, int, Sample]], jumps: int) -> Iterator[tuple[int, Sample]]:
    while held:
        yield jumps, heapq.heappop(held)[2]


class _Reading:
    """Decodes messages, and remembers what could not be."""

    def __init__(self, bag: Bag, on_error: OnError | None) -> None:
        self._bag = bag
        self._on_error = on_error
        self._failed: dict[str, DecodeError] = {}

    def pictures(self, topic: str) -> Iterator[Sample]:
        for received in self._bag.messages(topic, PICTURES):
            yield from self._decoded(topic, received, DECODERS[received.kind])

    def sound(self, topic: str, infos: list[tuple[int, Any]]) -> Iterator[Sample]:
        """``infos`` with the times when they came; the first also counts for sound before it."""
        times = [time_ns for time_ns, _ in infos]
        for received in self._bag.messages(topic, SOUND):
            number = max(bisect_right(times, received.time_ns) - 1, 0)
            info = infos[number][1] if infos else None
            yield from self._decoded(topic, received, partial(decode_audio, info=info))

    def not_nothing(self, samples: Iterator[Sample]) -> Iterator[Sample]:
        first = next(samples, None)
        if first is None:
            reasons = '; '.join(f'{topic}: {error}' for topic, error in self._failed.items())
            raise BagError(f'{self._bag.path}: no message in it can be read: {reasons}')
        yield first
        yield from samples

    def _decoded(
        self, topic: str, received: Received, decode: Callable[[Any], Sample]
    ) -> Iterator[Sample]:
        try:
            sample = decode(received.message())
        except DecodeError as error:
            self._failed.setdefault(topic, error)
            if self._on_error is not None:
                self._on_error(topic, error)
        else:
            yield sample


def _chosen(bag: Bag, kinds: frozenset[str], name: str | None, what: str) -> str | None:
    """The topic of some types that is meant, None where there is none."""
    found = bag.topics(kinds)
    if name is not None:
        if name in found:
            return name
        there = ', '.join(found) or 'none'
        raise BagError(f'{bag.path}: no {what} on {name}; topics with {what}: {there}')
    # a driver offers the same pictures raw and compressed
    twins = {f'{topic}/compressed' for topic in found}
    distinct = [topic for topic in found if topic not in twins]
    if len(distinct) > 1:
        raise BagError(f'{bag.path}: {what} on several topics, name one: {", ".join(distinct)}')
    return distinct[0] if distinct else None


def _infos(bag: Bag, name: str | None, sound: str) -> list[tuple[int, Any]]:
    """The AudioInfo messages that belong to a topic with sound, wherever in the bag they are."""
    found = bag.topics(AUDIO_INFO)
    if name is not None and name not in found:
        there = ', '.join(found) or 'none'
        raise BagError(f'{bag.path}: no AudioInfo on {name}; topics with it: {there}')
    if not found:
        return []
    nearest = max(found, key=lambda topic: _shared(topic, sound))
    return [(m.time_ns, m.message()) for m in bag.messages(name or nearest, AUDIO_INFO)]


def _known(value: float) -> float | None:
    """NaN says that a message does not tell it."""
    return None if math.isnan(value) else float(value)


def _shared(one: str, other: str) -> int:
    """How many characters two names begin with alike."""
    pairs = zip(one, other, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
