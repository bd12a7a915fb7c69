"""The six speaker-independent folds of EmoBox on RAVDESS, for a network or for the baseline.

    python tools/voice_folds.py net --config config/train/voice_ravdess.yaml --out runs/folds
    python tools/voice_folds.py net --folds 1 --set backbone.plugin=crnn --out runs/folds_crnn
    python tools/voice_folds.py svm

A fold whose model is already in ``--out`` is measured, not trained again.  The baseline is a
support vector machine on mean, deviation and mean step of each log-mel band.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import yaml

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from fer_ros import cards, config
from fer_ros.audio.features import FeatureConfig
from fer_ros.commands import train
from fer_ros.data.ravdess import EMOBOX_FOLDS
from fer_ros.evaluation import classifier
from fer_ros.training import reading
from fer_ros.training.task import Split
from fer_ros.training.voice import VoiceTask
from fer_ros.types import FloatArray

FOLDS = range(1, len(EMOBOX_FOLDS) + 1)


def main() -> int:
    """Print each fold's test result and their mean."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('what', choices=('net', 'svm'))
    parser.add_argument('--config', type=Path, default=Path('config/train/voice_ravdess.yaml'))
    parser.add_argument('--out', type=Path, default=Path('runs/folds'))
    parser.add_argument('--data', type=Path)
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--folds', type=int, nargs='+', default=list(FOLDS), choices=FOLDS)
    parser.add_argument('--set', action='append', default=[], metavar='KEY=VALUE')
    args = parser.parse_args()
    results = [net(args, fold) if args.what == 'net' else svm(args, fold) for fold in args.folds]
    for fold, result in zip(args.folds, results, strict=True):
        print(f'fold {fold}: {summary(result)}')
    keys = ('uar', 'accuracy', 'macro_f1', 'calibration_error')
    mean = {key: float(np.mean([result[key] for result in results])) for key in keys}
    spread = float(np.std([result['uar'] for result in results]))
    print(f'mean:   {summary(mean)}; deviation of uar over the folds {spread:.3f}')
    return 0


def summary(result: Mapping[str, Any]) -> str:
    """The headline numbers in one line."""
    return (
        f'uar {result["uar"]:.3f} accuracy {result["accuracy"]:.3f} '
        f'macro F1 {result["macro_f1"]:.3f} ECE {result["calibration_error"]:.3f}'
    )


def net(args: argparse.Namespace, fold: int) -> Mapping[str, Any]:
    """Train a fold's network where there is none yet; its test results, from its card."""
    out = args.out / f'fold{fold}-{args.seed}'
    if not (out / cards.CARD).is_file():
        parser = argparse.ArgumentParser()
        train.add_arguments(parser)
        words = ['voice', '--config', str(args.config), '--seed', str(args.seed), '--quiet']
        words += ['--out', str(out), '--run', f'{out}.run', '--set', f'corpora.fold={fold}']
        words += [word for override in args.set for word in ('--set', override)]
        words += ['--data', str(args.data)] if args.data else []
        train.run(parser.parse_args(words))
    result: Mapping[str, Any] = yaml.safe_load((out / cards.CARD).read_text())['results']['test']
    return result


def svm(args: argparse.Namespace, fold: int) -> Mapping[str, Any]:
    """Train and test the baseline; it has no use for the validation speakers."""
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    settings = config.parse(
        VoiceTask.Config, {'corpora': {'names': ['ravdess'], 'repeats': [1], 'fold': fold}}
    )
    task = VoiceTask(settings, reading.data_folder(args.data))
    train, test = task.split('train'), task.split('test')
    model = make_pipeline(StandardScaler(), SVC(C=3.0))
    model.fit(statistics(task, train), train.labels.numpy())
    answers = model.predict(statistics(task, test))
    logits = np.full((len(answers), len(task.labels)), -10.0, np.float32)
    logits[np.arange(len(answers)), answers] = 10.0
    return classifier.report(logits, test.labels.numpy(), task.labels)


def statistics(task: Any, split: Split) -> FloatArray:
    """Mean, deviation and mean step (N, 3 * bands) of each band over the frames with sound."""
    features: FeatureConfig = task.config.input
    silence = (-features.range_db - features.mean_db) / features.std_db
    rows = []
    for picture in task.prepare(split.inputs).numpy():
        heard = picture[:, picture.max(0) > silence + 1e-3]
        step = np.abs(np.diff(heard, axis=1)).mean(1)
        rows.append(np.concatenate((heard.mean(1), heard.std(1), step)))
    return np.stack(rows).astype(np.float32)


if __name__ == '__main__':
    sys.exit(main())
