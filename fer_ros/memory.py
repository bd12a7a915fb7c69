"""What was seen and heard of each person in the last seconds, and whether it still counts."""

from __future__ import annotations

from bisect import insort
from collections.abc import Mapping
from dataclasses import dataclass

from fer_ros.ageing import AgeingConfig
from fer_ros.types import NS_PER_S, Evidence, Features, Modality

PersonId = int | None
"""The track of a face; None for a voice without a face."""
_MOST = 256
"""Features kept of one person and modality at most; the oldest go first."""


@dataclass(frozen=True, eq=False)
class Recalled:
    """What is known of one person at one moment."""

    evidence: Evidence
    validity: Mapping[Modality, float]
    """For each modality of the evidence, the probability that it still holds."""
    fresh: frozenset[Modality]
    """The modalities that were noted at this very moment."""


@dataclass
class _Track:
    features: list[Features]
    noted_ns: int


class Memory:
    """The features of each person and modality, as far back as the fusion wants them."""

    def __init__(self, ageing: Mapping[Modality, AgeingConfig]) -> None:
        self.ageing = ageing
        self._tracks: dict[PersonId, dict[Modality, _Track]] = {}
        self._dropped: tuple[int, Mapping[Modality, AgeingConfig]] | None = None
        """The moment, and the ageing, for which what is too old was dropped."""

    def note(self, person: PersonId, modality: Modality, features: Features, now_ns: int) -> None:
        """Features that are valid now; to note the same again says that they still are."""
        self._drop_old(now_ns)
        tracks = self._tracks.setdefault(person, {})
        track = tracks.setdefault(modality, _Track([], now_ns))
        track.noted_ns = max(track.noted_ns, now_ns)
        if not any(features is known for known in reversed(track.features)):
            insort(track.features, features, key=lambda known: known.stamp_ns)

    def recall(self, person: PersonId, now_ns: int, memory_s: float) -> Recalled:
        """What still counts of a person: the newest features, and those of the last seconds."""
        self._drop_old(now_ns)
        oldest_ns = now_ns - round(memory_s * NS_PER_S)
        tracks = self._tracks.get(person, {})
        return Recalled(
            {name: _recent(track, oldest_ns) for name, track in tracks.items()},
            {
                name: self.ageing[name].validity(_age_s(track, now_ns))
                for name, track in tracks.items()
            },
            frozenset(name for name, track in tracks.items() if track.noted_ns >= now_ns),
        )

    def has(self, person: PersonId, modality: Modality, now_ns: int) -> bool:
        """Whether something of this modality still counts."""
        self._drop_old(now_ns)
        return modality in self._tracks.get(person, {})

    def clear(self) -> None:
        """Forget everybody, as when time jumps back."""
        self._tracks.clear()

    def _drop_old(self, now_ns: int) -> None:
        if self._dropped == (now_ns, self.ageing):
            return  # nothing has aged since
        self._dropped = now_ns, self.ageing
        for person, tracks in list(self._tracks.items()):
            for modality, track in list(tracks.items()):
                if self.ageing[modality].validity(_age_s(track, now_ns)) == 0.0:
                    del tracks[modality]
            if not tracks:
                del self._tracks[person]


def _age_s(track: _Track, now_ns: int) -> float:
    return max(0, now_ns - track.noted_ns) / NS_PER_S


def _recent(track: _Track, oldest_ns: int) -> tuple[Features, ...]:
    """What is not older, and never nothing; the rest is dropped."""
    kept = [features for features in track.features[-_MOST:] if features.stamp_ns >= oldest_ns]
    track.features = kept or track.features[-1:]
    return tuple(track.features)
