"""Report folders as an evaluation leaves them, of people who were never recorded."""

from __future__ import annotations

import csv
import json
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np

from fer_ros.evaluation import results, timing
from fer_ros.labels import LABELS

STEP_S = 0.1
NONE = results.FirstCorrect(0, 0, None, None)
NO_AGREEMENT = results.Agreement(0, None, None)
MODALITIES = (results.FUSED, 'face', 'voice')


def scores(confusion, seconds, **changes):
    """The scores that belong to counts (K, K) of answers."""
    counts = np.asarray(confusion)
    total, right = int(counts.sum()), int(np.trace(counts))
    recall = [_share(counts[k, k], counts[k].sum()) for k in range(len(LABELS))]
    precision = [_share(counts[k, k], counts[:, k].sum()) for k in range(len(LABELS))]
    known = [value for value in recall if value is not None]
    accuracy = _share(right, total)
    bins = tuple(
        results.Bin(
            low / 10,
            (low + 1) / 10,
            total // 6 if low > 3 else 0,
            low / 10 + 0.06 if low > 3 else None,
            low / 10 - 0.02 if low > 3 else None,
        )
        for low in range(10)
    )
    values = {
        'estimates': total,
        'segments': 4,
        'labelled_s': seconds,
        'absent': 0.031,
        'accuracy': accuracy,
        'uar': _rounded(np.mean(known)) if known else None,
        'macro_f1': accuracy,
        'calibration_error': 0.043,
        'intervals': {'accuracy': (accuracy - 0.05, accuracy + 0.04), 'uar': (0.41, 0.6)},
        'flips_per_minute': 6.2,
        'first_correct': results.FirstCorrect(4, 1, 0.43, 1.9),
        'valence': NO_AGREEMENT,
        'arousal': NO_AGREEMENT,
        'classes': {
            label: results.ClassScores(
                int(counts[k].sum()), int(counts[:, k].sum()), precision[k], recall[k], recall[k]
            )
            for k, label in enumerate(LABELS)
        },
        'confusion': tuple(tuple(int(x) for x in row) for row in counts),
        'reliability': bins,
    }
    return results.Scores(**{**values, **changes})


def write_report(folder, recordings=3, seconds=24.0, names=None, labelled=True, skill=0.8):
    """A report folder with everything but its page; the same arguments give the same folder."""
    rng = np.random.default_rng(5)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / results.MISTAKES).mkdir(exist_ok=True)
    names = names or [f'session_{number:03d}' for number in range(recordings)]
    made = [_recording(rng, name, seconds, labelled, skill) for name in names]
    mistakes = _mistakes(rng, folder, names, seconds) if labelled else ()
    total = sum(np.asarray(item[1]) for item in made)
    evaluation = results.Evaluation(
        schema=results.SCHEMA,
        labels=LABELS,
        settings={'fusion': {'plugin': 'weighted_average', 'face_weight': 0.6}},
        models={'face': 'face_ferplus', 'voice': 'voice_ravdess_nemo', 'fusion': 'order'},
        complete=True,
        summary='Right 71 % of the time.',
        resampled='recordings' if labelled else None,
        scores=_by_modality(total, seconds * len(names)) if labelled else {},
        groups={'robot head': _by_modality(total, seconds)} if labelled else {},
        mistakes=mistakes,
        recordings=tuple(item[0] for item in made),
    )
    (folder / results.RESULTS).write_text(results.to_json(evaluation), encoding='utf-8')
    _write_tables(folder, names, [item[2] for item in made], seconds, rng)
    _write_timing(folder, names, seconds)
    return folder


def change_results(folder, **changes):
    """Overwrite fields of results.json."""
    path = folder / results.RESULTS
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}), encoding='utf-8')


def _share(part, whole):
    return _rounded(part / whole) if whole else None


def _rounded(value):
    return round(float(value), 4)


