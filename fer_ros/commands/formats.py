"""How predictions are written: for people, or for programs."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from typing import Protocol, TextIO

from fer_ros.labels import LABELS
from fer_ros.prediction import Prediction


class Writer(Protocol):
    """Writes predictions one by one, as they come."""

    def write(self, prediction: Prediction) -> None:
        """Write one line."""
        ...


class Text:
    """One readable line, the most probable label first."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def write(self, prediction: Prediction) -> None:
        """See Writer."""
        print(_readable(prediction), file=self._out)


class JsonLines:
    """One JSON object a line, with the keys of Prediction."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def write(self, prediction: Prediction) -> None:
        """See Writer."""
        content = {
            'file': prediction.file,
            'time': round(prediction.time, 6),
            'face': prediction.face,
            'track': prediction.track,
            'label': prediction.label,
            'confidence': round(prediction.confidence, 6),
            'probabilities': {
                label: round(value, 6) for label, value in prediction.probabilities.items()
            },
            'sources': prediction.sources,
            'weights': {name: round(value, 6) for name, value in prediction.weights.items()},
        }
        print(json.dumps(content, ensure_ascii=False), file=self._out)


class Csv:
    """A header, then one row each; the face as four columns, sources and weights joined by '+'."""

    def __init__(self, out: TextIO) -> None:
        self._rows = csv.writer(out, lineterminator='\n')
        self._rows.writerow(
            [
                'file',
                'time',
                *'xywh',
                'track',
                'label',
                'confidence',
                *LABELS,
                'sources',
                'weights',
            ]
        )

    def write(self, prediction: Prediction) -> None:
        """See Writer."""
        self._rows.writerow(
            [
                prediction.file,
                f'{prediction.time:.6f}',
                *(prediction.face or [''] * 4),
                '' if prediction.track is None else prediction.track,
                prediction.label,
                f'{prediction.confidence:.6f}',
                *(f'{prediction.probabilities[label]:.6f}' for label in LABELS),
                '+'.join(prediction.sources),
                '+'.join(f'{prediction.weights[name]:.3f}' for name in prediction.sources),
            ]
        )


FORMATS: dict[str, Callable[[TextIO], Writer]] = {'text': Text, 'jsonl': JsonLines, 'csv': Csv}


def _readable(prediction: Prediction) -> str:
    if not prediction.label:
        return f'{prediction.file}: nobody found'
    others = sorted(prediction.probabilities.items(), key=lambda item: -item[1])
    listed = ' '.join(f'{label} {value:.2f}' for label, value in others)
    return (
        f'{prediction.file} {prediction.time:8.3f} s  {_who(prediction)}  '
        f'{prediction.label} {prediction.confidence:.2f} from {_counted(prediction)}  '
        f'({listed})'
    )


def _counted(prediction: Prediction) -> str:
    """Face, or face 0.60 + voice 0.40."""
    if len(prediction.weights) == 1:
        return prediction.sources[0]
    return ' + '.join(f'{name} {prediction.weights[name]:.2f}' for name in prediction.sources)


def _who(prediction: Prediction) -> str:
    if prediction.face is None:
        return 'crop' if prediction.sources == ('face',) else 'voice'
    x, y, w, h = prediction.face
    return f'face {prediction.track} at {x},{y} {w}x{h}'
