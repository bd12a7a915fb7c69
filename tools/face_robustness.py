"""How accuracy and UAR of face models fall with blur, distance, darkness, noise, cover and pose.

    python tools/face_robustness.py --data DIR          # writes docs/face_robustness.md and .png

Each MODEL:LABELS is a model measured on the test pictures with the labels of 'ferplus' (8) or
'fer2013' (7), through the run-time backbone; 'mini_xception' is the baseline, from the file in
DIR/models.  The pictures are changed at their own 48 px, then brought to the size a model wants.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import mini_xception
from face_disturbances import DISTURBANCES, Crops, Disturbance

from fer_ros import cards, models
from fer_ros.data.fer2013plus import Fer2013Plus
from fer_ros.evaluation import labelled, metrics
from fer_ros.face.align import resized
from fer_ros.labels import softmax
from fer_ros.training import reading

DOCUMENT = Path(__file__).resolve().parent.parent / 'docs' / 'face_robustness.md'
SERIES = ('face_ferplus:ferplus', 'face_fer2013:fer2013', 'mini_xception:fer2013')
PART = 'test_without_duplicates'
NAMES = {'ferplus': 'FER+ (8)', 'fer2013': 'FER2013 (7)'}
_EDGE = 48

Scores = dict[tuple[str, float], tuple[float, float]]
"""(disturbance, strength) -> accuracy, UAR; the clean pictures are ('', 0)."""


def main() -> int:
    """Measure, print the table, write it and the curves."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('series', nargs='*', default=SERIES, metavar='MODEL:LABELS')
    parser.add_argument('--data', type=Path)
    parser.add_argument('--out', type=Path, default=DOCUMENT)
    args = parser.parse_args()
    data = reading.data_folder(args.data)
    found = {name: measure(name, data) for name in args.series}
    text = table(found)
    print(text, end='')
    args.out.write_text(document(text, args.out.stem, weights(args.series)), encoding='utf-8')
    draw(found, args.out.with_suffix('.png'))
    return 0


def measure(series: str, data: Path) -> Scores:
    """The scores of a model on the clean and on all changed pictures."""
    name, _, labels = series.partition(':')
    dataset = Fer2013Plus(Fer2013Plus.Config(root=str(data), labels=labels))
    examples = labelled.faces(dataset, 'test', _EDGE)
    chosen = examples.parts[PART]
    crops, truth = examples.inputs[chosen][..., 0], examples.labels[chosen]
    with tempfile.TemporaryDirectory() as folder:
        if name == 'mini_xception':
            mini_xception.write(data / 'models' / mini_xception.FILE, Path(folder))
            name = folder
        backbone = models.load_backbone('face_backbone', name, 'cpu')

        def score(changed: Crops) -> tuple[float, float]:
            size = backbone.crop_size
            rgb = [np.repeat(resized(crop, size)[..., None], 3, 2) for crop in changed]
            logits = examples.answers(backbone, np.stack(rgb))
            matrix = metrics.confusion(softmax(logits), truth)
            return metrics.accuracy(matrix), metrics.uar(matrix)

        scores: Scores = {('', 0.0): score(crops)}
        for disturbance in DISTURBANCES:
            for strength in disturbance.strengths:
                key = disturbance.name, float(strength)
                scores[key] = score(disturbance.apply(crops, strength))
                print(f'{series} {key}: {scores[key][0]:.3f}', file=sys.stderr)
    return scores


def table(found: Mapping[str, Scores]) -> str:
    """Accuracy and UAR as Markdown, a row for each strength."""
    heads = [f'`{name}` on {NAMES[labels]}' for name, _, labels in map(_parts, found)]
    lines = [f'| | {" | ".join(heads)} |', '|---|' + '---|' * len(heads)]
    for key in next(iter(found.values())):
        cells = [f'{100 * a:.1f} %, {u:.3f}' for a, u in (each[key] for each in found.values())]
        lines.append(f'| {_row(*key)} | {" | ".join(cells)} |')
    return '\n'.join(lines) + '\n'


def _parts(series: str) -> tuple[str, str, str]:
    return series.partition(':')


def _row(name: str, strength: float) -> str:
    if not name:
        return 'as they are'
    unit = next(each.unit for each in DISTURBANCES if each.name == name)
    return f'{name}, {strength:g} {unit}'


def weights(series: Sequence[str]) -> str:
    """Which weights were measured: the beginnings of their hashes."""
    names = dict.fromkeys(_parts(each)[0] for each in series)
    ours = [name for name in names if name != 'mini_xception']
    return ', '.join(f'`{name}` {cards.find(name).sha256[:12]}' for name in ours)


def document(text: str, stem: str, measured: str) -> str:
    """The whole page."""
    return f"""# Robustness of the face models

`python tools/face_robustness.py --data DIR` makes this page: accuracy and UAR on PrivateTest
without duplicates, on pictures that were spoiled before. Measured weights (sha256): {measured}.

- The pictures have 48 x 48 pixels, so nothing is said of larger faces: "resolution" begins at 48
  px and goes down.
- Turning aside (yaw) cannot be made from a still. "As a flat picture" is a photograph that is
  turned: it is foreshortened but hides nothing, so a real head loses more.
- Darkness keeps a sensor's noise of two grey levels.
- The pipeline turns a crop upright by the eyes; turns in the plane and shifts are what is left of
  them when landmarks are wrong.
- Contempt is no label of FER2013; there a model answers among the other seven.

![curves]({stem}.png)

{text}"""


def draw(found: Mapping[str, Scores], path: Path) -> None:
    """One small diagram for each disturbance: accuracy as lines, UAR dotted."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 8), layout='constrained')
    panels = figure.subplots(3, 3, sharey=True).flat
    for axes, disturbance in zip(panels, DISTURBANCES, strict=True):
        for number, (series, scores) in enumerate(found.items()):
            x, y = _curve(disturbance, scores)
            axes.plot(x, 100 * y[:, 0], f'C{number}.-', label=series.replace(':', ' on '))
            axes.plot(x, 100 * y[:, 1], f'C{number}:')
        if disturbance.neutral > max(disturbance.strengths):
            axes.invert_xaxis()
        axes.set_title(disturbance.name, fontsize=10)
        axes.set_xlabel(disturbance.unit, fontsize=8)
        axes.tick_params(labelsize=8)
        axes.grid(alpha=0.3)
    figure.supylabel('% (line: accuracy, dotted: UAR)', fontsize=9)
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc='outside upper center', ncols=len(found), fontsize=9)
    figure.savefig(path, dpi=80)


def _curve(
    disturbance: Disturbance, scores: Scores
) -> tuple[Sequence[float], npt.NDArray[np.floating]]:
    x = [disturbance.neutral, *disturbance.strengths]
    spoiled = [scores[disturbance.name, float(strength)] for strength in disturbance.strengths]
    return x, np.array([scores['', 0.0], *spoiled])


if __name__ == '__main__':
    sys.exit(main())
