"""Synthetic pairs: faces of one corpus and voices of others, joined by their label.

There is no corpus here in which a labelled person is both seen and heard, so a face and a voice of
two people with one label stand for a person.  They err independently, which real ones do not
quite.  Each table row has several moments: a face that moves a little, a voice as it was heard up
to then; and a spoilt version: a face out of focus behind a hand, a voice in loud noise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from fer_ros import cards, models, plugins
from fer_ros import config as settings
from fer_ros.audio.trimming import fit, trim
from fer_ros.config import Chosen, setting, slot
from fer_ros.data.audio_files import to_float
from fer_ros.data.examples import label_of, subsets_of
from fer_ros.evaluation.fusion_cache import cached
from fer_ros.evaluation.fusion_tables import Table
from fer_ros.face.quality import crop_quality
from fer_ros.labels import index_of
from fer_ros.types import FACE, VOICE, Face, FloatArray, ImageArray, Modality

_BATCH = 256
_NOISE_DB = 0.0
"""Signal-to-noise ratio of a spoilt voice."""


@dataclass(frozen=True)
class PairsConfig:
    """Which models answer, to which corpora."""

    face_model: str = setting('face_ferplus', 'Model of the faces')
    voice_model: str = setting('voice_ravdess_nemo', 'Model of the voices')
    faces: Chosen = slot('dataset', 'fer2013plus', 'Labelled pictures')
    voices: tuple[str, ...] = setting(('ravdess', 'nemo'), 'Data sets of labelled voices')
    moments: int = setting(3, 'Moments of each face and voice', ge=1, le=64)
    step: float = setting(0.5, 'Time between two of them', unit='s', ge=0.01, le=10.0)

    def models(self) -> dict[Modality, str]:
        """The model of each modality."""
        return {FACE: self.face_model, VOICE: self.voice_model}


def tables(config: PairsConfig, data: Path, split: str) -> dict[Modality, Table]:
    """The answers of both models to a split of the corpora, kept in the user's cache."""
    return {
        FACE: _cached(config, FACE, data, split, lambda: _faces(config, data, split)),
        VOICE: _cached(config, VOICE, data, split, lambda: _voices(config, data, split)),
    }


def _cached(
    config: PairsConfig, modality: Modality, data: Path, split: str, make: Callable[[], Table]
) -> Table:
    sha256 = cards.find(config.models()[modality]).sha256
    told = f'{modality} {split} {data.resolve()} {sha256} {settings.dump(config)}'
    return cached(f'{modality}_{split}', told, make)


def _faces(config: PairsConfig, data: Path, split: str) -> Table:
    """Pictures with a label; of 'test' those that no earlier split has."""
    cls = plugins.load('dataset', config.faces.plugin)
    corpus = cls(
        settings.parse(cls.Config, {**settings.dump(config.faces.config), 'root': str(data)})
    )
    backbone = models.load_backbone('face_backbone', config.face_model, 'cpu')
    rng = np.random.default_rng(0)
    examples = [example for example in corpus.examples(split) if label_of(example) >= 0]
    if split == 'test':
        single = [one for one in examples if 'without_duplicates' in subsets_of(one)]
        examples = single or examples  # where a corpus knows none, there are no copies
    pictures = [example['input'] for example in examples]
    labels = [index_of(corpus.labels[label_of(example)]) for example in examples]
    size = backbone.crop_size
    versions = [
        np.stack(
            [
                _crop(moved, size)
                for moved in (*_moving(picture, config.moments, rng), _hidden(picture, rng))
            ]
        )
        for picture in pictures
    ]
    return _table(
        backbone.infer,
        np.stack(versions),
        lambda crop: crop_quality(crop, Face(0.0, 0.0, size, size, 1.0)),
        np.array(labels),
        np.array([''] * len(labels)),
        config.step,
    )


def _voices(config: PairsConfig, data: Path, split: str) -> Table:
    """Clips, cut to their speech and fitted into the model's window as for its training."""
    backbone = models.load_backbone('audio_backbone', config.voice_model, 'cpu')
    rate_hz, size = backbone.rate_hz, round(backbone.rate_hz * backbone.window_s)
    trained_on = cards.find(config.voice_model).about.get('training', {}).get('config', {})
    vad_class = plugins.load('vad', 'auto')
    vad = vad_class(vad_class.Config())
    rng = np.random.default_rng(0)
    windows, labels, subjects = [], [], []
    for name in config.voices:
        cls = plugins.load('dataset', name)
        corpus = cls(settings.parse(cls.Config, {'root': str(data)}))
        numbers = _held_out(corpus, name, split, trained_on)
        for number, clip in zip(numbers, corpus.load(numbers, rate_hz), strict=True):
            speech = trim(to_float(clip), rate_hz)
            heard = [*_heard(speech, rate_hz, config), _in_noise(fit(speech, size), rng)]
            windows.append(np.stack([fit(part, size) for part in heard]))
            labels.append(index_of(corpus.labels[corpus.clips[number].target]))
            subjects.append(corpus.clips[number].subject)
    return _table(
        backbone.infer,
        np.stack(windows),
        lambda window: vad.voiced_share(window, rate_hz),
        np.array(labels),
        np.array(subjects),
        config.step,
    )


