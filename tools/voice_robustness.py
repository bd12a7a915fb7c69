"""How a voice model's UAR falls with noise, rooms, codecs, narrow bands, clipping and level.

    python tools/voice_robustness.py voice_ravdess_nemo --data DIR --picture curves.png

Measured on the test split of the model's own training, through the run-time backbone.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from voice_codecs import CODECS, Codec, through

from fer_ros import cards, config, models
from fer_ros.evaluation import metrics
from fer_ros.labels import softmax
from fer_ros.training import reading
from fer_ros.training.augment_voice import AugmentConfig, add_noise, colour
from fer_ros.training.voice import VoiceTask

Change = Callable[[torch.Tensor, torch.Generator], torch.Tensor]
Scores = Mapping[str, float]


@dataclass(frozen=True)
class Disturbance:
    """Something done to sound."""

    kind: str
    strength: str
    change: Change


def main() -> int:
    """Print one line for each kind and strength of disturbance; draw them where asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('model')
    parser.add_argument('--data', type=Path)
    parser.add_argument('--picture', type=Path, help='a PNG of the curves')
    args = parser.parse_args()
    card = cards.find(args.model)
    settings = config.parse(VoiceTask.Config, card.about['training']['config'])
    task = VoiceTask(settings, reading.data_folder(args.data))
    backbone = models.load_backbone(card.kind, args.model, 'cpu')
    split = task.split('test')
    samples, labels = split.inputs.float() / 32768.0, split.labels.numpy()
    found: list[tuple[Disturbance, Scores]] = []
    for disturbance in disturbances(backbone.rate_hz):
        changed = disturbance.change(samples, torch.Generator().manual_seed(0))
        rounded = (changed * 32768.0).round().clamp(-32768, 32767).to(torch.int16)
        logits = task.infer(backbone, rounded.numpy())
        scores = {}
        for part, members in split.subsets.items():
            matrix = metrics.confusion(softmax(logits[members]), labels[members.numpy()])
            scores[part] = metrics.uar(matrix)
        found.append((disturbance, scores))
        parts = '  '.join(f'{part} {score:.3f}' for part, score in scores.items())
        print(f'{disturbance.kind:12} {disturbance.strength:24} {parts}', flush=True)
    if args.picture:
        draw(found, settings.corpora.names, args.picture)
    return 0


def disturbances(rate_hz: int) -> Iterator[Disturbance]:
    """The disturbances of each kind, harmless to harsh; the first is none."""
    yield Disturbance('clean', '', lambda samples, _: samples)
    for snr_db in (20.0, 15.0, 10.0, 5.0, 0.0):
        noisy = AugmentConfig(noise_share=1.0, lowest_snr_db=snr_db, highest_snr_db=snr_db)
        yield Disturbance('noise', f'SNR {snr_db:.0f} dB', partial(_noisy, noisy))
    for rt60_s in (0.3, 0.6, 1.0):
        room = AugmentConfig(reverb_share=1.0, band_share=0.0, longest_rt60_s=rt60_s)
        yield Disturbance('room', f'RT60 up to {rt60_s:g} s', partial(_coloured, room, rate_hz))
    for codec in CODECS:
        yield Disturbance('codec', codec.name, partial(_coded, codec, rate_hz))
    narrow = AugmentConfig(reverb_share=0.0, band_share=1.0)
    yield Disturbance('narrow band', 'to 3-8 kHz', partial(_coloured, narrow, rate_hz))
    for gain in (2.0, 4.0, 10.0):
        yield Disturbance('clipped', f'at 1/{gain:g} of the peak', partial(_clipped, gain))
    for gain_db in (-20.0, -40.0):
        yield Disturbance('level', f'{gain_db:.0f} dB', partial(_amplified, gain_db))


def draw(found: Sequence[tuple[Disturbance, Scores]], corpora: Sequence[str], path: Path) -> None:
    """A curve for each corpus beside each other, one picture for each kind of disturbance."""
    from matplotlib.figure import Figure

    clean, rest = found[0][1], found[1:]
    kinds = [kind for kind in dict.fromkeys(d.kind for d, _ in rest) if kind != 'level']
    figure = Figure(figsize=(2.4 * len(kinds), 3.6), layout='constrained')
    for axes, kind in zip(figure.subplots(1, len(kinds), sharey=True), kinds, strict=True):
        steps = [('clean', clean), *((d.strength, s) for d, s in rest if d.kind == kind)]
        for corpus in corpora:
            axes.plot([scores[corpus] for _, scores in steps], 'o-', label=corpus)
        axes.set_xticks(range(len(steps)), [name for name, _ in steps], rotation=60, ha='right')
        axes.set_title(kind)
        axes.set_ylim(0.0, 0.8)
        axes.grid(alpha=0.3)
    figure.axes[0].set_ylabel('UAR')
    figure.axes[0].legend(loc='lower left')
    figure.savefig(path, dpi=80)


def _noisy(
    noise: AugmentConfig, samples: torch.Tensor, generator: torch.Generator
) -> torch.Tensor:
    return add_noise(samples, noise, generator)


def _coloured(
    room: AugmentConfig, rate_hz: int, samples: torch.Tensor, generator: torch.Generator
) -> torch.Tensor:
    return colour(samples, rate_hz, room, generator)


def _coded(
    codec: Codec, rate_hz: int, samples: torch.Tensor, _generator: torch.Generator
) -> torch.Tensor:
    return torch.from_numpy(np.stack([through(codec, one, rate_hz) for one in samples.numpy()]))


def _clipped(gain: float, samples: torch.Tensor, _generator: torch.Generator) -> torch.Tensor:
    peak = samples.abs().amax(-1, keepdim=True).clamp(min=1e-6)
    return (samples * gain / peak).clamp(-1.0, 1.0)


def _amplified(gain_db: float, samples: torch.Tensor, _generator: torch.Generator) -> torch.Tensor:
    return samples * 10.0 ** (gain_db / 20.0)


if __name__ == '__main__':
    np.seterr(all='raise', under='ignore')
    sys.exit(main())
