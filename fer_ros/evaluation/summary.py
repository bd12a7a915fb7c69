"""A report in a few lines of text, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from fer_ros.evaluation.comparison import Comparison, Difference
from fer_ros.evaluation.results import Evaluation, Recording, Scores

_SHOWN = ('accuracy', 'uar', 'macro_f1')
_TITLES = ('accuracy', 'UAR', 'macro F1')


def of_evaluation(evaluation: Evaluation) -> Iterator[str]:
    """What all recordings together gave, by modality."""
    yield evaluation.summary
    if evaluation.resampled is None:
        return
    yield f'{"":12}' + ''.join(f'{title:24}' for title in _TITLES) + 'ECE     absent'
    for name, scores in evaluation.scores.items():
        shown = ''.join(f'{_with_interval(scores, key):24}' for key in _SHOWN)
        yield f'{name:12}{shown}{_decimal(scores.calibration_error):8}{_percent(scores.absent)}'
    if any(scores.intervals for scores in evaluation.scores.values()):
        yield f'in brackets: 95 % intervals, drawing {evaluation.resampled}'


def of_problems(recording: Recording) -> str | None:
    """What went wrong in a recording that was read nevertheless."""
    if not recording.problems:
        return None
    what, count = max(recording.problems.items(), key=lambda item: item[1])
    others = len(recording.problems) - 1
    more = f', and {others} other problems' if others else ''
    return f'{recording.name}: {count} times: {what}{more}'


def of_comparison(comparison: Comparison) -> Iterator[str]:
    """How each parameter file differs from the first, by modality."""
    for pair in comparison.pairs:
        yield f'{pair.other} against {pair.first}:'
        for name, differences in pair.scores.items():
            for key, title in zip(_SHOWN, _TITLES, strict=True):
                yield f'  {name:10} {title:9} {_difference(differences[key])}'
            segments = pair.segments[name]
            p = '' if segments.p is None else f', McNemar p = {segments.p:.3g}'
            yield (
                f'  {name:10} labelled stretches right only with {pair.first}: '
                f'{segments.only_first}, only with {pair.other}: {segments.only_other}{p}'
            )


def _difference(difference: Difference) -> str:
    if difference.difference is None:
        return 'nothing to compare'
    text = (
        f'{_percent(difference.first)} -> {_percent(difference.other)}  '
        f'{100 * difference.difference:+.1f}'
    )
    if difference.interval is None or difference.p is None:
        return text
    low, high = (100 * bound for bound in difference.interval)
    return f'{text} [{low:+.1f}, {high:+.1f}]  p = {difference.p:.3g}'


def _with_interval(scores: Scores, key: str) -> str:
    value = _percent(getattr(scores, key))
    if key not in scores.intervals:
        return value
    low, high = scores.intervals[key]
    return f'{value} [{100 * low:.1f}, {100 * high:.1f}]'


def _percent(value: float | None) -> str:
    return '-' if value is None else f'{100 * value:.1f} %'


def _decimal(value: float | None) -> str:
    return '-' if value is None else f'{value:.3f}'