def _held_out(corpus: Any, name: str, split: str, trained_on: Mapping[str, Any]) -> list[int]:
    """The clips of a split; of 'val' those of the speakers that the model itself validated on."""
    words = trained_on.get('corpora', {}).get('validate_on', ())
    speakers = {word.partition(':')[2] for word in words if word.partition(':')[0] == name}
    if split != 'val' or not speakers:
        return list(corpus.splits()[split])
    return [number for number, clip in enumerate(corpus.clips) if clip.subject in speakers]


def _table(
    infer: Any, versions: Any, quality: Any, labels: Any, subjects: Any, step_s: float
) -> Table:
    """A table from inputs (N, T + 1, ...), of which the last are the spoilt ones."""
    count, kinds = versions.shape[:2]
    flat = versions.reshape(-1, *versions.shape[2:])
    answers = [infer(flat[start : start + _BATCH]) for start in range(0, len(flat), _BATCH)]
    embedding, logits = (
        np.concatenate(part).reshape(count, kinds, -1) for part in zip(*answers, strict=True)
    )
    qualities = np.array([quality(one) for one in flat], np.float32).reshape(count, kinds)
    return Table(
        embedding=embedding[:, :-1],
        logits=logits[:, :-1],
        quality=qualities[:, :-1],
        spoilt_embedding=embedding[:, -1],
        spoilt_logits=logits[:, -1],
        spoilt_quality=qualities[:, -1],
        labels=labels.astype(np.int64),
        subjects=subjects,
        step_s=step_s,
    )


def _moving(picture: ImageArray, moments: int, rng: np.random.Generator) -> Iterator[ImageArray]:
    """The picture as it would look some moments before, slightly turned and shifted; then it."""
    height, width = picture.shape[:2]
    for _ in range(moments - 1):
        turn, size = rng.uniform(-5, 5), rng.uniform(0.95, 1.05)
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), turn, size)
        matrix[:, 2] = matrix[:, 2] + rng.uniform(-0.04, 0.04, 2) * (width, height)
        moved = cv2.warpAffine(picture, matrix, (width, height), borderMode=cv2.BORDER_REFLECT)
        yield np.asarray(moved, np.uint8)
    yield picture


def _hidden(picture: ImageArray, rng: np.random.Generator) -> ImageArray:
    """The picture out of focus, with a hand over a third of it."""
    height, width = picture.shape[:2]
    bad = np.asarray(cv2.GaussianBlur(picture, (0, 0), 0.05 * height), np.uint8)
    top, left = rng.uniform(0.2, 0.6) * height, rng.uniform(0.0, 0.4) * width
    bad[int(top) : int(top + 0.55 * height), int(left) : int(left + 0.6 * width)] = rng.integers(
        60, 200
    )
    return bad


def _crop(picture: ImageArray, size: int) -> ImageArray:
    rgb = picture if picture.ndim == 3 else np.repeat(picture[:, :, None], 3, axis=2)
    return np.asarray(cv2.resize(rgb, (size, size), interpolation=cv2.INTER_AREA), np.uint8)


def _heard(speech: FloatArray, rate_hz: int, config: PairsConfig) -> list[FloatArray]:
    """What of an utterance was heard at each moment, the whole at the last."""
    ends = [len(speech) - round(back * config.step * rate_hz) for back in range(config.moments)]
    least = min(len(speech), rate_hz // 2)
    return [speech[: max(end, least)] for end in reversed(ends)]


def _in_noise(window: FloatArray, rng: np.random.Generator) -> FloatArray:
    power = float(np.square(window).mean())
    level = np.sqrt(power / 10.0 ** (_NOISE_DB / 10.0))
    noisy = window + level * rng.standard_normal(len(window)).astype(np.float32)
    clipped: FloatArray = np.clip(noisy, -1.0, 1.0).astype(np.float32)
    return clipped
