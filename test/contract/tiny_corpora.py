"""A few examples of each corpus, in the layout that it is distributed in."""

from pathlib import Path

import numpy as np
import soundfile


def _sound(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, 0.1 * np.sin(np.arange(480)), 16_000)


def ravdess(folder: Path) -> None:
    for actor in range(1, 25):
        for emotion in range(1, 9):
            name = f'03-01-{emotion:02d}-01-01-01-{actor:02d}.wav'
            _sound(folder / f'Actor_{actor:02d}' / name)


def nemo(folder: Path) -> None:
    for speaker in ('IC0', 'KD0', 'KS0', 'MP0', 'WR0', 'MK0', 'SM0', 'EB0', 'TP0'):
        for emotion in ('neutral', 'sadness', 'happiness', 'anger', 'fear', 'surprised'):
            _sound(folder / 'samples' / f'{speaker}_{emotion}_1.wav')


def fer2013plus(folder: Path) -> None:
    count = 60
    random = np.random.default_rng(0)
    votes = random.multinomial(10, [0.1] * 10, count).astype(np.uint8)
    np.savez(
        folder / 'fer2013plus.npz',
        images=random.integers(0, 256, (count, 48, 48), dtype=np.uint8),
        ferplus_votes=votes,
        ferplus_label=votes[:, :8].argmax(axis=1).astype(np.int8),
        fer_label=random.integers(0, 7, count).astype(np.int8),
        split=np.repeat([0, 1, 2], count // 3).astype(np.uint8),
        dup_group=np.arange(count) // 2,
        dup_of_earlier_split=np.zeros(count, dtype=bool),
    )


MAKERS = {'ravdess': ravdess, 'nemo': nemo, 'fer2013plus': fer2013plus}
