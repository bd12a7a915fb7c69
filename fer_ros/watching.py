"""What a person wants to read of a running system: only changes, each in one line.

Times are those of capture, counted from the first that is known: for a clip, the time in the clip.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from fer_ros.types import NS_PER_S, Expression, Modality

FRESH_NS = NS_PER_S
"""A modality whose word is older than this has nothing to say any more."""


class Watch:
    """Remembers what was said last and turns what is new into lines."""

    def __init__(self) -> None:
        self._start_ns: int | None = None
        self._stamp_ns = 0
        self._label: str | None = None
        self._behaviour: str | None = None
        self._alone: dict[Modality, Expression] = {}
        self._weights: Mapping[Modality, float] = {}
        self._counts: Counter[str] = Counter()

    @property
    def recognised(self) -> bool:
        """Whether anybody's expression was ever known."""
        return bool(self._counts)

    def modality(self, name: Modality, expression: Expression) -> None:
        """Take note of what one modality says alone."""
        self._alone[name] = expression

    def weights(self, shares: Mapping[Modality, float]) -> None:
        """Take note of how much each modality counts."""
        self._weights = shares

    def emotion(self, expression: Expression) -> str | None:
        """The line for a message on emotion, None where its label is the one before."""
        if expression.stamp_ns and self._start_ns is None:
            self._start_ns = expression.stamp_ns
        self._stamp_ns = max(self._stamp_ns, expression.stamp_ns)
        if expression.label:
            self._counts[expression.label] += 1
        if expression.label == self._label:
            return None
        self._label = expression.label
        if not expression.label:
            return self._line('emotion', 'nobody')
        told = f'{expression.label:<10} {expression.confidence:4.0%}{self._sources(expression)}'
        return self._line('emotion', told)

    def behaviour(self, name: str) -> str | None:
        """The line for a message on interaction/behaviour, None where nothing changed."""
        if name == self._behaviour:
            return None
        self._behaviour = name
        return self._line('behaviour', name)

    def summary(self) -> str:
        """One line on all that was seen."""
        total = sum(self._counts.values())
        if not total:
            return 'nobody was recognised'
        shares = ', '.join(
            f'{label} {count / total:.0%}' for label, count in self._counts.most_common()
        )
        return f'recognised in {total} messages over {self._seconds():.1f} s: {shares}'

    def _sources(self, expression: Expression) -> str:
        told = [
            f'{self._weighed(name)} {alone.label} {alone.confidence:.0%}'
            for name, alone in sorted(self._alone.items())
            if alone.label and abs(expression.stamp_ns - alone.stamp_ns) <= FRESH_NS
        ]
        return f'   ({", ".join(told)})' if told else ''

    def _weighed(self, name: Modality) -> str:
        return f'{name} x {self._weights[name]:.2f}' if name in self._weights else name

    def _line(self, subject: str, told: str) -> str:
        return f'{self._seconds():7.2f} s  {subject:<9}  {told}'

    def _seconds(self) -> float:
        return (self._stamp_ns - self._start_ns) / NS_PER_S if self._start_ns is not None else 0.0
