"""Numbers in words: how a report's page says them, and what it points out."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

NOTHING = '–'
_FEW = 5
"""Estimates of a label below which nothing is concluded from them."""


def percent(value: float | None, digits: int = 0) -> str:
    """A share as a percentage."""
    return NOTHING if value is None else f'{100 * value:.{digits}f} %'


def decimal(value: float | None, digits: int = 2) -> str:
    """A plain number."""
    return NOTHING if value is None else f'{value:.{digits}f}'


def seconds(value: float | None) -> str:
    """A duration as short as it can be read."""
    if value is None:
        return NOTHING
    if value < 10:
        return f'{value:.2f} s' if value < 1 else f'{value:.1f} s'
    if value < 60:
        return f'{value:.0f} s'
    minutes, rest = divmod(round(value), 60)
    if minutes < 60:
        return f'{minutes} min {rest:02d} s'
    return f'{minutes // 60} h {minutes % 60:02d} min'


def milliseconds(value: float | None) -> str:
    """A latency."""
    if value is None:
        return NOTHING
    return f'{value:.0f} ms' if value >= 10 else f'{value:.1f} ms'


def count(value: int, one: str, many: str | None = None) -> str:
    """'1 recording', '3 recordings'."""
    return f'{value:,} {one if value == 1 else many or one + "s"}'.replace(',', '\u202f')


def findings(scores: Mapping[str, Any], fused: str) -> list[str]:
    """What the scores by modality say in plain words."""
    accuracy = scores.get(fused, {}).get('accuracy')
    if accuracy is None:
        return []
    others = [
        f'{name} alone {percent(each["accuracy"])}'
        for name, each in scores.items()
        if name != fused and each['accuracy'] is not None
    ]
    sentences = [f'{percent(accuracy)} of the estimates are right' + _after('; ', others) + '.']
    found = {
        label: each['recall']
        for label, each in scores[fused]['classes'].items()
        if each['recall'] is not None and each['support'] >= _FEW
    }
    if len(found) > 1:
        worst, *_, best = sorted(found, key=lambda label: float(found[label]))
        sentences.append(
            f'Best at {best} ({percent(found[best])} found), '
            f'worst at {worst} ({percent(found[worst])}).'
        )
    return sentences


def _after(start: str, parts: Sequence[str]) -> str:
    return start + ', '.join(parts) if parts else ''


def common_folder(names: Sequence[str]) -> str:
    """What all paths begin with, up to the last '/'; '' where that says nothing."""
    prefix = os.path.commonprefix([name[: name.rfind('/') + 1] for name in names])  # noqa: RUF071
    return prefix[: prefix.rfind('/') + 1] if len(names) > 1 else ''


@dataclass(frozen=True)
class Mixup:
    """A label that is often taken for another one."""

    truth: str
    answer: str
    share: float
    """Of the estimates whose true label it is."""


def mixups(
    labels: Sequence[str], confusion: Sequence[Sequence[int]], most: int = 3
) -> list[Mixup]:
    """What is mixed up most, by share of the true label."""
    found = [
        Mixup(truth, answer, row[column] / sum(row))
        for truth, row in zip(labels, confusion, strict=True)
        for column, answer in enumerate(labels)
        if answer != truth and sum(row) >= _FEW and row[column]
    ]
    return sorted(found, key=lambda mixup: -mixup.share)[:most]


def shown_labels(labels: Sequence[str], confusion: Sequence[Sequence[int]]) -> list[int]:
    """The positions of the labels that occur, as a truth or as an answer."""
    return [
        number
        for number in range(len(labels))
        if any(confusion[number]) or any(row[number] for row in confusion)
    ]


def flattened(settings: Mapping[str, Any], path: str = '') -> list[tuple[str, str]]:
    """Nested settings as names with dots and their values."""
    rows: list[tuple[str, str]] = []
    for key, value in settings.items():
        name = f'{path}.{key}' if path else str(key)
        if isinstance(value, Mapping):
            rows += flattened(value, name)
        else:
            rows.append((name, str(value)))
    return rows
