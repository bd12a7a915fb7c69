"""How a voice model's UAR falls with noise, reverberation, narrow bands, clipping and level.

    python tools/voice_robustness.py voice_ravdess_nemo --data DIR

Measured on the test split of the model's own training, through the run-time backbone.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from fer_ros import cards, config, models
from fer_ros.evaluation import metrics
from fer_ros.labels import softmax
from fer_ros.training import command
from fer_ros.training.augment_voice import AugmentConfig, add_noise, colour
from fer_ros.training.task import make_task
from fer_ros.training.voice import VoiceTask

Change = Callable[[torch.Tensor, torch.Generator], torch.Tensor]


def main() -> int:
    """Print one line for each kind and strength of disturbance."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('model')
    parser.add_argument('--data', type=Path)
    args = parser.parse_args()
    card = cards.find(args.model)
    settings = config.parse(VoiceTask.Config, card.about['training']['config'])
    task = make_task('voice', settings, command.data_folder(args.data))
    backbone = models.load_backbone(card.kind, args.model, 'cpu')
    split = task.split('test')
    samples, labels = split.inputs.float() / 32768.0, split.labels.numpy()
    for name, change in changes(backbone.rate_hz):
        changed = change(samples, torch.Generator().manual_seed(0))
        rounded = (changed * 32768.0).round().clamp(-32768, 32767).to(torch.int16)
        logits = task.infer(backbone, rounded.numpy())
        scores = []
        for members in split.subsets.values():
            matrix = metrics.confusion(softmax(logits[members]), labels[members.numpy()])
            scores.append(metrics.uar(matrix))
        parts = zip(split.subsets, scores, strict=True)
        print(f'{name:28}', '  '.join(f'{part} {score:.3f}' for part, score in parts))
    return 0


def changes(rate_hz: int) -> Iterator[tuple[str, Change]]:
    """Names and functions of the disturbances, harmless to harsh."""
    yield 'clean', lambda samples, _: samples
    for snr_db in (20.0, 15.0, 10.0, 5.0, 0.0):
        noisy = AugmentConfig(noise_share=1.0, lowest_snr_db=snr_db, highest_snr_db=snr_db)
        yield f'noise, SNR {snr_db:.0f} dB', lambda x, g, c=noisy: add_noise(x, c, g)
    for rt60_s in (0.3, 0.6, 1.0):
        room = AugmentConfig(reverb_share=1.0, band_share=0.0, longest_rt60_s=rt60_s)
        yield f'room, RT60 up to {rt60_s:g} s', lambda x, g, c=room: colour(x, rate_hz, c, g)
    narrow = AugmentConfig(reverb_share=0.0, band_share=1.0)
    yield 'narrow band', lambda x, g: colour(x, rate_hz, narrow, g)
    for gain in (2.0, 4.0, 10.0):
        yield f'clipped, {gain:g} x full scale', lambda x, _, k=gain: _clipped(x, k)
    for gain_db in (-20.0, -40.0):
        yield f'level {gain_db:.0f} dB', lambda x, _, k=gain_db: x * 10.0 ** (k / 20.0)


def _clipped(samples: torch.Tensor, gain: float) -> torch.Tensor:
    peak = samples.abs().amax(-1, keepdim=True).clamp(min=1e-6)
    return (samples * gain / peak).clamp(-1.0, 1.0)


if __name__ == '__main__':
    np.seterr(all='raise', under='ignore')
    sys.exit(main())