def _by_modality(counts, seconds):
    return {
        'fused': scores(counts, seconds),
        'face': scores(np.asarray(counts) // 2 + 3, seconds, absent=0.12),
        'voice': scores(np.asarray(counts) // 6 + 2, seconds, absent=0.38),
    }


def _recording(rng, name, seconds, labelled, skill):
    segments, rows, counts = [], [], np.zeros((len(LABELS), len(LABELS)), int)
    for start, end in pairwise(np.linspace(0, seconds, 5)):
        truth = LABELS[rng.integers(len(LABELS))]
        first = {'fused': 0.3, 'face': 0.3, 'voice': None}
        if labelled:
            segments.append(
                results.Segment(
                    _rounded(start + 0.8), _rounded(end), truth, None, None, None, None, first
                )
            )
        for modality in MODALITIES:
            answer = truth
            for time in np.arange(start, end, STEP_S if modality != 'voice' else 0.5):
                if rng.random() < 0.08:
                    answer = truth if rng.random() < skill else LABELS[rng.integers(len(LABELS))]
                if modality == 'voice' and 9 < time < 14:
                    continue
                rows.append((float(time), modality, answer, truth if labelled else ''))
                if modality == 'fused':
                    counts[LABELS.index(truth), LABELS.index(answer)] += 1
    recording = results.Recording(
        name=name,
        kind='bag',
        start_ns=1_000_000_000_000_000_000,
        seconds=seconds,
        frames=round(seconds * 30),
        sound_s=seconds,
        people=1,
        labels_from='file' if labelled else None,
        labelled_s=seconds * 0.9 if labelled else 0.0,
        unlabelled_s=seconds * 0.1 if labelled else seconds,
        problems={'audio: not finite': 2} if name.endswith('1') else {},
        coverage=results.Coverage(round(seconds * 2), 0.97, 0.4, 0.93),
        segments=tuple(segments),
        scores=_by_modality(counts, seconds) if labelled else {},
    )
    return recording, counts, rows


def _mistakes(rng, folder, names, seconds):
    mistakes = []
    for number, name in enumerate(names[:6]):
        image = np.full((72, 96, 3), rng.integers(60, 200, 3), np.uint8)
        cv2.circle(image, (48, 36), 26, (170, 190, 225), -1)
        for x in (38, 58):
            cv2.circle(image, (x, 30), 3, (40, 40, 40), -1)
        cv2.ellipse(image, (48, 48), (12, 6), 0, 0, 180, (40, 40, 160), 2)
        picture = f'{results.MISTAKES}/{number:03d}.jpg'
        cv2.imwrite(str(folder / picture), image)
        mistakes.append(
            results.Mistake(
                name,
                _rounded(rng.uniform(0.1, 0.9) * seconds),
                None,
                'sad',
                'neutral',
                _rounded(0.95 - number / 30),
                picture if number != 4 else None,
            )
        )
    return tuple(mistakes)


def _write_tables(folder, names, tables, seconds, rng):
    with (folder / results.ESTIMATES).open('w', newline='', encoding='utf-8') as file:
        rows = csv.DictWriter(file, results.ESTIMATE_COLUMNS, lineterminator='\n')
        rows.writeheader()
        for name, table in zip(names, tables, strict=True):
            for time, modality, label, truth in sorted(table):
                rows.writerow(
                    {
                        'recording': name,
                        'time': f'{time:.3f}',
                        'modality': modality,
                        'label': label,
                        'confidence': f'{0.55 + 0.3 * np.sin(time / 3) ** 2:.4f}',
                        'focus': 1,
                        'truth': truth,
                    }
                )
    with (folder / results.SOUND).open('w', newline='', encoding='utf-8') as file:
        writer = csv.writer(file, lineterminator='\n')
        writer.writerow(results.SOUND_COLUMNS)
        for name in names:
            for time in np.arange(0, seconds, results.SOUND_STEP_S):
                writer.writerow([name, f'{time:.1f}', f'{-70 + 50 * rng.random() ** 2:.2f}'])


def _write_timing(folder: Path, names, seconds):
    stages = {
        name: timing.StageTiming(720, share, mean, mean * 0.9, mean * 1.6, mean * 2.4)
        for name, share, mean in (
            ('read', 0.2, 1.1),
            ('detect', 0.45, 2.6),
            ('face', 0.2, 1.2),
            ('voice', 0.12, 9.4),
            ('fuse', 0.03, 0.1),
        )
    }
    content = timing.Timing(
        schema=1,
        wall_s=9.0,
        recorded_s=seconds * len(names),
        speed=8.1,
        frames_per_second=243.0,
        workers=2,
        stages=stages,
        recordings={name: timing.RecordingTiming(3.0, 8.0, 4.9, 12.2) for name in names},
    )
    (folder / timing.TIMING).write_text(json.dumps(asdict(content)), encoding='utf-8')
